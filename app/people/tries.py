"""How often somebody may try to get in: each failure costs one try, and tries come back with time.

Kept in the process: whoever runs several has as many times the tries, which is few all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MOST = 20
BACK_EVERY = timedelta(seconds=30)
"""After how long one try comes back."""

MOST_ADDRESSES = 10_000
"""Of how many addresses this is remembered; those that are whole again are forgotten first."""


class Tries:
    """The tries that each address has left. A secret has 256 bits: this is for the log and the load, not for luck."""

    def __init__(self) -> None:
        self._whole_at: dict[str, datetime] = {}

    def has_left(self, address: str, now: datetime) -> bool:
        """Return whether an address may try once more."""
        return self._whole_at.get(address, now) <= now + (MOST - 1) * BACK_EVERY

    def take(self, address: str, now: datetime) -> None:
        """Take a try from an address: somebody there failed."""
        if len(self._whole_at) >= MOST_ADDRESSES:
            self._whole_at = {key: at for key, at in self._whole_at.items() if at > now}
        if len(self._whole_at) < MOST_ADDRESSES or address in self._whole_at:
            self._whole_at[address] = max(self._whole_at.get(address, now), now) + BACK_EVERY
