"""What can be put forward: where somebody begins, in plain words, with the kind of proposal that each beginning is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.web.words import Words
from governance.policies import RULES
from governance.records import ProposalKind


class Start(StrEnum):
    """A beginning; the values stand in addresses."""

    FEES = "fees"
    RATES = "rates"
    CEILING_RAISE = "raise-ceiling"
    CEILING_LOWER = "lower-ceiling"
    SHARING = "sharing"
    LAYOFFS = "layoffs"
    DOCUMENT = "document"
    SURPLUS = "surplus"
    POOL = "pool"
    GRANTS = "grants"
    BYLAWS = "bylaws"
    SEAT = "seat"
    ELECTION = "election"
    RECALL = "recall"
    PLAN_END = "plan-end"
    SALE = "sale"
    ASK = "ask"
    RULE = "rule"
    AS_IT_IS = "as-it-is"
    """Whatever no form covers: its text can be changed, what it does stays."""


KIND: Mapping[Start, ProposalKind] = {
    Start.FEES: ProposalKind.FEE_OR_RATE,
    Start.RATES: ProposalKind.FEE_OR_RATE,
    Start.CEILING_RAISE: ProposalKind.CASELOAD_RAISE,
    Start.CEILING_LOWER: ProposalKind.CASELOAD_LOWER,
    Start.SHARING: ProposalKind.DATA_SHARING,
    Start.LAYOFFS: ProposalKind.LAYOFF_PROTOCOL,
    Start.DOCUMENT: ProposalKind.BENEFITS,
    Start.SURPLUS: ProposalKind.SURPLUS,
    Start.POOL: ProposalKind.POOL_INCREASE,
    Start.GRANTS: ProposalKind.GRANTS,
    Start.BYLAWS: ProposalKind.BYLAWS,
    Start.SEAT: ProposalKind.BYLAWS,
    Start.ELECTION: ProposalKind.ELECTION,
    Start.RECALL: ProposalKind.RECALL,
    Start.PLAN_END: ProposalKind.CORPORATE_ACTION,
    Start.SALE: ProposalKind.CORPORATE_ACTION,
    Start.ASK: ProposalKind.ADVISORY,
}
"""The kind of each beginning; a change of a rule has the kind that the rule is for."""

NAMES = {
    Start.FEES: "Change a fee",
    Start.RATES: "Change what sessions pay",
    Start.CEILING_RAISE: "Raise the caseload ceiling",
    Start.CEILING_LOWER: "Lower the caseload ceiling, or change how sessions count",
    Start.SHARING: "Let somebody have data, for a time",
    Start.LAYOFFS: "Change what protects people in a layoff",
    Start.DOCUMENT: "Write or change another policy",
    Start.SURPLUS: "Change how a surplus is divided",
    Start.POOL: "Make a pool larger",
    Start.GRANTS: "Approve a batch of grants",
    Start.BYLAWS: "Change the bylaws",
    Start.SEAT: "Add a seat to the board",
    Start.ELECTION: "Hold an election to the board",
    Start.RECALL: "Recall a director",
    Start.PLAN_END: "End an equity plan",
    Start.SALE: "Sell, merge or dissolve the cooperative",
    Start.ASK: "Just ask the members",
    Start.RULE: "Change the rule by which something is decided",
    Start.AS_IT_IS: "Change what a proposal says",
}
"""What somebody would do."""

SAID = {
    Start.FEES: "What the platform keeps.",
    Start.RATES: "What a provider gets for each kind of session.",
    Start.CEILING_RAISE: "More sessions may count. It takes two thirds of the providers.",
    Start.CEILING_LOWER: "Fewer sessions count, or a minute counts otherwise.",
    Start.SHARING: "One recipient, one purpose, twelve months at most. What is not named goes nowhere.",
    Start.LAYOFFS: "Notice, vesting, and paid days to hand clients over.",
    Start.DOCUMENT: "Benefits, no-shows, matching, AI note-taking: a text that holds for everybody.",
    Start.SURPLUS: "Reserves, and what is paid out in money.",
    Start.POOL: "More units to grant. The board and the stockholders have to agree, too.",
    Start.GRANTS: "Grants that were drafted: all of them or none.",
    Start.BYLAWS: "The text by which the cooperative is run.",
    Start.SEAT: "One more seat, perhaps for providers alone.",
    Start.ELECTION: "Members stand, and members rank them.",
    Start.RECALL: "A director goes before the term ends.",
    Start.PLAN_END: "All that was granted under it vests at once.",
    Start.SALE: "The text says what would happen; people carry it out.",
    Start.ASK: "Nothing changes by itself; the board has to answer.",
    Start.RULE: "How many have to take part, how many have to agree, how long it takes.",
    Start.AS_IT_IS: "What it does stays as it is.",
}
"""What that is, in a sentence."""

EXAMPLES = {
    Start.FEES: "Set the platform fee to 12 %",
    Start.RATES: "Pay 130 dollars for an hour",
    Start.CEILING_RAISE: "Raise the caseload ceiling to 24 sessions a week",
    Start.CEILING_LOWER: "Lower the caseload ceiling to 20 sessions a week",
    Start.SHARING: "Let Scribewell have audio of sessions to write notes",
    Start.LAYOFFS: "Ten paid days to hand clients over",
    Start.DOCUMENT: "Paid no-shows",
    Start.SURPLUS: "A third of the surplus into the reserve",
    Start.POOL: "Half a million more units for providers",
    Start.GRANTS: "Approve the grants of March",
    Start.BYLAWS: "The board meets in the open",
    Start.SEAT: "A seat on the board for staff",
    Start.ELECTION: "Elect two directors",
    Start.RECALL: "Recall the director on provider seat 1",
    Start.PLAN_END: "End the plan of 2023",
    Start.SALE: "Merge with another cooperative",
    Start.ASK: "Should the help desk answer on Sundays?",
    Start.RULE: "Half of the providers have to take part in fee votes",
    Start.AS_IT_IS: "What is proposed, in one line",
}
"""A title, for example."""


QUESTIONS = {
    "usual": [
        "What changes?",
        "Why?",
        "Whom does it concern, and how?",
        "What does it cost, and who pays?",
        "How will we know whether it worked?",
    ],
    Start.SHARING: [
        "Who gets which data, and for what?",
        "Could it be done without them?",
        "What may the recipient not do?",
        "How do clients and providers learn of it, and refuse?",
    ],
    Start.CEILING_RAISE: ["What changes?", "Why?", "What protects those who want fewer?"],
    Start.CEILING_LOWER: ["What changes?", "Why?", "What becomes of clients who wait?"],
    Start.POOL: ["What changes?", "Whom are the units for?", "What does it come to per unit held today?"],
    Start.GRANTS: ["How many grants, and of what?", "By what rule was it settled who gets how many?"],
    Start.BYLAWS: ["What does it say now, and what will it say?", "Why?", "What else has to change with it?"],
    Start.SALE: ["What changes?", "What do members, providers and holders of equity get?", "What was the alternative?"],
    Start.PLAN_END: ["What changes?", "What do members, providers and holders of equity get?"],
    Start.ELECTION: ["What do directors do, and for how long?", "How does one stand?"],
    Start.RECALL: ["What happened?", "What was tried before?", "What has the director to say?"],
    Start.ASK: ["What is asked?", "Why now?", "What would follow from either answer?"],
}
"""What the text answers: each a field of its own. Only the first has to be answered."""

GROUPS = {
    "Rules that belong to the members": (
        Start.FEES,
        Start.RATES,
        Start.CEILING_LOWER,
        Start.CEILING_RAISE,
        Start.SHARING,
        Start.LAYOFFS,
        Start.SURPLUS,
        Start.DOCUMENT,
    ),
    "Ask the members": (Start.ASK,),
    "The board": (Start.ELECTION, Start.RECALL, Start.SEAT),
    "Equity": (Start.POOL, Start.GRANTS, Start.PLAN_END),
    "How we decide": (Start.BYLAWS, Start.RULE, Start.SALE),
}
"""Beginnings, in groups."""

KEYS: Mapping[Start, str] = {
    Start.FEES: "fees",
    Start.RATES: "rates",
    Start.CEILING_RAISE: "credit",
    Start.CEILING_LOWER: "credit",
    Start.LAYOFFS: "layoff_protection",
    Start.SURPLUS: "surplus",
    Start.BYLAWS: "bylaws",
}
"""The policy that a beginning changes, where there is one of that name only."""

_BY_MOTION = {
    "enlarge_pool": Start.POOL,
    "approve_grants": Start.GRANTS,
    "seat_directors": Start.ELECTION,
    "remove_director": Start.RECALL,
    "add_seat": Start.SEAT,
    "terminate_plan": Start.PLAN_END,
}


def start_of(kind: ProposalKind, motions: list[dict[str, Any]]) -> Start:
    """Return the beginning whose form a proposal fits."""
    if not motions:
        return {ProposalKind.ADVISORY: Start.ASK, ProposalKind.CORPORATE_ACTION: Start.SALE}.get(kind, Start.AS_IT_IS)
    if len(motions) > 1:
        return Start.AS_IT_IS
    [motion] = motions
    if motion["kind"] != "set_policy":
        return _BY_MOTION[str(motion["kind"])]
    return start_of_key(str(motion["key"]), kind)


def start_of_key(key: str, kind: ProposalKind = ProposalKind.CASELOAD_LOWER) -> Start:
    """Return the beginning that changes a policy; for how sessions count, by the kind of proposal."""
    if key.startswith(RULES):
        return Start.RULE
    if key == "credit":
        return Start.CEILING_RAISE if kind is ProposalKind.CASELOAD_RAISE else Start.CEILING_LOWER
    named = {"data_sharing": Start.SHARING, "documents": Start.DOCUMENT}.get(key.partition(".")[0])
    return named or next(start for start, of in KEYS.items() if of == key)


def name(start: Start, words: Words) -> str:
    """Return what somebody would do."""
    return words.say(NAMES[start])


def said(start: Start, words: Words) -> str:
    """Return what that is, in a sentence."""
    return words.say(SAID[start])


def example(start: Start, words: Words) -> str:
    """Return a title, for example."""
    return words.say(EXAMPLES[start])


def questions(start: Start, words: Words) -> list[str]:
    """Return what the text answers."""
    return [words.say(question) for question in QUESTIONS.get(start, QUESTIONS["usual"])]


def groups(words: Words) -> list[tuple[str, tuple[Start, ...]]]:
    """Return the beginnings, in groups with a name each."""
    return [(words.say(group), listed) for group, listed in GROUPS.items()]
