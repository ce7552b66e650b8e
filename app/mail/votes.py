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
from governance.lifecycle import issues_until, micros
from governance.records import Closing, Enactment, EnactmentOutcome, Notice, Outcome
from governance.secret import polls
from governance.secret.records import Poll
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
    for announced, poll in polls.issuing(db, act):
        yield Round(f"passes:{announced.proposal}", partial(_passes, of=announced, poll=poll))
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


def _passes(db: Session, readers: Readers, *, of: Notice, poll: Poll) -> Letters:
    title, fingerprint = title_of(db, of.proposal), polls.manifest_of(poll).fingerprint
    among = _on_roll(db, of.proposal, readers.who_want(Topic.VOTE))
    return [(to, _about_passes(to, of, title, fingerprint)) for _, to in among]


def _about_passes(to: Reader, of: Notice, title: str, fingerprint: str) -> Letter:
    return Letter(
        Kind.VOTE,
        f"passes:{of.proposal}:{to.holder}",
        Topic.VOTE,
        to.words.say("Fetch your pass: {title}", title=title),
        (
            to.words.say("A secret vote is announced: {title}", title=title),
            to.words.say(
                "Fetch your pass until {until}. You vote with it from {opens} on. Without a pass you have no vote.",
                until=to.time(issues_until(of)),
                opens=to.time(of.opens_at),
            ),
            to.words.say(
                "Fingerprint of this vote: {fingerprint}. Keep this letter, and compare it with what your pass and the "
                "voting page say: another one is another vote.",
                fingerprint=fingerprint,
            ),
        ),
        to.words.say("You get this because you are on the roll of this vote."),
        f"/decisions/{of.proposal}",
        to.words.say("Read, and fetch your pass"),
        until=issues_until(of),
    )


def _told_of_secret(db: Session, of: Notice, to: Reader) -> tuple[str, ...]:
    """Return what a letter about a secret vote adds; nothing of an open one."""
    poll = polls.poll_of(db, of.proposal)
    if poll is None:
        return ()
    told = to.words.say("It is secret: you vote with the pass that you fetched, without signing in.")
    fingerprint = polls.manifest_of(poll).fingerprint
    return (told, to.words.say("Fingerprint of this vote: {fingerprint}.", fingerprint=fingerprint))


def _opened(db: Session, readers: Readers, *, of: Notice) -> Letters:
    title = title_of(db, of.proposal)
    among = _on_roll(db, of.proposal, readers.who_want(Topic.VOTE))
    return [(to, _about_opened(to, of, title, _told_of_secret(db, of, to))) for _, to in among]


def _about_opened(to: Reader, of: Notice, title: str, more: tuple[str, ...]) -> Letter:
    return Letter(
        Kind.VOTE,
        f"vote:{of.proposal}:{to.holder}",
        Topic.VOTE,
        to.words.say("Vote: {title}", title=title),
        (
            to.words.say("A vote has opened: {title}", title=title),
            to.words.say("You can vote until {when}, and change your vote until then.", when=to.time(of.closes_at)),
            *more,
        ),
        to.words.say("You get this because you are on the roll of this vote."),
        f"/decisions/{of.proposal}",
        to.words.say("Read and vote"),
        until=of.closes_at,
    )


def _closing_soon(db: Session, readers: Readers, *, of: Notice) -> Letters:
    title = title_of(db, of.proposal)
    return [
        (to, _about_closing(to, of, title, _told_of_secret(db, of, to)))
        for member, to in _on_roll(db, of.proposal, readers.who_want(Topic.CLOSING))
        if ballots.receipt(db, of.proposal, member) is None
    ]


def _about_closing(to: Reader, of: Notice, title: str, more: tuple[str, ...]) -> Letter:
    # of a secret vote nobody knows who has voted
    still = (
        to.words.say("Voting closes soon on: {title}", title=title)
        if more
        else to.words.say("You have not voted yet on: {title}", title=title)
    )
    return Letter(
        Kind.CLOSING,
        f"closing:{of.proposal}:{to.holder}",
        Topic.CLOSING,
        to.words.say("Closes soon: {title}", title=title),
        (
            still,
            to.words.say("You can vote until {when}. To abstain counts as taking part.", when=to.time(of.closes_at)),
            *more,
        ),
        to.words.say("You get this once, because you are on the roll of this vote and have not voted."),
        f"/decisions/{of.proposal}",
        to.words.say("Read and vote"),
        until=of.closes_at,
    )


def _result(db: Session, readers: Readers, *, of: Closing) -> Letters:
    title, announced = title_of(db, of.proposal), proposals.notice(db, of.proposal)
    return [
        (to, _about_result(to, of, title, announced, log_words(db, to, of)))
        for _, to in _on_roll(db, of.proposal, readers.who_want(Topic.RESULT))
    ]


def _about_result(to: Reader, of: Closing, title: str, announced: Notice | None, log: str) -> Letter:
    told = [
        to.words.say("The vote is over: {title}", title=title),
        outcome_words(to, of),
        to.words.several("{count} person voted.", "{count} people voted.", of.turnout),
    ]
    if of.outcome is Outcome.PASSED and announced is not None and announced.effective_on is not None:
        day = to.words.day(announced.effective_on)
        told.append(to.words.say("It takes effect on {on}, unless enough members object.", on=day))
    if log:
        told.append(log)
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


def log_words(db: Session, to: Reader, of: Closing) -> str:
    """Return by what a voter sees that the box tells everybody the same; empty of a vote without a box."""
    box = polls.closed(db, of.proposal)
    if box is None:
        return ""
    return to.words.say(
        "SHA-256 of the box’s log: {hash}. Keep this letter: at the box, “Is my vote counted?” must show the same.",
        hash=box.log,
    )


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
