"""Decisions: what is put forward, the ballot, the receipt, the result, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.orm import Session

from app import voting
from app.people import vault
from app.web import charts
from app.web.site import File, Go, Here, Own, Pages, View
from app.web.standing import doings
from governance import ballots, closing, comments, effects, proposals, rolls
from governance.ballots import Receipt
from governance.lifecycle import State
from governance.policies import rules_in_force
from governance.records import Notice, ProposalKind
from governance.rules import Ruleset
from governance.tally.methods import Form
from ledger.equity.register import company_day
from ledger.errors import Invalid
from ledger.members import members_on
from ledger.types import Act, Json

pages = Pages()


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal in the list."""

    id: str
    title: str
    kind: ProposalKind
    state: State


@pages.get("/decisions", Own)
def decisions(db: Session, here: Here) -> View:
    """Everything that was put forward, what is open first."""
    act = Act("reader", "role:reader", here.now)
    day, found = company_day(db, here.now), []
    for one in proposals.proposals(db):
        state = proposals.state_of(db, one.id, act.at, rules_in_force(db, one.kind, day))
        if state is not State.DRAFT:
            found.append(Listed(one.id, proposals.version(db, one.id).title, one.kind, state))
    running = [one for one in reversed(found) if not one.state.is_over and one.state not in DONE]
    return View("decisions.html", {"running": running, "over": [one for one in reversed(found) if one not in running]})


DONE = frozenset({State.IN_EFFECT, State.PASSED})


@pages.get("/decisions/{proposal}", Own)
def decision(db: Session, here: Here, proposal: str) -> View:
    """One proposal: what it says, where it stands, the ballot or the result."""
    found = proposals.shown(db, proposal)
    act, day = Act("reader", "role:reader", here.now), company_day(db, here.now)
    rules = rules_in_force(db, found.kind, day)
    state = proposals.state_of(db, proposal, act.at, rules)
    said, announced = proposals.version(db, proposal), proposals.notice(db, proposal)
    mine = ballots.receipt(db, proposal, here.me)
    standing = proposals.standing(db, proposal)
    everybody = members_on(db, day)
    remarks = comments.remarks(db, proposal)
    people = {one.comment.author for one in remarks} | {found.author}
    options = _options(db, proposal, announced)
    called = vault.names(db, [*people, *(key for key, _ in options if key.startswith("hld_"))])
    return View(
        "decision.html",
        {
            "one": found,
            "said": said,
            "state": state,
            "announced": announced,
            "rules": proposals.rules_of(announced) if announced is not None else rules,
            "review": standing.review,
            "remarks": remarks,
            "called": called,
            "options": [(key, called.get(key, title)) for key, title in options],
            "option_names": {key: called.get(key, title) for key, title in options},
            "mine": mine,
            "chosen": _chosen(mine, here),
            "may_vote": _may_vote(db, proposal, here.me, state, everybody),
            "turnout": _turnout(db, proposal, announced, here),
            "result": _result(db, proposal),
            "do": doings(db, here, proposal),
            "effect": effects.enactment(db, proposal),
            "ranks": min(len(options), 6),
        },
    )


def _options(db: Session, proposal: str, announced: Notice | None) -> list[tuple[str, str]]:
    roll = rolls.copied(db, proposal)
    listed: Any = []
    if roll is not None:
        listed = roll.options
    elif announced is not None:
        listed = rolls.options_of(db, announced)
    return [(one["key"], one["title"]) for one in listed]


def _may_vote(db: Session, proposal: str, member: str, state: State, everybody: Mapping[str, object]) -> bool:
    if state is not State.OPEN:
        return False
    return bool(rolls.chambers_of(db, proposal, member)) if rolls.copied(db, proposal) else member in everybody


def _turnout(db: Session, proposal: str, announced: Notice | None, here: Here) -> tuple[int, int, object] | None:
    if announced is None or rolls.copied(db, proposal) is None:
        return None
    voted, people = ballots.turnout(db, proposal)
    quorum = proposals.rules_of(announced).chambers[0].rule.quorum
    needed = None if quorum is None else quorum.needed(people)
    return voted, people, charts.meter(voted, people, needed, here.words)


def _result(db: Session, proposal: str) -> dict[str, Any] | None:
    done = closing.closing(db, proposal)
    if done is None:
        return None
    counted = closing.closed_vote(db, proposal).count()
    rounds = [] if counted.result is None else counted.result.to_json()["rounds"]
    return {"told": done.result, "turnout": done.turnout, "rounds": rounds, "closing": done}


def _chosen(mine: Receipt | None, here: Here) -> dict[str, str]:
    """Return what stands in the ballot's fields: what was just sent, else what was cast last."""
    if here.form:
        return dict(here.form)
    if mine is None:
        return {}
    choice = orjson.loads(mine.choice)
    if isinstance(choice, str):
        return {"choice": choice}
    if isinstance(choice, list):
        return {f"rank-{key}": str(place) for place, keys in enumerate(choice, 1) for key in keys}
    return {f"score-{key}": str(score) for key, score in choice.items()}


@pages.post("/decisions/{proposal}/ballot", Own, again=decision)
def vote(db: Session, act: Act, here: Here, proposal: str) -> Go:
    """Cast or change a ballot."""
    announced = proposals.notice(db, proposal)
    rules = proposals.rules_of(announced) if announced is not None else None
    made = voting.cast(
        db, act, proposal, here.me, choice_in(here, rules, [key for key, _ in _options(db, proposal, announced)])
    )
    note = here.words.say("Your vote is recorded. You can change it until voting closes.")
    if made.revision > 1:
        note = here.words.say("Your vote is changed. The last one counts.")
    return Go(f"/decisions/{proposal}#receipt", note)


def choice_in(here: Here, rules: Ruleset | None, options: list[str]) -> Json:
    """Return the choice that a ballot's fields say, as JSON.

    Raises:
        Invalid: Two options have one rank, or nothing was chosen.
    """
    if here.form.get("choice") == "abstain" or rules is None:
        return here.form.get("choice", "")
    form = rules.method.form
    if form in {Form.YES_NO, Form.CONSENT}:
        reason = here.form.get("reason", "").strip()
        word = here.form.get("choice", "")
        return {"say": word, "reason": reason} if reason and form is Form.CONSENT else word
    if form is Form.APPROVAL:
        return list(here.lists.get("approve", ()))
    if form is Form.SCORE:
        return {key: int(here.form[f"score-{key}"]) for key in options if here.form.get(f"score-{key}", "").isdecimal()}
    places: dict[int, list[str]] = {}
    for key in options:
        rank = here.form.get(f"rank-{key}", "")
        if rank.isdecimal():
            places.setdefault(int(rank), []).append(key)
    doubled = [rank for rank, keys in places.items() if len(keys) > 1]
    if doubled and not rules.method.allows_shared_places:
        text = here.words.say(
            "You gave the rank {rank} to two options. Choose another for one of them.", rank=min(doubled)
        )
        raise Invalid(text, field=f"rank-{places[min(doubled)][1]}")
    return [[*places[rank]] for rank in sorted(places)]


@pages.get("/decisions/{proposal}/audit-file", Own, long=True)
def audit_file(db: Session, here: Here, proposal: str) -> File:
    """The file by which anybody can count a closed vote again."""
    del here
    return File(closing.audit_file(db, proposal), "application/x-ndjson", f"{proposal}.jsonl")
