"""Plans and their pools: what the board reserved for awards, and what of it is left."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app import pools
from app.api.door import Door
from app.api.fields import Change, Day, Flag, Id, Line, Order, Page, Quantity, Told, shown
from app.api.lists import AsOfAsked, PagingAsked, page_of
from app.api.quantities import change_in, class_of_plan, units_in
from app.api.service import Now
from app.people.tokens import Scope
from governance.errors import ResolutionMissing
from ledger.equity import classes
from ledger.equity.values import Plan, ReturnRule, ShareClass
from ledger.errors import AlreadyExists, AuthorisedExhausted, PoolExhausted
from ledger.reading import Known, find
from ledger.types import Act, decimal_text

door = Door("plans")

EXAMPLE = {
    "name": "Provider plan",
    "class_id": "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "return_rule": "RETURN_TO_POOL",
    "holds_to_grant_date": False,
    "pauses_for_leave": True,
    "resolution_ref": "board:2024-01",
    "counsel_memo_ref": "memo:2024-01-12",
}


class PlanIn(Order):
    """A plan to be adopted."""

    model_config = shown(EXAMPLE | {"reserved": "1500000", "on": "2024-01-10"})

    name: Line
    class_id: Id
    reserved: Quantity
    """Shares of the class set aside for it."""
    return_rule: ReturnRule = ReturnRule.RETURN_TO_POOL
    """Where units go that were granted and come back."""
    holds_to_grant_date: Flag = False
    """Whether instalments dated before the grant wait for the grant date."""
    pauses_for_leave: Flag = False
    """Whether unpaid personal leave of more than 90 days may pause vesting."""
    resolution_ref: Line | None = None
    counsel_memo_ref: Line | None = None
    on: Day


class PlanOut(Told):
    """A plan."""

    model_config = shown({"id": "pln_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"} | EXAMPLE | {"adopted_on": "2024-01-10"})

    id: str
    name: str
    class_id: str
    return_rule: ReturnRule
    holds_to_grant_date: bool
    pauses_for_leave: bool
    adopted_on: date | None
    resolution_ref: str | None
    counsel_memo_ref: str | None

    @classmethod
    def of(cls, made: Plan) -> PlanOut:
        """Return a plan as the API tells it."""
        return cls.model_validate(made, from_attributes=True)


class PlanFigures(PlanOut):
    """A plan with what its pool has left as of a day."""

    model_config = shown(
        {"id": "pln_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"} | EXAMPLE | {"adopted_on": "2024-01-10", "available": "640350"}
    )

    available: str
    """Units that may still be granted."""


class AdjustmentIn(Order):
    """By how much the reserve grows; below zero where it shrinks."""

    model_config = shown({"change": "500000", "on": "2025-02-10"})

    change: Change
    on: Day


@door.write("/plans", Scope.REGISTER_WRITE, refuses=[AlreadyExists, AuthorisedExhausted, ResolutionMissing])
def adopt_plan(db: Session, act: Act, order: PlanIn) -> PlanOut:
    """Adopt a plan and reserve its pool.

    Once there are members, a plan begins with an empty pool, and they pass what goes into it.
    """
    reserved = units_in(find(db, ShareClass, order.class_id), order.reserved, field="reserved", least=0)
    wanted = classes.PlanOrder(**order.model_dump(exclude={"authority", "on", "reserved"}), reserved=reserved)
    return PlanOut.of(pools.adopt(db, act, wanted, on=order.on))


@door.read("/plans", Scope.CAPTABLE_READ)
def list_plans(db: Session, page: PagingAsked) -> Page[PlanOut]:
    """List plans."""
    return page_of(db, Plan, page, _told)


def _told(item: Known[Plan]) -> PlanOut:
    return PlanOut.of(item.value)


@door.read("/plans/{plan_id}", Scope.CAPTABLE_READ)
def get_plan(db: Session, plan_id: Id, asked: AsOfAsked, now: Now) -> PlanFigures:
    """Get a plan with what its pool has left."""
    cut = asked.cut(db, now)
    found = find(db, Plan, plan_id, cut)
    available = decimal_text(classes.available_units(db, plan_id, cut), class_of_plan(db, plan_id).decimals)
    return PlanFigures(**dict(PlanOut.of(found)), available=available)


@door.write(
    "/plans/{plan_id}/adjustments",
    Scope.REGISTER_WRITE,
    refuses=[AuthorisedExhausted, PoolExhausted, ResolutionMissing],
)
def adjust_plan(db: Session, act: Act, plan_id: Id, order: AdjustmentIn) -> PlanOut:
    """Enlarge or shrink a plan's reserve, before anybody is a member; afterwards what members pass does."""
    pools.refuse_once_founded(db, field="change")
    change = change_in(class_of_plan(db, plan_id), order.change)
    classes.adjust_plan(db, act, plan_id, change, on=order.on)
    return PlanOut.of(find(db, Plan, plan_id))
