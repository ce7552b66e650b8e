"""Every noun of the API, in the order in which they are described."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    access,
    capital,
    captable,
    classes,
    dealings,
    describe,
    disputes,
    entries,
    grants,
    holders,
    instrument_changes,
    instruments,
    issuer,
    layoffs,
    leaving,
    members,
    ocf,
    open,
    patronage,
    periods,
    plans,
    policies,
    providers,
    replacements,
    schedules,
    securities,
    session_imports,
    sessions,
    statements,
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
    layoffs,
    instruments,
    instrument_changes,
    captable,
    ocf,
    sessions,
    session_imports,
    providers,
    statements,
    disputes,
    periods,
    policies,
    patronage,
    members,
    capital,
    entries,
    verification,
    access,
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
    {"name": "layoff-cases", "description": "Reductions, filed where the council sees them before anybody is told."},
    {
        "name": "instruments",
        "description": "Notes, SAFEs and warrants, outside the share totals until they are shares.",
    },
    {"name": "captable", "description": "Who holds what, as of any day and as known before any entry."},
    {"name": "open-cap-format", "description": "Packages of the Open Cap Format, in and out."},
    {
        "name": "sessions",
        "description": "Delivered sessions, handed in, put right, told in totals; no client, ever.",
    },
    {"name": "session-imports", "description": "Files of delivered sessions: checked, saved, undone."},
    {
        "name": "providers",
        "description": "A provider's own sessions, thresholds and leaves. Nobody else gets in, and tries are noted.",
    },
    {"name": "statements", "description": "A provider's month: attested or disputed by them alone."},
    {"name": "disputes", "description": "Disputed statements, by case number, up to the council's word."},
    {"name": "periods", "description": "Months, closed by two people."},
    {"name": "credit-policies", "description": "How sessions become credit, as the members passed it."},
    {"name": "patronage", "description": "Pools split by credited minutes, to the cent or the unit, by two people."},
    {"name": "members", "description": "What is a member's own of patronage and capital."},
    {"name": "capital", "description": "The books of capital: surplus and loss, what is paid in and redeemed."},
    {"name": "access-log", "description": "Who tried to see or do what is only somebody else's."},
    {"name": "journal", "description": "The numbered entries themselves, proofs, and the verifier."},
    {"name": "tokens", "description": "Who may come in."},
    {"name": "service", "description": "The service itself; no token needed."},
]


def include_all(app: FastAPI) -> None:
    """Add every router to the service."""
    app.include_router(open.router)
    for noun in DOORS:
        app.include_router(noun.door.router, prefix=describe.PREFIX)
