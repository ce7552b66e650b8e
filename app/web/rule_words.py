"""The rule by which a proposal is decided, in plain words: who decides, with how many, after how long."""

from __future__ import annotations

from fractions import Fraction

from app.web.words import Words
from governance.rules import Chamber, Electorate, Ruleset
from governance.tally.methods import Form, Method
from governance.tally.rule import Basis, YesNoRule

WHO = {
    Electorate.MEMBERS: "All members",
    Electorate.PROVIDERS: "Providers",
    Electorate.INVESTORS: "Investors",
    Electorate.BOARD: "The board",
    Electorate.STOCKHOLDERS: "Stockholders",
}
"""Who votes in a body."""

OF = {
    Basis.CAST: "of the yes and no votes",
    Basis.PRESENT: "of all who vote",
    Basis.ELIGIBLE: "of everybody who may vote",
}
"""Of what more than half is asked."""

METHODS = {
    Method.MAJORITY: "Members say yes or no, or abstain.",
    Method.CONSENT: "It passes unless somebody objects, with a reason.",
    Method.APPROVAL: "Members tick all they approve of; what most approve of is chosen.",
    Method.SCORE: "Members give each a score; the highest sum is chosen.",
    Method.STAR: "Members give each a score; of the two highest, the one that more members prefer is chosen.",
    Method.IRV: "Members rank what they like; the last goes out, round by round, until one has more than half.",
    Method.STV: "Members rank who should be elected; seats are shared in proportion to the votes.",
    Method.MEEK: "Members rank who should be elected; seats are shared in proportion to the votes, by Meek's method.",
    Method.SCHULZE: "Members rank what they like; whoever wins against each other one is chosen.",
    Method.RANKED_PAIRS: "Members rank what they like; the clearest wins of one against another count first.",
    Method.BORDA: "Members rank what they like; each place gives points.",
}
"""How votes are counted, in one sentence."""


def who(of: Chamber, words: Words) -> str:
    """Return who votes in a body."""
    return words.say(WHO[of.electorate])


def method(of: Method, words: Words) -> str:
    """Return how votes are counted, in a sentence."""
    return words.say(METHODS[of])


def percent(share: Fraction) -> str:
    """Return a share as a percentage, exact: ``12.5 %``, or ``1/3`` where that has no end."""
    told = share * 100
    if told.denominator == 1:
        return f"{told.numerator} %"
    for places in range(1, 7):
        scaled = told * 10**places
        if scaled.denominator == 1:
            text = f"{scaled.numerator:0{places + 1}d}"
            return f"{text[:-places]}.{text[-places:]} %"
    return f"{share.numerator}/{share.denominator}"


def share_of(share: Fraction, words: Words) -> str:
    """Return a share as people say it: one in four, or a percentage."""
    if share == Fraction(1, 2):
        return words.say("half of them")
    if share.numerator == 1 and share.denominator > 1:
        return words.say("1 in {many}", many=share.denominator)
    return percent(share)


def threshold(rule: YesNoRule, words: Words) -> str:
    """Return what has to be for it: more than half of the yes and no votes."""
    of = words.say(OF[rule.basis])
    if rule.threshold == Fraction(1, 2) and rule.strict:
        return words.say("more than half {of}", of=of)
    if rule.threshold == Fraction(2, 3) and not rule.strict:
        return words.say("at least two thirds {of}", of=of)
    if rule.strict:
        return words.say("more than {share} {of}", share=percent(rule.threshold), of=of)
    return words.say("at least {share} {of}", share=percent(rule.threshold), of=of)


def quorum(rule: YesNoRule, words: Words) -> str:
    """Return how many have to take part, in a sentence."""
    if rule.quorum is None:
        return words.say("It counts however few take part.")
    return words.say("At least {share} have to take part.", share=share_of(rule.quorum.share, words))


def body(of: Chamber, rules: Ruleset, words: Words) -> str:
    """Return what one body has to say for something to pass, in a sentence or two."""
    if rules.method.form is Form.YES_NO:
        needs = words.say("It passes with {share}.", share=threshold(of.rule, words))
    else:
        needs = words.say(METHODS[rules.method])
    if of.electorate is Electorate.STOCKHOLDERS:
        return f"{needs} {words.say('Here votes go by shares, because the law asks for it.')}"
    told = f"{needs} {quorum(of.rule, words)}"
    if of.investor_cap is not None:
        capped = words.say("Investors together have {share} of the votes at most.", share=percent(of.investor_cap))
        told = f"{told} {capped}"
    return f"{told} {secrecy(words)}" if rules.secret else told


def secrecy(words: Words) -> str:
    """Return that a vote is secret, in a sentence."""
    return words.say("The vote is secret: nobody can find out who voted how.")


def bodies(rules: Ruleset, words: Words) -> list[tuple[str, str]]:
    """Return who decides, each with what it takes."""
    return [(words.say(WHO[one.electorate]), body(one, rules, words)) for one in rules.chambers]


def in_short(rules: Ruleset, words: Words) -> str:
    """Return the rule in one breath: what it needs, how many take part, and of whom."""
    if rules.method.form is not Form.YES_NO:
        [only] = rules.chambers
        told = f"{words.say(METHODS[rules.method])} {quorum(only.rule, words)}"
        return f"{told} {secrecy(words)}" if rules.secret else told
    parts = []
    for one in rules.chambers:
        needs, who = threshold(one.rule, words), words.say(WHO[one.electorate])
        if one.rule.quorum is None:
            parts.append(words.say("{who}: {needs}", who=who, needs=needs))
        else:
            share = share_of(one.rule.quorum.share, words)
            parts.append(words.say("{who}: {needs}, and {share} taking part", who=who, needs=needs, share=share))
    told = "; ".join(parts) + "."
    return f"{told} {secrecy(words)}" if rules.secret else told


def times(rules: Ruleset, words: Words) -> list[str]:
    """Return how long everything takes, one sentence each, in the order in which it happens."""
    told = [
        words.say(
            "A member's own proposal goes on once {share} of the members want it. Then there are {countdown} days for "
            "changes, and the board has {review} days to say what it thinks. It can't stop it.",
            share=share_of(rules.interest, words),
            countdown=words.number(rules.countdown_days),
            review=words.number(rules.review_days),
        ),
        words.say(
            "Or {share} of the members sign a petition within {days} days: then it comes to a vote at once.",
            share=share_of(rules.petition_share, words),
            days=words.number(rules.petition_days),
        ),
        words.several(
            "The vote is announced one day before it opens, or earlier.",
            "The vote is announced {count} days before it opens, or earlier.",
            rules.notice_days,
        ),
        words.several("It is open for one day or more.", "It is open for {count} days or more.", rules.voting_days),
    ]
    if rules.objection_days:
        told.append(
            words.several(
                "If it passes, members may object for one day. If {share} of those who could vote do, it is stopped.",
                "If it passes, members may object for {count} days. If {share} of those who could vote do, it is "
                "stopped.",
                rules.objection_days,
                share=share_of(rules.objection_share, words),
            )
        )
    told.append(
        words.several(
            "It takes effect one day after the close, or later.",
            "It takes effect {count} days after the close, or later.",
            max(rules.effect_days, rules.objection_days + 1 if rules.objection_days else 0),
        )
    )
    return told


def has_one_vote_each(rules: Ruleset) -> bool:
    """Return whether every vote weighs the same in every body."""
    return all(one.electorate is not Electorate.STOCKHOLDERS for one in rules.chambers)
