"""Rulesets: who decides what, with how many, after how long, as data that a cooperative can change.

The rules of voting.md §6.3 stand here as the defaults of each kind of proposal. A cooperative changes one by passing a
motion of that very kind (``set_policy`` of ``rules.<kind>``), so a rule is changed by the rule that it replaces. The
ruleset in force when a vote is announced is written into the notice in full, and counts for that vote whatever changes
afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from governance.errors import RuleInvalid
from governance.records import ProposalKind
from governance.tally.methods import Form, Method
from governance.tally.rule import Quorum, YesNoRule
from ledger.types import Json

SECRET_NOTICE_DAYS, SECRET_VOTING_DAYS = 7, 3
"""Of a secret vote, the least days before it opens and while it is open: its passes are given out for five days, and
twelve hours lie between the last of them and the first ballot (``governance.lifecycle``)."""


class Electorate(StrEnum):
    """Who is on the roll of a chamber."""

    MEMBERS = "MEMBERS"
    """Every member, one vote each."""
    PROVIDERS = "PROVIDERS"
    """Members of the class of providers, one vote each."""
    INVESTORS = "INVESTORS"
    """Members of the class of investors, one vote each."""
    BOARD = "BOARD"
    """Whoever sits on the board, one vote each."""
    STOCKHOLDERS = "STOCKHOLDERS"
    """Whoever holds shares that vote, by their votes: where a statute asks for it, and nowhere else."""


STATUTORY = frozenset({ProposalKind.POOL_INCREASE, ProposalKind.CORPORATE_ACTION})
"""Kinds in which stockholders have a say by statute; shares weigh in no other (decisions.md D1)."""


@dataclass(frozen=True, slots=True)
class Chamber:
    """A body that decides; where there are several, all have to.

    Attributes:
        name: How it is called in rolls and results.
        electorate: Who is in it.
        rule: What passes; of an election or another choice among options only its quorum counts.
        investor_cap: The most that investors' votes may come to of all that are cast; None for no cap.
    """

    name: str
    electorate: Electorate
    rule: YesNoRule
    investor_cap: Fraction | None = None

    def __post_init__(self) -> None:
        """Refuse a cap that is none."""
        if not self.name:
            raise RuleInvalid("A chamber needs a name.", field="chambers")
        if self.investor_cap is not None and not 0 < self.investor_cap < 1:
            raise RuleInvalid("An investor cap is a share between nothing and all.", field="investor_cap")


MOST_NOTICE_DAYS = 90
"""A petition that is reached brings a vote within so many days (E25 I25.3), so no rule asks for a longer notice."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """How proposals of a kind are decided.

    Attributes:
        kind: What they decide.
        method: How votes are counted.
        chambers: Who decides.
        notice_days: The least days from the notice to the opening.
        notice_most_days: The most; None for no limit.
        voting_days: The least days that a vote is open.
        effect_days: The least days from the close to the effect.
        objection_days: How long after the close members may object to the effect; 0 for not at all.
        objection_share: The share of the roll whose objections stop it.
        interest: The share of members who have to want it decided.
        countdown_days: From then to the board's review.
        review_days: How long the board has.
        petition_share: The share of members whose signatures force a vote.
        petition_days: Within how long.
        least_for: The least votes for it, whatever the share (a recall); set when the vote is announced.
        secret: Whether nobody can find out who voted how (``governance.secret``), instead of nobody being told.
    """

    kind: ProposalKind
    method: Method
    chambers: tuple[Chamber, ...]
    notice_days: int
    notice_most_days: int | None = None
    voting_days: int = 7
    effect_days: int = 1
    objection_days: int = 7
    objection_share: Fraction = Fraction(1, 10)
    interest: Fraction = Fraction(1, 10)
    countdown_days: int = 7
    review_days: int = 30
    petition_share: Fraction = Fraction(1, 10)
    petition_days: int = 90
    least_for: int | None = field(default=None)
    secret: bool = False

    def __post_init__(self) -> None:
        """Refuse a rule that nobody could pass, or that lets shares weigh where no statute says so."""
        names = [chamber.name for chamber in self.chambers]
        if not names or len(set(names)) < len(names):
            raise RuleInvalid("A ruleset needs chambers, each with a name of its own.", field="chambers")
        if self.kind not in STATUTORY and any(one.electorate is Electorate.STOCKHOLDERS for one in self.chambers):
            raise RuleInvalid("Shares weigh in statutory stockholder consents only; members vote one each.")
        if self.method.form not in {Form.YES_NO, Form.CONSENT} and len(self.chambers) > 1:
            raise RuleInvalid("A choice among options is made in one chamber.", field="chambers")
        days = (self.notice_days, self.effect_days, self.objection_days, self.countdown_days, self.review_days)
        if min(days) < 0 or self.voting_days < 1 or self.petition_days < 1:
            raise RuleInvalid("Days are zero or more, and a vote is open for one at least.", field="voting_days")
        if self.notice_days > MOST_NOTICE_DAYS:
            text = f"Notice is {MOST_NOTICE_DAYS} days at most: a petition brings a vote within that time."
            raise RuleInvalid(text, field="notice_days")
        if self.notice_most_days is not None and self.notice_most_days < max(self.notice_days, 1):
            raise RuleInvalid("The longest notice is no shorter than the shortest.", field="notice_most_days")
        if not all(0 < share <= 1 for share in (self.objection_share, self.interest, self.petition_share)):
            raise RuleInvalid("A share of the members is above nothing and at most all.", field="interest")
        if self.least_for is not None and self.least_for < 1:
            raise RuleInvalid("The least votes for it are one or more.", field="least_for")
        if self.secret:
            self._refuse_unfit_for_secrecy()

    def _refuse_unfit_for_secrecy(self) -> None:
        """Refuse a secret vote that would tell who voted how: by its chambers, by weights, by words, or by haste."""
        by_head = {Electorate.MEMBERS, Electorate.PROVIDERS, Electorate.INVESTORS}
        if len(self.chambers) > 1 or self.chambers[0].electorate not in by_head:
            text = "A secret vote is held in one chamber of members: parts of it would tell who voted how."
            raise RuleInvalid(text, field="chambers")
        if self.chambers[0].investor_cap is not None:
            raise RuleInvalid("In a secret vote every ballot weighs the same; leave out the cap.", field="investor_cap")
        if self.method.form is Form.CONSENT:
            raise RuleInvalid("Reasons would tell who gives them: consent is given openly.", field="method")
        if self.notice_days < SECRET_NOTICE_DAYS or self.voting_days < SECRET_VOTING_DAYS:
            text = f"A secret vote needs {SECRET_NOTICE_DAYS} days of notice and is open for {SECRET_VOTING_DAYS}."
            raise RuleInvalid(text, field="notice_days")

    def to_json(self) -> dict[str, Json]:
        """Return it as a notice or a policy holds it; fractions as ``"1/10"``, and ``secret`` only where it is."""
        said: dict[str, Json] = {
            "kind": self.kind.value,
            "method": self.method.value,
            "chambers": [_chamber_to_json(one) for one in self.chambers],
            "notice_days": self.notice_days,
            "notice_most_days": self.notice_most_days,
            "voting_days": self.voting_days,
            "effect_days": self.effect_days,
            "objection_days": self.objection_days,
            "objection_share": str(self.objection_share),
            "interest": str(self.interest),
            "countdown_days": self.countdown_days,
            "review_days": self.review_days,
            "petition_share": str(self.petition_share),
            "petition_days": self.petition_days,
            "least_for": self.least_for,
        }
        return said | {"secret": True} if self.secret else said

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Ruleset:
        """Return the ruleset that a notice or a policy holds.

        Raises:
            RuleInvalid: A field is missing, unknown, of another form, or out of range; the message names it.
        """
        unknown = sorted(set(raw) - set(cls.__dataclass_fields__))
        if unknown:
            raise RuleInvalid(f"A ruleset has no {unknown[0]!r}.", field=unknown[0])
        try:
            values = {name: _read(name, value) for name, value in raw.items()}
            return cls(**values)
        except (KeyError, ValueError, TypeError, AttributeError, ZeroDivisionError) as error:
            raise RuleInvalid(f"The ruleset can't be read: {error}.") from None


_SHARES = {"objection_share", "interest", "petition_share"}


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if name == "kind":
        return ProposalKind(value)
    if name == "method":
        return Method(value)
    if name == "chambers":
        return tuple(_chamber_from_json(one) for one in value)
    if name in _SHARES:
        return Fraction(value)
    if name == "secret":
        if not isinstance(value, bool):
            raise RuleInvalid("A vote is secret or it is not.", field=name)
        return value
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise RuleInvalid(f"{name} is a whole number of days or votes.", field=name)
    return value


def _chamber_to_json(chamber: Chamber) -> Json:
    return {
        "name": chamber.name,
        "electorate": chamber.electorate.value,
        "rule": chamber.rule.to_json(),
        "investor_cap": None if chamber.investor_cap is None else str(chamber.investor_cap),
    }


def _chamber_from_json(raw: Mapping[str, Any]) -> Chamber:
    unknown = sorted(set(raw) - {"name", "electorate", "rule", "investor_cap"})
    if unknown:
        raise RuleInvalid(f"A chamber has no {unknown[0]!r}.", field=unknown[0])
    cap = raw.get("investor_cap")
    return Chamber(
        raw["name"],
        Electorate(raw["electorate"]),
        YesNoRule.from_json(raw["rule"]),
        None if cap is None else Fraction(cap),
    )


def earliest_effect(rules: Ruleset, closes_on: date) -> date:
    """Return the first day on which what passes may take effect.

    A fee vote that closes on 2025-10-01 with 60 days takes effect on 2025-11-30 at the earliest. Objections must have
    had their time, too.
    """
    days = max(rules.effect_days, rules.objection_days + 1 if rules.objection_days else 0)
    return closes_on + timedelta(days=days)


def needed_members(share: Fraction, members: int) -> int:
    """Return how many members a share of them is: a tenth of 240 is 24, of 241 it is 25."""
    return -(-members * share.numerator // share.denominator)


def strictest(first: Ruleset, second: Ruleset) -> Ruleset:
    """Return the first ruleset with the longer times of both: for a rule that changes a rule."""
    return replace(
        first,
        notice_days=max(first.notice_days, second.notice_days),
        voting_days=max(first.voting_days, second.voting_days),
        effect_days=max(first.effect_days, second.effect_days),
        objection_days=max(first.objection_days, second.objection_days),
    )


def default_rules(kind: ProposalKind) -> Ruleset:
    """Return the rules of voting.md §6.3 for a kind of proposal: what counts until the members pass others."""
    return _DEFAULTS[kind]


def _passes(quorum: Fraction | None, threshold: Fraction = Fraction(1, 2)) -> YesNoRule:
    return YesNoRule(threshold, strict=threshold == Fraction(1, 2), quorum=None if quorum is None else Quorum(quorum))


_QUARTER, _THIRD, _HALF, _TWO_THIRDS = Fraction(1, 4), Fraction(33, 100), Fraction(1, 2), Fraction(2, 3)
_INVESTOR_CAP = Fraction(1, 10)
_STOCKHOLDERS = Chamber("stockholders", Electorate.STOCKHOLDERS, _passes(None))
_BOARD = Chamber("board", Electorate.BOARD, _passes(None))


def _members(quorum: Fraction | None, threshold: Fraction = _HALF) -> Chamber:
    return Chamber("members", Electorate.MEMBERS, _passes(quorum, threshold), _INVESTOR_CAP)


def _providers(quorum: Fraction | None, threshold: Fraction = _HALF) -> Chamber:
    return Chamber("providers", Electorate.PROVIDERS, _passes(quorum, threshold))


def _yes_no(kind: ProposalKind, *chambers: Chamber, notice_days: int, **more: Any) -> Ruleset:
    return Ruleset(kind, Method.MAJORITY, chambers, notice_days, **more)


_DEFAULTS: dict[ProposalKind, Ruleset] = {
    one.kind: one
    for one in (
        _yes_no(ProposalKind.FEE_OR_RATE, _members(_QUARTER), _providers(_QUARTER), notice_days=30, effect_days=60),
        _yes_no(ProposalKind.CASELOAD_RAISE, _providers(_QUARTER, _TWO_THIRDS), notice_days=14),
        _yes_no(ProposalKind.CASELOAD_LOWER, _providers(_QUARTER), notice_days=14),
        _yes_no(ProposalKind.DATA_SHARING, _providers(_THIRD, _TWO_THIRDS), notice_days=30),
        _yes_no(ProposalKind.LAYOFF_PROTOCOL, _providers(_THIRD, _TWO_THIRDS), notice_days=30),
        _yes_no(ProposalKind.BENEFITS, _members(_QUARTER), notice_days=14),
        _yes_no(ProposalKind.SURPLUS, _members(_QUARTER), notice_days=14),
        _yes_no(ProposalKind.POOL_INCREASE, _members(_QUARTER), _BOARD, _STOCKHOLDERS, notice_days=14),
        _yes_no(ProposalKind.GRANTS, _members(_QUARTER), notice_days=14),
        _yes_no(
            ProposalKind.BYLAWS,
            _members(_THIRD, _TWO_THIRDS),
            _providers(_THIRD),
            notice_days=10,
            notice_most_days=120,
        ),
        _yes_no(
            ProposalKind.CORPORATE_ACTION,
            _members(_HALF, _TWO_THIRDS),
            _providers(_HALF, _TWO_THIRDS),
            notice_days=30,
        ),
        Ruleset(
            ProposalKind.ELECTION,
            Method.STV,
            (Chamber("members", Electorate.MEMBERS, _passes(_QUARTER)),),
            notice_days=21,
            voting_days=14,
            objection_days=0,
        ),
        _yes_no(
            ProposalKind.RECALL,
            Chamber("members", Electorate.MEMBERS, _passes(_QUARTER)),
            notice_days=14,
            objection_days=0,
        ),
        Ruleset(
            ProposalKind.ADVISORY,
            Method.MAJORITY,
            (Chamber("members", Electorate.MEMBERS, _passes(None)),),
            notice_days=7,
            objection_days=0,
        ),
    )
}
