"""What a share of each class was found to be worth, since when and until when; how much Rule 701 still leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from sqlalchemy.orm import Session

from app.people.roles import Role
from app.web.member import today_of
from app.web.site import Here, Pages, View
from ledger.equity.exemptions import basis_on, sales_between
from ledger.equity.pricing import fair_value
from ledger.equity.register import issuer
from ledger.equity.rule701 import MOST_SALES, LimitTest, Standing, standing, window_ending
from ledger.equity.values import Plan, ShareClass, Valuation
from ledger.reading import every, find, known
from ledger.types import Price, decimal_text

pages = Pages()

SOON_DAYS = 60
"""From when on a valuation is said to end soon."""


@dataclass(frozen=True, slots=True)
class Valued:
    """A valuation, of which class, and how it stands today."""

    name: str
    of: Valuation
    on: date
    is_in_force: bool
    days_left: int


@dataclass(frozen=True, slots=True)
class Headroom:
    """How a class's last twelve months stand under Rule 701; money in cents, units as decimal text.

    Attributes:
        assets_limit: None where no balance sheet is on record.
        left: Units that the class test alone still leaves.
    """

    name: str
    of: Standing
    sales: int
    assets_limit: int | None
    units: str
    class_limit: str
    left: str
    passed: tuple[str, ...]


@pages.get("/finance/valuations", Role.FINANCE, long=True)
def valuations(db: Session, here: Here) -> View:
    """Every valuation, the newest first, and Rule 701 for each class that a plan grants."""
    on = today_of(db, here)
    found = [_valued(db, one.value, one.on, on) for one in reversed(known(db, Valuation))]
    classes = {plan.class_id for plan in every(db, Plan)}
    rooms = [room for room in (_headroom(db, find(db, ShareClass, one), on) for one in sorted(classes)) if room]
    return View(
        "valuations.html",
        {"valued": found, "rooms": rooms, "most": MOST_SALES, "currency": issuer(db).currency, "soon": SOON_DAYS},
    )


def _valued(db: Session, of: Valuation, since: date, today: date) -> Valued:
    share_class, now = find(db, ShareClass, of.class_id), fair_value(db, of.class_id, today)
    is_in_force = since <= today <= of.expires_on and now is not None and now == of.price
    return Valued(share_class.name, of, since, is_in_force, (of.expires_on - today).days)


def _headroom(db: Session, of: ShareClass, on: date) -> Headroom | None:
    """Return how a class stands; None where nobody has ever valued it."""
    valued = known(db, Valuation, class_id=of.id)
    if not valued:
        return None
    otherwise: Price = valued[-1].value.price
    stands = standing(sales_between(db, window_ending(on)[0], on, otherwise=otherwise), basis_on(db, of, on), of.id, on)
    return Headroom(
        of.name,
        stands,
        ceil(stands.sales * 100),
        None if stands.assets_limit is None else floor(stands.assets_limit * 100),
        decimal_text(stands.units, of.decimals),
        decimal_text(floor(stands.class_limit), of.decimals),
        decimal_text(stands.headroom, of.decimals),
        tuple(test.value for test in LimitTest if test in stands.passed),
    )
