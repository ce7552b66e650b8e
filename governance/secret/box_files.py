"""What the box signs and publishes: receipts, batches of record ids, numbers of passes, and the log that binds them.

``log.json`` is a JSON array with an entry a line, each in its canonical form and with ``prev``, the SHA-256 of the
entry before it (64 zeros in the first): announce, freeze, open, batch…, close; or void, after which nothing follows.
A batch's root is the SHA-256 of ``hashes/<batch>.txt``, so that ``sha256sum`` checks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec

from governance.secret import canonical
from governance.secret.errors import LogInvalid, NotCanonical, ReceiptInvalid
from governance.secret.formats import p256_sign, p256_verifies
from governance.secret.manifest import Manifest, p256_key
from ledger.types import Json

RECEIPT_HEADER = b"vestry-vote receipt v1\n"
MOST_WHOLE = 2_000
"""Records, about 2 MB of them, up to which a box is told whole; of a larger one there are parts as well."""
START = "0" * 64
"""What the first entry of a log follows."""


class LogKind(StrEnum):
    """What an entry of the log tells."""

    ANNOUNCE = "announce"
    """The poll, and the roll it is for."""
    FREEZE = "freeze"
    """How many passes there are, and which numbers took one; the registrars' keys are gone."""
    OPEN = "open"
    """Ballots are taken."""
    BATCH = "batch"
    """Ballots were sealed."""
    CLOSE = "close"
    """No more ballots; the box is published."""
    VOID = "void"
    """The poll is given up."""


_FACTS = {
    LogKind.ANNOUNCE: {"poll", "roll_sha256"},
    LogKind.FREEZE: {"passes", "issued_sha256"},
    LogKind.OPEN: set(),
    LogKind.BATCH: {"batch", "records", "root"},
    LogKind.CLOSE: {"batches", "records"},
    LogKind.VOID: {"why"},
}
_NEXT = {
    None: {LogKind.ANNOUNCE},
    LogKind.ANNOUNCE: {LogKind.FREEZE, LogKind.VOID},
    LogKind.FREEZE: {LogKind.OPEN, LogKind.VOID},
    LogKind.OPEN: {LogKind.BATCH, LogKind.CLOSE, LogKind.VOID},
    LogKind.BATCH: {LogKind.BATCH, LogKind.CLOSE, LogKind.VOID},
    LogKind.CLOSE: {LogKind.VOID},
    LogKind.VOID: set(),
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the box answers: which batch will hold which record. It does not tell the choice.

    Attributes:
        text: Canonical JSON, as signed.
        sig: By the key of the box: r ‖ s.
    """

    text: str
    sig: bytes

    def to_json(self) -> dict[str, Json]:
        """Return it as the box answers."""
        return {"receipt": self.text, "sig": canonical.to_base64(self.sig)}


def sign_receipt(key: ec.EllipticCurvePrivateKey, poll_hash: bytes, record_id: str, batch: int) -> Receipt:
    """Return a receipt; the signature differs each time, and all of them are valid."""
    text = canonical.write({"batch": batch, "poll": poll_hash.hex(), "record": record_id}).decode()
    return Receipt(text, p256_sign(key, RECEIPT_HEADER + text.encode()))


def check_receipt(manifest: Manifest, receipt: Receipt, record_id: str) -> int:
    """Return the number of the batch that has to hold a record.

    Raises:
        ReceiptInvalid: The box did not sign it, or it is for another record or poll.
    """
    if not p256_verifies(p256_key(manifest.box_key), receipt.sig, RECEIPT_HEADER + receipt.text.encode()):
        raise ReceiptInvalid("The box of this poll did not sign this receipt.", field="sig")
    try:
        said = canonical.read(receipt.text.encode())
    except NotCanonical as error:
        raise ReceiptInvalid(str(error), field="receipt") from None
    if not isinstance(said, dict) or said.keys() != {"batch", "poll", "record"}:
        raise ReceiptInvalid("The receipt does not have its form.", field="receipt")
    batch = said["batch"]
    if said["poll"] != manifest.poll_hash.hex() or said["record"] != record_id:
        raise ReceiptInvalid("The receipt is for another ballot.", field="receipt")
    if type(batch) is not int or batch < 1:
        raise ReceiptInvalid("The receipt names no batch.", field="receipt")
    return batch


def batch_file(record_ids: Iterable[str]) -> bytes:
    """Return ``hashes/<batch>.txt``: the ids in order, a line each."""
    return "".join(f"{one}\n" for one in sorted(record_ids)).encode()


def batch_root(record_ids: Iterable[str]) -> str:
    """Return what the log says of a batch: SHA-256 of its file."""
    return sha256(batch_file(record_ids)).hexdigest()


def issued_file(poll_hash: bytes, numbers: Iterable[int]) -> bytes:
    """Return ``issued.json``: the numbers on the roll that took a pass."""
    issued: list[Json] = [*sorted(numbers)]
    return canonical.write({"issued": issued, "poll": poll_hash.hex()})


def bucket_of(pass_id: str) -> str:
    """Return the part of a large box that holds a pass: the first byte, hex, as in ``box-a7.jsonl``."""
    return pass_id[:2]


def part_with(pass_id: str, records: int) -> str:
    """Return the file that holds a pass's ballots, so that looking them up tells as little as can be.

    Args:
        pass_id: Hex.
        records: How many the closing entry of the log counts. Of a small box all is asked for: a part would tell whose
            ballots somebody is looking for.
    """
    return f"box-{bucket_of(pass_id)}.jsonl" if records > MOST_WHOLE else "box.jsonl"


def announce(manifest: Manifest, at: int) -> str:
    """Return the first entry of a log; ``at`` is in UTC seconds here and below."""
    facts: dict[str, Json] = {"poll": manifest.poll_hash.hex(), "roll_sha256": manifest.roll_sha256}
    return _entry(None, LogKind.ANNOUNCE, at, facts)


def freeze(previous: str, at: int, issued: bytes, passes: int) -> str:
    """Return the entry that fixes the number of passes; ``issued`` is the whole file."""
    return _entry(previous, LogKind.FREEZE, at, {"issued_sha256": sha256(issued).hexdigest(), "passes": passes})


def opening(previous: str, at: int) -> str:
    """Return the entry that opens the box."""
    return _entry(previous, LogKind.OPEN, at, {})


def sealed(previous: str, at: int, batch: int, record_ids: Sequence[str]) -> str:
    """Return the entry that seals a batch; batches count from 1."""
    facts: dict[str, Json] = {"batch": batch, "records": len(record_ids), "root": batch_root(record_ids)}
    return _entry(previous, LogKind.BATCH, at, facts)


def closing(previous: str, at: int, batches: int, records: int) -> str:
    """Return the entry that closes the box, with the number of batches and of all their records."""
    return _entry(previous, LogKind.CLOSE, at, {"batches": batches, "records": records})


def voided(previous: str, at: int, why: str) -> str:
    """Return the entry that gives a poll up."""
    return _entry(previous, LogKind.VOID, at, {"why": why})


def head_of(entry: str) -> str:
    """Return the hash that the next entry names as ``prev``: of the last one, the head of the log."""
    return sha256(entry.encode()).hexdigest()


def _entry(previous: str | None, kind: LogKind, at: int, facts: dict[str, Json]) -> str:
    before = None if previous is None else _read_entry(previous)["kind"]
    if kind not in _NEXT[before if before is None else LogKind(str(before))]:
        raise LogInvalid(f"In a log, {kind} does not come after {before or 'nothing'}.")
    prev = START if previous is None else head_of(previous)
    return canonical.write({"at": at, "kind": kind.value, "prev": prev, **facts}).decode()


def _read_entry(entry: str) -> dict[str, Json]:
    try:
        said = canonical.read(entry.encode())
        if not isinstance(said, dict) or said.keys() != {"at", "kind", "prev"} | _FACTS[LogKind(str(said.get("kind")))]:
            raise NotCanonical("It is none of the kinds of entry.")
    except (NotCanonical, ValueError) as error:
        raise LogInvalid(f"An entry of the log can't be read. {error}") from None
    return said


def log_file(entries: Sequence[str]) -> bytes:
    """Return ``log.json``."""
    return ("[\n" + ",\n".join(entries) + "\n]\n").encode()


def read_log(data: bytes) -> list[dict[str, Json]]:
    """Return the entries of a log whose chain is unbroken and whose order is right.

    Raises:
        LogInvalid: One does not follow from the one before; the message names its line.
    """
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) < 4 or (lines[0], *lines[-2:]) != ("[", "]", ""):
        raise LogInvalid("A log is an array with an entry a line.")
    entries, prev, before = [], START, None
    texts = [*(line.removesuffix(",") for line in lines[1:-3]), lines[-3]]
    if log_file(texts) != data:
        raise LogInvalid("A log is an array with an entry a line.")
    for number, text in enumerate(texts, 2):
        said = _read_entry(text)
        kind = LogKind(str(said["kind"]))
        if said["prev"] != prev or kind not in _NEXT[before]:
            raise LogInvalid(f"Line {number} of the log does not follow from the one before it.")
        entries.append(said)
        prev, before = head_of(text), kind
    return entries
