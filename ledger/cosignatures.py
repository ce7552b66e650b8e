"""Cosignatures: witnesses say that a checkpoint goes on from the one that they saw before. C2SP, byte for byte.

A witness keeps the newest checkpoint of a log that it has seen, and signs a later one only with a proof that nothing
before was changed (C2SP ``tlog-witness``). What it adds to the note is a line with the time at which it did so (C2SP
``tlog-cosignature``, ``cosignature/v1``, Ed25519). Everything here is pure: bytes in, bytes out.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import Tampered
from ledger.notes import (
    DASH,
    ED25519,
    ID_BYTES,
    MOST_BYTES,
    MOST_SIGNATURES,
    SIGNATURE_BYTES,
    Checkpoint,
    VerifierKey,
    decoded,
    halves,
    id_of,
    open_checkpoint,
    parted,
)

COSIGNATURE = b"\x04"
"""How a key that signs so is marked."""

TIME_BYTES = 8
MOST_PROOF = 63
"""How many hashes a witness reads."""

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public half of a witness's key, and the name that it signs as."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that cosignatures of it begin with."""
        return id_of(self.name, COSIGNATURE, self.public)

    def __str__(self) -> str:
        """Return it as others write it: ``name+hash+base64``."""
        return f"{self.name}+{self.id.hex()}+{b64encode(COSIGNATURE + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> WitnessKey:
        """Read what ``str`` wrote, or the same key written as one that signs notes, as some witnesses publish theirs.

        Raises:
            Tampered: It is no verifier key, of another algorithm, or its hash does not fit.
        """
        name, digits, kind, public = parted(text, "witness's key", COSIGNATURE, ED25519)
        if id_of(name, kind, public).hex() != digits:
            raise Tampered(f"The hash of the witness's key is {id_of(name, kind, public).hex()}, and it says {digits}.")
        return cls(name, public)

    def holds(self, text: str, at: int, signature: bytes) -> bool:
        """Return whether ``signature`` says that this witness saw the checkpoint ``text`` at second ``at``."""
        return VerifierKey(self.name, self.public).holds(cosigned(text, at), signature)


def cosigned(text: str, at: int) -> str:
    """Return what a witness signs under a checkpoint's text at ``at``, in seconds since 1970."""
    return f"cosignature/v1\ntime {at}\n{text}"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness's word that a checkpoint goes on from the one before.

    Attributes:
        key: Whose word.
        at: When, in seconds since 1970, by the witness's clock.
        line: The line that a note carries, with its end.
    """

    key: WitnessKey
    at: int
    line: str


def cosignatures(text: str, lines: str, keys: Sequence[WitnessKey]) -> tuple[Cosignature, ...]:
    """Return what ``keys`` say in lines of signatures under a checkpoint's text; lines of others are passed over.

    Raises:
        Tampered: They are no lines of signatures, or one of ``keys`` does not hold.
    """
    if len(lines) > MOST_BYTES or (lines and not lines.endswith("\n")):
        raise Tampered("These are not lines of signatures.")
    listed = lines.split("\n")[:-1]
    if len(listed) > MOST_SIGNATURES:
        raise Tampered(f"A note has at most {MOST_SIGNATURES} signatures.")
    found: dict[WitnessKey, Cosignature] = {}
    for line in listed:
        name, space, encoded = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or not space:
            raise Tampered(f"This is not the line of a signature: {line[:60]!r}.")
        data = decoded(encoded, f"signature of {name[:60]}")
        key = next((each for each in keys if each.name == name and each.id == data[:ID_BYTES]), None)
        if key is None or key in found:
            continue
        stamp, signature = data[ID_BYTES : ID_BYTES + TIME_BYTES], data[ID_BYTES + TIME_BYTES :]
        at = int.from_bytes(stamp, "big")
        if len(signature) != SIGNATURE_BYTES or at >= 2**63 or not key.holds(text, at, signature):
            raise Tampered(f"The cosignature of {name} does not hold: it is of another checkpoint, or by another key.")
        found[key] = Cosignature(key, at, f"{line}\n")
    return tuple(found.values())


def open_cosigned(
    note: str, key: VerifierKey, witnesses: Sequence[WitnessKey]
) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
    """Return the checkpoint in a note that a log signed with ``key``, and what ``witnesses`` say of it.

    Raises:
        Tampered: It is no checkpoint of that log, or a cosignature of one of ``witnesses`` does not hold.
    """
    checkpoint = open_checkpoint(note, key)
    return checkpoint, cosignatures(*halves(note), witnesses)


def request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """Return what a witness is sent: what it has seen, how that leads to a checkpoint, and the checkpoint."""
    head = (f"old {old}", *(b64encode(node).decode() for node in proof))
    return ("".join(f"{line}\n" for line in head) + f"\n{note}").encode()


def seen_size(body: bytes) -> int | None:
    """Return how many entries a witness says that it has seen, where it answers 409; None where it says no number."""
    found = _SIZE.fullmatch(body)
    return int(found[1]) if found else None
