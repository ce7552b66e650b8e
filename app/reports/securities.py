"""Securities one by one as reports: the columns of reports.md R3, R9 and R12, as far as the record has them.

Pure: the values come from ``ledger.equity.captable``, the names of holders from the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.reports.report import Amount, Cell, Number, Report, Source
from ledger.equity.captable.iso_exercises import Due, IsoExercise
from ledger.equity.captable.returned import Returned
from ledger.equity.captable.securities_ledger import Issued
from ledger.equity.values import EventKind
from ledger.types import Price

Names = Mapping[str, str]
"""Holder to name, or to what stands in for an erased one."""

SECURITIES = (
    "security_id",
    "label",
    "holder_id",
    "holder",
    "type",
    "class",
    "plan",
    "issue_date",
    "board_approval_date",
    "quantity_issued",
    "quantity_outstanding",
    "price",
    "cash_paid",
    "debt_canceled",
    "currency",
    "exemption",
    "status",
    "acquired_from",
    "canceled_date",
    "cancel_reason",
    "vesting_start",
    "vested_qty",
)
MONEY = ("cash_paid", "debt_canceled")
"""Columns of the ledger that add up where all of it is of one currency; units of different kinds never do."""
TAKEN = {
    EventKind.CANCELLED: "quantity_canceled",
    EventKind.FORFEITED: "quantity_forfeited",
    EventKind.EXPIRED: "quantity_expired",
    EventKind.REPURCHASED: "quantity_repurchased",
    EventKind.TRANSFERRED: "quantity_transferred",
}
"""Kind of event to the column in which its units stand; a repricing takes none."""

RETURNED = (
    "security_id",
    "label",
    "holder_id",
    "holder",
    "transaction_type",
    "effective_date",
    "termination_date",
    "quantity_issued",
    *TAKEN.values(),
    "returned_to_plan",
    "reason",
    "event_id",
)
FORM_3921 = (
    "label",
    "holder_id",
    "holder",
    "box1_granted_on",
    "box2_exercised_on",
    "box3_price",
    "box4_fair_value",
    "box5_shares",
    "currency",
    "due_to_holder",
    "due_on_paper",
    "due_electronically",
)


def ledger(issued: Iterable[Issued], source: Source, names: Names) -> Report:
    """Return the ledger of securities (R3), oldest first; prices and quantities are as issued, before later splits."""
    listed = list(issued)
    money = {paid.currency for each in listed for paid in (each.paid, each.debt_cancelled) if paid is not None}
    rows = tuple(_issued_row(each, names) for each in listed)
    return Report("securities", source, SECURITIES, rows, adds_up=MONEY if len(money) == 1 else ())


def returns(returned: Iterable[Returned], source: Source, names: Names) -> Report:
    """Return what was taken back or transferred (R9), by day; one column of units is filled in each row."""
    rows: list[tuple[Cell, ...]] = []
    for each in returned:
        one = each.security
        units = Amount(each.quantity, each.decimals)
        rows.append(
            (
                one.id,
                one.label,
                one.holder,
                names.get(one.holder, one.holder),
                each.called,
                each.on,
                each.left_on,
                Amount(one.quantity, each.decimals),
                *(units if each.kind is kind else None for kind in TAKEN),
                Amount(each.to_plan, each.decimals),
                each.reason,
                each.n,
            )
        )
    return Report("returned", source, RETURNED, tuple(rows), adds_up=(*TAKEN.values(), "returned_to_plan"))


def iso_exercises(exercises: Iterable[IsoExercise], source: Source, names: Names) -> Report:
    """Return the figures of Form 3921 (R12) for the year of the day: one row for each form, oldest first."""
    due = Due.after(source.as_of.year)
    rows, warnings = [], []
    for each in exercises:
        one = each.security
        if each.fair is None:
            warnings.append(f"No valuation was in force when {one.label} was exercised on {each.on}; box 4 is missing.")
        rows.append(
            (
                one.label,
                one.holder,
                names.get(one.holder, one.holder),
                each.granted_on,
                each.on,
                _price(each.price),
                _price(each.fair),
                Amount(each.units, each.decimals),
                each.price.currency if each.price else source.currency,
                due.to_holder,
                due.on_paper,
                due.electronically,
            )
        )
    return Report("iso-exercises", source, FORM_3921, tuple(rows), tuple(warnings), ("box5_shares",))


def _issued_row(each: Issued, names: Names) -> tuple[Cell, ...]:
    one, end = each.security, each.ending
    return (
        one.id,
        one.label,
        one.holder,
        names.get(one.holder, one.holder),
        each.award_type or one.kind.value,
        each.class_name,
        each.plan_name,
        each.on,
        one.board_approved_on,
        Amount(one.quantity, each.decimals),
        None if each.left is None else Amount(each.left, each.decimals),
        _price(one.price),
        Number(each.paid.text) if each.paid else None,
        Number(each.debt_cancelled.text) if each.debt_cancelled else None,
        one.price.currency if one.price else None,
        one.exemption,
        end.kind.value.lower() if end else "outstanding",
        each.acquired_from,
        end.on if end else None,
        end.reason if end else None,
        each.vesting_start,
        None if each.vested is None else Amount(each.vested, each.decimals),
    )


def _price(price: Price | None) -> Number | None:
    return None if price is None else Number(price.text)
