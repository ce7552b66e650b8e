"""What registrar and box publish, by path: the same for a browser, for the other side, and for anybody who recounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import orjson
from sqlalchemy.orm import Session

from governance.secret import box, box_files, polls
from governance.secret.records import Poll
from ledger.errors import NotFound
from ledger.reading import every

POLL = re.compile(r"/polls/([0-9a-f]{64})/([a-z0-9./-]+)")
TEXT, JSON, LINES = "text/plain; charset=utf-8", "application/json", "application/jsonl"
KINDS: Mapping[str, str] = {"json": JSON, "jsonl": LINES, "txt": TEXT}


def kind_of(path: str) -> str:
    """Return the media type of what stands under a path."""
    return KINDS[path.rpartition(".")[2]]


def by_registrar(db: Session, path: str) -> bytes | None:
    """Return what the registrar publishes under a path, or None.

    Which secret votes there are, what is announced of each, and the numbers under which a pass was fetched.
    """
    if path == "/polls/index.json":
        told = [{"poll": one.hash, "proposal": one.proposal} for one in every(db, Poll)]
        return orjson.dumps(told)
    found = POLL.fullmatch(path)
    if found is None:
        return None
    try:
        poll = polls.find_poll(db, found[1])
    except NotFound:
        return None
    if found[2] == "manifest.json":
        return poll.manifest.encode()
    return polls.issued_list(db, poll.proposal) if found[2] == "issued.json" else None


def by_box(db: Session, path: str) -> bytes | None:
    """Return what the box publishes under a path, or None.

    Manifest, log, passes, the ids of sealed ballots, and when the vote is over every ballot.
    """
    found = POLL.fullmatch(path)
    if found is None:
        return None
    try:
        return _of_box(db, box.find_box(db, found[1]), found[2])
    except NotFound:
        return None


def _of_box(db: Session, of: box.Box, name: str) -> bytes | None:
    batch = re.fullmatch(r"hashes/([1-9][0-9]{0,6})\.txt", name)
    if batch is not None:
        ids = box.batch_ids(db, of.poll, int(batch[1]))
        return "".join(f"{one}\n" for one in ids).encode() if ids else None
    part = re.fullmatch(r"box-([0-9a-f]{2})\.jsonl", name)
    if part is not None:
        return _joined(box.records(db, of.poll, part[1]))
    made: dict[str, Callable[[], bytes | None]] = {
        "manifest.json": of.manifest.to_bytes,
        "issued.json": lambda: of.issued,
        "log.json": lambda: box_files.log_file(box.log_of(db, of.poll)),
        "box.jsonl": lambda: _joined(box.records(db, of.poll)),
    }
    return made[name]() if name in made else None


def _joined(lines: object) -> bytes:
    return "".join(f"{one}\n" for one in lines).encode()  # type: ignore[attr-defined]
