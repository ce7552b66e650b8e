"""Cases with known answers: elections and votes as JSON, with what they are known to come to.

One object a file: ``method``; then ``candidates``, ``ballots`` as ``[{"w": how many, "b": choice}]``, ``seats`` and
``lot``, or ``rule``, ``tally`` and ``eligible`` (``chambers``: several of these), or ``counts`` of consent, or ``raw``
weights and a ``cap``. ``expected`` is what it claims: what of that can be told from a count is compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from governance.errors import BallotInvalid
from governance.tally.ballots import Choice, positions, read_choice
from governance.tally.elections import Election
from governance.tally.methods import Form, Method
from governance.tally.result import Result
from governance.tally.rule import ConsentRule, Verdict, YesNo, YesNoRule, consent_verdict, share_of
from governance.tally.schulze import Strength
from governance.tally.weights import can_be_capped_afterwards, capped_by_the_total
from ledger.errors import Invalid

MOST_SCORE = 10**6
"""Other programs' scores may be as high as this."""


@dataclass(frozen=True, slots=True)
class Body:
    """A vote between yes and no in one chamber.

    Attributes:
        name: Empty where it is the only one.
        eligible: How many could vote.
    """

    name: str
    rule: YesNoRule
    votes: YesNo
    eligible: int

    @property
    def verdict(self) -> Verdict:
        """How it came out there."""
        return self.rule.verdict(self.votes, self.eligible)


@dataclass(frozen=True, slots=True)
class Consent:
    """A vote by consent: how many said what."""

    rule: ConsentRule
    said: Mapping[str, int]
    eligible: int

    @property
    def verdict(self) -> Verdict:
        """How it came out."""
        return consent_verdict(self.said, self.eligible, self.rule)


@dataclass(frozen=True, slots=True)
class Capped:
    """Weights under a cap."""

    raw: Mapping[str, int]
    cap: Fraction

    @property
    def weights(self) -> dict[str, Fraction]:
        """What each weighs, capped by what all had before."""
        return capped_by_the_total(self.raw, self.cap)


What: TypeAlias = Election | tuple[Body, ...] | Consent | Capped


@dataclass(frozen=True, slots=True)
class Case:
    """A vote and what it is said to come to."""

    name: str
    what: What
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict | None:
        """How it came out; None of a choice among options and of weights."""
        if isinstance(self.what, Consent):
            return self.what.verdict
        return together([body.verdict for body in self.what]) if isinstance(self.what, tuple) else None


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Return how chambers decide together: no quorum in one comes before anything else, and all have to pass it."""
    if Verdict.NO_QUORUM in verdicts:
        return Verdict.NO_QUORUM
    return Verdict.PASSED if set(verdicts) == {Verdict.PASSED} else Verdict.FAILED


def read_case(raw: object) -> Case:
    """Return the case that a JSON object tells.

    Raises:
        Invalid: A field is missing or can't be read, or a ballot can't be counted; the message names it.
    """
    if not isinstance(raw, dict):
        raise Invalid("A case is one object, with a method.")
    claims = raw.get("expected", {})
    if not isinstance(claims, dict):
        raise Invalid("expected is an object.", field="expected")
    method = raw.get("method")
    try:
        if method == "chambers":
            what: What = tuple(_body(name, one) for name, one in raw["chambers"].items())
        elif method == Method.MAJORITY:
            what = (_body("", raw),)
        elif method == Method.CONSENT:
            what = Consent(ConsentRule.from_json(raw["rule"]), _figures(raw["counts"]), _figure(raw["eligible"]))
        elif method == "weights":
            what = Capped(_figures(raw["raw"]), share_of(raw["cap"]))
        else:
            what = _election(raw, claims)
    except KeyError as error:
        raise Invalid(f"The case has no {error.args[0]}.") from None
    except (TypeError, AttributeError):
        raise Invalid("The case can't be read: a field is not of the form that its method needs.") from None
    if what == ():
        raise Invalid("The case has no chamber.", field="chambers")
    return Case(str(raw.get("id", "")), what, claims)


def _body(name: str, raw: Mapping[str, Any]) -> Body:
    votes = _figures(raw["tally"])
    if set(votes) - {"yes", "no", "abstain"}:
        raise Invalid("A tally has yes, no and abstain.", field="tally")
    body = Body(name, YesNoRule.from_json(raw["rule"]), YesNo(**votes), _figure(raw["eligible"]))
    if body.votes.all > body.eligible:
        raise Invalid(f"More voted ({body.votes.all}) than could ({body.eligible}).", field="tally")
    return body


def _figure(raw: object) -> int:
    if type(raw) is not int or raw < 0:
        raise Invalid(f"{raw!r} is no whole number of zero or more.")
    return raw


def _figures(raw: Mapping[str, object]) -> dict[str, int]:
    return {name: _figure(number) for name, number in raw.items()}


def _election(raw: Mapping[str, Any], claims: Mapping[str, Any]) -> Election:
    known = [one.value for one in Method]
    if raw["method"] not in known:
        raise Invalid(f"There is no method {raw['method']!r}; there are {', '.join(known)}.", field="method")
    method, options = Method(raw["method"]), tuple(raw["candidates"])
    if not all(isinstance(one, str) and one for one in options):
        raise Invalid("Candidates are names.", field="candidates")
    groups: dict[Choice, int] = {}
    blank = 0
    for number, ballot in enumerate(raw["ballots"], 1):
        times = _figure(ballot["w"])
        choice = _choice(method, options, ballot["b"], number)
        if choice is None:
            blank += times
        else:
            groups[choice] = groups.get(choice, 0) + times
    lot = raw.get("lot")
    return Election(
        str(raw.get("id", "")),
        method,
        options,
        groups,
        _figure(raw.get("seats", 1)),
        None if lot is None else tuple(lot),
        blank,
        strength=Strength.MARGINS if claims.get("strength") == Strength.MARGINS else Strength.WINNING,
    )


def _choice(method: Method, options: Sequence[str], raw: object, number: int) -> Choice:
    """Return a choice as counting takes it; None for a ballot that chooses nobody."""
    if method.form is Form.RANKING and raw == []:
        return None
    try:
        return positions(method, options, read_choice(method, options, raw, most_score=MOST_SCORE))
    except BallotInvalid as refusal:
        raise BallotInvalid(f"Ballot {number}: {refusal}", field="ballots") from None


def disagreements(case: Case, result: Result | None) -> tuple[list[str], list[str]]:
    """Return which claims of a case were compared with its count, and what does not agree, in words.

    Args:
        case: As read.
        result: What its election came to; None where it is none.
    """
    told = _of_weights(case.what) if isinstance(case.what, Capped) else _of_votes(case)
    if result is not None:
        told = {claim: found(result) for claim, found in _OF_RESULTS.items() if claim in case.claims}
    compared = [claim for claim in case.claims if claim in told]
    wrong = [
        f"{claim}: the file says {_plain(claim, case.claims[claim])}, the count says {told[claim]}"
        for claim in compared
        if _plain(claim, case.claims[claim]) != told[claim]
    ]
    return compared, wrong


def _of_votes(case: Case) -> dict[str, Any]:
    verdict = case.verdict
    if verdict is None:
        return {}
    bodies = case.what if isinstance(case.what, tuple) else ()
    return {body.name: body.verdict.value for body in bodies} | {"outcome": verdict.value}


def _of_weights(capped: Capped) -> dict[str, Any]:
    return {
        "caps_as_share_of_raw_total": capped.weights,
        "iterative_cap_feasible": can_be_capped_afterwards(capped.raw, capped.cap),
    }


def _plain(claim: str, value: object) -> object:
    """Return a claim in the form in which it is compared: sets as sorted lists, decimals as fractions."""
    try:
        return _PLAIN[claim](value) if claim in _PLAIN else value
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        raise Invalid(f"expected.{claim} can't be read.", field="expected") from None


def _stages(result: Result) -> list[Any]:
    unit = 10**result.scale
    return [
        (
            step.event,
            {name: Fraction(votes, unit) for name, votes in step.votes.items() if votes},
            Fraction(step.lost, unit),
        )
        for step in result.rounds
    ]


def _plain_stages(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return [
        (
            stage["event"],
            # some leave out who has been excluded
            {name: Fraction(str(votes)) for name, votes in stage["tally"].items() if Fraction(str(votes))},
            Fraction(str(stage["nontransferable"])),
        )
        for stage in value
    ]


_OF_RESULTS: dict[str, Callable[[Result], Any]] = {
    "winners": lambda result: sorted(result.winners),
    "order": lambda result: [sorted(place) for place in result.order],
    "quota": lambda result: result.details.get("quota"),
    "scores": lambda result: dict(result.rounds[0].votes),
    "stages": _stages,
    "final": lambda result: dict(result.rounds[-1].votes),
    "eliminated": lambda result: [name for step in result.rounds for name in step.excluded],
}

_PLAIN: dict[str, Callable[[Any], Any]] = {
    "winners": sorted,
    "order": lambda value: [sorted(place) for place in value],
    "stages": _plain_stages,
    "caps_as_share_of_raw_total": lambda value: {name: Fraction(str(one)) for name, one in value.items()},
}
