"""Patronage as reports: its register (reports.md R14), payments after a declaration, and Form 1099-PATR (R13).

Pure. The record holds no tax withheld: the form's box 4 is zero, and no other column repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.reports.report import Amount, Cell, Number, Report, Source
from ledger.sessions.patr_forms import PatrYear
from ledger.sessions.patronage_register import DeclaredPool, Registered
from ledger.sessions.records import Allocation, PatronageDraft

CENTS = 2

PAYMENTS = ("declaration", "member_id", "name", "currency", "cash", "retained", "notice")
FORMS = (
    "year",
    "member_id",
    "name",
    "box1_patronage_dividends",
    "box2_nonpatronage",
    "box3_per_unit_retains",
    "box4_tax_withheld",
    "box5_redeemed_nonqualified",
    "cash",
    "notices_qualified",
    "notices_nonqualified",
    "redeemed",
)
REGISTER = (
    "period",
    "member",
    "credited_minutes",
    "indirect",
    "leave_credit",
    "weight",
    "exact_numerator",
    "exact_denominator",
    "cents",
    "remainder_rank",
    "cash",
    "notice_kind",
    "notice_no",
    "name",
    "council_credit",
    "late_credit",
    "carried",
    "units",
    "retained",
    "currency",
    "declaration",
    "declared_on",
    "resolution_ref",
)
HELD_BACK = "Held back for disputes"


def payments(draft: PatronageDraft, parts: Iterable[Allocation], source: Source, names: Mapping[str, str]) -> Report:
    """Return what is paid to whom, by name; whoever gets no money is left out."""
    paid = sorted((part for part in parts if part.cash), key=lambda part: _key(part.member, names))
    rows = tuple(
        (
            draft.id,
            part.member,
            names.get(part.member, part.member),
            draft.currency,
            Amount(part.cash, CENTS),
            Amount(part.retained, CENTS),
            part.notice.value if part.notice is not None else None,
        )
        for part in paid
    )
    return Report("payments", source, PAYMENTS, rows, adds_up=("cash", "retained"))


def patr_forms(years: Mapping[str, PatrYear], source: Source, names: Mapping[str, str]) -> Report:
    """Return the figures of each form that is filed, by name."""
    due = sorted(
        ((member, year) for member, year in years.items() if year.form.is_due), key=lambda each: _key(each[0], names)
    )
    rows: list[tuple[Cell, ...]] = []
    for member, year in due:
        form = year.form
        boxes = (form.dividends, form.non_patronage, form.retains, form.withheld, form.redeemed)
        made_of = (year.cash, year.qualified, year.nonqualified, year.redeemed)
        who = (source.as_of.year, member, names.get(member, member))
        rows.append((*who, *(Amount(cents, CENTS) for cents in (*boxes, *made_of))))
    return Report("1099-patr", source, FORMS, tuple(rows), adds_up=FORMS[3:])


def register(pools: Iterable[DeclaredPool], source: Source, names: Mapping[str, str]) -> Report:
    """Return the register (R14): each member's part of each declaration, the oldest first; parts add up to the pool.

    ``weight`` is what the columns of minutes add up to, and what was declared on; ``cents`` counts cents, the columns
    of money beside it are in whole currency. A declaration of units has them under ``units``.
    """
    rows: list[tuple[Cell, ...]] = []
    warnings = []
    for pool in pools:
        rows += (_part_row(pool, each, names) for each in pool.parts)
        if pool.held_back:
            rows.append(_held_back_row(pool))
        if off := sum(each.part.amount for each in pool.parts) + pool.held_back - pool.draft.pool:
            warnings.append(f"The parts of {pool.draft.id} differ from its pool by {off:,}.")
    return Report("patronage", source, REGISTER, tuple(rows), tuple(warnings))


def _part_row(pool: DeclaredPool, each: Registered, names: Mapping[str, str]) -> tuple[Cell, ...]:
    part, weight, share = each.part, each.weight, each.share
    is_money = pool.draft.currency is not None
    return (
        _period(pool),
        part.member,
        weight.credited if weight else None,
        weight.indirect if weight else None,
        weight.leave if weight else None,
        part.weight,
        Number(str(share.exact.numerator)) if share else None,
        Number(str(share.exact.denominator)) if share else None,
        part.amount if is_money else None,
        share.remainder_rank if share else None,
        Amount(part.cash, CENTS) if is_money else None,
        part.notice.value if part.notice is not None else None,
        each.notice,
        names.get(part.member, part.member),
        weight.council if weight else None,
        weight.late if weight else None,
        weight.carried if weight else None,
        None if is_money else part.amount,
        Amount(part.retained, CENTS) if is_money else None,
        *_declared(pool),
    )


def _held_back_row(pool: DeclaredPool) -> tuple[Cell, ...]:
    is_money = pool.draft.currency is not None
    row: dict[str, Cell] = dict.fromkeys(REGISTER)
    row |= {"period": _period(pool), "name": HELD_BACK, "cents" if is_money else "units": pool.held_back}
    return (*tuple(row.values())[: -len(_declared(pool))], *_declared(pool))


def _period(pool: DeclaredPool) -> str:
    return f"{pool.draft.first_day}/{pool.draft.last_day}"


def _declared(pool: DeclaredPool) -> tuple[Cell, ...]:
    return pool.draft.currency, pool.draft.id, pool.declared_on, pool.resolution


def _key(member: str, names: Mapping[str, str]) -> tuple[str, str]:
    return names.get(member, member).casefold(), member
