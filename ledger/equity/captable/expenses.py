"""What equity given for work costs, over a period and month by month (reports.md R10), out of awards and their values.

All of it through a cut: a value recorded later, or a change known later, leaves an older report as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from ledger.equity.captable.accounts import refuse_unknown
from ledger.equity.captable.valued_awards import Costed, Unvalued, costed
from ledger.equity.expense import (
    A_DAY,
    Attribution,
    DayCount,
    Line,
    Recognised,
    Valued,
    cents,
    lines_of,
    over_period,
    recognised,
)
from ledger.errors import DatesOutOfOrder
from ledger.reading import of_the_record
from ledger.types import Cut

MOST_YEARS = 50
"""That bookings are made for at once: each month is reckoned by itself."""


@dataclass(frozen=True, slots=True)
class Expensed:
    """An award, and its lines over a period."""

    award: Costed
    lines: tuple[Recognised, ...]

    @property
    def period(self) -> int:
        """Recognised in the period, in cents."""
        return sum(one.period for one in self.lines)


@dataclass(frozen=True, slots=True)
class Expenses:
    """What all awards cost in a period; money in cents of the company's currency.

    Attributes:
        errors: Awards without a value: of a period that is closed there are none.
    """

    since: date
    until: date
    method: Attribution
    count: DayCount
    awards: tuple[Expensed, ...]
    errors: tuple[Unvalued, ...]

    def _sum(self, name: str) -> int:
        return sum(getattr(line, name) for each in self.awards for line in each.lines)

    @property
    def cost(self) -> int:
        """Fair value of everything granted."""
        return self._sum("cost")

    @property
    def lost(self) -> int:
        """Of it, of units that will never vest."""
        return self._sum("lost")

    @property
    def cumulative(self) -> int:
        """Recognised by the end of the period."""
        return self._sum("cumulative")

    @property
    def prior(self) -> int:
        """Recognised before it."""
        return self._sum("prior")

    @property
    def period(self) -> int:
        """Recognised in it."""
        return self.cumulative - self.prior

    @property
    def unamortised(self) -> int:
        """Still to be recognised if everybody stays."""
        return self.cost - self.lost - self.cumulative


@dataclass(frozen=True, slots=True)
class Booking:
    """What is booked for a month: debit compensation expense, credit additional paid-in capital; in cents.

    Attributes:
        first: The month's first day that counts.
        last: Its last.
        amount: Below zero where more is taken back than recognised.
    """

    first: date
    last: date
    amount: int


@of_the_record
def expenses(db: Session, since: date, cut: Cut, method: Attribution, count: DayCount) -> Expenses:
    """Return what each award cost from ``since`` to the day of the cut, both included.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
        DatesOutOfOrder: The first day is after the last.
    """
    refuse_unknown(db, cut)
    _refuse_backwards(since, cut.as_of)
    before = {} if since == date.min else _lines(db, Cut(since - A_DAY, cut.known_at), method, count)
    now = _lines(db, cut, method, count)
    found, errors = costed(db, cut)
    awards = []
    for one in found:
        id = one.security.id
        lines = over_period(now[id], before.get(id, ()), method)
        if one.valued.is_retracted and not any(line.prior for line in lines):
            continue
        awards.append(Expensed(one, tuple(lines)))
    return Expenses(since, cut.as_of, method, count, tuple(awards), tuple(errors))


def bookings(db: Session, since: date, cut: Cut, method: Attribution, count: DayCount) -> list[Booking]:
    """Return what is booked month by month from ``since`` to the day of the cut; together it is the period's expense.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
        DatesOutOfOrder: The first day is after the last, or it is more than 50 years before it.
    """
    refuse_unknown(db, cut)
    _refuse_backwards(since, cut.as_of)
    if cut.as_of.year - since.year > MOST_YEARS:
        raise DatesOutOfOrder(f"Bookings cover {MOST_YEARS} years at most.", field="since")
    return spread(db, cut, method, count, spans_between(since, cut.as_of))


def _refuse_backwards(since: date, until: date) -> None:
    if since > until:
        raise DatesOutOfOrder(f"A period can't begin on {since} and end on {until}.", field="since")


def spread(
    db: Session, cut: Cut, method: Attribution, count: DayCount, spans: Sequence[tuple[date, date]]
) -> list[Booking]:
    """Return what is recognised in each of some spans that follow one another, as known at the cut."""
    found: list[Booking] = []
    before = 0
    if spans and spans[0][0] > date.min:
        before = recognised_by(db, Cut(spans[0][0] - A_DAY, cut.known_at), method, count)
    for first, last in spans:
        so_far = recognised_by(db, Cut(last, cut.known_at), method, count)
        found.append(Booking(first, last, so_far - before))
        before = so_far
    return found


@of_the_record
def recognised_by(db: Session, cut: Cut, method: Attribution, count: DayCount) -> int:
    """Return what was recognised of all awards by the end of a day, in cents: each award rounded once."""
    awards = (_counted(one, count) for one in costed(db, cut)[0])
    return sum(cents([recognised(award, cut.as_of, method)])[0] for award in awards)


def spans_between(since: date, until: date, months: int = 1) -> list[tuple[date, date]]:
    """Return the months (quarters: 3, years: 12) from one day to another, the first and the last cut off there."""
    spans, first = [], since
    while first <= until:
        following = ((first.year * 12 + first.month - 1) // months + 1) * months
        is_last = following >= (until.year + 1) * 12
        last = until if is_last else min(date(following // 12, following % 12 + 1, 1) - A_DAY, until)
        spans.append((first, last))
        if last == until:
            break
        first = last + A_DAY
    return spans


@of_the_record
def _lines(db: Session, cut: Cut, method: Attribution, count: DayCount) -> Mapping[str, tuple[Line, ...]]:
    """Return the lines of each award that has a value, by its id."""
    awards = costed(db, cut)[0]
    return {one.security.id: lines_of(_counted(one, count), cut.as_of, method) for one in awards}


def _counted(one: Costed, count: DayCount) -> Valued:
    return replace(one.valued, service=replace(one.valued.service, count=count))
