"""The auditor's first pages: check the whole record, read its journal, prove an entry, see who asked for what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from app.people import access
from app.people.roles import Role
from app.verification import verify_all
from app.web.site import File, Here, Pages, View
from ledger import journal, proofs, tables
from ledger.entries import Entry, read_payload
from ledger.equity.values import ShareClass
from ledger.errors import NotFound
from ledger.reading import entry_rows, every
from ledger.types import decimal_text

pages = Pages()

PAGE = 50
"""How many entries, or refused attempts, a page shows."""

REVERSALS = 10
"""How many of the newest reversals the first page names."""

SHOWN = 6_000
"""How many characters of an entry its page shows; its file holds all of them."""

HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a list shows it.

    Attributes:
        reversed_by: The entry that undid it.
    """

    entry: Entry
    reversed_by: int | None

    @property
    def reason(self) -> str:
        """Why it undoes another; empty where it does not."""
        return str(self.entry.body.get("reason", "")) if self.entry.reverses is not None else ""


@pages.get("/audit", Role.AUDITOR)
def audit(db: Session, here: Here) -> View:
    """How far the record goes, the check to run, and what is out of the ordinary."""
    return View("audit.html", {"verdict": None} | _record(db))


@pages.get("/audit/check", Role.AUDITOR, long=True)
def check(db: Session, here: Here) -> View:
    """Check the whole record, and against a head noted earlier where one is given."""
    text = here.query.get("known", "").strip()
    found = HEAD.fullmatch(text)
    if text and found is None:
        told = here.words.say("Write the number of entries, a colon, and the 64 digits of the root.")
        wrong = replace(here, form=dict(here.query), wrong={"known": told})
        return View("audit.html", {"here": wrong, "verdict": None} | _record(db), 422)
    known = (int(found[1]), found[2]) if found is not None else None
    verdict = verify_all(db, known_root=known)
    return View(
        "audit.html",
        {"here": replace(here, form=dict(here.query)), "verdict": verdict, "rows": sum(verdict.records.values())}
        | _record(db),
    )


def _record(db: Session) -> dict[str, Any]:
    """Return how far the record goes, and what in it is out of the ordinary."""
    entry, size = tables.entry.c, journal.size(db)
    undone = select(func.count()).select_from(tables.entry).where(entry.reverses.is_not(None))
    newest = entry_rows().where(entry.reverses.is_not(None)).order_by(entry.n.desc()).limit(REVERSALS)
    return {
        "size": size,
        "root": journal.head_at(db, size).root().hex(),
        "reversals": int(db.execute(undone).scalar_one()),
        "newest": [_line(row) for row in db.execute(newest).mappings()],
        "has_attempts": bool(access.attempts(db, limit=1)),
    }


@pages.get("/audit/journal", Role.AUDITOR)
def entries(db: Session, here: Here) -> View:
    """The journal, the newest entry first, a page at a time; all of it, or one kind."""
    entry, kind = tables.entry.c, here.query.get("kind", "")
    below = _number(here.query.get("below", ""))
    query = entry_rows().order_by(entry.n.desc()).limit(PAGE + 1)
    if kind:
        query = query.where(entry.kind == kind)
    if below is not None:
        query = query.where(entry.n < below)
    found = [_line(row) for row in db.execute(query).mappings()]
    shown = found[:PAGE]
    kinds = db.execute(select(entry.kind).distinct().order_by(entry.kind)).scalars().all()
    more = {"below": str(shown[-1].entry.n)} | ({"kind": kind} if kind else {}) if len(found) > PAGE else None
    return View(
        "journal.html",
        {
            "here": replace(here, form=dict(here.query)),
            "size": journal.size(db),
            "lines": shown,
            "kinds": [("", here.words.say("All kinds")), *((one, one) for one in kinds)],
            "kind": kind,
            "is_first": below is None,
            "older": None if more is None else urlencode(more),
        },
    )


@pages.get("/audit/journal/{n}", Role.AUDITOR)
def entry_page(db: Session, here: Here, n: str) -> View:
    """One entry: what it says, what it moved, its bytes, and the proof that it is in the journal."""
    del here
    row = _row(db, n)
    line, text = _line(row), row["payload"].decode()
    decimals = {f"UNIT:{each.id}": each.decimals for each in every(db, ShareClass)}
    return View(
        "entry.html",
        {
            "line": line,
            "leaf": row["leaf"].hex(),
            "postings": [_posting(one, decimals) for one in line.entry.postings],
            "text": text[:SHOWN],
            "is_cut": len(text) > SHOWN,
            "proof": proof_of(db, line.entry.n),
        },
    )


def _posting(of: Any, decimals: Mapping[str, int]) -> tuple[str, str, str]:  # noqa: ANN401 - a posting
    text = decimal_text(abs(of.amount), decimals.get(of.asset, 2 if of.asset.startswith("MONEY:") else 0))
    return of.account, of.asset, f"{'+' if of.amount > 0 else '−'}{text}"


@pages.get("/audit/journal/{n}/bytes", Role.AUDITOR)
def entry_bytes(db: Session, here: Here, n: str) -> File:
    """The exact bytes of an entry: those that its leaf is the hash of."""
    del here
    row = _row(db, n)
    return File(row["payload"], "application/json", f"entry-{row['n']}.json")


@pages.get("/audit/journal/{n}/proof", Role.AUDITOR)
def entry_proof(db: Session, here: Here, n: str) -> File:
    """The proof that an entry is in the journal, as the API tells it."""
    del here
    told = proof_of(db, _row(db, n)["n"])
    return File(orjson.dumps(told, option=orjson.OPT_INDENT_2), "application/json", f"entry-{told['n']}-proof.json")


def proof_of(db: Session, n: int) -> dict[str, Any]:
    """Return the proof that an entry is in the journal as it stands: the hashes beside its way up to the root."""
    proof = proofs.inclusion(db, n)
    return {
        "n": n,
        "size": proof.size,
        "root": proof.root.hex(),
        "leaf": proof.leaf.hex(),
        "path": [node.hex() for node in proof.path],
    }


def _row(db: Session, n: str) -> RowMapping:
    number = _number(n)
    return entry_row(db, -1 if number is None else number)


def entry_row(db: Session, n: int) -> RowMapping:
    """Return the row of an entry: its bytes, its leaf, and the entry that undid it.

    Raises:
        NotFound: There is no such entry.
    """
    row = db.execute(entry_rows().where(tables.entry.c.n == n)).mappings().first()
    if row is None:
        raise NotFound("There is no such entry in the journal.", field="n")
    return row


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 15 else None


def _line(row: RowMapping) -> Line:
    return Line(read_payload(row["payload"]), row["reversed_by"])


@pages.get("/audit/access", Role.AUDITOR)
def access_log(db: Session, here: Here) -> View:
    """Who tried to see or do what is only somebody else's, oldest first."""
    found = access.attempts(db, after=here.query.get("after", ""), limit=PAGE + 1)
    following = found[PAGE - 1][0] if len(found) > PAGE else None
    return View("access_log.html", {"attempts": found[:PAGE], "following": following})
