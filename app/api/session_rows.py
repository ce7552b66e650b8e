"""What became of each row of sessions that were handed in, as the API tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

from app.api.fields import Told, shown
from app.imports.sessions.checked import Checked, Counts, RowFate
from app.imports.sessions.findings import Finding
from app.imports.sessions.reading import MOST_ID_LENGTH
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.saving import Saved, nameless
from app.imports.sessions.table import Fate
from ledger.errors import Invalid

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


MOST_FINDINGS = 500
"""How many findings an answer tells; the counts tell how many there are."""

MOST_ROWS_TOLD = 10_000
"""Of how many rows an answer tells what became of each."""

COUNTS = {
    "rows_read": 120,
    "accepted": 97,
    "collapsed": 7,
    "duplicate": 12,
    "rejected": 1,
    "non_session": 3,
    "held": 0,
    "late": 2,
}
FINDING = {
    "severity": "rejected",
    "code": "time_skipped",
    "row": 17,
    "column": "Date of Service",
    "message": "The clocks skipped this time on that day.",
    "remedy": "Correct the time.",
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


class CountsOut(Told):
    """What became of the rows read: from `accepted` to `non_session` they add up to `rows_read`."""

    model_config = shown(COUNTS)

    rows_read: int
    accepted: int
    collapsed: int
    """Further rows of a group that another row tells of."""
    duplicate: int
    """On record already."""
    rejected: int
    """Not recorded; held ones among them."""
    non_session: int
    """Payments, cancellations and the like."""
    held: int
    """Not recorded until a person has looked."""
    late: int
    """Accepted, from before the lock window."""

    @classmethod
    def of(cls, counts: Counts) -> CountsOut:
        """Return counts as the API tells them."""
        return cls.model_validate(counts, from_attributes=True)


class FindingOut(Told):
    """Something found in a row; what stands in its cells is never repeated."""

    model_config = shown(FINDING)

    severity: Severity
    code: Reason
    row: int
    """As the spreadsheet counts, the header being row 1; 0 for the file as a whole."""
    column: str
    message: str
    remedy: str

    @classmethod
    def of(cls, finding: Finding) -> FindingOut:
        """Return a finding as the API tells it."""
        return cls.model_validate(finding.as_dict())


class ImportMade(Told):
    """What became of a file."""

    model_config = shown(
        {
            "import_id": "imp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
            "earlier_import_id": None,
            "source": "simplepractice",
            "counts": COUNTS,
            "findings": [FINDING],
            "more_findings": 0,
            "rows": None,
        }
    )

    import_id: str | None
    """Null where there was nothing to add."""
    earlier_import_id: str | None
    """The import in which the very same file was handed in before."""
    source: str
    counts: CountsOut
    findings: list[FindingOut]
    """Without the names of clinicians who are not in the map: the row tells which."""
    more_findings: int
    """How many are not listed."""
    rows: list[RowOut] | None
    """What became of each row, where `rows=true` asks for it."""

    @classmethod
    def of(cls, saved: Saved, *, rows: bool = False) -> ImportMade:
        """Return what became of a file as the API tells it.

        Raises:
            Invalid: What became of each row is asked for, and there are too many.
        """
        checked = saved.checked
        if rows and checked.counts.rows_read > MOST_ROWS_TOLD:
            text = f"Of {MOST_ROWS_TOLD:,} rows at most an answer tells each. Send fewer, or ask for a job."
            raise Invalid(text, field="rows")
        listed = [FindingOut.of(each) for each in nameless(checked.findings, MOST_FINDINGS)]
        return cls(
            import_id=saved.made.id if saved.made else None,
            earlier_import_id=saved.earlier,
            source=checked.system,
            counts=CountsOut.of(checked.counts),
            findings=listed,
            more_findings=len(checked.findings) - len(listed),
            rows=list(rows_of(checked)) if rows else None,
        )


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
