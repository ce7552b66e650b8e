"""A client of the API, for other programs: retried safely, typed, and with nothing of the service in it.

Needs ``httpx2`` alone (``pip install 'vestry[client]'``)::

    with Vestry("https://equity.example.org", token) as vestry:
        for row in vestry.hand_in(rows, system="my-ehr"):
            print(row.external_id, row.result)
"""

from app.client.calls import Vestry
from app.client.connection import JobFailed, ProblemPart, Refused, Unreachable
from app.client.records import (
    Counts,
    Equity,
    Event,
    Holding,
    Imported,
    Job,
    Row,
    RowProblem,
    Session,
    Statement,
    Totals,
    Week,
)

__all__ = [
    "Counts",
    "Equity",
    "Event",
    "Holding",
    "Imported",
    "Job",
    "JobFailed",
    "ProblemPart",
    "Refused",
    "Row",
    "RowProblem",
    "Session",
    "Statement",
    "Totals",
    "Unreachable",
    "Vestry",
    "Week",
]
