"""The verifier over HTTP: every row rebuilt from its entry, by the service itself.

Who does not trust the service reads ``/v1/entries`` and recomputes.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.entries import HASH
from app.api.fields import EntryNumber, Told, shown
from app.people.tokens import Scope
from app.verification import verify_all
from ledger.errors import Invalid

door = Door("journal")

Root = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class FaultOut(Told):
    """The first thing that does not fit."""

    table: str
    n: int | None
    """The entry it belongs to, if it belongs to one."""
    message: str


class VerdictOut(Told):
    """What the verifier found."""

    model_config = shown(
        {
            "ok": False,
            "entries": 4811,
            "postings": 9204,
            "records": {"holder": 245, "security": 287},
            "root": HASH,
            "fault": {"table": "security", "n": 4811, "message": "quantity is 9000; the journal says 6000"},
        }
    )

    ok: bool
    entries: int
    """How many entries fit, up to the first fault."""
    postings: int
    records: dict[str, int]
    """Rows that equal what their entries say, by table."""
    root: str
    fault: FaultOut | None


@door.read("/verify", Scope.JOURNAL_READ, long=True)
def verify_record(
    db: Session,
    known_size: Annotated[
        EntryNumber | SkipJsonSchema[None], Query(description="Entries in a head noted earlier.")
    ] = None,
    known_root: Annotated[Root | SkipJsonSchema[None], Query(description="Root of that head, hex.")] = None,
) -> VerdictOut:
    """Verify the whole record.

    The tree, every head, balances and floors, every row of every table, the vault. With a head that someone noted
    earlier, also that the record still begins with it: only this shows a record that was rewritten as a whole.
    """
    if (known_size is None) != (known_root is None):
        raise Invalid("An earlier head is a size and a root; give both.", field="known_root")
    noted = (known_size, known_root) if known_size is not None and known_root is not None else None
    verdict = verify_all(db, known_root=noted)
    fault = verdict.fault
    return VerdictOut(
        ok=fault is None,
        entries=verdict.entries,
        postings=verdict.postings,
        records=dict(verdict.records),
        root=verdict.root,
        fault=FaultOut(table=fault.table, n=fault.n, message=fault.message) if fault else None,
    )
