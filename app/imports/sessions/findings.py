"""What a check of delivered sessions has to say: row, column, a reason from a closed list, and what to do about it.

A finding never repeats what stands in a cell: cells may hold what a client said or owes. The one thing it may repeat is
the name of a clinician whom the map does not know, because without it nobody could complete the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.imports.sessions.reasons import Reason, Severity
from ledger.errors import Invalid


class _Said(NamedTuple):
    severity: Severity
    message: str
    remedy: str


def _refused(message: str, remedy: str) -> _Said:
    return _Said(Severity.REFUSED, message, remedy)


def _rejected(message: str, remedy: str) -> _Said:
    return _Said(Severity.REJECTED, message, remedy)


def _held(message: str, remedy: str) -> _Said:
    return _Said(Severity.HELD, message, remedy)


_EXPORT_AGAIN = "Export it again and do not open it in a spreadsheet in between."
_IN_MAP = "Add it to the map under {where}, then check again."

SAID: dict[Reason, _Said] = {
    Reason.FILE_UNREADABLE: _refused("The file can't be opened.", "Check its name and that you may read it."),
    Reason.FILE_EMPTY: _refused("The file has no rows.", "Choose dates with sessions in them and export it again."),
    Reason.FILE_BINARY: _refused("This is neither text nor a workbook.", "Choose the file that the report gave you."),
    Reason.FILE_WRONG_TYPE: _refused("This is {detail}.", "Export the report again in the form that is expected."),
    Reason.FILE_PROTECTED: _refused(
        "The workbook has a password or is in the form used before 2007.", "Save it as .xlsx without a password."
    ),
    Reason.FILE_TOO_LARGE: _refused("The file holds more than {detail}.", "Export shorter ranges of dates."),
    Reason.WORKBOOK_BROKEN: _refused("The workbook can't be opened.", _EXPORT_AGAIN),
    Reason.SHEET_MISSING: _refused(
        "The workbook has no sheet named {detail}.", "Choose the export of billing transactions."
    ),
    Reason.COLUMN_MISSING: _refused(
        "The first row has no column {detail}.",
        "Choose the right report and source, or name the column in the map under [columns].",
    ),
    Reason.COLUMN_TWICE: _refused("Two columns are named {detail}.", "Remove one of them."),
    Reason.COLUMNS_SHIFTED: _refused(
        "{detail} rows do not fit their columns, as if cells had been moved sideways.", _EXPORT_AGAIN
    ),
    Reason.QUOTE_OPEN: _refused(
        "A quotation mark opened in this row is never closed, so rows run into each other.",
        "Close it, or write a quotation mark inside a cell twice.",
    ),
    Reason.JSON_BROKEN: _refused(
        "The text is not JSON from beginning to end.", "Write a list of objects, or one object a line."
    ),
    Reason.PROVIDER_NOT_GIVEN: _refused(
        "No column names the clinician.", "Name the provider in the map: [defaults] provider = …"
    ),
    Reason.ROW_MALFORMED: _rejected(
        "The row has more or fewer cells than the first one, or is no flat object.",
        "Put quotation marks around cells with commas, or export it again.",
    ),
    Reason.DATE_MISSING: _rejected("There is no date.", "Enter the day of the session."),
    Reason.DATE_UNREADABLE: _rejected("This is not a date.", "Write it like 2025-06-01."),
    Reason.DATE_TOO_OLD: _rejected("The date is before 2000.", "Correct the year."),
    Reason.DATE_IN_FUTURE: _rejected("The date is in the future.", "Import it once the session has been delivered."),
    Reason.TIME_UNREADABLE: _rejected("This is not a time of day.", "Write it like 2025-06-01 14:30."),
    Reason.TIME_SKIPPED: _rejected(
        "The clocks went forward over this time, so it never was.",
        "Correct the start (perhaps an hour later) or the time zone.",
    ),
    Reason.PROVIDER_MISSING: _rejected("No clinician is named.", "Enter who held the session."),
    Reason.PROVIDER_UNKNOWN: _rejected(
        "The map does not know this clinician{name}.", _IN_MAP.format(where="[providers]")
    ),
    Reason.CODE_UNKNOWN: _rejected("The map does not know this billing code.", _IN_MAP.format(where="[codes]")),
    Reason.CATEGORY_UNKNOWN: _rejected(
        "The category is missing or unknown.",
        "Write INTAKE, INDIVIDUAL, FAMILY_COUPLES, GROUP, CRISIS or OTHER, or give a billing code.",
    ),
    Reason.MODALITY_UNKNOWN: _rejected(
        "It is not said how provider and client met.",
        "Write IN_PERSON, VIDEO, PHONE or CHAT, or set it in the map: [defaults] modality = …",
    ),
    Reason.ATTENDANCE_UNKNOWN: _rejected("This status is unknown.", _IN_MAP.format(where="[statuses]")),
    Reason.MINUTES_NOT_GIVEN: _rejected(
        "Neither the row nor the map says how long the session was.",
        "Set minutes for this billing code in the map under [codes].",
    ),
    Reason.MINUTES_UNREADABLE: _rejected("The minutes are not a whole number.", "Write them like 50."),
    Reason.MINUTES_OUT_OF_RANGE: _rejected("A session lasts 1 to 480 minutes.", "Correct the minutes."),
    Reason.COUNT_INVALID: _rejected("A tally counts 1 to 99 sessions.", "Correct the count."),
    Reason.EXTERNAL_ID_INVALID: _rejected("The id has more than 200 characters.", "Use a shorter one."),
    Reason.OVERLAP: _held(
        "The provider was in another session at this time: row {other}.",
        "Correct the start or the minutes of one; if both rows are one session, keep one of them.",
    ),
    Reason.DAY_TOO_LONG: _held(
        "With this row the provider's day has more than 960 minutes.", "Check the dates and minutes of that day."
    ),
    Reason.TALLY_TWICE: _held(
        "Row {other} is a tally of the same provider, day and kind.", "Add the two up and keep one row."
    ),
    Reason.EXTERNAL_ID_TWICE: _held("Row {other} has the same external id.", "Give every session an id of its own."),
    Reason.RECORDED_WITHOUT_ID: _held(
        "This session is on record already, sent without an external id.",
        "Leave the row out, or reverse what is on record and hand the row in again.",
    ),
    Reason.CHANGED: _held(
        "This session is on record with other details.", "Reverse the recorded one, then import this row again."
    ),
    Reason.CODE_TIME_MISMATCH: _Said(
        Severity.WARNING, "The minutes do not fit the billing code{name}.", "Check them; they are recorded as given."
    ),
    Reason.GROUP_WITHOUT_TIME: _Said(
        Severity.WARNING,
        "This and other rows of the day are of a group and have no start; they are taken for one session.",
        "If there were several groups, export the report with start times.",
    ),
    Reason.ATTENDANCE_ASSUMED: _Said(
        Severity.WARNING,
        "The file does not say who came; every row is taken as delivered.",
        "Set it in the map: [defaults] attendance = …, or under [codes] for codes of missed sessions.",
    ),
    Reason.LATE: _Said(
        Severity.INFO, "Rows older than the lock window: {detail}.", "They count in the current period."
    ),
    Reason.COLUMNS_DROPPED: _Said(Severity.INFO, "Dropped while reading: {detail}.", "Nothing of them is kept."),
    Reason.NOT_A_SESSION: _Said(Severity.INFO, "This is not a session.", "Nothing to do."),
}
"""What is said of each reason. Besides ``SAID`` and numbers, only names from our own lists get into ``{detail}``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        reason: What kind of thing.
        row: As the spreadsheet counts, the header being row 1; 0 for the file as a whole.
        column: Name of the column, where one is concerned.
        other: Another row that is concerned, or 0.
        name: A clinician's name, or a code out of our own list.
        detail: A number, or names out of our own lists.
    """

    reason: Reason
    row: int = 0
    column: str = ""
    other: int = 0
    name: str = ""
    detail: str = ""

    @property
    def severity(self) -> Severity:
        """What it means for the import."""
        return SAID[self.reason].severity

    @property
    def message(self) -> str:
        """What is wrong, fit to show a member."""
        name = f": {self.name}" if self.name else ""
        return SAID[self.reason].message.format(other=self.other, name=name, detail=self.detail)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return SAID[self.reason].remedy

    def as_dict(self) -> dict[str, str | int]:
        """Return the finding as the API and the command line print it."""
        return {
            "severity": self.severity.value,
            "code": self.reason.value,
            "row": self.row,
            "column": self.column,
            "message": self.message,
            "remedy": self.remedy,
        }


class FileRefused(Invalid):
    """Not a file of delivered sessions that can be read; nothing of it was recorded."""

    code = "sessions_file_refused"

    def __init__(self, finding: Finding) -> None:
        """Keep the finding; its words are the message."""
        place = f"Row {finding.row}: " if finding.row else ""
        super().__init__(f"{place}{finding.message} {finding.remedy}", field="file")
        self.finding = finding
