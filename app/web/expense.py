"""What equity given for work costs: over a period by quarter and by grant, and what grants were found to be worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from app.reports.expense import BASES, JOURNALS, decimal_of
from app.web.asked import Asked, asked_of
from app.web.checks import Tie
from app.web.forms import choice_in, line_in, price_in
from app.web.sheets import sheet_of
from app.web.site import Go, Here, Pages, View
from app.web.words import Words
from ledger import journal
from ledger.equity.captable.expenses import Booking, Expensed, Expenses, expenses, spans_between, spread
from ledger.equity.captable.valued_awards import Unvalued, costed
from ledger.equity.fair_values import FairValue, FairValueMethod, FairValueOrder, record_fair_values
from ledger.equity.register import issuer
from ledger.equity.securities import labelled
from ledger.equity.values import AwardType
from ledger.errors import Invalid
from ledger.reading import known
from ledger.types import Act, Cut

pages = Pages()

A_DAY = timedelta(days=1)

MOST_QUARTERS = 12
"""How many are listed; a longer period is listed by years."""

MOST_AT_ONCE = 500
"""How many grants one form values."""


@dataclass(frozen=True, slots=True)
class GrantCost:
    """A grant as the list shows it; money in cents.

    Attributes:
        value: Of a unit as units were on the day of the grant, decimal text.
        left: Still to be recognised.
    """

    of: Expensed
    name: str
    value: str
    period: int
    so_far: int
    left: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Grants of one day and one kind that have no value."""

    on: date
    award_type: AwardType
    grants: tuple[Unvalued, ...]

    @property
    def key(self) -> str:
        """By which an address names them."""
        return f"{self.on}:{self.award_type}"

    @property
    def labels(self) -> str:
        """What they are called, one a line."""
        return "\n".join(one.security.label for one in self.grants[:MOST_AT_ONCE])


@pages.get("/finance/expense", Role.FINANCE, long=True)
def expense(db: Session, here: Here) -> View:
    """What was recognised in a period, by quarter and by grant; what has no value; the files and the bookings."""
    asked = asked_of(db, here, compared=True)
    name = here.query.get("basis", "") if here.query.get("basis", "") in BASES else "expense"
    method, count = BASES[name]
    told = expenses(db, _since(db, asked), asked.cut, method, count)
    wanted = here.query.get("name", "").strip()
    called = vault.names(db)
    lines = [_line(one, called) for one in reversed(told.awards)]
    shown = [one for one in lines if wanted.casefold() in f"{one.of.award.security.label} {one.name}".casefold()]
    kept = {"as_of": asked.cut.as_of.isoformat(), "known_at": str(asked.cut.known_at), "basis": name, "name": wanted}
    if asked.compare is not None:
        kept["compare"] = asked.compare.isoformat()
    by = 3 if (told.until - told.since).days < MOST_QUARTERS * 92 else 12
    quarters = spread(db, asked.cut, method, count, spans_between(told.since, told.until, by))
    return View(
        "expense.html",
        {
            "here": asked.here,
            "asked": asked,
            "basis": name,
            "journal": next(one for one, basis in JOURNALS.items() if basis == BASES[name]),
            "told": told,
            "quarters": quarters,
            "wanted": wanted,
            "sheet": sheet_of(shown, here, **kept),
            "missing": missing(told.errors),
            "ties": ties(told, quarters, here.words),
            "currency": issuer(db).currency,
        },
        asked.status,
    )


def _since(db: Session, asked: Asked) -> date:
    """Return the first day of the period; before the first grant nothing was recognised, so no earlier one."""
    assert asked.compare is not None
    awards, errors = costed(db, asked.cut)
    days = [one.granted_on for one in awards] + [one.granted_on for one in errors]
    first = min(days, default=asked.cut.as_of)
    return min(max(asked.compare + A_DAY, first), asked.cut.as_of)


def _line(one: Expensed, called: dict[str, str]) -> GrantCost:
    award = one.award
    so_far = sum(line.cumulative for line in one.lines)
    left = sum(line.cost - line.lost for line in one.lines) - so_far
    value = decimal_of(award.valued.value * 10**award.decimals)
    return GrantCost(one, called.get(award.security.holder, award.security.holder), value, one.period, so_far, left)


def missing(errors: Sequence[Unvalued]) -> list[Missing]:
    """Return the grants without a value, those of one day and one kind together: an appraiser values them at once."""
    found: dict[tuple[date, AwardType], list[Unvalued]] = defaultdict(list)
    for one in errors:
        found[one.granted_on, one.award_type].append(one)
    return [Missing(on, kind, tuple(grants)) for (on, kind), grants in sorted(found.items())]


def ties(told: Expenses, quarters: Sequence[Booking], words: Words) -> list[Tie]:
    """Return what has to add up, and whether it does."""
    quarterly = sum(one.amount for one in quarters)
    whole = told.cumulative + told.unamortised == told.cost - told.lost
    return [
        Tie(not told.errors, words.say("Grants lack a value") if told.errors else words.say("Every grant has a value")),
        Tie(
            quarterly == told.period == told.cumulative - told.prior,
            words.say("The quarters add up to the period, and the period to the change of what is recognised"),
        ),
        Tie(whole, words.say("What is and what will be recognised is all that was granted, less what was forfeited")),
    ]


@pages.get("/finance/expense/values", Role.FINANCE, long=True)
def values(db: Session, here: Here) -> View:
    """Record what grants are worth; below, what is on record."""
    cut = Cut(date.max, journal.size(db))
    valued, errors = costed(db, cut)
    on_record = {one.value.security: one for one in known(db, FairValue, cut)}
    called = {one.security.id: one.security.label for one in valued}
    found = [(called.get(id, id), one) for id, one in on_record.items()]
    groups = missing(errors)
    chosen = next((one for one in groups if here.query.get("which") == one.key), None)
    return View(
        "expense_values.html",
        {
            "missing": groups,
            "chosen": chosen,
            "methods": [one.value for one in FairValueMethod],
            "currency": issuer(db).currency,
            "sheet": sheet_of(found[::-1], here),
        },
    )


@pages.post("/finance/expense/values", Role.FINANCE, again=values, authority="role:finance")
def record_values(db: Session, act: Act, here: Here) -> Go:
    """Record what some grants are worth, all or none."""
    names = [name.strip() for name in line_in(here, "label").replace(",", "\n").splitlines() if name.strip()]
    if len(names) > MOST_AT_ONCE:
        raise Invalid(here.words.say("Write {most} labels at most.", most=str(MOST_AT_ONCE)), field="label")
    price = price_in(here, "price", issuer(db).currency)
    if price is None:
        raise Invalid(here.words.say("Write a price, such as 0.31."), field="price")
    method, source = choice_in(here, "method", FairValueMethod), line_in(here, "source")
    text = here.form.get("on", "").strip()
    try:
        on = date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(here.words.say("Write a day, such as 2026-03-02."), field="on") from None
    orders = [FairValueOrder(labelled(db, name).id, price, method, source, on) for name in dict.fromkeys(names)]
    record_fair_values(db, act, orders)
    note = here.words.several(
        "The value of one grant is on record.", "The values of {count} grants are on record.", len(orders)
    )
    return Go("/finance/expense/values", note)
