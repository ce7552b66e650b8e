"""A device that makes passkeys, in software: it does what a true one does, and what a false one would."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text_of(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey, and the browser that it is asked through.

    Attributes:
        origin: Where the browser says it is.
        verifies: Whether it has seen that it is its owner.
    """

    origin: str = "https://vestry.test"
    host: str = "vestry.test"
    verifies: bool = True
    count: int = 0
    handle: str = ""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str, **said: Any) -> str:
        """Return what a browser sends when a passkey was made."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        attested = b"\0" * 16 + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        response = {"attestationObject": text_of(cbor2.dumps(statement))}
        return self._answer("webauthn.create", asked["challenge"], response, said)

    def get(self, options: str, **said: Any) -> str:
        """Return what a browser sends when a passkey was used."""
        asked = json.loads(options)
        self.count += 1
        data = self._data(0)
        client = self._client_data("webauthn.get", said.get("challenge", asked["challenge"]))
        signed = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"authenticatorData": text_of(data), "signature": text_of(signed), "userHandle": self.handle}
        return self._answer("webauthn.get", asked["challenge"], response, said)

    def _answer(self, kind: str, challenge: str, response: dict[str, str], said: dict[str, Any]) -> str:
        client = self._client_data(kind, said.get("challenge", challenge))
        told = {"clientDataJSON": text_of(client), **response}
        return json.dumps({"id": text_of(self.id), "rawId": text_of(self.id), "type": "public-key", "response": told})

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return bytes(
            cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        )
