"""A file between its check and its recording.

The file itself is kept nowhere: it may tell of clients. What waits is what would be recorded, row by row (provider,
day, minutes, kind and fingerprint), and the list of problems, which repeats no cell. Both are encrypted with a key that
only the page of whoever checked the file has; in the database, and in a copy of it, nobody can read them. After two
hours they are gone. To ask for the file again instead, and tell it by its digest, would have kept nothing at all; but
whoever confirms would have to find it twice, and the second reading could find something else than the page had shown.

So what is confirmed is exactly what was shown, or nothing: if sessions were recorded, corrected or undone, or a month
closed, since the check, the file has to be checked again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TypeAlias

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from app.imports.sessions.checked import Checked
from app.imports.sessions.saving import company_today
from app.imports.tables import waiting_import
from ledger import journal, tables
from ledger.errors import Conflict, NotFound
from ledger.sessions.deliveries import ImportOrder, SessionEntry, keep_import
from ledger.sessions.months import MonthEntry
from ledger.sessions.records import SessionImport
from ledger.sessions.values import Attendance, Category, Delivery, Modality
from ledger.types import Act, micros_of

KEPT_FOR = timedelta(hours=2)
KEY_BYTES, NONCE_BYTES = 32, 12

_Row: TypeAlias = tuple[str, date, Category, Modality, Attendance, int, int, str]
"""The fields of a ``Delivery``, in their order."""

DECISIVE = (*SessionEntry, MonthEntry.CLOSED)
"""Kinds of entry after which a check would find something else; so would it after a reversal."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits, and the key to it, hex; the key is kept nowhere but on the page."""

    id: str
    key: str


def hold(db: Session, act: Act, checked: Checked, order: ImportOrder, *, problems: bytes) -> Waiting:
    """Keep what a check found, and the list of its problems, until it is confirmed; what waited too long is dropped."""
    journal.lock(db)
    db.execute(delete(waiting_import).where(waiting_import.c.expires_at <= act.at))
    id, key = act.new_id("wai"), act.entropy(KEY_BYTES)
    row = {
        "id": id,
        "actor": act.actor,
        "made_at": act.at,
        "expires_at": micros_of(act.now + KEPT_FOR),
        "mark": _mark(db),
        "rows": _sealed(key, act.entropy(NONCE_BYTES), f"{id}:rows", _lines(order, checked)),
        "problems": _sealed(key, act.entropy(NONCE_BYTES), f"{id}:problems", [problems]),
    }
    db.execute(insert(waiting_import), [row])
    return Waiting(id, key.hex())


def problems_of(db: Session, act: Act, waiting: Waiting) -> bytes:
    """Return the problems of a file that waits, as CSV.

    Raises:
        NotFound: It does not wait (any more).
    """
    return b"".join(_opened(waiting, "problems", _row(db, act, waiting)["problems"]))


def record(db: Session, act: Act, waiting: Waiting) -> SessionImport:
    """Record what waits: exactly what was shown.

    Raises:
        NotFound: It does not wait (any more).
        Conflict: Sessions were recorded, corrected or undone, or a month was closed, since the check.
    """
    journal.lock(db)
    row = _row(db, act, waiting)
    if row["mark"] != _mark(db):
        text = "Since you checked this file, other sessions were recorded or a month was closed. Check the file again."
        raise Conflict(text)
    lines = _split(_opened(waiting, "rows", row["rows"]))
    order = msgspec.json.decode(next(lines), type=ImportOrder)
    made = keep_import(db, act, order, map(_delivery, lines), on=company_today(db, act.now))
    drop(db, act, waiting.id)
    return made


def drop(db: Session, act: Act, id: str) -> None:
    """Drop what waits; nothing of it is recorded."""
    db.execute(delete(waiting_import).where(waiting_import.c.id == id, waiting_import.c.actor == act.actor))


def _row(db: Session, act: Act, waiting: Waiting) -> dict[str, object]:
    columns = waiting_import.c
    query = select(waiting_import).where(columns.id == waiting.id, columns.actor == act.actor)
    row = db.execute(query.where(columns.expires_at > act.at)).mappings().first()
    if row is None:
        raise NotFound(
            "This check is over: it was confirmed, or it waited for more than two hours. Check the file again."
        )
    return dict(row)


def _mark(db: Session) -> int:
    """Return the number of the newest entry that decides what a check finds."""
    entry = tables.entry.c
    query = select(func.max(entry.n)).where(or_(entry.kind.in_(DECISIVE), entry.reverses.is_not(None)))
    return int(db.execute(query).scalar() or 0)


def _lines(order: ImportOrder, checked: Checked) -> Iterator[bytes]:
    yield msgspec.json.encode(asdict(order)) + b"\n"
    for record in checked.records():
        yield msgspec.json.encode(record[1:]) + b"\n"


def _delivery(line: bytes) -> Delivery:
    return Delivery(*msgspec.json.decode(line, type=_Row))


def _sealed(key: bytes, nonce: bytes, name: str, parts: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(1)
    packed = b"".join([*(packer.compress(part) for part in parts), packer.flush()])
    return nonce + AESGCM(key).encrypt(nonce, packed, name.encode())


def _opened(waiting: Waiting, name: str, sealed: object) -> Iterator[bytes]:
    assert isinstance(sealed, bytes)
    try:
        key = bytes.fromhex(waiting.key)
        packed = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{waiting.id}:{name}".encode())
    except (InvalidTag, ValueError):
        raise NotFound("This check is over. Check the file again.") from None
    unpacker = zlib.decompressobj()
    while packed:
        yield unpacker.decompress(packed, 1 << 20)
        packed = unpacker.unconsumed_tail
    yield unpacker.flush()


def _split(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
    if rest:
        yield rest
