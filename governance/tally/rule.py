"""What passes: thresholds and quorums as whole numbers, never as percentages.

The outcome is ``no_quorum`` before anything else, then ``passed`` or ``failed``. A proposal that nobody is for never
passes, whatever its threshold (an all-abstain vote, or one with no votes at all).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from governance.errors import RuleInvalid
from ledger.types import Json


class Basis(StrEnum):
    """Of what a threshold is a share."""

    CAST = "cast"
    """Yes and no; abstentions count for nothing (Robert's Rules)."""
    PRESENT = "present"
    """Yes, no and abstentions: an abstention works as a no."""
    ELIGIBLE = "eligible"
    """The whole roll: an absolute majority."""


class Counts(StrEnum):
    """Who counts for the quorum."""

    ALL = "yes+no+abstain"
    """Everybody who took part."""
    DECIDED = "yes+no"
    """Whoever did not abstain."""
    NOT_AGAINST = "yes+abstain"
    """Whoever did not vote no."""
    FOR = "yes"
    """Whoever voted yes."""


class Verdict(StrEnum):
    """How a vote came out."""

    PASSED = "passed"
    """Enough were for it."""
    FAILED = "failed"
    """Too few were for it."""
    NO_QUORUM = "no_quorum"
    """Too few took part."""
    OBJECTED = "objected"
    """By consent: somebody objected."""
    BLOCKED = "blocked"
    """By consent: somebody blocked it."""


@dataclass(frozen=True, slots=True)
class Quorum:
    """The least share of the roll that has to take part: a quarter of 243 is 61.

    Attributes:
        share: Above nothing and at most all.
        counts: Who takes part.
    """

    share: Fraction
    counts: Counts = Counts.ALL

    def __post_init__(self) -> None:
        """Refuse a quorum that everybody or nobody could meet."""
        if not 0 < self.share <= 1:
            raise RuleInvalid("A quorum is above 0 % and at most 100 %; leave it out for none.", field="quorum")

    def needed(self, eligible: int) -> int:
        """Return how many of ``eligible`` have to take part."""
        return -(-eligible * self.share.numerator // self.share.denominator)


@dataclass(frozen=True, slots=True)
class YesNo:
    """Votes for, against and neither, by weight: whole numbers, or fractions where investors' votes are capped."""

    yes: int | Fraction = 0
    no: int | Fraction = 0
    abstain: int | Fraction = 0

    @property
    def all(self) -> int | Fraction:
        """Everybody who took part."""
        return self.yes + self.no + self.abstain

    def of(self, counts: Counts) -> int | Fraction:
        """Return how many count for a quorum."""
        return {
            Counts.ALL: self.all,
            Counts.DECIDED: self.yes + self.no,
            Counts.NOT_AGAINST: self.yes + self.abstain,
            Counts.FOR: self.yes,
        }[counts]


@dataclass(frozen=True, slots=True)
class YesNoRule:
    """What passes.

    Attributes:
        threshold: The share of ``basis`` that has to be for it.
        strict: More than the threshold, or at least it: a tie fails a strict half; 60 of 90 pass two thirds.
        basis: Of what.
        quorum: None for none.
    """

    threshold: Fraction = Fraction(1, 2)
    strict: bool = True
    basis: Basis = Basis.CAST
    quorum: Quorum | None = None

    def __post_init__(self) -> None:
        """Refuse a threshold that nobody can meet, or that needs nobody."""
        if not 0 < self.threshold <= 1 or (self.strict and self.threshold == 1):
            raise RuleInvalid("A threshold is above nothing and can be met: more than all is none.", field="threshold")

    def has_quorum(self, votes: YesNo, eligible: int) -> bool:
        """Return whether enough of ``eligible`` took part."""
        if self.quorum is None:
            return True
        share = self.quorum.share
        return votes.of(self.quorum.counts) * share.denominator >= eligible * share.numerator

    def is_met(self, votes: YesNo, eligible: int) -> bool:
        """Return whether enough were for it, quorum or not."""
        base = {Basis.CAST: votes.yes + votes.no, Basis.PRESENT: votes.all, Basis.ELIGIBLE: eligible}[self.basis]
        mine, needed = votes.yes * self.threshold.denominator, base * self.threshold.numerator
        return votes.yes > 0 and (mine > needed if self.strict else mine >= needed)

    def verdict(self, votes: YesNo, eligible: int) -> Verdict:
        """Return how votes came out among so many on the roll."""
        if not self.has_quorum(votes, eligible):
            return Verdict.NO_QUORUM
        return Verdict.PASSED if self.is_met(votes, eligible) else Verdict.FAILED

    def to_json(self) -> dict[str, Json]:
        """Return it as notices, audit files and cases hold it."""
        rule: dict[str, Json] = {
            "basis": self.basis.value,
            "num": self.threshold.numerator,
            "den": self.threshold.denominator,
            "strict": self.strict,
        }
        if self.quorum is not None:
            share = self.quorum.share
            rule["quorum"] = {"num": share.numerator, "den": share.denominator, "counts": self.quorum.counts.value}
        return rule

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> YesNoRule:
        """Return the rule that a notice, an audit file or a case holds; a quorum of 0 is none.

        Raises:
            RuleInvalid: A field is missing, unknown, or out of range.
        """
        unknown = sorted(set(raw) - {"basis", "num", "den", "strict", "quorum"})
        if unknown:
            raise RuleInvalid(f"A rule has no {unknown[0]!r}.", field=unknown[0])
        try:
            quorum = raw.get("quorum")
            return cls(
                share_of(raw),
                _flag(raw["strict"]),
                Basis(raw["basis"]),
                None if quorum is None or share_of(quorum) == 0 else _quorum(quorum),
            )
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise RuleInvalid(f"The rule can't be read: {error}.", field="rule") from None


def _quorum(raw: Mapping[str, Any]) -> Quorum:
    return Quorum(share_of(raw), Counts(raw.get("counts", Counts.ALL)))


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise TypeError("strict is true or false")
    return raw


def share_of(raw: Mapping[str, Any]) -> Fraction:
    """Return the fraction of an object with ``num`` and ``den``.

    Raises:
        RuleInvalid: They are no whole numbers, or make no fraction.
    """
    numerator, denominator = raw.get("num"), raw.get("den")
    if type(numerator) is not int or type(denominator) is not int or denominator < 1 or numerator < 0:
        raise RuleInvalid("A share is two whole numbers, such as num 1 and den 4.", field="num")
    return Fraction(numerator, denominator)


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """When a proposal passes by consent.

    Attributes:
        quorum: None for none: silence is consent.
        most_objections: How many objections it stands.
        most_blocks: How many blocks.
    """

    quorum: Quorum | None = None
    most_objections: int = 0
    most_blocks: int = 0

    def __post_init__(self) -> None:
        """Refuse less than none."""
        if min(self.most_objections, self.most_blocks) < 0:
            raise RuleInvalid("Objections and blocks are zero or more.", field="max_objection")

    def to_json(self) -> dict[str, Json]:
        """Return it as a case holds it."""
        rule: dict[str, Json] = {"max_objection": self.most_objections, "max_block": self.most_blocks}
        if self.quorum is not None:
            share = self.quorum.share
            rule["quorum"] = {"num": share.numerator, "den": share.denominator}
        return rule

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> ConsentRule:
        """Return the rule that a case holds; a quorum of 0 is none: silence is consent.

        Raises:
            RuleInvalid: A field is unknown or out of range.
        """
        unknown = sorted(set(raw) - {"quorum", "max_objection", "max_block"})
        if unknown:
            raise RuleInvalid(f"A rule of consent has no {unknown[0]!r}.", field=unknown[0])
        most = (raw.get("max_objection", 0), raw.get("max_block", 0))
        if any(type(one) is not int for one in most):
            raise RuleInvalid("Objections and blocks are whole numbers.", field="max_objection")
        quorum = raw.get("quorum")
        if quorum is not None and (not isinstance(quorum, Mapping) or set(quorum) - {"num", "den"}):
            raise RuleInvalid("By consent everybody who answers counts: write num and den alone.", field="quorum")
        share = Fraction(0) if quorum is None else share_of(quorum)
        return cls(Quorum(share) if share else None, *most)


def consent_verdict(said: Mapping[str, int], eligible: int, rule: ConsentRule) -> Verdict:
    """Return how a vote by consent came out.

    Args:
        said: How many said what: consent, concern, stand_aside, objection, block.
        eligible: How many were asked.
        rule: When it passes.
    """
    part = sum(said.values())
    if rule.quorum is not None and part < rule.quorum.needed(eligible):
        return Verdict.NO_QUORUM
    if said.get("block", 0) > rule.most_blocks:
        return Verdict.BLOCKED
    return Verdict.OBJECTED if said.get("objection", 0) > rule.most_objections else Verdict.PASSED


def investor_weight(cap: Fraction, others: int, investors: int) -> Fraction:
    """Return what each investor's vote weighs, so that all of theirs come to at most ``cap`` of what is cast.

    Of 63 other votes and 12 of investors under a cap of a tenth, each investor's weighs 7/12: together 7 of 70.
    """
    if not investors:
        return Fraction(1)
    return min(Fraction(1), cap / (1 - cap) * Fraction(others, investors))
