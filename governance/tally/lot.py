"""Lots: an order that nobody can choose, fixed before voting and told afterwards.

Before the vote opens the digest of a random seed is published; when it closes the seed is. Whoever has it can make the
order again: options sorted by SHA-256 of seed and key. A lot decides only what no rule decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

SEED_BYTES = 32


def lot_order(seed: bytes, options: Iterable[str]) -> tuple[str, ...]:
    """Return options in the order of their lots: the first is elected first, and the last goes out first."""
    return tuple(sorted(options, key=lambda option: sha256(seed + b"|" + option.encode()).digest()))


def commitment(seed: bytes) -> str:
    """Return what is published of a seed before the vote: its SHA-256, hex."""
    return sha256(seed).hexdigest()
