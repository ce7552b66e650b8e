"""Decisions for the auditor: who could vote in each, and every closed vote counted again from its file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from app.people.roles import Role
from app.web import deciding, outcome
from app.web.site import File, Here, Pages, View
from governance import closing, proposals, rolls
from governance.audit_file import recount
from governance.records import Closing, Notice, RollCopied
from ledger.errors import NotFound
from ledger.reading import every

pages = Pages()


@dataclass(frozen=True, slots=True)
class Voted:
    """A vote for which the roll was copied.

    Attributes:
        sizes: Chamber to how many may vote in it; of stockholders their votes.
        done: What it came to; None while it is open or being counted.
    """

    id: str
    title: str
    closes_at: int
    sizes: tuple[tuple[str, int], ...]
    done: Closing | None


@pages.get("/audit/decisions", Role.AUDITOR)
def votes(db: Session, here: Here) -> View:
    """Every vote with a roll, the newest first: who could vote, and what it came to."""
    del here
    found = [_voted(db, one, proposals.notice(db, one.proposal)) for one in every(db, RollCopied)]
    return View("audit_decisions.html", {"votes": [one for one in reversed(found) if one is not None]})


def _voted(db: Session, roll: RollCopied, announced: Notice | None) -> Voted | None:
    if announced is None:
        return None
    title = proposals.version(db, roll.proposal).title
    sizes = tuple(sorted(roll.sizes.items()))
    return Voted(roll.proposal, title, announced.closes_at, sizes, closing.closing(db, roll.proposal))


@pages.get("/audit/decisions/{proposal}", Role.AUDITOR, long=True)
def counted_again(db: Session, here: Here, proposal: str) -> View:
    """One vote: its roll by what people are, and, once it is closed, the count anew."""
    one, of = _find(db, proposal), deciding.find(db, here, proposal)
    parts = Counter((line.chamber, line.part) for line in rolls.lines_of(db, proposal))
    data = closing.audit_file(db, proposal) if one.done is not None else None
    return View(
        "audit_decision.html",
        {
            "one": one,
            "people": rolls.people(db, proposal),
            "parts": sorted(parts.items()),
            "recount": None if data is None else recount(data),
            "of": of,
            "told": None if one.done is None else outcome.told(db, one.done, of.rules, of.options, here.words),
            "is_same_file": data is not None and one.done is not None and sha256(data).hexdigest() == one.done.audit,
        },
    )


@pages.get("/audit/decisions/{proposal}/file", Role.AUDITOR, long=True)
def vote_file(db: Session, here: Here, proposal: str) -> File:
    """The file by which anybody can count a closed vote again."""
    del here
    _find(db, proposal)
    return File(closing.audit_file(db, proposal), "application/x-ndjson", f"vestry-vote-{proposal}.jsonl")


def _find(db: Session, proposal: str) -> Voted:
    """Return a vote for which the roll was copied.

    Raises:
        NotFound: There is none on this proposal.
    """
    roll = rolls.copied(db, proposal)
    found = None if roll is None else _voted(db, roll, proposals.notice(db, proposal))
    if found is None:
        raise NotFound("There is no such vote.", field="proposal")
    return found
