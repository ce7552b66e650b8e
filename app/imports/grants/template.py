"""An empty spreadsheet of grants, with the columns that are read and what each of them takes."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from app.imports.grants.columns import HEADERS, Field

SAID: dict[Field, str] = {
    Field.HOLDER: "Needed. As the record has it.",
    Field.EMAIL: "Instead of the name, or where two people have one name.",
    Field.QUANTITY: "Needed. Whole units, such as 4800.",
    Field.LABEL: "As printed on the grant; the next number where it is empty.",
    Field.KIND: "NSO, ISO, RSU or RSA.",
    Field.PLAN: "The name of the plan whose pool it comes from.",
    Field.VESTING: "4y/1y/monthly, 4y/0/monthly, 2y/6m/monthly, 2y/0/monthly, 1y quarterly or at once.",
    Field.VESTING_START: "The day from which vesting counts, such as 2026-03-02.",
    Field.PRICE: "Of a share, such as 0.62; empty for RSUs.",
    Field.GRANT_DATE: "On the day of the approval or later.",
    Field.BOARD_APPROVED_ON: "As in the minutes.",
    Field.RESOLUTION: "As in the minutes, such as board:2026-02.",
    Field.EXEMPTION: "RULE_701, or another one such as REG_D_506B; what the page says where it is empty.",
}
"""Field to what its column takes."""

MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in the file for when it was made, so that it is always the same."""


def template() -> bytes:
    """Return the workbook: the first sheet is to be filled in, the second says how."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - it is rarely wanted

    out = BytesIO()
    book = Workbook(out, {"strings_to_formulas": False})
    book.set_properties({"title": "Grants", "created": MADE})
    bold = book.add_format({"bold": True})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Grants")
    for place, (field, names) in enumerate(HEADERS.items()):
        is_day = field in {Field.VESTING_START, Field.GRANT_DATE, Field.BOARD_APPROVED_ON}
        sheet.set_column(place, place, max(14, len(names[0]) + 2), days if is_day else None)
        sheet.write_string(0, place, names[0], bold)
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("How to fill it in")
    notes.set_column(0, 0, 22)
    notes.set_column(1, 1, 80)
    for row, (field, said) in enumerate(SAID.items()):
        notes.write_string(row, 0, HEADERS[field][0], bold)
        notes.write_string(row, 1, said)
    book.close()
    return out.getvalue()
