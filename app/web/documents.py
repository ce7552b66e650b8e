"""Papers to keep: a member's own, the decisions of all, the cap table for finance; and where anybody checks one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256

from sqlalchemy.orm import Session

from app import reports
from app.errors import SomebodyElses
from app.people.exports import Taken, note_export, taken_as
from app.people.roles import Role
from app.reports.editions import editions
from app.web import papers
from app.web.finance import report_as_file
from app.web.forms import file_in
from app.web.member import today_of
from app.web.paper import Paper, typeset
from app.web.papers import Asked
from app.web.reports import CALLED
from app.web.site import Anybody, File, Here, Own, Pages, Signed, View
from governance import proposals
from governance.records import Closing
from ledger import journal
from ledger.equity.securities import position
from ledger.equity.values import Security, SecurityKind
from ledger.errors import Invalid, NotFound
from ledger.reading import every
from ledger.types import Act

pages = Pages()

FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@pages.get("/documents", Own)
def documents(db: Session, here: Here) -> View:
    """What somebody may print and keep."""
    grants = [one for one in every(db, Security, holder=here.me) if one.kind is SecurityKind.AWARD]
    decided = [(one, proposals.version(db, one.proposal).title) for one in every(db, Closing)]
    on = today_of(db, here)
    years = [date(year, 12, 31) for year in range(on.year - 1, _first_year(db, here, on) - 1, -1)]
    return View(
        "documents.html",
        {
            "grants": grants[::-1],
            "decided": decided[::-1],
            "today": on,
            "years": years,
            "editions": editions(db, on),
            "formats": [(ending, CALLED.get(ending, ending.upper())) for ending in reports.FORMATS],
        },
    )


@pages.get("/documents/company/{name}", Own, long=True)
def company(db: Session, here: Here, name: str) -> File:
    """What any member may see of the company's equity in a fiscal year, as a file; who takes it is noted."""
    year, _, ending = name.partition(".")
    found = [one for one in editions(db, today_of(db, here)) if str(one.year) == year]
    if not found or ending not in reports.FORMATS:
        raise NotFound("There is no such file.")
    return report_as_file(reports.build(db, reports.FOR_MEMBERS, found[0].cut, since=found[0].since), ending)


def _first_year(db: Session, here: Here, on: date) -> int:
    held = [position(db, one.id).issued_on for one in every(db, Security, holder=here.me)]
    return min((day.year for day in held), default=on.year)


@pages.get("/documents/grants/{security}", Signed, long=True)
def grant_letter(db: Session, here: Here, security: str) -> File:
    """The letter of a grant: for whoever holds it, and for those who draft, approve and book it."""
    found = position(db, security)
    mine = here.account is not None and here.account.holder == found.security.holder
    if here.role not in {Role.STEWARD, Role.BOARD, Role.FINANCE} and not mine:
        message = f"There is no security {security!r} on record."
        raise SomebodyElses(message, subject=found.security.holder, field="security")
    return _file(db, here, "grant-letter", security, today_of(db, here))


@pages.get("/documents/statement", Own, long=True)
def statement(db: Session, here: Here) -> File:
    """What somebody holds, as of a day."""
    return _file(db, here, "statement", here.me, _day(db, here))


@pages.get("/documents/decisions/{proposal}", Signed, long=True)
def decision_record(db: Session, here: Here, proposal: str) -> File:
    """How something was decided."""
    return _file(db, here, "decision", proposals.shown(db, proposal).id, today_of(db, here))


@pages.get("/documents/cap-table", (Role.FINANCE, Role.AUDITOR), long=True)
def cap_table(db: Session, here: Here) -> File:
    """The cap table, as of a day and as known before an entry."""
    known_at = here.query.get("known_at", "")
    entry = int(known_at) if known_at.isdecimal() and len(known_at) < 16 else None
    return _file(db, here, "cap-table", "", _day(db, here), known_at=entry)


def _day(db: Session, here: Here) -> date:
    asked = here.query.get("as_of")
    if not asked:
        return today_of(db, here)
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise Invalid(here.words.say("Write a day, such as 2026-03-02."), field="as_of") from None
    if day > today_of(db, here):
        raise Invalid(here.words.say("This day has not come yet."), field="as_of")
    return day


def _file(db: Session, here: Here, kind: str, about: str, as_of: date, *, known_at: int | None = None) -> File:
    cut = reports.cut_for(db, as_of, known_at)
    paper = papers.make(db, Asked(kind, about, cut, here.words.language))
    data = typeset(paper, address=f"{here.origin}/check")
    taken = Taken.of(kind, "pdf", cut, data)
    return File(data, "application/pdf", paper.name, partial(_note_handed_out, paper=paper, taken=taken))


def _note_handed_out(db: Session, act: Act, paper: Paper, taken: Taken) -> None:
    papers.note_issued(db, act, paper)
    note_export(db, act, taken)


@pages.get("/check", Anybody)
def check_page(db: Session, here: Here) -> View:
    """Where anybody asks whether a paper is one of ours, unaltered."""
    return _checked(db, here, here.query.get("fingerprint", ""))


@pages.post("/check/upload", Anybody, again=check_page, guarded=True)
def check_file(db: Session, act: Act, here: Here) -> View:
    """Whether a file was handed out as it is; it is hashed, and nothing of it is kept.

    Anybody may ask, so what the record says in its place is not told: ``vestry report verify`` tells those who may know
    which cell differs.
    """
    del act
    digest = sha256(file_in(here, "file")).hexdigest()
    noted = taken_as(db, digest)
    if not noted:
        text = here.words.say("We handed out no such file: it is not one of ours, or it was altered or saved anew.")
        raise Invalid(text, field="file")
    return View("check.html", {"digits": "", "verdict": None, "is_asked": False, "file": noted[-1], "sha256": digest})


def _checked(db: Session, here: Here, written: str) -> View:
    digits = re.sub(r"[\s:-]", "", written).lower()
    if not digits:
        return View("check.html", {"digits": "", "verdict": None, "is_asked": False})
    if not FINGERPRINT.fullmatch(digits):
        wrong = here.words.say("A fingerprint has 64 digits from 0 to 9 and a to f; spaces don't count.")
        here = replace(here, wrong={"fingerprint": wrong})
        return View("check.html", {"here": here, "digits": written, "verdict": None, "is_asked": False}, 422)
    verdict = papers.check(db, digits)
    size = journal.size_of(db, digits) if verdict is None else None
    return View("check.html", {"digits": digits, "verdict": verdict, "size": size, "is_asked": True})
