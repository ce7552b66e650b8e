"""All pages, in one list, added to the service beside the API."""

from __future__ import annotations

from fastapi import FastAPI

from app.web import (
    admin,
    agenda,
    announcing,
    audit,
    board,
    booth,
    calendar,
    capital,
    changes,
    decisions,
    door,
    downloads,
    elsewhere,
    finance,
    granting,
    holdings,
    import_maps,
    imports,
    mail_queue,
    member,
    own_patronage,
    passkeys,
    patronage,
    people,
    periods,
    petitions,
    policies,
    preferences,
    proposing,
    recounts,
    sessions,
    settings,
    start,
    steward,
    stopping,
    taking_part,
    talk,
    ways_in,
)

AUDIENCES = (
    door,
    settings,
    passkeys,
    elsewhere,
    member,
    sessions,
    proposing,
    decisions,
    booth,
    taking_part,
    talk,
    petitions,
    policies,
    admin,
    start,
    finance,
    holdings,
    changes,
    downloads,
    imports,
    import_maps,
    patronage,
    capital,
    own_patronage,
    periods,
    preferences,
    calendar,
    stopping,
    ways_in,
    mail_queue,
    audit,
    recounts,
    agenda,
    steward,
    granting,
    people,
    announcing,
    board,
)
"""One module an audience."""


def include_all(app: FastAPI) -> None:
    """Add every page to the service; none stands in the API's description."""
    for audience in AUDIENCES:
        app.router.routes.extend(audience.pages.routes)
