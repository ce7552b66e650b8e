"""Tax numbers that people state themselves, as on Form W-9: which kind, which number, checked for its form.

They stand beside the journal, and no entry, letter, address or log has one. Each statement is kept with how many
entries there were, so that an older file can be made again as it was; all go when whoever stated them is erased.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.people.tables import tax_number
from ledger import journal
from ledger.equity.values import Holder
from ledger.errors import Invalid
from ledger.reading import find
from ledger.types import Act, Cut

DIGITS = 9
TAIL = 4

NO_SSN = frozenset({"078051120", "219099999", "123456789"})
"""Numbers that were printed for show and belong to nobody."""

GROUPS_OF_ITIN = frozenset({*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)})
"""The fourth and fifth digit of numbers that were given out."""


_ORDER = (tax_number.c.mark, tax_number.c.stated_at, tax_number.c.id)
"""From the oldest statement to the newest."""


class TaxKind(StrEnum):
    """Which tax number it is."""

    SSN = "SSN"
    """A Social Security number: of a person."""
    ITIN = "ITIN"
    """An individual taxpayer's number: of a person who has no Social Security number."""
    EIN = "EIN"
    """An employer's number: of a company, or of somebody who works under one."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A tax number that somebody stated.

    Attributes:
        number: Whole, with its hyphens; not shown where the statement is.
        stated_by: Who wrote it down: themselves, or whoever had it from them on paper.
        stated_at: Microseconds since 1970.
    """

    kind: TaxKind
    number: str = field(repr=False)
    stated_by: str
    stated_at: int

    @property
    def last_four(self) -> str:
        """What may be shown of it."""
        return self.number[-TAIL:]


def read_number(kind: TaxKind, text: str) -> str:
    """Return a tax number as it is written on forms: ``256-33-1234``, ``34-2345123`` for an employer's.

    Only its form can be checked here, not whose it is. What refuses never says the number.

    Raises:
        Invalid: It has other than nine digits, or no number of this kind looks like it.
    """
    digits = re.sub(r"[\s.\u2010-\u2015-]", "", text)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise Invalid("A tax number has nine digits, such as 256-33-1234 or 34-2345123.", field="number")
    if not _looks_like(kind, digits):
        raise Invalid("No number of this kind looks like this. Compare each digit, and the kind.", field="number")
    if kind is TaxKind.EIN:
        return f"{digits[:2]}-{digits[2:]}"
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def _looks_like(kind: TaxKind, digits: str) -> bool:
    if len(set(digits)) == 1:
        return False
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    match kind:
        case TaxKind.SSN:
            return (
                area not in {"000", "666"}
                and area[0] != "9"
                and group != "00"
                and serial != "0000"
                and (digits not in NO_SSN)
            )
        case TaxKind.ITIN:
            return area[0] == "9" and int(group) in GROUPS_OF_ITIN
        case TaxKind.EIN:
            return digits[:2] != "00"


def state(db: Session, act: Act, holder: str, kind: TaxKind, number: str) -> Statement:
    """Put down a holder's tax number, or another one in its place.

    Raises:
        NotFound: No such holder.
        Invalid: It can't be a number of this kind.
    """
    find(db, Holder, holder)
    made = Statement(kind, read_number(kind, number), act.actor, act.at)
    row = {
        "id": act.new_id("txn"),
        "holder": holder,
        "kind": made.kind.value,
        "number": made.number,
        "mark": journal.size(db),
        "stated_by": made.stated_by,
        "stated_at": made.stated_at,
    }
    db.execute(insert(tax_number), [row])
    return made


def stated(db: Session, holder: str) -> Statement | None:
    """Return what somebody stated last; None for nothing."""
    columns = tax_number.c
    query = select(columns.kind, columns.number, columns.stated_by, columns.stated_at).where(columns.holder == holder)
    row = db.execute(query.order_by(*(one.desc() for one in _ORDER)).limit(1)).first()
    return None if row is None else Statement(TaxKind(row.kind), row.number, row.stated_by, row.stated_at)


def numbers(db: Session, cut: Cut) -> dict[str, str]:
    """Return the whole number of everybody who had stated one by a cut."""
    columns = tax_number.c
    query = select(columns.holder, columns.number).where(columns.mark <= cut.known_at).order_by(*_ORDER)
    return {row.holder: row.number for row in db.execute(query)}


def forget(db: Session, holder: str) -> int:
    """Delete every number that a holder stated, and return how many that were."""
    return len(db.execute(delete(tax_number).where(tax_number.c.holder == holder).returning(tax_number.c.id)).all())
