"""Secrets and signatures of webhooks, as the Standard Webhooks have them. Pure."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret, as it is shown to whoever receives the webhook."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: HMAC-SHA256 of id, time in seconds and body."""
    key = b64decode(secret.removeprefix(PREFIX))
    return "v1," + b64encode(hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")).decode()


def headers(given: Iterable[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message, signed by each of some secrets."""
    signatures = " ".join(signature(secret, id, timestamp, body) for secret in given)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}
