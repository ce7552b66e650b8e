"""Votes in words: the bodies that vote, what to do with a ballot, how it is counted, what decides ties."""

from __future__ import annotations

from collections.abc import Mapping

from app.web.words import Words
from governance.tally.methods import Form, Method

BODIES = {"members": "Members", "providers": "Providers", "stockholders": "Stockholders", "board": "Board"}

METHODS: Mapping[Method, str] = {
    Method.MAJORITY: "Yes or no",
    Method.CONSENT: "Consent: it passes unless somebody objects",
    Method.APPROVAL: "Approval: whatever most people tick",
    Method.SCORE: "Scores: the highest sum; without a score it counts as 0",
    Method.STAR: "Scores, then a runoff: of the two highest sums, the one that more people scored higher",
    Method.IRV: "Ranked choice, one winner: the last goes out until one has more than half of what is left",
    Method.STV: "Ranked choice, several seats: single transferable vote by the Scottish rules",
    Method.MEEK: "Ranked choice, several seats: single transferable vote by Meek’s method",
    Method.SCHULZE: "Ranked choice, each option against each (Schulze’s method)",
    Method.RANKED_PAIRS: "Ranked choice, each option against each (ranked pairs)",
    Method.BORDA: "Ranked choice by points: one for each option that you put below",
}

HOW_TO_VOTE: Mapping[Method, str] = {
    Method.MAJORITY: "Choose one. Abstaining counts as taking part.",
    Method.CONSENT: "Choose one. An objection and a block need a reason, so that it can be answered.",
    Method.APPROVAL: "Tick all that you approve of. Each tick counts the same, and you may tick as many as you like.",
    Method.SCORE: "Give scores from 0 (worst) to 5 (best). Options may have the same score. No score counts as 0.",
    Method.STAR: "Give scores from 0 (worst) to 5 (best). The two highest sums go to a runoff: there your vote is for "
    "the one that you scored higher. No score counts as 0.",
    Method.IRV: "Rank as many as you like, in the order you like them. Ranking a second choice never hurts your first.",
    Method.STV: "Rank as many as you like, in the order you like them. A lower choice is looked at only when your "
    "higher ones are elected or out, so it never hurts them.",
    Method.MEEK: "Rank as many as you like, in the order you like them. A lower choice is looked at only when your "
    "higher ones are elected or out, so it never hurts them.",
    Method.SCHULZE: "Rank as many as you like. Options may share a rank. What you do not rank counts as below all that "
    "you rank.",
    Method.RANKED_PAIRS: "Rank as many as you like. Options may share a rank. What you do not rank counts as below all "
    "that you rank.",
    Method.BORDA: "Rank as many as you like. Options may share a rank. An option has a point for each one that you put "
    "below it; what you do not rank is below all that you rank.",
}

_TIES: Mapping[Form, str] = {
    Form.YES_NO: "As many yes as no is not enough where more than half is needed.",
    Form.CONSENT: "There are none: one objection is enough.",
    Form.RANKING: "An earlier round decides where there is one, then a lot. Its seed was sealed before the vote and is "
    "told when it closes.",
    Form.APPROVAL: "A lot decides. Its seed was sealed before the vote and is told when it closes.",
    Form.SCORE: "A lot decides where the rule leaves options equal. Its seed was sealed before the vote and is told "
    "when it closes.",
}


def body(name: str, words: Words) -> str:
    """Return what a chamber is called for people."""
    return words.say(BODIES[name]) if name in BODIES else words.say("Another body")


def method(of: Method, words: Words) -> str:
    """Return how votes are counted."""
    return words.say(METHODS[of])


def how_to_vote(of: Method, words: Words) -> str:
    """Return what to do with the ballot, and what of it counts."""
    return words.say(HOW_TO_VOTE[of])


def ties(of: Method, words: Words) -> str:
    """Return what decides where votes are equal."""
    return words.say(_TIES[of.form])
