"""What waits for the board: grants to approve to the letter, months to close, roles, proposals to answer, votes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app import closes, disclosures, dismissals, grant_batches
from app.grant_batches import BatchState
from app.imports.sessions import undoing
from app.people import accounts, roles, vault
from app.people.roles import Holding, Role
from app.web import grant_terms, rule_words
from app.web.batches import shown_batch
from app.web.forms import choice_in, line_in
from app.web.granting import draft_of
from app.web.member import today_of
from app.web.motion_words import told
from app.web.patronage import listed
from app.web.site import Go, Here, Pages, View
from governance import proposals
from governance.lifecycle import State, micros
from governance.policies import rules_in_force
from governance.records import Proposal, ProposalKind, Recommendation
from governance.rules import Ruleset
from ledger.equity import grants
from ledger.errors import NotFound
from ledger.reading import every
from ledger.sessions import months
from ledger.sessions.records import CloseRequest
from ledger.types import Act

pages = Pages()

COUNTED = frozenset({State.PASSED, State.FAILED, State.NO_QUORUM})


@dataclass(frozen=True, slots=True)
class Before:
    """A proposal that the board may answer, or whose vote it may announce."""

    made: Proposal
    title: str
    state: State
    to_answer: bool
    to_announce: bool


@dataclass(frozen=True, slots=True)
class RoleAsked:
    """A role that waits for approval: for whom, given by whom."""

    of: Holding
    name: str
    given_by: str
    is_mine: bool


@pages.get("/board", Role.BOARD, long=True)
def waiting(db: Session, here: Here) -> View:
    """Everything that waits for the board's word."""
    wanted = {one.period: one for one in every(db, CloseRequest) if months.close_of(db, one.period) is None}
    before = [_before(db, here, one) for one in proposals.proposals(db)]
    return View(
        "board.html",
        {
            "drafts": [one for one in grant_terms.single_drafts(db) if one.approval is None],
            "batches": [one for one in grant_batches.batches(db) if one.state is BatchState.WAITING],
            "dismissals": dismissals.waiting(db),
            "disclosures": disclosures.waiting(db, here.now),
            "closes": [(one, one.requester == _me(here)) for one in wanted.values()],
            "asked": _roles_asked(db, here),
            "patronage": [one.draft for one in listed(db) if one.declared is None],
            "undos": [one for one in undoing.asked(db) if one.decided_by is None],
            "answers": [one for one in before if one.to_answer],
            "announcements": [one for one in before if one.to_announce],
        },
    )


def _me(here: Here) -> str:
    """Return the actor of whoever is here."""
    assert here.account is not None
    return here.account.actor


def _rules(db: Session, here: Here, made: Proposal) -> Ruleset:
    return rules_in_force(db, made.kind, today_of(db, here))


def _before(db: Session, here: Here, made: Proposal) -> Before:
    at = Act("reader", "role:reader", here.now).at
    state = proposals.state_of(db, made.id, at, _rules(db, here, made))
    is_early = state.is_before_vote and state is not State.DRAFT and made.board_ref is None
    is_poll = made.kind is ProposalKind.ADVISORY and state in COUNTED
    silent = proposals.standing(db, made.id).review is None
    title = proposals.version(db, made.id).title
    return Before(made, title, state, silent and (is_early or is_poll), state is State.READY)


def _roles_asked(db: Session, here: Here) -> list[RoleAsked]:
    assert here.account is not None
    called = {one.id: one.name for one in accounts.accounts(db)}
    called |= {one.holder: one.name for one in accounts.accounts(db) if one.holder is not None}
    return [
        RoleAsked(
            one,
            called.get(one.account, one.account),
            called.get(one.given_by, one.given_by),
            one.account == here.account.id or one.given_by == here.account.actor,
        )
        for one in roles.waiting(db, here.now)
    ]


@pages.get("/board/grants/{draft}", Role.BOARD)
def show_grant(db: Session, here: Here, draft: str) -> View:
    """A drafted grant: its exact terms, in words, as a picture, and as the hash that an approval is bound to."""
    found = draft_of(db, draft)
    told = grant_terms.preview(db, found.order, today_of(db, here), here.words)
    drafter = vault.names(db, [found.draft.drafter]).get(found.draft.drafter, found.draft.drafter)
    return View(
        "board_grant.html",
        {
            "of": found,
            "one": told,
            "drafter": drafter,
            "is_mine": _me(here) in {found.draft.drafter, found.draft.holder},
        },
    )


@pages.post("/board/grants/{draft}/approve", Role.BOARD, again=show_grant, authority="role:board")
def approve(db: Session, act: Act, here: Here, draft: str) -> Go:
    """Approve exactly the terms that were shown."""
    found = draft_of(db, draft)
    grants.approve_grant(
        db,
        act,
        draft,
        terms_hash=here.form.get("terms_hash", ""),
        resolution_ref=line_in(here, "resolution_ref"),
        on=today_of(db, here),
    )
    note = here.words.say("You approved {label}. A steward can issue it now.", label=found.order.label)
    return Go("/board", note)


@pages.get("/board/batches/{batch}", Role.BOARD)
def show_batch(db: Session, here: Here, batch: str) -> View:
    """Grants that were drafted together: every term, what they take of the pool, and the hash that binds them."""
    found = grant_batches.batch(db, batch)
    mine = {found.made_by} | {one.holder for one in found.drafts} | {one.drafter for one in found.drafts}
    return View("batch.html", shown_batch(db, here, found) | {"board": True, "is_mine": _me(here) in mine})


@pages.post("/board/batches/{batch}/approve", Role.BOARD, again=show_batch, authority="role:board")
def approve_batch(db: Session, act: Act, here: Here, batch: str) -> Go:
    """Approve every grant of a batch, exactly as they were shown."""
    made = grant_batches.approve(
        db,
        act,
        batch,
        content_hash=here.form.get("content_hash", ""),
        resolution_ref=line_in(here, "resolution_ref"),
        on=today_of(db, here),
    )
    note = here.words.several(
        "You approved one grant. A steward can issue it now.",
        "You approved {count} grants. A steward can issue them now.",
        len(made.drafts),
    )
    return Go("/board", note)


@pages.post("/board/batches/{batch}/return", Role.BOARD, again=show_batch, authority="role:board")
def return_batch(db: Session, act: Act, here: Here, batch: str) -> Go:
    """Return a batch with what is to be changed; nothing of it is approved."""
    grant_batches.give_back(db, act, batch, reason=line_in(here, "reason"))
    return Go("/board", here.words.say("The batch is returned. Whoever drafted it reads your reason."))


@pages.post("/board/closes/{request}/approve", Role.BOARD, authority="role:board", long=True)
def close_month(db: Session, act: Act, here: Here, request: str) -> Go:
    """Close a month that somebody else asked to close."""
    made = closes.approve_close(db, act, request, on=today_of(db, here))
    return Go("/board", here.words.say("{month} is closed.", month=made.period))


@pages.post("/board/roles/{role}/approve", Role.BOARD, authority="role:board")
def approve_role(db: Session, act: Act, here: Here, role: str) -> Go:
    """Approve a role that somebody else gave to somebody else."""
    made = roles.approve(db, act, role)
    name = accounts.find_account(db, made.account).name
    return Go("/board", here.words.say("You approved a role of {name}.", name=name))


@pages.get("/board/proposals/{proposal}", Role.BOARD)
def show_proposal(db: Session, here: Here, proposal: str) -> View:
    """A proposal before its vote: what it says, what the board answers, when the vote is."""
    made = proposals.shown(db, proposal)
    before = _before(db, here, made)
    if not (before.to_answer or before.to_announce):
        raise NotFound("Nothing of this proposal waits for the board.", field="proposal")
    rules, said = _rules(db, here, made), proposals.version(db, proposal)
    return View(
        "board_proposal.html",
        {
            "one": before,
            "said": said,
            "author": vault.names(db, [made.author]).get(made.author, made.author),
            "effects": told(db, said.motions, here.words),
            "needs": rule_words.in_short(rules, here.words),
            "until": _until(db, here, made, rules),
        },
    )


def _until(db: Session, here: Here, made: Proposal, rules: Ruleset) -> str:
    """Return until when the board may speak before the vote goes ahead without it; empty where nothing runs yet."""
    gathered = proposals.standing(db, made.id).gathered_at
    if gathered is None or made.board_ref is not None:
        return ""
    days = timedelta(days=rules.countdown_days + rules.review_days)
    return here.words.time(gathered + micros(days), here.zone)


@pages.post("/board/proposals/{proposal}/answer", Role.BOARD, again=show_proposal, authority="role:board")
def answer(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Say what the board thinks, with its reasons; it stops nothing."""
    made = proposals.shown(db, proposal)
    proposals.review(
        db,
        act,
        proposal,
        choice_in(here, "recommendation", Recommendation),
        here.form.get("reasons", ""),
        rules=_rules(db, here, made),
        on=today_of(db, here),
    )
    return Go("/board", here.words.say("The answer of the board is recorded; everybody can read it."))
