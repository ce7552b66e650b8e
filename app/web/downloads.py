"""Files to take away, of any day, and who has taken which: with the hash that tells whether a copy is the same."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app import reports
from app.people import accounts, exports, vault
from app.people.roles import Role
from app.web.asked import Asked, asked_of
from app.web.site import Go, Here, Pages, View

pages = Pages()

PAGE = 50
"""How many files the log shows at a time."""


@pages.get("/finance/files", Role.FINANCE)
def files(db: Session, here: Here) -> View:
    """Choose a report, a day and a form; below, who has taken what."""
    return _files(db, here, asked_of(db, here))


def _files(db: Session, here: Here, asked: Asked) -> View:
    values = {"here": asked.here, "asked": asked, "reports": list(reports.REPORTS)}
    return View("finance_files.html", values | log_of(db, here), asked.status)


@pages.get("/finance/files/taken", Role.AUDITOR)
def taken(db: Session, here: Here) -> View:
    """The log alone, for the auditor."""
    return View("finance_files_taken.html", log_of(db, here))


def log_of(db: Session, here: Here) -> dict[str, object]:
    """Return the newest lines of the log, with names, and where older ones begin."""
    found = exports.exports(db, before=here.query.get("before", ""), limit=PAGE + 1)
    known = {each.actor: each.name for each in accounts.accounts(db)} | vault.names(db, {one.actor for one in found})
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return {"taken": [(one, known.get(one.actor, one.actor)) for one in found[:PAGE]], "older": older}


@pages.get("/finance/files/get", Role.FINANCE)
def get_file(db: Session, here: Here) -> Go | View:
    """Lead from the form to the file, or show what is wrong in it."""
    asked, report, ending = asked_of(db, here), here.query.get("report", ""), here.query.get("ending", "")
    wrong = dict(asked.here.wrong)
    if report not in reports.REPORTS:
        wrong["report"] = here.words.say("Choose one of the list.")
    if ending not in reports.FORMATS:
        wrong["ending"] = here.words.say("Choose one of the list.")
    if report in reports.OF_PERIODS and asked.compare is None and "compare" not in wrong:
        wrong["compare"] = here.words.say("This report is of a period: choose the day it is compared with.")
    if wrong:
        return _files(db, here, replace(asked, here=replace(asked.here, wrong=wrong)))
    return Go(f"/finance/reports/{report}.{ending}?{asked.query}")
