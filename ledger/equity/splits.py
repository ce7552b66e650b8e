"""Splits: every share of a class becomes so many shares, everywhere on one day.

All accounts of the class move at once, the charter on the other side. What had been exercised or forfeited before stays
as it was: those units are no longer there to split. Prices are not touched; ``pricing`` derives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Posting, netted, unit
from ledger.equity.certificates import living, parted
from ledger.equity.classes import charter, unissued
from ledger.equity.instruments import class_of, is_live, size_of
from ledger.equity.pricing import ratio_in_force
from ledger.equity.securities import position
from ledger.equity.split_facts import Holding, holdings_of, latest_change
from ledger.equity.values import (
    ClassRatio,
    ClassSplit,
    EventKind,
    Schedule,
    ScheduleCause,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting import later
from ledger.equity.vesting.table import Mark, Table, encode, tidy
from ledger.errors import LaterChangeExists, QuantityInvalid, TermsInvalid
from ledger.kinds import declare
from ledger.reading import every, find
from ledger.records import Record, canonical, to_body
from ledger.types import MOST_UNITS, Act, Json

MOST_BYTES = 48 * 1024
"""How much of an entry's 64 KiB its records and postings may fill; the rest is for what surrounds them."""


@declare
class SplitEntry(StrEnum):
    """The kinds of entry about splits."""

    SPLIT = "class.split"
    """Every share of a class became so many; a large class takes several entries, one after the other."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What a split does to one account: at most one posting, and the records beside it."""

    posting: Posting | None
    records: tuple[Record, ...] = ()

    @property
    def size(self) -> int:
        """Bytes it takes in an entry."""
        posted: list[Json] = []
        if self.posting:
            posted = [self.posting.account, self.posting.asset, self.posting.amount]
        return len(canonical([posted, *(to_body(value) for value in self.records)]))


def split_class(db: Session, act: Act, class_id: str, numerator: int, denominator: int, *, on: date) -> ClassSplit:
    """Make ``numerator`` shares out of every ``denominator`` shares of a class, reserved and authorised ones alike.

    Each account is rounded down; the parts of a unit that are lost become unissued shares, so that the charter
    authorises the exact multiple, rounded down. The ratios by which this class converts, and others into it, move so
    that no holder's share of the company changes.

    Raises:
        TermsInvalid: The ratio is no split.
        LaterChangeExists: Something about the class counts from a later day.
        QuantityInvalid: There would be more than 2^53 - 1 minor units.
    """
    journal.lock(db)
    split = ClassSplit(class_id, numerator, denominator)
    of = find(db, ShareClass, class_id)
    refuse_ratio(split)
    warrants = _warrants(db, split, on)
    newest = latest_change(db, class_id)
    if newest is not None and newest > on:
        raise LaterChangeExists(f"{of.name} changed on {newest}, after {on}; reverse that first.", field="on")
    shares = [split_holding(each, split, on) for each in holdings_of(db, class_id) if each.path != unissued(of)]
    drafts = split_entries(
        of,
        split,
        on,
        pieces=[*shares, *warrants],
        ratios=moved_ratios(db, of, split, on),
        authorised=-journal.balance(db, charter(class_id)),
    )
    journal.append_all(db, act, drafts)
    return split


def refuse_ratio(split: ClassSplit) -> None:
    """Refuse a ratio that changes nothing or means nothing.

    Raises:
        TermsInvalid: A number below one, or two that are the same.
    """
    if min(split.numerator, split.denominator) < 1 or split.numerator == split.denominator:
        raise TermsInvalid("A split is so many new shares for so many old ones, 1 or more, not as many.", field="ratio")


def scaled(units: int, split: ClassSplit) -> int:
    """Return what minor units become by a split, rounded down."""
    return units * split.numerator // split.denominator


def split_holding(holding: Holding, split: ClassSplit, on: date) -> Piece:
    """Return what a split does to what an account holds, and to what is promised of it."""
    after = scaled(holding.units, split)
    change = after - holding.units
    posting = Posting(holding.path, unit(split.class_id), change) if change else None
    if holding.security is None:
        return Piece(posting)
    event = SecurityEvent(holding.security, EventKind.ADJUSTED, after)
    if not holding.table:
        return Piece(posting, (event,))
    table = split_table(holding.table, holding.used, split, on)
    return Piece(posting, (event, Schedule(holding.security, ScheduleCause.SPLIT, encode(table))))


def split_table(table: Table, used: int, split: ClassSplit, on: date) -> Table:
    """Return a table after a split: what was used or forfeited before stays as it was, the rest is rescaled.

    So what is left of a grant remains its table less forfeited and used units, in whichever units those were used.
    """
    past, ahead = parted(living(table), used, on)
    forfeited = (row for row in table if row.mark is Mark.FORFEITED)
    return tidy([*past, *later.split(ahead, split.numerator, split.denominator), *forfeited])


def split_entries(
    of: ShareClass,
    split: ClassSplit,
    on: date,
    *,
    pieces: Sequence[Piece],
    ratios: Sequence[ClassRatio],
    authorised: int,
) -> list[Draft]:
    """Return the entries of a split, in as many as their size asks for, each balanced against the charter.

    Raises:
        QuantityInvalid: There would be more than 2^53 - 1 minor units.
    """
    change = sum(piece.posting.amount for piece in pieces if piece.posting)
    if not of.unlimited:
        lost = scaled(authorised, split) - authorised - change
        pieces = [Piece(Posting(unissued(of), unit(of.id), lost) if lost else None), *pieces]
        change += lost
    if authorised + change > MOST_UNITS:
        text = f"{of.name} would have more than {MOST_UNITS:,} units; split it into fewer."
        raise QuantityInvalid(text, field="ratio")
    pages = list(paged(pieces))
    return [
        Draft(
            SplitEntry.SPLIT,
            on,
            (*((split, *ratios) if number == 1 else ()), *(value for piece in page for value in piece.records)),
            _balanced(of, page),
            {"class_id": of.id, "part": number, "parts": len(pages)},
        )
        for number, page in enumerate(pages, 1)
    ]


def paged(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Yield the pieces in order, as many at a time as fit into an entry; one empty page where there are none."""
    page: list[Piece] = []
    room = MOST_BYTES
    for piece in pieces:
        size = piece.size
        if page and size > room:
            yield page
            page, room = [], MOST_BYTES
        page.append(piece)
        room -= size
    yield page


def _balanced(of: ShareClass, page: Iterable[Piece]) -> tuple[Posting, ...]:
    moved = [piece.posting for piece in page if piece.posting]
    return netted([*moved, Posting(charter(of.id), unit(of.id), -sum(posting.amount for posting in moved))])


def moved_ratios(db: Session, of: ShareClass, split: ClassSplit, on: date) -> tuple[ClassRatio, ...]:
    """Return the conversion ratios after a split: of this class if it converts, and of those that convert into it."""
    grown = Fraction(split.numerator, split.denominator)
    ratios = {}
    if of.converts_to is not None:
        ratios[of.id] = ratio_in_force(db, of, on) / grown
    for other in every(db, ShareClass, converts_to=of.id):
        ratios[other.id] = ratio_in_force(db, other, on) * grown
    return tuple(ClassRatio(id, ratio.numerator, ratio.denominator) for id, ratio in ratios.items())


def _warrants(db: Session, split: ClassSplit, on: date) -> list[Piece]:
    """Return what a split does to the warrants for shares of a class, which have no account.

    Raises:
        LaterChangeExists: One was issued or changed on a later day.
    """
    found = [position(db, each.id) for each in every(db, Security, kind=SecurityKind.WARRANT.value)]
    for held in found:
        if class_of(held) == split.class_id and held.changed_on > on:
            raise LaterChangeExists(f"{held.security.label} changed on {held.changed_on}, after {on}.", field="on")
    live = [held for held in found if class_of(held) == split.class_id and is_live(held) and size_of(held)]
    return [
        Piece(None, (SecurityEvent(held.security.id, EventKind.ADJUSTED, scaled(size_of(held), split)),))
        for held in live
    ]
