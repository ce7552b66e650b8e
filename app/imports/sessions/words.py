"""The closed vocabularies as exports write them, and which headers speak of clients."""

from __future__ import annotations

import re
from types import MappingProxyType

from ledger.sessions.values import Attendance, Category, Modality

SKIP = "SKIP"
"""What a map writes for a status or a code whose rows are no sessions."""


def word(text: str) -> str:
    """Return a word as we compare it: capitals, with one underscore for spaces, slashes and hyphens."""
    return re.sub(r"[\s/_-]+", "_", text.strip()).upper()


CATEGORIES = MappingProxyType({category.value: category for category in Category})
MODALITIES = MappingProxyType({modality.value: modality for modality in Modality})

STATUSES: MappingProxyType[str, Attendance | None] = MappingProxyType(
    {attendance.value: attendance for attendance in Attendance}
    | {
        "SHOW": Attendance.DELIVERED,
        "LATE_CANCELLED": Attendance.LATE_CANCEL,
        "LATE_CANCELED": Attendance.LATE_CANCEL,
        "CANCELLED": None,
        "CANCELED": None,
        "CLINICIAN_CANCELLED": None,
        "CLINICIAN_CANCELED": None,
    }
)
"""Statuses of SimplePractice (sessions.md §5.4) and our own words; ``None``: no session, and nobody's lost time."""

_OF_CLIENTS = frozenset(
    [
        "address",
        "amount",
        "balance",
        "birth",
        "birthday",
        "charge",
        "claim",
        "claims",
        "client",
        "clients",
        "comment",
        "comments",
        "copay",
        "diagnosis",
        "dob",
        "dx",
        "email",
        "fee",
        "fees",
        "gender",
        "icd",
        "initials",
        "insurance",
        "insured",
        "insurer",
        "invoice",
        "location",
        "member",
        "modifier",
        "mrn",
        "name",
        "note",
        "notes",
        "outcome",
        "paid",
        "patient",
        "patients",
        "payer",
        "payment",
        "phone",
        "policy",
        "pos",
        "rate",
        "score",
        "sex",
        "ssn",
        "subscriber",
        "unpaid",
        "zip",
    ]
)
"""Words of headers that no map may point at (sessions.md §5.1, forbidden fields)."""

_OF_CLINICIANS = frozenset({"clinician", "clinicians", "provider", "therapist", "staff", "practitioner", "counselor"})


def speaks_of_clients(header: str) -> bool:
    """Return whether a header is of a column that must not be read: a client, a payer, a diagnosis, a fee, a note.

    "Name" alone is, "Clinician Name" is not, "Client of clinician" is.
    """
    words = set(re.findall(r"[a-z]+", header.casefold()))
    found = words & _OF_CLIENTS
    return bool(found - {"name"} or (found and not words & _OF_CLINICIANS))
