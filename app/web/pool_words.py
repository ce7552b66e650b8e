"""What a class was last found to be worth, and how old that is, before anything is granted at a price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger.equity.pricing import fair_value
from ledger.equity.values import ShareClass, Valuation
from ledger.equity.vesting.months import add_months
from ledger.reading import find, known
from ledger.types import Price

MOST_MONTHS = 12
"""An older valuation no longer shields the price of an option (IRC §409A)."""


@dataclass(frozen=True, slots=True)
class Valued:
    """A class and its valuation today.

    Attributes:
        price: What a share was found to be worth; None where no valuation is in force.
        since: From which day on; None where there never was one.
        until: The last day on which it counts.
        is_old: Whether twelve months have gone by since.
    """

    name: str
    price: Price | None
    since: date | None
    until: date | None
    is_old: bool


def valued(db: Session, classes: Iterable[str], on: date) -> list[Valued]:
    """Return how each class stands on a day."""
    return [_of(db, find(db, ShareClass, id), on) for id in sorted(classes)]


def _of(db: Session, of: ShareClass, on: date) -> Valued:
    so_far = [one for one in known(db, Valuation, class_id=of.id) if one.on <= on]
    if not so_far:
        return Valued(of.name, None, None, None, is_old=False)
    newest = max(so_far, key=lambda one: (one.on, one.n))
    is_old = add_months(newest.on, MOST_MONTHS) <= on
    return Valued(of.name, fair_value(db, of.id, on), newest.on, newest.value.expires_on, is_old)
