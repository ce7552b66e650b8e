"""A provider's own sessions: what of each month counts, said to be right or disputed; nobody else's, ever."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.web import disputes
from app.web.member import recent_periods, today_of
from app.web.site import Go, Here, Own, Pages, View
from ledger.errors import Invalid, NotFound
from ledger.sessions import choices, months
from ledger.sessions.deliveries import closed_periods
from ledger.sessions.disputes import DisputeState
from ledger.sessions.errors import NoPolicyInForce
from ledger.sessions.months import Statement
from ledger.sessions.policy import in_force
from ledger.sessions.records import DisputeAbout
from ledger.sessions.statements import Answer, StatementState, due_by
from ledger.sessions.thresholds import Limits, limits_in
from ledger.sessions.weeks import next_monday
from ledger.sessions.weights import month_of
from ledger.types import Act

pages = Pages()

SHOWN = 12
"""How many months are listed."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month as it is listed."""

    period: str
    first: date
    told: Statement
    state: StatementState
    is_closed: bool


def _month(db: Session, here: Here, period: str) -> Month | None:
    """Return a month of somebody's, or None where no policy was in force yet or nothing was delivered."""
    try:
        told = months.statement(db, here.me, period)
    except NoPolicyInForce:
        return None
    state = months.state_of(db, here.me, period, today_of(db, here))
    return Month(period, month_of(period).first, told, state, period in closed_periods(db))


@pages.get("/sessions", Own, long=True)
def sessions(db: Session, here: Here) -> View:
    """One's own months, the newest first, and the limits one has set."""
    on = today_of(db, here)
    found = [_month(db, here, period) for period in recent_periods(on, SHOWN)]
    listed = [one for one in found if one is not None and (one.told.sessions or one.told.not_delivered)]
    rules = choices.policies(db)
    monday = next_monday(on)
    ceiling = in_force(rules, monday).ceiling if rules and rules[0].effective_from <= monday else Limits()
    mine = limits_in(monday, choices.settings_of(db, here.me), ceiling)
    return View("sessions.html", {"months": listed, "ceiling": ceiling, "mine": mine, "from_week": monday})


@pages.get("/sessions/{period}", Own, long=True)
def month(db: Session, here: Here, period: str) -> View:
    """One month: what was delivered, what of it counts, and why."""
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", period):
        raise NotFound(f"There is no month {period!r}.")
    found = _month(db, here, period)
    if found is None:
        raise NotFound("No credit policy was in force in that month.")
    return View(
        "month.html", {"one": found, "until": due_by(found.first), "disputes": disputes.mine_of(db, here.me, period)}
    )


@pages.post("/sessions/{period}/attest", Own, again=month, authority="provider:own")
def attest(db: Session, act: Act, here: Here, period: str) -> Go:
    """Say that a month's statement is right."""
    months.answer_statement(db, act, here.me, period, Answer.ATTESTED, on=today_of(db, here))
    return Go(f"/sessions/{period}", here.words.say("Thank you: you said that it is right."))


@pages.post("/sessions/{period}/dispute", Own, again=month, authority="provider:own")
def dispute(db: Session, act: Act, here: Here, period: str) -> Go:
    """Say that something in a month's statement is not right."""
    minutes, about = here.form.get("minutes", ""), here.form.get("about", "")
    if not minutes.isdecimal() or not 1 <= int(minutes) <= 44_640:
        raise Invalid(here.words.say("Write how many minutes it is about, such as 100."), field="minutes")
    if about not in {one.value for one in DisputeAbout}:
        raise Invalid(here.words.say("Choose what is wrong."), field="about")
    made = months.open_dispute(
        db, act, here.me, period, about=DisputeAbout(about), minutes=int(minutes), on=today_of(db, here)
    )
    return Go(f"/sessions/{period}", here.words.say("Your dispute has the case number {id}.", id=made.id))


@pages.post("/sessions/{period}/appeal", Own, again=month, authority="provider:own")
def appeal(db: Session, act: Act, here: Here, period: str) -> Go:
    """Appeal to the council against a dispute of one's own that was rejected."""
    wanted = here.form.get("dispute", "")
    if wanted not in {one.id for one in disputes.mine_of(db, here.me, period)}:
        raise NotFound("You have no such case.", field="dispute")
    months.step_dispute(db, act, wanted, DisputeState.APPEALED, on=today_of(db, here))
    return Go(f"/sessions/{period}", here.words.say("The council decides your appeal now."))


@pages.post("/sessions/limits", Own, again=sessions, authority="provider:own")
def set_limits(db: Session, act: Act, here: Here) -> Go:
    """Set one's own limits, from next Monday on."""
    wanted = Limits(_limit(here, "day"), _limit(here, "week"))
    made = choices.set_threshold(db, act, here.me, wanted, on=today_of(db, here))
    return Go("/sessions", here.words.say("Your limits count from {monday} on.", monday=here.words.day(made.from_week)))


def _limit(here: Here, name: str) -> int | None:
    text = here.form.get(name, "").strip()
    if text and not (text.isdecimal() and 1 <= int(text) <= 1_000):
        raise Invalid(here.words.say("Write a whole number of sessions, or leave it empty for no limit."), field=name)
    return int(text) if text else None
