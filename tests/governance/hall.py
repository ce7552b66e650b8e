"""A vote from its notice to its close, with everything a test is not about by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import rolls
from governance import ballots, closing, notices, proposals
from governance.lifecycle import moment
from governance.records import Closing, ProposalKind
from governance.rules import Chamber, Electorate, Ruleset
from governance.tally.methods import Method
from governance.tally.rule import Quorum, YesNoRule
from ledger.members import members_on
from ledger.types import Act
from tests import make

ZONE = "America/New_York"
TODAY = make.NOW.date()
OPENS = datetime(2026, 3, 16, 9)
CLOSES = datetime(2026, 3, 23, 18)
RECORD_DATE = TODAY + timedelta(days=10)
"""Local, all three: two weeks of notice, a week of voting."""


def at(local: datetime) -> datetime:
    """A wall-clock time where the company is."""
    return local.replace(tzinfo=ZoneInfo(ZONE))


def voter(member: str, now: datetime | None = None) -> Act:
    """A member's own act, an hour after the vote has opened."""
    return make.act(member, "role:proposals:own", at(now or OPENS + timedelta(hours=1)))


def late(now: datetime = CLOSES) -> Act:
    """The service's act when the vote is over."""
    return make.act("system", "role:system", at(now))


def rules(method: Method = Method.MAJORITY, *chambers: Chamber, **changes: Any) -> Ruleset:
    """All members, a simple majority, no quorum."""
    order: dict[str, Any] = {
        "kind": ProposalKind.ADVISORY,
        "method": method,
        "chambers": chambers or (chamber(),),
        "notice_days": 14,
        "objection_days": 0,
    }
    return Ruleset(**(order | changes))


def chamber(
    name: str = "members",
    electorate: Electorate = Electorate.MEMBERS,
    quorum: Fraction | None = None,
    cap: Fraction | None = None,
    threshold: Fraction = Fraction(1, 2),
) -> Chamber:
    """A chamber with a simple majority and no quorum."""
    needed = None if quorum is None else Quorum(quorum)
    return Chamber(name, electorate, YesNoRule(threshold, strict=threshold == Fraction(1, 2), quorum=needed), cap)


@dataclass
class Hall:
    """A vote that is announced, and who takes part."""

    db: Session
    author: str
    of: Ruleset = field(default_factory=rules)
    options: dict[str, str] | None = None
    seats: int = 1
    id: str = ""

    def announce(self) -> Hall:
        """Put it forward on the board's word, and give notice."""
        content = proposals.Content("A question", "Should we?", (), self.options, self.seats)
        made = proposals.draft(
            self.db,
            make.act(self.author),
            self.of.kind,
            content,
            author=self.author,
            members=members_on(self.db, TODAY),
            on=TODAY,
            board_ref="board:2026-02",
        )
        proposals.publish(self.db, make.act(self.author), made.id, author=self.author, rules=self.of, on=TODAY)
        dates = notices.Dates(RECORD_DATE, OPENS, CLOSES, ZONE)
        notices.give_notice(self.db, make.act(), made.id, dates, rules=self.of, on=TODAY)
        self.id = made.id
        return self

    def open(self) -> Hall:
        """Let the vote open."""
        rolls.copy_roll(self.db, late(OPENS), self.id)
        return self

    def cast(self, member: str, choice: object, now: datetime | None = None) -> ballots.Receipt:
        """Vote."""
        return ballots.cast(self.db, voter(member, now), self.id, member, choice)

    def close(self) -> Closing:
        """Close it when its time is over."""
        return closing.close(self.db, late(), self.id)


def hall(db: Session, members: list[str], of: Ruleset | None = None, **more: Any) -> Hall:
    """A vote that has opened, put forward by the first of the members."""
    return Hall(db, members[0], of or rules(), **more).announce().open()


def micros(local: datetime) -> int:
    """A wall-clock time where the company is, in microseconds since 1970."""
    return moment(local, ZONE)
