"""How holders of a package are engaged: what it says of them today, since when as far as it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.imports.ocf.kept import DERIVED
from app.imports.ocf.making import Making
from app.imports.ocf.package import Item
from app.imports.ocf.transactions import StepKind
from app.imports.ocf.values import day, ours
from ledger.entries import Draft
from ledger.equity.register import RegisterEntry
from ledger.equity.values import Engagement, EngagementKind, Group

KINDS: Mapping[str, tuple[EngagementKind, Group]] = {
    "FOUNDER": (EngagementKind.OWNER, Group.FOUNDER),
    "EMPLOYEE": (EngagementKind.W2, Group.STAFF),
    "EXECUTIVE": (EngagementKind.W2, Group.STAFF),
    "NON_US_EMPLOYEE": (EngagementKind.W2, Group.STAFF),
    "OFFICER": (EngagementKind.W2, Group.STAFF),
    "ADVISOR": (EngagementKind.C1099, Group.OTHER),
    "CONSULTANT": (EngagementKind.C1099, Group.OTHER),
    "INVESTOR": (EngagementKind.INVESTOR, Group.INVESTOR),
}
"""What the format's relationships are to us; the others engage nobody."""


@dataclass(frozen=True, slots=True)
class Engaged:
    """Someone is engaged, as the package says.

    Attributes:
        holder: By the package's id.
    """

    holder: str
    kind: EngagementKind
    shown_as: Group
    since: date


def engaged(making: Making, otherwise: date) -> list[Engaged]:
    """Return how the holders of the package are engaged today.

    It began on the day the package says, else on the day of the first security issued to them, else on the day
    ``otherwise``. Where an export of ours made the item, its engagements come as they were.
    """
    story = making.story
    first: dict[str, date] = {}
    for issuance in story.securities.values():
        first[issuance.holder_id] = min(issuance.date, first.get(issuance.holder_id, date.max))
    began = dict(_began(making))
    found = []
    for holder, item in story.stakeholders.items():
        kinds = {KINDS[word]: word for word in relationships(item) if word in KINDS}
        if not ours(item.data):
            since = first.get(holder, otherwise)
            found += [Engaged(holder, *of, began.get((holder, word), since)) for of, word in kinds.items()]
    return found


def relationships(item: Item) -> list[str]:
    """Return how a stakeholder is engaged today, in the format's words."""
    data: dict[str, Any] = item.data
    several = data.get("current_relationships")
    words = [*(several if isinstance(several, list) else ()), data.get("current_relationship")]
    return [word for word in words if isinstance(word, str)]


def _began(making: Making) -> Iterator[tuple[tuple[str, str], date]]:
    for step in making.story.steps:
        if step.kind is StepKind.STAKEHOLDER_CHANGED:
            data = step.main_item.data
            started, on = data.get("relationship_started"), day(data.get("date"))
            if isinstance(started, str) and on is not None:
                yield (str(data.get("stakeholder_id")), started), on


def engagement_entry(making: Making, one: Engaged) -> Draft:
    """Return the entry of an engagement."""
    holder = making.names.ours("hld", one.holder)
    made = Engagement(making.names.give("eng", ""), holder, one.kind, one.shown_as, one.since)
    return Draft(RegisterEntry.HOLDER_ENGAGED, one.since, (made,), facts={DERIVED: True})
