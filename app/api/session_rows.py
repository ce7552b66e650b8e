"""What became of each row of sessions that were handed in, as the API tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from app.api.fields import Told, shown
from app.imports.sessions.checked import Checked, RowFate
from app.imports.sessions.findings import Finding
from app.imports.sessions.reading import MOST_ID_LENGTH
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.saving import nameless
from app.imports.sessions.table import Fate

GRAVE = {Severity.REJECTED, Severity.HELD}
"""Of findings that keep a row out."""

CREATED: dict[str, Any] = {
    "row": 1,
    "external_id": "a-4711",
    "result": "created",
    "id": "5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f",
    "problem": None,
}
REJECTED: dict[str, Any] = {
    "row": 2,
    "external_id": "a-4712",
    "result": "rejected",
    "id": None,
    "problem": {
        "code": "date_in_future",
        "column": "start",
        "message": "The date is in the future.",
        "remedy": "Import it once the session has been delivered.",
    },
}


class Result(StrEnum):
    """What became of a row."""

    CREATED = "created"
    """Recorded."""
    UNCHANGED = "unchanged"
    """On record already."""
    COLLAPSED = "collapsed"
    """One more row of a group that another row tells of."""
    CONFLICT = "conflict"
    """On record with other details: correct or reverse that one first."""
    REJECTED = "rejected"
    """Not recorded; the problem says why."""
    NOT_A_SESSION = "not_a_session"
    """Nothing to record."""


RESULTS = {
    Fate.ACCEPTED: Result.CREATED,
    Fate.DUPLICATE: Result.UNCHANGED,
    Fate.COLLAPSED: Result.COLLAPSED,
    Fate.CHANGED: Result.CONFLICT,
    Fate.REJECTED: Result.REJECTED,
    Fate.NOT_A_SESSION: Result.NOT_A_SESSION,
}


class RowProblem(Told):
    """What is wrong with a row."""

    code: Reason
    column: str
    message: str
    remedy: str


class RowOut(Told):
    """What became of a row."""

    model_config = shown(CREATED, REJECTED)

    row: int
    """Its place in the list, from 1; in a file, as the spreadsheet counts."""
    external_id: str | None
    """As it was sent with the row. It is not kept, so of a file's rows it is null: they are known by their numbers."""
    result: Result
    id: str | None
    """What the session is called from now on; null where the row tells of none."""
    problem: RowProblem | None


def rows_of(checked: Checked) -> Iterator[RowOut]:
    """Yield what became of each row, in the order of their numbers; nothing of what stood in them."""
    grave = (each for each in checked.findings if each.severity in GRAVE)
    wrong = {each.row: each for each in nameless(grave, len(checked.findings))}
    return (_row(fate, wrong.get(fate.row)) for fate in checked.fates())


def _row(fate: RowFate, wrong: Finding | None) -> RowOut:
    problem = None
    if wrong is not None:
        problem = RowProblem(code=wrong.reason, column=wrong.column, message=wrong.message, remedy=wrong.remedy)
    result, id = RESULTS[fate.fate], fate.fingerprint or None
    return RowOut(row=fate.row, external_id=None, result=result, id=id, problem=problem)


def with_external_ids(answer: bytes, rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return an answer with the external ids of the rows that came with the request.

    What is kept for repeated requests is the answer without them, since they are another system's words for something
    that happened to somebody; a repeated request brings them along again.
    """
    told = orjson.loads(answer)
    for row in told["data"]["rows"]:
        row["external_id"] = _external_id(rows[row["row"] - 1].get("external_id"))
    return orjson.dumps(told)


def _external_id(sent: object) -> str | None:
    if isinstance(sent, bool) or not isinstance(sent, str | int):
        return None
    return str(sent)[:MOST_ID_LENGTH]
