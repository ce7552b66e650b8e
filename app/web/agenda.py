"""What waits in decisions, for a steward: drafts, ideas that collect, votes to announce, votes with few voters."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.web.member import today_of
from app.web.site import Here, Pages, View
from app.web.standing import said_now, state_now
from app.web.steward import open_votes
from governance import proposals, stances
from governance.lifecycle import State
from governance.policies import rules_in_force
from governance.records import Phase, Proposal
from governance.rules import needed_members
from ledger.members import members_on

pages = Pages()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for something.

    Attributes:
        said: Where it stands, in a sentence.
        interest: How many want it decided, and how many have to.
    """

    made: Proposal
    title: str
    author: str
    state: State
    said: str
    interest: tuple[int, int]


@pages.get("/steward/decisions", Role.STEWARD, long=True)
def agenda(db: Session, here: Here) -> View:
    """Everything in decisions that waits, and for whom."""
    found: dict[State, list[Waiting]] = {}
    me = None if here.account is None else here.account.holder
    for made in proposals.proposals(db):
        state = state_now(db, here, made)
        # a draft is its author's alone, whatever role somebody else has
        if state.is_before_vote and (state is not State.DRAFT or made.author == me):
            found.setdefault(state, []).append(_waiting(db, here, made, state))
    asked = [one for state in (State.COUNTDOWN, State.REVIEW) for one in found.get(state, [])]
    return View(
        "agenda.html",
        {
            "drafts": found.get(State.DRAFT, []),
            "collecting": found.get(State.IDEA, []),
            "asked": asked,
            "ready": found.get(State.READY, []),
            "announced": found.get(State.NOTICE, []),
            "votes": open_votes(db, here),
            "me": me,
        },
    )


def _waiting(db: Session, here: Here, made: Proposal, state: State) -> Waiting:
    on = today_of(db, here)
    members, rules = members_on(db, on), rules_in_force(db, made.kind, on)
    wanted = {one.member for one in stances.held(db, made.id, Phase.INTEREST)}
    return Waiting(
        made,
        proposals.version(db, made.id).title,
        vault.names(db, [made.author]).get(made.author, made.author),
        state,
        said_now(db, here, made, state),
        (len(wanted & members.keys()), needed_members(rules.interest, len(members))),
    )
