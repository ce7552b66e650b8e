"""Starting texts: what a proposal of each kind should say, and the motions it would carry, to be filled in.

What stands in angle brackets is to be replaced; the motions have the form that their kind demands, so that whoever
fills one in has nothing to look up but ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.records import ProposalKind
from ledger.types import Json


@dataclass(frozen=True, slots=True)
class Template:
    """Where to start.

    Attributes:
        motions: As ``app.motions`` reads them.
        seats: How many are elected.
    """

    title: str
    text: str
    motions: tuple[Mapping[str, Json], ...] = ()
    seats: int = 1


def template(kind: ProposalKind) -> Template:
    """Return where to start with a proposal of a kind."""
    return _TEMPLATES[kind]


def _text(*questions: str) -> str:
    return "\n\n".join(f"## {question}\n\n<…>" for question in questions)


def _policy(key: str, value: Json, **more: Json) -> Mapping[str, Json]:
    return {"kind": "set_policy", "key": key, "value": value, "expected_version": 1} | more


_WHAT, _WHY, _WHOM = "What changes?", "Why?", "Whom does it concern, and how?"
_COST, _LATER = "What does it cost, and who pays?", "How will we know whether it worked?"
_USUAL = _text(_WHAT, _WHY, _WHOM, _COST, _LATER)

_CREDIT: Json = {"ceiling_day": 5, "ceiling_week": 22}
_RECIPIENT: Json = {
    "recipient": "<who gets the data>",
    "purpose": "<for what, and nothing else>",
    "data": ["<which data>"],
}

_TEMPLATES: Mapping[ProposalKind, Template] = {
    ProposalKind.FEE_OR_RATE: Template(
        "Set the platform fee to <…> %",
        _USUAL,
        (_policy("fees", {"fees": [{"name": "platform", "percent": "12.5", "per": "session"}]}),),
    ),
    ProposalKind.CASELOAD_RAISE: Template(
        "Raise the caseload ceiling to <…> sessions a week",
        _text(_WHAT, _WHY, "What protects those who want fewer?", _WHOM, _LATER),
        (_policy("credit", _CREDIT),),
    ),
    ProposalKind.CASELOAD_LOWER: Template(
        "Lower the caseload ceiling to <…> sessions a week",
        _text(_WHAT, _WHY, "What becomes of clients who wait?", _WHOM, _LATER),
        (_policy("credit", _CREDIT),),
    ),
    ProposalKind.DATA_SHARING: Template(
        "Let <recipient> have <data> for <purpose>",
        _text(
            "Who gets which data, and for what?",
            "Could it be done without them?",
            "What may the recipient not do?",
            "How do clients and providers learn of it, and refuse?",
            "When does it end?",
        ),
        (_policy("data_sharing.recipient", _RECIPIENT, expected_version=0, expires_on="2026-12-31"),),
    ),
    ProposalKind.LAYOFF_PROTOCOL: Template(
        "Change what protects those who are laid off",
        _USUAL,
        (
            _policy(
                "layoff_protection",
                {"waive_cliff": True, "extra_months": 6, "notice_days": 60, "handover_days": 10},
            ),
        ),
    ),
    ProposalKind.BENEFITS: Template(
        "Adopt <which> policy",
        _USUAL,
        (_policy("documents.benefits", {"title": "<title>", "text": "<the whole new text>"}),),
    ),
    ProposalKind.SURPLUS: Template(
        "Divide the surplus of coming years: <…> % reserve, <…> % in money",
        _USUAL,
        (_policy("surplus", {"statutory_reserve": "1/10", "prudent_reserve": "1/5", "cash_share": "1/2"}),),
    ),
    ProposalKind.POOL_INCREASE: Template(
        "Enlarge the pool of <plan> by <…> shares",
        _text(_WHAT, "Whom are the shares for?", "What does it come to per share held today?", _WHY),
        ({"kind": "enlarge_pool", "plan": "<plan id>", "units": "100000", "expected_total": "500000"},),
    ),
    ProposalKind.GRANTS: Template(
        "Approve the grants of <month>",
        _text(
            "How many grants, and of what?", "By what rule was it settled who gets how many?", "What has the pool left?"
        ),
        ({"kind": "approve_grants", "drafts": [{"id": "<draft id>", "terms_hash": "0" * 64}]},),
    ),
    ProposalKind.BYLAWS: Template(
        "Change article <…> of the bylaws",
        _text(
            "Which article, and what does it say now?", "What will it say?", _WHY, "What else has to change with it?"
        ),
        (_policy("bylaws", {"title": "Bylaws", "text": "<the whole new text>"}),),
    ),
    ProposalKind.CORPORATE_ACTION: Template(
        "<Sale, merger, dissolution, end of a plan>",
        _text(
            _WHAT, _WHY, "What do members, providers and holders of equity get?", "What was the alternative?", _LATER
        ),
        ({"kind": "terminate_plan", "plan": "<plan id>"},),
    ),
    ProposalKind.ELECTION: Template(
        "Elect <…> directors",
        _text("Which seats are filled, and for how long?", "What do directors do?", "How does one stand?"),
        ({"kind": "seat_directors", "seats": ["<seat id>"]},),
    ),
    ProposalKind.RECALL: Template(
        "Recall the director on <seat>",
        _text("What happened?", "What was tried before?", "What has the director to say?"),
        ({"kind": "remove_director", "seat": "<seat id>", "member": "<holder id>"},),
    ),
    ProposalKind.ADVISORY: Template(
        "Should we <…>?",
        _text("What is asked?", "Why now?", "What would follow from either answer?"),
    ),
}
