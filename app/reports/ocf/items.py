"""The small pieces that items of the format are made of."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from app.imports.ocf.remarks import FIELD, Object
from ledger.equity.vesting.table import Mark, Table
from ledger.types import Price, decimal_text

ISSUER = "issuer"
"""Not a list: the company stands in the manifest itself."""

STAKEHOLDERS = "stakeholders_files"
CLASSES = "stock_classes_files"
PLANS = "stock_plans_files"
TERMS = "vesting_terms_files"
VALUATIONS = "valuations_files"
TRANSACTIONS = "transactions_files"


class Listed(NamedTuple):
    """An item and the list of the manifest that its file belongs to."""

    list: str
    item: Object


def item(object_type: str, id: str, ours: Object | None = None, **fields: object) -> Object:
    """Return an item without the fields that are None; ``ours`` is what the format has no words for."""
    made = {"object_type": object_type, "id": id} | _given(fields)
    own = _given(ours or {})
    return {**made, FIELD: own} if own else made


def _given(fields: Object) -> Object:
    return {name: _plain(value) for name, value in fields.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return money(value) if isinstance(value, Price) else value


def money(price: Price) -> Object:
    """Return a price as the format writes money: at most ten decimal places, the digits after them left to us."""
    return {"amount": price.text, "currency": price.currency}


def vestings(table: Table, decimals: int) -> list[Object]:
    """Return a table as the format materialises it: one amount a day, and 9999-12-31 for what has no day yet."""
    amounts: dict[date, int] = {}
    for row in table:
        if row.mark is not Mark.FORFEITED:
            day = row.date if row.mark in {Mark.SCHEDULED, Mark.ACCELERATED} else date.max
            amounts[day] = amounts.get(day, 0) + row.quantity
    days = sorted(amounts)
    return [{"date": day.isoformat(), "amount": decimal_text(amounts[day], decimals)} for day in days]
