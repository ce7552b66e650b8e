"""The auditor's pages: the check finds what was altered, entries prove themselves, votes are counted again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.evidence import verify_evidence
from app.people.access import Attempt, note_attempt
from app.people.roles import Role
from governance import closing
from governance.records import Closing
from ledger import journal
from ledger.merkle import inclusion_holds, leaf_hash
from ledger.reading import every
from tests import make
from tests.web.acting import acting, founded, sample_site
from tests.web.browser import Browser, Site, title_of, words_of


@pytest.fixture(scope="module")
def coop(sample_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield the sample cooperative, one copy for this whole module: nothing here changes the record."""
    with sample_site(sample_file, tmp_path_factory.mktemp("audit")) as site:
        yield site


@pytest.fixture(scope="module")
def ida(coop: Site) -> Browser:
    """An auditor from outside."""
    return acting(coop, Role.AUDITOR)


@pytest.fixture(scope="module")
def votes(coop: Site) -> list[Closing]:
    """Every closed vote."""
    return coop.runner.read(lambda db: every(db, Closing))


def test_the_whole_record_is_checked_and_a_line_to_note_is_given(coop: Site, ida: Browser) -> None:
    size = coop.runner.read(journal.size)
    assert f"Entries {size:,}" in ida.see("/audit")
    seen = ida.see("/audit/check")
    assert "Everything fits" in seen
    [(noted, root)] = re.findall(r"(\d+):([0-9a-f]{64})", seen)
    assert int(noted) == size
    assert root == coop.runner.read(journal.head_at, size).root().hex()


def test_the_program_that_verifies_the_evidence_is_there_for_anybody(coop: Site, ida: Browser) -> None:
    assert "All of it, on your own computer" in ida.see("/audit")
    served = coop.http.get("/verify_evidence.py")
    assert (served.status_code, served.content) == (200, Path(verify_evidence.__file__).read_bytes())


def test_a_line_noted_elsewhere_that_does_not_fit_is_told_in_red(site: Site) -> None:
    site.runner.run(founded)
    auditor = acting(site, Role.AUDITOR)
    page = auditor.get(f"/audit/check?known=1:{'0' * 64}")
    assert page.status_code == 200
    assert "The record does not fit" in words_of(page)
    assert "Everything fits" in auditor.see("/audit/check")


@pytest.mark.parametrize("known", ["12", "one:two", f"1:{'0' * 63}", f"-1:{'0' * 64}"])
def test_a_line_that_is_none_is_told_and_kept(site: Site, known: str) -> None:
    site.runner.run(founded)
    page = acting(site, Role.AUDITOR).get(f"/audit/check?known={known}")
    assert (page.status_code, title_of(page).startswith("Error:")) == (422, True)
    assert f'value="{known}"' in page.text


def test_the_journal_is_read_page_by_page_and_by_kind(coop: Site, ida: Browser) -> None:
    size = coop.runner.read(journal.size)
    page = ida.get("/audit/journal")
    numbers = re.findall(r'href="/audit/journal/(\d+)"', page.text)
    assert [int(one) for one in numbers[:2]] == [size - 1, size - 2]
    assert len(page.content) < 100_000
    assert f"below={size - 50}" in page.text
    kinds = ida.see("/audit/journal?kind=issuer.registered")
    assert "1 " in kinds
    assert "There is no such entry." in ida.see("/audit/journal?kind=nothing")


def test_an_entry_proves_that_it_is_in_the_journal(coop: Site, ida: Browser) -> None:
    n = coop.runner.read(journal.size) // 2
    assert title_of(ida.get(f"/audit/journal/{n}")).startswith(f"Entry {n:,}")
    data = ida.get(f"/audit/journal/{n}/bytes").content
    proof = json.loads(ida.get(f"/audit/journal/{n}/proof").text)
    path = [bytes.fromhex(node) for node in proof["path"]]
    assert inclusion_holds(
        index=n, size=proof["size"], leaf=leaf_hash(data), proof=path, root=bytes.fromhex(proof["root"])
    )
    assert json.loads(data)["n"] == n


@pytest.mark.parametrize("n", ["99999999", "-1", "first", "1.5", "9" * 40])
def test_there_is_no_entry_of_another_number(ida: Browser, n: str) -> None:
    for rest in ("", "/bytes", "/proof"):
        assert ida.get(f"/audit/journal/{n}{rest}").status_code == 404


def test_who_could_vote_is_told_of_every_vote(ida: Browser, votes: list[Closing]) -> None:
    page = ida.get("/audit/decisions")
    assert page.status_code == 200
    assert {one.proposal for one in votes} <= set(re.findall(r'href="/audit/decisions/(\w+)"', page.text))
    assert "Members " in words_of(page)


def test_a_closed_vote_is_counted_again_and_its_file_is_the_one_that_was_named(
    coop: Site, ida: Browser, votes: list[Closing]
) -> None:
    done = votes[0]
    seen = ida.see(f"/audit/decisions/{done.proposal}")
    assert "Counted again, it comes to the same" in seen
    assert f"{done.turnout} of " in seen
    data = ida.get(f"/audit/decisions/{done.proposal}/file").content
    assert data == coop.runner.read(closing.audit_file, done.proposal)
    assert sha256(data).hexdigest() == done.audit


def test_every_vote_has_its_page(ida: Browser, votes: list[Closing]) -> None:
    for done in votes:
        assert "Counted again, it comes to the same" in ida.see(f"/audit/decisions/{done.proposal}")


def test_there_is_no_vote_on_what_nobody_announced(ida: Browser) -> None:
    for rest in ("", "/file"):
        assert ida.get(f"/audit/decisions/prp_nothing{rest}").status_code == 404


def test_refused_attempts_stand_in_the_access_log(site: Site) -> None:
    def noted(db: Session) -> str:
        make.company(db)
        ana = make.holder(db).id
        note_attempt(db, make.act(), Attempt("tok_1", "usr_steward", "list_own_sessions", ana, 403))
        return ana

    ana = site.runner.run(noted)
    seen = acting(site, Role.AUDITOR).see("/audit/access")
    for told in ("usr_steward", "list_own_sessions", ana, "403"):
        assert told in seen


def test_an_auditor_may_take_reports_away_and_nobody_else_sees_the_journal(coop: Site, ida: Browser) -> None:
    assert ida.get("/finance/reports/summary.csv").status_code == 200
    assert b"commodity" in ida.get("/finance/books/hledger?as_of=2025-12-31").content
    assert ida.get("/finance").status_code == 404
    others = [acting(coop, role) for role in Role if role is not Role.AUDITOR]
    for path in ("/audit", "/audit/check", "/audit/journal", "/audit/journal/1", "/audit/decisions", "/audit/access"):
        assert {other.get(path).status_code for other in others} == {404}
