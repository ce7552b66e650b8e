r"""Passes, ballots and records, byte for byte: what a voter makes, the box takes and an auditor reads.

::

    pass_msg      "vestry-vote pass v1\n" ‖ poll hash (32) ‖ one-time key (65)
    input_msg     prefix (32) ‖ pass_msg                      what registrars sign
    pass id       SHA-256(input_msg)
    ballot        {"choice":…,"pass":hex,"poll":hex,"seq":n}  canonical JSON
    record        {"ballot":text,"pass_sigs":[base64],"pk":base64,"prefix":base64,"sig":base64}
    record id     SHA-256("vestry-vote record v1\n" ‖ input_msg ‖ ballot)

The record id leaves the signatures out: one ballot has many valid ones, and must not become many records.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from governance.secret import canonical
from governance.secret.blind import PREFIX_BYTES, verify
from governance.secret.errors import (
    BallotNotSigned,
    ChoiceNotOffered,
    NotCanonical,
    OtherPass,
    OtherPoll,
    PassNotSigned,
    RecordMalformed,
    RecordTooLong,
    SeqOutOfRange,
)
from governance.secret.manifest import BallotForm, Manifest
from governance.tally.ballots import ABSTAIN
from ledger.types import Json

PASS_HEADER = b"vestry-vote pass v1\n"
BALLOT_HEADER = b"vestry-vote ballot v1\n"
RECORD_HEADER = b"vestry-vote record v1\n"
LINE_BYTES = 4096
"""Every record is padded to this on its way, so that its length tells nothing."""
PK_BYTES = 65
_HALF = 32


def pass_msg(poll_hash: bytes, pk: bytes) -> bytes:
    """Return what a pass says: this key may vote in this poll."""
    return PASS_HEADER + poll_hash + pk


def pass_id(input_msg: bytes) -> bytes:
    """Return what a ballot calls its pass."""
    return sha256(input_msg).digest()


def tracking_code(pass_id: bytes) -> str:
    """Return how a voter finds their ballot in the published box: 80 bits as XXXX-XXXX-XXXX-XXXX."""
    text = base64.b32encode(pass_id[:10]).decode()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def record_id(input_msg: bytes, ballot: str) -> bytes:
    """Return the hash that names a ballot of a pass, whatever signatures come with it."""
    return sha256(RECORD_HEADER + input_msg + ballot.encode()).digest()


def ballot_text(manifest: Manifest, pass_id: bytes, choice: Json, seq: int) -> str:
    """Return a ballot.

    Raises:
        ChoiceNotOffered: The poll does not offer this choice.
        SeqOutOfRange: A pass has no such ballot.
    """
    check_seq(manifest, seq)
    check_choice(manifest, choice)
    ballot: Json = {"choice": choice, "pass": pass_id.hex(), "poll": manifest.poll_hash.hex(), "seq": seq}
    return canonical.write(ballot).decode()


def check_seq(manifest: Manifest, seq: object) -> None:
    """Refuse a number that no ballot of a pass has."""
    if type(seq) is not int or not 1 <= seq <= manifest.max_seq:
        raise SeqOutOfRange(f"A pass has ballots 1 to {manifest.max_seq}.", field="seq")


def check_choice(manifest: Manifest, choice: object) -> None:
    """Refuse what the poll does not offer, and what is not in the one form of its kind."""
    if choice == ABSTAIN and type(choice) is str:
        if not manifest.abstain:
            raise ChoiceNotOffered("Nobody abstains in this poll; leave the ballot out instead.", field="choice")
    elif not _is_offered(manifest, choice):
        raise ChoiceNotOffered("This choice is not one that the poll offers.", field="choice")


def _is_offered(manifest: Manifest, choice: object) -> bool:
    ids = manifest.option_ids
    if manifest.form is BallotForm.SINGLE:
        return isinstance(choice, str) and choice in ids
    if manifest.form is BallotForm.SCORE:
        return (
            isinstance(choice, dict)
            and choice.keys() == set(ids)
            and all(type(one) is int and 0 <= one <= manifest.max_score for one in choice.values())
        )
    if not isinstance(choice, list) or not all(isinstance(one, str) and one in ids for one in choice):
        return False
    if manifest.form is BallotForm.APPROVAL:
        return choice == sorted(set(choice))
    return bool(choice) and len(set(choice)) == len(choice)


@dataclass(frozen=True, slots=True)
class Record:
    """A ballot with all that is needed to check it.

    Attributes:
        ballot: Canonical JSON, as signed.
        pass_sigs: One of each registrar, in the order of the manifest.
        pk: The one-time key, an uncompressed point of P-256.
        prefix: The 32 random bytes in front of the pass.
        sig: Of the ballot, by the one-time key: r ‖ s.
    """

    ballot: str
    pass_sigs: tuple[bytes, ...]
    pk: bytes
    prefix: bytes
    sig: bytes

    def line(self) -> bytes:
        """Return it as the box holds and publishes it."""
        return canonical.write(
            {
                "ballot": self.ballot,
                "pass_sigs": [canonical.to_base64(one) for one in self.pass_sigs],
                "pk": canonical.to_base64(self.pk),
                "prefix": canonical.to_base64(self.prefix),
                "sig": canonical.to_base64(self.sig),
            }
        )

    def padded(self) -> bytes:
        """Return it as sent."""
        return self.line().ljust(LINE_BYTES)

    def input_msg(self, poll_hash: bytes) -> bytes:
        """Return what its registrars have signed."""
        return self.prefix + pass_msg(poll_hash, self.pk)

    @classmethod
    def parse(cls, line: bytes) -> Record:
        """Return the record of a line, padding taken off; nothing is verified yet.

        Raises:
            RecordTooLong: It is longer than what every record is padded to.
            RecordMalformed: It is not a record in its one form.
        """
        if len(line) > LINE_BYTES:
            raise RecordTooLong(f"A record has at most {LINE_BYTES} bytes.")
        try:
            raw = canonical.read(line.rstrip(b" "))
            if not isinstance(raw, dict) or raw.keys() != {"ballot", "pass_sigs", "pk", "prefix", "sig"}:
                raise NotCanonical("A record has a ballot, a pass and signatures, and nothing else.")
            ballot, signatures = raw["ballot"], raw["pass_sigs"]
            if not isinstance(ballot, str) or not isinstance(signatures, list):
                raise NotCanonical("A ballot is text, and signatures are a list.")
            sigs = tuple(canonical.from_base64(one) for one in signatures)
            pk, prefix, sig = (canonical.from_base64(raw[name]) for name in ("pk", "prefix", "sig"))
        except NotCanonical as error:
            raise RecordMalformed(str(error)) from None
        if (len(pk), len(prefix), len(sig)) != (PK_BYTES, PREFIX_BYTES, 2 * _HALF):
            raise RecordMalformed("A key, a prefix or a signature has the wrong length.")
        return cls(ballot, sigs, pk, prefix, sig)


@dataclass(frozen=True, slots=True)
class Checked:
    """A record that passed every check.

    Attributes:
        record_id: Hex.
        pass_id: Hex.
        seq: The highest of a pass counts.
        choice: As the poll offers it.
        line: Without padding.
    """

    record_id: str
    pass_id: str
    seq: int
    choice: Json
    line: bytes

    @property
    def code(self) -> str:
        """The tracking code."""
        return tracking_code(bytes.fromhex(self.pass_id))


def check_record(manifest: Manifest, line: bytes) -> Checked:
    """Return what a record says, after every check: what costs little comes first.

    Raises:
        RecordInvalid: One of its kinds, named for the check that failed.
    """
    record, poll_hash = Record.parse(line), manifest.poll_hash
    ballot = _ballot(record.ballot)
    if ballot["poll"] != poll_hash.hex():
        raise OtherPoll("This ballot was made for another poll.", field="poll")
    input_msg = record.input_msg(poll_hash)
    its_pass = pass_id(input_msg).hex()
    if ballot["pass"] != its_pass:
        raise OtherPass("This ballot names another pass than the one it comes with.", field="pass")
    seq, choice = ballot["seq"], ballot["choice"]
    check_seq(manifest, seq)
    check_choice(manifest, choice)
    keys = manifest.registrar_keys
    if len(record.pass_sigs) != len(keys) or not all(map(verify, keys, [input_msg] * len(keys), record.pass_sigs)):
        raise PassNotSigned("The pass is not signed by every registrar of this poll.", field="pass_sigs")
    if not p256_verifies(_point(record.pk), record.sig, BALLOT_HEADER + record.ballot.encode()):
        raise BallotNotSigned("The ballot is not signed with the key of its pass.", field="sig")
    assert isinstance(seq, int)
    return Checked(record_id(input_msg, record.ballot).hex(), its_pass, seq, choice, line.rstrip(b" "))


def _ballot(text: str) -> dict[str, Json]:
    try:
        ballot = canonical.read(text.encode())
    except NotCanonical as error:
        raise RecordMalformed(f"The ballot can't be read. {error}", field="ballot") from None
    if not isinstance(ballot, dict) or ballot.keys() != {"choice", "pass", "poll", "seq"}:
        raise RecordMalformed("A ballot has a choice, a pass, a poll and a number, and nothing else.", field="ballot")
    return ballot


def _point(pk: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), pk)
    except ValueError:
        raise RecordMalformed("The one-time key is no point of P-256.", field="pk") from None


@lru_cache(maxsize=1)
def _ecdsa() -> ec.ECDSA:
    return ec.ECDSA(hashes.SHA256())


def p256_verifies(key: ec.EllipticCurvePublicKey, raw: bytes, message: bytes) -> bool:
    """Return whether ``raw`` (r ‖ s, 64 bytes) is a signature of a message."""
    if len(raw) != 2 * _HALF:
        return False
    der = encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
    try:
        key.verify(der, message, _ecdsa())
    except InvalidSignature:
        return False
    return True


def p256_sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return a signature as r ‖ s."""
    r, s = decode_dss_signature(key.sign(message, _ecdsa()))
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def last_of_each_pass(cast: Sequence[tuple[int, Checked]]) -> list[Checked]:
    """Return the ballots that count, sorted by pass: of each pass the highest number.

    Args:
        cast: Batch and ballot; of two with one number, which the box prevents, the earlier batch counts, then the
            smaller record id.
    """
    found: dict[str, tuple[tuple[int, int, str], Checked]] = {}
    for batch, one in cast:
        rank = (-one.seq, batch, one.record_id)
        if one.pass_id not in found or rank < found[one.pass_id][0]:
            found[one.pass_id] = (rank, one)
    return [found[each][1] for each in sorted(found)]
