"""The box: takes ballots from whoever holds a pass, seals them in batches, and is opened when the vote is over.

It knows no member, keeps no time and no order of arrival, and asks nobody who they are: a ballot shows a pass, and a
pass shows only that it is one. Its states change by a job that writes its log, never by a request that reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from governance.secret import box_files, canonical, formats
from governance.secret.canonical import to_base64
from governance.secret.errors import BoxClosed, PollUnsound, SequenceTaken
from governance.secret.manifest import Manifest
from governance.secret.tables import box_log, box_pending, box_poll, box_record
from ledger.errors import NotFound

FEWEST_IN_BATCH = 5
"""Fewer ballots are not sealed together before the close: a batch tells when they came, about."""

SEAL_SECONDS = 3600
"""How often ballots are sealed."""


class BoxState(StrEnum):
    """Where a box stands."""

    WAITING = "WAITING"
    """Passes are given out; no ballot is taken."""
    SETTLED = "SETTLED"
    """The passes are counted; no ballot is taken yet."""
    OPEN = "OPEN"
    """Ballots are taken."""
    CLOSED = "CLOSED"
    """It is over: everybody may read what lay in it."""
    VOID = "VOID"
    """Too few fetched a pass: it never opens."""


@dataclass(frozen=True, slots=True)
class Box:
    """One vote's box.

    Attributes:
        poll: Hash of the manifest, hex.
        issued: The list of passes; None until they are settled.
        batch: The one that is filled now.
    """

    poll: str
    manifest: Manifest
    issued: bytes | None
    state: BoxState
    batch: int


def boxes(db: Session) -> list[Box]:
    """Return all boxes, by the hashes of their manifests."""
    return [_box(row) for row in db.execute(select(box_poll).order_by(box_poll.c.poll))]


def find_box(db: Session, poll: str) -> Box:
    """Return the box of a vote.

    Raises:
        NotFound: There is none.
    """
    row = db.execute(select(box_poll).where(box_poll.c.poll == poll)).first()
    if row is None:
        raise NotFound("There is no box for this vote.", field="poll")
    return _box(row)


def _box(row: object) -> Box:
    manifest = Manifest.from_bytes(row.manifest)  # type: ignore[attr-defined]
    return Box(row.poll, manifest, row.issued, BoxState(row.state), row.batch)  # type: ignore[attr-defined]


def set_up(db: Session, manifest: bytes, key: bytes, *, at: int) -> None:
    """Set up the box of a vote that was announced; set up before, it changes nothing.

    Args:
        db: The session, on the box's database.
        manifest: What was announced.
        key: The box's public key (SubjectPublicKeyInfo, DER).
        at: Now, in UTC seconds, here and below.

    Raises:
        PollUnsound: The manifest names another box's key.
    """
    told = Manifest.from_bytes(manifest)
    poll = told.poll_hash.hex()
    if db.execute(select(box_poll.c.poll).where(box_poll.c.poll == poll)).first() is not None:
        return
    if told.box_key != to_base64(key):
        raise PollUnsound("This vote was announced with another box's key.", field="box_key")
    row = {"poll": poll, "manifest": manifest, "issued": None, "state": BoxState.WAITING.value, "batch": 1}
    db.execute(insert(box_poll), [row])
    _write(db, poll, box_files.announce(told, at))


def settle(db: Session, poll: str, issued: bytes, *, at: int) -> None:
    """Note how many passes there are, before the first ballot is taken; noted before, it changes nothing.

    Raises:
        PollUnsound: The list of passes is none of this vote.
    """
    found = find_box(db, poll)
    if found.state is not BoxState.WAITING:
        return
    passes = _count(found, issued)
    _write(db, poll, box_files.freeze(_last(db, poll), at, issued, passes))
    is_void = passes < found.manifest.min_passes
    if is_void:
        _write(db, poll, box_files.voided(_last(db, poll), at, "Too few passes were fetched."))
    state = BoxState.VOID if is_void else BoxState.SETTLED
    db.execute(update(box_poll).where(box_poll.c.poll == poll).values(issued=issued, state=state.value))


def _count(found: Box, issued: bytes) -> int:
    told = canonical.read(issued)
    numbers = told.get("issued") if isinstance(told, dict) else None
    if not isinstance(numbers, list) or box_files.issued_file(found.manifest.poll_hash, numbers) != issued:  # type: ignore[arg-type]
        raise PollUnsound("This is no list of passes of this vote.", field="issued")
    return len(numbers)


def open_box(db: Session, poll: str, *, at: int) -> None:
    """Let ballots in, now that the passes are settled; open before, it changes nothing."""
    if find_box(db, poll).state is not BoxState.SETTLED:
        return
    db.execute(update(box_poll).where(box_poll.c.poll == poll).values(state=BoxState.OPEN.value))
    _write(db, poll, box_files.opening(_last(db, poll), at))


def cast(db: Session, poll: str, line: bytes) -> tuple[str, int]:
    """Take a ballot, and return its id and the batch it is in; the same ballot again gets the same answer.

    Raises:
        NotFound: There is no such box.
        BoxClosed: It is not open.
        PollUnsound: The ballot is none: the message says which check it fails.
        SequenceTaken: A later ballot of this pass lies in the box, or another with the same number.
    """
    _lock(db, poll)
    found = find_box(db, poll)
    checked = formats.check_record(found.manifest, line)
    record, pass_id = checked.record_id, checked.pass_id
    known = _batch_of(db, found, record)
    if known is not None:
        return record, known
    if found.state is not BoxState.OPEN:
        text = "is open no more" if found.state is BoxState.CLOSED else "is not open yet"
        raise BoxClosed(f"The box {text}.", field="poll")
    if checked.seq <= _last_seq(db, poll, pass_id):
        raise SequenceTaken("A later ballot of this pass lies in the box already.", field="seq")
    row = {"poll": poll, "record": record, "pass_id": pass_id, "seq": checked.seq, "line": checked.line.decode()}
    db.execute(insert(box_pending), [row])
    return record, found.batch


def _lock(db: Session, poll: str) -> None:
    """Wait until this transaction is the only one that writes into this box; SQLite has seen to it already."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT 1 FROM box_poll WHERE poll = :poll FOR UPDATE"), {"poll": poll})


def _batch_of(db: Session, found: Box, record: str) -> int | None:
    pending = select(box_pending.c.record).where(box_pending.c.poll == found.poll, box_pending.c.record == record)
    if db.execute(pending).first() is not None:
        return found.batch
    sealed = select(box_record.c.batch).where(box_record.c.poll == found.poll, box_record.c.record == record)
    row = db.execute(sealed).first()
    return None if row is None else int(row.batch)


def _last_seq(db: Session, poll: str, pass_id: str) -> int:
    highest = 0
    for table in (box_pending, box_record):
        query = select(func.max(table.c.seq)).where(table.c.poll == poll, table.c.pass_id == pass_id)
        highest = max(highest, db.execute(query).scalar() or 0)
    return highest


def seal(db: Session, poll: str, *, at: int, fewest: int = FEWEST_IN_BATCH) -> bool:
    """Seal the ballots that wait, in the order of their ids; returns whether there were enough of them."""
    _lock(db, poll)
    found = find_box(db, poll)
    waiting = db.execute(select(box_pending).where(box_pending.c.poll == poll).order_by(box_pending.c.record)).all()
    if found.state is not BoxState.OPEN or len(waiting) < fewest:
        return False
    rows = [
        {
            "poll": poll,
            "record": one.record,
            "pass_id": one.pass_id,
            "seq": one.seq,
            "batch": found.batch,
            "line": one.line,
        }
        for one in waiting
    ]
    db.execute(insert(box_record), rows)
    db.execute(delete(box_pending).where(box_pending.c.poll == poll))
    ids = [one.record for one in waiting]
    _write(db, poll, box_files.sealed(_last(db, poll), at, found.batch, ids))
    db.execute(update(box_poll).where(box_poll.c.poll == poll).values(batch=found.batch + 1))
    return True


def close_box(db: Session, poll: str, *, at: int) -> None:
    """Take no more ballots, and let everybody read; closed before, it changes nothing."""
    _lock(db, poll)
    if find_box(db, poll).state is not BoxState.OPEN:
        return
    seal(db, poll, at=at, fewest=1)
    count = _count_records(db, poll)
    batches = find_box(db, poll).batch - 1
    _write(db, poll, box_files.closing(_last(db, poll), at, batches, count))
    db.execute(update(box_poll).where(box_poll.c.poll == poll).values(state=BoxState.CLOSED.value))


def _count_records(db: Session, poll: str) -> int:
    query = select(func.count()).select_from(box_record).where(box_record.c.poll == poll)
    return int(db.execute(query).scalar_one())


def _write(db: Session, poll: str, entry: str) -> None:
    db.execute(insert(box_log), [{"poll": poll, "i": len(log_of(db, poll)), "line": entry}])


def _last(db: Session, poll: str) -> str:
    return log_of(db, poll)[-1]


def log_of(db: Session, poll: str) -> list[str]:
    """Return the box's log, entry by entry."""
    return list(db.execute(select(box_log.c.line).where(box_log.c.poll == poll).order_by(box_log.c.i)).scalars())


def batch_ids(db: Session, poll: str, batch: int) -> list[str]:
    """Return the ids of a sealed batch, in order: they tell whether a ballot is there, and nothing of what it says."""
    query = select(box_record.c.record).where(box_record.c.poll == poll, box_record.c.batch == batch)
    return list(db.execute(query.order_by(box_record.c.record)).scalars())


def records(db: Session, poll: str, bucket: str = "") -> Sequence[str]:
    """Return every ballot, batch by batch and by id, once the box is closed.

    Args:
        db: The session.
        poll: Hash of the manifest, hex.
        bucket: What the ids of passes have to begin with.

    Raises:
        NotFound: It is not closed, or too small to be told in parts.
    """
    if find_box(db, poll).state is not BoxState.CLOSED:
        raise NotFound("The box is opened when the vote is over.", field="poll")
    if bucket and _count_records(db, poll) <= box_files.MOST_WHOLE:
        raise NotFound("A box as small as this is told whole.", field="poll")
    query = select(box_record.c.line).where(box_record.c.poll == poll, box_record.c.pass_id.startswith(bucket))
    return list(db.execute(query.order_by(box_record.c.batch, box_record.c.record)).scalars())
