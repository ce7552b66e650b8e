"""A secret poll from beginning to end, in memory: keys, passes, ballots, batches, log and result, as published."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from governance.secret import box_files, canonical, voter
from governance.secret.blind import SigningKey, blind_sign
from governance.secret.counting import count_poll, result_file
from governance.secret.formats import BALLOT_HEADER, Checked, Record, check_record, last_of_each_pass, p256_sign
from governance.secret.manifest import FORM_OF, HOUR, BallotForm, Manifest, Option, Registrar, roll_file
from governance.tally.lot import commitment
from governance.tally.methods import Method
from governance.tally.rule import YesNoRule
from ledger.types import Json

REGISTRAR = SigningKey.generate(2048)
BOX = ec.generate_private_key(ec.SECP256R1())
SEED = hashlib.sha256(b"the lots").digest()
ROLL = tuple(f"usr_{number:02}" for number in range(1, 25))
BEGINS = 1_767_225_600
DAY = 24 * HOUR


def spki(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    """Return a public key as manifests hold it."""
    return canonical.to_base64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def a_manifest(method: Method = Method.MAJORITY, **changes: Any) -> Manifest:
    """Return the manifest of a poll of 24 members, with what the test is about changed."""
    form = FORM_OF[method]
    texts = (
        {"yes": "Yes", "no": "No"} if form is BallotForm.SINGLE else {"a": "Ada", "b": "Bo", "c": "Çelik", "d": "Du"}
    )
    values: dict[str, Any] = {
        "poll": "prp_01",
        "title": "Raise the fee? – ¿Sí o no?",
        "text_sha256": hashlib.sha256(b"text").hexdigest(),
        "form": form,
        "method": method,
        "options": tuple(Option(name, text) for name, text in texts.items()),
        "max_score": 5 if form is BallotForm.SCORE else 0,
        "seats": 1,
        "abstain": True,
        "rules": YesNoRule().to_json(),
        "lot": commitment(SEED),
        "registrars": (Registrar("cooperative", spki(REGISTRAR.public)),),
        "box_key": spki(BOX.public_key()),
        "roll_size": len(ROLL),
        "roll_sha256": hashlib.sha256(roll_file(ROLL)).hexdigest(),
        "client_sha384": hashlib.sha384(b"vote.js").hexdigest(),
        "issue_from": BEGINS,
        "issue_to": BEGINS + 5 * DAY,
        "vote_from": BEGINS + 6 * DAY,
        "vote_to": BEGINS + 9 * DAY,
        "rsa_bits": 2048,
    }
    return Manifest(**values | changes)


def a_pass(manifest: Manifest, *keys: SigningKey) -> voter.Pass:
    """Return a pass, asked for and signed."""
    asked = voter.request(manifest)
    signed = [blind_sign(key, one.blinded) for key, one in zip(keys or (REGISTRAR,), asked.blinded, strict=True)]
    return voter.finish(manifest, asked, signed)


def cast(manifest: Manifest, held: voter.Pass, choice: Json, seq: int = 1) -> Record:
    """Return a signed ballot, without asking whether the poll offers its choice."""
    ballot: Json = {"choice": choice, "pass": held.id.hex(), "poll": manifest.poll_hash.hex(), "seq": seq}
    return signed(held, canonical.write(ballot).decode())


def signed(held: voter.Pass, text: str) -> Record:
    """Return a record of any text, signed with the key of a pass."""
    sig = p256_sign(held.key.private, BALLOT_HEADER + text.encode())
    return Record(text, held.pass_sigs, held.key.point, held.prefix, sig)


@dataclass
class Published:
    """A poll as published, with what only its makers know.

    Attributes:
        files: By name; change them to tamper with the poll.
        passes: All that were issued.
    """

    manifest: Manifest
    files: dict[str, bytes] = field(default_factory=dict)
    passes: list[voter.Pass] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write the files into a folder."""
        for name, data in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder


def publish(
    manifest: Manifest,
    choices: Sequence[Json],
    *,
    changed: Mapping[int, Json] | None = None,
    unused: int = 0,
    per_batch: int = 6,
) -> Published:
    """Return a poll in which everybody is honest.

    Args:
        manifest: As announced.
        choices: Of each voter the first ballot.
        changed: Voter (from 0) to the choice of a second ballot.
        unused: How many passes are never used.
        per_batch: How many ballots are sealed at a time.
    """
    done = Published(manifest, passes=[a_pass(manifest) for _ in range(len(choices) + unused)])
    records = [cast(manifest, held, one) for held, one in zip(done.passes, choices, strict=False)]
    records += [cast(manifest, done.passes[who], choice, 2) for who, choice in (changed or {}).items()]
    checked = [check_record(manifest, one.padded()) for one in records]
    batches = [checked[at : at + per_batch] for at in range(0, len(checked), per_batch)]
    issued = box_files.issued_file(manifest.poll_hash, range(1, len(done.passes) + 1))
    numbered = [(number, one) for number, batch in enumerate(batches, 1) for one in batch]
    last = last_of_each_pass(numbered)
    counted = count_poll(manifest, [one.choice for one in last], SEED)
    log = _log(manifest, issued, len(done.passes), batches)
    done.files = {
        "manifest.json": manifest.to_bytes(),
        "roll.txt": roll_file(ROLL),
        "issued.json": issued,
        "log.json": box_files.log_file(log),
        "box.jsonl": b"".join(one.line + b"\n" for batch in batches for one in _in_order(batch)),
        "result.json": result_file(manifest, counted, len(done.passes), SEED, box_files.head_of(log[-1])),
    }
    for number, batch in enumerate(batches, 1):
        done.files[f"hashes/{number}.txt"] = box_files.batch_file([one.record_id for one in batch])
    return done


def _in_order(batch: Sequence[Checked]) -> list[Checked]:
    return sorted(batch, key=lambda one: one.record_id)


def _log(manifest: Manifest, issued: bytes, passes: int, batches: Sequence[Sequence[Checked]]) -> list[str]:
    entries = [box_files.announce(manifest, manifest.issue_from)]
    entries.append(box_files.freeze(entries[-1], manifest.issue_to, issued, passes))
    entries.append(box_files.opening(entries[-1], manifest.vote_from))
    for number, batch in enumerate(batches, 1):
        ids = [one.record_id for one in batch]
        entries.append(box_files.sealed(entries[-1], manifest.vote_from + number * HOUR, number, ids))
    records = sum(map(len, batches))
    entries.append(box_files.closing(entries[-1], manifest.vote_to, len(batches), records))
    return entries
