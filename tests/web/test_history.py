"""What the record says about one thing, entry by entry, and how it stood at the end of a day."""

from __future__ import annotations

import hashlib
import re

from app.people import vault
from app.people.roles import Role
from governance.records import Closing, Stance
from ledger import journal
from ledger.equity.values import Security
from ledger.reading import every
from tests.web.browser import Site
from tests.web.officers import PROVIDER, STEWARD, officer


def test_a_member_reads_what_happened_to_a_grant_and_checks_each_entry(sample: Site) -> None:
    someone = sample.browser(PROVIDER)
    security = sample.runner.read(lambda db: every(db, Security, holder=PROVIDER)[0])
    path = f"/equity/{security.id}/history"
    page = someone.see(path)
    assert "Granted" in page
    entries = re.findall(rf'href="{path}/(\d+)"', someone.get(path).text)
    assert entries
    told = someone.see(f"{path}/{entries[0]}")
    data = someone.get(f"{path}/{entries[0]}/bytes").content
    assert hashlib.sha256(b"\0" + data).hexdigest() in told
    size = sample.runner.read(journal.size)
    root = sample.runner.read(lambda db: journal.head_at(db, size).root().hex())
    assert root in told


def test_nobody_reads_entries_about_somebody_elses_grant(sample: Site) -> None:
    other = sample.browser("hld_provider_012")
    security = sample.runner.read(lambda db: every(db, Security, holder=PROVIDER)[0])
    assert other.get(f"/equity/{security.id}/history").status_code == 404
    mine = sample.runner.read(lambda db: every(db, Security, holder="hld_provider_012")[0])
    for n in ("0", "999999", "x", "-1"):
        assert other.get(f"/equity/{mine.id}/history/{n}").status_code == 404


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
