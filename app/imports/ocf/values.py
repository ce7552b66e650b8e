"""Values of items as the ledger has them: quantities in minor units, prices, days, and what an export of ours added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from app.imports.ocf.package import as_date
from app.imports.ocf.remarks import FIELD, Object
from app.imports.ocf.transactions import Quantity, number
from ledger.errors import Refusal
from ledger.types import MOST_UNITS, Price


def ours(item: Mapping[str, Any]) -> Object:
    """Return what an export of ours said of an item beyond the format; nothing for anybody else's."""
    said = item.get(FIELD)
    return said if isinstance(said, dict) else {}


def units(quantity: Quantity, decimals: int) -> int:
    """Return a quantity in minor units of a class, what is finer cut off."""
    return int(Fraction(quantity) * 10**decimals)


def written_units(written: object, decimals: int) -> int:
    """Return a written quantity in minor units of a class; 0 where it is none."""
    found = number(written)
    return 0 if found is None else units(found, decimals)


def price(written: object) -> Price | None:
    """Return an amount of money, or None where there is none that a price could be."""
    if not isinstance(written, dict):
        return None
    amount, currency = written.get("amount"), written.get("currency")
    if not isinstance(amount, str) or not isinstance(currency, str):
        return None
    try:
        return Price.parse(amount, currency)
    except Refusal:
        return None


def ratio(written: object) -> tuple[int, int] | None:
    """Return a ratio in its lowest terms, or None where it is none above zero."""
    if not isinstance(written, dict):
        return None
    above, below = number(written.get("numerator")), number(written.get("denominator"))
    if not above or not below or above < 0 or below < 0:
        return None
    exact = Fraction(above) / Fraction(below)
    return (exact.numerator, exact.denominator) if max(exact.numerator, exact.denominator) <= MOST_UNITS else None


def whole(written: object, default: int) -> int:
    """Return a written number as a whole one, what is finer cut off, or the default where it is none above zero."""
    found = number(written) if isinstance(written, str) else written
    return int(found) if isinstance(found, int | Fraction) and 0 <= found <= MOST_UNITS else default


def text(written: object) -> str | None:
    """Return a text that says something, or None."""
    return written if isinstance(written, str) and written.strip() else None


def day(written: object) -> date | None:
    """Return a day, or None."""
    return as_date(written)
