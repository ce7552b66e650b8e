"""Sessions of a closed month by group of people, as far as nobody can be picked out (sessions.md §5.3, scenario 43).

Only of closed months, and as known at the close: while rows still come in, two looks at an open one would tell by their
difference what came in between, and of whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.people import vault
from ledger.equity.values import Engagement
from ledger.errors import NotAllowedNow
from ledger.reading import every
from ledger.sessions.cells import Table, shown
from ledger.sessions.deliveries import delivered_by_each
from ledger.sessions.months import close_of
from ledger.sessions.weights import month_of
from ledger.types import Cut

UNKNOWN = "unknown"


class By(StrEnum):
    """By what people are put into groups; nobody is in two."""

    STATE = "state"
    """Where they work."""
    ENGAGEMENT = "engagement"
    """As what they are engaged."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Groups in the order of their names; None where a figure is withheld."""

    people: Table
    sessions: Table
    minutes: Table


def totals(db: Session, period: str, by: By) -> Totals:
    """Return what providers delivered in a month, by group.

    Raises:
        NotAllowedNow: The month is not closed.
    """
    close = close_of(db, period)
    if close is None:
        raise NotAllowedNow(f"{period} is not closed; its totals are shown once it is.", field="month")
    cut = Cut(month_of(period).last, close.known_at)
    worked = delivered_by_each(db, period, known_at=close.known_at)
    group_of = _states(db, cut) if by is By.STATE else _engagements(db, cut)
    people: dict[str, int] = {}
    sessions: dict[str, int] = {}
    minutes: dict[str, int] = {}
    for provider, (count, length) in worked.items():
        group = group_of.get(provider, UNKNOWN)
        people[group] = people.get(group, 0) + 1
        sessions[group] = sessions.get(group, 0) + count
        minutes[group] = minutes.get(group, 0) + length
    ordered = dict(sorted(people.items()))
    figures = ({group: each[group] for group in ordered} for each in (people, sessions, minutes))
    return Totals(*(shown(ordered, figure) for figure in figures))


def _states(db: Session, cut: Cut) -> dict[str, str]:
    found = ((holder, document.get("state")) for holder, document in vault.documents_at(db, cut).items())
    return {holder: str(state) for holder, state in found if state}


def _engagements(db: Session, cut: Cut) -> dict[str, str]:
    # the newest one comes last, and stays
    return {each.holder: each.kind.value for each in every(db, Engagement, cut)}
