"""Reports as PDF, to be filed and printed: typeset, tagged for screen readers, the same bytes for the same report.

Whatever a name holds reaches the typesetter as JSON and never as its markup. The fingerprint at the foot of each page
is the SHA-256 of the same report as JSON, which anybody can fetch and hash. What the report is of stands among the
file's keywords, so that a program can tell.
"""

from __future__ import annotations

import re
from datetime import UTC, date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import orjson

from app.reports.json import as_json
from app.reports.printable import drawn
from app.reports.report import Amount, Cell, Number, Report, format_of
from app.reports.titles import title_of
from app.reports.totals import PLAIN, text_of, totals
from ledger.errors import Invalid

TEMPLATE = Path(__file__).parent / "report.typ"
STANDARD: Literal["ua-1"] = "ua-1"
"""Tagged for screen readers (PDF/UA-1)."""

MOST_ROWS = 12_000
"""Of a report on paper: some three hundred sheets."""

MOST_LETTERS, LEAST_LETTERS = 30, 4
"""Of the width of a column; longer texts go on in a second line, but a word stands in one."""

HEAD_LETTERS = 11
"""Of the width that a column is given for its title alone."""

SHEETS = (("upright", 8.0, 120), ("lying", 7.5, 195), ("large", 7.0, 310))
"""Kind of sheet, size of its letters in points, and how many of them a row may have; a wider row has smaller ones."""

PIECE = re.compile(r"[^\s\u200b]{28}(?=[^\s\u200b]{5})")
"""As much of a word as surely fits into a column."""


def as_pdf(report: Report) -> bytes:
    """Return the report as PDF: the same bytes for the same report.

    Raises:
        Invalid: It has more rows than anybody prints.
    """
    import typst  # noqa: PLC0415 - 40 MB that only whoever prints needs

    if len(report.rows) > MOST_ROWS:
        text = f"This report has {len(report.rows):,} rows; on paper there is room for {MOST_ROWS:,}. Take it as xlsx."
        raise Invalid(text, field="format")
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"data": orjson.dumps(_said(report)).decode()},
        pdf_standards=STANDARD,
        # what is installed elsewhere must not change a byte
        ignore_system_fonts=True,
        timestamp=int(report.source.recorded_at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


def fingerprint_of(report: Report) -> str:
    """Return what stands for all that a report says: the SHA-256 of it as JSON, hex."""
    return sha256(as_json(report)).hexdigest()


def _said(report: Report) -> dict[str, Any]:
    source = report.source
    numbers = [_is_number(report, place) for place in range(len(report.columns))]
    rows = [[_shown(cell) for cell in row] for row in report.rows]
    last = rows.pop() if report.has_total else _total(report)
    widths = [_width(report.columns[place], [*rows, *([last] if last else [])], place) for place in range(len(numbers))]
    sheet, size = _sheet(sum(widths))
    written = f"{source.recorded_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    span = f"From {source.since} to {source.as_of}" if source.since is not None else f"As of {source.as_of}"
    facts = [
        ("As known at entry", f"{source.known_at:,}, written {written}"),
        ("Root of the journal", source.root),
        ("Time zone of its days", source.time_zone),
        ("Currency", source.currency),
        ("Rows", f"{len(report.rows):,}"),
    ]
    return {
        "title": title_of(report.name),
        "company": drawn(source.legal_name),
        "span": span,
        "facts": [[name, drawn(value)] for name, value in facts],
        "notes": [_broken(drawn(each)) for each in report.warnings],
        "ties": [[drawn(name), _broken(drawn(told))] for name, told in report.ties],
        "columns": [_broken(drawn(name.replace("_", " "))) for name in report.columns],
        "numbers": numbers,
        "widths": widths,
        "sheet": sheet,
        "size": size,
        "rows": rows,
        "total": last,
        "foot": f"{span}. Entry {source.known_at:,} of the record, written {written}.",
        "fingerprint": fingerprint_of(report),
        "mark": drawn(report.mark),
        "keywords": _keywords(report),
    }


def _keywords(report: Report) -> list[str]:
    """Return what the report is of, for programs."""
    source = report.source
    since = [] if source.since is None else [f"from={source.since}"]
    of = [f"report={report.name}", f"as_of={source.as_of}", *since, f"known_at={source.known_at}"]
    return [format_of("pdf"), *of, f"root={source.root}"]


def _total(report: Report) -> list[str]:
    """Return the last row of a report that has no total of its own: what its columns come to; empty if nothing."""
    sums = totals(report)
    if not sums:
        return []
    return [_shown(sums.get(place, "Total" if not place else None)) for place in range(len(report.columns))]


def _is_number(report: Report, place: int) -> bool:
    cells = [row[place] for row in report.rows if row[place] is not None]
    return bool(cells) and all(not isinstance(cell, str | date) for cell in cells)


def _shown(cell: Cell) -> str:
    """Return a cell as it is printed: numbers with separators between thousands."""
    text = text_of(cell)
    if isinstance(cell, Amount | Number | int) and PLAIN.fullmatch(text):
        whole, point, fraction = text.partition(".")
        sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
        return f"{sign}{int(digits):,}{point}{fraction}"
    return text if isinstance(cell, date | Amount | Number | int) else _broken(drawn(text))


def _broken(text: str) -> str:
    """Return a text with places to break words that are wider than a column."""
    return PIECE.sub(lambda piece: f"{piece[0]}\u200b", text)


def _width(name: str, rows: list[list[str]], place: int) -> int:
    """Return how wide a column is to be, in letters, with the room beside it."""
    texts = {row[place] for row in rows}
    whole = max(map(_length, texts), default=0)
    word = max((_length(word) for text in texts for word in text.replace("\u200b", " ").split()), default=0)
    head = max(_length(part) for part in name.replace(" ", "_").split("_"))
    return max(min(whole, MOST_LETTERS), word, min(head, HEAD_LETTERS), LEAST_LETTERS) + 2


def _length(text: str) -> int:
    """Return how wide a text is, in letters of the usual width; capitals are wider."""
    return len(text) + sum(map(str.isupper, text)) * 2 // 5


def _sheet(room: int) -> tuple[str, float]:
    """Return the kind of sheet for rows of so many letters, and their size in points."""
    for kind, size, most in SHEETS:
        if room <= most:
            return kind, size
    kind, size, most = SHEETS[-1]
    return kind, round(size * most / room, 2)


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
