"""Certificates replaced by others of the same shares and the same holder: one by many, many by one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from app.api.dealings import Outcome, outcome
from app.api.door import Door
from app.api.fields import Asked, Id, Line, Quantity, shown
from app.api.quantities import units_of
from app.api.securities import OnDay, SecurityInFull, stands
from app.people.tokens import Scope
from ledger.equity import reissues
from ledger.equity.certificates import Part
from ledger.errors import AlreadyExists, LaterChangeExists, NotAllowedNow
from ledger.types import Act

door = Door("securities")


class NewCertificate(Asked):
    """One of the certificates that take the place of another."""

    quantity: Quantity
    label: Line | None = None


class ReissueIn(OnDay):
    """What takes the place of a certificate; together as many shares."""

    model_config = shown(
        {"parts": [{"quantity": "600"}, {"quantity": "400", "label": "CS-12"}], "reason": "Lost.", "on": "2026-06-01"}
    )

    parts: Annotated[list[NewCertificate], Field(min_length=1, max_length=50)]
    reason: Line | None = None


class ConsolidationIn(OnDay):
    """Which certificates become one."""

    model_config = shown(
        {
            "securities": ["sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "sec_01KJQ3YTC8B2S1XQ9M3W0N5J7D"],
            "label": "CS-15",
            "on": "2026-06-01",
        }
    )

    securities: Annotated[list[Id], Field(min_length=2, max_length=200)]
    """Of one holder, class and plan."""
    label: Line | None = None
    reason: Line | None = None


@door.write(
    "/securities/{security}/reissue", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, AlreadyExists, LaterChangeExists]
)
def reissue_certificate(db: Session, act: Act, security: Id, order: ReissueIn) -> Outcome:
    """Replace a certificate by others of the same shares."""
    parts = [Part(units_of(db, security, each.quantity, field="parts"), each.label) for each in order.parts]
    made = reissues.reissue(db, act, security, parts, on=order.on, reason=order.reason)
    return outcome(db, security, order.on, *made)


@door.write("/securities/consolidate", Scope.EQUITY_WRITE, refuses=[NotAllowedNow, AlreadyExists, LaterChangeExists])
def consolidate_certificates(db: Session, act: Act, order: ConsolidationIn) -> SecurityInFull:
    """Replace certificates of one holder, class and plan by one."""
    made = reissues.consolidate(db, act, order.securities, on=order.on, label=order.label, reason=order.reason)
    return stands(db, made.security.id, order.on)
