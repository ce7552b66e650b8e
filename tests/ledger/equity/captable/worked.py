"""The worked example of reports.md §4.3, from real deeds: ten million fully diluted shares and one eventful year.

Everything random is drawn from a counter, so that the same deeds make the same journal on every database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from ledger.equity import classes, exercise, expiry, grants, register
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.securities import labelled
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import (
    AwardType,
    ClassKind,
    EngagementKind,
    Group,
    HolderKind,
    IssuerKind,
    LeavingReason,
)
from ledger.types import Act, Json, Price

BEGINNING = date(2023, 12, 1)
GRANTED = date(2024, 1, 15)
YEAR_END = date(2025, 12, 31)
NOW = datetime(2026, 1, 10, 9, tzinfo=UTC)

FOUR_YEARS: Json = {"months": 48, "cliff_months": 12, "every_months": 1}
DOLLAR, DIME = Price.parse("1.00", "USD"), Price.parse("0.10", "USD")


@dataclass(frozen=True, slots=True)
class Worked:
    """The ids of what the example is made of."""

    founders: str
    units: str
    seed: str
    plan: str


class Acts:
    """Acts whose random bytes are the same each time."""

    def __init__(self, now: datetime = NOW) -> None:
        self._numbers = count()
        self.now = now

    def __call__(self, actor: str = "usr_steward") -> Act:
        return Act(actor, "board:2024-01", self.now, self._bytes)

    def _bytes(self, length: int) -> bytes:
        return sha256(str(next(self._numbers)).encode()).digest()[:length]


def summary_of_ten_million(db: Session, acts: Acts | None = None) -> Worked:
    """Tell the story: founders, a seed round, a plan, its grants, and what became of them by the end of 2025."""
    act = acts or Acts()
    order = register.IssuerOrder("Lanternleaf Care Cooperative", IssuerKind.COOP, "America/New_York", "USD", id="iss")
    register.register_issuer(db, act(), order, on=BEGINNING)
    found = Worked("cls_founders", "cls_units", "cls_seed", "pln_providers")
    _classes(db, act, found)
    _people(db, act)
    for holder in ("hld_ana", "hld_ben", "hld_cleo"):
        _stock(db, act, holder, found.founders, 2_000_000, Price.parse("0.0001", "USD"))
    _stock(db, act, "hld_fund", found.seed, 1_500_000, DOLLAR)
    _stock(db, act, "hld_angel", found.seed, 500_000, DOLLAR)
    _year_2024(db, act, found)
    _year_2025(db, act, found)
    return found


def _classes(db: Session, act: Acts, found: Worked) -> None:
    founders = classes.ClassOrder("Founders common", ClassKind.COMMON, "CS-", 14_000_000, id=found.founders)
    units = classes.ClassOrder("Provider units", ClassKind.UNITS, "PU-", 3_000_000, votes_per_share=0, id=found.units)
    seed = classes.ClassOrder(
        "Seed preferred",
        ClassKind.PREFERRED,
        "PS-",
        3_000_000,
        seniority=2,
        converts_to=found.founders,
        liquidation_multiple="1.5",
        original_price=DOLLAR,
        id=found.seed,
    )
    for order in (founders, units, seed):
        classes.authorise_class(db, act(), order, on=BEGINNING)
    plan = classes.PlanOrder("Provider plan", found.units, 2_000_000, id=found.plan)
    classes.adopt_plan(db, act(), plan, on=BEGINNING)
    classes.record_valuation(db, act(), found.units, DIME, on=BEGINNING, expires_on=date(2024, 11, 30))


def _people(db: Session, act: Acts) -> None:
    people = {
        "hld_ana": (EngagementKind.OWNER, Group.FOUNDER),
        "hld_ben": (EngagementKind.OWNER, Group.FOUNDER),
        "hld_cleo": (EngagementKind.OWNER, Group.FOUNDER),
        "hld_fund": (EngagementKind.INVESTOR, Group.INVESTOR),
        "hld_angel": (EngagementKind.INVESTOR, Group.INVESTOR),
        "hld_dan": (EngagementKind.C1099, Group.PROVIDER),
        "hld_eve": (EngagementKind.C1099, Group.PROVIDER),
        "hld_fay": (EngagementKind.W2, Group.PROVIDER),
        "hld_gus": (EngagementKind.C1099, Group.PROVIDER),
    }
    for id, (kind, group) in people.items():
        register.add_holder(db, act(), kind=HolderKind.INDIVIDUAL, on=BEGINNING, licensed=True, id=id)
        register.engage(db, act(), id, kind=kind, shown_as=group, on=BEGINNING)


def _stock(db: Session, act: Acts, holder: str, class_id: str, quantity: int, price: Price) -> None:
    issue_stock(db, act(), StockOrder(holder, class_id, quantity, price=price), on=date(2024, 1, 2))


def _year_2024(db: Session, act: Acts, found: Worked) -> None:
    """Grants of 640,000 units: an option that vests at once, and two of RSUs."""
    option = {"award_type": AwardType.NSO, "price": DIME, "expires_on": date(2025, 9, 30), "vesting": None}
    grant(db, act, found, "ES-1", "hld_dan", 45_250, **option)
    grant(db, act, found, "ES-2", "hld_eve", 38_350, grant_date=date(2024, 10, 15), vesting_start=date(2024, 10, 15))
    grant(db, act, found, "ES-3", "hld_fay", 556_400)


def _year_2025(db: Session, act: Acts, found: Worked) -> None:
    """762,000 granted, 38,350 forfeited, 41,250 exercised, 4,000 expired."""
    granted_on = date(2025, 2, 1)
    grant(db, act, found, "ES-4", "hld_gus", 762_000, grant_date=granted_on, vesting_start=granted_on)
    order = LeavingOrder("hld_eve", LeavingReason.VOLUNTARY_OTHER, date(2025, 3, 1))
    terminate(db, act(), order)
    exercise.exercise(db, act(), security(db, "ES-1"), 41_250, on=date(2025, 5, 5))
    expiry.expire(db, act(), security(db, "ES-1"), on=date(2025, 10, 1))


def grant(db: Session, act: Acts, found: Worked, label: str, holder: str, quantity: int, **changes: Any) -> None:
    """Draft, approve and issue a grant of RSUs, on 2024-01-15 if nothing else is said."""
    order: dict[str, Any] = {
        "grant_date": GRANTED,
        "vesting": FOUR_YEARS,
        "vesting_start": GRANTED,
        "award_type": AwardType.RSU,
        "exemption": "REG_D_506B",
    } | changes
    day = order["grant_date"]
    made = grants.GrantOrder(
        label, holder, found.plan, quantity=quantity, board_approved_on=day, resolution_ref="board:2024-01", **order
    )
    draft = grants.draft_grant(db, act("usr_drafter"), made, on=day)
    grants.approve_grant(
        db, act("usr_board"), draft.id, terms_hash=draft.terms_hash, resolution_ref="board:2024-01", on=day
    )
    grants.issue_grant(db, act(), draft.id)


def security(db: Session, label: str) -> str:
    """The id of the security with a label."""
    return labelled(db, label).id
