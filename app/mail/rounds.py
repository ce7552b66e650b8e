"""Rounds: something has happened, and everybody concerned is written to, once.

A round has a key; when it is over, the key is kept, and nobody looks for it again. Its letters have keys of their own,
so a round that broke off, or that two workers make at once, sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.mail.letters import Letter, Reader
from app.mail.readers import Readers
from ledger import tables
from ledger.types import Act, micros_of

Letters: TypeAlias = Sequence[tuple[Reader, Letter]]

RECENT = timedelta(days=7)
"""How long after something has happened it is still news: a mail server may stand still, or be set only then."""


@dataclass(frozen=True, slots=True)
class Round:
    """Something of which everybody concerned hears.

    Attributes:
        key: What it is, such as ``vote:prp_…``.
        letters: Finds whom it concerns, and what is written to them.
    """

    key: str
    letters: Callable[[Session, Readers], Letters]


def first_since(db: Session, act: Act, span: timedelta = RECENT) -> int:
    """Return the number of the first entry written within a span before now; beyond the last if there is none."""
    entry = tables.entry.c
    query = select(func.min(entry.n)).where(entry.recorded_at >= micros_of(act.now - span))
    found = db.execute(query).scalar()
    return 2**62 if found is None else int(found)
