"""Disputed statements, by case number: looked at by a steward, appeals decided by the council.

A steward sees neither who opened a case nor anybody's sessions. The council, which hears the provider, sees whose an
appeal is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.web.forms import choice_in
from app.web.member import today_of
from app.web.sheets import sheet_of
from app.web.site import Go, Here, Pages, View
from ledger.errors import Invalid, NotFound
from ledger.reading import find
from ledger.sessions import months
from ledger.sessions.disputes import NEXT, Dispute, DisputeState
from ledger.sessions.records import DisputeAbout, DisputeOpened, Finding
from ledger.types import Act

pages = Pages()

READERS = (Role.STEWARD, Role.COUNCIL)

OF_COUNCIL = frozenset({DisputeState.COUNCIL_ACCEPTED, DisputeState.COUNCIL_REJECTED})
"""What only the council makes of a case; all else is a steward's."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is told: no author, no session."""

    id: str
    month: date
    about: DisputeAbout
    minutes: int
    state: DisputeState
    finding: str | None


def _told(opened: DisputeOpened, dispute: Dispute) -> Case:
    return Case(opened.id, opened.month, opened.about, dispute.minutes, dispute.state, dispute.reason)


def mine_of(db: Session, holder: str, period: str) -> list[Case]:
    """Return somebody's own cases about a month, the oldest first."""
    return [_told(*each) for each in months.cases(db, period=period, provider=holder)]


@pages.get("/disputes", READERS)
def listing(db: Session, here: Here) -> View:
    """All cases: those that wait for whoever looks, then the others, the newest first."""
    found = [_told(*each) for each in reversed(months.cases(db))]
    mine = [one for one in found if _steps(here, one.state)]
    others = [one for one in found if one not in mine]
    return View("disputes.html", {"mine": mine, "sheet": sheet_of(others, here)})


def _steps(here: Here, state: DisputeState) -> list[DisputeState]:
    """Return what whoever is here can make of a case."""
    is_council = here.role is Role.COUNCIL
    found = [one for one in NEXT[state] if one is not DisputeState.APPEALED and (one in OF_COUNCIL) is is_council]
    return sorted(found)


@pages.get("/disputes/{case}", READERS)
def show(db: Session, here: Here, case: str) -> View:
    """A case, and what can be made of it."""
    opened = find(db, DisputeOpened, case)
    told = _told(opened, months.dispute_by_id(db, case))
    steps = _steps(here, told.state)
    hears = here.role is Role.COUNCIL and (told.state is DisputeState.APPEALED or told.state in OF_COUNCIL)
    name = vault.names(db, [opened.provider])[opened.provider] if hears else ""
    return View("dispute.html", {"one": told, "steps": steps, "findings": list(Finding), "name": name})


@pages.post("/disputes/{case}", READERS, again=show, authority="role:disputes")
def step(db: Session, act: Act, here: Here, case: str) -> Go:
    """Take a case into review, decide it, or decide its appeal."""
    to = choice_in(here, "to", DisputeState)
    if to not in {*_steps(here, DisputeState.OPEN), *_steps(here, DisputeState.IN_REVIEW)} and not (
        here.role is Role.COUNCIL and to in OF_COUNCIL
    ):
        raise NotFound("This is not yours to decide.", field="to")
    finding = None
    if here.form.get("finding"):
        finding = choice_in(here, "finding", Finding)
    elif to in {DisputeState.REJECTED, DisputeState.COUNCIL_REJECTED}:
        raise Invalid(here.words.say("Say what was found."), field="finding")
    months.step_dispute(db, act, case, to, on=today_of(db, here), finding=finding)
    return Go("/disputes", here.words.say("It is recorded. The provider sees it beside the month."))
