"""Scenario 27: what carries tax numbers leaves when two people say so, marked and noted; else the last four stand."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from python_calamine import load_workbook
from sqlalchemy.orm import Session

from app import disclosures, reports
from app.disclosures import Disclosure, DisclosureState
from app.imports.ocf import check
from app.imports.ocf.writer import import_package
from app.people import vault
from app.people.tax_numbers import last_four, masked
from app.reports.checked import check as check_file
from app.reports.ocf import export_package
from ledger import journal
from ledger.equity import exercise
from ledger.equity.values import AwardType
from ledger.errors import FourEyes, Invalid, NotAllowedNow, NotFound
from ledger.types import Cut
from tests import make
from tests.cases import cases_dir
from tests.ledger.equity.captable.worked import DIME, YEAR_END, Acts, grant, security, summary_of_ten_million

NUMBER, REASON = "256-33-1234", "Filing the forms of 2025"
MARA, BEN = make.act("usr_mara"), make.act("usr_ben")
FAY = "hld_fay"


@pytest.fixture
def filed(db: Session) -> Session:
    """Return a record with one Form 3921, of somebody whose tax number is on record."""
    act = Acts()
    found = summary_of_ten_million(db, act)
    option: dict[str, Any] = {"award_type": AwardType.ISO, "price": DIME, "expires_on": date(2033, 1, 1)}
    grant(db, act, found, "ES-9", FAY, 1_000, vesting=None, **option)
    exercise.exercise(db, act(), security(db, "ES-9"), 400, on=date(2025, 6, 2))
    make.tax_number(db, FAY, NUMBER)
    return db


def asked(db: Session, report: str = "iso-exercises", ending: str = "csv") -> Disclosure:
    return disclosures.ask(db, MARA, report, ending, Cut(YEAR_END, journal.size(db)), reason=REASON)


def copied(db: Session, ending: str, report: str = "iso-exercises") -> tuple[str, bytes]:
    """Return the mark and the bytes of a copy that was asked for, approved and taken."""
    made = disclosures.decide(db, BEN, asked(db, report, ending).id, is_approved=True)
    return disclosures.mark_of(db, made, make.NOW), disclosures.copy_of(db, made.id, "usr_mara", make.NOW).data


@pytest.mark.parametrize(
    ("number", "shown", "covered"),
    [
        (NUMBER, "1234", "*******1234"),
        ("34-2345123", "5123", "******5123"),
        ("1234567", None, "*******"),
        ("", None, ""),
    ],
)
def test_of_a_tax_number_the_last_four_are_shown_and_of_a_short_one_nothing(
    number: str, shown: str | None, covered: str
) -> None:
    assert (last_four(number), masked(number), masked(covered)) == (shown, covered, covered)


def test_every_report_has_the_last_four_and_none_of_them_for_whoever_reads_ids(filed: Session) -> None:
    cut = Cut(YEAR_END, journal.size(filed))
    made = reports.build(filed, "iso-exercises", cut)
    [row] = [dict(zip(made.columns, one, strict=True)) for one in made.rows]
    assert (row["holder_id"], row["tin_last4"]) == (FAY, "1234")
    unnamed = reports.build(filed, "iso-exercises", cut, names={})
    assert unnamed.columns == made.columns
    assert "1234" not in str(unnamed.rows)
    for report in reports.REPORTS:
        since = date(2025, 1, 1) if report in reports.OF_PERIODS else None
        assert NUMBER not in str(reports.build(filed, report, cut, since=since).rows)


def test_two_people_let_a_file_leave_for_a_day_and_nobody_else_takes_it(filed: Session) -> None:
    made = asked(filed)
    assert (made.numbers, made.state(make.NOW), disclosures.waiting(filed, make.NOW)) == (
        1,
        DisclosureState.WAITING,
        [made],
    )
    with pytest.raises(NotAllowedNow, match="not approved"):
        disclosures.copy_of(filed, made.id, "usr_mara", make.NOW)
    with pytest.raises(FourEyes):
        disclosures.decide(filed, MARA, made.id, is_approved=True)
    approved = disclosures.decide(filed, BEN, made.id, is_approved=True)
    assert approved.state(make.NOW) is DisclosureState.APPROVED
    assert NUMBER.encode() in disclosures.copy_of(filed, made.id, "usr_mara", make.NOW + timedelta(hours=23)).data
    with pytest.raises(NotFound):
        disclosures.copy_of(filed, made.id, "usr_ben", make.NOW)
    with pytest.raises(NotAllowedNow, match="time is over"):
        disclosures.copy_of(filed, made.id, "usr_mara", make.NOW + timedelta(hours=24))
    for again in (True, False):
        with pytest.raises(NotAllowedNow):
            disclosures.decide(filed, BEN, made.id, is_approved=again)


def test_what_waited_too_long_or_was_withdrawn_is_not_approved(filed: Session) -> None:
    late, withdrawn = asked(filed), asked(filed)
    assert disclosures.decide(filed, MARA, withdrawn.id, is_approved=False).state(make.NOW) is DisclosureState.DECLINED
    assert late.state(make.NOW + timedelta(days=7)) is DisclosureState.OVER
    with pytest.raises(NotAllowedNow):
        disclosures.decide(filed, make.act("usr_ben", now=make.NOW + timedelta(days=7)), late.id, is_approved=True)
    for report, ending, reason in (("holders", "csv", REASON), ("ocf", "csv", REASON), ("1099-patr", "csv", "  ")):
        with pytest.raises(Invalid):
            disclosures.ask(filed, MARA, report, ending, Cut(YEAR_END, 9), reason=reason)
    with pytest.raises(NotAllowedNow, match="No tax number"):
        disclosures.ask(filed, MARA, "1099-patr", "csv", Cut(YEAR_END, journal.size(filed)), reason=REASON)


def test_every_form_says_on_it_who_took_it_when_and_what_for(filed: Session) -> None:
    mark, data = copied(filed, "csv")
    assert "Handed out to usr_mara on 2026-03-02 at 15:30:00 UTC, for: Filing the forms of 2025. Approved by" in mark
    [row] = csv.DictReader(StringIO(data.decode()))
    assert (row["tin"], row["handed_out"]) == (NUMBER, mark)
    mark, data = copied(filed, "json")
    told = json.loads(data)
    assert (told["rows"][0]["tin"], told["handed_out"]) == (NUMBER, mark)
    mark, data = copied(filed, "xlsx")
    book = load_workbook(BytesIO(data))
    assert ["Handed out", mark] in book.get_sheet_by_name("Context").to_python()
    header, cells = book.get_sheet_by_index(1).to_python()[:2]
    row = dict(zip(header, cells, strict=True))
    assert (row["tin"], row["handed_out"]) == (NUMBER, mark)
    with ZipFile(BytesIO(data)) as parts:
        assert "Handed out to usr_mara" in parts.read("xl/worksheets/sheet2.xml").decode()
    verdict = check_file(filed, data)
    assert (verdict.holds, verdict.told[:16]) == (False, "No such copy was")
    assert copied(filed, "pdf")[1] != reports.as_pdf(reports.with_tax_numbers(filed, "iso-exercises", Cut(YEAR_END, 9)))


def test_what_would_differ_from_what_was_approved_is_not_handed_out(filed: Session) -> None:
    """Erasing somebody leaves no number behind, and no file that still has it."""
    made = disclosures.decide(filed, BEN, asked(filed).id, is_approved=True)
    vault.erase(filed, FAY)
    with pytest.raises(NotAllowedNow, match="has changed since"):
        disclosures.copy_of(filed, made.id, "usr_mara", make.NOW)
    with pytest.raises(NotAllowedNow, match="No tax number"):
        asked(filed)


def test_a_package_has_covered_numbers_unless_two_people_say_otherwise(db: Session) -> None:
    import_package(db, make.act(), check(cases_dir() / "ocf" / "samples-1.2.0"))
    cut = Cut(date(2045, 1, 1), journal.size(db))
    covered = export_package(db, cut)["Stakeholders.ocf.json"].decode()
    assert "256-33-" not in covered
    assert "*******1234" in covered
    made = disclosures.ask(db, MARA, "ocf", "zip", cut, reason=REASON)
    assert made.numbers == 2
    disclosures.decide(db, BEN, made.id, is_approved=True)
    with ZipFile(BytesIO(disclosures.copy_of(db, made.id, "usr_mara", make.NOW).data)) as package:
        assert NUMBER in package.read("Stakeholders.ocf.json").decode()
        comments = json.loads(package.read("Manifest.ocf.json"))["comments"]
        assert comments[0] == disclosures.mark_of(db, disclosures.find(db, made.id), make.NOW)
