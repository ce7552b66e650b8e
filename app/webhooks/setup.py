"""What webhooks go out with: the key file that encrypts their secrets, and where the operator lets them go."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from app.config import Settings
from app.secret.keys import KeyFile
from app.webhooks.targets import Allowed, Resolver, resolve


class WebhooksUnset(ValueError):
    """The settings name a network that is none."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What it takes to send.

    Attributes:
        keys: What secrets are encrypted with.
        resolver: Who knows the addresses of names.
    """

    keys: KeyFile
    allowed: Allowed
    resolver: Resolver = resolve

    def seal(self, webhook: str, secret: str) -> bytes:
        """Return a secret encrypted; it opens for this webhook only."""
        return self.keys.seal(secret.encode(), of=f"webhook:{webhook}")

    def unseal(self, webhook: str, sealed: bytes) -> str:
        """Return a secret that ``seal`` encrypted.

        Raises:
            KeyFileUnfit: Another key file did.
        """
        return self.keys.unseal(sealed, of=f"webhook:{webhook}").decode()


def outgoing_of(settings: Settings) -> Outgoing:
    """Return what the settings say.

    Raises:
        WebhooksUnset: A network in them is none.
    """
    try:
        networks = tuple(ipaddress.ip_network(one) for one in settings.webhook_networks.split())
    except ValueError as wrong:
        raise WebhooksUnset(
            f"VESTRY_WEBHOOK_NETWORKS: {wrong}. Write networks like 10.20.0.0/16, separated by spaces."
        ) from None
    return Outgoing(KeyFile(settings.key_path), Allowed(networks, settings.webhook_http))
