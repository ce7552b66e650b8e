"""Months of sessions: how far each is, asked to be closed by finance and closed by the board; nobody's own counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app import closes
from app.people import accounts, vault
from app.people.roles import Role
from app.reports.session_totals import By, Totals, totals
from app.web.member import recent_periods, today_of
from app.web.site import Go, Here, Pages, View
from ledger.errors import Invalid, NotFound
from ledger.reading import every, newest
from ledger.sessions import choices, months
from ledger.sessions.disputes import holdback_needed
from ledger.sessions.records import CloseRequest, PeriodClose, SessionImport
from ledger.sessions.weeks import period_of
from ledger.sessions.weights import month_of
from ledger.types import Act

pages = Pages()

READERS = (Role.FINANCE, Role.BOARD)
MOST = 36
"""How many months are listed: three years."""


class Standing(StrEnum):
    """How far a month is."""

    RUNNING = "RUNNING"
    """Its last week is not over."""
    OPEN = "OPEN"
    """Over; nobody has asked to close it."""
    ASKED = "ASKED"
    """Somebody asks for it to be closed."""
    CLOSED = "CLOSED"
    """What comes for it later counts in the current month."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of sessions, as finance and the board see it.

    Attributes:
        first: The first day of the calendar month.
        monday: The first day of its first week.
        sunday: The last day of its last week; it can be closed after that.
        disputes: How many are open; whose they are is told to nobody here.
        minutes: Credit that they may come to at most.
    """

    period: str
    first: date
    monday: date
    sunday: date
    standing: Standing
    disputes: int
    minutes: int
    request: CloseRequest | None
    close: PeriodClose | None


@pages.get("/periods", READERS, long=True)
def periods(db: Session, here: Here) -> View:
    """Every month since sessions count or the first were handed in, the newest first."""
    return View("periods.html", {"months": standings(db, today_of(db, here))})


def standings(db: Session, on: date) -> list[Month]:
    """Return every month since sessions count or the first were handed in, the newest first, as it stands on a day."""
    begun = {period_of(one.effective_from) for one in choices.policies(db)}
    begun |= {one.period for one in every(db, SessionImport)}
    found = [one for one in recent_periods(on, MOST) if one >= min(begun)] if begun else []
    return [month_at(db, one, on) for one in found]


@pages.get("/periods/{period}", READERS, long=True)
def period(db: Session, here: Here, period: str) -> View:
    """One month: its dates, its disputes, its close, and the totals of a closed one."""
    one = month_at(db, _checked(period), today_of(db, here))
    return View(
        "period.html",
        {
            "one": one,
            "called": _called(db, one),
            "totals": _totals(db, one),
            "answers": months.answers_of(db, one.period, today_of(db, here)),
            "opens_on": one.sunday + timedelta(days=1),
        },
    )


@pages.post("/periods/{period}/close-requests", Role.FINANCE, again=period, authority="role:finance", long=True)
def ask(db: Session, act: Act, here: Here, period: str) -> Go:
    """Ask for a month to be closed."""
    held = here.form.get("holdback", "").strip()
    if held and not (held.isdecimal() and held.isascii() and len(held) <= 9):
        raise Invalid(here.words.say("Write the minutes as a whole number, such as 300."), field="holdback")
    closes.ask_close(db, act, _checked(period), on=today_of(db, here), holdback=int(held) if held else None)
    return Go(f"/periods/{period}", here.words.say("You asked for this month to be closed. The board approves it."))


@pages.post("/periods/{period}/close", Role.BOARD, again=period, authority="role:board", long=True)
def close(db: Session, act: Act, here: Here, period: str) -> Go:
    """Close a month that somebody else asked to close."""
    on = today_of(db, here)
    wanted = month_at(db, _checked(period), on).request
    # the request that was on the page, not a newer one that nobody has read
    if wanted is None or here.form.get("request") != wanted.id:
        text = "Somebody asked anew since you opened this page. Read what is held back now."
        raise Invalid(here.words.say(text))
    closes.approve_close(db, act, wanted.id, on=on)
    return Go(f"/periods/{period}", here.words.say("This month is closed."))


def month_at(db: Session, period: str, on: date) -> Month:
    """Return a month as it stands on a day."""
    span, closed = month_of(period), months.close_of(db, period)
    open_ones = [one for one in months.disputes_of(db, period) if one.state.is_open]
    asked = newest(db, CloseRequest, period=period)
    if closed is not None:
        standing = Standing.CLOSED
    elif on <= span.sunday:
        standing = Standing.RUNNING
    else:
        standing = Standing.OPEN if asked is None else Standing.ASKED
    needed = holdback_needed(open_ones)
    return Month(period, span.first, span.monday, span.sunday, standing, len(open_ones), needed, asked, closed)


def _checked(period: str) -> str:
    """Return a month as it is written, 2025-07, or tell that there is none."""
    if re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", period, re.ASCII) is None:
        raise NotFound("There is no such month.", field="period")
    return period


def _called(db: Session, one: Month) -> dict[str, str]:
    """Return the names of who asked for a close and who approved it; an id where nobody is known by it."""
    actors = {one.request.requester} if one.request is not None else set()
    if one.close is not None:
        actors |= {one.close.requester, one.close.approver}
    known = {each.actor: each.name for each in accounts.accounts(db)} | vault.names(db, actors)
    return {actor: known.get(actor, actor) for actor in actors}


def _totals(db: Session, one: Month) -> Totals | None:
    return totals(db, one.period, By.ENGAGEMENT) if one.close is not None else None
