"""The form of a grant: what stands in its fields at first, and the order that they come to."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.web import grant_terms
from app.web.forms import choice_in, day_in, line_in, price_in, units_in
from app.web.grant_terms import AT_ONCE
from app.web.member import today_of
from app.web.site import Here
from ledger.equity import grants
from ledger.equity.grants import GrantOrder
from ledger.equity.pricing import fair_value
from ledger.equity.register import issuer
from ledger.equity.rule701 import EXEMPTION
from ledger.equity.values import AwardType, GrantDraft, Plan, Security, ShareClass
from ledger.equity.vesting.templates import DEFAULT, TEMPLATES
from ledger.errors import Invalid
from ledger.reading import every, find
from ledger.types import Json, decimal_text

FIELDS = (
    "draft",
    "holder",
    "plan_id",
    "award_type",
    "quantity",
    "label",
    "price",
    "vesting",
    "vesting_start",
    "grant_date",
    "board_approved_on",
    "resolution_ref",
    "exemption",
)
"""What the details ask for; the check carries them on."""


def first_fields(db: Session, here: Here, plans: list[Plan]) -> dict[str, str]:
    """Return what stands in the fields at first: a draft to be changed, else what the last grant to them said."""
    today = today_of(db, here)
    said: dict[str, str] = dict.fromkeys(FIELDS, "") | {
        "holder": here.query.get("holder", ""),
        "plan_id": plans[0].id if plans else "",
        "award_type": AwardType.NSO.value,
        "label": _next_label(db),
        "vesting": DEFAULT,
        "vesting_start": today.isoformat(),
        "grant_date": today.isoformat(),
        "board_approved_on": today.isoformat(),
        "resolution_ref": f"board:{today:%Y-%m}",
        "exemption": EXEMPTION,
    }
    if "draft" in here.query:
        draft = grants.newest_draft(db, here.query["draft"])
        return said | _as_fields(db, GrantOrder.from_terms(draft.terms)) | {"draft": draft.id}
    last = every(db, GrantDraft, holder=said["holder"]) if said["holder"] else []
    if last:
        told = _as_fields(db, GrantOrder.from_terms(last[-1].terms))
        said |= {name: told[name] for name in ("plan_id", "award_type", "quantity", "vesting", "exemption")}
    if plans and not said["price"]:
        fair = fair_value(db, find(db, Plan, said["plan_id"]).class_id, today)
        said["price"] = "" if fair is None or said["award_type"] == AwardType.RSU else fair.text
    return said


def _as_fields(db: Session, order: GrantOrder) -> dict[str, str]:
    decimals = find(db, ShareClass, find(db, Plan, order.plan_id).class_id).decimals
    return {
        "holder": order.holder,
        "plan_id": order.plan_id,
        "award_type": order.award_type.value,
        "quantity": decimal_text(order.quantity, decimals),
        "label": order.label,
        "price": "" if order.price is None else order.price.text,
        "vesting": grant_terms.template_of(order.vesting) or DEFAULT,
        "vesting_start": "" if order.vesting_start is None else order.vesting_start.isoformat(),
        "grant_date": order.grant_date.isoformat(),
        "board_approved_on": order.board_approved_on.isoformat(),
        "resolution_ref": order.resolution_ref,
        "exemption": order.exemption or "",
    }


def _next_label(db: Session) -> str:
    """Return a label that nothing has yet: one above the highest number of all grants."""
    ends = [one.label.rpartition("-")[2] for one in every(db, Security)]
    ends += [str(one.terms.get("label", "")).rpartition("-")[2] for one in every(db, GrantDraft)]
    return f"ES-{1 + max((int(end) for end in ends if end.isdecimal() and len(end) < 10), default=0)}"


def order_in(db: Session, here: Here) -> GrantOrder:
    """Return the order that the details say.

    Raises:
        Invalid: A field can't be read, or two contradict each other.
        NotFound: No such plan.
    """
    plan = find(db, Plan, line_in(here, "plan_id"))
    vesting: Json = None
    start: date | None = None
    if here.form.get("vesting") != AT_ONCE:
        named = TEMPLATES.get(here.form.get("vesting", ""))
        if named is None:
            raise Invalid(here.words.say("Choose one of the list."), field="vesting")
        vesting, start = dict(named.as_dict()), day_in(here, "vesting_start")
    return GrantOrder(
        line_in(here, "label"),
        line_in(here, "holder"),
        plan.id,
        choice_in(here, "award_type", AwardType),
        units_in(here, "quantity", find(db, ShareClass, plan.class_id).decimals),
        day_in(here, "grant_date"),
        day_in(here, "board_approved_on"),
        line_in(here, "resolution_ref"),
        vesting,
        start,
        price_in(here, "price", issuer(db).currency),
        exemption=here.form.get("exemption", "").strip() or None,
    )
