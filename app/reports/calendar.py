"""Somebody's days as an iCalendar feed (RFC 5545). Pure: the same days give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

MADE_BY = "-//Vestry//Calendar//EN"
REFRESH = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Happening:
    """A day or a moment in somebody's calendar.

    Attributes:
        uid: What it is, for ever.
        at: The moment, aware, in UTC; or a day, for what has no hour.
        title: What it is called; never a number of units.
        page: The address of the page about it.
        changes: How often it has changed; it rises with each.
        changed_at: When it was made or changed last.
        is_off: Whether it does not take place any more.
    """

    uid: str
    at: datetime | date
    title: str
    page: str
    changes: int
    changed_at: datetime
    is_off: bool = False


if TYPE_CHECKING:
    from icalendar import Event


def feed(name: str, happenings: Iterable[Happening]) -> bytes:
    """Return a calendar, as programs fetch it."""
    from icalendar import Calendar  # noqa: PLC0415 - a service whose people have no calendar is smaller without it

    made = Calendar()
    made.add("prodid", MADE_BY)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("name", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    for one in happenings:
        made.add_component(_event(one))
    return bytes(made.to_ical())


def _event(of: Happening) -> Event:
    from icalendar import Event  # noqa: PLC0415

    made = Event()
    made.add("uid", of.uid)
    made.add("sequence", of.changes)
    made.add("dtstamp", of.changed_at)
    made.add("last-modified", of.changed_at)
    made.add("dtstart", of.at)
    if not isinstance(of.at, datetime):
        made.add("dtend", of.at + timedelta(days=1))
    made.add("summary", of.title)
    made.add("url", of.page)
    made.add("description", of.page)
    made.add("class", "PRIVATE")
    # it takes up no time: nobody is busy because a vote is open
    made.add("transp", "TRANSPARENT")
    made.add("status", "CANCELLED" if of.is_off else "CONFIRMED")
    return made
