"""Builders: everything a test is not about has a default."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.people import vault
from app.people.vault import VaultKind
from ledger import journal, members
from ledger.entries import Draft
from ledger.equity import classes, grants, leaving, register
from ledger.equity.originals import KeptEntry
from ledger.equity.securities import Position
from ledger.equity.values import (
    AwardType,
    ClassKind,
    Engagement,
    EngagementKind,
    Group,
    Holder,
    HolderKind,
    Issuer,
    IssuerKind,
    Plan,
    ShareClass,
    SourceItem,
    Valuation,
)
from ledger.equity.vesting.plain import PlainTerms
from ledger.members import MemberClass
from ledger.types import Act, Json, Price

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
BEGINNING = date(2020, 1, 1)

FOUR_YEARS: Json = {"months": 48, "cliff_months": 12, "every_months": 1}
"""Four years, a year's cliff, monthly."""

CLIFF_AS_CONDITIONS: Json = PlainTerms(48, 12).as_conditions(cliff_installment=False).as_dict()
"""The same in the words of the Open Cap Format."""

_numbers = count(1)


def act(actor: str = "usr_steward", authority: str = "board:2026-01", now: datetime = NOW) -> Act:
    """An act by a steward on the board's authority."""
    return Act(actor, authority, now)


def company(db: Session, **changes: Any) -> Issuer:
    """A cooperative in New York."""
    order: dict[str, Any] = {
        "legal_name": "Lanternleaf Care Cooperative",
        "kind": IssuerKind.COOP,
        "time_zone": "America/New_York",
        "currency": "USD",
    }
    return register.register_issuer(db, act(), register.IssuerOrder(**(order | changes)), on=BEGINNING)


def holder(db: Session, *, engaged: EngagementKind | None = EngagementKind.C1099, licensed: bool = True) -> Holder:
    """A provider engaged since the beginning."""
    made = register.add_holder(db, act(), kind=HolderKind.INDIVIDUAL, on=BEGINNING, licensed=licensed)
    if engaged is not None:
        engage(db, made, kind=engaged)
    return made


def engage(db: Session, of: Holder, *, kind: EngagementKind = EngagementKind.C1099, on: date = BEGINNING) -> Engagement:
    """An engagement as a provider."""
    return register.engage(db, act(), of.id, kind=kind, shown_as=Group.PROVIDER, on=on)


def share_class(db: Session, **changes: Any) -> ShareClass:
    """Ten million authorised common shares."""
    order: dict[str, Any] = {
        "name": f"Common {next(_numbers)}",
        "kind": ClassKind.COMMON,
        "prefix": "CS-",
        "authorised": 10_000_000,
    }
    return classes.authorise_class(db, act(), classes.ClassOrder(**(order | changes)), on=BEGINNING)


def plan(db: Session, of: ShareClass | None = None, **changes: Any) -> Plan:
    """A provider plan with a reserve of two million."""
    order: dict[str, Any] = {
        "name": f"Provider plan {next(_numbers)}",
        "class_id": (of or share_class(db)).id,
        "reserved": 2_000_000,
    }
    return classes.adopt_plan(db, act(), classes.PlanOrder(**(order | changes)), on=BEGINNING)


def valuation(db: Session, of: str, price: str = "0.10", on: date = BEGINNING, **changes: Any) -> Valuation:
    """A 409A valuation in force for a year less a day."""
    terms: dict[str, Any] = {"on": on, "expires_on": date(on.year, 12, 31)} | changes
    return classes.record_valuation(db, act(), of, Price.parse(price, "USD"), **terms)


def grant_order(plan: Plan, to: Holder, **changes: Any) -> grants.GrantOrder:
    """An RSU grant of 4,800 over four years from 2024-01-15, under an exemption without limits."""
    order: dict[str, Any] = {
        "label": f"ES-{next(_numbers)}",
        "holder": to.id,
        "plan_id": plan.id,
        "award_type": AwardType.RSU,
        "quantity": 4_800,
        "grant_date": date(2024, 1, 15),
        "board_approved_on": date(2024, 1, 10),
        "resolution_ref": "board:2024-01",
        "vesting": FOUR_YEARS,
        "vesting_start": date(2024, 1, 15),
        "exemption": "REG_D_506B",
    }
    return grants.GrantOrder(**(order | changes))


def approved(db: Session, order: grants.GrantOrder) -> str:
    """An order drafted by one person and approved by another; the draft's id."""
    draft = grants.draft_grant(db, act("usr_drafter"), order, on=order.grant_date)
    grants.approve_grant(
        db,
        act("usr_board"),
        draft.id,
        terms_hash=draft.terms_hash,
        resolution_ref=order.resolution_ref,
        on=order.grant_date,
    )
    return draft.id


def grant(db: Session, plan: Plan | None = None, to: Holder | None = None, **changes: Any) -> Position:
    """A grant, drafted, approved and issued."""
    order = grant_order(plan or _plan(db), to or holder(db), **changes)
    return grants.issue_grant(db, act(), approved(db, order))


def option(db: Session, plan: Plan | None = None, to: Holder | None = None, **changes: Any) -> Position:
    """An option on 4,800 at the price of the valuation in force."""
    given = plan or _plan(db)
    order: dict[str, Any] = {"award_type": AwardType.NSO, "price": Price.parse("0.62", "USD")} | changes
    granted_on = order.get("grant_date", date(2024, 1, 15))
    valuation(db, given.class_id, "0.62", on=date(granted_on.year, 1, 1))
    return grant(db, given, to, **order)


def misnamed(db: Session, **changes: Any) -> Position:
    """An option to an employee who by the register was none on that day after all: a check that does not hold (13)."""
    employee = holder(db, engaged=None)
    engaged = engage(db, employee, kind=EngagementKind.W2)
    made = option(db, to=employee, **changes)
    leaving.change_engagement(db, act(), engaged.id, to=EngagementKind.C1099, on=date(2024, 1, 1))
    return made


def _plan(db: Session) -> Plan:
    return plan(db)


def member(db: Session, member_class: MemberClass = MemberClass.PROVIDER, on: date = BEGINNING) -> str:
    """Somebody who is a member, by holder id."""
    made = register.add_holder(db, act(), kind=HolderKind.INDIVIDUAL, on=BEGINNING, licensed=True)
    members.admit(db, act(), made.id, member_class, on=on)
    return made.id


def tax_number(db: Session, of: str, number: str) -> str:
    """An imported original that says a holder's tax number; its digest."""
    item: Json = {"object_type": "STAKEHOLDER", "id": of, "tax_ids": [{"tax_id": number, "country": "US"}]}
    made = vault.sealed(act(), VaultKind.SOURCE, of, item)
    source = SourceItem("STAKEHOLDER", of, "Stakeholders.ocf.json#0", made.digest)
    vault.keep(db, [made])
    journal.append(db, act(), Draft(KeptEntry.KEPT, BEGINNING, (source,)))
    return made.digest
