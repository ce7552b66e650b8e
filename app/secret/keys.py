"""The key file: what the keys of secret votes are encrypted with, kept apart from every database and its backups."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES, NONCE_BYTES = 32, 12


class KeyFileUnfit(RuntimeError):
    """The key file can't be read, or did not encrypt what stands in the database."""


class KeyFile:
    """Encrypts and decrypts with the key in a file, which is made when it is first needed (AES-256-GCM)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, plain: bytes, *, of: str) -> bytes:
        """Return something encrypted.

        Args:
            plain: What.
            of: What it belongs to; it opens for nothing else.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key()).encrypt(nonce, plain, of.encode())

    def unseal(self, sealed: bytes, *, of: str) -> bytes:
        """Return what ``seal`` encrypted.

        Raises:
            KeyFileUnfit: Another key did, or for something else.
        """
        try:
            return AESGCM(self._key()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], of.encode())
        except InvalidTag:
            raise KeyFileUnfit(f"{self._path} is not the key file that this database was used with.") from None

    def _key(self) -> bytes:
        try:
            # made by one of several processes: the others find it there
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        key = self._path.read_bytes()
        if len(key) != KEY_BYTES:
            raise KeyFileUnfit(f"{self._path} is no key file: it has {len(key)} bytes instead of {KEY_BYTES}.")
        return key
