"""What becomes of a certificate when something is done with all or part of it: what the deeds on certificates share.

As the Open Cap Format has it (ocf.md, traversal rule), any act ends the certificate. What the act takes goes where the
act says; what remains is issued again as a balance certificate with an id and a label of its own. So the units that
went in are the units that come out (E11 I11.1), and a certificate's number always means the same shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ledger.entries import Draft, Posting, netted
from ledger.equity.labels import labels_after, stem_of
from ledger.equity.milestones import START, events_of
from ledger.equity.pricing import price_of
from ledger.equity.securities import Position, position, security_account, unit_of
from ledger.equity.values import (
    Award,
    EventKind,
    Holder,
    Schedule,
    ScheduleCause,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import Mark, Table, encode, is_vested, tidy
from ledger.errors import NotAllowedNow, Overdrawn, TermsInvalid
from ledger.kinds import declare
from ledger.records import Record
from ledger.types import Act, Price, check_units, decimal_text


@declare
class CertificateEntry(StrEnum):
    """The kinds of entry about certificates, and about grants where the same is done with them."""

    ISSUED = "stock.issued"
    """A certificate of new shares."""
    TRANSFERRED = "security.transferred"
    """Went to another holder, whole or in part."""
    CONVERTED = "security.converted"
    """Became shares of another class."""
    REPURCHASED = "security.repurchased"
    """The company bought it back."""
    CANCELLED = "security.cancelled"
    """The company cancelled it, whole or in part."""
    REISSUED = "security.reissued"
    """One certificate was replaced by others of the same shares."""
    CONSOLIDATED = "security.consolidated"
    """Certificates were replaced by one of the same shares."""


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a security an act takes, and what the certificates that come out are called.

    Attributes:
        quantity: Minor units (of a note: smallest units of its money), or None for all that is left.
        label: Of the certificate that comes out of the part taken; None for the next number.
        balance_label: Of the certificate for what remains; None for the next number.
    """

    quantity: int | None = None
    label: str | None = None
    balance_label: str | None = None

    def __post_init__(self) -> None:
        """Refuse a part of nothing."""
        if self.quantity is not None:
            check_units(self.quantity)


WHOLE = Part()
"""All that is left of a security."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a new security is called, and what a share of it costs on the day it is made."""

    id: str
    label: str
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """A security divided into what an act takes and what remains; the tables are empty where nothing vests.

    Attributes:
        taken: Minor units taken, at least one.
        taken_table: Their instalments.
        rest: Minor units that remain; 0 when all is taken.
        rest_table: Their instalments.
    """

    taken: int
    taken_table: Table
    rest: int
    rest_table: Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the part that an act takes goes.

    Attributes:
        postings: The side of the entry that takes the units in.
        records: The new securities, with their terms.
        results: Their ids.
    """

    postings: tuple[Posting, ...]
    records: tuple[Record, ...] = ()
    results: tuple[str, ...] = ()


def security_on(db: Session, security_id: str, on: date) -> Position:
    """Return a certificate or grant of which something is left, as it may be changed on a day.

    Raises:
        NotFound: No such security.
        NotAllowedNow: Nothing is left of it, it was issued later, or it is a note or warrant.
        LaterChangeExists: It has changed since that day.
    """
    held = position(db, security_id)
    if held.security.kind not in {SecurityKind.STOCK, SecurityKind.AWARD}:
        text = f"{held.security.label} is a note or warrant, which has deeds of its own."
        raise NotAllowedNow(text, field="security")
    held.refuse_before(on)
    held.refuse_unless_live()
    return held


def certificate_on(db: Session, security_id: str, on: date) -> Position:
    """Return a certificate of which something is left, as it may be changed on a day.

    Raises:
        NotAllowedNow: It is no certificate, its vesting is paused, or as ``security_on``.
    """
    held = security_on(db, security_id, on)
    if held.security.kind is not SecurityKind.STOCK:
        raise NotAllowedNow(f"{held.security.label} is a grant, not a certificate of shares.", field="security")
    refuse_paused(held)
    return held


def named(
    db: Session, act: Act, held: Position, labels: Sequence[str | None], *, on: date, first_stem: str | None = None
) -> list[Name]:
    """Return what securities that come out of another are called, with its price a share on the day they are made.

    Those without a label get the next numbers after the other one's, the first after ``first_stem`` if it is of another
    class.

    Raises:
        AlreadyExists: A label is taken.
    """
    price = price_of(db, held.security.id, on)
    stem = stem_of(held.security.label)
    stems = [first_stem or stem, *[stem] * (len(labels) - 1)]
    found = labels_after(db, list(zip(labels, stems, strict=True)))
    return [Name(act.new_id("sec"), label, price) for label in found]


def divided(held: Position, quantity: int | None, on: date, *, latest_first: bool = False) -> Division:
    """Return how a security falls in two.

    Args:
        held: A security of which something is left.
        quantity: Minor units to take, or None for all.
        on: The day of the act.
        latest_first: Take the latest instalments (cancelling and buying back, equity.md §3.6) instead of the earliest.

    Raises:
        Overdrawn: More than is left.
    """
    taken = held.outstanding if quantity is None else quantity
    refuse_beyond(held, taken, held.outstanding, on, "units left")
    rest = held.outstanding - taken
    _, unused = parted(living(held.table), held.used(), on)
    if latest_first:
        kept, gone = parted(unused, rest, on)
    else:
        gone, kept = parted(unused, taken, on)
    return Division(taken, gone, rest, kept)


def refuse_beyond(held: Position, quantity: int, most: int, on: date, what: str) -> None:
    """Refuse to take more of a security than there is.

    Raises:
        Overdrawn: ``quantity`` is above ``most``.
    """
    if quantity <= most:
        return
    decimals = held.share_class.decimals if held.share_class else 0
    has, needs = decimal_text(most, decimals), decimal_text(quantity, decimals)
    text = f"{held.security.label} has {has} {what} on {on}; this needs {needs}."
    raise Overdrawn(security_account(held.security), most, quantity, on, text)


def refuse_unlicensed(share_class: ShareClass, holder: Holder) -> None:
    """Refuse shares of a licensees' class to someone without a licence (E5 I5.2).

    Raises:
        TermsInvalid: The holder has none.
    """
    if share_class.licensed_only and not holder.licensed:
        raise TermsInvalid(f"{share_class.name} can only be held by licensees.", field="holder")


def refuse_paused(held: Position) -> None:
    """Refuse to divide what waits for the end of a leave or of an appeal: the end is told to this security by its id.

    Raises:
        NotAllowedNow: Its vesting is paused.
    """
    if any(row.mark is Mark.PAUSED for row in held.table):
        raise NotAllowedNow(f"Vesting of {held.security.label} is paused; wait until it goes on.", field="security")


def living(table: Table) -> Table:
    """Return the rows of a table that are not forfeited."""
    return tuple(row for row in table if row.mark is not Mark.FORFEITED)


def parted(table: Table, units: int, on: date) -> tuple[Table, Table]:
    """Return the first ``units`` of a table and the rest: what has vested by ``on`` before what has not, then by date.

    A table that holds fewer comes out whole, with nothing beside it.
    """
    first, second, left = [], [], units
    for row in sorted(table, key=lambda row: (not is_vested(row, on), row.date)):
        part = min(row.quantity, left)
        left -= part
        first.append(row._replace(quantity=part))
        second.append(row._replace(quantity=row.quantity - part))
    return tidy(first), tidy(second)


def successor(held: Position, name: Name, table: Table, **changes: Any) -> tuple[Security, tuple[Record, ...]]:
    """Return a certificate that comes out of another, and the records of its terms where it still has a table.

    Args:
        held: The certificate that ends.
        name: What the new one is called.
        table: Its instalments.
        changes: The other fields in which it differs; ``quantity`` at least.
    """
    made = replace(
        held.security, id=name.id, label=name.label, price=name.price, from_security=held.security.id, **changes
    )
    if not table:
        return made, ()
    schedule = Schedule(made.id, ScheduleCause.TRANSFERRED, encode(table))
    return made, (schedule,) if held.award is None else (_same_terms(held, held.award, made.id), schedule)


def _same_terms(held: Position, award: Award, security_id: str) -> Award:
    """Return the terms for a security that comes out of another, with what has become known since."""
    known = {name: day.isoformat() for name, day in events_of(held).items() if name != START}
    start = events_of(held).get(START)
    return replace(award, security=security_id, vesting_start=start, events=known or None)


def remaining(held: Position, rest_table: Table, on: date, cause: ScheduleCause) -> tuple[Schedule, ...]:
    """Return the table of a security after an act took part of it: what was used or forfeited stays in it as history.

    None where the security never had a table.
    """
    if not held.table:
        return ()
    used, _ = parted(living(held.table), held.used(), on)
    forfeited = (row for row in held.table if row.mark is Mark.FORFEITED)
    return (Schedule(held.security.id, cause, encode(tidy([*used, *rest_table, *forfeited]))),)


def into(of: Security, quantity: int) -> Posting:
    """Return the posting that puts units into the account of a security."""
    return Posting(security_account(of), unit_of(of), quantity)


def ending(
    kind: StrEnum,
    on: date,
    held: Position,
    division: Division,
    outcome: Outcome,
    balance: Name | None,
    event: SecurityEvent,
) -> Draft:
    """Return the entry that ends a certificate: the part taken goes where ``outcome`` says, the rest to a balance.

    Args:
        kind: The kind of the entry.
        on: The day of the act.
        held: The certificate.
        division: What is taken of it and what remains.
        outcome: Where the part taken goes.
        balance: What the certificate for the rest is called; None when nothing remains.
        event: What happened; the ids of what came out are filled in.
    """
    postings = [into(held.security, -held.outstanding), *outcome.postings]
    records, detail = list(outcome.records), None
    if balance is not None:
        rest, terms = successor(held, balance, division.rest_table, quantity=division.rest)
        records += [rest, *terms]
        postings.append(into(rest, division.rest))
        detail = {"balance": rest.id}
    taken_back = event.kind in {EventKind.CANCELLED, EventKind.REPURCHASED}
    cause = ScheduleCause.CANCELLED if taken_back else ScheduleCause.TRANSFERRED
    told = replace(event, results=list(outcome.results) or None, detail=detail)
    return Draft(kind, on, (*records, told, *remaining(held, (), on, cause)), netted(postings))
