"""Audit files: a closed vote as lines of JSON that anybody can count again, without a name in them.

The first line says what was voted on, by which rule, and how large the rolls were; then come the ballots, grouped and
sorted, so that no order tells anything; the last line is the result as the cooperative tells it, with the seed of the
lots and every round. Two files of one vote are the same bytes.

What few people said is told of nobody: where a chamber beside a larger one has fewer than eleven voters or people on
its roll, or leaves fewer than eleven others in that one, its ballots are not told, only whether it passed. That part
can't be counted again from the file; ``vestry verify`` counts it from the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import orjson

from governance.audit_lines import FORMAT, VERSION, AuditLines, read_audit
from governance.counting import INVESTOR, ChamberCount, Count, Question, count
from governance.records import Notice, Outcome, RollCopied, RollLine
from governance.rules import Ruleset
from governance.tally.lot import commitment, lot_order
from governance.tally.rule import Verdict
from ledger.records import canonical
from ledger.types import Json

FEWEST = 11
"""Aggregates over fewer people are not told."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote that is over, as counting takes it.

    Attributes:
        choices: Member to their last choice.
        seed: Of the lots.
        is_void: Whether nothing comes of it, whatever the ballots say: a secret vote for which too few fetched a pass.
    """

    announced: Notice
    content_digest: str
    roll: RollCopied
    lines: Sequence[RollLine]
    choices: Mapping[str, Json]
    seats: int
    seed: bytes
    is_void: bool = False

    @property
    def rules(self) -> Ruleset:
        """By what it is counted."""
        return Ruleset.from_json(self.announced.rule)

    @property
    def question(self) -> Question:
        """What could be chosen."""
        options = tuple(str(one["key"]) for one in self.roll.options)
        return Question(options, self.seats, lot_order(self.seed, options))

    def count(self) -> Count:
        """Return what it comes to."""
        counted = count(self.rules, self.lines, self.choices, self.question)
        return Count(Outcome.NO_QUORUM, counted.chambers) if self.is_void else counted


@dataclass(frozen=True, slots=True)
class Recount:
    """What an audit file says, and what counting it again says.

    Attributes:
        outcome: As the file tells it.
        told: The result as the file tells it.
        counted: The same, counted anew.
        hidden: Chambers that can't be counted from the file.
        faults: What does not fit; empty if the file holds.
    """

    outcome: Outcome
    manifest: Mapping[str, Any]
    told: Mapping[str, Any]
    counted: Count
    hidden: tuple[str, ...]
    faults: tuple[str, ...]


def hidden_chambers(counts: Sequence[ChamberCount]) -> frozenset[str]:
    """Return the chambers of which too few people voted, or could, to tell more than whether they passed it."""
    largest = max(counts, key=lambda one: one.people)
    hidden = set()
    for one in counts:
        rest = largest.people - one.people
        votes_rest = largest.voters - one.voters
        few = min(one.people, one.voters) < FEWEST or 0 < rest < FEWEST or 0 < votes_rest < FEWEST
        capped = 0 < one.investors < FEWEST and one.investor_weight != 1
        if (few and one.people > 0 and len(counts) > 1) or capped:
            hidden.add(one.name)
    # somebody has to be told how the whole of them voted, however few they are
    if not (0 < largest.investors < FEWEST and largest.investor_weight != 1):
        hidden.discard(largest.name)
    return frozenset(hidden)


def summary(counted: Count) -> dict[str, Json]:
    """Return a count in short, as the journal and the pages tell it: votes as numbers or fractions, in text."""
    hidden = hidden_chambers(counted.chambers)
    return {
        "outcome": counted.outcome.value,
        "winners": list(counted.winners),
        "chambers": [_told(one, is_hidden=one.name in hidden) for one in counted.chambers],
    }


def _told(one: ChamberCount, *, is_hidden: bool) -> Json:
    if is_hidden:
        return {"name": one.name, "verdict": one.verdict.value, "hidden": True}
    said: dict[str, Json] = dict(sorted(one.said.items()))
    return {
        "name": one.name,
        "verdict": one.verdict.value,
        "roll": one.roll,
        "voters": one.voters,
        "yes": str(Fraction(one.votes.yes)),
        "no": str(Fraction(one.votes.no)),
        "abstain": str(Fraction(one.votes.abstain)),
        "said": said,
        "investor_weight": str(one.investor_weight),
    }


def result_of(counted: Count) -> dict[str, Json]:
    """Return a count with every round."""
    told = summary(counted)
    return told if counted.result is None else told | {"count": counted.result.to_json()}


def write(vote: Vote, counted: Count) -> bytes:
    """Return the audit file of a vote and its count."""
    hidden = hidden_chambers(counted.chambers)
    manifest: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "proposal": vote.announced.proposal,
        "notice": vote.announced.digest,
        "content": vote.content_digest,
        "rule": vote.announced.rule,
        "options": vote.roll.options,
        "seats": vote.seats,
        "lot": vote.announced.lot,
        "rolls": {
            one.name: {"roll": one.roll, "people": one.people} for one in counted.chambers if one.name not in hidden
        },
        "hidden": [*sorted(hidden)],
    }
    if vote.is_void:
        manifest["void"] = True
    last = result_of(counted) | {"seed": vote.seed.hex()}
    lines = [canonical({"vote": manifest}), *_ballots(vote, hidden, counted), canonical({"result": last})]
    return b"\n".join(lines) + b"\n"


def _ballots(vote: Vote, hidden: frozenset[str], counted: Count) -> list[bytes]:
    """Return the lines of ballots: what was chosen, in which chambers it counts, as what, and how often.

    Investors are told apart only where they are many enough; where they are few, their votes weigh as all others do, or
    the chamber is hidden.
    """
    apart = {one.name for one in counted.chambers if one.investors >= FEWEST}
    places: dict[str, list[Json]] = {}
    for line in vote.lines:
        if line.chamber not in hidden and line.member in vote.choices:
            part = INVESTOR if line.part == INVESTOR and line.chamber in apart else ""
            places.setdefault(line.member, []).append([line.chamber, part, line.weight])
    groups: dict[bytes, int] = {}
    for member, where in places.items():
        key = canonical({"choice": _without_reason(vote.choices[member]), "in": where})
        groups[key] = groups.get(key, 0) + 1
    return sorted(canonical({"ballot": orjson.loads(key), "times": times}) for key, times in groups.items())


def _without_reason(choice: Json) -> Json:
    return choice["say"] if isinstance(choice, dict) and "say" in choice else choice


def recount(data: bytes) -> Recount:
    """Return what an audit file says and what counting its ballots says.

    Raises:
        Invalid: It is no audit file of ours; the message names the line.
    """
    read = read_audit(data)
    faults = []
    if commitment(read.seed) != read.manifest["lot"]:
        faults.append("The seed of the lots is not the one that was fixed before the vote.")
    counted = _count(read)
    faults += _differences(read.told, counted, is_void=read.is_void)
    return Recount(Outcome(read.told["outcome"]), read.manifest, read.told, counted, read.hidden, tuple(faults))


def _count(read: AuditLines) -> Count:
    if not read.shown:
        # nothing to count: what the file tells stands alone
        return Count(Outcome(read.told["outcome"]), ())
    lines, choices = _voters(read)
    question = Question(read.options, read.seats, lot_order(read.seed, read.options))
    counted = count(replace(read.rules, chambers=read.shown), lines, choices, question)
    return Count(Outcome.NO_QUORUM, counted.chambers) if read.is_void else counted


def _voters(read: AuditLines) -> tuple[list[RollLine], dict[str, Json]]:
    """Return a roll without names that counts the same: whoever voted, and the rest of each chamber as one line."""
    lines: list[RollLine] = []
    choices: dict[str, Json] = {}
    left = {name: roll["roll"] for name, roll in read.manifest["rolls"].items()}
    for number, one in enumerate(read.ballots):
        for time in range(one.times):
            member = f"{number}.{time}"
            choices[member] = one.choice
            for chamber, part, weight in one.places:
                lines.append(RollLine("", chamber, member, part, weight))
                left[chamber] -= weight
    lines += [RollLine("", name, f"rest of {name}", "", weight) for name, weight in left.items() if weight]
    return lines, choices


def _differences(told: Mapping[str, Any], counted: Count, *, is_void: bool) -> list[str]:
    said = {one["name"]: one for one in told["chambers"]}
    faults = []
    for one in counted.chambers:
        mine = _told(one, is_hidden=False)
        if mine != said[one.name]:
            faults.append(f"The count of {one.name} comes to something else: {mine}.")
    if counted.result is not None and counted.result.to_json() != told.get("count"):
        faults.append("The rounds come to something else.")
    outcome = Outcome.NO_QUORUM if is_void else _outcome([one["verdict"] for one in told["chambers"]])
    if outcome.value != told["outcome"]:
        faults.append(f"Its chambers make it {outcome.value}, not {told['outcome']}.")
    if list(counted.winners) != told["winners"]:
        faults.append(f"Chosen are {', '.join(counted.winners) or 'none'}, not {told['winners']}.")
    return faults


def _outcome(verdicts: Sequence[str]) -> Outcome:
    if Verdict.NO_QUORUM in verdicts:
        return Outcome.NO_QUORUM
    return Outcome.PASSED if set(verdicts) == {Verdict.PASSED} else Outcome.FAILED
