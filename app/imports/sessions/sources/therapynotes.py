"""TherapyNotes' billing transactions, a workbook (sessions.md §5.4).

Payments and adjustments stand between the appointments; only rows of type ``Appointment`` are sessions. Dates are
serial numbers of Excel's, mostly without a time of day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any, BinaryIO

from app.imports.sessions.columns import Heading, Layout, lay_out
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.lines import Defect, Lines
from app.imports.sessions.reasons import Reason
from app.imports.sessions.sources.workbook import Sheet, open_sheet

SHEET = "Billing Transactions"
APPOINTMENT = "appointment"

HEADING = Heading(
    allowed={
        "type": ("Type",),
        "start": ("Date",),
        "provider": ("Clinician Name",),
        "code": ("Service Code",),
    },
    dropped=(
        "Appointment Type",
        "Service Description",
        "POS",
        "Units",
        "Last Name",
        "First Name",
        "DOB",
        "Patient Member ID",
        "Clinician NPI",
        "Clinician Type",
        "Bill as Supervisor",
        "Supervisor Name",
        "Supervisor NPI",
        "Location",
        "Billing Method",
        "Payment Type",
        "Primary Insurer Name",
        "Primary Insurer Group",
        "In Network",
        "Secondary Insurer Name",
        "Secondary Insurer Group",
        "Primary Diagnosis",
        "Modifier Code 1",
        "Modifier Code 2",
        "Modifier Code 3",
        "Modifier Code 4",
        "Rate",
        "Payment Assigned to Practice",
        "Patient Amount Due",
        "Patient Amount Paid",
        "Patient Unassigned Credit",
        "Patient Balance Status",
        "Insurance Amount Due",
        "Insurance Amount Paid",
        "Insurance Unassigned Credit",
        "Insurance Balance Status",
        "Note Status",
        "Documents Created",
        "Comments",
    ),
    required=(("type",), ("start",), ("code",)),
)

_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LATEST_SERIAL = 2_958_465
"""9999-12-31, the last day that Excel knows."""


def read_therapynotes(stream: BinaryIO, heading: Heading) -> tuple[Layout, Lines]:
    """Return the layout of the workbook's sheet of billing transactions and its lines.

    Raises:
        FileRefused: It can't be opened, lacks the sheet or a column, or swells.
    """
    sheet = open_sheet(stream, SHEET)
    for row, cells in enumerate(sheet.rows, 1):
        if any(cells):
            layout = lay_out([cell if isinstance(cell, str) else "" for cell in cells], heading)
            return layout, _lines(sheet, layout, row)
    raise FileRefused(Finding(Reason.FILE_EMPTY))


def _lines(sheet: Sheet, layout: Layout, row: int) -> Lines:
    """Yield the rows below the header, which was row number ``row``."""
    epoch = _EPOCH_1904 if sheet.counts_from_1904 else _EPOCH
    kind, start = layout.positions["type"], layout.positions["start"]
    pick: itemgetter[Any] = itemgetter(*layout.line_positions)
    for cells in sheet.rows:
        row += 1
        if not any(cells):
            continue
        if _text(cells[kind]).casefold() != APPOINTMENT:
            yield Defect(row, Reason.NOT_A_SESSION)
            continue
        cells[start] = _day_text(cells[start], epoch)
        cells.append("")
        yield (row, *map(_text, pick(cells)))  # type: ignore[misc]  # as many as FIELDS has


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell.strip()
    whole = isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell // 1
    return str(int(cell)) if whole else ""  # type: ignore[call-overload]  # a number, as tested above


def _day_text(cell: object, epoch: datetime) -> str:
    """Return a date as our own columns have it, with the time where the cell has one."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not 0 < cell <= _LATEST_SERIAL:
            return "0"  # there, but no date
        cell = epoch + timedelta(minutes=round(cell * 1440))
    if isinstance(cell, datetime):
        moment = cell + timedelta(seconds=30)
        return f"{moment:%Y-%m-%d}" if moment.time() < time(0, 1) else f"{moment:%Y-%m-%dT%H:%M}"
    return cell.isoformat() if isinstance(cell, date) else _text(cell)
