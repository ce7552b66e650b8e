"""The kinds of entry: a closed vocabulary; a verifier fails on one it does not know.

Each package declares its own with ``declare``, beside the deeds that write them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from ledger.errors import Tampered

KINDS: dict[str, str] = {"journal.reversed": "An earlier entry is undone by its opposite."}
"""Kind -> what it means."""


FINAL: set[str] = set()
"""Kinds that can't be reversed: what was decided together is undone by deciding together."""

K = TypeVar("K", bound=StrEnum)


def declare(kinds: type[K]) -> type[K]:
    """Add a package's kinds to the vocabulary; use as a class decorator."""
    for member in kinds:
        KINDS[member.value] = member.name
    return kinds


def declare_final(kinds: type[K]) -> type[K]:
    """Add kinds that nobody can reverse; use as a class decorator."""
    FINAL.update(member.value for member in kinds)
    return declare(kinds)


def check_kind(kind: str) -> None:
    """Refuse a kind that no package declared.

    Raises:
        Tampered: The kind is unknown.
    """
    if kind not in KINDS:
        raise Tampered(f"{kind!r} is no kind of entry that this version knows.")
