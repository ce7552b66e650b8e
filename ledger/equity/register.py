"""The register: the company, its holders and how they are engaged.

Each deed here is one entry. Names and addresses are in none of them: a holder is an opaque id and a digest of a
document in the vault (``app/people/vault.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import journal, tables
from ledger.entries import Draft
from ledger.equity.values import (
    Engagement,
    EngagementEnd,
    EngagementKind,
    Group,
    Holder,
    HolderKind,
    Identity,
    Issuer,
    IssuerKind,
)
from ledger.errors import (
    AlreadyExists,
    Conflict,
    Invalid,
    NotFound,
)
from ledger.kinds import declare
from ledger.reading import every, find, newest
from ledger.records import Record
from ledger.types import Act, Cut, Price


@declare
class RegisterEntry(StrEnum):
    """The kinds of entry that keep the register."""

    ISSUER_REGISTERED = "issuer.registered"
    """The company and its calendar."""
    HOLDER_ADDED = "holder.added"
    """Someone may hold equity."""
    HOLDER_IDENTIFIED = "holder.identified"
    """A holder's name or address changed, in the vault."""
    HOLDER_ERASED = "holder.erased"
    """Who a holder was is erased from the vault; what they held stays."""
    HOLDER_ENGAGED = "holder.engaged"
    """A holder begins to work with or owns part of the company."""


@dataclass(frozen=True, slots=True)
class IssuerOrder:
    """The company to be registered.

    Attributes:
        time_zone: IANA name, such as ``America/New_York``.
        currency: ISO 4217.
        fiscal_year_end: ``MM-DD``.
    """

    legal_name: str
    kind: IssuerKind
    time_zone: str
    currency: str
    fiscal_year_end: str = "12-31"
    formed_on: date | None = None
    country: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown time zone, day of the year or currency."""
        if not self.legal_name.strip():
            raise Invalid("A company needs a legal name.", field="legal_name")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            text = f"{self.time_zone!r} is no time zone; use a name such as America/New_York."
            raise Invalid(text, field="time_zone") from None
        try:
            date.fromisoformat(f"2001-{self.fiscal_year_end}")
        except ValueError:
            text = f"{self.fiscal_year_end!r} is no day of the year; write it like 12-31."
            raise Invalid(text, field="fiscal_year_end") from None
        Price(0, 0, self.currency)


def register_issuer(db: Session, act: Act, order: IssuerOrder, *, on: date) -> Issuer:
    """Record the company; there is one a database.

    Raises:
        AlreadyExists: A company is on record.
    """
    journal.lock(db)
    if every(db, Issuer):
        raise AlreadyExists("This record already belongs to a company; use another database for another one.")
    made = issuer_from(order, order.id or act.new_id("iss"))
    journal.append(db, act, Draft(RegisterEntry.ISSUER_REGISTERED, on, (made,)))
    return made


def issuer_from(order: IssuerOrder, id: str) -> Issuer:
    """Return the record of a company as ordered."""
    return Issuer(
        id,
        order.legal_name,
        order.kind,
        order.time_zone,
        order.fiscal_year_end,
        order.currency,
        order.formed_on,
        order.country,
    )


def issuer(db: Session) -> Issuer:
    """Return the company.

    Raises:
        NotFound: None is on record yet.
    """
    found = every(db, Issuer)
    if not found:
        raise NotFound("No company is on record yet; register it or import its cap table first.")
    return found[0]


def company_day(db: Session, now: datetime) -> date:
    """Return which day it is where the company is; in UTC while there is no company."""
    return now.astimezone(company_zone(db)).date()


def company_zone(db: Session) -> ZoneInfo:
    """Return the zone in which the company reckons its days; UTC while there is no company."""
    issuers = every(db, Issuer)
    return ZoneInfo(issuers[0].time_zone if issuers else "UTC")


def add_holder(
    db: Session,
    act: Act,
    *,
    kind: HolderKind,
    on: date,
    licensed: bool = False,
    identity: str | None = None,
    id: str | None = None,
) -> Holder:
    """Record someone who may hold equity; ``identity`` proves their vault document.

    Raises:
        AlreadyExists: The id is taken.
    """
    holder = Holder(id or act.new_id("hld"), kind, licensed, identity)
    refuse_taken(db, Holder, id=holder.id)
    journal.append(db, act, Draft(RegisterEntry.HOLDER_ADDED, on, (holder,)))
    return holder


def identify_holder(db: Session, act: Act, holder: str, digest: str, *, on: date) -> None:
    """Record that a holder's name or address is now the vault document with ``digest``.

    Raises:
        NotFound: No such holder.
    """
    find(db, Holder, holder)
    journal.append(db, act, Draft(RegisterEntry.HOLDER_IDENTIFIED, on, (Identity(holder, digest),)))


def engage(
    db: Session, act: Act, holder: str, *, kind: EngagementKind, shown_as: Group, on: date, id: str | None = None
) -> Engagement:
    """Record that a holder works with or owns part of the company from ``on``.

    Raises:
        NotFound: No such holder.
        Conflict: An engagement of the same kind is running or begins later (I3.1).
    """
    find(db, Holder, holder)
    for other, end in engagements(db, holder):
        if other.kind is kind and (end is None or end.ended_on >= on):
            raise Conflict(f"{holder} is already engaged as {kind} from {other.starts_on}.", field="kind")
    engagement = Engagement(id or act.new_id("eng"), holder, kind, shown_as, on)
    journal.append(db, act, Draft(RegisterEntry.HOLDER_ENGAGED, on, (engagement,)))
    return engagement


def engagements(db: Session, holder: str, cut: Cut | None = None) -> list[tuple[Engagement, EngagementEnd | None]]:
    """Return a holder's engagements, each with its end if it has one, oldest first."""
    found = every(db, Engagement, cut, holder=holder)
    return [(one, newest(db, EngagementEnd, cut, engagement=one.id)) for one in found]


def engaged_as(db: Session, holder: str, on: date) -> tuple[EngagementKind, ...]:
    """Return the kinds of engagement running on a day; the day it ended is its last."""
    return tuple(
        one.kind for one, end in engagements(db, holder) if one.starts_on <= on and (end is None or end.ended_on >= on)
    )


def refuse_taken(db: Session, of: type[Record], **equal: str) -> None:
    """Refuse an id, name or label that any entry has ever used, reversed or not.

    Raises:
        AlreadyExists: It is taken.
    """
    rows = tables.table(of)
    where = [rows.c[name] == value for name, value in equal.items()]
    if db.execute(select(rows.c.n).where(*where)).first():
        [(name, value)] = equal.items()
        raise AlreadyExists(
            f"There is already a {of.__spec__.name.replace('_', ' ')} with {name} {value!r}.", field=name
        )
