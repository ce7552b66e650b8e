"""Tax numbers that people state: checked for their form, covered but for four digits, erased with the name."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.people import stated
from app.people.erasure import erase_holder
from app.people.holders import add_named_holder
from app.people.stated import TaxKind
from app.people.tax_numbers import number_of, tax_numbers
from app.reports.ocf import export_package
from app.tax_requests import Lacking, lacking
from ledger import journal
from ledger.equity.values import HolderKind
from ledger.errors import Invalid, NotFound
from ledger.types import Cut
from tests import make

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (TaxKind.SSN, "256331234", "256-33-1234"),
        (TaxKind.SSN, " 256-33-1234 ", "256-33-1234"),
        (TaxKind.SSN, "256\u201133\u20111234", "256-33-1234"),
        (TaxKind.ITIN, "912 70 1234", "912-70-1234"),
        (TaxKind.EIN, "342345123", "34-2345123"),
    ],
)
def test_a_number_is_read_with_or_without_hyphens(kind: TaxKind, text: str, number: str) -> None:
    assert stated.read_number(kind, text) == number


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (TaxKind.SSN, ""),
        (TaxKind.SSN, "25633123"),
        (TaxKind.SSN, "2563312345"),
        (TaxKind.SSN, "256-33-123x"),
        (TaxKind.SSN, "٢56331234"),
        (TaxKind.SSN, "000-33-1234"),
        (TaxKind.SSN, "666-33-1234"),
        (TaxKind.SSN, "912-70-1234"),
        (TaxKind.SSN, "256-00-1234"),
        (TaxKind.SSN, "256-33-0000"),
        (TaxKind.SSN, "078-05-1120"),
        (TaxKind.SSN, "111-11-1111"),
        (TaxKind.ITIN, "256-33-1234"),
        (TaxKind.ITIN, "912-69-1234"),
        (TaxKind.EIN, "00-2345123"),
    ],
)
def test_what_can_be_no_number_of_its_kind_is_refused_and_not_repeated(kind: TaxKind, text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        stated.read_number(kind, text)
    assert refusal.value.field == "number"
    assert not text or text not in str(refusal.value)


def test_what_is_stated_comes_before_what_was_imported_and_an_older_file_keeps_what_was_known(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    make.tax_number(db, ana, "211-11-1111")
    assert number_of(db, ana) == "211-11-1111"
    before = Cut(DAY, journal.size(db))
    make.holder(db)
    made = stated.state(db, make.act(ana), ana, TaxKind.SSN, "256331234")
    assert (made.last_four, "1234" in repr(made)) == ("1234", False)
    now = Cut(DAY, journal.size(db))
    assert (tax_numbers(db, before), tax_numbers(db, now)) == ({ana: "211-11-1111"}, {ana: "256-33-1234"})
    make.holder(db)
    stated.state(db, make.act(ana), ana, TaxKind.EIN, "34-2345123")
    assert (number_of(db, ana), tax_numbers(db, before)) == ("34-2345123", {ana: "211-11-1111"})
    with pytest.raises(NotFound):
        stated.state(db, make.act(), "hld_nobody", TaxKind.SSN, "256331234")


def test_a_package_has_it_whole_only_where_two_people_said_so(db: Session) -> None:
    make.company(db)
    ana = make.holder(db).id
    stated.state(db, make.act(ana), ana, TaxKind.SSN, "256331234")
    cut = Cut(DAY, journal.size(db))
    for whole, number in ((True, "256-33-1234"), (False, "*******1234")):
        files = export_package(db, cut, tax_numbers=whole)
        [item] = json.loads(files["Stakeholders.ocf.json"])["items"]
        assert item["tax_ids"] == [{"tax_id": number, "country": "US"}]


def test_it_is_erased_with_the_name_and_not_before(db: Session) -> None:
    make.company(db)
    ana = add_named_holder(db, make.act(), {"name": "Ana Ortiz"}, kind=HolderKind.INDIVIDUAL, on=DAY).id
    for number in ("256331234", "256331235"):
        stated.state(db, make.act(ana), ana, TaxKind.SSN, number)
    assert erase_holder(db, make.act(), ana, on=date(2034, 3, 2), reason="Asked for it.") == 3
    assert (stated.stated(db, ana), number_of(db, ana)) == (None, None)


def test_whose_is_missing_is_told_by_name(db: Session) -> None:
    make.company(db)
    ana, ben = make.member(db), make.member(db)
    make.holder(db)
    assert {one.holder for one in lacking(db, DAY)} == {ana, ben}
    stated.state(db, make.act(ana), ana, TaxKind.SSN, "256331234")
    assert lacking(db, DAY) == [Lacking(ben, ben, ())]
