"""Operations that something better stands beside: they go on as before, and say so (RFC 9745, RFC 8594).

Where there is one, its module says ``door.supersede("GET", "/old", Superseded(date(2027, 1, 1), by="/v1/new"))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class Superseded:
    """Since when an operation is one not to begin with, and what to use.

    Attributes:
        since: The day from which on it is (or will be) deprecated; 0:00 UTC.
        by: The address of what to use instead.
        until: The day from which on it may answer no more; None where that is not decided.
        told_at: Where people read why, and how to change over.
    """

    since: date
    by: str
    until: date | None = None
    told_at: str = "/v1/openapi.json"

    def headers(self) -> list[tuple[str, str]]:
        """Return what each of its answers says."""
        found = [("Deprecation", f"@{int(_midnight(self.since).timestamp())}")]
        if self.until is not None:
            found.append(("Sunset", format_datetime(_midnight(self.until), usegmt=True)))
        return [*found, ("Link", f'<{self.told_at}>; rel="deprecation", <{self.by}>; rel="successor-version"')]

    def describe(self, operation: dict[str, Any]) -> None:
        """Say so in an operation's description."""
        operation["deprecated"] = True
        end = f" It may answer no more from {self.until} on." if self.until is not None else ""
        text = f"Deprecated since {self.since}: use `{self.by}`.{end}"
        operation["description"] = f"{operation.get('description', '')}\n\n{text}".strip()


SUPERSEDED: dict[tuple[str, str], Superseded] = {}
"""By method and path, as it is declared."""


def headers_of(scope: Scope) -> list[tuple[str, str]]:
    """Return what the answer to a request says of its operation, once it was led to one."""
    if not SUPERSEDED:
        return []
    found = SUPERSEDED.get((scope["method"], getattr(scope.get("route"), "path", "")))
    return [] if found is None else found.headers()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
