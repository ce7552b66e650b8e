"""Is my vote counted? What a voter compares of their own files with what the box publishes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.secret.at_home import PassFile, manifest_of, published, read
from app.secret.links import Elsewhere
from governance.secret import canonical, voter
from governance.secret.box_files import head_of, part_with, read_log
from governance.secret.errors import BallotMissing, LogInvalid, Outvoted
from governance.secret.manifest import Manifest
from ledger.errors import Refusal
from ledger.types import Json


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check came to.

    Attributes:
        fits: None where there is nothing to compare yet.
    """

    fits: bool | None
    said: str


@dataclass(frozen=True, slots=True)
class Box:
    """A box as it stands, read once; its log is whole."""

    host: Elsewhere
    manifest: Manifest
    log: bytes
    entries: Sequence[dict[str, Json]]

    @classmethod
    def of(cls, host: Elsewhere, poll: str) -> Box:
        """Return the box of a vote.

        Raises:
            Refusal: It does not tell of the vote that was announced, or its log is broken.
        """
        manifest = manifest_of(host, poll)
        log = published(host, poll, "log.json")
        box = cls(host, manifest, log, read_log(log))
        if box.entries[0].get("poll") != poll:
            raise LogInvalid("The log is of another vote.")
        return box

    def entry(self, kind: str) -> dict[str, Json] | None:
        """Return an entry of the log, or None."""
        return next((one for one in self.entries if one["kind"] == kind), None)

    def get(self, name: str) -> bytes:
        """Return another of its files."""
        return published(self.host, self.manifest.poll_hash.hex(), name)

    def head(self) -> str:
        """Return the hash of the log's last entry."""
        return head_of(self.log.decode().split("\n")[-3])


def check_all(file: PassFile, box: Box, *, number: int | None, head: str | None) -> Iterator[Finding]:
    """Yield what each check comes to.

    Args:
        file: The pass, with its ballots beside it.
        box: As it stands.
        number: The voter's on the roll, if it is to be looked for in the list of passes.
        head: Of the log, or the SHA-256 of all of it, as the letter about the result has it.
    """
    for each in file.numbers():
        yield _tried(lambda each=each: _sealed(file, box, each))
    yield _tried(lambda: _counted(file, box))
    yield _tried(lambda: _issued(box, number))
    yield _head(box, head)


def _tried(check: object) -> Finding:
    try:
        found: Finding = check()  # type: ignore[operator]
    except Refusal as refusal:
        return Finding(fits=False, said=str(refusal))
    return found


def _sealed(file: PassFile, box: Box, number: int) -> Finding:
    if not file.receipt(number).exists():
        return Finding(None, f"Ballot {number}: no receipt yet; `vestry vote cast` sends it again.")
    line = read(file.ballot(number))
    batch = voter.batch_promised(box.manifest, file.received(number), line)
    if not any(one.get("batch") == batch for one in box.entries):
        if box.entry("close") is None:
            return Finding(None, f"Ballot {number}: receipt in order; batch {batch} is not sealed yet.")
        raise BallotMissing(f"The box is closed without batch {batch}, which the receipt of ballot {number} promises.")
    record = canonical.read(file.received(number).text.encode())
    assert isinstance(record, dict)
    voter.check_sealed(box.log, batch, box.get(f"hashes/{batch}.txt"), str(record["record"]))
    return Finding(fits=True, said=f"Ballot {number} is in batch {batch}, as its receipt promises.")


def _counted(file: PassFile, box: Box) -> Finding:
    close = box.entry("close")
    if close is None:
        return Finding(None, "The box is not open for all to read yet: look again when voting is over.")
    lines = box.get(part_with(file.held().id.hex(), int(str(close["records"])))).splitlines()
    numbers = file.numbers()
    if not numbers:
        code = file.held().id.hex().encode()
        if any(code in one for one in lines):
            raise Outvoted(
                "You cast no ballot with this pass, and there is one in the box: somebody else has the pass."
            )
        return Finding(None, "You cast no ballot with this pass, and there is none in the box.")
    if not file.receipt(numbers[-1]).exists():
        # the answer was lost: the ballot may have come or not, and only one with a receipt must be there
        try:
            voter.check_published(box.manifest, read(file.ballot(numbers[-1])), lines)
        except BallotMissing:
            numbers = [one for one in numbers if file.receipt(one).exists()]
            if not numbers:
                return Finding(None, "Your ballot did not reach the box; there is no receipt for it.")
    found = voter.check_published(box.manifest, read(file.ballot(numbers[-1])), lines)
    return Finding(fits=True, said=f"Your ballot counts, under {found.code}, as you made it: ballot {numbers[-1]}.")


def _issued(box: Box, number: int | None) -> Finding:
    frozen = box.entry("freeze")
    if frozen is None:
        return Finding(None, "The list of passes is not settled yet.")
    data = box.get("issued.json")
    if sha256(data).hexdigest() != frozen["issued_sha256"]:
        raise LogInvalid("The list of passes is not the one that was settled before voting.")
    told = canonical.read(data)
    issued = told.get("issued") if isinstance(told, dict) else None
    if not isinstance(issued, list) or len(issued) != frozen["passes"]:
        raise LogInvalid("The list of passes does not have as many as the log says.")
    of = f"{len(issued)} passes were issued; {box.manifest.roll_size} may vote."
    if number is None:
        return Finding(fits=True, said=f"{of} To look for your own number on the roll, give --number.")
    if number not in issued:
        raise LogInvalid(f"You took a pass, and number {number} is not in the list of passes.")
    return Finding(fits=True, said=f"{of} Number {number} is among them.")


def _head(box: Box, head: str | None) -> Finding:
    mine, whole = box.head(), sha256(box.log).hexdigest()
    if head is None:
        return Finding(None, f"The log, to compare with the letter about the result:\n  head {mine}\n  SHA-256 {whole}")
    if head.replace(" ", "").lower() not in {mine, whole}:
        said = f"The log has the head {mine} and the SHA-256 {whole}, and not what you were told."
        return Finding(fits=False, said=said)
    return Finding(fits=True, said="The log is the one that you were told of.")
