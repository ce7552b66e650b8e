"""Cents and shares between the API and the ledger: decimal strings outside, whole cents and exact fractions inside."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.api.fields import Money, Told, shown
from ledger.errors import Invalid
from ledger.types import Price, decimal_text, parse_units

CENTS = 2
"""Decimal places of an amount in cents."""

SHARE = r"^[0-9]{1,9}(/[1-9][0-9]{0,8}|\.[0-9]{1,9})?$"


def _check_share(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(SHARE, value):
        raise PydanticCustomError("share_form", 'Not a share: write a string such as "3/10" or "0.3".')
    return value


Share = Annotated[
    str, BeforeValidator(_check_share), WithJsonSchema({"type": "string", "pattern": SHARE, "examples": ["3/10"]})
]
"""A part of a whole, exact."""


class Balance(Told):
    """An amount of money that may be below zero."""

    model_config = shown({"value": "-928.93", "currency": "USD"})

    value: str
    currency: str

    @classmethod
    def of(cls, cents: int, currency: str) -> Balance:
        """Return cents as the API writes them."""
        return cls(value=decimal_text(cents, CENTS), currency=currency)


def fraction(share: Share) -> Fraction:
    """Return a share as a fraction."""
    return Fraction(share)


def cents_in(money: Money, currency: str, *, field: str) -> int:
    """Return an amount in whole cents of the company's currency.

    Raises:
        Invalid: Another currency.
        QuantityInvalid: Nothing, more than two places, or too much.
    """
    if money.currency != currency:
        raise Invalid(f"The books are kept in {currency}.", field=field)
    return parse_units(money.amount, CENTS, field=field)


def money_of(cents: int, currency: str) -> Money:
    """Return cents, zero or more, as the API writes them."""
    return Money(amount=Price(cents, CENTS, currency).text, currency=currency)
