"""Somebody's calendar: votes, days on which something becomes theirs, days by which a statement waits for their word.

A calendar program comes without signing in: the secret in the address lets it in. It learns titles and days, and no
number of units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app import voting
from app.people import calendars, preferences
from app.people.accounts import Account
from app.reports.calendar import Happening, feed
from app.web.member import statements_due, today_of
from app.web.preferences import me
from app.web.site import Anybody, File, Go, Here, Pages, Signed, View
from app.web.words import words
from governance import proposals
from governance.records import Notice, Withdrawn
from ledger import journal
from ledger.equity.securities import position
from ledger.equity.values import Schedule, Security
from ledger.equity.vesting.table import vesting_days
from ledger.reading import every, known, newest
from ledger.types import Act, moment_at

pages = Pages(early=True)
PATH = "/settings/calendar"

BACK, AHEAD = timedelta(days=90), timedelta(days=800)
"""How far the calendar reaches."""


@pages.get(PATH, Signed)
def show(db: Session, here: Here) -> View:
    """What a calendar program is told, and whether somebody has an address for one."""
    return View("calendar.html", {"made_at": calendars.made_at(db, me(here).id), "address": ""})


@pages.post(PATH, Signed, again=show)
def make_link(db: Session, act: Act, here: Here) -> View:
    """Make an address and show it, once; the one before stops working."""
    secret = calendars.make_link(db, act, me(here).id)
    return View("calendar.html", {"made_at": act.now, "address": f"{here.origin}/calendar/{secret}.ics"})


@pages.post(f"{PATH}/stop", Signed, again=show)
def stop_link(db: Session, act: Act, here: Here) -> Go:
    """Let no calendar program in any more."""
    del act
    calendars.stop_link(db, me(here).id)
    return Go(PATH, here.words.say("The link works no more."))


@pages.get("/calendar/{secret}.ics", Anybody, long=True)
def calendar(db: Session, here: Here, secret: str) -> File:
    """The feed itself."""
    account = calendars.whose(db, secret)
    chosen = preferences.preferences_of(db, account.id).language
    here = replace(here, words=words(chosen or "en"))
    found = _Days(db, here, account).all() if account.holder is not None and here.is_founded else ()
    content = feed(here.company, sorted(found, key=lambda one: one.uid))
    return File(content, "text/calendar; charset=utf-8", "vestry.ics", cache="private, max-age=3600")


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of one person, found and put into their words."""

    db: Session
    here: Here
    account: Account

    @property
    def holder(self) -> str:
        """Whose days they are."""
        assert self.account.holder is not None
        return self.account.holder

    def all(self) -> Iterator[Happening]:
        """Yield what is within reach."""
        yield from self._votes()
        yield from self._vesting()
        yield from self._statements()

    def _recorded(self, n: int) -> datetime:
        return moment_at(journal.recorded_at(self.db, n)).replace(microsecond=0)

    def _votes(self) -> Iterator[Happening]:
        notices: dict[str, list[tuple[int, Notice]]] = {}
        for one in known(self.db, Notice):
            if moment_at(one.value.closes_at) >= self.here.now - BACK:
                notices.setdefault(one.value.proposal, []).append((one.n, one.value))
        for found in notices.values():
            n, announced = max(found)
            if voting.is_on_roll(self.db, announced, self.holder):
                yield from self._vote(announced, n, len(found))

    def _vote(self, of: Notice, n: int, count: int) -> Iterator[Happening]:
        said = proposals.version(self.db, of.proposal)
        withdrawn = newest(self.db, Withdrawn, proposal=of.proposal) is not None
        # another version voids the notice until there is a new one
        is_off = withdrawn or said.number != of.version
        changes = said.number + count + withdrawn - 2
        page = f"{self.here.origin}/decisions/{of.proposal}"
        stamp = self._recorded(n)
        for name, at, title in (
            ("opens", of.opens_at, self.here.words.say("Vote opens: {title}", title=said.title)),
            ("closes", of.closes_at, self.here.words.say("Last moment to vote: {title}", title=said.title)),
        ):
            uid = f"vote-{of.proposal}-{name}@vestry"
            yield Happening(uid, moment_at(at), title, page, changes, stamp, is_off)

    def _vesting(self) -> Iterator[Happening]:
        today = self.here.now.date()
        for security in every(self.db, Security, holder=self.holder):
            of = position(self.db, security.id)
            schedules = known(self.db, Schedule, security=security.id)
            if not schedules:
                continue
            changed = self._recorded(max([*(one.n for one in schedules), *(one.n for one in of.events)]))
            title = self.here.words.say("Part of the grant {label} becomes yours", label=security.label)
            page = f"{self.here.origin}/equity/{security.id}"
            changes = len(schedules) - 1 + len(of.events)
            for number, (day, _) in enumerate(vesting_days(of.table), 1):
                if today - BACK <= day <= today + AHEAD:
                    yield Happening(f"vest-{security.id}-{number}@vestry", day, title, page, changes, changed)

    def _statements(self) -> Iterator[Happening]:
        for period, due in statements_due(self.db, self.holder, today_of(self.db, self.here)):
            first = date.fromisoformat(f"{period}-01")
            title = self.here.words.say(
                "Last day to answer your sessions of {month}", month=self.here.words.month(first)
            )
            made = datetime.combine((first + timedelta(days=31)).replace(day=1), time(), UTC)
            page = f"{self.here.origin}/sessions/{period}"
            yield Happening(f"statement-{period}-{self.holder}@vestry", due, title, page, 0, made)
