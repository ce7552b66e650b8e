"""Quantities between the API and the ledger: decimal strings outside, minor units of a class inside, never rounded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ledger.equity.values import Plan, Security, ShareClass
from ledger.errors import NotAllowedNow
from ledger.reading import find
from ledger.types import parse_units


def units_in(share_class: ShareClass, text: str, *, field: str = "quantity", least: int = 1) -> int:
    """Return a quantity in minor units of a class.

    Raises:
        QuantityInvalid: Too many decimal places, below ``least`` (0 or 1), or above 2^53 - 1 minor units.
    """
    if least == 0 and not text.strip("0."):
        return 0
    return parse_units(text, share_class.decimals, field=field)


def change_in(share_class: ShareClass, text: str, *, field: str = "change") -> int:
    """Return a change in minor units of a class: below zero with a minus sign.

    Raises:
        QuantityInvalid: See ``units_in``.
    """
    size = units_in(share_class, text.removeprefix("-"), field=field)
    return -size if text.startswith("-") else size


def units_of(db: Session, security_id: str, text: str, *, field: str = "quantity", least: int = 1) -> int:
    """Return a quantity in minor units of a security's class.

    Raises:
        NotFound: No such security.
        NotAllowedNow: It is a note or warrant, which may be of no class.
        QuantityInvalid: See ``units_in``.
    """
    class_id = find(db, Security, security_id).class_id
    if class_id is None:
        raise NotAllowedNow("This is a note or a warrant; it has routes of its own.", field="security")
    return units_in(find(db, ShareClass, class_id), text, field=field, least=least)


def class_of_plan(db: Session, plan_id: str) -> ShareClass:
    """Return the class that a plan's awards are counted in.

    Raises:
        NotFound: No such plan.
    """
    return find(db, ShareClass, find(db, Plan, plan_id).class_id)
