"""Announcing a vote: its dates, what speaks against them, and how it stands then, before it is announced for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app import voting
from app.people.roles import Role
from app.web import rule_words
from app.web.forms import day_in, local_time_in
from app.web.member import today_of
from app.web.site import Go, Here, Own, Pages, View
from app.web.standing import state_now
from app.web.words import Words
from governance import proposals
from governance.lifecycle import State, begins_at, issues_until
from governance.notices import Dates
from governance.policies import rules_in_force
from governance.records import Notice, Proposal
from governance.rules import Ruleset
from governance.secret.manifest import LEAST_PASSES
from ledger.equity.register import issuer
from ledger.errors import NotFound
from ledger.members import members_on
from ledger.types import Act

pages = Pages()

MORNING, EVENING = time(9), time(17)
"""When people of the cooperative can be expected to look at something."""
SOON_DAYS = 3
FIELDS = ("record_date", "opens", "closes", "effective_on")
BOARD = "/board/"


def first_dates(rules: Ruleset, today: date) -> dict[str, str]:
    """Return the earliest dates that the rule allows, opening and closing on working days, in working hours."""
    opens = working_day(today + timedelta(days=max(rules.notice_days, SOON_DAYS)))
    closes = working_day(opens + timedelta(days=rules.voting_days))
    return {
        # after the record date the passes of a secret vote are given out, for days
        "record_date": (today if rules.secret else max(today, opens - timedelta(days=1))).isoformat(),
        "opens": f"{datetime.combine(opens, MORNING):%Y-%m-%dT%H:%M}",
        "closes": f"{datetime.combine(closes, EVENING):%Y-%m-%dT%H:%M}",
        "effective_on": "",
    }


def working_day(day: date) -> date:
    """Return the day, or the Monday after it: nobody should lose a vote to a weekend."""
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())


def warnings(dates: Dates, today: date, words: Words) -> list[str]:
    """Return what somebody should know of dates before they are settled; the rule allows them all the same."""
    told = []
    if (dates.opens.date() - today).days < SOON_DAYS:
        told.append(words.say("It opens in less than three days. Somebody on leave may miss it."))
    for local, weekend, hours in (
        (
            dates.opens,
            words.say("It opens on a weekend."),
            words.say("It opens outside working hours (9 to 5 where the company is)."),
        ),
        (
            dates.closes,
            words.say("It closes on a weekend. Many forget a vote then."),
            words.say("It closes outside working hours (9 to 5 where the company is)."),
        ),
    ):
        if local.weekday() > 4:
            told.append(weekend)
        if not MORNING <= local.time() <= EVENING:
            told.append(hours)
    return told


def secret_warnings(rules: Ruleset, words: Words) -> list[str]:
    """Return what somebody should know before they announce a secret vote."""
    if not rules.secret:
        return []
    return [
        words.say("If everybody votes the same, everybody's vote is known, although the vote is secret."),
        words.say(
            "If fewer than {passes} people fetch a pass, the vote is void: it does not count.",
            passes=LEAST_PASSES,
        ),
    ]


def _ready(db: Session, here: Here, proposal: str) -> Proposal:
    """Return a proposal whose vote whoever is here may announce.

    Raises:
        NotFound: It is not ready, or somebody else announces it.
    """
    made = proposals.shown(db, proposal)
    if not here.path.startswith(BOARD) and made.author != here.me:
        raise NotFound("Its author announces the vote, or the board.", field="proposal")
    if state_now(db, here, made) is not State.READY:
        raise NotFound("Its vote can't be announced now.", field="proposal")
    return made


def _where(here: Here, proposal: str) -> str:
    return f"/board/proposals/{proposal}/announce" if here.path.startswith(BOARD) else f"/decisions/{proposal}/announce"


@pages.get("/board/proposals/{proposal}/announce", Role.BOARD)
@pages.get("/decisions/{proposal}/announce", Own)
def dates_form(db: Session, here: Here, proposal: str) -> View:
    """The dates of a vote: the earliest that the rule allows stand there first."""
    made = _ready(db, here, proposal)
    rules = rules_in_force(db, made.kind, today_of(db, here))
    said = proposals.version(db, proposal)
    return View(
        "announce.html",
        {
            "said": said,
            "one": made,
            "where": _where(here, proposal),
            "rules": rules,
            "needs": rule_words.in_short(rules, here.words),
            "first": first_dates(rules, today_of(db, here)),
        },
    )


@pages.post("/board/proposals/{proposal}/announce/dates", Role.BOARD)
@pages.post("/decisions/{proposal}/announce/dates", Own)
def back_to_dates(db: Session, act: Act, here: Here, proposal: str) -> View:
    """Go back to the dates, with those that were chosen."""
    del act
    return dates_form(db, here, proposal)  # type: ignore[return-value] # a page that shows something shows a view


def _dates_in(db: Session, here: Here) -> Dates:
    effective_on = day_in(here, "effective_on") if here.form.get("effective_on") else None
    return Dates(
        day_in(here, "record_date"),
        local_time_in(here, "opens"),
        local_time_in(here, "closes"),
        issuer(db).time_zone,
        effective_on,
    )


@pages.post("/board/proposals/{proposal}/announce/check", Role.BOARD, again=dates_form, authority="role:board")
@pages.post("/decisions/{proposal}/announce/check", Own, again=dates_form)
def check_dates(db: Session, act: Act, here: Here, proposal: str) -> View:
    """Show how the vote would stand, with what speaks against its dates. Nothing is recorded."""
    made = _ready(db, here, proposal)
    dates = _dates_in(db, here)
    announced = _tried(db, act, proposal, dates)
    rules = proposals.rules_of(announced)
    return View(
        "announce_check.html",
        {
            "said": proposals.version(db, proposal),
            "one": made,
            "where": _where(here, proposal),
            "notice": announced,
            "bodies": rule_words.bodies(rules, here.words),
            "times": rule_words.times(rules, here.words),
            "one_vote_each": rule_words.has_one_vote_each(rules),
            "least_for": rules.least_for,
            "members": len(members_on(db, dates.record_date)),
            "warnings": [*warnings(dates, today_of(db, here), here.words), *secret_warnings(rules, here.words)],
            "passes": (begins_at(announced), issues_until(announced)) if rules.secret else None,
            "kept": _kept(here, FIELDS),
        },
    )


def _kept(here: Here, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, here.form.get(name, "")) for name in names]


def _tried(db: Session, act: Act, proposal: str, dates: Dates) -> Notice:
    """Return the notice as it would be: announced by the deed itself, and undone."""
    savepoint = db.begin_nested()
    try:
        return voting.announce(db, act, proposal, dates)
    finally:
        savepoint.rollback()


@pages.post("/board/proposals/{proposal}/announce", Role.BOARD, again=dates_form, authority="role:board")
@pages.post("/decisions/{proposal}/announce", Own, again=dates_form)
def announce(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Announce the vote: text, motions, rule and dates are frozen."""
    _ready(db, here, proposal)
    voting.announce(db, act, proposal, _dates_in(db, here))
    return Go(f"/decisions/{proposal}", here.words.say("The vote is announced. Nothing of it can be changed now."))
