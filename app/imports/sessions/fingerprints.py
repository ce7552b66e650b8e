"""Fingerprints: they tell a row that was sent before, and nobody without the key can guess what is behind one.

No client goes into one, not even hashed (sessions.md §5.3): a row of a client's is told by its place in the provider's
calendar alone.
"""

from __future__ import annotations

import hashlib
from typing import Final

LENGTH: Final = 16
"""Bytes of a fingerprint, the first of an HMAC-SHA256; 32 digits in hex."""

_BLOCK = 64
_SEPARATOR = "\x1f"


class Prints:
    """HMAC-SHA256 under one key, prepared once: half the time of a call to ``hmac``, and a million are made."""

    def __init__(self, key: bytes) -> None:
        """Prepare the key.

        Args:
            key: The organisation's secret, 16 bytes or more.
        """
        if len(key) < LENGTH:
            raise ValueError("A key for fingerprints has 16 bytes or more.")
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def of(self, message: bytes) -> bytes:
        """Return the fingerprint of a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()[:LENGTH]


def joined(*parts: str) -> bytes:
    """Return parts as one message that no other parts make."""
    return _SEPARATOR.join(part.replace(_SEPARATOR, " ") for part in parts).encode("utf-8", "surrogatepass")


def fingerprint(key: bytes, system: str, provider: str, start: str, code: str, minutes: str) -> str:
    """Return the fingerprint of one session as 32 hex digits (sessions.md §5.5).

    Args:
        key: The organisation's secret.
        system: What the row comes from, such as ``simplepractice``.
        provider: Holder id.
        start: Local, to the minute: ``2025-06-01T10:00``; or just the day, where the source tells no more.
        code: Billing code, or the category where the source has none.
        minutes: As the source tells them; empty where they come out of a map, so that a map changed later does not make
            a session look new.
    """
    return Prints(key).of(joined(system, provider, start, code, minutes)).hex()
