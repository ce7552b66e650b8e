"""Who has no tax number on record though a form is filed about them, or will be; and asking them for it by letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.mail import queue
from app.mail import tax_numbers as letters_about
from app.mail.letters import House
from app.mail.readers import Readers
from app.people import vault
from app.people.tax_numbers import tax_numbers
from ledger import journal
from ledger.equity.captable.iso_exercises import iso_exercises
from ledger.equity.register import company_day
from ledger.members import members_on
from ledger.sessions.patr_forms import patr_years
from ledger.types import Act, Cut

PATR, ISO = "1099-PATR", "3921"
"""The forms that need a tax number."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Somebody of whom no tax number is on record.

    Attributes:
        forms: Form and year, of this year and the last one; empty for a member about whom none is filed so far.
    """

    holder: str
    name: str
    forms: tuple[tuple[str, int], ...]


def lacking(db: Session, on: date) -> list[Lacking]:
    """Return whose tax number is missing: first those about whom a form is filed, then other members, by name."""
    forms = _forms(db, on)
    missing = (set(forms) | set(members_on(db, on))) - set(tax_numbers(db, Cut(on, journal.size(db))))
    called = vault.names(db, missing) if missing else {}
    found = [Lacking(holder, called[holder], tuple(forms.get(holder, ()))) for holder in missing]
    return sorted(found, key=lambda one: (not one.forms, one.name.casefold(), one.holder))


def _forms(db: Session, on: date) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    size = journal.size(db)
    if not size:
        return found
    for year in (on.year - 1, on.year):
        cut = Cut(min(date(year, 12, 31), on), size)
        for member, told in patr_years(db, year, cut).items():
            if told.form.is_due:
                found.setdefault(member, []).append((PATR, year))
        for holder in sorted({one.security.holder for one in iso_exercises(db, cut)}):
            found.setdefault(holder, []).append((ISO, year))
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        letters: How many are on their way.
        lately: Of how many people who had one this week already.
        unreached: How many have no account here, or no address.
    """

    letters: int
    lately: int
    unreached: int


def ask(db: Session, act: Act, house: House) -> Asked:
    """Write to everybody whose tax number is missing, to each once a week at most.

    A letter says where to state it. Nobody answers it with a number: letters are no place for one.
    """
    on = company_day(db, act.now)
    week, readers = "{}-W{:02}".format(*on.isocalendar()[:2]), Readers(db)
    found = [(one, readers.of_actor(one.holder)) for one in lacking(db, on)]
    letters = [
        (to, letters_about.request(to, house, f"tax_number:{one.holder}:{week}")) for one, to in found if to is not None
    ]
    new = queue.put(db, act, house, letters)
    return Asked(new, len(letters) - new, len(found) - len(letters))
