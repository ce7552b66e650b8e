"""Which cut of the record a page is asked for: the day, the entry, and the day to compare with, as its form says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.web.member import today_of
from app.web.site import Here
from ledger import journal
from ledger.errors import NotFound
from ledger.types import Cut


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked for, with what was left out or was wrong filled in.

    Attributes:
        cut: The day is today and the entries are all where nothing else is asked for.
        size: How many entries there are.
        compare: An earlier day to compare with; None for no comparison.
        here: Where we are, with what was written into the form and what of it is wrong.
    """

    cut: Cut
    size: int
    compare: date | None
    here: Here

    @property
    def status(self) -> int:
        """The status of the page: 422 where something in the form is wrong."""
        return 422 if self.here.wrong else 200

    @property
    def query(self) -> str:
        """The same question for an address, written out in full: it stays the same when time goes on."""
        asked = {"as_of": self.cut.as_of.isoformat(), "known_at": str(self.cut.known_at)}
        if self.compare is not None:
            asked["compare"] = self.compare.isoformat()
        return urlencode(asked)


def asked_of(db: Session, here: Here, *, compared: bool = False) -> Asked:
    """Return what the address asks for; what is wrong in it is told, and today stands in its place.

    Args:
        db: The session.
        here: The visit.
        compared: Whether an earlier day is needed: the end of the year before, where none is asked for.
    """
    wrong: dict[str, str] = {}
    size = journal.size(db)
    today = today_of(db, here)
    as_of = _day(here, "as_of", wrong) or today
    if as_of > today:
        wrong["as_of"] = here.words.say("Choose today or an earlier day: what is to come is not on record.")
        as_of = today
    compare = _day(here, "compare", wrong)
    known_at = _number(here, size, wrong)
    if compare is not None and compare >= as_of:
        wrong["compare"] = here.words.say("Choose a day before the day of the table.")
        compare = None
    if compare is None and compared:
        compare = date(as_of.year - 1, 12, 31)
    return Asked(Cut(as_of, known_at), size, compare, replace(here, form=dict(here.query), wrong=wrong))


def cut_in(db: Session, here: Here) -> Cut:
    """Return the cut that an address of a file asks for.

    Raises:
        NotFound: It asks for a day or an entry that there is not.
    """
    asked = asked_of(db, here)
    if {"as_of", "known_at"} & asked.here.wrong.keys():
        raise NotFound("There is no such day, or no such entry.")
    return asked.cut


def _day(here: Here, name: str, wrong: dict[str, str]) -> date | None:
    text = here.query.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong[name] = here.words.say("Write the day like this: 2026-12-31.")
        return None


def _number(here: Here, size: int, wrong: dict[str, str]) -> int:
    text = here.query.get("known_at", "").strip().replace(",", "")
    if not text:
        return size
    if text.isdecimal() and text.isascii() and len(text) <= 15 and 1 <= int(text) <= size:
        return int(text)
    wrong["known_at"] = here.words.say(
        "Write a number from 1 to {size}, or leave it empty.", size=here.words.number(size)
    )
    return size
