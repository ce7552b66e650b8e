"""How many requests are answered, and how soon the next: so that one program that runs wild does not stop the others.

Whoever shows a token that is good has what one token may take. Whoever shows none, or one not yet seen to be good,
shares what their address may take, and a wrong token costs ten of it. Each has a bucket of requests that fills again
evenly: a minute's requests may come all at once, and then as many as the time brings back.

Kept in the process: several workers give as much each. Memory is bounded: those not heard of for longest are forgotten,
and are whole when they come again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address, ip_network

WINDOW_SECONDS = 60

WRONG_COSTS = 10
"""As many requests of an address as a token costs that is not good."""

MOST_KEPT = 10_000
"""Of how many tokens, and of how many addresses, it is known what they have left."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with a request.

    Attributes:
        policy: By what they are counted: ``token`` or ``address``.
        quota: How many requests they have in a minute.
        left: How many more they could send at once.
        whole_in: After how many seconds they have all of them again.
        wait: After how many seconds they have one again; 0 where this one is answered.
    """

    policy: str
    quota: int
    left: int
    whole_in: int
    wait: int

    def headers(self) -> dict[str, str]:
        """Return what an answer says of it (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.whole_in}',
        }


class Buckets:
    """What each of many has left of the same quota."""

    def __init__(self, policy: str, quota: int, clock: Callable[[], float]) -> None:
        """Begin with everybody whole; a quota of 0 is no limit."""
        self.policy, self.quota = policy, quota
        self._clock, self._a_second = clock, quota / WINDOW_SECONDS
        # in the order in which they were last heard of
        self._left: dict[str, tuple[float, float]] = {}

    def __contains__(self, key: str) -> bool:
        """Return whether somebody has been heard of."""
        return key in self._left

    def take(self, key: str, most: int = 1) -> Standing | None:
        """Take so many requests from somebody, or what they have; None where nobody is limited."""
        if self.quota == 0:
            return None
        now = self._clock()
        left, at = self._left.pop(key, (float(self.quota), now))
        left = min(self.quota, left + (now - at) * self._a_second)
        answered = left >= 1
        left = max(0.0, left - most) if answered else left
        if len(self._left) >= MOST_KEPT:
            del self._left[next(iter(self._left))]
        self._left[key] = left, now
        wait = 0 if answered else math.ceil((1 - left) / self._a_second)
        return Standing(self.policy, self.quota, int(left), math.ceil((self.quota - left) / self._a_second), wait)

    def forget(self, key: str) -> None:
        """Forget somebody."""
        self._left.pop(key, None)


class Limits:
    """The limits of all who come."""

    def __init__(self, per_token: int, per_address: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with everybody whole.

        Args:
            per_token: Requests a minute of a token that is good; 0 for no limit.
            per_address: Requests a minute of an address, without such a token; 0 for no limit.
            clock: Seconds since whenever, never backwards.
        """
        self.tokens = Buckets("token", per_token, clock)
        self.addresses = Buckets("address", per_address, clock)

    def take(self, shown: str | None, address: str) -> Standing | None:
        """Take a request from whoever comes with an ``Authorization`` header or without; None where no limit is."""
        if shown is not None and (key := _digest(shown)) in self.tokens:
            return self.tokens.take(key)
        return self.addresses.take(network_of(address))

    def good(self, shown: str) -> None:
        """Learn that what somebody shows is a good token: from now on it has a bucket of its own."""
        key = _digest(shown)
        if key not in self.tokens:
            self.tokens.take(key)

    def wrong(self, shown: str, address: str) -> None:
        """Learn that what somebody shows is no token, or one that is good no more."""
        self.tokens.forget(_digest(shown))
        self.addresses.take(network_of(address), WRONG_COSTS - 1)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6, the network of 64 bits that one customer has."""
    if ":" not in address:
        return address
    try:
        version6 = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ip_network((version6, 64), strict=False))


def _digest(shown: str) -> str:
    return sha256(shown.encode("latin-1", "replace")).hexdigest()
