"""What a check found in a file of sessions, in plain words: what is wrong with a row, and what to do about it.

The same facts as ``app.imports.sessions.findings`` tells programs and the command line, for whoever sits before a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.imports.sessions.findings import Finding
from app.imports.sessions.reasons import Reason
from app.web.words import Words

WHAT: Mapping[Reason, str] = {
    Reason.FILE_UNREADABLE: "This file can't be opened.",
    Reason.FILE_EMPTY: "This file has no rows.",
    Reason.FILE_BINARY: "This is neither a spreadsheet nor text.",
    Reason.FILE_WRONG_TYPE: "This is another kind of file than this source sends.",
    Reason.FILE_PROTECTED: "This workbook has a password, or is of the kind that was used before 2007.",
    Reason.FILE_TOO_LARGE: "This file is too large.",
    Reason.WORKBOOK_BROKEN: "This workbook can't be opened.",
    Reason.SHEET_MISSING: "This workbook lacks the sheet with the sessions: Billing Transactions.",
    Reason.COLUMN_MISSING: "The first row lacks a column: {detail}.",
    Reason.COLUMN_TWICE: "Two columns have the same name: {detail}.",
    Reason.COLUMNS_SHIFTED: "{detail} rows do not fit their columns, as if cells had been moved sideways.",
    Reason.QUOTE_OPEN: "A quotation mark that opens in this row is never closed, so rows run into each other.",
    Reason.JSON_BROKEN: "This is not JSON from beginning to end.",
    Reason.PROVIDER_NOT_GIVEN: "No column says who held the session.",
    Reason.ROW_MALFORMED: "The row has more or fewer cells than the first one.",
    Reason.DATE_MISSING: "There is no date.",
    Reason.DATE_UNREADABLE: "This is not a date.",
    Reason.DATE_TOO_OLD: "The date is before the year 2000.",
    Reason.DATE_IN_FUTURE: "The date is in the future.",
    Reason.TIME_UNREADABLE: "This is not a time of day.",
    Reason.TIME_SKIPPED: "The clocks went forward over this time, so it never was.",
    Reason.PROVIDER_MISSING: "Nobody is named who held the session.",
    Reason.PROVIDER_UNKNOWN: "It is not known who this clinician is.",
    Reason.CODE_UNKNOWN: "It is not known what this billing code means.",
    Reason.CATEGORY_UNKNOWN: "It is not known what kind of session this was.",
    Reason.MODALITY_UNKNOWN: "It is not said how provider and client met.",
    Reason.ATTENDANCE_UNKNOWN: "It is not known what this status means.",
    Reason.MINUTES_NOT_GIVEN: "It is not said how long the session was.",
    Reason.MINUTES_UNREADABLE: "The minutes are not a whole number.",
    Reason.MINUTES_OUT_OF_RANGE: "A session lasts 1 to 480 minutes.",
    Reason.COUNT_INVALID: "A day's count is from 1 to 99 sessions.",
    Reason.EXTERNAL_ID_INVALID: "The number of the session is longer than 200 letters.",
    Reason.OVERLAP: "The provider was in another session at that time: row {other}.",
    Reason.DAY_TOO_LONG: "With this row the provider's day has more than 960 minutes.",
    Reason.TALLY_TWICE: "Row {other} counts the same provider, day and kind.",
    Reason.EXTERNAL_ID_TWICE: "Row {other} has the same number.",
    Reason.CHANGED: "This session is on record with other details.",
    Reason.RECORDED_WITHOUT_ID: "This session is on record already, without a number of its own.",
    Reason.CODE_TIME_MISMATCH: "The minutes do not fit the billing code.",
    Reason.GROUP_WITHOUT_TIME: "Rows of a group on one day have no start and are taken for one session.",
    Reason.ATTENDANCE_ASSUMED: "The file does not say who came; every row is taken as delivered.",
    Reason.LATE: "Rows older than 90 days: {detail}. They count in the current month.",
    Reason.COLUMNS_DROPPED: "Columns that were not received: {detail}.",
    Reason.NOT_A_SESSION: "This is not a session.",
}
"""Reason to what is wrong."""

DO: Mapping[Reason, str] = {
    Reason.FILE_UNREADABLE: "Choose it again.",
    Reason.FILE_EMPTY: "Choose days with sessions in them, and export it again.",
    Reason.FILE_BINARY: "Choose the file that the report gave you.",
    Reason.FILE_WRONG_TYPE: "Choose the right source, or export the report again in its form.",
    Reason.FILE_PROTECTED: "Save it as .xlsx without a password.",
    Reason.FILE_TOO_LARGE: "Export fewer days at a time.",
    Reason.WORKBOOK_BROKEN: "Export it again, and do not open it in a spreadsheet in between.",
    Reason.SHEET_MISSING: "Choose the export of billing transactions.",
    Reason.COLUMN_MISSING: "Choose the right source, or say below how this source is read.",
    Reason.COLUMN_TWICE: "Remove one of them.",
    Reason.COLUMNS_SHIFTED: "Export it again, and do not open it in a spreadsheet in between.",
    Reason.QUOTE_OPEN: "Close it, or export the file again.",
    Reason.JSON_BROKEN: "Send a list of objects, or one object a line.",
    Reason.PROVIDER_NOT_GIVEN: "Say below how this source is read: which column it is.",
    Reason.ROW_MALFORMED: "Put quotation marks around cells with commas, or export it again.",
    Reason.DATE_MISSING: "Write the day of the session.",
    Reason.DATE_UNREADABLE: "Write it like 2025-06-01, or say how this source writes dates.",
    Reason.DATE_TOO_OLD: "Correct the year.",
    Reason.DATE_IN_FUTURE: "Import it when the session has been delivered.",
    Reason.TIME_UNREADABLE: "Write it like 2025-06-01 14:30.",
    Reason.TIME_SKIPPED: "Correct the start: perhaps it was an hour later.",
    Reason.PROVIDER_MISSING: "Write who held it.",
    Reason.PROVIDER_UNKNOWN: "Say who this is, and check the file again.",
    Reason.CODE_UNKNOWN: "Say what the code means under “How this source is read”.",
    Reason.CATEGORY_UNKNOWN: "Write INTAKE, INDIVIDUAL, FAMILY_COUPLES, GROUP, CRISIS or OTHER, or a billing code.",
    Reason.MODALITY_UNKNOWN: "Say under “How this source is read” what holds where a row does not tell.",
    Reason.ATTENDANCE_UNKNOWN: "Say what the status means under “How this source is read”.",
    Reason.MINUTES_NOT_GIVEN: "Say how long the code stands for under “How this source is read”.",
    Reason.MINUTES_UNREADABLE: "Write them like 50.",
    Reason.MINUTES_OUT_OF_RANGE: "Correct the minutes.",
    Reason.COUNT_INVALID: "Correct the count.",
    Reason.EXTERNAL_ID_INVALID: "Use a shorter one.",
    Reason.OVERLAP: "Correct the start or the minutes of one; if both are one session, keep one row.",
    Reason.DAY_TOO_LONG: "Check the dates and minutes of that day.",
    Reason.TALLY_TWICE: "Add the two up and keep one row.",
    Reason.EXTERNAL_ID_TWICE: "Give every session a number of its own.",
    Reason.CHANGED: "If the file is right, the session on record has to be corrected first.",
    Reason.RECORDED_WITHOUT_ID: "Leave the row out, or have the session on record reversed first.",
    Reason.CODE_TIME_MISMATCH: "Look at them; they are recorded as they stand.",
    Reason.GROUP_WITHOUT_TIME: "If there were several groups, export the report with start times.",
    Reason.ATTENDANCE_ASSUMED: "If that is wrong, say it under “How this source is read”.",
    Reason.LATE: "Nothing to do.",
    Reason.COLUMNS_DROPPED: "Nothing of them is kept.",
    Reason.NOT_A_SESSION: "Nothing to do.",
}
"""Reason to what to do about it."""


def what(finding: Finding, words: Words) -> str:
    """Return what is wrong, in a sentence; it repeats no cell."""
    return words.say(WHAT[finding.reason], detail=finding.detail, other=words.number(finding.other))


def to_do(finding: Finding, words: Words) -> str:
    """Return what to do about it, in a sentence."""
    return words.say(DO[finding.reason])
