"""A member's own tax number: stated, and never told whole again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import StringConstraints
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Id, Order, Told, shown
from app.people import stated
from app.people.stated import Statement, TaxKind
from app.people.tokens import Scope
from ledger.errors import NotFound
from ledger.types import Act, moment_at

door = Door("members")

STATED: dict[str, Any] = {"kind": "SSN", "last_four": "1234", "stated_at": "2026-03-02T15:30:00Z"}


class NumberIn(Order):
    """A tax number, as on Form W-9."""

    model_config = shown({"kind": "SSN", "number": "256-33-1234"})

    kind: TaxKind
    number: Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 .-]{7,18}[0-9]$")]
    """Nine digits, with or without hyphens. No answer says it whole."""


class NumberOut(Told):
    """What may be shown of a tax number that somebody stated."""

    model_config = shown(STATED)

    kind: TaxKind
    last_four: str
    stated_at: datetime

    @classmethod
    def of(cls, made: Statement) -> NumberOut:
        """Return a statement as the API tells it."""
        return cls(kind=made.kind, last_four=made.last_four, stated_at=moment_at(made.stated_at))


@door.write("/members/{member}/tax-number", Scope.PATRONAGE_OWN, own="member")
def state_own_tax_number(db: Session, act: Act, member: Id, order: NumberIn) -> NumberOut:
    """State one's own tax number, or another one in its place.

    It stands beside the journal. The forms filed from then on have it; whole, it leaves in files that two people
    agree on.
    """
    return NumberOut.of(stated.state(db, act, member, order.kind, order.number))


@door.read("/members/{member}/tax-number", Scope.PATRONAGE_OWN, own="member")
def get_own_tax_number(db: Session, member: Id) -> NumberOut:
    """Get the last digits of the tax number that one has stated."""
    made = stated.stated(db, member)
    if made is None:
        raise NotFound("No tax number was stated.", field="member")
    return NumberOut.of(made)
