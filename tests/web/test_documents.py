"""Papers to keep: made from the record, the same for ever, each only for whom it is about; and checked by anybody."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from app import reports
from app.people import tables, vault
from app.people.exports import taken_as
from app.people.roles import Role
from app.web import papers
from app.web.paper import Column, Paper, Section, spaced, typeset
from app.web.papers import Asked
from governance.records import Closing
from ledger import journal
from ledger.equity.values import Security
from ledger.reading import every
from tests.web.browser import Browser, Site, words_of
from tests.web.officers import PROVIDER, STEWARD, officer


def _first_grant(site: Site) -> str:
    return site.runner.read(lambda db: every(db, Security, holder=PROVIDER)[0].id)


def _fingerprints(site: Site) -> list[str]:
    return site.runner.read(lambda db: [row[0] for row in db.execute(tables.paper.select())])


def _paper(site: Site, kind: str, about: str = "", language: str = "en") -> Paper:
    def made(db: Session) -> Paper:
        return papers.make(db, Asked(kind, about, reports.cut_for(db, date(2025, 12, 31)), language))

    return site.runner.read(made)


def test_a_member_finds_letters_statements_and_decisions_and_gets_each_as_a_paper(sample: Site) -> None:
    someone = sample.browser(PROVIDER)
    page = someone.get("/documents")
    paths = re.findall(r'href="(/documents/[^"]+)"', page.text)
    assert any("/grants/" in path for path in paths)
    assert any("/decisions/" in path for path in paths)
    for path in (paths[0], *(path for path in paths if "grants" in path), paths[-1]):
        told = someone.get(path)
        assert (told.status_code, told.headers["content-type"], told.content[:5]) == (200, "application/pdf", b"%PDF-")
        [noted] = sample.runner.read(taken_as, sha256(told.content).hexdigest())
        assert (noted.actor, noted.authority, noted.file.ending) == (PROVIDER, "holder", "pdf")


def test_a_member_takes_the_edition_for_members_of_a_year_which_is_the_same_for_everybody(sample: Site) -> None:
    someone = sample.browser(PROVIDER)
    paths = set(re.findall(r'href="(/documents/company/[^"]+)"', someone.get("/documents").text))
    assert paths == {f"/documents/company/{year}.{form}" for year in (2023, 2024, 2025) for form in reports.FORMATS}
    told = someone.get("/documents/company/2025.json")
    edition = told.json()
    assert (edition["report"], edition["from"], edition["as_of"]) == ("members-edition", "2025-01-01", "2025-12-31")
    by_row = {row["what"]: row for row in edition["rows"]}
    assert by_row["plan: given out"]["people"] > 200
    assert by_row["plan: set aside"]["closing"] == "2000000"
    # beside the plan there are five founders and investors: the total would tell what they hold
    assert (by_row["total"]["opening"], by_row["total"]["closing"]) == (None, None)
    assert sample.browser("hld_provider_002").get("/documents/company/2025.json").content == told.content
    # a workbook for others tells what every check found, with its figures
    book = ZipFile(BytesIO(someone.get("/documents/company/2025.xlsx").content))
    assert not any(b"Check 4" in book.read(part) for part in book.namelist())
    for name in ("2022.json", "2026.json", "2025.exe", "2025", "x"):
        assert someone.get(f"/documents/company/{name}").status_code == 404
    assert someone.get("/finance/reports/members-edition.csv").status_code == 404


def test_a_paper_is_the_same_bytes_whenever_it_is_made(sample: Site) -> None:
    for kind, about in (("cap-table", ""), ("statement", PROVIDER), ("grant-letter", _first_grant(sample))):
        paper = _paper(sample, kind, about)
        first = typeset(paper, address="https://vestry.example/check")
        assert typeset(_paper(sample, kind, about), address="https://vestry.example/check") == first
        assert _paper(sample, kind, about, "es").fingerprint != paper.fingerprint


def test_what_a_paper_says_is_what_the_record_says(sample: Site) -> None:
    letter = _paper(sample, "grant-letter", _first_grant(sample))
    security = sample.runner.read(lambda db: every(db, Security, holder=PROVIDER)[0])
    facts = dict(letter.sections[0].facts)
    assert facts["Units"].replace(",", "") == str(security.quantity)
    [steps] = [section for section in letter.sections if section.title == "When it becomes yours"]
    last = steps.rows[-1]
    assert last[1].replace(",", "") == str(security.quantity)
    table = _paper(sample, "cap-table")
    assert table.sections[0].total[0] == "Total"


def test_a_decision_record_tells_what_was_asked_and_what_it_came_to(sample: Site) -> None:
    closings = sample.runner.read(lambda db: every(db, Closing))
    for done in closings:
        told = _paper(sample, "decision", done.proposal)
        titles = [section.title for section in told.sections]
        assert titles[0] == "What was asked"
        assert "The rule" in titles
        assert titles[-1] == "Check it yourself"
        assert str(done.turnout) in told.sentence or any(done.winners) or told.sentence


def test_what_is_somebody_elses_is_not_there(sample: Site) -> None:
    other = sample.browser("hld_provider_012")
    grant = _first_grant(sample)
    assert other.get(f"/documents/grants/{grant}").status_code == 404
    assert other.get("/documents/cap-table").status_code in {303, 404}
    assert officer(sample, STEWARD, Role.STEWARD).get(f"/documents/grants/{grant}").status_code == 200
    assert Browser(sample).get("/documents").status_code == 303


def test_anybody_can_check_a_paper_and_learns_nothing_else(sample: Site) -> None:
    someone, stranger = sample.browser(PROVIDER), Browser(sample)
    assert someone.get("/documents/statement?as_of=2025-12-31").status_code == 200
    [digits] = _fingerprints(sample)
    told = words_of(stranger.get(f"/check?fingerprint={spaced(digits).upper()}"))
    assert "This is one of our papers" in told
    assert "Statement of holdings, as of 31 Dec 2025" in told
    name = sample.runner.read(lambda db: vault.names(db, [PROVIDER])[PROVIDER])
    assert name not in told
    altered = digits[:-1] + ("0" if digits[-1] != "0" else "1")
    assert "Not one of ours, or altered" in stranger.see(f"/check?fingerprint={altered}")
    wrong = stranger.get("/check?fingerprint=abc")
    assert (wrong.status_code, "64 digits" in words_of(wrong)) == (422, True)


def test_anybody_can_check_a_file_and_learns_neither_who_took_it_nor_what_the_record_says(sample: Site) -> None:
    member, stranger = sample.browser(PROVIDER), sample.browser()
    csv, paper = member.get("/documents/company/2025.csv").content, member.get("/documents/statement").content
    for data, called in ((csv, "Edition for members (csv)"), (paper, "Statement of holdings (pdf)")):
        answer = stranger.upload("/check/upload", {}, file=data)
        told = words_of(answer)
        assert (answer.status_code, "This is one of our files, unaltered" in told, called in told) == (200, True, True)
        assert "known at entry" in told
        assert sha256(data).hexdigest() in told
    assert "Its period begins on" in words_of(stranger.upload("/check/upload", {}, file=csv))
    for data, wrong in ((csv + b" ", "We handed out no such file"), (b"", "nothing in this file")):
        answer = stranger.upload("/check/upload", {}, file=data)
        assert (answer.status_code, wrong in words_of(answer)) == (422, True)


def test_a_day_that_is_none_is_told_and_one_before_everything_holds_nothing(sample: Site) -> None:
    someone = sample.browser(PROVIDER)
    assert someone.get("/documents/statement?as_of=31.12.2025").status_code == 422
    assert someone.get("/documents/statement?as_of=2999-12-31").status_code == 422
    assert someone.get("/documents/statement?as_of=2020-01-01").status_code == 200


@pytest.mark.parametrize(
    "text",
    ["#set text(red) *x* $y$ [z]", "<script>", "שלום עולם", "مرحبا", "😀 中文", "n" * 300, "a\u0301", "\ufb01\u200d"],
)
def test_whatever_a_name_holds_is_printed_as_it_is_or_as_boxes(sample: Site, text: str) -> None:
    source = _paper(sample, "cap-table").source
    table = Section(text, (text,), ((text, text),), (Column(text), Column(text, is_number=True)), ((text, text),))
    paper = Paper("statement", "", text, text, (table,), source)
    assert typeset(paper, address="https://vestry.example/check").startswith(b"%PDF-")


def test_a_printed_page_names_the_record_and_anybody_can_check_that(sample: Site) -> None:
    size, root = sample.runner.read(lambda db: (journal.size(db), journal.head_at(db, journal.size(db)).root().hex()))
    told = sample.browser(PROVIDER).see("/equity")
    assert f"from a record of {size:,} entries" in told
    assert root in told
    stranger = Browser(sample)
    assert root not in stranger.see("/help")
    told = stranger.see(f"/check?fingerprint={root}")
    assert "This stands for our record" in told
    assert f"when it had {size:,} entries" in told
