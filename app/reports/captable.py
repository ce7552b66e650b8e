"""The cap table and its companions as reports: the columns of reports.md R1, R2 and R5 to R8, filled from values.

Pure: the values come from ``ledger.equity.captable``, the names of holders from the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from app.reports.report import Amount, Cell, Number, Report, Source
from ledger.equity.captable.by_class import CapTable, ClassRow
from ledger.equity.captable.by_holder import HolderRow, HolderTable
from ledger.equity.captable.money import Money
from ledger.equity.captable.pools import PoolBalance, PoolEvent
from ledger.equity.captable.roll_forward import HolderRollForward, RollForward
from ledger.equity.captable.tranches import Tranche
from ledger.equity.captable.vesting_months import VestingMonths
from ledger.types import decimal_text

Names = Mapping[str, str]
"""Holder to name, or to what stands in for an erased one."""

PERCENT_PLACES = 4
RATIO_PLACES = 10

SUMMARY = (
    "as_of",
    "class_type",
    "class_id",
    "class_name",
    "authorized",
    "outstanding",
    "outstanding_awards",
    "available_for_issuance",
    "conversion_ratio",
    "as_converted_shares",
    "fully_diluted_shares",
    "fully_diluted_pct",
    "voting_pct",
    "cash_raised",
    "liquidation_pref",
    "currency",
    "note",
)
POOL = (
    "plan",
    "reserved",
    "granted",
    "forfeited_returned",
    "expired_returned",
    "cancelled_returned",
    "repurchased_returned",
    "retired_not_returned",
    "exercised",
    "settled",
    "outstanding",
    "available",
    "check",
)
POOL_EVENTS = (
    "date",
    "event_id",
    "event_type",
    "security",
    "delta_reserved",
    "delta_available",
    "delta_outstanding",
    "delta_issued",
    "running_available",
    "plan",
)
VESTING = ("label", "holder", "tranche_no", "vest_date", "vest_qty", "cumulative", "status", "condition_id")
SUMMED = ("outstanding", "outstanding_awards", "as_converted_shares", "fully_diluted_shares", "fully_diluted_pct")
"""Columns of the summary that add up, as its last row has it."""
MONEY = ("cash_raised", "liquidation_pref")
"""Those that do where all of it is of one currency."""
ROLL_FORWARD = (
    "plan_or_class",
    "measure",
    "opening",
    "granted",
    "issued",
    "exercised_settled",
    "forfeited",
    "expired",
    "cancelled",
    "transferred",
    "adjusted",
    "closing",
)


def summary(table: CapTable, source: Source) -> Report:
    """Return the summary by class (R1), with the currency of the row's money and a note beside it."""
    rows = tuple(_summary_row(row, table.decimals, source) for row in (*table.rows, table.total))
    money = {each.currency for row in table.rows for each in (*row.cash, *row.preference)}
    adds_up = SUMMED + (MONEY if len(money) == 1 else ())
    return Report("summary", source, SUMMARY, rows, table.warnings, adds_up, has_total=True)


def holders(table: HolderTable, source: Source, names: Names) -> Report:
    """Return the cap table by holder (R2), by name, with what may still be granted and the totals in the last rows."""
    columns = (
        "holder_id",
        "name",
        "group",
        *(f"outstanding: {each.name}" for each in table.classes),
        "awards_outstanding",
        "vested",
        "unvested",
        "exercisable",
        "fully_diluted",
        "fd_pct",
        "member_class",
        "member_since",
        "note",
    )
    by_name = sorted(table.rows, key=lambda row: (_name(row.holder, names).casefold(), row.holder))
    rows = [_holder_row(row, _name(row.holder, names), table) for row in by_name]
    rows += [_holder_row(table.available, "Available for issuance", table), _holder_row(table.total, "Total", table)]
    warnings = tuple(f"{_name(row.holder, names)}: {note}" for row in by_name for note in row.notes)
    adds_up = columns[3:-3]
    return Report("holders", source, columns, tuple(rows), warnings, adds_up, has_total=True)


def pool(balances: Iterable[PoolBalance], source: Source) -> Report:
    """Return the balance of every plan (R5); ``check`` is zero, or something is wrong."""
    rows, warnings, classes = [], [], set()
    for each in balances:
        classes.add(each.plan.class_id)
        numbers = [getattr(each, name) for name in POOL[1:]]
        rows.append((each.plan.name, *(_amount(number, each.decimals) for number in numbers)))
        if each.check:
            off = decimal_text(each.check, each.decimals)
            warnings.append(f"{each.plan.name} is off by {off}: what happened does not add up to what is left.")
    adds_up = POOL[1:] if len(classes) == 1 else ()
    return Report("pool", source, POOL, tuple(rows), tuple(warnings), adds_up)


def pool_events(events: Iterable[PoolEvent], source: Source) -> Report:
    """Return what happened to the pools (R6), plan by plan; the last three changes add up to the first."""
    listed = list(events)
    rows = tuple(
        (
            each.on,
            each.n,
            each.kind,
            "; ".join(each.labels),
            _amount(each.reserved, each.decimals),
            Amount(each.available, each.decimals),
            Amount(each.outstanding, each.decimals),
            Amount(each.issued, each.decimals),
            _amount(each.running, each.decimals),
            each.plan.name,
        )
        for each in listed
    )
    adds_up = POOL_EVENTS[4:8] if len({each.plan.id for each in listed}) == 1 else ()
    return Report("pool-events", source, POOL_EVENTS, rows, adds_up=adds_up)


def vesting(tranches: Iterable[Tranche], source: Source, names: Names) -> Report:
    """Return every instalment promised (R7), grant by grant as they were issued."""
    rows = tuple(
        (
            each.label,
            _name(each.holder, names),
            each.number,
            each.on,
            Amount(each.units, each.decimals),
            Amount(each.cumulative, each.decimals),
            each.status.value,
            each.condition,
        )
        for each in tranches
    )
    return Report("vesting", source, VESTING, rows, adds_up=("vest_qty",))


def vesting_months(of: VestingMonths, source: Source) -> Report:
    """Return what vests in which month; what waits and what is forfeited stands in the last rows."""
    rows: list[tuple[Cell, ...]] = [
        (each.first, each.grants, Amount(each.units, of.decimals), Amount(each.so_far, of.decimals), None)
        for each in of.months
    ]
    rows.append((None, None, Amount(of.awaited, of.decimals), None, "waits for the end of a leave or for an event"))
    rows.append((None, None, Amount(of.forfeited, of.decimals), None, "forfeited"))
    columns = ("month", "grants", "vest_qty", "cumulative", "note")
    return Report("vesting-months", source, columns, tuple(rows), adds_up=("vest_qty",))


def roll_forward(lines: Iterable[RollForward], source: Source) -> Report:
    """Return the roll-forward from ``source.since`` to its day (R8): the opening and the changes add up to closing."""
    rows = tuple(
        (line.name, line.measure.value, *(Amount(getattr(line, name), line.decimals) for name in ROLL_FORWARD[2:]))
        for line in lines
    )
    return Report("roll-forward", source, ROLL_FORWARD, rows)


def holder_roll_forward(lines: Iterable[HolderRollForward], source: Source, names: Names) -> Report:
    """Return the roll-forward holder by holder, by name: the opening and the changes add up to closing."""
    by_name = sorted(lines, key=lambda each: (_name(each.holder, names).casefold(), each.holder))
    rows = tuple(
        (
            each.holder,
            _name(each.holder, names),
            each.line.name,
            each.line.measure.value,
            *(Amount(getattr(each.line, name), each.line.decimals) for name in ROLL_FORWARD[2:]),
        )
        for each in by_name
    )
    return Report("holder-roll-forward", source, ("holder_id", "name", "class", "measure", *ROLL_FORWARD[2:]), rows)


def ratio_text(ratio: Fraction) -> str:
    """Return a ratio as a decimal number where ten places can say it exactly, else as a fraction: ``1.5``, ``1/3``."""
    for places in range(RATIO_PLACES + 1):
        scaled = ratio * 10**places
        if scaled.denominator == 1:
            return decimal_text(int(scaled), places)
    return f"{ratio.numerator}/{ratio.denominator}"


def _summary_row(row: ClassRow, decimals: int, source: Source) -> tuple[Cell, ...]:
    money = sorted({each.currency for each in (*row.cash, *row.preference)})
    return (
        source.as_of,
        row.line.value if row.line is not None else None,
        row.id or None,
        row.name,
        _amount(row.authorised, row.decimals),
        Amount(row.outstanding, row.decimals),
        Amount(row.awards, row.decimals),
        _amount(row.available, row.decimals),
        Number(ratio_text(row.ratio)) if row.ratio is not None else None,
        Amount(row.as_converted, decimals),
        Amount(row.fully_diluted, decimals),
        _amount(row.percentage, PERCENT_PLACES),
        _amount(row.votes, PERCENT_PLACES),
        _money(row.cash, money),
        _money(row.preference, money),
        "; ".join(money) or None,
        " ".join(row.notes) or None,
    )


def _money(amounts: Sequence[Money], currencies: Sequence[str]) -> Cell:
    """Return sums in the order of the currencies of their row: nearly always one, and then a plain number."""
    if not amounts:
        return None
    sums = {each.currency: each.text for each in amounts}
    return Number("; ".join(sums.get(currency, "0.00") for currency in currencies))


def _holder_row(row: HolderRow, name: str, table: HolderTable) -> tuple[Cell, ...]:
    return (
        row.holder or None,
        name,
        row.group or None,
        *(Amount(units, each.decimals) for units, each in zip(row.outstanding, table.classes, strict=True)),
        *(Amount(units, table.decimals) for units in (row.awards, row.vested, row.unvested, row.exercisable)),
        Amount(row.fully_diluted, table.decimals),
        _amount(row.percentage, PERCENT_PLACES),
        row.member_class,
        row.member_since,
        " ".join(row.notes) or None,
    )


def _name(holder: str, names: Names) -> str:
    return names.get(holder, holder)


def _amount(units: int | None, decimals: int) -> Amount | None:
    return None if units is None else Amount(units, decimals)
