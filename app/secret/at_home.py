"""A voter's own files: the request, the pass, each ballot beside it before it is sent, and each receipt.

::

    request.json, request.manifest.json     until the pass is there
    pass.json                               whoever has it can vote with it
    pass.ballot-1.json                      the line as sent; sent again, the same, while there is no receipt
    pass.receipt-1.json                     what the box signed; it does not tell the choice
"""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from app.secret.links import SECONDS, Elsewhere, OtherUnreachable
from governance.secret import canonical, voter
from governance.secret.box_files import Receipt
from governance.secret.errors import BoxClosed, ChoiceNotOffered, OtherPoll, RecordInvalid, SequenceTaken
from governance.secret.formats import Record
from governance.secret.manifest import BallotForm, Manifest
from governance.secret.voter import Pass, PassRequest
from governance.tally.ballots import ABSTAIN
from ledger.errors import Conflict, Invalid, NotFound
from ledger.types import Json

_POLL_ADDRESS = re.compile(r"/polls/([0-9a-f]{64})(/manifest\.json)?/?")
TRIES = 2
"""An answer that was lost once is asked for once more before the voter is told."""


def write(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    with suppress(FileNotFoundError):
        beside.unlink()
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read(path: Path) -> bytes:
    """Return a file.

    Raises:
        Invalid: It can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} can't be read: {error.strerror}.") from None


def address_of(text: str) -> str:
    """Return an address of the web.

    Raises:
        Invalid: It is none.
    """
    if urlsplit(text).scheme not in {"http", "https"}:
        raise Invalid(f"{text} is no address; it begins with https://.")
    return text.rstrip("/")


def announced(where: str) -> Manifest:
    """Return what is announced of a vote, from a file or from its address.

    Raises:
        Invalid: There is no manifest, or not the one that the address names.
        NotFound: Nothing is there.
    """
    if urlsplit(where).scheme not in {"http", "https"}:
        return Manifest.from_bytes(read(Path(where)))
    at = urlsplit(where)
    found = _POLL_ADDRESS.fullmatch(at.path)
    if found is None:
        raise Invalid("The address of a vote ends with /polls/ and 64 hexadecimal digits.")
    return manifest_of(Elsewhere(f"{at.scheme}://{at.netloc}"), found[1])


def manifest_of(host: Elsewhere, poll: str) -> Manifest:
    """Return what a host tells of a vote, which the vote's hash has to fit; see ``announced``."""
    data = published(host, poll, "manifest.json")
    if sha256(data).hexdigest() != poll:
        raise OtherPoll("What this host tells of the vote is not what was announced.")
    return Manifest.from_bytes(data)


def published(host: Elsewhere, poll: str, name: str) -> bytes:
    """Return a published file of a vote.

    Raises:
        NotFound: It is not there, or not yet.
    """
    found = host.get(f"/polls/{poll}/{name}")
    if found is None:
        raise NotFound(f"There is no {name} of this vote here, or not yet.")
    return found


def ask(manifest: Manifest, out: Path) -> PassRequest:
    """Return a request that is kept in a file; the one that the file holds already, if it is of the same vote.

    Raises:
        Conflict: The file holds something else.
    """
    if out.exists():
        held = PassRequest.from_bytes(read(out))
        if held.poll != manifest.poll_hash.hex():
            raise Conflict(f"{out} holds a request of another vote. Name another file with --out.")
        return held
    made = voter.request(manifest)
    write(manifest_beside(out), manifest.to_bytes())
    write(out, made.to_bytes())
    return made


def manifest_beside(request: Path) -> Path:
    """Return where the manifest of a request is kept."""
    return request.with_name(f"{request.stem}.manifest.json")


def finished(request: Path, answer: bytes, out: Path) -> Pass:
    """Return the pass that the answer to a request makes, and keep it; the request is deleted.

    Raises:
        Conflict: Another pass is in the file.
        Invalid: The answer is none, or not to this request.
    """
    if out.exists():
        raise Conflict(f"{out} is there already. Name another file with --out.")
    asked = PassRequest.from_bytes(read(request))
    manifest = Manifest.from_bytes(read(manifest_beside(request)))
    try:
        signed = [canonical.from_base64(one) for one in orjson.loads(answer)["blind_sigs"]]
    except (ValueError, KeyError, TypeError):
        raise Invalid('An answer reads {"blind_sigs": […]}; copy all of it.') from None
    made = voter.finish(manifest, asked, signed)
    write(out, made.to_bytes())
    # with the request, whoever finds the pass could tell who asked for it
    request.unlink()
    manifest_beside(request).unlink()
    return made


def choice_of(manifest: Manifest, text: str) -> Json:
    """Return the choice that somebody typed: ``yes``, ``a,b``, ``b>a``, ``a=3,b=0`` or ``abstain``.

    Raises:
        ChoiceNotOffered: It is not written like that.
    """
    if text == ABSTAIN or manifest.form is BallotForm.SINGLE:
        return text
    parts = [one.strip() for one in re.split("[,>]", text) if one.strip()]
    if manifest.form is BallotForm.RANKED:
        return [*parts]
    if manifest.form is BallotForm.APPROVAL:
        return [*sorted(parts)]
    pairs = [one.partition("=") for one in parts]
    try:
        return {name.strip(): int(score) for name, _, score in pairs}
    except ValueError:
        raise ChoiceNotOffered("Write a score for each: a=3,b=0.", field="choice") from None


@dataclass(frozen=True, slots=True)
class Answered:
    """A ballot that lies in the box."""

    number: int
    batch: int
    receipt: Path


@dataclass(frozen=True, slots=True)
class PassFile:
    """A pass and what was cast with it."""

    path: Path

    def held(self) -> Pass:
        """Return the pass, with the number of the last ballot that was made."""
        return Pass.from_bytes(read(self.path))

    def ballot(self, number: int) -> Path:
        """Return where a ballot is kept."""
        return self.path.with_name(f"{self.path.stem}.ballot-{number}.json")

    def receipt(self, number: int) -> Path:
        """Return where the receipt of a ballot is kept."""
        return self.path.with_name(f"{self.path.stem}.receipt-{number}.json")

    def numbers(self) -> list[int]:
        """Return the numbers of the ballots that are kept, in order."""
        form = re.compile(re.escape(self.path.stem) + r"\.ballot-([1-9][0-9]?)\.json")
        found = (form.fullmatch(one.name) for one in self.path.parent.iterdir())
        return sorted(int(one[1]) for one in found if one)

    def unanswered(self) -> list[int]:
        """Return the numbers of the ballots that no receipt is there of."""
        return [one for one in self.numbers() if not self.receipt(one).exists()]

    def make(self, manifest: Manifest, choice: Json) -> int:
        """Make the next ballot and keep it, and return its number; nothing is sent."""
        held = self.held()
        number = max([held.seq, *self.numbers()]) + 1
        record = voter.make_record(manifest, held, choice, number)
        write(self.ballot(number), record.line())
        write(self.path, Pass(held.poll, held.key, held.prefix, held.pass_sigs, number).to_bytes())
        return number

    def send(self, manifest: Manifest, number: int, box: str) -> Answered:
        """Send a ballot that is kept, the same line each time, and keep the receipt.

        Raises:
            SequenceTaken: A later one of the same pass lies in the box; this one is put aside.
            RecordInvalid: The box can't take it; it is put aside as well.
            OtherUnreachable: The box does not answer; the ballot stays where it is, to be sent again.
        """
        line = read(self.ballot(number))
        try:
            receipt = voter.receipt_of(_sent(f"{box}/polls/{manifest.poll_hash.hex()}/ballots", line))
        except (SequenceTaken, RecordInvalid):
            self.ballot(number).rename(self.ballot(number).with_suffix(".refused"))
            raise
        batch = voter.batch_promised(manifest, receipt, line)
        held = self.held()
        told: dict[str, Json] = {"title": manifest.title, "fingerprint": manifest.fingerprint, "code": held.code}
        write(self.receipt(number), canonical.write({**told, **receipt.to_json()}))
        return Answered(number, batch, self.receipt(number))

    def received(self, number: int) -> Receipt:
        """Return the receipt of a ballot."""
        said = canonical.read(read(self.receipt(number)))
        return voter.receipt_of(said if isinstance(said, dict) else {})


def _sent(address: str, line: bytes) -> dict[str, Any]:
    """Send a ballot, and again if the answer is lost: the same line brings the same receipt."""
    request = urllib.request.Request(
        address, Record.parse(line).padded(), {"Content-Type": "text/plain"}, method="POST"
    )
    for left in reversed(range(TRIES)):
        try:
            return _answer_to(request)
        except OtherUnreachable:
            if not left:
                raise
    raise AssertionError


def _answer_to(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            told: dict[str, Any] = orjson.loads(answer.read(100_000))
            return told
    except urllib.error.HTTPError as error:
        raise _refusal(error) from None
    except (OSError, ValueError, HTTPException) as error:
        raise OtherUnreachable(f"The box does not answer: {error}.") from None


def _refusal(error: urllib.error.HTTPError) -> Exception:
    try:
        told = orjson.loads(error.read(100_000))
        code, said = str(told["type"]).removeprefix("urn:vestry:"), str(told["detail"])
    except (OSError, ValueError, KeyError, TypeError, HTTPException):
        return OtherUnreachable(f"The box answers {error.code}.")
    if error.code == 409:
        return SequenceTaken(said) if code == SequenceTaken.code else BoxClosed(said)
    if error.code >= 500:
        return OtherUnreachable(f"The box answers {error.code}: {said}")
    return NotFound(said) if error.code == 404 else RecordInvalid(said)
