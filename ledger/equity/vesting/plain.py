"""Plain terms: so many months, a cliff, even instalments; they do not know when they begin.

They vest by CUMULATIVE_ROUND_DOWN: after k months ⌊quantity × k / months⌋ units have vested (equity.md §3.4).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from ledger.equity.vesting.errors import VestingTermsInvalid
from ledger.equity.vesting.fields import Fields
from ledger.equity.vesting.terms import AllocationType, Condition, VestingTerms
from ledger.equity.vesting.triggers import MOST_MONTHS, Period, PeriodUnit, Portion, RelativeTrigger, StartTrigger


@dataclass(frozen=True, slots=True)
class PlainTerms:
    """Vesting in even instalments over whole months.

    Attributes:
        months: From the vesting start to the last instalment, 1…1,200; a multiple of ``every_months``.
        cliff_months: Nothing vests before; then all that has accrued does. 0 for no cliff.
        every_months: From one instalment to the next.
    """

    months: int
    cliff_months: int = 0
    every_months: int = 1

    def __post_init__(self) -> None:
        """Refuse terms whose cliff or end falls between two instalments."""
        if not 1 <= self.every_months <= self.months <= MOST_MONTHS:
            raise VestingTermsInvalid(f"Vesting takes 1 to {MOST_MONTHS:,} months, with an instalment every 1 or more.")
        if not 0 <= self.cliff_months <= self.months:
            raise VestingTermsInvalid("The cliff lies between the vesting start and the last instalment.")
        if self.months % self.every_months or self.cliff_months % self.every_months:
            raise VestingTermsInvalid(
                f"With an instalment every {self.every_months} months, the cliff and the end must fall on one."
            )

    @property
    def first_month(self) -> int:
        """Months from the vesting start to the first instalment."""
        return max(self.cliff_months, self.every_months)

    @classmethod
    def parse(cls, data: object) -> PlainTerms:
        """Return the terms that :meth:`as_dict` wrote.

        Raises:
            VestingTermsInvalid: A field is missing, unknown or out of range.
        """
        fields = Fields(data, "Plain vesting terms")
        terms = cls(fields.whole("months"), fields.whole("cliff_months"), fields.whole("every_months"))
        fields.finish()
        return terms

    def as_dict(self) -> dict[str, int]:
        """Return the terms as JSON."""
        return asdict(self)

    def as_conditions(self, *, cliff_installment: bool, **described: Any) -> VestingTerms:
        """Return the same terms as conditions of the Open Cap Format; both forms give the same instalments.

        Args:
            cliff_installment: True for the main branch's form, one repeated condition with ``cliff_installment``; False
                for release 1.2.0, which has none: a cliff and what follows it as two conditions.
            described: ``id``, ``name``, ``description`` and ``comments`` of the object.
        """
        start = "vesting-start"
        if cliff_installment or self.first_month == self.every_months:
            cliff = self.cliff_months // self.every_months
            steps = [self._condition("instalments", start, 0, self.months, cliff if cliff > 1 else 0)]
        else:
            steps = [self._condition("cliff", start, 0, self.cliff_months, 0, is_one=True)]
            if self.cliff_months < self.months:
                steps.append(self._condition("thereafter", "cliff", self.cliff_months, self.months, 0))
        afters = [*((step.id,) for step in steps), ()]
        first = Condition(start, StartTrigger(), Fraction(0), afters[0])
        chained = [Condition(s.id, s.trigger, s.amount, after) for s, after in zip(steps, afters[1:], strict=True)]
        return VestingTerms(AllocationType.CUMULATIVE_ROUND_DOWN, (first, *chained), **described)

    def _condition(
        self, name: str, after: str, from_month: int, until_month: int, cliff: int, *, is_one: bool = False
    ) -> Condition:
        """Return the condition that vests what accrues between two months, in one piece or in instalments."""
        span = until_month - from_month
        length = span if is_one else self.every_months
        period = Period(length, PeriodUnit.MONTHS, span // length, cliff_installment=cliff)
        portion = Portion(Fraction(length), Fraction(self.months))
        return Condition(name, RelativeTrigger(after, period), portion)
