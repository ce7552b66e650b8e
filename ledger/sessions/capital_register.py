"""Capital accounts from one day to another: what was in each, what came and went, and whether it is the book value.

The parts are summed by the kind of entry that moved them, opening and closing without asking for any kind, and the net
book value on its own account: so each tells whether the others are right (cooperative-finance.md §2.4, reports.md R15).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledger import tables
from ledger.entries import Role
from ledger.errors import DatesOutOfOrder
from ledger.reading import of_the_record
from ledger.types import Cut


class Part(StrEnum):
    """Why an account changed."""

    BUY_IN = "buy_in"
    """Capital was paid in."""
    ALLOCATED = "allocation_retained"
    """Of a surplus: for a member, what was not paid out; for all, what is nobody's in particular."""
    LOSS = "loss"
    """A loss was borne; below zero."""
    REDEEMED = "redeemed"
    """Paid out; below zero."""
    OTHER = "other"
    """By an entry of another kind."""


PARTS: Mapping[str, Part] = {
    "capital.paid_in": Part.BUY_IN,
    "surplus.stated": Part.ALLOCATED,
    "patronage.declared": Part.ALLOCATED,
    "loss.shared": Part.LOSS,
    "capital.redeemed": Part.REDEEMED,
}
"""Kind of entry to why it changes an account."""


@dataclass(frozen=True, slots=True)
class AccountRoll:
    """One account from one day to another, in cents.

    Attributes:
        role: Of a member, of all together, or surplus that is still to be declared.
        member: Whose; None where it is nobody's in particular.
        opening: At the end of the day before the first.
    """

    role: Role
    member: str | None
    opening: int
    closing: int
    parts: Mapping[Part, int] = field(default_factory=dict)

    @property
    def check(self) -> int:
        """What opening and parts differ from closing by: zero, or something is wrong."""
        return self.opening + sum(self.parts.values()) - self.closing


@dataclass(frozen=True, slots=True)
class CapitalRegister:
    """All accounts from one day to another, and the net book value on both.

    Attributes:
        accounts: Members' by id, those without a cent and without a change left out; then the collective account, then
            what of a surplus is not declared yet.
    """

    accounts: tuple[AccountRoll, ...]
    book_opening: int
    book_closing: int

    @property
    def check(self) -> int:
        """What all accounts hold beyond the net book value: zero, or something is wrong."""
        return sum(each.closing for each in self.accounts) - self.book_closing


HELD = (Role.CAPITAL, Role.COLLECTIVE, Role.ALLOCABLE)
"""What adds up to the net book value, in the order in which it is listed."""


@of_the_record
def capital_register(db: Session, since: date, cut: Cut) -> CapitalRegister:
    """Return every capital account from the day ``since``, included, to the cut's.

    Raises:
        DatesOutOfOrder: It would end before it begins.
    """
    if since > cut.as_of:
        raise DatesOutOfOrder(f"A period can't begin on {since} and end on {cut.as_of}.", field="since")
    before = Cut(since - timedelta(days=1), cut.known_at) if since > date.min else None
    opening = _balances(db, before) if before else {}
    closing, moved = _balances(db, cut), _moved(db, since, cut)
    accounts = []
    for role in HELD:
        paths = {path for path in (*opening, *closing, *moved) if path.startswith(f"{role}:")}
        for path in sorted(paths):
            was, now, parts = opening.get(path, 0), closing.get(path, 0), moved.get(path, {})
            if was or now or any(parts.values()) or role is not Role.CAPITAL:
                member = path.partition(":")[2] if role is Role.CAPITAL else None
                accounts.append(AccountRoll(role, member, was, now, parts))
    return CapitalRegister(tuple(accounts), _book_value(opening), _book_value(closing))


def _book_value(balances: Mapping[str, int]) -> int:
    return -sum(cents for path, cents in balances.items() if path.startswith(f"{Role.BOOK}:"))


def _balances(db: Session, cut: Cut) -> dict[str, int]:
    """Return what each account holds, the other side of the book value included."""
    posting, of = tables.posting.c, tables.account.c
    query = (
        select(of.path, func.sum(posting.amount))
        .join(tables.posting, posting.account == of.id)
        .where(or_(*(of.path.startswith(f"{role}:", autoescape=True) for role in (*HELD, Role.BOOK))))
        .where(posting.effective_on <= cut.as_of, posting.n < cut.known_at)
        .group_by(of.path)
    )
    return {path: int(cents) for path, cents in db.execute(query)}


def _moved(db: Session, since: date, cut: Cut) -> dict[str, dict[Part, int]]:
    """Return what moved in each account, by why; what undoes an entry is of that one's kind."""
    posting, entry, of, undone = tables.posting.c, tables.entry.c, tables.account.c, tables.entry.alias("undone")
    kind = func.coalesce(undone.c.kind, entry.kind)
    query = (
        select(of.path, kind, func.sum(posting.amount))
        .join(tables.posting, posting.account == of.id)
        .join(tables.entry, entry.n == posting.n)
        .outerjoin(undone, undone.c.n == entry.reverses)
        .where(or_(*(of.path.startswith(f"{role}:", autoescape=True) for role in HELD)))
        .where(posting.effective_on.between(since, cut.as_of), posting.n < cut.known_at)
        .group_by(of.path, kind)
    )
    found: dict[str, dict[Part, int]] = {}
    for path, moved_by, cents in db.execute(query):
        part, parts = PARTS.get(moved_by, Part.OTHER), found.setdefault(path, {})
        parts[part] = parts.get(part, 0) + int(cents)
    return found
