"""What belongs to the members, in plain words: what each policy is called, and what it says, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from app.web import rule_words
from app.web.words import Words
from governance.policies import RULES
from governance.records import ProposalKind
from governance.rules import Ruleset
from ledger.sessions.values import Category

NAMES = {
    "fees": "Fees",
    "rates": "What sessions pay",
    "credit": "The caseload ceiling, and how sessions count",
    "layoff_protection": "Protection in a layoff",
    "surplus": "How a surplus is divided",
    "bylaws": "Bylaws",
}
"""Key of a policy to what it is called."""

KINDS = {
    ProposalKind.FEE_OR_RATE: "Fees and rates",
    ProposalKind.CASELOAD_RAISE: "Raising the caseload ceiling",
    ProposalKind.CASELOAD_LOWER: "Lowering the caseload ceiling",
    ProposalKind.DATA_SHARING: "Sharing data",
    ProposalKind.LAYOFF_PROTOCOL: "Protection in a layoff",
    ProposalKind.BENEFITS: "Benefits and other policies",
    ProposalKind.SURPLUS: "Dividing a surplus",
    ProposalKind.POOL_INCREASE: "A larger pool",
    ProposalKind.GRANTS: "A batch of grants",
    ProposalKind.BYLAWS: "Bylaws",
    ProposalKind.CORPORATE_ACTION: "Sale, merger, or the end of a plan",
    ProposalKind.ELECTION: "Elections to the board",
    ProposalKind.RECALL: "Recalling a director",
    ProposalKind.ADVISORY: "Questions to the members",
}
"""Kind of proposal to what it is called."""

PER = {"session": "per session", "payment": "per payment", "month": "per month", "year": "per year"}
"""What a fee is taken from."""

CATEGORIES = {
    Category.INTAKE: "Intake",
    Category.INDIVIDUAL: "Individual",
    Category.FAMILY_COUPLES: "Couples and families",
    Category.GROUP: "Group",
    Category.CRISIS: "Crisis",
    Category.OTHER: "Other",
}
"""Category of session to what it is called."""

Rows = dict[str, str]
"""Label to what stands there, as text."""


def name_of(key: str, words: Words, value: Mapping[str, Any] | None = None) -> str:
    """Return what a policy is called."""
    if key in NAMES:
        return words.say(NAMES[key])
    start, _, name = key.partition(".")
    if f"{start}." == RULES:
        return words.say("The rule for: {kind}", kind=words.say(KINDS[ProposalKind(name)]))
    if start == "data_sharing":
        who = str(value["recipient"]) if value and "recipient" in value else name
        return words.say("Data that {recipient} gets", recipient=who)
    return str(value["title"]) if value and "title" in value else name.replace("-", " ").capitalize()


def per(key: str, words: Words) -> str:
    """Return what a fee is taken from."""
    return words.say(PER[key])


def category(of: Category, words: Words) -> str:
    """Return what a category of sessions is called."""
    return words.say(CATEGORIES[of])


def kind(of: ProposalKind, words: Words) -> str:
    """Return what a kind of proposal is called."""
    return words.say(KINDS[of])


def rows(key: str, value: Mapping[str, Any], words: Words) -> Rows:
    """Return what a policy says, line by line; the words of a document under its title, as one line."""
    if key.startswith(RULES):
        return _rules(Ruleset.from_json(value), words)
    read = {
        "fees": _fees,
        "rates": _rates,
        "credit": _credit,
        "layoff_protection": _layoffs,
        "surplus": _surplus,
        "data_sharing": _sharing,
    }.get(key.partition(".")[0], _document)
    return read(value, words)


def _money(of: Mapping[str, str]) -> str:
    return f"{of['amount']} {of['currency']}"


def _fees(value: Mapping[str, Any], words: Words) -> Rows:
    told: Rows = {}
    for one in value["fees"]:
        parts = [f"{one['percent']} %"] if one.get("percent") else []
        parts += [_money(one["amount"])] if one.get("amount") else []
        told[_free(one["name"], told)] = f"{' + '.join(parts) or '0'} {words.say(PER[one['per']])}"
    return told


def _rates(value: Mapping[str, Any], words: Words) -> Rows:
    told: Rows = {}
    for one in value["rates"]:
        label = words.say("Session {code}", code=one["code"])
        told[_free(label, told)] = _money(one["amount"])
    return told


def _free(label: str, taken: Rows) -> str:
    """Return a label that no other line has."""
    number = 2
    free = label
    while free in taken:
        free, number = f"{label} ({number})", number + 1
    return free


def _credit(value: Mapping[str, Any], words: Words) -> Rows:
    def most(name: str) -> str:
        found = value.get(name)
        return words.say("no ceiling") if found is None else words.number(found)

    told = {
        words.say("Most sessions a day"): most("ceiling_day"),
        words.say("Most sessions a week"): most("ceiling_week"),
    }
    factors = value.get("factors", {})
    for category in [one for one in CATEGORIES if one.value in factors]:
        counts = words.say("A minute of this kind counts: {kind}", kind=words.say(CATEGORIES[category]))
        told[counts] = rule_words.percent(Fraction(factors[category.value]))
    said = {"no_show_factor": "0", "plateau": None, "alpha": "0"} | dict(value)
    told[words.say("A session to which nobody came counts")] = rule_words.percent(Fraction(said["no_show_factor"]))
    for name, label in (
        ("indirect_minutes_per_hour", words.say("Minutes of notes and calls counted for each hour")),
        ("council_minutes_per_week", words.say("Minutes a week counted for council work, at most")),
        ("leave_weeks", words.say("Weeks of protected leave that count")),
    ):
        if value.get(name) is not None:
            told[label] = words.number(value[name])
    if said["plateau"] is not None:
        told[words.say("Full credit from this part of one's own limit on")] = rule_words.percent(
            Fraction(said["plateau"])
        )
    return told


def _layoffs(value: Mapping[str, Any], words: Words) -> Rows:
    waived = words.say("yes") if value["waive_cliff"] else words.say("no")
    return {
        words.say("The first year's wait is waived"): waived,
        words.say("Months of vesting added"): words.number(value["extra_months"]),
        words.say("Days of notice, at least"): words.number(value["notice_days"]),
        words.say("Paid days to hand clients over"): words.number(value.get("handover_days", 0)),
    }


def _surplus(value: Mapping[str, Any], words: Words) -> Rows:
    said = {"prudent_reserve": "0", "education": "0", "alpha": "0"} | dict(value)
    return {
        label: rule_words.percent(Fraction(said[name]))
        for name, label in (
            ("statutory_reserve", words.say("Into the reserve that the law asks for")),
            ("prudent_reserve", words.say("Into a reserve for bad times")),
            ("education", words.say("For learning")),
            ("alpha", words.say("Shared equally, the rest by credited work")),
            ("cash_share", words.say("Paid out in money")),
        )
    }


def _sharing(value: Mapping[str, Any], words: Words) -> Rows:
    return {
        words.say("Who gets it"): value["recipient"],
        words.say("For what, and nothing else"): value["purpose"],
        words.say("Which data"): "; ".join(value["data"]),
    }


def _document(value: Mapping[str, Any], words: Words) -> Rows:
    return {words.say("Title"): value["title"], words.say("Text"): value["text"]}


def _rules(rules: Ruleset, words: Words) -> Rows:
    told: Rows = {}
    for label, said in rule_words.bodies(rules, words):
        told[_free(label, told)] = said
    return told | {
        words.say("Days of notice, at least"): words.number(rules.notice_days),
        words.say("Days to vote, at least"): words.number(rules.voting_days),
        words.say("Days from the close to the effect, at least"): words.number(rules.effect_days),
        words.say("Days to object"): words.number(rules.objection_days),
        words.say("Objections that stop it"): rule_words.share_of(rules.objection_share, words),
        words.say("Members who have to want it"): rule_words.share_of(rules.interest, words),
        words.say("Signatures that force a vote"): rule_words.share_of(rules.petition_share, words),
    }
