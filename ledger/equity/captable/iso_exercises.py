"""What Form 3921 says of a year: each exercise of an incentive stock option (26 U.S.C. §6039(a)(1), R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import orjson
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.captable.accounts import few, refuse_unknown
from ledger.equity.elections import next_working_day
from ledger.equity.pricing import adjusted, growth
from ledger.equity.values import (
    Award,
    AwardType,
    ClassSplit,
    EventKind,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
    Valuation,
)
from ledger.reading import Known, every, known, of_the_record, selection
from ledger.types import Cut, Price


@dataclass(frozen=True, slots=True)
class IsoExercise:
    """One exercise, in minor units of ``decimals`` places.

    Attributes:
        price: Paid a share.
        fair: Value of a share on that day; None where no valuation was in force.
    """

    security: Security
    granted_on: date
    on: date
    price: Price | None
    fair: Price | None
    decimals: int
    units: int


@dataclass(frozen=True, slots=True)
class Due:
    """The last days of the form for a year; each moves to the next working day.

    Attributes:
        to_holder: The holder's copy.
        on_paper: To the tax office, on paper.
        electronically: To the tax office, as a file.
    """

    to_holder: date
    on_paper: date
    electronically: date

    @classmethod
    def after(cls, year: int) -> Due:
        """Return those for the exercises of a year."""
        last = ((1, 31), (2, 28), (3, 31))
        return cls(*(next_working_day(date(year + 1, month, day)) for month, day in last))


@of_the_record
def iso_exercises(db: Session, cut: Cut) -> list[IsoExercise]:
    """Return the exercises of incentive options in the year of the day, up to it, oldest first.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    isos = {each.security for each in every(db, Award, cut, award_type=AwardType.ISO.value)}
    granted = {each.value.id: each for each in known(db, Security, cut, kind=SecurityKind.AWARD.value)}
    decimals = {each.id: each.decimals for each in every(db, ShareClass, cut)}
    valuations, splits = few(db, Valuation, cut), few(db, ClassSplit, cut)
    event = tables.table(SecurityEvent)
    query = selection(SecurityEvent, cut).where(event.c.kind == EventKind.EXERCISED.value)
    found = []
    for row in db.execute(query):
        if row.security not in isos or row.on.year != cut.as_of.year:
            continue
        grant = granted[row.security]
        class_id = grant.value.class_id or ""
        price = Price.decode(orjson.loads(row.price)) if row.price is not None else None
        of_class = [each for each in valuations if each.value.class_id == class_id]
        fair = value_in_force(of_class, [each for each in splits if each.value.class_id == class_id], row.on)
        found.append(IsoExercise(grant.value, grant.on, row.on, price, fair, decimals[class_id], row.quantity))
    return found


def value_in_force(
    valuations: Sequence[Known[Valuation]], splits: Sequence[Known[ClassSplit]], on: date
) -> Price | None:
    """Return the price of the valuation in force on a day, in shares of that day; all of them are of one class."""
    begun = [each for each in valuations if each.on <= on]
    if not begun or begun[-1].value.expires_on < on:
        return None
    return adjusted(begun[-1].value.price, growth(splits, (begun[-1].on, begun[-1].n), on))
