"""A session on record put right: reversed and, where it was not all wrong, told anew and judged like any other row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.imports.sessions.check import check_rows
from app.imports.sessions.keys import org_key
from app.imports.sessions.mapping import ImportMap, Provider
from app.imports.sessions.reading import Rules
from app.imports.sessions.saving import RowsRejected, company_today, company_zone
from ledger import journal
from ledger.errors import Conflict
from ledger.reading import every
from ledger.sessions.deliveries import Placed, correct_row
from ledger.sessions.recorded import minutes_on_record, recorded, standing_row
from ledger.sessions.records import DeliveryRow, SessionImport
from ledger.sessions.values import Delivery
from ledger.sessions.weeks import today
from ledger.types import Act


def reverse_session(db: Session, act: Act, session: str) -> tuple[DeliveryRow, ...]:
    """Reverse the session under a fingerprint; handed in again, it is taken again.

    Raises:
        NotFound: There is none on record.
    """
    journal.lock(db)
    placed = standing_row(db, session)
    return correct_row(db, act, placed.n, placed.i, instead=None, on=company_today(db, act.now))


def correct_session(
    db: Session, act: Act, session: str, row: Mapping[str, object], *, tz: str | None = None
) -> tuple[DeliveryRow, ...]:
    """Reverse the session under a fingerprint and tell it anew.

    The new row has the fingerprint that its source will give it once it is put right there, so the next export adds
    nothing.

    Args:
        db: The session.
        act: Who corrects it.
        session: The fingerprint of what is on record.
        row: What it should have said, in the fields of a row that is handed in; the provider stays the same.
        tz: Where the provider works; where the company is, if none is given.

    Raises:
        NotFound: There is none on record.
        RowsRejected: The new row does not hold.
        Conflict: What it should have said is on record already.
    """
    journal.lock(db)
    placed = standing_row(db, session)
    instead = _judged(db, act, placed, row, tz or company_zone(db))
    return correct_row(db, act, placed.n, placed.i, instead=instead, on=company_today(db, act.now))


def _judged(db: Session, act: Act, placed: Placed, row: Mapping[str, object], zone: str) -> Delivery:
    provider, own = placed.row.provider, placed.row.fingerprint

    def others(fingerprints: Sequence[str]) -> dict[str, Delivery]:
        return recorded(db, [one for one in fingerprints if one != own])

    def without_it(*asked: Any) -> dict[tuple[str, date], int]:
        found, day = minutes_on_record(db, *asked), (provider, placed.row.local_date)
        return found | ({day: found[day] - placed.row.minutes} if day in found else {})

    mapping = ImportMap({provider: Provider(provider)}, system=_system(db, placed))
    rules = Rules(mapping, zone, today(act.now, zone), org_key(db, act), now=act.now)
    checked = check_rows([{**row, "provider": provider}], rules, known=others, minutes_on=without_it)
    if checked.counts.rejected:
        raise RowsRejected(checked)
    for accepted in checked:
        if accepted.delivery != recorded(db, [own])[own]:
            return accepted.delivery
    raise Conflict("That is what is on record already; nothing was added.", field="row")


def _system(db: Session, placed: Placed) -> str:
    made = every(db, SessionImport, id=placed.row.import_id)
    return made[0].source if made else ""
