"""Signed notes and checkpoints of the journal: the public formats of C2SP, byte for byte, and nothing invented.

A note is text and, after an empty line, signatures of it (C2SP ``signed-note``). A checkpoint is a note that says how
many entries a log has and which root stands for them (C2SP ``tlog-checkpoint``): whoever keeps one can prove later that
history was rewritten. Everything here is pure: bytes in, bytes out.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import Tampered
from ledger.merkle import HASH_BYTES

ED25519 = b"\x01"
"""How a note names the algorithm."""

ID_BYTES, SEED_BYTES, SIGNATURE_BYTES = 4, 32, 64
MOST_BYTES, MOST_SIGNATURES = 1_000_000, 100
PRIVATE = "PRIVATE+KEY+"
DASH = "\u2014 "

NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def decoded(text: str, what: str) -> bytes:
    """Return the bytes that base64 stands for, written in the one way that it is written.

    Raises:
        Tampered: It is not; ``what`` says what should have been.
    """
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or b64encode(data).decode() != text:
        raise Tampered(f"The {what} is not base64.")
    return data


def id_of(name: str, kind: bytes, public: bytes) -> bytes:
    """Return the four bytes that name a key in the line of a signature; ``kind`` is how a note names the algorithm."""
    return sha256(name.encode() + b"\n" + kind + public).digest()[:ID_BYTES]


def check_name(name: str) -> None:
    """Refuse a name that no key can have.

    Raises:
        Tampered: It is none.
    """
    if not name or "+" in name or any(letter.isspace() or not letter.isprintable() for letter in name):
        raise Tampered(f"A key can't be named {name!r}: a name has neither spaces nor a plus.")


def parted(text: str, called: str, *kinds: bytes) -> tuple[str, str, bytes, bytes]:
    """Return name, hash, kind and public half of a key that is written ``name+hash+base64``; the hash is not compared.

    Raises:
        Tampered: It is written in another way, or of none of ``kinds``; the message calls it as it is ``called``.
    """
    name, _, rest = text.strip().partition("+")
    digits, plus, encoded = rest.partition("+")
    if not plus:
        raise Tampered(f"A {called} is written name+hash+base64.")
    check_name(name)
    data = decoded(encoded, called)
    kind, public = data[:1], data[1:]
    if kind not in kinds or len(public) != SEED_BYTES:
        raise Tampered(f"The {called} is not an Ed25519 key.")
    return name, digits, kind, public


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key, and the name that it signs as."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that signatures of it begin with."""
        return id_of(self.name, ED25519, self.public)

    def __str__(self) -> str:
        """Return it as others write it: ``name+hash+base64``."""
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> VerifierKey:
        """Read what ``str`` wrote.

        Raises:
            Tampered: It is no verifier key, of another algorithm, or its hash does not fit.
        """
        name, digits, _, public = parted(text, "verifier key", ED25519)
        key = cls(name, public)
        if key.id.hex() != digits:
            raise Tampered(f"The verifier key's hash is {key.id.hex()}, and it says {digits}.")
        return key

    def holds(self, text: str, signature: bytes) -> bool:
        """Return whether ``signature`` is this key's under ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A key and the name that it signs as."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        """Refuse a name that a note can't carry."""
        check_name(self.name)

    def __repr__(self) -> str:
        """Return its name only: a seed must not come into a log."""
        return f"SignerKey({self.name!r})"

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def encode(self) -> str:
        """Return it as others write it: ``PRIVATE+KEY+name+hash+base64``."""
        return f"{PRIVATE}{self.name}+{self.verifier.id.hex()}+{b64encode(ED25519 + self.seed).decode()}"

    @classmethod
    def read(cls, text: str) -> SignerKey:
        """Read what ``encode`` wrote.

        Raises:
            Tampered: It is no key, of another algorithm, or its hash does not fit.
        """
        name, _, rest = text.strip().removeprefix(PRIVATE).partition("+")
        digits, plus, encoded = rest.partition("+")
        data = decoded(encoded, "signing key") if plus and text.startswith(PRIVATE) else b""
        if data[:1] != ED25519 or len(data) != 1 + SEED_BYTES:
            raise Tampered("This is not a signing key.")
        key = cls(name, data[1:])
        if key.verifier.id.hex() != digits:
            raise Tampered("The signing key's hash does not fit.")
        return key

    def sign(self, text: str) -> str:
        """Return the line that signs ``text``, which must end a line."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{DASH}{self.name} {b64encode(self.verifier.id + signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries a log has, and the root that stands for them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def encode(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """Read what ``encode`` wrote.

        Raises:
            Tampered: It is no checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or "" in lines:
            raise Tampered("A checkpoint has three lines: origin, number of entries, root.")
        origin, size, root, *more = lines
        if not NUMBER.fullmatch(size):
            raise Tampered(f"The second line of a checkpoint is a number of entries, not {size[:40]!r}.")
        digest = decoded(root, "root of the checkpoint")
        if len(digest) != HASH_BYTES:
            raise Tampered(f"The root of a checkpoint has {HASH_BYTES} bytes, not {len(digest)}.")
        return cls(origin, int(size), digest, tuple(more))


def halves(note: str) -> tuple[str, str]:
    """Return what is signed in a note, and the lines of its signatures; nothing is checked."""
    text, _, lines = note.rpartition("\n\n")
    return f"{text}\n", lines


def signed(checkpoint: Checkpoint, key: SignerKey) -> str:
    """Return the note in which ``key`` signs a checkpoint."""
    text = checkpoint.encode()
    return f"{text}\n{key.sign(text)}"


def open_note(note: str, keys: Sequence[VerifierKey]) -> tuple[str, tuple[VerifierKey, ...]]:
    """Return a note's text and which of ``keys`` signed it.

    Signatures of other keys are passed over, as the format asks.

    Raises:
        Tampered: It is no note, a signature of one of ``keys`` does not hold, or none of them signed it.
    """
    if len(note) > MOST_BYTES or any(letter < " " and letter != "\n" for letter in note):
        raise Tampered("This is not a signed note: it is too long or has control characters.")
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise Tampered("This is not a signed note: text, an empty line and signatures.")
    text += "\n"
    listed = lines.removesuffix("\n").split("\n")
    if len(listed) > MOST_SIGNATURES:
        raise Tampered(f"A note has at most {MOST_SIGNATURES} signatures.")
    found: list[VerifierKey] = []
    for line in listed:
        name, space, encoded = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or not space:
            raise Tampered(f"This is not the line of a signature: {line[:60]!r}.")
        data = decoded(encoded, f"signature of {name[:60]}")
        key = next((each for each in keys if each.name == name and each.id == data[:ID_BYTES]), None)
        if key is None or key in found:
            continue
        if len(data) != ID_BYTES + SIGNATURE_BYTES or not key.holds(text, data[ID_BYTES:]):
            raise Tampered(f"The signature of {name} does not hold: the text was changed, or another key signed it.")
        found.append(key)
    if not found:
        names = ", ".join(sorted({line.removeprefix(DASH).split(" ")[0][:60] for line in listed}))
        raise Tampered(f"None of the known keys signed this; signed it is by other keys, as {names}.")
    return text, tuple(found)


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint in a note that a log signed with ``key``.

    Raises:
        Tampered: It is no checkpoint, another key signed it, or it is of another log.
    """
    text, _ = open_note(note, [key])
    checkpoint = Checkpoint.read(text)
    if checkpoint.origin != key.name:
        raise Tampered(f"The checkpoint is of the log {checkpoint.origin}, not of {key.name}.")
    return checkpoint
