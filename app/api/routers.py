"""Every noun of the API, in the order in which they are described."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    captable,
    classes,
    dealings,
    describe,
    entries,
    grants,
    holders,
    instrument_changes,
    instruments,
    issuer,
    leaving,
    open,
    plans,
    replacements,
    schedules,
    securities,
    tokens,
    valuations,
    verification,
)

DOORS = (
    issuer,
    holders,
    classes,
    plans,
    valuations,
    grants,
    securities,
    dealings,
    replacements,
    schedules,
    leaving,
    instruments,
    instrument_changes,
    captable,
    entries,
    verification,
    tokens,
)

TAGS = [
    {"name": "issuer", "description": "The company whose record this is."},
    {"name": "holders", "description": "Who may hold equity, what they are called, and how they are engaged."},
    {"name": "share-classes", "description": "What the charter authorises."},
    {"name": "plans", "description": "Shares that the board reserved for awards, and what is left of them."},
    {"name": "valuations", "description": "What a share is worth (409A), since when and until when."},
    {
        "name": "grant-drafts",
        "description": "Grants on their way: drafted by one person, approved by another to the letter, then issued.",
    },
    {"name": "securities", "description": "Certificates, grants, notes and warrants, and what happens to them."},
    {"name": "vesting", "description": "What may change a schedule that was promised."},
    {"name": "leaving", "description": "Engagements that end, or become others, and what follows for what is held."},
    {
        "name": "instruments",
        "description": "Notes, SAFEs and warrants, outside the share totals until they are shares.",
    },
    {"name": "captable", "description": "Who holds what, as of any day and as known before any entry."},
    {"name": "journal", "description": "The numbered entries themselves, proofs, and the verifier."},
    {"name": "tokens", "description": "Who may come in."},
    {"name": "service", "description": "The service itself; no token needed."},
]


def include_all(app: FastAPI) -> None:
    """Add every router to the service."""
    app.include_router(open.router)
    for noun in DOORS:
        app.include_router(noun.door.router, prefix=describe.PREFIX)
