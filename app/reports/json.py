"""Reports as JSON: one object, quantities and money as exact decimal strings, absent values as null."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import orjson

from app.reports.report import Amount, Cell, Number, Report


def as_json(report: Report) -> bytes:
    """Return the report as JSON: the same bytes for the same report."""
    return orjson.dumps(as_object(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def as_object(report: Report) -> dict[str, Any]:
    """Return the report as what JSON can say: where it comes from, then the rows as objects in the order of columns."""
    source = report.source
    since = {} if source.since is None else {"from": source.since.isoformat()}
    issuer = {
        "id": source.issuer,
        "legal_name": source.legal_name,
        "time_zone": source.time_zone,
        "currency": source.currency,
    }
    mark = {"handed_out": report.mark} if report.mark else {}
    return {
        "report": report.name,
        **mark,
        "issuer": issuer,
        **since,
        "as_of": source.as_of.isoformat(),
        "known_at": source.known_at,
        "recorded_at": source.recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "journal_root": source.root,
        "warnings": list(report.warnings),
        "columns": list(report.columns),
        "rows": [dict(zip(report.columns, map(_value, row), strict=True)) for row in report.rows],
    }


def _value(cell: Cell) -> str | int | None:
    if isinstance(cell, Amount | Number):
        return cell.text
    return cell.isoformat() if isinstance(cell, date) else cell
