"""A cooperative that delivers sessions, over HTTP: providers with tokens of their own, finance, a board, a steward."""

from __future__ import annotations

from typing import Any

from app.people.tokens import Scope
from tests.api.client import ISSUER, Body, Office, Person

POLICY: Body = {
    "resolution": "members:2023-12",
    "passed_on": "2023-12-12",
    "effective_from": "2024-01-01",
    "indirect_minutes_per_hour": 0,
}
OWN = (Scope.SESSIONS_OWN, Scope.PATRONAGE_OWN, Scope.EQUITY_OWN, Scope.POLICIES_READ)
JULY = "2025-07"
MONDAY = 7
"""Of July 2025."""


def session(provider: str, start: str, **changes: Any) -> Body:
    """An individual session of 50 minutes by video."""
    row = {"provider": provider, "start": start, "minutes": 50, "category": "INDIVIDUAL", "modality": "VIDEO"}
    return row | changes


def week(provider: str, counts: list[int], minutes: int = 50) -> list[Body]:
    """Tallies of so many sessions on each day of the week of 7 July 2025."""
    tally = {"provider": provider, "category": "INDIVIDUAL", "modality": "VIDEO"}
    return [
        tally | {"date": f"2025-07-{MONDAY + n:02}", "count": count, "minutes": count * minutes}
        for n, count in enumerate(counts)
        if count
    ]


class Practice:
    """A company with a credit policy and two providers."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.steward = office.person(
            "usr_steward", *(set(Scope) - {Scope.SESSIONS_OWN, Scope.PATRONAGE_OWN, Scope.EQUITY_OWN})
        )
        self.finance = office.person("usr_finance")
        self.board = office.person("usr_board")
        self.finance.done("/issuer", ISSUER)
        self.finance.done("/credit-policies", POLICY)
        self.ana, self.ben = self.provider("Ana Díaz"), self.provider("Ben Ode")

    def provider(self, name: str, **changes: Any) -> str:
        """Add a provider, and return their id."""
        body = {"kind": "INDIVIDUAL", "name": name, "licensed": True, "on": "2024-01-15"} | changes
        holder = str(self.finance.done("/holders", body)["id"])
        engagement = {"kind": "C1099", "shown_as": "provider", "starts_on": "2024-01-15"}
        self.finance.done(f"/holders/{holder}/engagements", engagement)
        return holder

    def own(self, provider: str) -> Person:
        """Return a provider with a token for what is theirs."""
        return self.office.person(provider, *OWN)

    def handed_in(self, *rows: Body, **changes: Any) -> Body:
        """Hand sessions in."""
        return self.finance.done("/sessions:batch", {"rows": list(rows)} | changes)

    def closed(self, month: str = JULY, **changes: Any) -> Body:
        """Close a month."""
        asked = self.finance.done(f"/periods/{month}/close-requests", changes)
        return self.board.done(f"/close-requests/{asked['request']}/approve")
