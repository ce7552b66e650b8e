"""The journal as a feed, for programs that follow it: what happened to what, by numbers without a gap."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import EntryNumber, Told, shown
from app.events.feed import Event, events_after
from app.events.types import MEANINGS
from app.people.tokens import Scope

door = Door("events")

EXAMPLE = {
    "type": "grant.issued",
    "timestamp": "2026-03-02T15:30:00Z",
    "data": {"id": "sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "entry": 4811, "reverses": None},
}


def _check_type(value: str) -> str:
    if value not in MEANINGS:
        raise PydanticCustomError("event_type", "There is no such type of event; /v1/events/types lists them.")
    return value


EventName = Annotated[
    str,
    AfterValidator(_check_type),
    WithJsonSchema({"type": "string", "enum": list(MEANINGS), "examples": ["grant.issued"]}),
]
"""A type of event."""


class FeedEventData(Told):
    """What an event is about."""

    id: str | None
    """Of the grant, proposal, import … it is about; none where only those concerned may know."""
    entry: int | None
    """Number of the journal's entry; the numbers have no gap. None for a webhook that is tried."""
    reverses: int | None
    """Number of the entry that counts no more, where this one undoes one."""


class FeedEventOut(Told):
    """Something that happened, in the shape of the Standard Webhooks: thin, with no personal data."""

    model_config = shown(EXAMPLE)

    type: str
    timestamp: datetime
    data: FeedEventData

    @classmethod
    def of(cls, event: Event) -> FeedEventOut:
        """Return an event as the feed and webhooks tell it."""
        data = FeedEventData(id=event.id, entry=event.n, reverses=event.reverses)
        return cls(type=event.type, timestamp=event.at, data=data)


class Events(Told):
    """Events, oldest first."""

    model_config = shown({"data": [EXAMPLE], "last": 4811, "has_more": False})

    data: list[FeedEventOut]
    last: int | None
    """Everything up to this entry was looked at: ask next with it as `after`."""
    has_more: bool
    """Whether there is more already."""


class EventTypeOut(Told):
    """A type of event."""

    model_config = shown({"type": "grant.issued", "description": MEANINGS["grant.issued"]})

    type: str
    description: str


class EventTypes(Told):
    """Every type of event, by name."""

    model_config = shown({"data": [{"type": "grant.issued", "description": MEANINGS["grant.issued"]}]})

    data: list[EventTypeOut]


def _has_some(told: Events) -> bool:
    return bool(told.data)


@door.read("/events", Scope.EVENTS_READ, until=_has_some)
def list_events(
    db: Session,
    after: Annotated[
        EntryNumber | SkipJsonSchema[None],
        Query(
            description="Only what follows on this entry: the `last` of the page before. From the beginning if none.",
            examples=[4811],
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
    type: Annotated[
        list[EventName] | SkipJsonSchema[None], Query(description="Of this type only; may be given several times.")
    ] = None,
) -> Events:
    """List what happened, oldest first.

    One event for each entry of the journal, numbered without a gap: whoever goes on after `last` misses nothing and
    sees nothing twice. With `Prefer: wait=30` the answer waits for the next one. Webhooks tell the same events; read on
    here after they could not reach you.
    """
    found = events_after(db, after, limit=limit, types=frozenset(type or ()))
    return Events(data=[FeedEventOut.of(one) for one in found.events], last=found.last, has_more=found.has_more)


@door.read("/events/types", Scope.EVENTS_READ)
def list_event_types(db: Session) -> EventTypes:
    """List the types of events."""
    del db
    return EventTypes(data=[EventTypeOut(type=name, description=meaning) for name, meaning in MEANINGS.items()])
