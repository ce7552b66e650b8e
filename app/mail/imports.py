"""Letters to whoever handed in a file of sessions of which rows were left out. Nothing that stands in a row is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from app.mail.kinds import Kind, Topic
from app.mail.letters import Letter, Reader
from app.mail.readers import Readers
from app.mail.rounds import Letters, Round, first_since
from ledger import journal
from ledger.reading import known
from ledger.sessions.records import SessionImport
from ledger.types import Act

RECENT = timedelta(days=2)


def rounds(db: Session, act: Act) -> Iterator[Round]:
    """Yield the imports of late that left rows out."""
    first = first_since(db, act, RECENT)
    for one in known(db, SessionImport):
        if one.n >= first and one.value.counts.get("rejected", 0):
            actor = journal.entry_at(db, one.n).actor
            yield Round(f"import:{one.value.id}", partial(_import, of=one.value, actor=actor))


def _import(db: Session, readers: Readers, *, of: SessionImport, actor: str) -> Letters:
    del db
    to = readers.of_actor(actor)
    return [(to, _about(to, of))] if to is not None and to in readers.who_want(Topic.IMPORT) else []


def _about(to: Reader, of: SessionImport) -> Letter:
    left, read = of.counts.get("rejected", 0), of.counts.get("rows_read", 0)
    return Letter(
        Kind.IMPORT,
        f"import:{of.id}",
        Topic.IMPORT,
        to.words.say("Your import left rows out"),
        (
            to.words.say(
                "{left} of {read} rows of your file are not on record. All others are.",
                left=to.words.number(left),
                read=to.words.number(read),
            ),
            to.words.say(
                "Put them right in your file and hand it in again: what is on record already is not added twice."
            ),
        ),
        to.words.say("You get this because you handed in a file of sessions."),
    )
