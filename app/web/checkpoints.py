"""What was signed of the journal, for anybody: a number and a hash each, and proofs that each goes on from another."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress

import orjson
from sqlalchemy.orm import Session

from app import archive
from app.web.site import Anybody, File, Here, Pages, View
from ledger import journal
from ledger.errors import NotFound, Tampered

pages = Pages(early=True)

PAGE = 50

TEXT = "text/plain; charset=utf-8"


@pages.get("/checkpoints", Anybody)
def checkpoints(db: Session, here: Here) -> View:
    """How far the record goes, and every checkpoint that was signed, the newest first."""
    below = _number(here.query.get("below", ""))
    found = archive.listed(db, below=below, limit=PAGE + 1)
    key = ""
    if here.cosigned is not None:
        with suppress(NotFound, Tampered):
            key = str(here.cosigned.signer.verifier())
    return View(
        "checkpoints.html",
        {
            "listed": [(one, found[at + 1].size if at + 1 < len(found) else 0) for at, one in enumerate(found[:PAGE])],
            "older": found[PAGE - 1].size if len(found) > PAGE else None,
            "is_first": below is None,
            "newest": journal.newest_head(db),
            "key": key,
        },
    )


@pages.get("/checkpoints/{size}", Anybody)
def checkpoint(db: Session, here: Here, size: str) -> File:
    """A checkpoint as it was signed, to keep."""
    del here
    found = archive.at(db, _number(size) or 0)
    return File(found.note.encode(), TEXT, f"checkpoint-{found.size}.txt")


@pages.get("/checkpoints/{size}/since/{old}", Anybody)
def grown(db: Session, here: Here, size: str, old: str) -> File:
    """The proof that a checkpoint goes on from an earlier one, in the words of RFC 6962."""
    del here
    proof = archive.grown(db, _number(old) or 0, _number(size) or 0)
    told = {
        "size": proof.size,
        "root": b64encode(proof.root).decode(),
        "later_size": proof.later_size,
        "later_root": b64encode(proof.later_root).decode(),
        "path": [b64encode(node).decode() for node in proof.path],
    }
    name = f"consistency-{proof.size}-{proof.later_size}.json"
    return File(orjson.dumps(told, option=orjson.OPT_INDENT_2), "application/json", name)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 15 else None
