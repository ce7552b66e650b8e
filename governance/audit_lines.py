"""The lines of an audit file, checked before anything is counted: who counts it need not trust who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from governance.counting import INVESTOR
from governance.errors import BallotInvalid, RuleInvalid
from governance.records import Outcome
from governance.rules import Chamber, Ruleset
from governance.tally.ballots import ABSTAIN, CONSENT, Choice, positions, read_choice
from governance.tally.elections import Election
from governance.tally.lot import lot_order
from governance.tally.methods import Form
from governance.tally.rule import Verdict
from ledger.errors import Invalid
from ledger.types import Json

FORMAT = "vestry-vote"
VERSION = 1
MOST_BALLOTS = 10_000_000
"""More than any cooperative has members; a file that tells more is refused instead of filling the memory."""


@dataclass(frozen=True, slots=True)
class BallotLine:
    """Ballots that are the same.

    Attributes:
        choice: In its canonical form, without reasons.
        places: Where it counts: chamber, part of its roll, weight.
        times: How many cast it.
    """

    choice: Json
    places: tuple[tuple[str, str, int], ...]
    times: int


@dataclass(frozen=True, slots=True)
class AuditLines:
    """An audit file as read.

    Attributes:
        manifest: What was voted on, as the file has it.
        rules: By what it is counted.
        options: Keys of what could be chosen.
        seats: How many are chosen.
        seed: Of the lots.
        hidden: Chambers of which the file tells no ballots.
        ballots: Sorted as the file has them.
        told: The result as the file tells it.
    """

    manifest: Mapping[str, Any]
    rules: Ruleset
    options: tuple[str, ...]
    seats: int
    seed: bytes
    hidden: tuple[str, ...]
    ballots: tuple[BallotLine, ...]
    told: Mapping[str, Any]

    @property
    def is_void(self) -> bool:
        """Whether nothing comes of it: a secret vote for which too few fetched a pass."""
        return self.manifest.get("void") is True

    @property
    def shown(self) -> tuple[Chamber, ...]:
        """Chambers that can be counted from the file."""
        return tuple(one for one in self.rules.chambers if one.name not in self.hidden)

    @property
    def election(self) -> Election | None:
        """The same choices as counting programs take them; None of a vote between yes and no, and by consent."""
        if self.rules.method.form in {Form.YES_NO, Form.CONSENT} or not self.options:
            return None
        groups: dict[Choice, int] = {}
        blank = 0
        for line in self.ballots:
            times = line.times * sum(weight for _, _, weight in line.places)
            if line.choice == ABSTAIN:
                blank += times
            else:
                choice = positions(self.rules.method, self.options, line.choice)
                groups[choice] = groups.get(choice, 0) + times
        lot = lot_order(self.seed, self.options)
        title = str(self.manifest["proposal"])
        return Election(title, self.rules.method, self.options, groups, self.seats, lot, blank)


def read_audit(data: bytes) -> AuditLines:
    """Return the lines of an audit file.

    Raises:
        Invalid: It is none of ours, or a ballot in it can't be counted; the message names the line.
    """
    lines = _objects(data)
    manifest, told = lines[0].get("vote"), lines[-1].get("result")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not isinstance(told, dict):
        raise Invalid("This is no audit file of a vote: it begins with the vote and ends with its result.")
    if manifest.get("version") != VERSION:
        raise Invalid(f"Line 1: version {manifest.get('version')!r} of the format is not known here, only {VERSION}.")
    try:
        rules, options = Ruleset.from_json(manifest["rule"]), tuple(str(one["key"]) for one in manifest["options"])
        seats, hidden = manifest["seats"], tuple(manifest["hidden"])
        _check_manifest(manifest, rules, options)
    except (KeyError, TypeError, ValueError, AttributeError, RuleInvalid) as error:
        raise Invalid(f"Line 1: what was voted on can't be read: {error}.") from None
    try:
        seed = bytes.fromhex(told["seed"])
        _check_told(told, rules, hidden)
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"Line {len(lines)}: the result can't be read: {error}.") from None
    read = AuditLines(manifest, rules, options, seats, seed, hidden, (), told)
    ballots = tuple(_ballot(read, number, raw) for number, raw in enumerate(lines[1:-1], 2))
    _check_turnout(read, ballots)
    return AuditLines(manifest, rules, options, seats, seed, hidden, ballots, told)


def _objects(data: bytes) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            one = orjson.loads(line)
        except ValueError:
            raise Invalid(f"Line {number} is no JSON.") from None
        if not isinstance(one, dict):
            raise Invalid(f"Line {number} is no object.")
        found.append(one)
    if len(found) < 2:
        raise Invalid("This is no audit file of a vote: it has fewer than two lines.")
    return found


def _check_manifest(manifest: Mapping[str, Any], rules: Ruleset, options: tuple[str, ...]) -> None:
    names = [one.name for one in rules.chambers]
    hidden, rolls = manifest["hidden"], manifest["rolls"]
    if not isinstance(manifest["proposal"], str) or not isinstance(manifest["lot"], str):
        raise TypeError("proposal and lot are text")
    if type(manifest["seats"]) is not int or manifest["seats"] < 1:
        raise ValueError("seats are one or more")
    if len(set(options)) < len(options):
        raise ValueError("an option is there twice")
    if not isinstance(hidden, list) or set(hidden) - set(names) or sorted([*rolls, *hidden]) != sorted(names):
        raise ValueError("each chamber of the rule has a roll or is hidden")
    for name, roll in rolls.items():
        if type(roll["roll"]) is not int or type(roll["people"]) is not int or not 0 <= roll["people"] <= roll["roll"]:
            raise ValueError(f"the roll of {name} is a number of people and of their votes")


def _check_told(told: Mapping[str, Any], rules: Ruleset, hidden: tuple[str, ...]) -> None:
    Outcome(told["outcome"])
    if not isinstance(told["winners"], list) or not isinstance(told["chambers"], list):
        raise TypeError("winners and chambers are lists")
    if [one["name"] for one in told["chambers"]] != [one.name for one in rules.chambers]:
        raise ValueError("it tells of other chambers than the rule")
    for one in told["chambers"]:
        if not isinstance(one["verdict"], str):
            raise TypeError("a verdict is a word")
        if one["name"] in hidden and one != {"name": one["name"], "verdict": Verdict(one["verdict"]), "hidden": True}:
            raise ValueError("of a hidden chamber it tells the verdict and nothing else")


def _ballot(read: AuditLines, number: int, raw: Mapping[str, Any]) -> BallotLine:
    try:
        choice, places, times = raw["ballot"]["choice"], raw["ballot"]["in"], raw["times"]
        where = tuple((chamber, part, weight) for chamber, part, weight in places)
        if not _is_canonical(read, choice):
            raise ValueError("the choice is not in its canonical form")
        if type(times) is not int or not 0 < times <= MOST_BALLOTS:
            raise ValueError(f"{times!r} is not how often it was cast")
        names = [chamber for chamber, _, _ in where]
        if not names or len(set(names)) < len(names) or set(names) - {one.name for one in read.shown}:
            raise ValueError("it counts in chambers that the vote does not have, or has hidden, or twice in one")
        if any(type(weight) is not int or weight < 1 or part not in {"", INVESTOR} for _, part, weight in where):
            raise ValueError("a weight is one or more, and a part is empty or that of investors")
    except BallotInvalid as refusal:
        raise Invalid(f"Line {number}: {refusal}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"Line {number}: the ballot can't be counted: {error}.") from None
    return BallotLine(choice, where, times)


def _is_canonical(read: AuditLines, choice: Json) -> bool:
    if read.rules.method.form is Form.CONSENT:
        # reasons are left out of the file
        return choice in CONSENT
    return read_choice(read.rules.method, read.options, choice) == choice


def _check_turnout(read: AuditLines, ballots: tuple[BallotLine, ...]) -> None:
    """Refuse more ballots than people, before any of them is counted."""
    if sum(line.times for line in ballots) > MOST_BALLOTS:
        raise Invalid(f"There are more than {MOST_BALLOTS:,} ballots in the file.")
    for name, roll in read.manifest["rolls"].items():
        here = [(line.times, weight) for line in ballots for chamber, _, weight in line.places if chamber == name]
        voters, votes = sum(times for times, _ in here), sum(times * weight for times, weight in here)
        if voters > roll["people"] or votes > roll["roll"]:
            raise Invalid(f"There are more ballots in {name} than its roll has.")
