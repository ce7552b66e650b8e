"""What kind of session a row tells of: code, minutes, category, modality, attendance, count, judged together.

A million rows have a few thousand kinds, so each combination of cells is judged once and remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from app.imports.sessions.codes import CPT, billing_code, looks_like_a_code
from app.imports.sessions.lines import Cell, Text
from app.imports.sessions.mapping import ImportMap, Service
from app.imports.sessions.reasons import Reason
from app.imports.sessions.times import MOST_REMEMBERED
from app.imports.sessions.words import CATEGORIES, MODALITIES, STATUSES, word
from ledger.sessions.values import MOST_MINUTES, Attendance, Category, Modality

MOST_COUNT = 99

KindCells: TypeAlias = tuple[Cell, Cell, Text, Text, Text, Cell]
"""Minutes, code, category, modality, attendance, count, the last six cells of a line."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of session.

    Attributes:
        code: For the fingerprint: the billing code, or the category where there is none.
        told_minutes: For the fingerprint: the minutes as the row tells them, empty where the map does.
        minutes: All sessions of a tally together.
        is_tally: Whether the row is a day's tally.
        is_misfit: Whether the row's own minutes are outside the range of its code.
    """

    code: str
    told_minutes: str
    minutes: int
    category: Category
    modality: Modality
    attendance: Attendance
    count: int
    is_tally: bool
    is_misfit: bool

    @property
    def delivered(self) -> Kind:
        """The same kind, delivered."""
        return replace(self, attendance=Attendance.DELIVERED)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why cells tell of no session, and the field to blame."""

    reason: Reason
    field: str


class Unfit(Exception):
    """Raised inside this module only; holds no cell."""

    def __init__(self, reason: Reason, field: str) -> None:
        """Keep the problem."""
        super().__init__(reason.value)
        self.problem = Problem(reason, field)


class Kinds(dict[KindCells, int]):
    """Cells to the number of their kind; below zero, the complement of the number of their problem."""

    def __init__(self, mapping: ImportMap) -> None:
        """Judge by a map."""
        super().__init__()
        self.found: list[Kind] = []
        self.problems: list[Problem] = []
        self._mapping = mapping
        self._numbers: dict[Kind | Problem, int] = {}

    def __missing__(self, cells: KindCells) -> int:
        """Judge cells that were not met before."""
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        number = self.number(kind_of(cells, self._mapping))
        self[cells] = number
        return number

    def number(self, kind: Kind | Problem) -> int:
        """Return the number of a kind or a problem."""
        if kind not in self._numbers:
            if isinstance(kind, Kind):
                self._numbers[kind] = len(self.found)
                self.found.append(kind)
            else:
                self._numbers[kind] = ~len(self.problems)
                self.problems.append(kind)
        return self._numbers[kind]


def kind_of(cells: KindCells, mapping: ImportMap) -> Kind | Problem:
    """Return the kind of session that cells tell of, or why they tell of none."""
    try:
        return _judged(cells, mapping)
    except Unfit as unfit:
        return unfit.problem


def _judged(cells: KindCells, mapping: ImportMap) -> Kind:
    minutes, code, category, modality, attendance, count = (_text(cell) for cell in cells)
    service = mapping.service(code) if code else None
    # a code that the map does not know is fine where the row tells all the rest
    if code and service is None and not (minutes and category and looks_like_a_code(code)):
        raise Unfit(Reason.CODE_UNKNOWN, "code")
    if service is not None and service.category is None:
        raise Unfit(Reason.NOT_A_SESSION, "code")
    came = _attendance(attendance, service, mapping)
    times = _whole(count, Reason.COUNT_INVALID, "count") if count else 1
    if not 1 <= times <= MOST_COUNT:
        raise Unfit(Reason.COUNT_INVALID, "count")
    length = _minutes(minutes, service, times)
    what = _category(category, service, mapping)
    short = billing_code(code)
    return Kind(
        code=short or what.value,
        told_minutes=str(length) if minutes else "",
        minutes=length,
        category=what,
        modality=_modality(modality, service, mapping),
        attendance=came,
        count=times,
        is_tally=bool(count),
        is_misfit=bool(minutes and not count and short in CPT) and not CPT[short].least <= length <= CPT[short].most,
    )


def _text(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) else "" if cell is None else str(cell)


def _attendance(told: str, service: Service | None, mapping: ImportMap) -> Attendance:
    if not told:
        by_code = service.attendance if service else None
        return by_code or mapping.defaults.attendance or Attendance.DELIVERED
    status = word(told)
    known = {**STATUSES, **mapping.statuses}
    if status not in known:
        raise Unfit(Reason.ATTENDANCE_UNKNOWN, "attendance")
    came = known[status]
    if came is None:
        raise Unfit(Reason.NOT_A_SESSION, "attendance")
    return came


def _category(told: str, service: Service | None, mapping: ImportMap) -> Category:
    if told:
        if (found := CATEGORIES.get(word(told))) is None:
            raise Unfit(Reason.CATEGORY_UNKNOWN, "category")
        return found
    category = (service.category if service else None) or mapping.defaults.category
    if category is None:
        raise Unfit(Reason.CATEGORY_UNKNOWN, "category")
    return category


def _modality(told: str, service: Service | None, mapping: ImportMap) -> Modality:
    found = MODALITIES.get(word(told)) if told else (service.modality if service else None) or mapping.defaults.modality
    if found is None:
        raise Unfit(Reason.MODALITY_UNKNOWN, "modality")
    return found


def _minutes(told: str, service: Service | None, times: int) -> int:
    if not told:
        if service is None or service.minutes is None:
            raise Unfit(Reason.MINUTES_NOT_GIVEN, "minutes" if service is None else "code")
        return service.minutes * times
    minutes = _whole(told, Reason.MINUTES_UNREADABLE, "minutes")
    if not times <= minutes <= times * MOST_MINUTES:
        raise Unfit(Reason.MINUTES_OUT_OF_RANGE, "minutes")
    return minutes


def _whole(text: str, reason: Reason, field: str) -> int:
    digits = text.removesuffix(".0")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        raise Unfit(reason, field)
    return int(digits)
