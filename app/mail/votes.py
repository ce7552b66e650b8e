"""Letters about votes: opened, closing soon, how it ended, what became of it. None says how anybody voted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from app import voting
from app.mail.kinds import Kind, Topic
from app.mail.letters import Letter, Reader
from app.mail.readers import Readers
from app.mail.rounds import Letters, Round, first_since
from governance import ballots, proposals, rolls
from governance.lifecycle import micros
from governance.records import Closing, Enactment, EnactmentOutcome, Notice, Outcome
from ledger.reading import known
from ledger.types import Act

SOON = timedelta(days=2)
"""How long before the close whoever has not voted is reminded; of a vote shorter than four days, half-way."""

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.PASSED: "It passed.",
    Outcome.FAILED: "It did not pass: too few were for it.",
    Outcome.NO_QUORUM: "Too few took part, so it did not pass.",
}

EFFECTS: Mapping[EnactmentOutcome, str] = {
    EnactmentOutcome.ENACTED: "It is in effect.",
    EnactmentOutcome.REFUSED: "It passed, but could not be carried out.",
    EnactmentOutcome.STOPPED: "It passed, and was stopped by objections.",
    EnactmentOutcome.LAPSED: "It passed, but what it was to change had changed meanwhile.",
}


def soon_at(of: Notice) -> int:
    """Return from when on a vote closes soon, microseconds since 1970."""
    return max(of.closes_at - micros(SOON), (of.opens_at + of.closes_at) // 2)


def rounds(db: Session, act: Act) -> Iterator[Round]:
    """Yield what has happened with votes."""
    for one in voting.open_votes(db, act.now):
        if rolls.copied(db, one.proposal) is not None:
            is_soon = act.at >= soon_at(one)
            key = f"closing:{one.proposal}" if is_soon else f"vote:{one.proposal}"
            yield Round(key, partial(_closing_soon if is_soon else _opened, of=one))
    first = first_since(db, act)
    for closed in known(db, Closing):
        if closed.n >= first:
            yield Round(f"result:{closed.value.proposal}", partial(_result, of=closed.value))
    for made in known(db, Enactment):
        if made.n >= first:
            yield Round(f"effect:{made.value.proposal}", partial(_effect, of=made.value))


def _on_roll(db: Session, proposal: str, among: list[Reader]) -> list[tuple[str, Reader]]:
    """Return who of some is on the roll of a vote, by holder id."""
    listed = {line.member for line in rolls.lines_of(db, proposal)}
    return [(one.holder, one) for one in among if one.holder is not None and one.holder in listed]


def title_of(db: Session, proposal: str) -> str:
    """Return what a proposal is called."""
    return proposals.version(db, proposal).title


def _opened(db: Session, readers: Readers, *, of: Notice) -> Letters:
    title = title_of(db, of.proposal)
    return [(to, _about_opened(to, of, title)) for _, to in _on_roll(db, of.proposal, readers.who_want(Topic.VOTE))]


def _about_opened(to: Reader, of: Notice, title: str) -> Letter:
    return Letter(
        Kind.VOTE,
        f"vote:{of.proposal}:{to.holder}",
        Topic.VOTE,
        to.words.say("Vote: {title}", title=title),
        (
            to.words.say("A vote has opened: {title}", title=title),
            to.words.say("You can vote until {when}, and change your vote until then.", when=to.time(of.closes_at)),
        ),
        to.words.say("You get this because you are on the roll of this vote."),
        f"/decisions/{of.proposal}",
        to.words.say("Read and vote"),
        until=of.closes_at,
    )


def _closing_soon(db: Session, readers: Readers, *, of: Notice) -> Letters:
    title = title_of(db, of.proposal)
    return [
        (to, _about_closing(to, of, title))
        for member, to in _on_roll(db, of.proposal, readers.who_want(Topic.CLOSING))
        if ballots.receipt(db, of.proposal, member) is None
    ]


def _about_closing(to: Reader, of: Notice, title: str) -> Letter:
    return Letter(
        Kind.CLOSING,
        f"closing:{of.proposal}:{to.holder}",
        Topic.CLOSING,
        to.words.say("Closes soon: {title}", title=title),
        (
            to.words.say("You have not voted yet on: {title}", title=title),
            to.words.say("You can vote until {when}. To abstain counts as taking part.", when=to.time(of.closes_at)),
        ),
        to.words.say("You get this once, because you are on the roll of this vote and have not voted."),
        f"/decisions/{of.proposal}",
        to.words.say("Read and vote"),
        until=of.closes_at,
    )


def _result(db: Session, readers: Readers, *, of: Closing) -> Letters:
    title, announced = title_of(db, of.proposal), proposals.notice(db, of.proposal)
    return [
        (to, _about_result(to, of, title, announced))
        for _, to in _on_roll(db, of.proposal, readers.who_want(Topic.RESULT))
    ]


def _about_result(to: Reader, of: Closing, title: str, announced: Notice | None) -> Letter:
    told = [
        to.words.say("The vote is over: {title}", title=title),
        outcome_words(to, of),
        to.words.several("{count} person voted.", "{count} people voted.", of.turnout),
    ]
    if of.outcome is Outcome.PASSED and announced is not None and announced.effective_on is not None:
        day = to.words.day(announced.effective_on)
        told.append(to.words.say("It takes effect on {on}, unless enough members object.", on=day))
    return Letter(
        Kind.RESULT,
        f"result:{of.proposal}:{to.holder}",
        Topic.RESULT,
        to.words.say("Result: {title}", title=title),
        tuple(told),
        to.words.say("You get this because you were on the roll of this vote."),
        f"/decisions/{of.proposal}",
        to.words.say("See the count"),
    )


def outcome_words(to: Reader, of: Closing) -> str:
    """Return how a vote ended, in a sentence."""
    return to.words.say(OUTCOMES[of.outcome])


def _effect(db: Session, readers: Readers, *, of: Enactment) -> Letters:
    title = title_of(db, of.proposal)
    return [(to, _about_effect(to, of, title)) for _, to in _on_roll(db, of.proposal, readers.who_want(Topic.RESULT))]


def _about_effect(to: Reader, of: Enactment, title: str) -> Letter:
    return Letter(
        Kind.EFFECT,
        f"effect:{of.proposal}:{to.holder}",
        Topic.RESULT,
        to.words.say("What became of it: {title}", title=title),
        (to.words.say("On what was decided: {title}", title=title), effect_words(to, of)),
        to.words.say("You get this because you were on the roll of this vote."),
        f"/decisions/{of.proposal}",
        to.words.say("See the decision"),
    )


def effect_words(to: Reader, of: Enactment) -> str:
    """Return what became of what passed, in a sentence."""
    return to.words.say(EFFECTS[of.outcome])
