"""The record as an export walks through it: who holds what after each entry, and what the package calls it.

The ledger lets a grant keep its id when part of it ends; in the format any end of a part ends the security, and what
remains is issued again under another id. So each security here knows under which id the package has what is left of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import orjson

from ledger.entries import Posting, Role
from ledger.equity.certificates import living, parted
from ledger.equity.classes import ClassEntry
from ledger.equity.pricing import adjusted
from ledger.equity.values import (
    Award,
    ClassSplit,
    EventKind,
    Holder,
    Issuer,
    Plan,
    Schedule,
    ScheduleCause,
    Security,
    SecurityEvent,
    ShareClass,
)
from ledger.equity.vesting.table import Table, decode
from ledger.records import Record, canonical
from ledger.types import Price, decimal_text

USES = (EventKind.EXERCISED, EventKind.SETTLED, EventKind.EXPIRED)
"""What uses vested units of a grant up; they stay in its table."""


_HOLD_ON = (EventKind.LEFT, EventKind.PAUSED, EventKind.SUSPENDED)
_ENDS: Mapping[EventKind, tuple[EventKind, ...]] = {
    EventKind.RESUMED: (EventKind.PAUSED,),
    EventKind.REINSTATED: (EventKind.LEFT, EventKind.SUSPENDED),
    EventKind.FORFEITED: (EventKind.SUSPENDED,),
}
"""What each event ends of those that hold on."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the journal, read back.

    Attributes:
        mark: Digits of its hash: ids of items made for it begin with them, for no other entry anywhere has the same.
    """

    n: int
    mark: str
    on: date
    kind: str
    records: tuple[Record, ...]
    postings: tuple[Posting, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def comes_from(self, role: Role) -> bool:
        """Return whether units come out of an account of this role."""
        return any(each.amount < 0 and each.account.startswith(f"{role}:") for each in self.postings)

    def goes_to(self, role: Role) -> bool:
        """Return whether units go into an account of this role."""
        return any(each.amount > 0 and each.account.startswith(f"{role}:") for each in self.postings)


@dataclass(slots=True)
class Held:
    """A security as the walk has it.

    Attributes:
        id: By which the package names what is left of it.
        base: The price a share as issued or last set.
        grown: Shares that each share of then has become by splits.
        outstanding: Minor units left.
        used: Units of it exercised, settled or expired.
        used_before: Those of them before what remained was last issued again.
        parts: How often that was.
        table: Its newest instalments as JSON, a tenth of the table's size.
        earlier: The instalments before those.
        promised: What was promised under its present id, once something moved that; None until then.
        causes: Why its tables under its present id were written.
        standing: What holds on and must be said again of what remains: that its holder left or is on leave, since when.
    """

    security: Security
    issued_on: date
    id: str
    base: Price | None = None
    grown: Fraction = Fraction(1)
    award: Award | None = None
    outstanding: int = 0
    used: int = 0
    used_before: int = 0
    parts: int = 0
    table: bytes = b""
    earlier: bytes = b""
    promised: list[Any] | None = None
    causes: tuple[ScheduleCause, ...] = ()
    standing: dict[EventKind, tuple[date, SecurityEvent]] = field(default_factory=dict)

    @property
    def price(self) -> Price | None:
        """The price a share of today."""
        return None if self.base is None else adjusted(self.base, self.grown)

    def take_note(self, event: SecurityEvent, on: date) -> None:
        """Note an event that holds on, one that ends such, or a new price."""
        if event.kind is EventKind.REPRICED:
            self.base, self.grown = event.price, Fraction(1)
        if event.kind in _HOLD_ON:
            self.standing[event.kind] = on, event
        for ended in _ENDS.get(event.kind, ()):
            self.standing.pop(ended, None)

    def instalments(self, on: date) -> Table:
        """Return what its table promises of what is left."""
        return parted(living(_decoded(self.table)), self.used, on)[1]

    def schedule(self, on: date) -> Table:
        """Return its table as a security issued under its present id has it."""
        return self._under_present_id(self.table, on)

    def schedule_before(self, on: date) -> Table:
        """Return the same, before its newest table was written."""
        return self._under_present_id(self.earlier, on)

    def _under_present_id(self, data: bytes, on: date) -> Table:
        table = _decoded(data)
        return parted(living(table), self.used_before, on)[1] if self.parts else table


def _decoded(data: bytes) -> Table:
    return decode(orjson.loads(data)) if data else ()


@dataclass(slots=True)
class Book:
    """The walk so far: registers, what everybody holds, totals.

    Attributes:
        authorised: Minor units by class.
        reserved: Minor units by plan.
        named: What the package calls a holder, class, plan or security that has another id here.
        terms: Ids that the package already has for vesting terms, by the id they would get.
        early: What counts of a security from a day before it was issued: it went on from another one.
    """

    issuer: Issuer | None = None
    holders: dict[str, Holder] = field(default_factory=dict)
    classes: dict[str, ShareClass] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    authorised: dict[str, int] = field(default_factory=dict)
    reserved: dict[str, int] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    terms: dict[str, str] = field(default_factory=dict)
    early: dict[str, list[tuple[date, SecurityEvent]]] = field(default_factory=dict)

    def take_note(self, event: SecurityEvent, on: date) -> None:
        """Note what happened to a security; what holds on since before it was issued waits for it."""
        held = self.held.get(event.security)
        if held is None:
            self.early.setdefault(event.security, []).append((on, event))
            return
        held.used += event.quantity if event.kind in USES else 0
        held.take_note(event, on)

    def name(self, id: str) -> str:
        """Return what the package calls a holder, class, plan or security."""
        held = self.held.get(id)
        return held.id if held else self.named.get(id, id)

    def nothing(self) -> Price:
        """Return no money, in the company's currency: what stands where the format wants an amount."""
        return Price(0, 0, self.issuer.currency if self.issuer else "USD")

    def text(self, units: int, class_id: str | None) -> str:
        """Return minor units of a class as the format writes quantities."""
        return decimal_text(units, self.classes[class_id].decimals if class_id else 0)


def begin(book: Book, happening: Happening) -> None:
    """Enter what an entry says of registers and promises; what it does to holdings comes with ``finish``."""
    for record in happening.records:
        match record:
            case Issuer():
                book.issuer = record
            case Holder():
                book.holders[record.id] = record
            case ShareClass():
                book.classes[record.id] = record
            case Plan():
                book.plans[record.id] = record
            case Security():
                book.held[record.id] = Held(record, happening.on, book.named.get(record.id, record.id), record.price)
                for on, event in book.early.pop(record.id, ()):
                    book.take_note(event, on)
            case Award():
                book.held[record.security].award = record
            case Schedule():
                held = book.held[record.security]
                # copied, for the bytes come out of a buffer ten times as large
                held.earlier, held.table = held.table, bytes(memoryview(canonical(record.instalments)))
                held.causes += (record.cause,)
            case ClassSplit():
                _split(book, record)
            case _:
                pass


def finish(book: Book, happening: Happening) -> None:
    """Enter what an entry does to holdings and totals."""
    for record in happening.records:
        if isinstance(record, SecurityEvent):
            book.take_note(record, happening.on)
    for posting in happening.postings:
        role, _, subject = posting.account.partition(":")
        if role in {Role.AWARD, Role.CERTIFICATE}:
            book.held[subject].outstanding += posting.amount
        elif role == Role.CHARTER:
            book.authorised[subject] = book.authorised.get(subject, 0) - posting.amount
        elif role == Role.POOL and happening.kind in {ClassEntry.PLAN_ADOPTED, ClassEntry.PLAN_ADJUSTED}:
            book.reserved[subject] = book.reserved.get(subject, 0) + posting.amount


def _split(book: Book, split: ClassSplit) -> None:
    """Enter what a split does to reserves and prices; what it does to holdings is among the postings."""
    for id, units in book.reserved.items():
        if book.plans[id].class_id == split.class_id:
            book.reserved[id] = units * split.numerator // split.denominator
    for held in book.held.values():
        if split.class_id in (held.security.class_id, (held.security.terms or {}).get("class_id")):
            held.grown *= Fraction(split.numerator, split.denominator)
