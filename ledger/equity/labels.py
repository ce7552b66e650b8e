"""Labels of certificates and instruments: never used twice, like cheque numbers, and numbered where none is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.equity.register import refuse_taken
from ledger.equity.values import Security
from ledger.errors import AlreadyExists, Invalid

A_FEW = 20
"""Labels to look at before looking at all."""


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
    taken = tables.table(Security).c.label
    for number in count(_highest(db, stem) + 1):
        label = f"{stem}-{number}"
        if db.execute(select(taken).where(taken == label)).first() is None:
            yield label


def _highest(db: Session, stem: str) -> int:
    """Return the highest number of a stem, 0 where it has none.

    The longest label is the highest number, so a few rows are enough unless other labels are longer still.
    """
    label = tables.table(Security).c.label
    query = select(label).where(label.startswith(f"{stem}-", autoescape=True))
    longest_first = query.order_by(func.length(label).desc(), label.desc())
    return _highest_of(db, longest_first.limit(A_FEW), stem) or _highest_of(db, query, stem)


def _highest_of(db: Session, query: Select[str], stem: str) -> int:
    numbers = [label[len(stem) + 1 :] for label in db.execute(query).scalars()]
    return max((int(number) for number in numbers if number.isdecimal() and number.isascii()), default=0)
