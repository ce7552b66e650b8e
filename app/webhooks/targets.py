"""Where a webhook may go: over https, to the public internet, and to the address that was looked at and no other.

Names are resolved once for each delivery; the connection is made to the address that was judged, so that a name which
means something else a moment later (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias
from urllib.parse import urlsplit

from ledger.errors import Invalid

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns the addresses that a name has."""

LONGEST_URL = 500
MOST_ADDRESSES = 3
"""Of one name that are tried: of two, the first may be one that this machine has no way to (IPv6)."""

PORTS = {"https": 443, "http": 80}

NEVER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own service for its machines, at an address that looks public
        "169.254.0.0/16",  # this link, and the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays between IPv4 and IPv6
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # to many at once, kept for later, and to all
        "2001::/23",  # among others IPv4 addresses in clothes of IPv6
        "2001:db8::/32",
        "2002::/16",  # and these
        "3fff::/20",
    )
)
"""What is not the public internet, whichever release of Python knows of it."""

UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is public; the rest is this machine, this link, this site, or IPv4 in other clothes."""

INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")
"""How names end that only mean something inside."""


class TargetRefused(Exception):
    """The name leads to an address that webhooks do not go to."""


class TargetUnknown(Exception):
    """The name leads nowhere."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an operator allows beyond the public internet over https.

    Attributes:
        networks: Private networks that webhooks may go to.
        http: Whether they may go unencrypted.
    """

    networks: tuple[Network, ...] = ()
    http: bool = False

    def has(self, address: Address) -> bool:
        """Return whether webhooks may go to an address."""
        mapped = getattr(address, "ipv4_mapped", None)
        plain: Address = address if mapped is None else mapped
        if any(plain in network for network in self.networks if network.version == plain.version):
            return True
        if any(plain in network for network in NEVER if network.version == plain.version):
            return False
        return plain.version == 4 or plain in UNICAST


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook's address, taken apart.

    Attributes:
        host: A name, or a bare IP address.
        path: With what follows on it.
    """

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, allowed: Allowed) -> Target:
    """Return the target that an address names, as far as can be told without asking anybody.

    Raises:
        Invalid: It is no address of this kind, or one that webhooks do not go to.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Invalid(f"Write an address of at most {LONGEST_URL} plain characters, such as {EXAMPLE}.", field="url")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Invalid(f"This is no address; write it like {EXAMPLE}.", field="url") from None
    if parts.scheme not in PORTS or not host or (parts.scheme == "http" and not allowed.http):
        raise Invalid(f"Webhooks go over https: write the address like {EXAMPLE}.", field="url")
    if "@" in parts.netloc or parts.fragment:
        raise Invalid("Leave the name, the password and what follows on # out of the address.", field="url")
    if port == 0:
        raise Invalid(f"This is no address; write it like {EXAMPLE}.", field="url")
    literal = _literal(host)
    if literal is None and not allowed.networks and _is_inside(host):
        raise Invalid(OUTSIDE_ONLY, field="url")
    if literal is not None and not allowed.has(literal):
        raise Invalid(OUTSIDE_ONLY, field="url")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


EXAMPLE = "https://ehr.example.org/vestry"
OUTSIDE_ONLY = "Webhooks go to the public internet only; whoever runs the service can allow a network of their own."


def _is_inside(host: str) -> bool:
    return "." not in host or f".{host}".endswith(INSIDE)


def _literal(host: str) -> Address | None:
    """Return the address that a host is, in any spelling that a resolver would take for one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        # 127.1, 0x7f000001 and 2130706433 are 127.0.0.1, too
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name as this machine knows them."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def addresses_for(target: Target, allowed: Allowed, resolver: Resolver = resolve) -> tuple[str, ...]:
    """Return the addresses to connect to, the first that answers.

    A name of which one address is private is refused altogether: whoever gives it out tries something.

    Raises:
        TargetRefused: Webhooks do not go there.
        TargetUnknown: The name has no address.
    """
    try:
        found = [ipaddress.ip_address(one) for one in resolver(target.host, target.port)]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise TargetUnknown
    if not all(allowed.has(one) for one in found):
        raise TargetRefused
    return tuple(map(str, found[:MOST_ADDRESSES]))
