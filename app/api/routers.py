"""Every noun of the API, in the order in which they are described."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import classes, describe, grants, holders, issuer, open, plans, securities, valuations

DOORS = (issuer, holders, classes, plans, valuations, grants, securities)

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
    {"name": "service", "description": "The service itself; no token needed."},
]


def include_all(app: FastAPI) -> None:
    """Add every router to the service."""
    app.include_router(open.router)
    for noun in DOORS:
        app.include_router(noun.door.router, prefix=describe.PREFIX)
