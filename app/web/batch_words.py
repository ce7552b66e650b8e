"""What is wrong with a spreadsheet of grants, in plain words: what it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from app.imports.grants.troubles import Found, Trouble
from app.web import refusals
from app.web.words import Words

WHAT: Mapping[Trouble, str] = {
    Trouble.EMPTY: "This file has no rows of grants.",
    Trouble.NO_TABLE: "This is neither a spreadsheet nor text.",
    Trouble.PROTECTED: "This workbook has a password, or is of the kind that was used before 2007.",
    Trouble.BROKEN: "This workbook can't be opened.",
    Trouble.TOO_LARGE: "This file is too large: a batch has at most 150 rows, 60 columns and 2 MB, also when unpacked.",
    Trouble.OF_CLIENTS: "Column {column} looks like one about clients, or about something else that is not for grants.",
    Trouble.COLUMN_MISSING: "The first row lacks a column: {column}.",
    Trouble.COLUMN_TWICE: "Two columns mean the same: {column} and {detail}.",
    Trouble.QUOTE_OPEN: "A quotation mark that opens in this row is never closed, so rows run into each other.",
    Trouble.ROW_MALFORMED: "The row has more cells than the first one.",
    Trouble.HOLDER_MISSING: "It is not said who receives it.",
    Trouble.HOLDER_UNKNOWN: "Nobody on record is called so.",
    Trouble.HOLDER_TWICE: "Two people on record are called so.",
    Trouble.UNITS: "This is no number of units, or has more places than the class.",
    Trouble.DAY: "This is not a day.",
    Trouble.DAY_TWOFOLD: "This day can be read in two ways.",
    Trouble.DAY_MISSING: "There is no day.",
    Trouble.PRICE: "This is no price.",
    Trouble.KIND: "No kind of grant is called so.",
    Trouble.SCHEDULE: "No schedule is called so.",
    Trouble.PLAN: "No plan is called so.",
    Trouble.TWICE: "Row {other} is the same grant, or has the same label.",
    Trouble.LABEL_TAKEN: "{detail} is on record with other terms.",
    Trouble.ALIKE: "{detail} on record is as many units to the same person from the same day, with other terms.",
    Trouble.POOL: "The pool has too little left for this row and those above it: {detail} units.",
}
"""Trouble to what is wrong; where terms are refused, the refusal says it."""

DO: Mapping[Trouble, str] = {
    Trouble.EMPTY: "Write one grant a row below the names of the columns.",
    Trouble.NO_TABLE: "Save your spreadsheet as .xlsx or as .csv and choose that file.",
    Trouble.PROTECTED: "Save it as .xlsx without a password.",
    Trouble.BROKEN: "Save it again as .xlsx or as .csv.",
    Trouble.TOO_LARGE: "Keep only the rows of this batch, and divide a larger one.",
    Trouble.OF_CLIENTS: "Remove that column. Nothing of the file was kept.",
    Trouble.COLUMN_MISSING: "Add it, or take the template below.",
    Trouble.COLUMN_TWICE: "Remove one of them.",
    Trouble.QUOTE_OPEN: "Close it, or save the file again from your spreadsheet.",
    Trouble.ROW_MALFORMED: "Put quotation marks around cells with commas, or save the file as .xlsx.",
    Trouble.HOLDER_MISSING: "Write their name, or their e-mail address.",
    Trouble.HOLDER_UNKNOWN: "Correct the name, or put them on record under People first.",
    Trouble.HOLDER_TWICE: "Write their e-mail address in a column of its own.",
    Trouble.UNITS: "Write it like 4,800.",
    Trouble.DAY: "Write it like 2026-03-02.",
    Trouble.DAY_TWOFOLD: "Write it like 2026-03-02, with the year first.",
    Trouble.DAY_MISSING: "Write the day from which vesting counts.",
    Trouble.PRICE: "Write it like 0.62.",
    Trouble.KIND: "Write NSO, ISO, RSU or RSA.",
    Trouble.SCHEDULE: "Write one of: 4y/1y/monthly, 4y/0/monthly, 2y/6m/monthly, 2y/0/monthly, 1y quarterly, at once.",
    Trouble.PLAN: "Write one of these: {detail}.",
    Trouble.TERMS: "Correct the row, or leave it out.",
    Trouble.TWICE: "Keep one of them, or give each a label of its own.",
    Trouble.LABEL_TAKEN: "If this is another grant, give it another label; else leave the row out.",
    Trouble.ALIKE: "If this is a second grant, give it a label of its own; else leave the row out.",
    Trouble.POOL: "Grant less, or ask the members for a larger pool.",
}
"""Trouble to what to do about it."""


def what(found: Found, words: Words) -> str:
    """Return what is wrong, in a sentence."""
    if found.trouble is Trouble.TERMS:
        # what refuses it says why
        return refusals.told(words, found.detail)
    return words.say(WHAT[found.trouble], detail=found.detail, column=found.column, other=words.number(found.other))


def to_do(found: Found, words: Words) -> str:
    """Return what to do about it, in a sentence."""
    if found.trouble is Trouble.HOLDER_UNKNOWN and found.detail:
        return words.say("Did you mean {name}? Write the name as it is on record.", name=found.detail)
    if found.trouble is Trouble.COLUMN_MISSING and found.detail:
        return words.say("The column {column} is spelled nearly so: is it that one?", column=found.detail)
    return words.say(DO[found.trouble], detail=found.detail)
