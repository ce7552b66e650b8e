"""Every noun of the API, in the order in which they are described."""

from __future__ import annotations

from fastapi import FastAPI

from app.api import (
    access,
    board,
    capital,
    captable,
    checkpoints,
    checks,
    classes,
    comments,
    credit_policies,
    dealings,
    disclosures,
    disputes,
    effects,
    entries,
    events,
    fair_values,
    grants,
    holders,
    instrument_changes,
    instruments,
    issuer,
    jobs,
    layoffs,
    leaving,
    members,
    memberships,
    ocf,
    open,
    own_equity,
    patr_forms,
    patronage,
    payouts,
    periods,
    petitions,
    plans,
    policies,
    proposals,
    proposing,
    providers,
    replacements,
    reports,
    schedules,
    securities,
    session_imports,
    session_undo,
    sessions,
    statements,
    tokens,
    valuations,
    verification,
    votes,
    webhooks,
)

DOORS = (
    issuer,
    holders,
    own_equity,
    classes,
    plans,
    valuations,
    fair_values,
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
    reports,
    disclosures,
    checks,
    ocf,
    sessions,
    session_imports,
    session_undo,
    jobs,
    providers,
    statements,
    disputes,
    periods,
    credit_policies,
    patronage,
    patr_forms,
    members,
    memberships,
    proposals,
    proposing,
    petitions,
    comments,
    votes,
    capital,
    payouts,
    entries,
    events,
    webhooks,
    checkpoints,
    effects,
    policies,
    board,
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
    {"name": "fair-values", "description": "What grants are worth for the accounts (ASC 718)."},
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
    {
        "name": "reports",
        "description": "What finance files and auditors ask for: data, table, workbook or paper.",
    },
    {"name": "disclosures", "description": "Files with whole tax numbers, which two people let leave."},
    {"name": "checks", "description": "The reconciliations that auditors do, each with its figures."},
    {"name": "open-cap-format", "description": "Packages of the Open Cap Format, in and out."},
    {
        "name": "sessions",
        "description": "Delivered sessions, handed in, put right, told in totals; no client, ever.",
    },
    {"name": "session-imports", "description": "Files of delivered sessions: checked, saved, undone."},
    {"name": "jobs", "description": "Requests that are carried out beside: followed, awaited, called off."},
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
    {"name": "memberships", "description": "The register of members: who is one, since when, until when."},
    {
        "name": "votes",
        "description": "One's own ballot, turnout, and after the close the result and the file to count it again.",
    },
    {"name": "proposals", "description": "What is put forward: where it stands, versions, the board's word, notice."},
    {"name": "proposing", "description": "A member's own part in it: propose, want, comment, stand; as nobody else."},
    {"name": "petitions", "description": "Enough signatures force a vote; who signed is told to nobody."},
    {"name": "comments", "description": "What is said about proposals, who stands, and whose interest is their own."},
    {"name": "capital", "description": "The books of capital: surplus and loss, what is paid in and redeemed."},
    {"name": "effects", "description": "What passed takes effect, on its day, unless enough members object in time."},
    {"name": "policies", "description": "What belongs to the members, in versions: one in force a day."},
    {"name": "board", "description": "Seats and terms, filled by election and emptied by recall."},
    {"name": "access-log", "description": "Who tried to see or do what is only somebody else's."},
    {"name": "journal", "description": "The numbered entries themselves, proofs, and the verifier."},
    {
        "name": "events",
        "description": "What happens, as a feed by numbers without a gap; nobody's name, no ballot, no client.",
    },
    {"name": "webhooks", "description": "Events sent to you as they happen, signed, and tried again for three days."},
    {"name": "tokens", "description": "Who may come in."},
    {"name": "service", "description": "The service itself; no token needed."},
]


def include_all(app: FastAPI) -> None:
    """Add every route to the service.

    The routes themselves, and not their routers: an included router makes each of its routes anew, for every service
    and on its first request, which takes half a second.
    """
    app.router.routes.extend(open.router.routes)
    for noun in DOORS:
        app.router.routes.extend(noun.door.routes)


def describe_all(app: FastAPI) -> None:
    """Add every route as the API's description tells it; to make them takes seconds."""
    app.router.routes.extend(open.router.routes)
    for noun in DOORS:
        app.router.routes.extend(route.described() for route in noun.door.routes)
