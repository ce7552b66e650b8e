"""What a vote came to, in words and pictures: one plain sentence, then body by body, then how the count went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.web import charts, rule_words, vote_words
from app.web.count_told import Counted
from app.web.pictures.bars import Bar, Goal, bars
from app.web.round_words import counted, rounded
from app.web.words import Words
from governance import closing
from governance.audit_file import summary, write
from governance.counting import Count
from governance.records import Closing, Outcome
from governance.rules import Chamber, Ruleset
from governance.tally.methods import Form, Method
from governance.tally.result import Result
from governance.tally.rule import Basis, Counts, Verdict, YesNo

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "not passed",
    Verdict.NO_QUORUM: "too few took part",
    Verdict.OBJECTED: "somebody objected",
    Verdict.BLOCKED: "somebody blocked it",
}

_SAID: Mapping[str, str] = {
    "consent": "Consent",
    "concern": "Have a concern",
    "stand_aside": "Stand aside",
    "objection": "Object",
    "block": "Block it",
    "abstain": "Abstained",
    "chose": "Chose something",
}


NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class BodyTold:
    """What one body said.

    Attributes:
        verdict: Whether it passed there, in words.
        is_hidden: Whether too few people voted there to tell more.
        figures: What was said, and how often.
        sentence: How many were needed, and how many took part.
        missing: Where too few took part: how many did, and how many had to.
    """

    name: str
    verdict: str
    is_passed: bool
    is_hidden: bool
    figures: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    picture: Markup = NOTHING
    meter: Markup = NOTHING
    missing: tuple[int, int] | None = None
    voters: int = 0
    roll: int = 0
    quorum: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a vote came to.

    Attributes:
        heading: In a few words.
        sentence: In one plain sentence, with the numbers.
        bodies: Each that decided.
        count: Of a choice among options, how the count went; None else, and where too few voted to tell.
        winners: Names, in the order of election.
        is_same_again: Whether counting it again comes to what was told, and its file is the one that was told.
    """

    done: Closing
    heading: str
    sentence: str
    bodies: tuple[BodyTold, ...]
    count: Counted | None
    winners: tuple[str, ...]
    is_same_again: bool


def told(db: Session, done: Closing, rules: Ruleset, names: Mapping[str, str], words: Words) -> Told:
    """Return what a closed vote came to; it is counted again for it.

    Args:
        db: The session.
        done: How it was closed.
        rules: By which it was counted.
        names: Key to name of what could be chosen, in their order.
        words: The reader's language.
    """
    vote = closing.closed_vote(db, done.proposal)
    again = vote.count()
    same = summary(again) == done.result and sha256(write(vote, again)).hexdigest() == done.audit
    made = outcome(done, again, rules, names, words, is_same_again=same)
    if not vote.is_void:
        return made
    sentence = words.say("Too few people fetched a pass, so no ballot was taken and nothing was counted.")
    return replace(made, heading=words.say("Void"), sentence=sentence)


def outcome(
    done: Closing, again: Count, rules: Ruleset, names: Mapping[str, str], words: Words, *, is_same_again: bool = True
) -> Told:
    """Return what a vote came to from its closing and its count; of small bodies what the closing tells alone."""
    by_name = {one.name: one for one in rules.chambers}
    raw: list[dict[str, Any]] = list(done.result["chambers"])
    bodies = tuple(_body(one, by_name[one["name"]], rules, words) for one in raw)
    is_told = done.outcome is not Outcome.NO_QUORUM and not bodies[0].is_hidden
    count = counted(again.result, names, words) if is_told and again.result is not None else None
    winners = tuple(names.get(key, key) for key in done.winners)
    heading, sentence = _said(done, again, rules, bodies, winners, names, words)
    return Told(done, heading, sentence, bodies, count, winners, is_same_again)


def _body(raw: Mapping[str, Any], chamber: Chamber, rules: Ruleset, words: Words) -> BodyTold:
    name, verdict = vote_words.body(raw["name"], words), Verdict(raw["verdict"])
    plain = words.say(_VERDICTS[verdict])
    if raw.get("hidden"):
        return BodyTold(name, plain, verdict is Verdict.PASSED, is_hidden=True)
    said: Mapping[str, int] = raw["said"]
    quorum, roll = chamber.rule.quorum, int(raw["roll"])
    least = None if quorum is None else quorum.needed(roll)
    took_part = _took_part(said, chamber)
    missing = (took_part, least) if verdict is Verdict.NO_QUORUM and least is not None else None
    if rules.method is Method.MAJORITY:
        votes = YesNo(*(Fraction(raw[one]) for one in ("yes", "no", "abstain")))
        figures: tuple[tuple[str, str], ...] = (
            (words.say("Yes"), rounded(votes.yes, words)),
            (words.say("No"), rounded(votes.no, words)),
            (words.say("Abstained"), rounded(votes.abstain, words)),
        )
        sentence, picture = _needed(raw, votes, chamber, rules, roll, words)
    else:
        figures = tuple((words.say(_SAID[one]), words.number(times)) for one, times in said.items())
        sentence, picture = "", _answers(raw["name"], said, words) if rules.method is Method.CONSENT else Markup()
    return BodyTold(
        name,
        plain,
        verdict is Verdict.PASSED,
        is_hidden=False,
        figures=figures,
        sentence=sentence,
        picture=picture,
        meter=charts.meter(took_part, roll, least, words),
        missing=missing,
        voters=took_part,
        roll=roll,
        quorum=least,
    )


def _took_part(said: Mapping[str, int], chamber: Chamber) -> int:
    """Return how many count for the quorum; by consent and among options all who answered do."""
    if not {"yes", "no"} & said.keys():
        chose = said.get("chose", 0)
        abstained = said.get("abstain", 0)
        votes = YesNo(chose, 0, abstained)
        if "chose" not in said:
            return sum(said.values())
    else:
        votes = YesNo(said.get("yes", 0), said.get("no", 0), said.get("abstain", 0))
    counts = Counts.ALL if chamber.rule.quorum is None else chamber.rule.quorum.counts
    return int(votes.of(counts))


def needed_yes(chamber: Chamber, votes: YesNo, roll: int, least_for: int | None) -> Fraction:
    """Return how many yes votes it took: the least whole number of them, or a fraction where votes are fractions."""
    rule = chamber.rule
    base = Fraction({Basis.CAST: votes.yes + votes.no, Basis.PRESENT: votes.all, Basis.ELIGIBLE: roll}[rule.basis])
    at = base * rule.threshold
    if base.denominator == 1:
        at = Fraction(floor(at) + 1 if rule.strict else ceil(at))
    return max(at, Fraction(least_for or 1))


def _needed(
    raw: Mapping[str, Any], votes: YesNo, chamber: Chamber, rules: Ruleset, roll: int, words: Words
) -> tuple[str, Markup]:
    least = needed_yes(chamber, votes, roll, rules.least_for)
    need = words.say("{votes} needed", votes=rounded(least, words))
    name = vote_words.body(raw["name"], words)
    rows = [
        Bar(words.say("Yes"), Fraction(votes.yes), rounded(votes.yes, words), "f1"),
        Bar(words.say("No"), Fraction(votes.no), rounded(votes.no, words), "f2"),
        Bar(words.say("Abstained"), Fraction(votes.abstain), rounded(votes.abstain, words), "f4", is_strong=False),
    ]
    title = words.say("How {body} voted", body=name)
    picture = bars(f"body-{rules.chambers.index(chamber)}", title, rows, Goal(least, need))
    sentence = words.say(
        "{yes} yes, {no} no and {abstained} abstentions. It passes with {rule}: {needed} here.",
        yes=rounded(votes.yes, words),
        no=rounded(votes.no, words),
        abstained=rounded(votes.abstain, words),
        rule=rule_words.threshold(chamber.rule, words),
        needed=rounded(least, words),
    )
    weight = Fraction(raw.get("investor_weight", 1))
    if weight != 1:
        told = words.say(
            "Each investor’s vote weighs {weight}, so that together they stay within their cap.", weight=weight
        )
        sentence = f"{sentence} {told}"
    return sentence, picture


def _answers(name: str, said: Mapping[str, int], words: Words) -> Markup:
    rows = [
        Bar(
            words.say(_SAID[one]), Fraction(times), words.number(times), "f2" if one in {"objection", "block"} else "f1"
        )
        for one, times in said.items()
    ]
    return bars(f"said-{name}", words.say("Who said what"), rows)


def _said(
    done: Closing,
    again: Count,
    rules: Ruleset,
    bodies: tuple[BodyTold, ...],
    winners: tuple[str, ...],
    names: Mapping[str, str],
    words: Words,
) -> tuple[str, str]:
    if done.outcome is Outcome.NO_QUORUM:
        return words.say("Not valid: too few took part"), _too_few(bodies, words)
    if rules.method.form in {Form.YES_NO, Form.CONSENT}:
        heading = words.say("It passed") if done.outcome is Outcome.PASSED else words.say("It did not pass")
        return heading, _yes_no(bodies, rules, words)
    took = words.say(
        "{voters} of {roll} voted.", voters=words.number(bodies[0].voters), roll=words.number(bodies[0].roll)
    )
    if bodies[0].is_hidden or again.result is None:
        took = ""
    if not winners:
        return words.say("Nobody is chosen"), words.say("Nobody chose anything.") + f" {took}"
    heading = _chosen(winners, words)
    return heading, f"{_how_won(again.result, done, names, words) if again.result is not None else ''} {took}".strip()


def _chosen(winners: tuple[str, ...], words: Words) -> str:
    if len(winners) == 1:
        return words.say("{name} is chosen", name=winners[0])
    listed = words.say("{first} and {last}", first=", ".join(winners[:-1]), last=winners[-1])
    return words.say("{names} are chosen", names=listed)


def _too_few(bodies: tuple[BodyTold, ...], words: Words) -> str:
    said = []
    for one in bodies:
        if one.missing is not None:
            voted, needed = one.missing
            said.append(
                words.say(
                    "{body}: {voted} of the {needed} needed took part.",
                    body=one.name,
                    voted=words.number(voted),
                    needed=words.number(needed),
                )
            )
    return " ".join(said) or words.say("So the votes are not weighed against each other.")


def _yes_no(bodies: tuple[BodyTold, ...], rules: Ruleset, words: Words) -> str:
    if len(bodies) == 1 and not bodies[0].is_hidden:
        [one] = bodies
        took = words.say("{voters} of {roll} voted.", voters=words.number(one.voters), roll=words.number(one.roll))
        if rules.method is Method.CONSENT:
            return f"{'; '.join(f'{label} {times}' for label, times in one.figures)}. {took}"
        return f"{one.sentence} {took}"
    parts = []
    for one in bodies:
        counts = "" if one.is_hidden or not one.figures else f" ({one.figures[0][1]}–{one.figures[1][1]})"
        parts.append(f"{one.name}: {one.verdict}{counts}")
    return words.say("Each body has to pass it. {bodies}.", bodies="; ".join(parts))


def _how_won(result: Result, done: Closing, names: Mapping[str, str], words: Words) -> str:
    first = done.winners[0]
    name, last = names.get(first, first), result.rounds[-1]
    method = Method(result.method)
    if method is Method.IRV:
        left = sum(last.votes.values())
        return words.say(
            "{name} won in round {round} with {votes} of the {left} votes still in play ({share}).",
            name=name,
            round=words.number(len(result.rounds)),
            votes=words.number(last.votes[first]),
            left=words.number(left),
            share=f"{last.votes[first] / left:.1%}",
        )
    if method in {Method.STV, Method.MEEK}:
        return words.say(
            "Elected in this order, in {count} rounds. A seat took {quota} of {valid} votes.",
            count=words.number(len(result.rounds)),
            quota=rounded(Fraction(str(result.details["quota"])), words),
            valid=words.number(int(str(result.details["valid"]))),
        )
    if method is Method.STAR and len(result.rounds) > 1:
        runoff = result.rounds[-1].votes
        other = next(key for key in runoff if key != first)
        return words.say(
            "Of the two highest sums, {most} scored {name} higher and {fewer} the other, {other}.",
            most=words.number(runoff[first]),
            name=name,
            fewer=words.number(runoff[other]),
            other=names.get(other, other),
        )
    if method in {Method.SCHULZE, Method.RANKED_PAIRS}:
        if result.details.get("condorcet_winner") == first:
            return words.say("More people prefer it to each other option than the other way round.")
        return words.say("No option is preferred to each other one, so the strength of the majorities decided.")
    votes = words.number(result.rounds[0].votes[first])
    if method is Method.APPROVAL:
        return words.say("{votes} people ticked {name}, and nothing was ticked by more.", votes=votes, name=name)
    return words.say("{name} came to {votes} points, and nothing to more.", votes=votes, name=name)
