"""How registrar, box and witness hear of each other: they read what the other has published, and nothing else."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Protocol

SECONDS = 20
MOST_BYTES = 256 * 1024 * 1024


class OtherUnreachable(RuntimeError):
    """The other side does not answer; it is asked again later."""


class OtherUnfit(OtherUnreachable):
    """The other side answers, but not what it has to: somebody has to look at it before it is asked again."""


class Other(Protocol):
    """The other side, by what it publishes."""

    def get(self, path: str) -> bytes | None:
        """Return what stands under a path, or None where there is nothing (yet).

        Raises:
            OtherUnreachable: It does not answer.
        """


class Inside:
    """The other side in the same process."""

    def __init__(self, published: Callable[[str], bytes | None]) -> None:
        self._published = published

    def get(self, path: str) -> bytes | None:
        """Return what stands under a path, or None."""
        return self._published(path)


class Elsewhere:
    """The other side as a process of its own, over HTTP."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def get(self, path: str) -> bytes | None:
        """Return what stands under a path, or None; see ``Other``."""
        try:
            with urllib.request.urlopen(f"{self._address}{path}", timeout=SECONDS) as answer:
                body: bytes = answer.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise OtherUnreachable(f"{self._address} answers {error.code}.") from None
        except (OSError, ValueError) as error:
            raise OtherUnreachable(f"{self._address} does not answer: {error}.") from None
        if len(body) > MOST_BYTES:
            raise OtherUnreachable(f"{self._address} answers with more than can be read.")
        return body
