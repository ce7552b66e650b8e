"""What became of grants, pools and shares from one day to another: by class, by holder, and each line adds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.web.asked import Asked, asked_of
from app.web.checks import Tie
from app.web.finance import signed
from app.web.sheets import sheet_of
from app.web.site import Here, Pages, View
from app.web.words import Words
from ledger.equity.captable.movements import holder_roll_forwards, roll_forwards
from ledger.equity.captable.roll_forward import Measure, RollForward
from ledger.types import decimal_text

pages = Pages()

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line as its page shows it: numbers as decimal text, changes with their signs.

    Attributes:
        name: Of the plan or class, or of the holder.
        of: The class, where the line is a holder's.
    """

    name: str
    of: str
    measure: Measure
    opening: str
    granted: str
    issued: str
    exercised_settled: str
    taken_back: str
    other: str
    closing: str
    has_changed: bool


@pages.get("/finance/changes", Role.FINANCE, long=True)
def changes(db: Session, here: Here) -> View:
    """The roll-forward between two days; where no earlier one is chosen, from the end of the year before."""
    asked = asked_of(db, here, compared=True)
    assert asked.compare is not None
    since = asked.compare + A_DAY
    by_class = roll_forwards(db, since, asked.cut)
    by_holder = holder_roll_forwards(db, since, asked.cut)
    called, wanted = vault.names(db), here.query.get("name", "").strip()
    found = [line_of(one.line, called.get(one.holder, one.holder), one.line.name) for one in by_holder]
    found = [one for one in found if one.has_changed and wanted.casefold() in one.name.casefold()]
    found.sort(key=lambda one: (one.name.casefold(), one.of, one.measure))
    return View(
        "finance_changes.html",
        {
            "here": asked.here,
            "asked": asked,
            "wanted": wanted,
            "lines": [line_of(one, one.name) for one in by_class],
            "sheet": sheet_of(found, here, name=wanted, **_kept(asked)),
            "ties": [_holders_tie(by_class, [one.line for one in by_holder], here.words)],
        },
        asked.status,
    )


def _kept(asked: Asked) -> dict[str, str]:
    assert asked.compare is not None
    return {
        "as_of": asked.cut.as_of.isoformat(),
        "compare": asked.compare.isoformat(),
        "known_at": str(asked.cut.known_at),
    }


def line_of(line: RollForward, name: str, of: str = "") -> Line:
    """Return a line of the roll-forward as its page shows it."""

    def change(*units: int) -> str:
        return signed(sum(units), line.decimals)

    return Line(
        name,
        of,
        line.measure,
        decimal_text(line.opening, line.decimals),
        change(line.granted),
        change(line.issued),
        change(line.exercised_settled),
        change(line.forfeited, line.expired, line.cancelled),
        change(line.transferred, line.adjusted),
        decimal_text(line.closing, line.decimals),
        any(
            (
                line.granted,
                line.issued,
                line.exercised_settled,
                line.forfeited,
                line.expired,
                line.cancelled,
                line.transferred,
                line.adjusted,
            )
        ),
    )


def _holders_tie(by_class: list[RollForward], by_holder: list[RollForward], words: Words) -> Tie:
    """Return whether what holders gained and lost adds up to what classes and plans did."""

    def sums(lines: list[RollForward]) -> dict[tuple[Measure, bool], int]:
        found: dict[tuple[Measure, bool], int] = {}
        for line in lines:
            for at_end, units in ((False, line.opening), (True, line.closing)):
                # classes may have more or fewer places; added up with as many as any can have, they compare
                key = (line.measure, at_end)
                found[key] = found.get(key, 0) + units * 10 ** (6 - line.decimals)
        return {key: units for key, units in found.items() if units and key[0] is not Measure.AVAILABLE}

    holds = sums(by_class) == sums(by_holder)
    told = (
        words.say("Holders add up to classes on both days") if holds else words.say("Holders do not add up to classes")
    )
    return Tie(holds, told)
