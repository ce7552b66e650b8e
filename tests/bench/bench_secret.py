"""How fast secret ballots are signed, checked and audited: ``python -m tests.bench.bench_secret [ballots]``.

CPU seconds on one core, with keys of 3072 bits. Printed, never asserted. Passes for the audit are signed with the key
as a whole (by OpenSSL), since only their verification is measured there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from time import process_time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from governance.secret import audit_poll, box_files
from governance.secret.blind import SigningKey, blind, blind_sign, prepare_randomize, verify
from governance.secret.counting import count_poll, result_file
from governance.secret.formats import Checked, check_record, pass_msg
from governance.secret.manifest import Manifest, Registrar, roll_file
from governance.secret.voter import OneTimeKey, Pass
from tests.governance.secret.poll import SEED, a_manifest, cast, spki

PRIVATE = generate_private_key(65537, 3072)
KEY = SigningKey(PRIVATE)
SIGNED = 1_000
PER_BATCH = 500


def seconds(act: Callable[[], object]) -> float:
    """Return the CPU seconds that an act takes."""
    begun = process_time()
    act()
    return process_time() - begun


def _a_pass(manifest: Manifest, number: int) -> Pass:
    key, prefix = OneTimeKey.generate(), sha256(b"%d" % number).digest()
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
    sig = PRIVATE.sign(prefix + pass_msg(manifest.poll_hash, key.point), scheme, hashes.SHA384())
    return Pass(manifest.poll_hash.hex(), key, prefix, (sig,))


def _published(count: int) -> dict[str, bytes]:
    roll = roll_file([f"usr_{number:06}" for number in range(count)])
    registrars = (Registrar("cooperative", spki(KEY.public)),)
    manifest = a_manifest(rsa_bits=3072, registrars=registrars, roll_size=count, roll_sha256=sha256(roll).hexdigest())
    choices = ("yes", "yes", "no", "abstain")
    lines = [cast(manifest, _a_pass(manifest, one), choices[one % 4]).line() for one in range(count)]
    checked: list[Checked] = []
    took = seconds(lambda: checked.extend(check_record(manifest, line) for line in lines))
    print(f"{'records taken by the box':28}{count / took:10,.0f} /s")
    batches = [checked[at : at + PER_BATCH] for at in range(0, count, PER_BATCH)]
    issued = box_files.issued_file(manifest.poll_hash, range(1, count + 1))
    log = [box_files.announce(manifest, manifest.issue_from)]
    log.append(box_files.freeze(log[-1], manifest.issue_to, issued, count))
    log.append(box_files.opening(log[-1], manifest.vote_from))
    for number, batch in enumerate(batches, 1):
        log.append(box_files.sealed(log[-1], manifest.vote_from + number, number, [one.record_id for one in batch]))
    log.append(box_files.closing(log[-1], manifest.vote_to, len(batches), count))
    counted = count_poll(manifest, [one.choice for one in checked], SEED)
    files = {
        "manifest.json": manifest.to_bytes(),
        "roll.txt": roll,
        "issued.json": issued,
        "log.json": box_files.log_file(log),
        "box.jsonl": b"".join(one.line + b"\n" for one in checked),
        "result.json": result_file(manifest, counted, count, SEED, box_files.head_of(log[-1])),
    }
    return files | {
        f"hashes/{number}.txt": box_files.batch_file([one.record_id for one in batch])
        for number, batch in enumerate(batches, 1)
    }


def main(count: int) -> None:
    """Print the figures."""
    message = prepare_randomize(b"a pass")
    blinded = [blind(KEY.public, message).blinded for _ in range(SIGNED // 5)]
    took = seconds(lambda: [blind_sign(KEY, one) for one in blinded])
    print(f"{'passes signed':28}{len(blinded) / took:10,.0f} /s")
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
    sig = PRIVATE.sign(message, scheme, hashes.SHA384())
    public = KEY.public
    took = seconds(lambda: [verify(public, message, sig) for _ in range(SIGNED * 10)])
    print(f"{'passes verified':28}{10 * SIGNED / took:10,.0f} /s")
    files = _published(count)
    audit = audit_poll.Audit(files)
    took = seconds(audit.run)
    print(f"{f'audit of {count:,} ballots':28}{took:10.1f} s   {len(audit.findings)} findings")
    print(f"{'a record':28}{len(files['box.jsonl']) / count:10,.0f} bytes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 50_000)
