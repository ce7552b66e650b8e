"""How fast vesting is, as ratios to the obvious loop in the same run: ``python -m tests.bench.bench_vesting``.

CPU seconds, the best of three rounds, each round measuring both sides one after the other. The grants have 1,826
different starts and random quantities; the first round pays for every cache. Figures are printed, never asserted: the
machine may be busy.
"""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from time import process_time

from ledger.equity.vesting.closed_form import vested_units, vested_units_each
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.schedule import Terms, instalments
from ledger.equity.vesting.table import Instalment, encode
from ledger.equity.vesting.templates import TEMPLATES

Grants = list[tuple[int, date]]

ON = date(2024, 7, 4)
ROUNDS = 3


def some_grants(count: int) -> Grants:
    """Return grants with random quantities and starts within five years."""
    dice = random.Random(20250101)
    return [(dice.randrange(100, 1_000_000), date(2020, 1, 1) + timedelta(dice.randrange(1826))) for _ in range(count)]


def naive_month(start: date, months: int) -> date:
    """Return a date some months later, as one writes it first."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def naive_table(terms: PlainTerms, quantity: int, start: date) -> list[Instalment]:
    """Return the instalments by the obvious loop."""
    rows, before = [], 0
    for months in range(terms.first_month, terms.months + 1, terms.every_months):
        running = quantity * months // terms.months
        if running > before:
            rows.append(Instalment(naive_month(start, months), running - before))
        before = running
    return rows


def naive_vested(terms: PlainTerms, quantity: int, start: date) -> int:
    """Return what has vested by the obvious loop: all instalments until the day."""
    return sum(row.quantity for row in naive_table(terms, quantity, start) if row.date <= ON)


def each(make: Callable[[int, date], object], grants: Grants) -> None:
    """Call ``make`` for every grant."""
    for quantity, start in grants:
        make(quantity, start)


def rate(work: Callable[[Grants], object], grants: Grants) -> float:
    """Return grants per CPU second."""
    begun = process_time()
    work(grants)
    return len(grants) / (process_time() - begun)


def compare(
    name: str, ours: Callable[[Grants], object], naive: Callable[[Grants], object], counts: tuple[int, int]
) -> None:
    """Print one line: our rates first and best, the loop's best, and the ratio of the bests."""
    many, few = some_grants(counts[0]), some_grants(counts[1])
    pairs = [(rate(ours, many), rate(naive, few)) for _ in range(ROUNDS)]
    first, best, loop = pairs[0][0], max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)
    print(f"{name:38}{first:14,.0f}{best:14,.0f}{loop:14,.0f}{best / loop:9.1f} ×")


def tables(name: str, terms: Terms, plain: PlainTerms) -> None:
    """Compare full tables."""

    def ours(quantity: int, start: date) -> object:
        return instalments(terms, quantity, start=start)

    compare(name, partial(each, ours), partial(each, partial(naive_table, plain)), (40_000, 4_000))


def main() -> None:
    """Print the figures."""
    print(f"{'grants per CPU second':38}{'first round':>14}{'best':>14}{'naive loop':>14}{'ratio':>11}")
    for name, terms in TEMPLATES.items():
        tables(f"table, {name}", terms, terms)
    default = TEMPLATES["4y/1y/monthly"]
    tables("table, conditions of OCF 1.2.0", default.as_conditions(cliff_installment=False), default)
    tables("table, conditions of OCF main", default.as_conditions(cliff_installment=True), default)

    def written(quantity: int, start: date) -> object:
        return encode(instalments(default, quantity, start=start))

    naive = partial(each, partial(naive_table, default))
    compare("table, 4y/1y/monthly, encoded", partial(each, written), naive, (20_000, 4_000))

    def one(quantity: int, start: date) -> int:
        return vested_units(quantity, default, start, ON)

    def batch(grants: Grants) -> list[int]:
        return vested_units_each([units for units, _ in grants], [start for _, start in grants], default, ON)

    loop = partial(each, partial(naive_vested, default))
    compare("vested on a day, one by one", partial(each, one), loop, (200_000, 4_000))
    compare("vested on a day, in one call", batch, loop, (1_000_000, 4_000))


if __name__ == "__main__":
    main()
