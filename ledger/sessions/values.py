"""A delivered session or a day's tally, and the closed vocabularies they are told in.

The schema is the whole of what may be known (sessions.md §5.1): no field for a client, a payer, a diagnosis, a fee or a
note exists, and none may be added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.errors import Invalid

MOST_MINUTES = 480
"""The longest one session can be."""

MOST_DAY_MINUTES = 960
"""The most a provider can have delivered in a day; above it a row waits for a person to look (E14 I14.3)."""


class Category(StrEnum):
    """What kind of service a session was; each is credited alike, minute by minute."""

    INTAKE = "INTAKE"
    """A first, diagnostic meeting."""
    INDIVIDUAL = "INDIVIDUAL"
    """With one person."""
    FAMILY_COUPLES = "FAMILY_COUPLES"
    """With a couple or a family."""
    GROUP = "GROUP"
    """With a group: one session, however many attend."""
    CRISIS = "CRISIS"
    """In a crisis."""
    OTHER = "OTHER"
    """None of these."""


class Modality(StrEnum):
    """How provider and client met."""

    IN_PERSON = "IN_PERSON"
    """In one room."""
    VIDEO = "VIDEO"
    """By video."""
    PHONE = "PHONE"
    """By telephone."""
    CHAT = "CHAT"
    """In writing."""


class Attendance(StrEnum):
    """Whether it took place."""

    DELIVERED = "DELIVERED"
    """It took place."""
    NO_SHOW = "NO_SHOW"
    """Nobody came; counted, credited only as far as the members decided."""
    LATE_CANCEL = "LATE_CANCEL"
    """Cancelled too late to give the time to someone else."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One session (``count`` 1) or one day's tally of like sessions.

    Attributes:
        provider: Holder id.
        local_date: The day it began, where the provider was.
        minutes: Of the provider's time, all of ``count`` together.
        fingerprint: 32 hex digits that tell a row sent again, keyed so that nobody can guess what is behind it; made of
            source, provider, start, code and minutes, never of a client.
    """

    provider: str
    local_date: date
    category: Category
    modality: Modality
    attendance: Attendance
    count: int
    minutes: int
    fingerprint: str

    def __post_init__(self) -> None:
        """Refuse counts and minutes that can't be."""
        if not 1 <= self.count <= 99:
            raise Invalid("A tally counts 1 to 99 sessions.", field="count")
        if not self.count <= self.minutes <= self.count * MOST_MINUTES:
            raise Invalid(f"A session lasts 1 to {MOST_MINUTES} minutes.", field="minutes")
