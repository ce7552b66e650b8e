"""Our own columns, for every system that has no reader of its own: sessions one by one, or tallies of a day."""

from __future__ import annotations

from app.imports.sessions.columns import Heading
from app.imports.sessions.lines import FIELDS
from app.imports.sessions.sources import simplepractice, therapynotes

HEADING = Heading(
    allowed={field: (field,) for field in FIELDS},
    # what other systems call the columns that must not come in; only used to name what was dropped
    dropped=(
        *simplepractice.HEADING.dropped,
        *therapynotes.HEADING.dropped,
        "Client ID",
        "Client Name",
        "Patient",
        "Patient ID",
        "Patient Name",
        "Payer",
        "Insurance",
        "Diagnosis",
        "Fee",
        "Rate",
        "Note",
        "Notes",
        "Email",
        "Phone",
        "Address",
    ),
    required=(("provider",), ("date", "start")),
)
