"""Delivered sessions handed in one by one, put right, and told in totals."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, WithJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Id, Line, Month, Order, Told, shown
from app.api.providers import SESSION
from app.api.session_rows import COUNTS, CREATED, REJECTED, CountsOut, RowOut, rows_of, with_external_ids
from app.imports.sessions.correcting import correct_session, reverse_session
from app.imports.sessions.lines import FIELDS
from app.imports.sessions.mapping import ImportMap
from app.imports.sessions.saving import Handover, Mode, RowsRejected, Saved, save_rows
from app.imports.sessions.sources import Source
from app.people.tokens import Scope
from app.reports.session_totals import By, totals
from ledger.errors import Conflict, NotAllowedNow, NotReversible
from ledger.sessions.errors import UnknownZone
from ledger.types import Act

door = Door("sessions")

NOTHING_MORE = Order()
"""What an order says that needs no body."""

MOST_ROWS = 1_000
SYSTEM = r"^[a-z0-9][a-z0-9_-]{0,31}$"

ROW: dict[str, Any] = {
    "external_id": "a-4711",
    "provider": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "start": "2025-07-07T10:00",
    "minutes": 50,
    "code": "90834",
    "category": "INDIVIDUAL",
    "modality": "VIDEO",
    "attendance": "DELIVERED",
}
ROW_FIELDS = {
    name: {
        "type": ["string", "integer", "null"]
        if name in {"external_id", "minutes", "code", "count"}
        else ["string", "null"]
    }
    for name in FIELDS
}

Row = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "A session (`start`, or only a `date`) or a day's tally (`date` and `count`). Whatever else "
            "stands in it is dropped unread: no field tells of a client, a payer, a diagnosis, a fee or a note.",
            "properties": ROW_FIELDS,
            "examples": [ROW],
        }
    ),
]


class BatchIn(Order):
    """Sessions delivered, as they come out of a practice system."""

    model_config = shown({"system": "my-best-practice", "tz": "America/New_York", "rows": [ROW]})

    system: Annotated[str, Field(strict=True, pattern=SYSTEM)] = Source.PLAIN.value
    """What they come from; always the same, since sessions are known again by it."""
    tz: Line | None = None
    """Where the providers work; the company's, if left out."""
    rows: Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS)]


class BatchOut(Told):
    """What became of each row."""

    model_config = shown(
        {
            "import_id": "imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "counts": COUNTS,
            "rows": [CREATED, REJECTED],
        }
    )

    import_id: str | None
    """Null where there was nothing to add."""
    counts: CountsOut
    rows: list[RowOut]

    @classmethod
    def of(cls, saved: Saved) -> BatchOut:
        """Return what became of rows as the API tells it."""
        made = saved.made.id if saved.made else None
        return cls(import_id=made, counts=CountsOut.of(saved.checked.counts), rows=list(rows_of(saved.checked)))


def _as_sent(answer: bytes, *, order: BatchIn, **_: object) -> bytes:
    return with_external_ids(answer, order.rows)


class CorrectionIn(Order):
    """What a session should have said; the provider stays the same.

    Leave out what its source does not tell, such as minutes that follow from a code: then the source's own correction
    will be known again.
    """

    model_config = shown({"row": {"start": "2025-07-07T10:00", "minutes": 55, "code": "90837", "modality": "VIDEO"}})

    row: Row
    tz: Line | None = None
    """Where the provider works; the company's, if left out."""


class Corrected(Told):
    """The rows that were added: the opposite of the wrong one and, where there is one, what it should have said."""

    model_config = shown({"rows": [SESSION["session"]]})

    rows: list[str]
    """What the session is called; after a correction, first its old name and then its new one."""


class GroupOut(Told):
    """A group; null where a figure is withheld."""

    group: str
    people: int | None
    sessions: int | None
    minutes: int | None


TOTAL = {"group": "total", "people": 240, "sessions": 9870, "minutes": 493500}


class TotalsOut(Told):
    """Sessions of a month by group, in the order of the groups' names."""

    model_config = shown(
        {
            "month": "2025-07",
            "by": "state",
            "groups": [
                {"group": "CT", "people": None, "sessions": None, "minutes": None},
                {"group": "NH", "people": 48, "sessions": 2004, "minutes": 100200},
                {"group": "NJ", "people": 58, "sessions": 2391, "minutes": 119550},
                {"group": "NY", "people": 96, "sessions": 3911, "minutes": 195550},
                {"group": "VT", "people": None, "sessions": None, "minutes": None},
            ],
            "total": TOTAL,
        }
    )

    month: str
    by: By
    groups: list[GroupOut]
    total: GroupOut


@door.write("/sessions:batch", Scope.SESSIONS_WRITE, echo=_as_sent, refuses=[RowsRejected, UnknownZone])
def hand_in_sessions(
    db: Session,
    act: Act,
    order: BatchIn,
    mode: Annotated[Mode, Query(description="Whether one row that does not hold keeps all others out.")] = Mode.ATOMIC,
) -> BatchOut:
    """Hand in up to 1,000 sessions.

    Each row is answered. What is on record already is not added again, so the same rows may be sent as often as you
    like. A row is known again by its `external_id`, which is unique for a `system`; without one, by what it tells.
    """
    mapping = ImportMap(system=order.system)
    return BatchOut.of(save_rows(db, act, order.rows, Handover(Source.PLAIN, mapping, order.tz, mode)))


@door.write("/sessions/{session}/reverse", Scope.SESSIONS_WRITE, refuses=[NotReversible])
def reverse_delivered(db: Session, act: Act, session: Id, order: Order = NOTHING_MORE) -> Corrected:
    """Reverse a session that was not delivered; handed in again, it is taken again."""
    return Corrected(rows=[row.fingerprint for row in reverse_session(db, act, session)])


@door.write(
    "/sessions/{session}/correct", Scope.SESSIONS_WRITE, refuses=[NotReversible, RowsRejected, Conflict, UnknownZone]
)
def correct_delivered(db: Session, act: Act, session: Id, order: CorrectionIn) -> Corrected:
    """Correct a session.

    The wrong row is reversed and stays in the record; the right one is added beside it.
    """
    return Corrected(rows=[row.fingerprint for row in correct_session(db, act, session, order.row, tz=order.tz)])


@door.read("/sessions/totals", Scope.SESSIONS_TOTALS, refuses=[NotAllowedNow])
def get_totals(
    db: Session,
    month: Annotated[Month, Query(description="A month that is closed.")],
    by: Annotated[By, Query(description="By what people are put into groups.")] = By.STATE,
) -> TotalsOut:
    """Get the sessions of a closed month by group.

    A figure about fewer than 11 people is withheld, and so is any other that would tell it.
    """
    found = totals(db, month, by)
    groups = [
        GroupOut(group=group, people=found.people.rows[group], sessions=found.sessions.rows[group], minutes=minutes)
        for group, minutes in found.minutes.rows.items()
    ]
    total = GroupOut(
        group="total", people=found.people.total, sessions=found.sessions.total, minutes=found.minutes.total
    )
    return TotalsOut(month=month, by=by, groups=groups, total=total)
