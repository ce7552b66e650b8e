"""A member's own pages: what needs them, what is theirs, how it becomes theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import voting
from app.errors import SomebodyElses
from app.web import charts, render
from app.web.charts import Step
from app.web.site import Go, Here, Own, Pages, Signed, View
from app.web.words import Words
from governance import ballots, closing, proposals
from governance.lifecycle import issues_until
from governance.secret import polls, registrar
from ledger.equity import grants
from ledger.equity.captable.by_class import rescaled
from ledger.equity.register import company_day
from ledger.equity.securities import Position, position, positions
from ledger.equity.touching import is_touched
from ledger.equity.values import EventKind, SecurityKind
from ledger.equity.vesting.table import vesting_days
from ledger.reading import until_touched
from ledger.sessions import months
from ledger.sessions.deliveries import closed_periods
from ledger.sessions.errors import NoPolicyInForce
from ledger.sessions.statements import StatementState, due_by
from ledger.sessions.weeks import period_of
from ledger.sessions.weights import month_of
from ledger.types import Act

pages = Pages()

RECENT = 5


@dataclass(frozen=True, slots=True)
class Held:
    """A security of somebody's, as their pages show it; units are minor ones of ``decimals`` places.

    Attributes:
        steps: The days on which more becomes theirs, with the total from then on.
        is_waiting: Whether they have still to accept it.
    """

    id: str
    label: str
    what: str
    granted_on: date
    granted: int
    vested: int
    unvested: int
    left: int
    price: str | None
    expires_on: date | None
    steps: tuple[Step, ...]
    is_waiting: bool
    decimals: int = 0

    def in_places(self, decimals: int) -> Held:
        """Return the same in minor units of as many places or more."""
        granted, vested, unvested, left = (
            rescaled(units, self.decimals, decimals) for units in (self.granted, self.vested, self.unvested, self.left)
        )
        steps = tuple(Step(one.on, rescaled(one.units, self.decimals, decimals)) for one in self.steps)
        return replace(
            self, granted=granted, vested=vested, unvested=unvested, left=left, steps=steps, decimals=decimals
        )


def today_of(db: Session, here: Here) -> date:
    """Return which day it is where the company is."""
    return company_day(db, here.now)


def holdings(db: Session, holder: str, on: date) -> list[Held]:
    """Return what somebody holds or held, the oldest first."""
    return [held(one, on) for one in positions(db, holder)]


def held(of: Position, on: date) -> Held:
    """Return a security as its holder's pages show it."""
    award = of.award
    is_award = of.security.kind is SecurityKind.AWARD
    return Held(
        of.security.id,
        of.security.label,
        award.award_type.value if award is not None else "SHARES",
        of.issued_on,
        of.security.quantity,
        of.vested(on),
        of.unvested(on),
        of.outstanding,
        None if of.security.price is None else f"{of.security.price.text} {of.security.price.currency}",
        None if award is None else award.expires_on,
        tuple(Step(*each) for each in vesting_days(of.table)),
        is_award and of.outstanding > 0 and not of.happened(EventKind.ACCEPTED),
        of.share_class.decimals if of.share_class is not None else 0,
    )


def alike(of: Sequence[Held]) -> list[Held]:
    """Return holdings of several classes with as many places as any of them has, so that they can be added up."""
    decimals = max((one.decimals for one in of), default=0)
    return [one.in_places(decimals) for one in of]


def together(of: Sequence[Held]) -> list[Step]:
    """Return the steps of several grants as one staircase; all have as many places."""
    changes: dict[date, int] = {}
    for one in of:
        before = 0
        for step in one.steps:
            changes[step.on] = changes.get(step.on, 0) + step.units - before
            before = step.units
    total, found = 0, []
    for day in sorted(changes):
        total += changes[day]
        found.append(Step(day, total))
    return found


@dataclass(frozen=True, slots=True)
class OpenVote:
    """A vote that waits for somebody."""

    id: str
    title: str
    closes_at: int
    has_voted: bool


def open_votes(db: Session, holder: str, here: Here) -> list[OpenVote]:
    """Return the votes that are open now and in which somebody may vote."""
    return [
        OpenVote(
            one.proposal,
            proposals.version(db, one.proposal).title,
            one.closes_at,
            ballots.receipt(db, one.proposal, holder) is not None,
        )
        for one in voting.open_votes(db, here.now)
        if voting.is_on_roll(db, one, holder)
    ]


def passes_to_fetch(db: Session, holder: str, here: Here) -> list[tuple[str, str, int]]:
    """Return the secret votes for which somebody has yet to fetch a pass: which, its title, and until when."""
    found = []
    for one in voting.passes_given(db, here.now):
        number = polls.number_of(db, one.proposal, holder)
        if number is not None and registrar.reservation(db, one.proposal, number) is None:
            found.append((one.proposal, proposals.version(db, one.proposal).title, issues_until(one)))
    return found


def statements_due(db: Session, holder: str, on: date) -> list[tuple[str, date]]:
    """Return the months whose statements wait for somebody's word, with the last day to answer."""
    found = []
    for period in recent_periods(on, 3)[1:]:
        if period not in closed_periods(db) and months.state_of(db, holder, period, on) is StatementState.ISSUED:
            try:
                told = months.statement(db, holder, period)
            except NoPolicyInForce:
                continue
            if told.sessions:
                found.append((period, due_by(month_of(period).first)))
    return found


def recent_periods(on: date, count: int) -> list[str]:
    """Return months, this one first."""
    found = [period_of(on)]
    while len(found) < count:
        first = date.fromisoformat(f"{found[-1]}-01")
        found.append(f"{first - timedelta(days=1):%Y-%m}")
    return found


@pages.get("/", Signed, long=True)
def home(db: Session, here: Here) -> View | Go:
    """What needs somebody, then what is theirs; whoever holds nothing is led to their first page."""
    if here.account is not None and here.account.holder is None:
        return Go(render.home(here))
    on = today_of(db, here)
    held_now = holdings(db, here.me, on)
    mine = alike(held_now)
    steps = together(mine)
    decimals = mine[0].decimals if mine else 0
    upcoming = next((step for step in steps if step.on > on), None)
    vested = sum(one.vested for one in mine)
    shown = [one for one in proposals.proposals(db) if closing.closing(db, one.id) is not None]
    return View(
        "home.html",
        {
            "votes": [one for one in open_votes(db, here.me, here) if not one.has_voted],
            "passes": passes_to_fetch(db, here.me, here),
            "waiting": [one for one in held_now if one.is_waiting],
            "statements": statements_due(db, here.me, on),
            "granted": sum(one.granted for one in mine),
            "vested": vested,
            "coming": sum(one.unvested for one in mine),
            "next": None if upcoming is None else (upcoming.on, upcoming.units - _before(steps, upcoming.on)),
            "decimals": decimals,
            "picture": charts.staircase(steps, on, sum(one.granted for one in mine if one.steps), here.words, decimals),
            "steps": [step for step in steps if step.on > on - timedelta(days=120)][:12],
            "decided": [
                (one.id, proposals.version(db, one.id).title, closing.closing(db, one.id)) for one in shown[-RECENT:]
            ][::-1],
        },
    )


def _before(steps: Sequence[Step], day: date) -> int:
    return max((step.units for step in steps if step.on < day), default=0)


@pages.get("/equity", Own)
def equity(db: Session, here: Here) -> View:
    """Everything somebody holds, grant by grant."""
    holder, on = here.me, today_of(db, here)
    mine, picture = until_touched(
        db,
        ("/equity", holder, on, here.words.language),
        partial(is_touched, holder=holder),
        partial(_held_and_drawn, db, holder, on, here.words),
    )
    return View("equity.html", {"mine": mine, "picture": picture, "on": on})


def _held_and_drawn(db: Session, holder: str, on: date, words: Words) -> tuple[list[Held], Markup]:
    """Return what somebody holds, without the steps, and the picture that is drawn from them."""
    mine = holdings(db, holder, on)
    added = alike(mine)
    granted, decimals = sum(one.granted for one in added if one.steps), added[0].decimals if added else 0
    picture = charts.staircase(together(added), on, granted, words, decimals)
    return [replace(one, steps=()) for one in mine], picture


@pages.get("/equity/{security}", Own)
def grant(db: Session, here: Here, security: str) -> View:
    """One grant: its terms, its schedule, what happened to it."""
    found = own_security(db, here, security)
    on = today_of(db, here)
    told = held(found, on)
    picture = charts.staircase(told.steps, on, told.granted, here.words, told.decimals)
    events = [(one.on, one.value, one.n) for one in found.events]
    return View("grant.html", {"one": told, "picture": picture, "on": on, "events": events, "security": found.security})


@pages.post("/equity/{security}/accept", Own, again=grant, authority="holder")
def accept(db: Session, act: Act, here: Here, security: str) -> Go:
    """Accept a grant."""
    found = own_security(db, here, security)
    grants.accept(db, act, security, on=today_of(db, here))
    return Go(f"/equity/{security}", here.words.say("You accepted {label}.", label=found.security.label))


def own_security(db: Session, here: Here, security: str) -> Position:
    """Return a security of whoever is signed in.

    Raises:
        SomebodyElses: It is somebody else's, or there is none.
    """
    found = position(db, security)
    if found.security.holder != here.me:
        message = f"There is no security {security!r} on record."
        raise SomebodyElses(message, subject=found.security.holder, field="security")
    return found
