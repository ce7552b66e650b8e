"""A decision as its pages need it: what is on record about it, gathered once, and where it stands in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import voting
from app.people import vault
from app.web import rule_words, vote_words
from app.web.pictures.timeline import Stage, timeline
from app.web.site import Here
from app.web.words import Words
from governance import ballots, comments, effects, policies, proposals, rolls, stances
from governance.ballots import Receipt, Turnout
from governance.lifecycle import Standing, State, begins_at, is_secret, issues_until, local_day, micros
from governance.records import Conflict, Notice, Phase, Proposal, RollCopied, Version, Withdrawn
from governance.rules import Ruleset, needed_members
from governance.secret import polls
from governance.secret.manifest import BallotForm
from ledger.equity.register import company_day
from ledger.members import members_on
from ledger.reading import every, newest
from ledger.types import micros_of

AHEAD = frozenset(State) - {
    State.FAILED,
    State.NO_QUORUM,
    State.IN_EFFECT,
    State.SUPERSEDED,
    State.STOPPED,
    State.LAPSED,
    State.REFUSED,
    State.WITHDRAWN,
}
"""States in which a motion has still to take effect, as far as anybody knows."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is on record about a proposal.

    Attributes:
        rules: Those of the notice, or those in force for its kind today.
        options: Key to name of what can be chosen, in their order.
        mine: The receipt of whoever reads; None if they have not voted.
        conflicts: Interests that members declared.
    """

    made: Proposal
    said: Version
    state: State
    standing: Standing
    announced: Notice | None
    rules: Ruleset
    roll: RollCopied | None
    options: Mapping[str, str]
    mine: Receipt | None
    conflicts: tuple[Conflict, ...]
    here: Here

    @property
    def id(self) -> str:
        """The proposal's id."""
        return self.made.id

    @property
    def words(self) -> Words:
        """The reader's language."""
        return self.here.words

    def time(self, at: int) -> str:
        """Return a moment as its reader sees it."""
        return self.words.time(at, self.here.zone)

    @property
    def my_conflict(self) -> Conflict | None:
        """The interest that the reader has declared, if it takes them off the roll."""
        me = None if self.here.account is None else self.here.account.holder
        return next((one for one in self.conflicts if one.member == me and one.is_recused), None)


def find(db: Session, here: Here, proposal: str) -> Decision:
    """Return a decision; of a draft for its author alone.

    Raises:
        NotFound: There is none, or it is somebody else's draft.
    """
    made = proposals.find(db, proposal)
    me = None if here.account is None else here.account.holder
    if made.author != me:
        made = proposals.shown(db, proposal)
    announced = proposals.notice(db, proposal)
    today = policies.rules_in_force(db, made.kind, company_day(db, here.now))
    rules = today if announced is None else proposals.rules_of(announced)
    roll = rolls.copied(db, proposal)
    listed: Any = roll.options if roll is not None else rolls.options_of(db, announced) if announced is not None else []
    called = vault.names(db, [one["key"] for one in listed if one["key"] == one["title"]])
    return Decision(
        made,
        proposals.version(db, proposal),
        voting.state_now(db, proposal, here.now),
        proposals.standing(db, proposal),
        announced,
        rules,
        roll,
        {str(one["key"]): called.get(one["key"], str(one["title"])) for one in listed},
        None if me is None else ballots.receipt(db, proposal, me),
        tuple(every(db, Conflict, proposal=proposal)),
        here,
    )


def may_vote(db: Session, of: Decision) -> bool:
    """Return whether the reader votes on it now."""
    if of.state is not State.OPEN or of.announced is None or of.here.account is None or of.here.account.holder is None:
        return False
    return not is_secret(of.announced) and voting.is_on_roll(db, of.announced, of.here.account.holder)


@dataclass(frozen=True, slots=True)
class Secret:
    """What a member has to know of a secret vote.

    Attributes:
        poll: Hash of its manifest, hex.
        fingerprint: Its first digits, to compare by eye.
        number: Under which the reader stands on the roll; None if they do not.
        passes: How many were given out; None while they are.
        options: What stands in a ballot, and what it means.
        example: A choice as the command takes it.
    """

    poll: str
    fingerprint: str
    number: int | None
    passes: int | None
    options: tuple[tuple[str, str], ...]
    example: str


def secret(db: Session, of: Decision) -> Secret | None:
    """Return what there is to know of a secret vote once its passes are given out; None else."""
    poll = polls.poll_of(db, of.id)
    if poll is None:
        return None
    settled, manifest = polls.settled(db, of.id), polls.manifest_of(poll)
    mine = None if of.here.account is None else of.here.account.holder
    ids = manifest.option_ids
    joined = {"ranked": ">".join(ids[:2]), "approval": ",".join(ids[:2]), "score": f"{ids[0]}=3"}
    # candidates stand in the manifest by their ids, and have names only here
    names = [*of.options.values()] if manifest.form is not BallotForm.SINGLE else [one.text for one in manifest.options]
    return Secret(
        poll.hash,
        manifest.fingerprint,
        None if mine is None else polls.number_of(db, of.id, mine),
        None if settled is None else settled.passes,
        tuple(zip(ids, names, strict=True)),
        joined.get(manifest.form.value, "yes"),
    )


def why_not(db: Session, of: Decision) -> str:
    """Return why the reader has no ballot in a vote that is open."""
    words, announced = of.words, of.announced
    assert announced is not None
    if is_secret(announced):
        return words.say(
            "This vote is secret: you cast your ballot at the box, with your pass and without signing in, and nobody "
            "can find out how. Whoever fetched no pass in time votes on the next one."
        )
    if of.my_conflict is not None:
        return words.say(
            "You declared an interest of your own in this and stand aside. You do not count for the quorum either."
        )
    day = words.day(announced.record_date)
    if of.here.me not in members_on(db, announced.record_date):
        return words.say(
            "You were not a member at the end of {day}. Whoever was then votes on this one; you vote on the next.",
            day=day,
        )
    who = ", ".join(name for name, _ in rule_words.bodies(of.rules, words))
    return words.say("On this one only these vote, as they were at the end of {day}: {who}.", day=day, who=who)


def turnouts(db: Session, of: Decision) -> tuple[Turnout, ...]:
    """Return how many of each body have voted, while it is open or being counted."""
    is_on = of.state in {State.OPEN, State.COUNTING} and of.announced is not None and not is_secret(of.announced)
    return ballots.turnouts(db, of.announced) if is_on and of.announced is not None else ()


# where it stands


def lead(db: Session, of: Decision) -> str:
    """Return where it stands in one or two sentences, for whoever reads it today."""
    return _LEADS[of.state](db, of)


def _idea(db: Session, of: Decision) -> str:
    everybody = members_on(db, company_day(db, of.here.now))
    count = len({one.member for one in stances.held(db, of.id, Phase.INTEREST)} & everybody.keys())
    needed = needed_members(of.rules.interest, len(everybody))
    return of.words.say(
        "It is an idea so far. {count} of the {needed} members that it takes want it decided.",
        count=of.words.number(count),
        needed=of.words.number(needed),
    )


def _countdown(db: Session, of: Decision) -> str:
    del db
    assert of.standing.gathered_at is not None
    when = of.standing.gathered_at + micros(timedelta(days=of.rules.countdown_days))
    return of.words.say(
        "Enough members want it decided. Until {when} its author can still change it; then the board says what it "
        "thinks.",
        when=of.time(when),
    )


def _review(db: Session, of: Decision) -> str:
    del db
    assert of.standing.gathered_at is not None
    days = timedelta(days=of.rules.countdown_days + of.rules.review_days)
    return of.words.say(
        "The board has until {when} to say what it thinks. It can’t stop the vote.",
        when=of.time(of.standing.gathered_at + micros(days)),
    )


def _notice(db: Session, of: Decision) -> str:
    del db
    assert of.announced is not None
    if is_secret(of.announced):
        return of.words.say(
            "This is a secret vote. Passes are given out from {begins} until {until}; voting opens {opens} and closes "
            "{closes}.",
            begins=of.time(begins_at(of.announced)),
            until=of.time(issues_until(of.announced)),
            opens=of.time(of.announced.opens_at),
            closes=of.time(of.announced.closes_at),
        )
    return of.words.say(
        "Voting opens {opens} and closes {closes}.",
        opens=of.time(of.announced.opens_at),
        closes=of.time(of.announced.closes_at),
    )


def _open(db: Session, of: Decision) -> str:
    del db
    assert of.announced is not None
    return of.words.say("Voting is open until {closes}.", closes=of.time(of.announced.closes_at))


def _issuing(db: Session, of: Decision) -> str:
    del db
    assert of.announced is not None
    return of.words.say(
        "This vote is secret. Whoever is on its roll fetches a pass until {until}, and votes with it from {opens} on.",
        until=of.time(issues_until(of.announced)),
        opens=of.time(of.announced.opens_at),
    )


def _settled(db: Session, of: Decision) -> str:
    passes = polls.settled(db, of.id)
    assert of.announced is not None
    if passes is None or passes.is_void:
        return of.words.say("This vote is secret, and too few people fetched a pass: it is void.")
    return of.words.several(
        "One pass was given out. Its holder votes from {opens} on.",
        "{count} passes were given out. Whoever has one votes from {opens} on.",
        passes.passes,
        opens=of.time(of.announced.opens_at),
    )


def _counting(db: Session, of: Decision) -> str:
    del db
    assert of.announced is not None
    return of.words.say("Voting closed {closed}. The votes are being counted.", closed=of.time(of.announced.closes_at))


def _passed(db: Session, of: Decision) -> str:
    words = of.words
    if of.announced is None or of.announced.effective_on is None:
        return words.say("It is decided. It was a question: nothing changes by itself.")
    day = words.day(of.announced.effective_on)
    if not of.rules.objection_days:
        return words.say("It passed. It takes effect on {day}.", day=day)
    count, needed = effects.objections(db, of.id)
    until = effects.objections_until(of.announced)
    if micros_of(of.here.now) < until:
        return words.say(
            "It passed. It takes effect on {day}, unless {needed} of those who could vote object by {until}.",
            day=day,
            needed=words.number(needed),
            until=of.time(until),
        )
    if count >= needed:
        return words.say("It passed, and enough members have objected: it will not take effect.")
    return words.say("It passed. It takes effect on {day}.", day=day)


def _in_effect(db: Session, of: Decision) -> str:
    del db
    return of.words.say("It passed, and has been in effect since {day}.", day=_since(of))


def _superseded(db: Session, of: Decision) -> str:
    del db
    return of.words.say("It passed and took effect on {day}. A later decision has taken its place.", day=_since(of))


def _since(of: Decision) -> str:
    assert of.announced is not None
    assert of.announced.effective_on is not None
    return of.words.day(of.announced.effective_on)


def _stopped(db: Session, of: Decision) -> str:
    return _with_reason(of.words.say("It passed, and members stopped it by objecting. Nothing changes."), db, of)


def _lapsed(db: Session, of: Decision) -> str:
    said = of.words.say(
        "It passed, and lapsed: what it was to change had changed meanwhile. Nothing of it takes effect."
    )
    return _with_reason(said, db, of)


def _refused(db: Session, of: Decision) -> str:
    said = of.words.say("It passed, and the record refused to carry it out. The vote stands, and so does the refusal.")
    return _with_reason(said, db, of)


def _with_reason(said: str, db: Session, of: Decision) -> str:
    done = effects.enactment(db, of.id)
    return said if done is None or not done.reason else f"{said} {done.reason}"


def _withdrawn(db: Session, of: Decision) -> str:
    gone = newest(db, Withdrawn, proposal=of.id)
    return of.words.say("Its author took it back before the vote: {reason}", reason="" if gone is None else gone.reason)


_LEADS: Mapping[State, Callable[[Session, Decision], str]] = {
    State.DRAFT: lambda _, of: of.words.say("This is a draft that only you see."),
    State.IDEA: _idea,
    State.COUNTDOWN: _countdown,
    State.REVIEW: _review,
    State.READY: lambda _, of: of.words.say("It is ready: its vote can be announced."),
    State.NOTICE: _notice,
    State.ISSUING: _issuing,
    State.SETTLED: _settled,
    State.OPEN: _open,
    State.COUNTING: _counting,
    State.PASSED: _passed,
    State.FAILED: lambda _, of: of.words.say("It did not pass. Nothing changes."),
    State.NO_QUORUM: lambda _, of: of.words.say("Too few took part, so the vote does not count. Nothing changes."),
    State.IN_EFFECT: _in_effect,
    State.SUPERSEDED: _superseded,
    State.STOPPED: _stopped,
    State.LAPSED: _lapsed,
    State.REFUSED: _refused,
    State.WITHDRAWN: _withdrawn,
}


# the five steps

OPENS_LATER = frozenset({State.NOTICE, State.ISSUING, State.SETTLED})
"""Announced, and not open yet."""


def stages(db: Session, of: Decision) -> list[Stage]:
    """Return the five steps with what is known of each."""
    words, announced = of.words, of.announced
    begun = of.standing.published_at
    said = len(comments.remarks(db, of.id))
    voting_lines: tuple[str, ...] = (words.say("not announced yet"),)
    if announced is not None:
        at = announced.opens_at if of.state in OPENS_LATER else announced.closes_at
        text = (
            words.say("from {when}", when=of.time(at))
            if of.state in OPENS_LATER
            else words.say("until {when}", when=of.time(at))
        )
        day, _, rest = text.partition(", ")
        voting_lines = (f"{day},", rest) if rest else (day,)
    closed = of.standing.closing
    counted = () if closed is None else (words.several("one person voted", "{count} people voted", closed.turnout),)
    return [
        Stage(words.say("Put forward"), () if begun is None else (words.day(local_day(begun, of.here.zone)),)),
        Stage(words.say("Discussed"), (words.several("one comment", "{count} comments", said),)),
        Stage(words.say("Voting"), voting_lines),
        Stage(words.say("Counted"), counted),
        Stage(words.say("Outcome"), _outcome_lines(of)),
    ]


OUTCOMES: Mapping[State, str] = {
    State.FAILED: "not passed",
    State.NO_QUORUM: "not valid",
    State.STOPPED: "stopped",
    State.LAPSED: "lapsed",
    State.REFUSED: "not carried out",
    State.WITHDRAWN: "taken back",
    State.SUPERSEDED: "replaced since",
}


def _outcome_lines(of: Decision) -> tuple[str, ...]:
    words = of.words
    if of.state in OUTCOMES:
        return (words.say(OUTCOMES[of.state]),)
    day = None if of.announced is None else of.announced.effective_on
    if of.state is State.PASSED and day is None:
        return (words.say("passed"),)
    if day is None:
        return ()
    if of.state is State.IN_EFFECT:
        return (words.say("in effect"), words.say("since {day}", day=words.day(day)))
    if of.state is State.PASSED:
        return (words.say("passed"), words.say("effect on {day}", day=words.day(day)))
    return (words.say("effect on {day}", day=words.day(day)), words.say("if it passes"))


def reached(of: Decision) -> int:
    """Return the place of the step that it is at, from 0; 5 if all is done."""
    if of.state is State.DRAFT:
        return 0
    if of.state.is_before_vote or of.state is State.WITHDRAWN:
        return 1
    if of.state is State.PASSED and of.announced is not None and of.announced.effective_on is not None:
        return 4
    return {State.ISSUING: 2, State.SETTLED: 2, State.OPEN: 2, State.COUNTING: 3}.get(of.state, 5)


def picture(db: Session, of: Decision) -> tuple[Markup, list[Stage], int]:
    """Return the steps as a picture, as a list, and the one that it is at."""
    found, at = stages(db, of), reached(of)
    return timeline(of.words.say("Where this decision is"), found, at, of.words.say("now")), found, at


# the rule


def rule_items(of: Decision) -> list[tuple[str, str]]:
    """Return what is settled for this vote, as names and sentences: who is on its roll, how it is counted."""
    words, items = of.words, []
    if of.announced is not None:
        day = words.day(of.announced.record_date)
        items.append((words.say("On the roll"), words.say("Whoever was in its body at the end of {day}", day=day)))
    for one in of.rules.chambers if of.roll is not None else ():
        size = int(of.roll.sizes.get(one.name, 0)) if of.roll is not None else 0
        told = words.number(size)
        if one.rule.quorum is not None:
            needed = words.number(one.rule.quorum.needed(size))
            told = words.say("{count}; {needed} have to take part", count=told, needed=needed)
        items.append((vote_words.body(one.name, words), told))
    if of.said.seats > 1:
        items.append((words.say("Seats"), words.number(of.said.seats)))
    items.append((words.say("Counting"), vote_words.method(of.rules.method, words)))
    items.append((words.say("Ties"), vote_words.ties(of.rules.method, words)))
    return items
