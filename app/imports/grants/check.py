"""Every row of a spreadsheet of grants judged by itself: who, how much, on which terms, or what is wrong with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from app.imports.grants.cells import AT_ONCE, Unread, day_of, kind_of, price_of, schedule_of, units_of
from app.imports.grants.columns import HEADERS, Field, Layout, lay_out
from app.imports.grants.reading import Row, Sheet
from app.imports.grants.troubles import Found, Trouble
from ledger.equity.grants import GrantOrder
from ledger.equity.values import AwardType
from ledger.equity.vesting.templates import TEMPLATES
from ledger.errors import Refusal
from ledger.types import Price

UNLABELLED = "?"
"""Stands for the label of a grant whose row names none; it gets the next number when it is recorded."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on record."""

    id: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class PlanKnown:
    """A plan on record, and how many places its units have."""

    id: str
    name: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a row, or the whole file, does not say it.

    Attributes:
        vesting: The name of a schedule, or ``AT_ONCE``.
    """

    plan_id: str
    award_type: AwardType
    vesting: str
    grant_date: date
    board_approved_on: date
    resolution_ref: str
    exemption: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """What is on record that rows are read against."""

    people: tuple[Person, ...]
    plans: tuple[PlanKnown, ...]
    currency: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A row after it was read.

    Attributes:
        name: Of whom it is about, as the register has it; empty where nobody is.
        order: What is to be granted; None where the row has a problem.
    """

    row: int
    name: str
    order: GrantOrder | None
    found: tuple[Found, ...] = ()


def judged(sheet: Sheet, register: Register, defaults: Defaults) -> tuple[Layout, list[Judged]]:
    """Return where the columns are, and each row with its order or its problems.

    Raises:
        SheetRefused: The columns are not those of grants.
    """
    layout = lay_out(sheet.header.cells)
    reader = _Reader(layout, register, defaults)
    return layout, [reader.read(row) for row in sheet.rows]


def folded(name: str) -> str:
    """Return a name as we compare it: neither case nor accents' encoding nor doubled blanks matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(slots=True)
class _Reader:
    layout: Layout
    register: Register
    defaults: Defaults
    by_name: Mapping[str, list[Person]] = field(init=False)
    by_key: Mapping[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[Person]] = {}
        for one in self.register.people:
            by_name.setdefault(folded(one.name), []).append(one)
        self.by_name = by_name
        people = self.register.people
        self.by_key = {one.id: one for one in people} | {folded(one.email): one for one in people if one.email}

    def read(self, row: Row) -> Judged:
        """Return a row's order, or all that is wrong with it."""
        if len(row.cells) > self.layout.width:
            return Judged(row.number, "", None, (Found(Trouble.ROW_MALFORMED, row.number),))
        cells = _Cells(row, self.layout)
        who = self._who(cells)
        plan = self._plan(cells)
        default = self.defaults
        quantity = cells.read(Field.QUANTITY, lambda text: units_of(text, plan.decimals if plan else 6))
        if quantity is None and not cells.text(Field.QUANTITY):
            cells.add(Trouble.UNITS, Field.QUANTITY)
        kind = cells.read(Field.KIND, kind_of, default.award_type)
        price = cells.read(Field.PRICE, lambda text: price_of(text, self.register.currency))
        vesting = cells.read(Field.VESTING, schedule_of, default.vesting)
        start = cells.read(Field.VESTING_START, day_of)
        granted = cells.read(Field.GRANT_DATE, day_of, default.grant_date)
        approved = cells.read(Field.BOARD_APPROVED_ON, day_of, default.board_approved_on)
        if vesting not in (None, AT_ONCE) and start is None and not cells.text(Field.VESTING_START):
            cells.add(Trouble.DAY_MISSING, Field.VESTING_START)
        if cells.found or None in (who, plan, quantity, kind, vesting, granted, approved):
            return Judged(row.number, who.name if who else "", None, tuple(cells.found))
        assert who is not None
        assert plan is not None
        assert quantity is not None
        assert kind is not None
        assert vesting is not None
        assert granted is not None
        assert approved is not None
        dates = (granted, approved, None if vesting == AT_ONCE else start)
        order = self._order(cells, (who, plan), quantity, (kind, price, vesting), dates)
        return Judged(row.number, who.name, order, tuple(cells.found))

    def _order(
        self,
        cells: _Cells,
        of: tuple[Person, PlanKnown],
        quantity: int,
        terms: tuple[AwardType, Price | None, str],
        dates: tuple[date, date, date | None],
    ) -> GrantOrder | None:
        (who, plan), (kind, price, vesting), (granted, approved, start) = of, terms, dates
        try:
            return GrantOrder(
                cells.text(Field.LABEL) or UNLABELLED,
                who.id,
                plan.id,
                kind,
                quantity,
                granted,
                approved,
                cells.text(Field.RESOLUTION) or self.defaults.resolution_ref,
                None if vesting == AT_ONCE else dict(TEMPLATES[vesting].as_dict()),
                start,
                price,
                exemption=_exemption(cells.text(Field.EXEMPTION)) or self.defaults.exemption or None,
            )
        except Refusal as refusal:
            cells.add(Trouble.TERMS, _field(refusal.field), detail=str(refusal))
            return None

    def _who(self, cells: _Cells) -> Person | None:
        email, name = cells.text(Field.EMAIL), cells.text(Field.HOLDER)
        at = Field.HOLDER if Field.HOLDER in self.layout.places else Field.EMAIL
        if not email and not name:
            cells.add(Trouble.HOLDER_MISSING, at)
            return None
        found = self.by_key.get(folded(email)) or self.by_key.get(name) or self.by_key.get(folded(name))
        if found is not None:
            return found
        called = self.by_name.get(folded(name), [])
        if len(called) == 1:
            return called[0]
        if called:
            cells.add(Trouble.HOLDER_TWICE, at)
        else:
            near = get_close_matches(folded(name), self.by_name, 1, 0.75)
            cells.add(Trouble.HOLDER_UNKNOWN, at, detail=self.by_name[near[0]][0].name if near else "")
        return None

    def _plan(self, cells: _Cells) -> PlanKnown | None:
        wanted = cells.text(Field.PLAN) or self.defaults.plan_id
        found = [one for one in self.register.plans if one.id == wanted or folded(one.name) == folded(wanted)]
        if found:
            return found[0]
        cells.add(Trouble.PLAN, Field.PLAN, detail=", ".join(one.name for one in self.register.plans))
        return None


@dataclass(slots=True)
class _Cells:
    """The cells of one row, and what is wrong with them."""

    row: Row
    layout: Layout
    found: list[Found] = field(default_factory=list)

    def text(self, of: Field) -> str:
        return self.layout.cell(self.row.cells, of)

    def read(self, of: Field, reading: Callable[[str], T | None], otherwise: T | None = None) -> T | None:
        """Return what a cell says; what holds otherwise where it is empty; None where it can't be read."""
        text = self.text(of)
        if not text:
            return otherwise
        try:
            return reading(text)
        except Unread as why:
            self.add(why.trouble, of, detail=why.detail)
            return None

    def add(self, trouble: Trouble, of: Field, *, detail: str = "") -> None:
        self.found.append(Found(trouble, self.row.number, self.layout.called.get(of, HEADERS[of][0]), detail))


def _exemption(text: str) -> str:
    plain = "".join(text.casefold().split())
    return "RULE_701" if plain in {"rule701", "701", "rule_701"} else text


def _field(name: str | None) -> Field:
    return Field(name) if name in set(Field) else Field.QUANTITY
