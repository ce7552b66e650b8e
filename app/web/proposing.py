"""Putting something forward: where to begin, the form, what would happen, the draft; changing, showing, taking back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app import voting
from app.people.roles import Role
from app.web import policy_words, proposal_form, rule_words, starts
from app.web.forms import line_in
from app.web.member import today_of
from app.web.motion_words import Told, told
from app.web.proposal_form import Opened, at_field, check_still, content_in, form_values, kept
from app.web.site import Go, Here, Own, Pages, View
from app.web.standing import doings, state_now
from app.web.starts import Start
from governance import proposals, seats
from governance.differences import Differences, differences
from governance.lifecycle import State
from governance.policies import rules_in_force
from governance.proposals import Content
from governance.records import Proposal, ProposalKind, Version
from governance.rules import needed_members
from ledger.equity.values import Plan
from ledger.errors import NotFound, Refusal
from ledger.members import members_on
from ledger.reading import every
from ledger.types import Act

pages = Pages()


@dataclass(frozen=True, slots=True)
class Offer:
    """A beginning as it is offered: what it is, and by which rule it is decided."""

    start: Start
    name: str
    said: str
    needs: str


@pages.get("/decisions/new", Own)
def choose(db: Session, here: Here) -> View:
    """What can be put forward, in plain words."""
    on, groups = today_of(db, here), []
    for group, listed in starts.groups(here.words):
        offers = [_offer(db, here, start) for start in listed if _is_offered(db, here, start)]
        groups.append((group, offers))
    kinds = [
        (kind, here.words.say("The rule for: {kind}", kind=policy_words.kind(kind, here.words)))
        for kind in ProposalKind
    ]
    shown = [(group, offers) for group, offers in groups if offers]
    return View("proposal_choose.html", {"groups": shown, "kinds": kinds, "is_member": here.me in members_on(db, on)})


def _offer(db: Session, here: Here, start: Start) -> Offer:
    kind = starts.KIND.get(start)
    needs = "" if kind is None else rule_words.in_short(rules_in_force(db, kind, today_of(db, here)), here.words)
    return Offer(start, starts.name(start, here.words), starts.said(start, here.words), needs)


def _is_offered(db: Session, here: Here, start: Start) -> bool:
    """Return whether there is anything that a beginning could be about."""
    if start is Start.GRANTS:
        return here.role in {Role.STEWARD, Role.BOARD}
    if start in {Start.POOL, Start.PLAN_END}:
        return any(not one.implied for one in every(db, Plan))
    if start is Start.ELECTION:
        return bool(seats.seats(db))
    if start is Start.RECALL:
        return bool(seats.directors(db, today_of(db, here)))
    return True


@pages.get("/decisions/new/{start}", Own)
def form(db: Session, here: Here, start: str) -> View:
    """The form: a title, the text, what happens if it passes."""
    return View("proposal_form.html", form_values(db, here, proposal_form.new(db, here, start)))


@pages.post("/decisions/new/{start}/details", Own)
def back(db: Session, act: Act, here: Here, start: str) -> View:
    """Go back to the form, with all that was written; or ask for more rows."""
    del act
    return View("proposal_form.html", form_values(db, here, proposal_form.new(db, here, start)))


@pages.post("/decisions/new/{start}/check", Own, again=form)
def check(db: Session, act: Act, here: Here, start: str) -> View:
    """Show what happens if it passes, before anything is recorded."""
    del act
    return _preview(db, here, proposal_form.new(db, here, start))


def _preview(db: Session, here: Here, of: Opened) -> View:
    check_still(db, here, of)
    content = content_in(db, here, of)
    on = today_of(db, here)
    rules = rules_in_force(db, of.kind, on)
    by_board = bool(here.form.get("board_ref", "").strip()) or (of.made is not None and of.made.board_ref is not None)
    return View(
        "proposal_check.html",
        {
            "of": of,
            "content": content,
            "effects": told(db, content.motions, here.words),
            "bodies": rule_words.bodies(rules, here.words),
            "times": rule_words.times(rules, here.words),
            "one_vote_each": rule_words.has_one_vote_each(rules),
            "kept": kept(here),
            "by_board": by_board,
            "needed": needed_members(rules.interest, len(members_on(db, on))),
        },
    )


@pages.post("/decisions/new/{start}", Own, again=form)
def draft(db: Session, act: Act, here: Here, start: str) -> Go:
    """Save it as a draft, which nobody but its author sees."""
    of = proposal_form.new(db, here, start)
    check_still(db, here, of)
    board_ref = here.form.get("board_ref", "").strip() or None
    if board_ref is not None and here.role is not Role.BOARD:
        raise NotFound("Only the board proposes on a resolution of the board.")
    acting = act if board_ref is None else replace(act, authority="role:board")
    repeals = here.form.get("repeals") or None
    try:
        made = voting.put_forward(
            db, acting, of.kind, content_in(db, here, of), author=here.me, board_ref=board_ref, repeals=repeals
        )
    except Refusal as refusal:
        raise at_field(refusal) from None
    note = here.words.say("Your draft is saved. Nobody else sees it until you show it.")
    return Go(f"/decisions/drafts/{made.id}", note)


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own proposal, in the list."""

    made: Proposal
    title: str
    state: State
    where: str


@pages.get("/decisions/mine", Own)
def mine(db: Session, here: Here) -> View:
    """What somebody put forward, drafts too, the newest first."""
    found = []
    for made in reversed(every(db, Proposal, author=here.me)):
        state = state_now(db, here, made)
        found.append(Mine(made, proposals.version(db, made.id).title, state, where(db, made)))
    return View("proposals_mine.html", {"mine": found})


def where(db: Session, made: Proposal) -> str:
    """Return the address of a proposal: one's draft has its own, as long as nobody else sees it."""
    is_shown = proposals.standing(db, made.id).published_at is not None
    return f"/decisions/{made.id}" if is_shown else f"/decisions/drafts/{made.id}"


def _own(db: Session, here: Here, proposal: str) -> Proposal:
    made = proposals.find(db, proposal)
    if made.author != here.me:
        raise NotFound(f"There is no proposal {proposal!r} of yours.", field="proposal")
    return made


@pages.get("/decisions/drafts/{proposal}", Own)
def show_draft(db: Session, here: Here, proposal: str) -> View | Go:
    """One's own draft: what it says, what it would do, and how it goes on."""
    _own(db, here, proposal)
    if proposals.standing(db, proposal).published_at is not None:
        return Go(f"/decisions/{proposal}")
    do = doings(db, here, proposal)
    return View("proposal_draft.html", {"said": proposals.version(db, proposal), "do": do})


@pages.post("/decisions/drafts/{proposal}/publish", Own, again=show_draft)
def publish(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Show a draft to everybody."""
    made = _own(db, here, proposal)
    rules = voting.rules_today(db, proposal, act.now)
    proposals.publish(db, act, proposal, author=here.me, rules=rules, on=today_of(db, here))
    if made.board_ref is not None:
        return Go(f"/decisions/{proposal}", here.words.say("Everybody sees it now. Its vote can be announced."))
    return Go(f"/decisions/{proposal}", here.words.say("Everybody sees it now, and can say that it should be decided."))


@pages.get("/decisions/{proposal}/edit", Own)
def edit(db: Session, here: Here, proposal: str) -> View:
    """The form of a proposal that is to say something else."""
    of = _to_change(db, here, proposal)
    return View("proposal_form.html", form_values(db, here, of))


def _to_change(db: Session, here: Here, proposal: str) -> Opened:
    of = proposal_form.change(db, here, proposal)
    assert of.made is not None
    if not state_now(db, here, of.made).is_before_vote:
        raise NotFound("It can't be changed any more.", field="proposal")
    return of


@pages.post("/decisions/{proposal}/edit/details", Own)
def back_to_edit(db: Session, act: Act, here: Here, proposal: str) -> View:
    """Go back to the form, with all that was written."""
    del act
    return edit(db, here, proposal)  # type: ignore[return-value] # a page that shows something shows a view


@pages.post("/decisions/{proposal}/edit/check", Own, again=edit)
def check_edit(db: Session, act: Act, here: Here, proposal: str) -> View:
    """Show what would happen then, before anything is recorded."""
    del act
    return _preview(db, here, _to_change(db, here, proposal))


@pages.post("/decisions/{proposal}/edit", Own, again=edit)
def amend(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Let a proposal say something else: another version."""
    of = _to_change(db, here, proposal)
    check_still(db, here, of)
    content: Content = content_in(db, here, of)
    try:
        made = voting.amend(db, act, proposal, content, author=here.me)
    except Refusal as refusal:
        raise at_field(refusal) from None
    note = here.words.say("Version {number} is saved.", number=made.number)
    assert of.made is not None
    return Go(where(db, of.made), note)


@dataclass(frozen=True, slots=True)
class Step:
    """A version, and what it says otherwise than the one before."""

    after: Version
    found: Differences | None
    effects: list[Told]


@pages.get("/decisions/{proposal}/versions", Own, long=True)
def versions(db: Session, here: Here, proposal: str) -> View:
    """All that a proposal ever said, each version with what it changed."""
    made = proposals.find(db, proposal)
    if made.author != here.me:
        proposals.shown(db, proposal)
    found: list[Step] = []
    before: Version | None = None
    for one in proposals.versions(db, proposal):
        changed = None if before is None else differences(before, one)
        moved = before is None or before.motions != one.motions
        found.append(Step(one, changed, told(db, one.motions, here.words) if moved else []))
        before = one
    return View(
        "proposal_versions.html", {"steps": found[::-1], "where": where(db, made), "title": found[-1].after.title}
    )


@pages.get("/decisions/{proposal}/withdraw", Own)
def ask_to_withdraw(db: Session, here: Here, proposal: str) -> View:
    """What taking a proposal back means, before it is done."""
    made = _own(db, here, proposal)
    values = {"said": proposals.version(db, proposal), "one": made, "where": where(db, made)}
    return View("proposal_withdraw.html", values)


@pages.post("/decisions/{proposal}/withdraw", Own, again=ask_to_withdraw)
def withdraw(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Take one's proposal back, for good, before voting begins."""
    _own(db, here, proposal)
    rules = voting.rules_today(db, proposal, act.now)
    reason = line_in(here, "reason")
    proposals.withdraw(db, act, proposal, author=here.me, reason=reason, rules=rules, on=today_of(db, here))
    return Go("/decisions/mine", here.words.say("It is taken back, for good."))
