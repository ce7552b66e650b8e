"""Grants as a steward sees them: all there are, and the way to a new one in three steps: details, check, draft.

Nothing is promised by a draft. Somebody of the board approves exactly its terms; then a steward issues it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app import grant_batches
from app.grant_batches import BatchState
from app.people import vault
from app.people.roles import Role
from app.web import charts, grant_terms
from app.web.grant_form import FIELDS, first_fields, order_in
from app.web.grant_terms import AT_ONCE, OpenDraft
from app.web.member import held, today_of
from app.web.sheets import sheet_of
from app.web.site import Go, Here, Pages, View
from ledger import journal
from ledger.equity import grants
from ledger.equity.captable.holdings import newest_instalments
from ledger.equity.register import refuse_taken
from ledger.equity.securities import position
from ledger.equity.values import (
    Award,
    AwardType,
    EventKind,
    Holder,
    Plan,
    Security,
    SecurityEvent,
    ShareClass,
)
from ledger.equity.vesting import table as instalments
from ledger.errors import NotAllowedNow, NotFound
from ledger.reading import Known, every, known
from ledger.types import Act, Cut, decimal_text

pages = Pages()

OFFERED = (AwardType.NSO, AwardType.ISO, AwardType.RSU, AwardType.RSA)


@dataclass(frozen=True, slots=True)
class Listed:
    """A grant in the list; units as decimal text."""

    id: str
    label: str
    name: str
    what: AwardType
    on: date
    granted: str
    vested: str
    unvested: str
    is_accepted: bool


@pages.get("/steward/grants", Role.STEWARD, long=True)
def listing(db: Session, here: Here) -> View:
    """All grants, the newest first, and the drafts on their way."""
    awards = {one.security: one for one in every(db, Award)}
    found = [one for one in reversed(known(db, Security)) if one.value.id in awards]
    sheet = sheet_of(found, here)
    listed = _listed(db, here, sheet.rows, awards)
    on_their_way = [one for one in grant_batches.batches(db) if one.state is not BatchState.ISSUED]
    return View(
        "grants.html",
        {"grants": listed, "sheet": sheet, "drafts": grant_terms.single_drafts(db), "batches": on_their_way},
    )


def _listed(db: Session, here: Here, shown: Sequence[Known[Security]], awards: Mapping[str, Award]) -> list[Listed]:
    on = today_of(db, here)
    promised = newest_instalments(db, Cut(on, journal.size(db)))
    accepted = {one.security for one in every(db, SecurityEvent, kind=EventKind.ACCEPTED)}
    called = vault.names(db, {one.value.holder for one in shown})
    places = {one.id: one.decimals for one in every(db, ShareClass)}
    rows = []
    for item in shown:
        one = item.value
        table = instalments.read(promised[one.id]) if one.id in promised else ()
        granted, vested, unvested = (
            decimal_text(units, places[one.class_id or ""])
            for units in (
                one.quantity,
                instalments.vested(table, on) if table else one.quantity,
                instalments.unvested(table, on) if table else 0,
            )
        )
        what, name = awards[one.id].award_type, called[one.holder]
        rows.append(Listed(one.id, one.label, name, what, item.on, granted, vested, unvested, one.id in accepted))
    return rows


@pages.get("/steward/grants/new", Role.STEWARD)
def details(db: Session, here: Here) -> View:
    """Step one: who, how much, when it vests, and what allows it."""
    plans = [one for one in every(db, Plan) if not one.implied]
    people = vault.names(db, [one.id for one in every(db, Holder)])
    return View(
        "grant_details.html",
        {
            "people": sorted(people.items(), key=lambda item: (item[1].casefold(), item[0])),
            "plans": [(one.id, one.name) for one in plans],
            "at_once": AT_ONCE,
            "offered": OFFERED,
            "first": first_fields(db, here, plans),
        },
    )


@pages.get("/steward/grants/check", Role.STEWARD)
def back_to_details(db: Session, here: Here) -> Go:
    """Whoever comes to the check without details begins with them."""
    del db, here
    return Go("/steward/grants/new")


@pages.post("/steward/grants/details", Role.STEWARD)
def change(db: Session, act: Act, here: Here) -> View:
    """Go back from the check to the details, with all that was written in them."""
    del act
    return details(db, here)  # type: ignore[return-value] # a page that shows something shows a view


@pages.post("/steward/grants/check", Role.STEWARD, again=details)
def check(db: Session, act: Act, here: Here) -> View:
    """Step two: the grant in a sentence, its schedule, and what speaks for and against it. Nothing is recorded."""
    del act
    order = order_in(db, here)
    refuse_taken(db, Security, label=order.label)
    grants.refuse_unexempt(order)
    told = grant_terms.preview(db, order, today_of(db, here), here.words)
    return View("grant_check.html", {"one": told, "kept": [(name, here.form.get(name, "")) for name in FIELDS]})


@pages.post("/steward/grants/drafts", Role.STEWARD, again=details, authority="role:steward")
def draft(db: Session, act: Act, here: Here) -> Go:
    """Step three: record the draft, or a new version of one; somebody of the board approves it then."""
    order = order_in(db, here)
    made = grants.draft_grant(
        db, act, order, on=today_of(db, here), draft_id=here.form.get("draft", "").strip() or None
    )
    note = here.words.say("The draft is recorded. Somebody of the board has to approve it before you can issue it.")
    return Go(f"/steward/grants/drafts/{made.id}", note)


def draft_of(db: Session, id: str) -> OpenDraft:
    """Return a draft of which nothing has been issued.

    Raises:
        NotFound: There is none, or it has been issued.
    """
    found = grants.newest_draft(db, id)
    if every(db, Award, draft_id=id):
        raise NotFound("This grant has been issued; you find it among the grants.", field="draft")
    return grant_terms.opened(db, found, vault.names(db, [found.holder])[found.holder])


@pages.get("/steward/grants/drafts/{draft}", Role.STEWARD)
def show_draft(db: Session, here: Here, draft: str) -> View | Go:
    """A draft: its exact terms, how far it has come, and how it goes on."""
    issued = every(db, Award, draft_id=draft)
    if issued:
        return Go(f"/steward/grants/{issued[0].security}")
    found = draft_of(db, draft)
    told = grant_terms.preview(db, found.order, today_of(db, here), here.words)
    approver = None
    if found.approval is not None:
        approver = vault.names(db, [found.approval.approver]).get(found.approval.approver, found.approval.approver)
    can_change = grant_terms.template_of(found.order.vesting) is not None
    return View(
        "grant_draft.html", {"of": found, "one": told, "approver": approver, "can_change": can_change, "board": False}
    )


@pages.post("/steward/grants/drafts/{draft}/issue", Role.STEWARD, again=show_draft, authority="role:steward")
def issue(db: Session, act: Act, here: Here, draft: str) -> Go:
    """Issue what the board approved: from now on it is a promise."""
    issued = every(db, Award, draft_id=draft)
    if issued:
        return Go(f"/steward/grants/{issued[0].security}", here.words.say("It has been issued already."))
    made = grants.issue_grant(db, act, draft)
    note = here.words.say("{label} is issued. It waits for its holder to accept it.", label=made.security.label)
    return Go(f"/steward/grants/{made.security.id}", note)


@pages.get("/steward/grants/{security}", Role.STEWARD)
def grant(db: Session, here: Here, security: str) -> View:
    """One grant: its schedule, and what happened to it."""
    found, on = position(db, security), today_of(db, here)
    if found.award is None:
        raise NotFound("This is no grant.", field="security")
    told = held(found, on)
    return View(
        "grant_of.html",
        {
            "one": told,
            "name": vault.names(db, [found.security.holder])[found.security.holder],
            "holder": found.security.holder,
            "award": found.award,
            "security": found.security,
            "picture": charts.staircase(told.steps, on, told.granted, here.words, told.decimals),
            "events": [(one.on, one.value, one.n) for one in found.events],
        },
    )


@pages.post("/steward/grants/{security}/retract", Role.STEWARD, again=grant, authority="role:steward")
def retract(db: Session, act: Act, here: Here, security: str) -> Go:
    """Undo a grant that nobody has accepted, as if it had never been issued."""
    if not every(db, Award, security=security):
        raise NotAllowedNow(here.words.say("Only grants are retracted here."))
    grants.retract(db, act, security, on=today_of(db, here), reason=here.form.get("reason", ""))
    return Go(f"/steward/grants/{security}", here.words.say("It is retracted; its units are back in the pool."))
