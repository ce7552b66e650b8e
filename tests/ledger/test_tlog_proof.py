"""A proof in one file: somebody else's log, what is refused, and what is said about it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from ledger.cosignatures import WitnessKey
from ledger.errors import Tampered
from ledger.merkle import inclusion_proof, leaf_hash, root_of
from ledger.notes import Checkpoint, SignerKey, signed
from ledger.tlog_proof import HEADER, TlogProof
from tests.ledger.test_merkle import LOG, _bundle
from tests.ledger.test_notes import KEY, TESSERA

ENTRIES = [f'{{"n":{n}}}'.encode() for n in range(11)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NOTE = signed(Checkpoint(KEY.name, 11, root_of(LEAVES)), KEY)
PROOF = TlogProof(6, tuple(inclusion_proof(LEAVES, 6)), NOTE)


@pytest.mark.parametrize("size", [1, 2, 9, 15])
def test_entries_of_somebody_elses_log_are_proved_under_its_own_checkpoints(size: int) -> None:
    entries, note = _bundle(size), (LOG / f"checkpoint.{size}").read_text()
    leaves = [leaf_hash(entry) for entry in entries]
    for n, entry in enumerate(entries):
        text = TlogProof(n, tuple(inclusion_proof(leaves, n)), note).encode()
        assert text.startswith(f"{HEADER}\nindex {n}\n")
        assert text.endswith(f"\n\n{note}")
        assert TlogProof.read(text).check(entry, TESSERA)[0].size == size


def test_it_is_written_as_the_format_says() -> None:
    more = replace(PROOF, extra=b"more")
    hashes = "".join(f"{b64encode(node).decode()}\n" for node in PROOF.path)
    assert PROOF.encode() == f"{HEADER}\nindex 6\n{hashes}\n{NOTE}"
    assert more.encode() == f"{HEADER}\nextra bW9yZQ==\nindex 6\n{hashes}\n{NOTE}"
    for one in (PROOF, more, TlogProof(0, (), NOTE)):
        assert TlogProof.read(one.encode()) == one
    assert more.check(ENTRIES[6], KEY.verifier)[0].size == 11


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("", "begins with the line"),
        (NOTE, "begins with the line"),
        (PROOF.encode().replace("@v1", "@v2"), "begins with the line"),
        (f"{HEADER}\n\n{NOTE}", "number of its entry"),
        (PROOF.encode().replace("index 6", "index 06"), "number of its entry"),
        (PROOF.encode().replace("index 6", "index -6"), "number of its entry"),
        (PROOF.encode().replace("index 6", "extra !\nindex 6"), "extra data is not base64"),
        (PROOF.encode().replace("index 6", "index 6\nAAAA"), "of 32 bytes each"),
        (PROOF.encode().replace("=\n", "\n", 1), "hash 1 of the proof is not base64"),
        (f"{HEADER}\nindex 6\n" + f"{'A' * 43}=\n" * 64 + f"\n{NOTE}", "at most 63 hashes"),
    ],
)
def test_rubbish_is_refused_and_said_to_be_what_it_is(wrong: str, why: str) -> None:
    with pytest.raises(Tampered, match=why):
        TlogProof.read(wrong)


def test_another_entry_another_place_and_another_key_are_refused() -> None:
    with pytest.raises(Tampered, match="These bytes are not entry 6"):
        PROOF.check(ENTRIES[5], KEY.verifier)
    with pytest.raises(Tampered, match="These bytes are not entry 7"):
        replace(PROOF, index=7).check(ENTRIES[6], KEY.verifier)
    with pytest.raises(Tampered, match="its checkpoint has 11"):
        replace(PROOF, index=11).check(ENTRIES[6], KEY.verifier)
    with pytest.raises(Tampered, match="These bytes are not entry 6"):
        replace(PROOF, path=PROOF.path[:-1]).check(ENTRIES[6], KEY.verifier)
    other = SignerKey(KEY.name, sha256(b"another").digest())
    with pytest.raises(Tampered, match="None of the known keys"):
        PROOF.check(ENTRIES[6], other.verifier)
    with pytest.raises(Tampered, match="does not hold"):
        replace(PROOF, checkpoint=NOTE.replace("\n11\n", "\n12\n")).check(ENTRIES[6], KEY.verifier)
    assert PROOF.check(ENTRIES[6], KEY.verifier, [WitnessKey("w.example.org", bytes(32))])[1] == ()
