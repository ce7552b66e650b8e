"""What has vested under plain terms, by arithmetic: no table is made, so a whole company takes milliseconds."""

from collections.abc import Sequence
from datetime import date

from ledger.equity.vesting.months import months_elapsed
from ledger.equity.vesting.plain import PlainTerms


def vested_units(quantity: int, terms: PlainTerms, start: date, on: date) -> int:
    """Return the units vested at the end of day ``on``.

    Args:
        quantity: Minor units in the grant, whole and not negative.
        terms: The grant's plain terms.
        start: The vesting start.
        on: Any day, before or after the schedule.

    Returns:
        A whole number from 0 to ``quantity``; it never falls as ``on`` advances.
    """
    return quantity * earned_months(terms, months_elapsed(start, on)) // terms.months


def vested_units_each(quantities: Sequence[int], starts: Sequence[date], terms: PlainTerms, on: date) -> list[int]:
    """Return :func:`vested_units` of many grants with the same terms, in their order.

    The months depend on the start alone, and grants share starts, so they are counted once for each.

    Raises:
        ValueError: There are not as many starts as quantities.
    """
    earned = {start: earned_months(terms, months_elapsed(start, on)) for start in set(starts)}
    months = terms.months
    return [quantity * earned[start] // months for quantity, start in zip(quantities, starts, strict=True)]


def earned_months(terms: PlainTerms, elapsed: int) -> int:
    """Return for how many months units have vested: none before the cliff, then whole instalments, never over the end.

    Args:
        terms: The plain terms.
        elapsed: Whole months since the vesting start; negative before it.
    """
    if elapsed < terms.first_month:
        return 0
    return min(elapsed - elapsed % terms.every_months, terms.months)
