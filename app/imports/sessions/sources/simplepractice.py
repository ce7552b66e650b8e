"""SimplePractice's appointment status report, a CSV file (sessions.md §5.4).

One row per client, so a group of eight is eight rows. The clinician has a name and no id, and none at all in a practice
of one. There are no minutes, and mostly no word on who came. Columns have come and gone over the years, ``Write Off``
was ``Write-off``, and ``Charge``, ``Paid`` and ``Unpaid`` stand there twice.
"""

from __future__ import annotations

from app.imports.sessions.columns import Heading

HEADING = Heading(
    allowed={
        "start": ("Date of Service",),
        "provider": ("Clinician",),
        "code": ("Billing Code",),
        "attendance": ("Appointment Status", "Status"),
    },
    dropped=(
        "Client",
        "Primary Insurance",
        "Secondary Insurance",
        "Rate per Unit",
        "Units",
        "Total Fee",
        "Progress Note Status",
        "Client Payment Status",
        "Charge",
        "Uninvoiced",
        "Paid",
        "Unpaid",
        "Insurance Payment Status",
        "Write Off",
    ),
    required=(("start",), ("code",)),
)
