"""Leaving and leave: what happens to each grant, shown before anything is done; one's own "if I leave"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from app import dismissals, layoffs, leaves
from app.people import accounts, roles, vault
from app.people.roles import Role
from app.web import refusals
from app.web.batches import called_by
from app.web.forms import choice_in, day_in, line_in, still
from app.web.member import today_of
from app.web.site import Go, Here, Own, Pages, View
from governance import layoffs as cases
from ledger.equity import leaving, register
from ledger.equity.leaving import APPEAL_DAYS, LeavingOrder, Parting
from ledger.equity.parting import exercise_by
from ledger.equity.securities import Position, position
from ledger.equity.values import EventKind, Holder, LeavingReason, Security
from ledger.equity.vesting.leave import Leave
from ledger.equity.vesting_changes import open_pause
from ledger.errors import NotFound, Refusal
from ledger.reading import every, find
from ledger.sessions import payouts
from ledger.sessions.redemption import exit_instalments
from ledger.types import Act

pages = Pages()

CAUSE = LeavingReason.INVOLUNTARY_WITH_CAUSE


@dataclass(frozen=True, slots=True)
class Row:
    """What leaving does to one grant or certificate; minor units.

    Attributes:
        early: Of what stays, what layoff protection adds.
        until: The last day to exercise what stays; None where nothing is exercised, or nothing ends it.
        is_exercised: Whether it is something that one exercises.
    """

    label: str
    decimals: int
    stays: int
    early: int
    lost: int
    waits: int
    until: date | None
    is_exercised: bool


def rows_of(of: list[Parting], reason: LeavingReason, on: date) -> list[Row]:
    """Return what leaving does to each of what somebody holds and that it concerns."""
    return [_row(one, reason, on) for one in of if one.is_concerned]


def _row(of: Parting, reason: LeavingReason, on: date) -> Row:
    held, early = of.held, of.units(EventKind.ACCELERATED)
    assert held.share_class is not None
    award = held.award
    return Row(
        held.security.label,
        held.share_class.decimals,
        max(held.vested(on) + early - held.used(), 0),
        early,
        of.units(EventKind.FORFEITED),
        of.units(EventKind.SUSPENDED),
        None if award is None else exercise_by(award, reason, on),
        award is not None and award.award_type.needs_price,
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What leaving would do.

    Attributes:
        seen: The digest of all that is shown, so that nothing else is done.
        refusal: Why it can't be; empty where it can.
    """

    reason: LeavingReason
    on: date
    rows: list[Row]
    seen: str
    refusal: str = ""


def _preview(db: Session, here: Here, holder: str) -> Preview | None:
    """Return what the address, or the form that was sent, asks for; None where it asks for nothing yet."""
    asked = here.form if "reason" in here.form else here.query
    if asked.get("reason", "") not in set(LeavingReason):
        return None
    reason = LeavingReason(asked["reason"])
    try:
        on = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        return Preview(reason, today_of(db, here), [], "", here.words.say("Write a day, such as 2026-03-02."))
    try:
        found = layoffs.foreseen(db, _order(holder, reason, on, here))
    except Refusal as refusal:
        return Preview(reason, on, [], "", refusals.told(here.words, str(refusal)))
    rows = rows_of(found, reason, on)
    return Preview(reason, on, rows, sha256(repr((reason, on, rows)).encode()).hexdigest())


def _is_engaged(db: Session, holder: str) -> bool:
    """Return whether an engagement of somebody has no end yet."""
    return any(end is None for _, end in register.engagements(db, holder))


def _order(holder: str, reason: LeavingReason, on: date, here: Here) -> LeavingOrder:
    if reason is not CAUSE:
        return LeavingOrder(holder, reason, on)
    assert here.account is not None
    until = on + timedelta(days=APPEAL_DAYS)
    return LeavingOrder(holder, reason, on, second_approver=here.account.actor, appeal_until=until)


@pages.get("/steward/people/{holder}/leaving", Role.STEWARD)
def part(db: Session, here: Here, holder: str) -> View:
    """Somebody leaves, or is on leave: what happens to each grant, before anything is done."""
    find(db, Holder, holder)
    on = today_of(db, here)
    vesting = leaves.vesting_of(db, holder, on)
    asked = dismissals.waiting(db, holder)
    return View(
        "leaving.html",
        {
            "id": holder,
            "name": vault.names(db, [holder])[holder],
            "reasons": list(LeavingReason),
            "leaves": list(Leave),
            "preview": _preview(db, here, holder),
            "on": on,
            "appeal_until": on + timedelta(days=APPEAL_DAYS),
            "asked": asked,
            "called": called_by(db, {one.asked_by for one in asked}),
            "causes": leaving.open_causes(db, holder),
            "vesting": len(vesting),
            "paused": [one.security.label for one in vesting if open_pause(one) is not None],
            "can_pause": any(one.plan is not None and one.plan.pauses_for_leave for one in vesting),
            "engaged": _is_engaged(db, holder),
        },
    )


@pages.post("/steward/people/{holder}/leaving", Role.STEWARD, again=part, authority="role:steward")
def leave(db: Session, act: Act, here: Here, holder: str) -> Go:
    """Record that somebody leaves, exactly as it was shown; a dismissal for cause waits for a second person."""
    reason, on = choice_in(here, "reason", LeavingReason), day_in(here, "on")
    preview = _preview(db, here, holder)
    seen = "" if preview is None else preview.seen
    still(here, seen, here.words.say("What would happen has changed since it was shown. Read it again."))
    name = vault.names(db, [holder])[holder]
    if reason is CAUSE:
        dismissals.ask(db, act, holder, on=on, appeal_until=on + timedelta(days=APPEAL_DAYS))
        note = here.words.say("It waits for a second person, somebody of the board. Nothing has happened yet.")
        return Go(f"/steward/people/{holder}/leaving", note)
    layoffs.leave(db, act, LeavingOrder(holder, reason, on))
    note = here.words.say("It is recorded that {name} leaves on {on}.", name=name, on=here.words.day(on))
    return Go(f"/steward/people/{holder}", note)


@pages.post("/steward/people/{holder}/cause", Role.STEWARD, again=part, authority="role:steward")
def stands(db: Session, act: Act, here: Here, holder: str) -> Go:
    """Record that a dismissal for cause stands, once nobody can appeal any more."""
    leaving.confirm_cause(db, act, holder, on=today_of(db, here))
    note = here.words.say("The dismissal stands. What had not vested is back where it came from.")
    return Go(f"/steward/people/{holder}", note)


@pages.post("/steward/people/{holder}/leave", Role.STEWARD, again=part, authority="role:steward")
def begin_leave(db: Session, act: Act, here: Here, holder: str) -> Go:
    """Pause vesting for a leave, where plan and law let it pause."""
    kind, on, until = choice_in(here, "leave", Leave), day_in(here, "from"), day_in(here, "until")
    count = leaves.begin(db, act, holder, kind, on=on, until=until)
    note = here.words.several("Vesting of one grant pauses.", "Vesting of {count} grants pauses.", count)
    return Go(f"/steward/people/{holder}/leaving", note)


@pages.post("/steward/people/{holder}/back", Role.STEWARD, again=part, authority="role:steward")
def end_leave(db: Session, act: Act, here: Here, holder: str) -> Go:
    """Let vesting go on from the first day back."""
    count = leaves.end(db, act, holder, on=day_in(here, "back"))
    note = here.words.several("Vesting of one grant goes on.", "Vesting of {count} grants goes on.", count)
    return Go(f"/steward/people/{holder}/leaving", note)


@pages.get("/board/dismissals/{request}", Role.BOARD)
def show_dismissal(db: Session, here: Here, request: str) -> View:
    """A dismissal for cause that somebody asks for, and what it would do."""
    found = next((one for one in dismissals.waiting(db) if one.id == request), None)
    if found is None:
        raise NotFound(here.words.say("Nobody asks for this any more; it has been decided."))
    assert here.account is not None
    order = LeavingOrder(found.holder, CAUSE, found.on, None, found.asked_by, found.appeal_until)
    called = called_by(db, {found.asked_by, found.holder})
    return View(
        "dismissal.html",
        {
            "one": found,
            "name": called[found.holder],
            "by": called[found.asked_by],
            "rows": rows_of(layoffs.foreseen(db, order), CAUSE, found.on),
            "is_mine": here.account.actor in {found.asked_by, found.holder},
        },
    )


@pages.post("/board/dismissals/{request}", Role.BOARD, again=show_dismissal, authority="role:four-eyes")
def decide_dismissal(db: Session, act: Act, here: Here, request: str) -> Go:
    """Dismiss somebody for cause as another person asked, or leave it."""
    is_dismissed = line_in(here, "decision") == "dismiss"
    dismissals.decide(db, act, request, is_dismissed=is_dismissed)
    if is_dismissed:
        note = here.words.say("It is recorded. Nothing is taken while it can be appealed against.")
    else:
        note = here.words.say("Nothing came of it. They stay.")
    return Go("/board", note)


@dataclass(frozen=True, slots=True)
class Way:
    """What leaving today for one reason would come to.

    Attributes:
        refusal: Why it could not be today; empty where it could.
    """

    reason: LeavingReason
    rows: list[Row]
    refusal: str = ""


def _way(db: Session, holder: str, reason: LeavingReason, on: date) -> Way:
    try:
        return Way(reason, rows_of(layoffs.foreseen(db, LeavingOrder(holder, reason, on)), reason, on))
    except Refusal as refusal:
        return Way(reason, [], str(refusal))


def _left(held: Position) -> tuple[str, int, int, date | None]:
    """Return a grant of somebody who has left: label, places, what is left to use, and until when."""
    assert held.share_class is not None
    until = held.happened(EventKind.LEFT)[-1].value.detail or {}
    last = until.get("exercise_by")
    day = date.fromisoformat(last) if isinstance(last, str) else None
    return held.security.label, held.share_class.decimals, held.outstanding, day


@pages.get("/leaving", Own)
def own_leaving(db: Session, here: Here) -> View:
    """If I leave: what I keep, until when I can exercise it, when my capital is paid out."""
    on, me = today_of(db, here), here.me
    reasons = [one for one in LeavingReason if one is not CAUSE]
    ways = [_way(db, me, reason, on) for reason in reasons] if _is_engaged(db, me) else []
    held = [position(db, one.id) for one in every(db, Security, holder=me)]
    gone = [_left(one) for one in held if one.happened(EventKind.LEFT) and one.outstanding and one.share_class]
    company = register.issuer(db)
    council = [accounts.find_account(db, one).name for one in roles.accounts_in(db, Role.COUNCIL, here.now)]
    concerned = [one for one in cases.cases(db) if me in one.affected and one.case.notice_on <= on]
    return View(
        "own_leaving.html",
        {
            "on": on,
            "ways": ways,
            "left": [] if ways else gone,
            "currency": company.currency,
            "leaving": exit_instalments(payouts.unpromised(db, me), on, year_end=company.fiscal_year_end),
            "cases": concerned,
            "causes": leaving.open_causes(db, me),
            "council": council,
        },
    )
