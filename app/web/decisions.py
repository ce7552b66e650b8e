"""Decisions: what is put forward, where it stands, what it came to, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import voting
from app.people import vault
from app.secret.outcome import secret_outcome
from app.web import ballot_form, charts, deciding, outcome, policy_words, vote_words
from app.web.deciding import Decision
from app.web.sheets import sheet_of
from app.web.site import File, Go, Here, Own, Pages, View
from app.web.standing import doings
from governance import closing, comments, effects, proposals
from governance.lifecycle import State
from governance.records import Notice, ProposalKind
from ledger.types import Act

pages = Pages()

DONE = frozenset({State.IN_EFFECT, State.PASSED})
FOLDED = 1_500
"""From how many characters on a text is folded: what changes and the ballot should not stand far below."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal in the list."""

    id: str
    title: str
    kind: ProposalKind
    state: State
    announced: Notice | None
    may_vote: bool = False
    has_voted: bool = False


@pages.get("/decisions", Own)
def decisions(db: Session, here: Here) -> View:
    """Everything that was put forward: what is open, what is under way, what is decided."""
    found = [_listed(db, here, one.id, one.kind) for one in reversed(proposals.proposals(db))]
    shown = [one for one in found if one.state is not State.DRAFT]
    running = [one for one in shown if not one.state.is_over and one.state not in DONE]
    over = [one for one in shown if one not in running]
    return View(
        "decisions.html",
        {
            "open": [one for one in running if one.state is State.OPEN],
            "running": [one for one in running if one.state is not State.OPEN],
            "over": sheet_of(over, here),
            "kinds": {kind: policy_words.kind(kind, here.words) for kind in {one.kind for one in shown}},
        },
    )


def _listed(db: Session, here: Here, proposal: str, kind: ProposalKind) -> Listed:
    state = voting.state_now(db, proposal, here.now)
    title, announced = proposals.version(db, proposal).title, proposals.notice(db, proposal)
    if state is not State.OPEN:
        return Listed(proposal, title, kind, state, announced)
    found = deciding.find(db, here, proposal)
    return Listed(proposal, title, kind, state, announced, deciding.may_vote(db, found), found.mine is not None)


@pages.get("/decisions/{proposal}", Own, long=True)
def decision(db: Session, here: Here, proposal: str) -> View:
    """One proposal: what would change, where it stands, the ballot or the result, and what people say."""
    found = deciding.find(db, here, proposal)
    remarks, do = comments.remarks(db, proposal), doings(db, here, proposal)
    called = vault.names(db, {one.comment.author for one in remarks} | {found.made.author})
    picture, stages, at = deciding.picture(db, found)
    return View(
        "decision.html",
        {
            "of": found,
            "do": do,
            "lead": deciding.lead(db, found),
            "picture": picture,
            "stages": stages,
            "at": at,
            "is_ahead": found.state in deciding.AHEAD,
            "is_long": len(found.said.text) > FOLDED,
            "remarks": remarks,
            "called": called,
            "facts": deciding.rule_items(found),
            "turnouts": [
                (one, charts.meter(one.voted, one.roll, one.needed, here.words)) for one in deciding.turnouts(db, found)
            ],
            "effect": effects.enactment(db, proposal),
            "secret": deciding.secret(db, found),
            "result": _result(db, found),
            "relied": secret_outcome(db, proposal),
            **_ballot(db, found),
        },
    )


def _ballot(db: Session, of: Decision) -> dict[str, object]:
    may_vote = deciding.may_vote(db, of)
    method = of.rules.method
    return {
        "may_vote": may_vote,
        "why_not": "" if may_vote or of.state is not State.OPEN else deciding.why_not(db, of),
        "filled": ballot_form.filled(of.here, of.mine),
        "answers": ballot_form.answers(method.form, of.words),
        "how_to_vote": vote_words.how_to_vote(method, of.words),
        "look": ballot_form.look(of.options),
    }


def _result(db: Session, of: Decision) -> outcome.Told | None:
    done = of.standing.closing
    return None if done is None else outcome.told(db, done, of.rules, of.options, of.words)


@pages.get("/decisions/{proposal}/audit-file", Own, long=True)
def audit_file(db: Session, here: Here, proposal: str) -> File:
    """The file by which anybody can count a closed vote again."""
    del here
    return File(closing.audit_file(db, proposal), "application/x-ndjson", f"vestry-vote-{proposal}.jsonl")


@pages.post("/decisions/{proposal}/again", Own, again=decision)
def put_again(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Put what came to nothing forward once more, as a draft of one's own."""
    proposals.shown(db, proposal)
    made = voting.put_again(db, act, proposal, author=here.me)
    note = here.words.say("A draft with the same words is yours now. Nobody else sees it until you show it.")
    return Go(f"/decisions/drafts/{made.id}", note)
