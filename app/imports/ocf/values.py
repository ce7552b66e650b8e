"""Values of items as the ledger has them: quantities in minor units, prices, days, and what an export of ours added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from app.imports.ocf.models.shape import words
from app.imports.ocf.package import as_date
from app.imports.ocf.remarks import FIELD, Object
from app.imports.ocf.transactions import Quantity, number
from ledger.errors import Refusal
from ledger.types import MOST_UNITS, Price

_SHAPES: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(words("assumed amount promised triggers"), list),
    **dict.fromkeys(words("detail events files identity plain price windows"), dict),
    **dict.fromkeys(words("at decimals ordered_from votes_per_share"), int),
    **dict.fromkeys(words("from_treasury held_to_grant_date holds_to_grant_date into_treasury licensed_only"), bool),
    **dict.fromkeys(words("licensed nameless pauses_for_leave priceless protection"), bool),
    **dict.fromkeys(words("as class_id counsel_memo_ref currency engagement expires_on fiscal_year_end kind on"), str),
    **dict.fromkeys(words("order quantity resolution_ref time_zone valuation_id vesting_start"), str),
    "vesting": (dict, list),
}
"""What an export of ours says of an item beyond the format, and as what."""


def ours(item: Mapping[str, Any]) -> Object:
    """Return what an export of ours said of an item beyond the format; nothing for anybody else's.

    Whoever made the package may have written anything there; what no export of ours would have written is left out.
    """
    said = item.get(FIELD)
    if not isinstance(said, dict):
        return {}
    return {
        name: value
        for name, value in said.items()
        if name in _SHAPES and isinstance(value, _SHAPES[name]) and is_writable(value)
    }


def is_writable(value: object) -> bool:
    """Return whether JSON may stand in the journal: no fractions, and no whole numbers that not every reader has."""
    if isinstance(value, dict):
        return all(is_writable(inner) for inner in value.values())
    if isinstance(value, list):
        return all(is_writable(inner) for inner in value)
    if isinstance(value, int):
        return abs(value) <= MOST_UNITS
    return value is None or isinstance(value, str)


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
