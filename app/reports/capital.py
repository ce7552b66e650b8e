"""Members' capital accounts from one day to another as a report: the columns of reports.md R15.

Pure. Each row adds up: opening and the columns between make closing. Losses and redemptions are below zero.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.reports.report import Amount, Cell, Report, Source
from ledger.entries import Role
from ledger.sessions.capital_register import AccountRoll, CapitalRegister, Part

CENTS = 2

ACCOUNTS = (
    "member",
    "opening",
    "buy_in",
    "allocation_retained",
    "loss",
    "redeemed",
    "closing",
    "name",
    "other",
    "check",
    "currency",
)
OF_ALL = {Role.COLLECTIVE: "Collective account", Role.ALLOCABLE: "Surplus not declared yet"}
"""What accounts are called that are nobody's in particular."""

TOTAL, BOOK_VALUE = "Total", "Net book value"


def accounts(register: CapitalRegister, source: Source, names: Mapping[str, str]) -> Report:
    """Return the roll-forward (R15): members by name, what is nobody's in particular, the total and the book value.

    ``check`` is zero in each row, or something is wrong; in the last one it is what all accounts hold beyond the net
    book value.
    """
    of_members = [each for each in register.accounts if each.member is not None]
    of_members.sort(key=lambda each: (names.get(each.member or "", each.member or "").casefold(), each.member))
    ordered = [*of_members, *(each for each in register.accounts if each.member is None)]
    rows = [_row(each, names, source) for each in ordered]
    rows.append(_total(ordered, source))
    book = (register.book_opening, None, None, None, None, register.book_closing)
    rows.append((None, *map(_money, book), BOOK_VALUE, None, _money(register.check), source.currency))
    warnings = [f"{name or member}: {check} does not add up." for member, *_, name, _, check, _ in rows if _off(check)]
    return Report("capital-accounts", source, ACCOUNTS, tuple(rows), tuple(warnings))


def _row(each: AccountRoll, names: Mapping[str, str], source: Source) -> tuple[Cell, ...]:
    name = names.get(each.member, each.member) if each.member is not None else OF_ALL[each.role]
    return _line(each.member, name, each, source)


def _total(accounts: list[AccountRoll], source: Source) -> tuple[Cell, ...]:
    parts = {part: sum(each.parts.get(part, 0) for each in accounts) for part in Part}
    opening, closing = (sum(getattr(each, name) for each in accounts) for name in ("opening", "closing"))
    return _line(None, TOTAL, AccountRoll(Role.BOOK, None, opening, closing, parts), source)


def _line(member: str | None, name: str, each: AccountRoll, source: Source) -> tuple[Cell, ...]:
    moved = {part: _money(each.parts.get(part, 0)) for part in Part}
    return (
        member,
        _money(each.opening),
        *(moved[part] for part in (Part.BUY_IN, Part.ALLOCATED, Part.LOSS, Part.REDEEMED)),
        _money(each.closing),
        name,
        moved[Part.OTHER],
        _money(each.check),
        source.currency,
    )


def _money(cents: int | None) -> Amount | None:
    return None if cents is None else Amount(cents, CENTS)


def _off(check: Cell) -> bool:
    return isinstance(check, Amount) and check.units != 0
