"""Builders for certificates, notes and warrants, and the sums that tests of them ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role, account
from ledger.equity.instruments import NoteKind, NoteOrder, WarrantOrder, issue_note, issue_warrant
from ledger.equity.securities import Position, position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import Holder, Security, SecurityKind, ShareClass
from ledger.reading import every
from ledger.types import Price
from tests import make

A_DAY = date(2024, 1, 15)
DOLLAR = Price.parse("1.00", "USD")


def shares(
    db: Session, of: ShareClass | None = None, to: Holder | None = None, *, on: date = A_DAY, **changes: Any
) -> Position:
    """A certificate of a thousand shares."""
    order: dict[str, Any] = {"quantity": 1_000} | changes
    order.setdefault("holder", (to or make.holder(db)).id)
    if "class_id" not in order:
        order["class_id"] = (of or make.share_class(db)).id
    return issue_stock(db, make.act(), StockOrder(**order), on=on)


def note(db: Session, to: Holder | None = None, *, on: date = A_DAY, **changes: Any) -> Position:
    """A SAFE of $50,000."""
    order: dict[str, Any] = {"kind": NoteKind.SAFE, "amount": Price.parse("50000", "USD")} | changes
    order.setdefault("holder", (to or make.holder(db)).id)
    return issue_note(db, make.act(), NoteOrder(**order), on=on)


def warrant(db: Session, of: ShareClass, to: Holder | None = None, *, on: date = A_DAY, **changes: Any) -> Position:
    """A warrant for a thousand shares at a dollar."""
    order: dict[str, Any] = {"class_id": of.id, "quantity": 1_000, "exercise_price": DOLLAR} | changes
    order.setdefault("holder", (to or make.holder(db)).id)
    return issue_warrant(db, make.act(), WarrantOrder(**order), on=on)


def held(db: Session, role: Role, subject: str) -> int:
    """What an account holds."""
    return journal.balance(db, account(role, subject))


def holdings(db: Session, of: ShareClass) -> dict[str, int]:
    """What each holder has of a class in certificates, those with nothing left out."""
    found: dict[str, int] = {}
    for each in every(db, Security, class_id=of.id, kind=SecurityKind.STOCK.value):
        found[each.holder] = found.get(each.holder, 0) + position(db, each.id).outstanding
    return {holder: units for holder, units in found.items() if units}
