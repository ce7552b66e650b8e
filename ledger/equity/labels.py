"""Labels of certificates and instruments: never used twice, like cheque numbers, and numbered where none is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.register import refuse_taken
from ledger.equity.values import Security
from ledger.errors import AlreadyExists, Invalid


def labels_for(db: Session, wanted: Sequence[str | None], *, stem: str) -> tuple[str, ...]:
    """Return a label for each new security: the one wanted, or else the next free number after ``stem``.

    Raises:
        AlreadyExists: A label is taken, or wanted twice.
        Invalid: A label is blank.
    """
    return labels_after(db, [(label, stem) for label in wanted])


def labels_after(db: Session, wanted: Sequence[tuple[str | None, str]]) -> tuple[str, ...]:
    """Return a label for each new security: the one wanted, or else the next free number after its own stem.

    Raises:
        AlreadyExists: A label is taken, or wanted twice.
        Invalid: A label is blank.
    """
    given = [label for label, _ in wanted if label is not None]
    for label in given:
        if not label.strip():
            raise Invalid("A label can't be blank.", field="label")
        refuse_taken(db, Security, label=label)
    if len(set(given)) < len(given):
        raise AlreadyExists("Each certificate needs a label of its own.", field="label")
    stems = {stem.rstrip("-") for label, stem in wanted if label is None}
    free = {stem: (each for each in _numbered(db, stem) if each not in given) for stem in stems}
    return tuple(label or next(free[stem.rstrip("-")]) for label, stem in wanted)


def stem_of(label: str) -> str:
    """Return a label without its number: ``CS`` of ``CS-7``."""
    stem, dash, number = label.rpartition("-")
    return stem if dash and number.isdecimal() else label


def _numbered(db: Session, stem: str) -> Iterator[str]:
    """Yield ``CS-8``, ``CS-9``, … from one above the highest number the stem has ever had."""
    label = tables.table(Security).c.label
    used = db.execute(select(label).where(label.startswith(f"{stem}-", autoescape=True))).scalars()
    numbers = (each[len(stem) + 1 :] for each in used)
    highest = max((int(number) for number in numbers if number.isdecimal() and number.isascii()), default=0)
    return (f"{stem}-{number}" for number in count(highest + 1))
