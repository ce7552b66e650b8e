"""Builds the sample cooperative (scenarios.md §11.1, the equity part) and says where to look.

Everything is done by the deeds, in the order of its days, from one seed: the same record, root and all, every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

import app.migrate
import app.tables
from app import clock
from app.config import Settings
from app.db import Runner, make_engine
from app.demo import beside, cast, doors, story, today
from app.people.tokens import Scope, create_token
from app.webhooks.setup import outgoing_of
from ledger import journal
from ledger.equity.register import company_day
from ledger.equity.values import Issuer
from ledger.reading import every
from ledger.types import Act

ROLES: dict[str, tuple[Scope, ...]] = {
    "steward": (Scope.REGISTER_WRITE, Scope.GRANTS_WRITE, Scope.EQUITY_WRITE, Scope.CAPTABLE_READ, Scope.PEOPLE_READ),
    "board": (Scope.GRANTS_APPROVE, Scope.CAPTABLE_READ),
    "finance": (Scope.CAPTABLE_READ, Scope.PEOPLE_READ),
    "auditor": (Scope.CAPTABLE_READ, Scope.JOURNAL_READ),
}
"""Who looks around in the demo, and what their token is good for."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What was built, and for each role a token and a sign-in link."""

    entries: int
    root: str
    seconds: float
    tokens: dict[str, str]
    links: dict[str, str]

    @property
    def headline(self) -> str:
        """What stands in the database, in one line."""
        made = f" built in {self.seconds:.1f} s" if self.seconds else ""
        return f"Lanternleaf Care Cooperative{made}: {self.entries:,} entries, root {self.root[:16]}"

    def commands(self, database: Path, port: int, *, vestry: str) -> list[str]:
        """Return commands to copy; ``vestry`` is how this command is called here."""
        run = f"VESTRY_DATABASE_URL=sqlite:///{database} {vestry}"
        ask = f'curl -s -H "Authorization: Bearer {self.tokens["finance"]}"'
        others = [f"# {role}: {secret}" for role, secret in self.tokens.items() if role != "finance"]
        return [
            f"{run} verify",
            f"{run} export captable --as-of 2025-12-31 --format csv",
            f"{run} export ocf lanternleaf.ocf.zip",
            f'{ask} "http://127.0.0.1:{port}/v1/captable?as_of=2025-12-31"',
            f'{ask} "http://127.0.0.1:{port}/v1/holders"',
            *others,
        ]


@dataclass(slots=True)
class Diary:
    """What is to happen, by day; things of one day in the order they were written down."""

    pages: list[tuple[date, int, Callable[[Session, Act], object], str, str]]

    def write(self, on: date, deed: Callable[[Session, Act], object], *, actor: str, authority: str) -> None:
        """Put a deed on a day."""
        self.pages.append((on, len(self.pages), deed, actor, authority))

    def live(self, db: Session, entropy: Callable[[int], bytes], *, before: date = date.max) -> None:
        """Do everything that is dated before a day, each at three in the afternoon of its own."""
        for on, _, deed, actor, authority in sorted(self.pages, key=lambda page: page[:2]):
            if on >= before:
                return
            deed(db, Act(actor, authority, datetime.combine(on, time(15), UTC), entropy))


def build(database: Path, *, lives_on: bool = False) -> Demo:
    """Build the cooperative in a file, unless it stands there already; make a token and a link for each role.

    Args:
        database: The file.
        lives_on: Whether it has gone on since its story ended, to this day (``today``).
    """
    engine = make_engine(f"sqlite:///{database}")
    app.migrate.upgrade(engine)
    runner = Runner(engine)
    started = clock.now()
    is_new = runner.run(populate)
    if is_new and lives_on:
        runner.run(live_on, started)
        runner.run(doors.furnish, started)
        runner.run(beside.furnish, started, outgoing_of(Settings(database_url=f"sqlite:///{database}")))
    seconds = (clock.now() - started).total_seconds() if is_new else 0.0
    tokens = {role: runner.run(_token, role, scopes) for role, scopes in ROLES.items()}
    links = runner.run(doors.open_doors, clock.now())
    entries, root = runner.read(_head)
    engine.dispose()
    return Demo(entries, root, seconds, tokens, {role: link.address for role, link in links.items()})


def populate(db: Session) -> bool:
    """Write the whole record; False where a company is on record already."""
    if every(db, Issuer):
        return False
    random = Random(cast.SEED)
    diary = Diary([])
    story.write(diary, random)
    diary.live(db, random.randbytes)
    return True


def live_on(db: Session, now: datetime) -> None:
    """Write what has happened since the story, up to yesterday."""
    diary = Diary([])
    shown = doors.shown_providers(db, now)
    # whoever is shown around neither votes nor stands for anything before
    on = company_day(db, now)
    others = [one for one in today.providers_on(db, now) if one not in shown]
    today.write(diary, [*shown, *others], on)
    diary.live(db, Random(f"{cast.SEED}:{on}").randbytes, before=on)


def _token(db: Session, role: str, scopes: tuple[Scope, ...]) -> str:
    now = clock.now()
    act = Act("demo", "role:operator", now)
    until = now + timedelta(days=30)
    _, secret = create_token(db, act, actor=f"usr_{role}", label=f"demo {role}", scopes=scopes, expires_at=until)
    return secret


def _head(db: Session) -> tuple[int, str]:
    size = journal.size(db)
    return size, journal.head_at(db, size).root().hex()
