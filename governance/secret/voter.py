"""The voter's side: a one-time key, a pass that is signed unseen, a ballot, and what the voter checks. All of it pure.

Files are canonical JSON. The request is written down before it is sent: if the answer is lost, the same request brings
the same answer. The pass holds no trace of it, so that whoever finds the pass can't tell who asked for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from governance.secret import canonical
from governance.secret.blind import Blinded, blind, finalize, modulus_bytes, prepare_randomize, verify
from governance.secret.box_files import Receipt, check_receipt, read_log
from governance.secret.errors import (
    BallotMissing,
    LogInvalid,
    NotCanonical,
    OtherPoll,
    Outvoted,
    PassSignatureInvalid,
    ReceiptInvalid,
)
from governance.secret.formats import (
    BALLOT_HEADER,
    Checked,
    Record,
    ballot_text,
    check_record,
    p256_sign,
    pass_id,
    pass_msg,
    record_id,
    tracking_code,
)
from governance.secret.manifest import Manifest
from ledger.types import Json

VERSION = 1


@dataclass(frozen=True, slots=True)
class OneTimeKey:
    """The key a voter signs the ballots of one poll with, and then deletes."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> OneTimeKey:
        """Return a fresh key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def point(self) -> bytes:
        """The public key as ballots hold it: an uncompressed point, 65 bytes."""
        encoding, form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        return self.private.public_key().public_bytes(encoding, form)

    def to_text(self) -> str:
        """Return it as PKCS #8, in base64, as browsers export it."""
        encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
        return canonical.to_base64(self.private.private_bytes(encoding, form, serialization.NoEncryption()))

    @classmethod
    def from_text(cls, text: object) -> OneTimeKey:
        """Return the key that ``to_text`` wrote.

        Raises:
            NotCanonical: It is none of P-256.
        """
        try:
            key = serialization.load_der_private_key(canonical.from_base64(text), None)
        except (ValueError, TypeError):
            raise NotCanonical("The one-time key can't be read.") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise NotCanonical("The one-time key is none of P-256.")
        return cls(key)


@dataclass(frozen=True, slots=True, repr=False)
class PassRequest:
    """A pass that was asked for: kept until it is finished, and then deleted.

    Attributes:
        poll: Hash of the poll, hex.
        key: The voter's own.
        prefix: The 32 random bytes in front of the pass.
        blinded: What each registrar is to sign.
    """

    poll: str
    key: OneTimeKey
    prefix: bytes
    blinded: tuple[Blinded, ...]

    def body(self) -> dict[str, Json]:
        """Return what is sent to the registrar."""
        return {"blinded": [canonical.to_base64(one.blinded) for one in self.blinded]}

    def to_bytes(self) -> bytes:
        """Return the file to keep before anything is sent."""
        inverses: list[Json] = [f"{one.inverse:x}" for one in self.blinded]
        head: dict[str, Json] = {"v": VERSION, "poll": self.poll, "prefix": canonical.to_base64(self.prefix)}
        return canonical.write(head | self.body() | {"inverses": inverses, "key": self.key.to_text()})

    @classmethod
    def from_bytes(cls, data: bytes) -> PassRequest:
        """Return the request that a file holds.

        Raises:
            NotCanonical: It is none.
        """
        raw = _object(data, {"v", "poll", "prefix", "blinded", "inverses", "key"})
        try:
            pairs = zip(raw["blinded"], raw["inverses"], strict=True)
            blinded = tuple(Blinded(canonical.from_base64(one), int(inverse, 16)) for one, inverse in pairs)
        except (TypeError, ValueError):
            raise NotCanonical("The request can't be read.") from None
        return cls(raw["poll"], OneTimeKey.from_text(raw["key"]), canonical.from_base64(raw["prefix"]), blinded)


@dataclass(frozen=True, slots=True, repr=False)
class Pass:
    """The right to vote in one poll, of whoever holds it.

    Attributes:
        poll: Hash of the poll, hex.
        key: The voter's own.
        prefix: The 32 random bytes in front of the pass.
        pass_sigs: Of each registrar.
        seq: Number of the last ballot cast with it; 0 for none.
    """

    poll: str
    key: OneTimeKey
    prefix: bytes
    pass_sigs: tuple[bytes, ...]
    seq: int = 0

    @property
    def input_msg(self) -> bytes:
        """What the registrars have signed."""
        return self.prefix + pass_msg(bytes.fromhex(self.poll), self.key.point)

    @property
    def id(self) -> bytes:
        """What ballots call it."""
        return pass_id(self.input_msg)

    @property
    def code(self) -> str:
        """The tracking code of its ballots."""
        return tracking_code(self.id)

    def to_bytes(self) -> bytes:
        """Return the file to keep: whoever has it can vote with it."""
        return canonical.write(
            {
                "v": VERSION,
                "poll": self.poll,
                "key": self.key.to_text(),
                "prefix": canonical.to_base64(self.prefix),
                "pass_sigs": [canonical.to_base64(one) for one in self.pass_sigs],
                "seq": self.seq,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Pass:
        """Return the pass that a file holds; ``check_pass`` tells whether it is one of the poll.

        Raises:
            NotCanonical: It is none.
        """
        # what a page saves also tells what the options are called
        raw = _object(data, {"v", "poll", "key", "prefix", "pass_sigs", "seq"}, {"names"})
        if not isinstance(raw["pass_sigs"], list) or type(raw["seq"]) is not int:
            raise NotCanonical("The pass can't be read.")
        sigs = tuple(canonical.from_base64(one) for one in raw["pass_sigs"])
        key, prefix = OneTimeKey.from_text(raw["key"]), canonical.from_base64(raw["prefix"])
        return cls(raw["poll"], key, prefix, sigs, raw["seq"])


def _object(data: bytes, names: set[str], more: Collection[str] = ()) -> Mapping[str, Any]:
    raw = canonical.read(data.strip())
    if not isinstance(raw, dict) or raw.keys() - more != names or raw["v"] != VERSION:
        raise NotCanonical("This file is not of the kind that is asked for here, or of another version.")
    poll = raw["poll"]
    if not isinstance(poll, str) or len(poll) != 64 or not set(poll) <= set("0123456789abcdef"):
        raise NotCanonical("The file names no poll.")
    return raw


def request(manifest: Manifest) -> PassRequest:
    """Return a request for a pass: a fresh key, a fresh prefix, and for each registrar a salt and a factor of its own.

    Keep ``to_bytes()`` before sending ``body()``.
    """
    key = OneTimeKey.generate()
    input_msg = prepare_randomize(pass_msg(manifest.poll_hash, key.point))
    prefix = input_msg[: -len(pass_msg(manifest.poll_hash, key.point))]
    blinded = tuple(blind(public, input_msg) for public in manifest.registrar_keys)
    return PassRequest(manifest.poll_hash.hex(), key, prefix, blinded)


def finish(manifest: Manifest, asked: PassRequest, blind_sigs: Sequence[bytes]) -> Pass:
    """Return the pass that the registrars' answers make; the blinding factors are not in it.

    Raises:
        OtherPoll: The request was made for another poll.
        PassSignatureInvalid: An answer is missing or wrong.
    """
    _refuse_other_poll(manifest, asked.poll)
    keys = manifest.registrar_keys
    if len(blind_sigs) != len(keys) or len(asked.blinded) != len(keys):
        raise PassSignatureInvalid("There is not one answer for each registrar.", field="blind_sigs")
    input_msg = asked.prefix + pass_msg(manifest.poll_hash, asked.key.point)
    sigs = tuple(
        finalize(key, input_msg, signed, one.inverse)
        for key, signed, one in zip(keys, blind_sigs, asked.blinded, strict=True)
    )
    return Pass(asked.poll, asked.key, asked.prefix, sigs)


def check_pass(manifest: Manifest, held: Pass) -> None:
    """Refuse a pass that the box would refuse.

    Raises:
        OtherPoll: It is for another poll.
        PassSignatureInvalid: A registrar did not sign it.
    """
    _refuse_other_poll(manifest, held.poll)
    keys = manifest.registrar_keys
    if len(held.pass_sigs) != len(keys):
        raise PassSignatureInvalid("The pass is not signed by every registrar of this poll.")
    for key, sig in zip(keys, held.pass_sigs, strict=True):
        if len(sig) != modulus_bytes(key) or not verify(key, held.input_msg, sig):
            raise PassSignatureInvalid("The pass is not signed by every registrar of this poll.")


def _refuse_other_poll(manifest: Manifest, poll: str) -> None:
    if poll != manifest.poll_hash.hex():
        raise OtherPoll("This is for another poll.", field="poll")


def make_record(manifest: Manifest, held: Pass, choice: Json, seq: int | None = None) -> Record:
    """Return a signed ballot: keep its line before sending it, and send that same line again if the answer is lost.

    Args:
        manifest: The poll.
        held: The voter's pass; keep it with the new number afterwards.
        choice: As the poll offers it.
        seq: Of all ballots of a pass the highest counts; one more than the last if left out.

    Raises:
        ChoiceNotOffered: The poll does not offer it.
        SeqOutOfRange: The pass has been used as often as the poll allows.
        PassSignatureInvalid: The box would not take this pass.
    """
    check_pass(manifest, held)
    text = ballot_text(manifest, held.id, choice, held.seq + 1 if seq is None else seq)
    sig = p256_sign(held.key.private, BALLOT_HEADER + text.encode())
    return Record(text, held.pass_sigs, held.key.point, held.prefix, sig)


def batch_promised(manifest: Manifest, receipt: Receipt, line: bytes) -> int:
    """Return the batch in which a line has to be found, by the receipt for it.

    Raises:
        ReceiptInvalid: The box did not sign it, or it is for another ballot.
        RecordMalformed: The line is no record.
    """
    record = Record.parse(line)
    return check_receipt(manifest, receipt, record_id(record.input_msg(manifest.poll_hash), record.ballot).hex())


def check_sealed(log: bytes, batch: int, hashes: bytes, record_id: str) -> None:
    """Check that a sealed batch holds a record, from the next batch on.

    Args:
        log: ``log.json``.
        batch: As the receipt promises.
        hashes: ``hashes/<batch>.txt``.
        record_id: Hex.

    Raises:
        LogInvalid: The log is broken, or the file is not the one it names.
        BallotMissing: The batch is not sealed yet, or the record is not in it.
    """
    roots = [entry["root"] for entry in read_log(log) if entry.get("batch") == batch]
    if not roots:
        raise BallotMissing(f"Batch {batch} is not sealed yet. Look again in an hour.")
    if roots != [sha256(hashes).hexdigest()]:
        raise LogInvalid(f"The file of batch {batch} is not the one that the log names.")
    if record_id.encode() not in hashes.split(b"\n"):
        raise BallotMissing(f"Batch {batch} does not hold this ballot, and the receipt says it does.")


def check_published(manifest: Manifest, line: bytes, box: Iterable[bytes]) -> Checked:
    """Return the voter's ballot as the published box counts it.

    Args:
        manifest: The poll.
        line: The ballot as sent.
        box: Lines of ``box.jsonl``, or of the bucket that holds the pass.

    Raises:
        BallotMissing: The box does not hold it.
        Outvoted: It does, and a later one of the same pass counts.
    """
    mine = check_record(manifest, line)
    code = mine.pass_id.encode()
    same = [check_record(manifest, one) for one in box if code in one]
    if mine.record_id not in {one.record_id for one in same}:
        raise BallotMissing("The published box does not hold this ballot, and the receipt says it does.")
    if any(one.seq > mine.seq for one in same if one.pass_id == mine.pass_id):
        raise Outvoted("A later ballot of this pass counts instead of this one.")
    return mine


def receipt_of(answer: Mapping[str, Any]) -> Receipt:
    """Return the receipt in what the box answered.

    Raises:
        ReceiptInvalid: There is none.
    """
    text, sig = answer.get("receipt"), answer.get("sig")
    if not isinstance(text, str):
        raise ReceiptInvalid("The box answered without a receipt.")
    return Receipt(text, canonical.from_base64(sig))
