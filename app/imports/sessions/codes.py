"""Billing codes of psychotherapy: what each is, and how many minutes it stands for (sessions.md §5.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from ledger.sessions.values import MOST_MINUTES, Category

_SHAPE = re.compile(r"(\d{5}|[A-Z]\d{4})(?![0-9A-Z])")


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the CPT.

    Attributes:
        category: What kind of service it stands for.
        least: The fewest minutes that may be billed under it; 0 where no time is set.
        most: The most minutes that may be billed under it.
    """

    category: Category
    least: int = 0
    most: int = MOST_MINUTES


CPT = MappingProxyType(
    {
        "90791": Code(Category.INTAKE),
        "90792": Code(Category.INTAKE),
        "90832": Code(Category.INDIVIDUAL, 16, 37),
        "90834": Code(Category.INDIVIDUAL, 38, 52),
        "90837": Code(Category.INDIVIDUAL, 53),
        "90839": Code(Category.CRISIS, 30, 74),
        "90846": Code(Category.FAMILY_COUPLES, 26),
        "90847": Code(Category.FAMILY_COUPLES, 26),
        "90853": Code(Category.GROUP),
    }
)
"""Codes that are known without a map. Where an export has no minutes, a code stands for its fewest; the intake and the
group have no time set, so a map must give theirs."""

ADD_ONS = frozenset({"90785"})
"""Codes billed beside another one for the same minutes: no sessions of their own."""


def billing_code(text: str) -> str:
    """Return the code that a cell begins with (``"90837, 90785"``, ``"90837-95"``), or all of it in capitals."""
    cell = text.strip().upper()
    found = _SHAPE.match(cell)
    return found[1] if found else cell


def looks_like_a_code(text: str) -> bool:
    """Return whether a cell begins with a code of the CPT or the HCPCS, whether or not there is such a code."""
    return bool(_SHAPE.match(text.strip().upper()))
