"""What counts under Rule 701: the grants that name it, what they were sold for, and what the limits are a share of.

The rule itself is in ``rule701``. As usual in its reports, what was cancelled, forfeited, expired or retracted since
does not count, what was exercised counts once, and shares issued under the rule are no part of the class outstanding
(equity.md §3.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role, account, unit
from ledger.equity.classes import splits_of
from ledger.equity.pricing import adjusted, growth, ratio_in_force
from ledger.equity.rule701 import EXEMPTION, Basis, Sale, Standing, standing, window_ending, windows_with
from ledger.equity.values import (
    ClassSplit,
    CompanyFigure,
    EventKind,
    Security,
    SecurityEvent,
    ShareClass,
    Valuation,
)
from ledger.equity.vesting.months import add_months
from ledger.errors import ExemptionExhausted, TermsInvalid
from ledger.reading import Known, every, find, known, selection
from ledger.records import from_row
from ledger.types import MOST_UNITS, Cut, Json, Price

ENDED = (EventKind.CANCELLED, EventKind.EXPIRED, EventKind.FORFEITED, EventKind.RETRACTED)
"""What takes units out of the count."""

NOTHING = Basis(None, 0)
"""No balance sheet and no shares: what is exempt on this basis is exempt by the first test."""


def judged(
    db: Session, of: ShareClass, *, sold_on: date, units: int, price: Price | None, fair: Price | None
) -> Standing:
    """Return how a grant that is about to be made stands under Rule 701, with all that was granted in its windows.

    ``price`` is what a share costs; of units that cost nothing, ``fair`` counts, the fair value on the day.

    Raises:
        TermsInvalid: The units cost nothing and nobody has valued them.
        ExemptionExhausted: None of the three tests holds for a window that the grant falls in.
    """
    each = price or fair or _last_value(known(db, Valuation, class_id=of.id), splits_of(db, of.id), sold_on)
    if each is None:
        text = f"Rule 701 counts grants at their value; record a valuation of {of.name} first."
        raise TermsInvalid(text, field="exemption")
    new = Sale(sold_on, of.id, units, _amount(each, units, of.decimals))
    sales = [*sales_between(db, window_ending(sold_on)[0], add_months(sold_on, 12), otherwise=each), new]
    stands = standing(sales, basis_on(db, of, sold_on), of.id, sold_on)
    for day in windows_with(sold_on, sales):
        one = standing(sales, NOTHING, of.id, day)
        # most windows are within the first limit, and need no balance sheet
        one = one if one.is_exempt else standing(sales, basis_on(db, of, day), of.id, day)
        if not one.is_exempt:
            tests = one.text(of.decimals)
            raise ExemptionExhausted(f"Rule 701 does not cover this grant; none of its tests holds: {tests}.")
    return stands


def fact_of(stands: Standing) -> Json:
    """Return what an entry keeps of how its grant stood, and whether disclosure is due (§230.701(e))."""
    return {
        "disclosure_due": stands.needs_disclosure,
        "passed": [test.value for test in stands.passed],
        "sales": str(stands.sales),
        "units": stands.units,
        "window": [day.isoformat() for day in stands.window],
    }


@dataclass(frozen=True, slots=True)
class Sold:
    """A grant under the rule, and the sale that it counts as.

    Attributes:
        each: What a unit counts at, in units of the day of the sale; None where nobody had valued them: the sale then
            counts for nothing.
    """

    security: Security
    sale: Sale
    each: Price | None


def sales_between(
    db: Session, first: date, last: date, *, otherwise: Price | None, cut: Cut | None = None
) -> list[Sale]:
    """Return what was granted under the rule from one day to another; see ``sold_between``."""
    return [each.sale for each in sold_between(db, first, last, otherwise=otherwise, cut=cut)]


def sold_between(
    db: Session, first: date, last: date, *, otherwise: Price | None = None, cut: Cut | None = None
) -> list[Sold]:
    """Return what was granted under the rule from one day to another, oldest first, in units of today.

    With a cut: in units of its day, as was known then. Units that cost nothing count at the fair value on their day;
    where nobody had valued them, at ``otherwise``.
    """
    security, entry = tables.table(Security), tables.entry
    query = selection(Security, cut).where(
        security.c.exemption == EXEMPTION,
        security.c.from_security.is_(None),
        entry.c.effective_on.between(first, last),
    )
    granted = [Known(row["n"], row["on"], from_row(Security, row)) for row in db.execute(query).mappings()]
    class_ids = {item.value.class_id for item in granted if item.value.class_id is not None}
    ended = _ended(db, class_ids, cut)
    splits = {id: splits_of(db, id, cut) for id in class_ids}
    valuations = {id: known(db, Valuation, cut, class_id=id) for id in class_ids}
    decimals = {id: find(db, ShareClass, id).decimals for id in class_ids}
    sales = []
    for item in granted:
        id = item.value.class_id
        assert id is not None
        each = item.value.price or _last_value(valuations[id], splits[id], item.on) or otherwise
        sale = _sale(item, ended.get(item.value.id, []), splits[id], each, decimals[id])
        sales.append(Sold(item.value, sale, each))
    return sales


def _sale(
    granted: Known[Security],
    ended: Iterable[Known[SecurityEvent]],
    splits: Iterable[Known[ClassSplit]],
    each: Price | None,
    decimals: int,
) -> Sale:
    """Return a grant as a sale: what is left of it or was exercised, in units of today, at its own price."""
    grown = growth(splits, (granted.on, granted.n), date.max)
    units = granted.value.quantity * grown
    for event in ended:
        units -= event.value.quantity * growth(splits, (event.on, event.n), date.max)
    left = max(units, Fraction(0))
    assert granted.value.class_id is not None
    amount = Fraction(0) if each is None else _amount(each, left / grown, decimals)
    return Sale(granted.on, granted.value.class_id, int(left), amount)


def _ended(db: Session, class_ids: Iterable[str], cut: Cut | None) -> dict[str, list[Known[SecurityEvent]]]:
    """Return what ended, wholly or in part, of the grants of some classes under the rule, by grant."""
    security, event = tables.table(Security), tables.table(SecurityEvent)
    under = select(security.c.id).where(security.c.exemption == EXEMPTION, security.c.class_id.in_(list(class_ids)))
    query = selection(SecurityEvent, cut).where(
        event.c.kind.in_([kind.value for kind in ENDED]), event.c.security.in_(under)
    )
    found: dict[str, list[Known[SecurityEvent]]] = {}
    for row in db.execute(query).mappings():
        found.setdefault(row["security"], []).append(Known(row["n"], row["on"], from_row(SecurityEvent, row)))
    return found


def basis_on(db: Session, of: ShareClass, day: date, cut: Cut | None = None) -> Basis:
    """Return what the limits of a day are a share of: the newest balance sheet by then, and the class on its date.

    Shares that other classes convert into are outstanding (§230.701(d)(3)(iii)). Without a balance sheet the class is
    counted on the day itself. In units of today; with a cut, in units of its day, as was known then.
    """
    known_at = MOST_UNITS if cut is None else cut.known_at
    stated = [figure for figure in every(db, CompanyFigure, cut) if figure.stated_on <= day]
    newest = max(stated, key=lambda figure: figure.stated_on, default=None)
    counted_on = newest.stated_on if newest else day
    shares = Fraction(_outstanding(db, of, counted_on, known_at))
    for other in every(db, ShareClass, cut, converts_to=of.id):
        places = Fraction(10**of.decimals, 10**other.decimals)
        ratio = ratio_in_force(db, other, counted_on, known_at=known_at)
        shares += int(_outstanding(db, other, counted_on, known_at) * ratio * places)
    shares *= growth(splits_of(db, of.id, cut), (counted_on, MOST_UNITS), date.max)
    return Basis(None if newest is None else _amount(newest.total_assets, 1, 0), int(shares))


def _outstanding(db: Session, of: ShareClass, on: date, known_at: int) -> int:
    """Return the shares of a class in certificates on a day, less those issued under the rule."""
    path, posting, security = tables.account.c.path, tables.posting, tables.table(Security)
    prefix = account(Role.CERTIFICATE, "")
    under = select(prefix + security.c.id).where(security.c.exemption == EXEMPTION)
    query = (
        select(func.coalesce(func.sum(posting.c.amount), 0))
        .join(tables.account, tables.account.c.id == posting.c.account)
        .where(
            tables.account.c.asset == unit(of.id),
            path.startswith(prefix, autoescape=True),
            path.not_in(under),
            posting.c.effective_on <= on,
            posting.c.n < known_at,
        )
    )
    return int(db.execute(query).scalar_one())


def _last_value(valuations: Iterable[Known[Valuation]], splits: Iterable[Known[ClassSplit]], on: date) -> Price | None:
    """Return the newest value anyone had put on a share by a day, expired or not, in shares of that day."""
    begun = [item for item in valuations if item.on <= on]
    if not begun:
        return None
    return adjusted(begun[-1].value.price, growth(splits, (begun[-1].on, begun[-1].n), on))


def _amount(each: Price, units: Fraction | int, decimals: int) -> Fraction:
    """Return what minor units of a class come to at a price a share, exactly."""
    return Fraction(each.amount, 10 ** (each.scale + decimals)) * units
