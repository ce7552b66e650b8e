"""What the record says about one thing, entry by entry, and how it stood at the end of a day."""

from __future__ import annotations

from app.people import vault
from app.people.roles import Role
from governance.records import Closing, Stance
from ledger import journal
from ledger.equity.values import Security
from ledger.reading import every
from tests.web.browser import Site
from tests.web.officers import PROVIDER, STEWARD, officer


def test_a_member_reads_what_happened_to_a_grant_and_nobody_else_does(sample: Site) -> None:
    security = sample.runner.read(lambda db: every(db, Security, holder=PROVIDER)[0])
    path = f"/equity/{security.id}/history"
    assert "Granted" in sample.browser(PROVIDER).see(path)
    assert sample.browser("hld_provider_012").get(path).status_code == 404


def test_the_history_of_a_decision_tells_of_no_single_voter(sample: Site) -> None:
    someone = sample.browser(PROVIDER)
    for done in sample.runner.read(lambda db: every(db, Closing)):
        page = someone.see(f"/decisions/{done.proposal}/history")
        assert "The vote was closed and counted" in page
        assert "Somebody voted" not in page
        wanting = [one for one in sample.runner.read(lambda db: every(db, Stance)) if one.proposal == done.proposal]
        assert page.count("wanted it decided") == (1 if wanting else 0)
        if wanting:
            # whose wish was enough is nobody's business
            line = page.partition("wanted it decided")[2].partition("The board said")[0]
            names = sample.runner.read(vault.names)
            assert not [name for who in wanting if (name := names[who.member]) in line]


def test_a_steward_reads_how_somebody_came_to_be_here_and_nothing_of_their_sessions(sample: Site) -> None:
    steward = officer(sample, STEWARD, Role.STEWARD)
    page = steward.see(f"/steward/people/{PROVIDER}/history")
    assert "Became a member" in page
    assert "Granted" in page
    assert "session" not in page.lower()
    assert sample.browser(PROVIDER).get(f"/steward/people/{PROVIDER}/history").status_code in {303, 404}


def test_an_auditor_compares_a_day_as_known_then_and_now(sample: Site) -> None:
    auditor = officer(sample, "hld_founder_003", Role.AUDITOR)
    page = auditor.see("/audit/snapshots?as_of=2025-12-31")
    assert "Known then" in page
    root = sample.runner.read(lambda db: journal.head_at(db, journal.size(db)).root().hex())
    assert root in page
    assert auditor.get("/audit/snapshots?as_of=soon").status_code == 422
    assert auditor.get("/audit/snapshots?as_of=2999-01-01").status_code == 422
