"""Books for other programs: hledger and beancount accept them, and their balances are the cap table's."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from beancount.core.data import Transaction
from beancount.loader import load_string
from sqlalchemy.orm import Session

from app import tables as tables  # noqa: PLC0414 - builds every table
from app.db import Runner, make_engine
from app.reports import cut_for
from app.reports.books import BOOKS, Books, books_of
from ledger import journal
from ledger.equity.captable.by_class import Line
from ledger.equity.captable.summary import cap_table
from ledger.errors import NotFound
from ledger.sessions import capital
from ledger.types import Cut
from tests import make
from tests.sample import sample_path

Balances = dict[tuple[str, str], Fraction]
"""Kind of account and class or currency to units."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Yield the sample cooperative, to read."""
    engine = make_engine(f"sqlite:///{sample_path(tmp_path_factory)}")
    yield Runner(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def books(record: Runner) -> Books:
    """Return its books as of its last day."""
    return record.read(lambda db: books_of(db, cut_for(db)))


def month_ends(books: Books) -> list[date]:
    """Return the last days of all months in which something was posted, and of those between."""
    first, last = books.transactions[0].on, books.transactions[-1].on
    found = [first.replace(day=1)]
    while found[-1] <= last:
        found.append((found[-1] + timedelta(days=32)).replace(day=1))
    return [one - timedelta(days=1) for one in found[1:]]


def ours(db: Session, day: date) -> Balances:
    """Return what the cap table and the capital accounts say at the end of a day."""
    cut, found = Cut(day, journal.size(db)), {}
    for row in cap_table(db, cut).rows:
        if row.line is Line.SHARE_CLASS:
            found["certificate", row.id] = Fraction(row.outstanding, 10**row.decimals)
        elif row.line is Line.EQUITY_PLAN:
            found["award", row.id] = Fraction(row.awards, 10**row.decimals)
            found["pool", row.id] = Fraction(row.available or 0, 10**row.decimals)
    found["capital", "USD"] = -Fraction(sum(capital.balances(db, cut).values()), 100)
    return {key: units for key, units in found.items() if units}


def by_plan(theirs: Balances) -> Balances:
    """Return balances by plan and class; the sample's one plan grants common shares."""
    plan, common = "pln_providers", "cls_common"
    kinds = {"pool": plan, "award": plan}
    told: Balances = defaultdict(Fraction)
    for (kind, of), units in theirs.items():
        if kind in {"certificate", "capital", "pool", "award"}:
            assert kind not in kinds or of == common
            told[kind, kinds.get(kind, of)] += units
    return {key: units for key, units in told.items() if units}


def test_hledger_accepts_them_and_agrees_with_the_cap_table_on_every_month_end(
    record: Runner, books: Books, tmp_path: Path
) -> None:
    if shutil.which("hledger") is None:
        pytest.skip("hledger is not installed")
    path = tmp_path / "books.journal"
    path.write_bytes(BOOKS["hledger"][1](books))
    subprocess.run(["hledger", "-f", str(path), "check", "--strict"], check=True)
    balance = ["hledger", "-f", str(path), "balance", "--monthly", "--historical", "--layout=bare", "-O", "csv"]
    told = subprocess.run([*balance, "--depth=2", "--empty"], check=True, capture_output=True, text=True)
    head, *rows = csv.reader(io.StringIO(told.stdout))
    ends = month_ends(books)
    assert head[2:] == [f"{one:%Y-%m}" for one in ends]
    for at, day in enumerate(ends, 2):
        theirs: Balances = defaultdict(Fraction)
        for account, commodity, *cells in rows:
            if ":" in account:
                theirs[account.split(":")[1], commodity] += Fraction(cells[at - 2] or 0)
        assert by_plan(theirs) == record.read(ours, day), f"on {day}"


def test_beancount_accepts_them_and_agrees_with_the_cap_table_on_every_month_end(record: Runner, books: Books) -> None:
    entries, errors, _ = load_string(BOOKS["beancount"][1](books).decode())
    assert errors == []
    moved = [one for one in entries if isinstance(one, Transaction)]
    assert len(moved) == len(books.transactions)
    classes = {"CCLSCOMMON": "cls_common", "CCLSSEED": "cls_seed"}
    theirs: Balances = defaultdict(Fraction)
    for day in month_ends(books):
        while moved and moved[0].date <= day:
            for leg in moved.pop(0).postings:
                assert leg.units is not None
                currency = leg.units.currency
                of = (leg.account.split(":")[1].lower(), classes.get(currency, currency))
                theirs[of] += Fraction(leg.units.number or 0)
        assert by_plan(theirs) == record.read(ours, day), f"on {day}"
    assert moved == []


def test_debits_equal_credits_in_each_journal_entry_for_quickbooks(books: Books) -> None:
    rows = [*csv.DictReader(io.StringIO(BOOKS["quickbooks"][1](books).decode()))]
    assert rows
    sums: dict[str, Fraction] = defaultdict(Fraction)
    accounts: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        assert bool(row["Debits"]) != bool(row["Credits"])
        amount = Fraction(row["Debits"] or 0) - Fraction(row["Credits"] or 0)
        sums[row["JournalNo"]] += amount
        accounts[row["AccountName"]] += amount
        assert re.fullmatch(r"\d\d/\d\d/\d{4}", row["JournalDate"])
    assert not any(sums.values())
    money = [
        (leg.account.split(":")[0], leg.amount)
        for one in books.transactions
        for leg in one.legs
        if "MONEY" in leg.asset
    ]
    members = sum(amount for kind, amount in money if kind == "capital")
    assert accounts["Members' capital accounts"] == -Fraction(members, 100)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_odd_names_stay_in_their_place_and_no_entry_no_books(db: Session) -> None:
    with pytest.raises(NotFound):
        books_of(db, Cut(date(2026, 1, 1), 0))
    make.company(db, legal_name='A "quoted" ;name | with lines')
    texts = {program: BOOKS[program][1](books_of(db, cut_for(db))).decode() for program in BOOKS}
    assert 'A "quoted" name with lines' in texts["hledger"]
    assert load_string(texts["beancount"])[1] == []


def test_the_same_day_and_entry_give_the_same_bytes(record: Runner) -> None:
    cut = Cut(date(2025, 12, 31), record.read(journal.size) - 100)
    for _, write in BOOKS.values():
        assert write(record.read(books_of, cut)) == write(record.read(books_of, cut))
