"""One entry of the journal while items are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from app.reports.ocf.book import Book, Happening
from ledger.equity.values import SecurityEvent


@dataclass(slots=True)
class Telling:
    """One entry on its way to items; what it leaves of securities is kept up while they are told.

    Attributes:
        made: How many ids it has given.
        carried: What holds on of securities that go on under another id, and since when.
    """

    book: Book
    happening: Happening
    made: int = 0
    carried: list[tuple[date, SecurityEvent]] = field(default_factory=list)

    @property
    def on(self) -> date:
        """The day it counts from."""
        return self.happening.on

    def id(self) -> str:
        """Return the id of the next item made for this entry."""
        self.made += 1
        return f"tx-{self.happening.mark}-{self.made}"
