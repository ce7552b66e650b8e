"""What books are written from: the postings that count by a day and were known before an entry, by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.reports import source_of
from app.reports.report import Source
from ledger import tables
from ledger.equity.values import Plan, Security, ShareClass
from ledger.reading import known
from ledger.types import Cut

CENTS = 2
"""The places of money: the journal counts it in hundredths."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Units into an account, or out of it: a whole number of 10^-decimals."""

    account: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """An entry of the journal that moved something; its legs cancel out per asset."""

    n: int
    on: date
    kind: str
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that was posted.

    Attributes:
        decimals: Asset to the places of its units.
        called: Account to what people call it; never by a person's name.
        transactions: By day, and in the order in which they were written.
    """

    source: Source
    decimals: Mapping[str, int]
    called: Mapping[str, str]
    transactions: tuple[Transaction, ...]

    @property
    def accounts(self) -> list[tuple[str, str]]:
        """Every account with its asset, A to Z."""
        return sorted({(leg.account, leg.asset) for one in self.transactions for leg in one.legs})


def is_money(asset: str) -> bool:
    """Return whether an asset is money; otherwise it is units of a class of shares."""
    return asset.startswith("MONEY:")


def books_of(db: Session, cut: Cut) -> Books:
    """Return what was posted by a day, as known before an entry.

    Raises:
        NotFound: The journal has fewer entries than ``cut.known_at``, or none of them registers a company.
    """
    source = source_of(db, cut)
    transactions = _transactions(db, cut)
    # what a class counts in never changes, whatever day it was adopted on
    always = Cut(date.max, cut.known_at)
    classes = {one.value.id: one.value for one in known(db, ShareClass, always)}
    assets = {leg.asset for one in transactions for leg in one.legs}
    decimals = {asset: CENTS if is_money(asset) else classes[asset.partition(":")[2]].decimals for asset in assets}
    return Books(source, decimals, _called(db, always, classes), transactions)


def _transactions(db: Session, cut: Cut) -> tuple[Transaction, ...]:
    entry, posting, account = tables.entry.c, tables.posting.c, tables.account.c
    query = (
        select(entry.n, entry.effective_on, entry.kind, account.path, account.asset, posting.amount)
        .join(tables.posting, posting.n == entry.n)
        .join(tables.account, account.id == posting.account)
        .where(entry.effective_on <= cut.as_of, entry.n < cut.known_at)
        .order_by(entry.effective_on, entry.n, posting.leg)
    )
    rows = db.execute(query).all()
    return tuple(
        Transaction(n, on, kind, tuple(Leg(row.path, row.asset, row.amount) for row in legs))
        for (n, on, kind), legs in groupby(rows, key=lambda row: (row.n, row.effective_on, row.kind))
    )


def _called(db: Session, cut: Cut, classes: Mapping[str, ShareClass]) -> dict[str, str]:
    called = {one.value.id: one.value.label for one in known(db, Security, cut)}
    called |= {one.value.id: one.value.name for one in known(db, Plan, cut)}
    return called | {id: one.name for id, one in classes.items()}
