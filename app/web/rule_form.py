"""The form of a rule for votes: how many take part, how many agree, how long it takes. Who decides stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from app.web import rule_words
from app.web.asked_fields import As, Block, Field, chosen_in, share_in, share_text, text_in, whole_in
from app.web.site import Here
from governance.errors import RuleInvalid
from governance.rules import MOST_NOTICE_DAYS, SECRET_NOTICE_DAYS, SECRET_VOTING_DAYS, Chamber, Ruleset
from governance.secret.manifest import LEAST_PASSES, LEAST_ROLL
from governance.tally.methods import Form, Method
from governance.tally.rule import Quorum

OPEN, SECRET = "open", "secret"
HALF, AS_IT_IS = "half", "as it is"
THRESHOLDS: Mapping[str, tuple[Fraction, bool]] = {
    HALF: (Fraction(1, 2), True),
    "3/5": (Fraction(3, 5), False),
    "2/3": (Fraction(2, 3), False),
    "3/4": (Fraction(3, 4), False),
}
"""What can be chosen: the share, and whether it takes more than that."""

CHOICES = (Method.MAJORITY, Method.APPROVAL, Method.SCORE, Method.IRV)
"""Ways to count that a question may have."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule that somebody would change.

    Attributes:
        now: As it is in force.
        proposed: What was proposed so far, as a motion holds it.
    """

    now: Ruleset
    proposed: Mapping[str, Any] | None

    @property
    def first(self) -> Ruleset:
        """What stands in the fields at first."""
        return self.now if self.proposed is None else Ruleset.from_json(self.proposed)


def _key(of: Chamber) -> str:
    for key, (share, strict) in THRESHOLDS.items():
        if (of.rule.threshold, of.rule.strict) == (share, strict):
            return key
    return AS_IT_IS


def blocks(here: Here, asked: Asked) -> list[Block]:
    """Return what the form asks."""
    first, now = asked.first, asked.now
    found = []
    if now.kind.value == "ADVISORY":
        ways = tuple((one.value, rule_words.method(one, here.words)) for one in CHOICES)
        found.append(
            Block((Field("method", here.words.say("How members answer"), first.method.value, As.CHOOSE, options=ways),))
        )
    if may_be_secret(now):
        found.append(Block((_secret(here, first, now),)))
    for at, one in enumerate(first.chambers):
        before = now.chambers[at]
        fields = []
        if first.method.form is Form.YES_NO:
            ways = tuple((key, _words(here, key)) for key in THRESHOLDS)
            ways = ways if _key(before) != AS_IT_IS else ((AS_IT_IS, here.words.say("as it is")), *ways)
            fields.append(
                Field(
                    f"threshold-{at}",
                    here.words.say("What it takes to pass"),
                    _key(one),
                    As.CHOOSE,
                    now=here.words.say("Now: {value}", value=rule_words.threshold(before.rule, here.words)),
                    options=ways,
                )
            )
        quorum = before.rule.quorum
        fields.append(
            Field(
                f"quorum-{at}",
                here.words.say("How many have to take part, in percent"),
                "" if one.rule.quorum is None else share_text(one.rule.quorum.share),
                As.NUMBER,
                hint=here.words.say("Leave it empty where it counts however few take part."),
                now=here.words.say(
                    "Now: {value}",
                    value=here.words.say("any number") if quorum is None else f"{share_text(quorum.share)} %",
                ),
                is_needed=False,
            )
        )
        found.append(Block(tuple(fields), rule_words.who(one, here.words)))
    return [*found, Block(_times(here, first, now), here.words.say("How long, and how many ask for it"))]


def may_be_secret(now: Ruleset) -> bool:
    """Return whether votes by a rule could be secret: by its bodies and its method, whatever its times."""
    most = now.notice_most_days
    try:
        replace(
            now,
            secret=True,
            notice_days=max(now.notice_days, SECRET_NOTICE_DAYS),
            notice_most_days=most and max(most, SECRET_NOTICE_DAYS),
            voting_days=max(now.voting_days, SECRET_VOTING_DAYS),
        )
    except RuleInvalid:
        return False
    return True


def _secret(here: Here, first: Ruleset, now: Ruleset) -> Field:
    ways = {
        OPEN: here.words.say("Openly: the service keeps who voted how, and tells nobody"),
        SECRET: here.words.say("Secretly: nobody can find out who voted how"),
    }
    return Field(
        "secret",
        here.words.say("How votes are cast"),
        SECRET if first.secret else OPEN,
        As.CHOOSE,
        hint=here.words.say(
            "A secret vote needs {notice} days of notice, {open} days to vote, {roll} people who may vote, and "
            "{passes} who fetch a pass.",
            notice=SECRET_NOTICE_DAYS,
            open=SECRET_VOTING_DAYS,
            roll=LEAST_ROLL,
            passes=LEAST_PASSES,
        ),
        now=here.words.say("Now: {value}", value=ways[SECRET if now.secret else OPEN]),
        options=tuple(ways.items()),
    )


def _words(here: Here, key: str) -> str:
    share, strict = THRESHOLDS[key]
    if strict:
        return here.words.say("more than half")
    return here.words.say("at least {share}", share=rule_words.percent(share))


def _times(here: Here, first: Ruleset, now: Ruleset) -> tuple[Field, ...]:
    days = [
        Field(
            name,
            label,
            str(getattr(first, name)),
            As.NUMBER,
            now=here.words.say("Now: {value}", value=getattr(now, name)),
        )
        for name, label in (
            ("notice_days", here.words.say("Days of notice, at least")),
            ("voting_days", here.words.say("Days to vote, at least")),
            ("effect_days", here.words.say("Days from the close to the effect, at least")),
            ("objection_days", here.words.say("Days to object")),
        )
    ]
    shares = [
        Field(
            name,
            label,
            share_text(getattr(first, name)),
            As.NUMBER,
            now=here.words.say("Now: {value}", value=f"{share_text(getattr(now, name))} %"),
        )
        for name, label in (
            ("interest", here.words.say("Members who have to want it, in percent")),
            ("petition_share", here.words.say("Signatures that force a vote, in percent")),
        )
    ]
    return (*days, *shares)


def value_in(here: Here, asked: Asked) -> Ruleset:
    """Return the rule that the answers come to.

    Raises:
        Invalid: A field can't be read, or the rule is one that nobody could pass.
    """
    now = asked.now
    method = now.method
    if now.kind.value == "ADVISORY":
        method = Method(chosen_in(here, "method", tuple((one.value, "") for one in CHOICES)))
    chambers = tuple(_chamber(here, asked, at) for at in range(len(now.chambers)))
    return replace(
        now,
        method=method,
        chambers=chambers,
        secret=may_be_secret(now) and here.form.get("secret", SECRET if now.secret else OPEN) == SECRET,
        notice_days=whole_in(here, "notice_days", 0, now.notice_most_days or MOST_NOTICE_DAYS),
        voting_days=whole_in(here, "voting_days", 1, 90),
        effect_days=whole_in(here, "effect_days", 0, 365),
        objection_days=whole_in(here, "objection_days", 0, 90),
        interest=Fraction(share_in(here, "interest")),
        petition_share=Fraction(share_in(here, "petition_share")),
    )


def _chamber(here: Here, asked: Asked, at: int) -> Chamber:
    of = asked.now.chambers[at]
    rule = of.rule
    if asked.first.method.form is Form.YES_NO:
        key = here.form.get(f"threshold-{at}", AS_IT_IS)
        if key in THRESHOLDS:
            share, strict = THRESHOLDS[key]
            rule = replace(rule, threshold=share, strict=strict)
    quorum = None
    if text_in(here, f"quorum-{at}"):
        share = Fraction(share_in(here, f"quorum-{at}"))
        counts = {} if rule.quorum is None else {"counts": rule.quorum.counts}
        quorum = Quorum(share, **counts) if share else None
    return replace(of, rule=replace(rule, quorum=quorum))
