"""Batches of grants: what a spreadsheet holds against the record, drafted together, approved together, issued together.

A batch is a list of drafts beside the journal; the drafts, the approval of each and the grants stand in it. The board
approves all of a batch exactly as it stands, bound to one hash over the terms of each, or returns it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.imports.grants import matching
from app.imports.grants.check import Judged
from app.imports.grants.matching import Line
from app.imports.tables import grant_batch, grant_batch_draft
from ledger import journal
from ledger.equity import grants
from ledger.equity.classes import pool
from ledger.equity.grants import GrantOrder
from ledger.equity.securities import Position
from ledger.equity.values import Award, GrantDraft, Plan, ShareClass
from ledger.errors import Conflict, FourEyes, Invalid, NotAllowedNow, NotApproved, NotFound, Refusal
from ledger.reading import every, find
from ledger.records import canonical
from ledger.types import Act, decimal_text

MOST_REASON = 2_000


class BatchState(StrEnum):
    """How far a batch has come."""

    WAITING = "waiting"
    """Somebody of the board has to read it."""
    RETURNED = "returned"
    """The board wants something changed."""
    APPROVED = "approved"
    """It can be issued."""
    ISSUED = "issued"
    """All of it is promised."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands.

    Attributes:
        made_at: Microseconds since 1970.
        drafts: In the order of the spreadsheet, each in its newest version; without those that a later batch mends.
        content_hash: SHA-256 over the ids and the terms of all of them, hex: what an approval is bound to.
        returned_because: Why the board wants it changed.
        issued: Draft id to the grant that it became.
    """

    id: str
    made_by: str
    made_at: int
    drafts: tuple[GrantDraft, ...]
    content_hash: str
    state: BatchState
    returned_by: str | None
    returned_because: str | None
    issued: Mapping[str, str]


def lines(db: Session, judged: Iterable[Judged]) -> list[Line]:
    """Return what becomes of each row of a spreadsheet; nothing is recorded."""
    returned = {id for id, row in _rows_of(db).items() if row["returned_because"] is not None}
    current = _current(db)
    return matching.lines(db, judged, returned={draft for draft, batch in current.items() if batch in returned})


@dataclass(frozen=True, slots=True)
class Room:
    """What a plan's pool holds before and after a batch, as decimal text.

    Attributes:
        is_enough: Whether nothing is missing.
    """

    plan: str
    before: str
    granted: str
    after: str
    is_enough: bool


def rooms(db: Session, orders: Iterable[GrantOrder]) -> list[Room]:
    """Return the pools that grants take from, by the least that each holds from the first of their days on."""
    taken: dict[str, int] = {}
    first: dict[str, date] = {}
    for one in orders:
        taken[one.plan_id] = taken.get(one.plan_id, 0) + one.quantity
        first[one.plan_id] = min(first.get(one.plan_id, one.grant_date), one.grant_date)
    found = []
    for id, units in taken.items():
        plan = find(db, Plan, id)
        places = find(db, ShareClass, plan.class_id).decimals
        left = journal.lowest_from(db, pool(id), first[id])
        told = [decimal_text(each, places) for each in (left, units, max(left - units, 0))]
        found.append(Room(plan.name, told[0], told[1], told[2], left >= units))
    return found


def keep(db: Session, act: Act, made: Sequence[Line], *, on: date) -> Batch:
    """Record the rows that hold as drafts of one batch.

    Raises:
        NotAllowedNow: There are none.
    """
    journal.lock(db)
    kept = [one for one in made if one.is_kept]
    if not kept:
        raise NotAllowedNow("There is nothing new to record.")
    id = act.new_id("bat")
    rows = []
    for place, one in enumerate(kept):
        assert one.order is not None
        draft = grants.draft_grant(db, act, one.order, on=on, draft_id=one.draft)
        rows.append({"batch": id, "draft": draft.id, "place": place})
    db.execute(insert(grant_batch), [{"id": id, "made_by": act.actor, "made_at": act.at, "mark": journal.size(db)}])
    db.execute(insert(grant_batch_draft), rows)
    return batch(db, id)


def _rows_of(db: Session) -> dict[str, Mapping[str, object]]:
    rows = db.execute(select(grant_batch).order_by(grant_batch.c.mark)).mappings()
    return {str(row["id"]): dict(row) for row in rows}


def _current(db: Session) -> dict[str, str]:
    """Return the newest batch of each draft that is in one."""
    columns = grant_batch_draft.c
    found = db.execute(
        select(columns.draft, columns.batch)
        .join(grant_batch, grant_batch.c.id == columns.batch)
        .order_by(grant_batch.c.mark)
    )
    return {str(draft): str(batch) for draft, batch in found}


def members(db: Session) -> frozenset[str]:
    """Return the drafts that are in a batch."""
    return frozenset(_current(db))


def batches(db: Session) -> list[Batch]:
    """Return all batches, the newest first, without those of which a later one mends every draft."""
    return [one for one in (batch(db, id) for id in reversed(list(_rows_of(db)))) if one.drafts]


def batch(db: Session, id: str) -> Batch:
    """Return a batch as it stands.

    Raises:
        NotFound: There is none with this id.
    """
    row = _rows_of(db).get(id)
    if row is None:
        raise NotFound("There is no such batch.", field="batch")
    columns, current = grant_batch_draft.c, _current(db)
    listed = db.execute(select(columns.draft).where(columns.batch == id).order_by(columns.place)).scalars()
    drafts = tuple(grants.newest_draft(db, one) for one in listed if current[one] == id)
    issued = {one.draft_id: one.security for one in every(db, Award)} if drafts else {}
    theirs = {one.id: issued[one.id] for one in drafts if one.id in issued}
    because = row["returned_because"]
    return Batch(
        id,
        str(row["made_by"]),
        int(str(row["made_at"])),
        drafts,
        _hash(drafts),
        _state(db, drafts, theirs, is_returned=because is not None),
        None if row["returned_by"] is None else str(row["returned_by"]),
        None if because is None else str(because),
        theirs,
    )


def _hash(drafts: Iterable[GrantDraft]) -> str:
    return sha256(canonical([[one.id, one.version, one.terms_hash] for one in drafts])).hexdigest()


def _state(db: Session, drafts: Sequence[GrantDraft], issued: Mapping[str, str], *, is_returned: bool) -> BatchState:
    if drafts and len(issued) == len(drafts):
        return BatchState.ISSUED
    if is_returned:
        return BatchState.RETURNED
    is_approved = all(one.id in issued or grants.approval_of(db, one) is not None for one in drafts)
    return BatchState.APPROVED if is_approved else BatchState.WAITING


def approve(db: Session, act: Act, id: str, *, content_hash: str, resolution_ref: str, on: date) -> Batch:
    """Approve every draft of a batch, exactly as it was shown.

    Raises:
        NotFound: There is no such batch.
        NotApproved: Its terms have changed since they were shown.
        NotAllowedNow: It does not wait for approval.
        FourEyes: The approver drafted one of them or would receive it.
    """
    journal.lock(db)
    found = _waiting(db, id)
    if content_hash != found.content_hash:
        text = "The terms have changed since you were shown them; look at the batch as it is now."
        raise NotApproved(text, field="content_hash")
    for one in found.drafts:
        if one.id not in found.issued and grants.approval_of(db, one) is None:
            told = {"terms_hash": one.terms_hash, "resolution_ref": resolution_ref}
            grants.approve_grant(db, act, one.id, on=on, **told)
    return batch(db, id)


def give_back(db: Session, act: Act, id: str, *, reason: str) -> None:
    """Return a batch to whoever drafted it, with what is to be changed.

    Raises:
        NotFound: There is no such batch.
        NotAllowedNow: It does not wait for approval.
        FourEyes: Whoever drafted it returns it.
        Invalid: No reason is given, or a very long one.
    """
    journal.lock(db)
    found = _waiting(db, id)
    if act.actor == found.made_by:
        raise FourEyes("Whoever drafts a batch does not decide on it; somebody else on the board does.")
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise Invalid(f"Say what is to be changed, in at most {MOST_REASON:,} letters.", field="reason")
    told = {"returned_by": act.actor, "returned_at": act.at, "returned_because": reason.strip()}
    db.execute(update(grant_batch).where(grant_batch.c.id == id).values(told))


def _waiting(db: Session, id: str) -> Batch:
    found = batch(db, id)
    if found.state is not BatchState.WAITING:
        raise NotAllowedNow("This batch does not wait for approval any more.", field="batch")
    return found


def issue(db: Session, act: Act, id: str) -> list[Position]:
    """Issue all of a batch that the board approved; all of it, or nothing.

    Raises:
        NotFound: There is no such batch.
        Conflict: One of the grants is refused; the message says which.
    """
    journal.lock(db)
    found = batch(db, id)
    if found.state is not BatchState.APPROVED:
        raise NotAllowedNow("Only what the board has approved can be issued.", field="batch")
    made = []
    for one in found.drafts:
        if one.id in found.issued:
            continue
        try:
            made.append(grants.issue_grant(db, act, one.id))
        except Refusal as refusal:
            raise Conflict(f"{one.terms['label']}: {refusal} Nothing of the batch was issued.") from refusal
    return made
