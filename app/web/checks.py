"""Does it add up: every check of the record with its figures, and those that other pages show of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.people.roles import Role
from app.ties import finding, findings
from app.ties.finding import Finding, is_number
from app.ties.wording import COVERS
from app.web.asked import asked_of
from app.web.site import Here, Pages, View
from app.web.words import Words
from ledger.types import Cut

pages = Pages()

OF_CAP_TABLE = ("holders", "pools", "authorised", "roll-forward")
"""The checks that pages with a cap table show."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Something that has to add up: what, in a sentence, and whether it does."""

    holds: bool
    told: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A check as its page shows it.

    Attributes:
        title: What is claimed.
        figures: The figures that must agree, in a sentence.
        covers: What it covers, where that needs saying; else empty.
    """

    found: Finding
    title: str
    figures: str
    covers: str


@pages.get("/finance/checks", (Role.FINANCE, Role.AUDITOR, Role.BOARD), long=True)
def checks(db: Session, here: Here) -> View:
    """Every check, as of a day and as known at an entry."""
    asked = asked_of(db, here)
    found = [shown(one, here.words) for one in findings(db, asked.cut)]
    failing = [one for one in found if not one.found.holds]
    values = {"here": asked.here, "asked": asked, "checks": found, "failing": failing}
    return View("checks.html", values, asked.status)


def shown(found: Finding, words: Words) -> Shown:
    """Return a check in the reader's language."""
    covers = COVERS.get(found.name, "")
    figures = {name: words.number(value) if is_number(value) else value for name, value in found.figures}
    title, sentence = found.title, found.sentence
    return Shown(found, words.say(title), words.say(sentence, **figures), words.say(covers) if covers else "")


def ties(db: Session, cut: Cut, words: Words, names: Collection[str] = OF_CAP_TABLE) -> list[Tie]:
    """Return some checks in short: what is claimed or, where it does not hold, the figures and what is off."""
    told = [shown(finding(db, name, cut), words) for name in names]
    return [Tie(one.found.holds, one.title if one.found.holds else _misfit(one)) for one in told]


def _misfit(one: Shown) -> str:
    return f"{one.figures} ({', '.join(one.found.offenders)})"
