"""Counting a vote: who was on the roll, what they chose, and what that comes to in each chamber. Pure.

One member's one ballot counts in every chamber whose roll they are on. Where investors' votes are capped, each weighs
the same exact fraction, so that together they never come to more than the cap of what is cast; a quorum counts people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from governance.records import Outcome, RollLine
from governance.rules import Chamber, Electorate, Ruleset
from governance.tally.ballots import positions
from governance.tally.counting import count_options
from governance.tally.methods import Form, Method
from governance.tally.result import Result
from governance.tally.rule import ConsentRule, Verdict, YesNo, consent_verdict, investor_weight
from ledger.types import Json

INVESTOR = "INVESTOR"
"""The part of a roll whose votes may be capped."""


@dataclass(frozen=True, slots=True)
class ChamberCount:
    """What a vote came to in one chamber.

    Attributes:
        roll: How many may vote, by weight.
        people: How many they are.
        voters: How many did.
        votes: For, against and neither, by weight, with investors' capped.
        said: Of consent and of choices among options: how many said what.
        verdict: Whether it passed there.
        investors: How many investors voted, where theirs are capped: their weight tells how.
        investor_weight: What each investor's vote weighed.
    """

    name: str
    roll: int
    people: int
    voters: int
    votes: YesNo
    said: Mapping[str, int]
    verdict: Verdict
    investors: int = 0
    investor_weight: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Count:
    """What a vote came to.

    Attributes:
        outcome: Of all chambers together: all of them have to pass it.
        chambers: Each by itself.
        result: Of a choice among options, with every round.
    """

    outcome: Outcome
    chambers: tuple[ChamberCount, ...]
    result: Result | None = None

    @property
    def winners(self) -> tuple[str, ...]:
        """What was chosen, where that is the question and enough took part."""
        return self.result.winners if self.result is not None and self.outcome is Outcome.PASSED else ()


@dataclass(frozen=True, slots=True)
class Question:
    """What can be chosen.

    Attributes:
        options: Keys; none for yes or no.
        seats: How many are chosen.
        lot: Options in the order of the lot.
    """

    options: tuple[str, ...] = ()
    seats: int = 1
    lot: tuple[str, ...] = ()


def count(rules: Ruleset, roll: Sequence[RollLine], choices: Mapping[str, Json], question: Question) -> Count:
    """Return what a vote comes to.

    Args:
        rules: As frozen by the notice.
        roll: Who may vote, chamber by chamber.
        choices: Member to their last choice in its canonical form; whoever is on no roll is left out.
        question: What could be chosen.
    """
    by_chamber: dict[str, list[RollLine]] = {chamber.name: [] for chamber in rules.chambers}
    for line in roll:
        by_chamber[line.chamber].append(line)
    if rules.method.form in {Form.YES_NO, Form.CONSENT}:
        counts = tuple(_chamber(rules, one, by_chamber[one.name], choices) for one in rules.chambers)
        return Count(_together([one.verdict for one in counts]), counts)
    [chamber] = rules.chambers
    return _options(rules, chamber, by_chamber[chamber.name], choices, question)


def _together(verdicts: Sequence[Verdict]) -> Outcome:
    """Return the outcome of all chambers: no quorum in one of them comes before anything else."""
    if Verdict.NO_QUORUM in verdicts:
        return Outcome.NO_QUORUM
    return Outcome.PASSED if set(verdicts) == {Verdict.PASSED} else Outcome.FAILED


def _chamber(rules: Ruleset, chamber: Chamber, lines: Sequence[RollLine], choices: Mapping[str, Json]) -> ChamberCount:
    voted = [(line, word_of(choices[line.member])) for line in lines if line.member in choices]
    said: dict[str, int] = {}
    for line, word in voted:
        said[word] = said.get(word, 0) + line.weight
    roll, people, voters = sum(line.weight for line in lines), len(lines), len(voted)
    if rules.method is Method.CONSENT:
        verdict = consent_verdict(said, roll, ConsentRule(chamber.rule.quorum))
        return ChamberCount(chamber.name, roll, people, voters, YesNo(), said, verdict)
    raw = _votes(voted)
    if chamber.investor_cap is None:
        verdict = _verdict(rules, chamber, raw, raw, roll)
        return ChamberCount(chamber.name, roll, people, voters, raw, said, verdict)
    theirs = _votes([(line, word) for line, word in voted if line.part == INVESTOR])
    others = _votes([(line, word) for line, word in voted if line.part != INVESTOR])
    weight = investor_weight(chamber.investor_cap, int(others.yes + others.no), int(theirs.yes + theirs.no))
    votes = YesNo(
        _whole(others.yes + theirs.yes * weight),
        _whole(others.no + theirs.no * weight),
        _whole(others.abstain + theirs.abstain * weight),
    )
    verdict = _verdict(rules, chamber, votes, raw, roll)
    return ChamberCount(chamber.name, roll, people, voters, votes, said, verdict, int(theirs.all), weight)


def _verdict(rules: Ruleset, chamber: Chamber, votes: YesNo, raw: YesNo, roll: int) -> Verdict:
    if chamber.electorate is Electorate.STOCKHOLDERS and not roll:
        return Verdict.PASSED  # no share has a vote, so no statute asks anybody
    if not chamber.rule.has_quorum(raw, roll):
        return Verdict.NO_QUORUM
    enough = rules.least_for is None or votes.yes >= rules.least_for
    return Verdict.PASSED if enough and chamber.rule.is_met(votes, roll) else Verdict.FAILED


def _votes(voted: Sequence[tuple[RollLine, str]]) -> YesNo:
    sums = {"yes": 0, "no": 0, "abstain": 0}
    for line, word in voted:
        sums[word] += line.weight
    return YesNo(**sums)


def _whole(votes: int | Fraction) -> int | Fraction:
    return int(votes) if votes == int(votes) else votes


def word_of(choice: Json) -> str:
    """Return the word of a choice between yes and no, or by consent."""
    word = choice["say"] if isinstance(choice, dict) else choice
    assert isinstance(word, str)
    return word


def _options(
    rules: Ruleset, chamber: Chamber, lines: Sequence[RollLine], choices: Mapping[str, Json], question: Question
) -> Count:
    groups: dict[object, int] = {}
    voters = abstained = 0
    for line in lines:
        if line.member in choices:
            voters += line.weight
            choice = positions(rules.method, question.options, choices[line.member])
            if choice is None:
                abstained += line.weight
            else:
                groups[choice] = groups.get(choice, 0) + line.weight
    result = count_options(rules.method, question.options, groups, seats=question.seats, lot=question.lot or None)
    roll = sum(line.weight for line in lines)
    votes = YesNo(voters - abstained, 0, abstained)
    if not chamber.rule.has_quorum(votes, roll):
        verdict = Verdict.NO_QUORUM
    else:
        # a method names somebody even where nobody chose: those who stay equal all win, or the lot decides
        verdict = Verdict.PASSED if result.winners and voters > abstained else Verdict.FAILED
    said = {"chose": voters - abstained, "abstain": abstained}
    counted = ChamberCount(chamber.name, roll, len(lines), voters, votes, said, verdict)
    return Count(_together([verdict]), (counted,), result)
