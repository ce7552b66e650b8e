"""Check it yourself: each entry of somebody's own with the file that proves it, and how to check that without us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app import archive
from app.evidence import check_entry
from app.web import history
from app.web.audit import entry_row
from app.web.booth import own_receipt
from app.web.member import own_security
from app.web.site import Anybody, File, Here, Own, Pages, View
from governance import ballots, proposals
from governance.records import RollCopied
from ledger import proofs
from ledger.entries import read_payload
from ledger.equity.values import Security
from ledger.errors import NotFound, Tampered
from ledger.reading import every
from ledger.tlog_proof import ENDING

pages = Pages()

PROGRAM = Path(check_entry.__file__)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of somebody's own, as the list shows it.

    Attributes:
        about: What it is about: a grant's label, a proposal's title.
        path: Where it is checked.
    """

    n: int
    about: str
    what: str
    path: str


@pages.get("/my-record", Own, long=True)
def own_record(db: Session, here: Here) -> View:
    """Every entry about what somebody holds and about their own open votes, each to be checked."""
    return View("own_record.html", {"lines": [*_of_securities(db, here), *_of_votes(db, here)]})


def _of_securities(db: Session, here: Here) -> list[Line]:
    found = []
    for security in every(db, Security, holder=here.me):
        for n in history.of_security(db, security.id):
            if not history.tells_of_others(db, n, here.me):
                kind = read_payload(entry_row(db, n)["payload"]).kind
                path = f"/equity/{security.id}/history/{n}"
                found.append(Line(n, security.label, history.what(here, kind), path))
    return found


def _of_votes(db: Session, here: Here) -> list[Line]:
    found = []
    for roll in every(db, RollCopied):
        mine = ballots.receipt(db, roll.proposal, here.me)
        if mine is not None and mine.entry is not None:
            title, path = proposals.version(db, roll.proposal).title, f"/decisions/{roll.proposal}/receipt/check"
            found.append(Line(mine.entry, title, here.words.say("You voted"), path))
    return found


@pages.get("/equity/{security}/history/{n}", Own)
def own_entry(db: Session, here: Here, security: str, n: str) -> View:
    """One entry about a security of somebody's own."""
    label = own_security(db, here, security).security.label
    number = history.own_number(db, here, security, n)
    return _checked(db, here, number, label, f"/equity/{security}/history")


@pages.get("/equity/{security}/history/{n}/bytes", Own)
def own_bytes(db: Session, here: Here, security: str, n: str) -> File:
    """The exact bytes of such an entry."""
    own_security(db, here, security)
    return _bytes(db, history.own_number(db, here, security, n))


@pages.get("/equity/{security}/history/{n}/proof", Own)
def own_proof(db: Session, here: Here, security: str, n: str) -> File:
    """The file that proves it."""
    own_security(db, here, security)
    return _proof(db, history.own_number(db, here, security, n))


@pages.get("/decisions/{proposal}/receipt/check", Own)
def own_vote(db: Session, here: Here, proposal: str) -> View:
    """The entry that says that somebody voted."""
    title, number = _voted(db, here, proposal)
    return _checked(db, here, number, title, f"/decisions/{proposal}/receipt")


@pages.get("/decisions/{proposal}/receipt/check/bytes", Own)
def vote_bytes(db: Session, here: Here, proposal: str) -> File:
    """The exact bytes of such an entry."""
    return _bytes(db, _voted(db, here, proposal)[1])


@pages.get("/decisions/{proposal}/receipt/check/proof", Own)
def vote_proof(db: Session, here: Here, proposal: str) -> File:
    """The file that proves it."""
    return _proof(db, _voted(db, here, proposal)[1])


def _voted(db: Session, here: Here, proposal: str) -> tuple[str, int]:
    found, mine = own_receipt(db, here, proposal)
    assert mine.entry is not None
    return found.said.title, mine.entry


@pages.get("/check/entry.py", Anybody)
def program(db: Session, here: Here) -> File:
    """The program that checks such a file."""
    del db, here
    return File(PROGRAM.read_bytes(), "text/x-python; charset=utf-8", PROGRAM.name)


def _checked(db: Session, here: Here, n: int, title: str, back: str) -> View:
    row, proof = entry_row(db, n), proofs.inclusion(db, n)
    entry = read_payload(row["payload"])
    newest = next(iter(archive.listed(db, limit=1)), None)
    values: Mapping[str, Any] = {
        "entry": entry,
        "what": history.what(here, entry.kind) if entry.kind != ballots.BallotEntry.CAST else "",
        "title": title,
        "back": back,
        "is_undone": row["reversed_by"] is not None,
        "signed": newest if newest is not None and newest.size > n else None,
        "file": _name(n),
        "key": _key(here),
        "text": row["payload"].decode(),
        "proof": proof,
        "program": PROGRAM.name,
        "lines": PROGRAM.read_text(),
    }
    return View("history_entry.html", dict(values))


def _bytes(db: Session, n: int) -> File:
    return File(entry_row(db, n)["payload"], "application/json", f"entry-{n}.json")


def _proof(db: Session, n: int) -> File:
    """Return the proof with the entry itself in it: one file to keep."""
    whole = replace(archive.prove(db, n), extra=entry_row(db, n)["payload"])
    return File(whole.encode().encode(), "text/plain; charset=utf-8", _name(n))


def _name(n: int) -> str:
    return f"entry-{n}{ENDING}"


def _key(here: Here) -> str:
    """Return the key that the service signs with; empty where nothing was signed or the key can't be read."""
    try:
        return "" if here.cosigned is None else str(here.cosigned.signer.verifier())
    except (NotFound, Tampered):
        return ""
