"""Builders of the files that sessions come in, with defaults for all that a test is not about."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from xml.sax.saxutils import escape, quoteattr

from app.imports.sessions.mapfile import read_map
from app.imports.sessions.reading import Rules

ANA, BEN = "hld_ana", "hld_ben"
KEY = b"sixteen bytes or more"
TODAY = date(2025, 7, 1)

MAP = """
    [defaults]
    modality = "VIDEO"
    attendance = "DELIVERED"
    [providers]
    "Ana Díaz, LCSW" = "hld_ana"
    "Ben Ode" = "hld_ben"
    hld_ana = "hld_ana"
    hld_ben = "hld_ben"
    [codes]
    90853 = { minutes = 60 }
"""

SIMPLEPRACTICE = """
Date of Service,Client,Clinician,Billing Code,Primary Insurance,Secondary Insurance,Rate per Unit,Units,Total Fee,
Progress Note Status,Client Payment Status,Charge,Uninvoiced,Paid,Unpaid,Insurance Payment Status,Charge,Paid,Write Off,
Unpaid""".replace("\n", "").split(",")

SIMPLEPRACTICE_OLDER = """
Date of Service,Client,Clinician,Billing Code,Rate per Unit,Units,Total Fee,Client Payment Status,Charge,Uninvoiced,
Paid,Unpaid,Insurance Payment Status,Charge,Paid,Write-off,Unpaid""".replace("\n", "").split(",")

THERAPYNOTES = """
Type,Appointment Type,Date,Service Code,Service Description,Units,Last Name,First Name,Clinician Name,Clinician Type,
Supervisor Name,Location,Billing Method,Payment Type,Primary Insurer Name,Secondary Insurer Name,Primary Diagnosis,
Modifier Code 1,Modifier Code 2,Modifier Code 3,Modifier Code 4,Rate,Patient Amount Due,Patient Amount Paid,
Patient Balance Status,Insurance Amount Due,Insurance Amount Paid,Note Status,Comments""".replace("\n", "").split(",")

Cell = object
Row = Sequence[Cell]


def rules(tz: str = "America/New_York", *, text: str = MAP, today: date = TODAY, lock_days: int = 90) -> Rules:
    # one in the afternoon in Greenwich: the same day from Los Angeles to Kathmandu
    return Rules(read_map(text), tz, today, KEY, lock_days, datetime.combine(today, time(13), UTC))


def delimited(*rows: Row, encoding: str = "utf-8", delimiter: str = ",", ending: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return text.getvalue().encode(encoding)


def cells(header: Sequence[str], told: Mapping[str, Cell], other: Cell) -> list[Cell]:
    """Return a row below a header: what is told, and something else everywhere else."""
    return [told.get(name, other) for name in header]


def simplepractice(
    *rows: Row, header: Sequence[str] = SIMPLEPRACTICE, other: str = "x", encoding: str = "utf-8"
) -> bytes:
    """Return a report of rows of date, clinician and code; every other cell holds ``other``."""
    names = ("Date of Service", "Clinician", "Billing Code", "Appointment Status")
    below = [cells(header, dict(zip(names, row, strict=False)), other) for row in rows]
    return delimited(header, *below, encoding=encoding)


def therapynotes(*rows: Row, header: Sequence[str] = THERAPYNOTES, other: Cell = "x", from_1904: bool = False) -> bytes:
    """Return a workbook of rows of type, date, clinician and code; every other cell holds ``other``."""
    names = ("Type", "Date", "Clinician Name", "Service Code")
    below = [cells(header, dict(zip(names, row, strict=True)), other) for row in rows]
    return workbook({"Billing Transactions": [header, *below]}, from_1904=from_1904)


def plain(header: str, *rows: str) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


@dataclass(frozen=True)
class Day:
    """A serial number that a cell shows as a date."""

    serial: float


def workbook(
    sheets: Mapping[str, Sequence[Row]], *, from_1904: bool = False, extra: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a workbook, texts in a table of their own as Excel writes them."""
    texts: dict[str, int] = {}
    parts = {f"xl/worksheets/sheet{n}.xml": _sheet(rows, texts) for n, rows in enumerate(sheets.values(), 1)}
    numbers = range(1, len(sheets) + 1)
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, sheets, strict=True)
    )
    system = '<workbookPr date1904="1"/>' if from_1904 else "<workbookPr/>"
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    targets = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    targets += [("rIdS", "sharedStrings", "sharedStrings.xml"), ("rIdT", "styles", "styles.xml")]
    relations = "".join(f'<Relationship Id="{i}" Type="{relation}/{kind}" Target="{to}"/>' for i, kind, to in targets)
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    whole = f'<Relationship Id="rIdW" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>'
    shared = "".join(f"<si><t xml:space='preserve'>{escape(text)}</t></si>" for text in texts)
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}">{whole}</Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{relation}">{system}<sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{relations}</Relationships>',
        "xl/styles.xml": f'<styleSheet {main}><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
        **{name: f"<worksheet {main}>{rows}</worksheet>" for name, rows in parts.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return packed.getvalue()


def _sheet(rows: Sequence[Row], texts: dict[str, int]) -> str:
    written = (
        f'<row r="{n}">{"".join(_cell(f"{_letters(c)}{n}", cell, texts) for c, cell in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
        if row
    )
    return f"<sheetData>{''.join(written)}</sheetData>"


def _letters(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def _cell(place: str, cell: Cell, texts: dict[str, int]) -> str:
    if isinstance(cell, Day):
        return f'<c r="{place}" s="1"><v>{cell.serial}</v></c>'
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{cell}</v></c>'
    return f'<c r="{place}" t="s"><v>{texts.setdefault(str(cell), len(texts))}</v></c>'
