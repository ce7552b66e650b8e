"""What other systems call our columns: suggested where a file of theirs has them, so that nobody has to name each.

Only words out of this list are ever taken from a header; whatever else stands there stays unread.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping

from app.imports.sessions.columns import normal
from app.imports.sessions.sniff import Container, opened, sniff
from app.imports.sessions.sources.delimited import DELIMITERS

KNOWN: Mapping[str, tuple[str, ...]] = {
    "provider": ("Clinician", "Clinician Name", "Provider", "Provider Name", "Therapist", "Therapist Name", "Staff"),
    "date": ("Date", "DOS", "Date of Service", "Service Date", "Session Date", "Appointment Date"),
    "start": ("Start", "Start Time", "Starts", "Begin"),
    "minutes": ("Minutes", "Duration", "Duration (min)", "Length", "Session Length"),
    "code": ("Code", "CPT", "CPT Code", "Billing Code", "Service Code", "Procedure Code"),
    "category": ("Category", "Session Type", "Service Type"),
    "modality": ("Modality", "Visit Type", "Place"),
    "attendance": ("Attendance", "Status", "Appointment Status", "Session Status"),
    "external_id": ("Session ID", "Appointment ID", "External ID"),
    "count": ("Count", "Sessions"),
}
"""Our field to the headers that it may stand under, the likeliest first."""

MOST_HEAD = 64 * 1024
"""Bytes in which the first row ends."""


def suggested(data: bytes, columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of a text: those that were named, and for the others what of ``KNOWN`` its first row has.

    Raises:
        FileRefused: It is empty, or neither text nor a workbook.
    """
    with opened(data) as file:
        sniffed = sniff(file)
    found = dict(columns)
    if sniffed.container is not Container.CSV:
        return found
    head = data[:MOST_HEAD].decode(sniffed.encoding, "replace").lstrip("\ufeff")
    first = next((line for line in head.splitlines() if line.strip()), "")
    taken = {normal(header) for header in columns.values()}
    known = {normal(name) for names in KNOWN.values() for name in names}
    rows = [next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS]
    present = {normal(cell) for cell in max(rows, key=lambda cells: len(known & {normal(cell) for cell in cells}))}
    for field, names in KNOWN.items():
        if field not in found and normal(field) not in present:
            fitting = next((name for name in names if normal(name) in present - taken), None)
            if fitting is not None:
                found[field] = fitting
                taken.add(normal(fitting))
    return found
