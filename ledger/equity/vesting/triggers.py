"""What a vesting condition is made of: how much, and when; read strictly from Open Cap Format JSON and written back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias

from ledger.equity.vesting.errors import ScheduleTooLong, VestingTermsInvalid
from ledger.equity.vesting.fields import Fields, numeric_text

MOST_MONTHS = 1_200
MOST_DAYS = 36_525
"""A century: longer is a slip of the pen, or an attempt to make a table that fills the memory."""

START_DAY = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
_CLIPPED_DAY = "_OR_LAST_DAY_OF_MONTH"


class PeriodUnit(StrEnum):
    """What a period is counted in."""

    DAYS = "DAYS"
    """Days; also weeks and years of exactly 365 days."""
    MONTHS = "MONTHS"
    """Calendar months."""
    YEARS = "YEARS"
    """Twelve calendar months; ordered statements only."""


@dataclass(frozen=True, slots=True)
class Portion:
    """A share of the whole grant or, as ``remainder``, of what has yet to vest; kept as written, 12/48 stays 12/48."""

    numerator: Fraction
    denominator: Fraction
    remainder: bool = False

    def __post_init__(self) -> None:
        """Refuse shares outside 0…1."""
        if self.denominator <= 0 or not 0 <= self.numerator <= self.denominator:
            raise VestingTermsInvalid(f"A portion is between 0 and 1, not {self.numerator}/{self.denominator}.")

    @property
    def share(self) -> Fraction:
        """The portion as a number between 0 and 1."""
        return self.numerator / self.denominator

    @classmethod
    def parse(cls, fields: Fields, *, ignore_unknown: bool) -> Portion:
        """Read ``{"numerator", "denominator", "remainder"?}``."""
        numerator, denominator = fields.numeric("numerator"), fields.numeric("denominator")
        remainder = fields.truth("remainder")
        fields.finish(ignore_unknown=ignore_unknown)
        if denominator <= 0 or not 0 <= numerator <= denominator:
            raise fields.refuse("the portion must be between 0 and 1")
        return cls(numerator, denominator, remainder)

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF form."""
        written = {"numerator": numeric_text(self.numerator), "denominator": numeric_text(self.denominator)}
        return {**written, "remainder": True} if self.remainder else written


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days or months that repeats.

    Attributes:
        length: Days or months from one occurrence to the next, 0 or more.
        unit: DAYS or MONTHS.
        occurrences: How often it triggers, 1 or more.
        day: Day of the month 1…31 it falls on, clipped to the month's end; None for the day of the vesting start.
        cliff_installment: The 1-based occurrence that all earlier ones accrue to; below 2 there is no cliff.
    """

    length: int
    unit: PeriodUnit
    occurrences: int = 1
    day: int | None = None
    cliff_installment: int = 0

    def __post_init__(self) -> None:
        """Refuse periods that are negative, unending, or have their cliff after the end."""
        if self.unit is PeriodUnit.YEARS or self.length < 0 or self.occurrences < 1 or self.cliff_installment < 0:
            raise VestingTermsInvalid("A period has a length in days or months and at least one occurrence.")
        most = MOST_MONTHS if self.unit is PeriodUnit.MONTHS else MOST_DAYS
        if max(self.length, 1) * self.occurrences > most:
            raise ScheduleTooLong("A vesting period runs for a century at most.")
        if self.cliff_installment > self.occurrences:
            raise VestingTermsInvalid("The cliff comes after the last instalment.")
        if self.day is not None and (self.unit is PeriodUnit.DAYS or not 1 <= self.day <= 31):
            raise VestingTermsInvalid("A day of the month is 1 to 31, and for periods in months only.")

    @classmethod
    def parse(cls, fields: Fields, *, ignore_unknown: bool) -> Period:
        """Read an OCF ``period``."""
        unit = fields.one_of("type", PeriodUnit)
        if unit is PeriodUnit.YEARS:
            raise fields.refuse("a vesting period is counted in days or months")
        length, occurrences = fields.whole("length"), fields.whole("occurrences", least=1)
        cliff = fields.whole("cliff_installment") if "cliff_installment" in fields else 0
        day = _read_day(fields) if unit is PeriodUnit.MONTHS else None
        fields.finish(ignore_unknown=ignore_unknown)
        try:
            return cls(length, unit, occurrences, day, cliff)
        except VestingTermsInvalid as error:
            raise type(error)(f"{fields.where}: {error}") from None

    def as_dict(self) -> dict[str, Any]:
        """Return the OCF form; ``cliff_installment`` only where there is one."""
        written: dict[str, Any] = {"length": self.length, "type": self.unit.value, "occurrences": self.occurrences}
        if self.unit is PeriodUnit.MONTHS:
            written["day_of_month"] = _day_text(self.day)
        if self.cliff_installment:
            written["cliff_installment"] = self.cliff_installment
        return written


def _day_text(day: int | None) -> str:
    """Return OCF's word for a day of the month: ``07``, ``31_OR_LAST_DAY_OF_MONTH``."""
    if day is None:
        return START_DAY
    return f"{day:02}" if day <= 28 else f"{day}{_CLIPPED_DAY}"


_DAYS: dict[str, int | None] = {_day_text(day): day for day in (None, *range(1, 32))}


def _read_day(fields: Fields) -> int | None:
    """Read ``day_of_month``."""
    word = fields.text("day_of_month")
    if word not in _DAYS:
        raise fields.refuse(f"“day_of_month” can't be {word}")
    return _DAYS[word]


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """Met on the grant's vesting start."""


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """Met on the day an event is recorded for this condition, and never otherwise."""


@dataclass(frozen=True, slots=True)
class AbsoluteTrigger:
    """Met on a fixed date."""

    on: date


@dataclass(frozen=True, slots=True)
class RelativeTrigger:
    """Met a period after another condition was, as often as the period repeats."""

    relative_to: str
    period: Period


Trigger: TypeAlias = StartTrigger | EventTrigger | AbsoluteTrigger | RelativeTrigger


def read_trigger(fields: Fields, *, ignore_unknown: bool) -> Trigger:
    """Read an OCF ``trigger`` by its type."""
    kind = fields.text("type")
    trigger: Trigger
    if kind == "VESTING_START_DATE":
        trigger = StartTrigger()
    elif kind == "VESTING_EVENT":
        trigger = EventTrigger()
    elif kind == "VESTING_SCHEDULE_ABSOLUTE":
        trigger = AbsoluteTrigger(fields.day("date"))
    elif kind == "VESTING_SCHEDULE_RELATIVE":
        period = Period.parse(fields.nested("period"), ignore_unknown=ignore_unknown)
        trigger = RelativeTrigger(fields.text("relative_to_condition_id"), period)
    else:
        raise fields.refuse(f"unknown type {kind}")
    fields.finish(ignore_unknown=ignore_unknown)
    return trigger


def trigger_dict(trigger: Trigger) -> dict[str, Any]:
    """Return the OCF form of a trigger."""
    match trigger:
        case StartTrigger():
            return {"type": "VESTING_START_DATE"}
        case EventTrigger():
            return {"type": "VESTING_EVENT"}
        case AbsoluteTrigger(on):
            return {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": on.isoformat()}
        case RelativeTrigger(relative_to, period):
            written = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period.as_dict()}
            return {**written, "relative_to_condition_id": relative_to}
