"""Signed notes and checkpoints against other people's: a log of Tessera's, the format's own example, OpenSSL."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Tampered
from ledger.merkle import EMPTY_ROOT
from ledger.notes import Checkpoint, SignerKey, VerifierKey, open_checkpoint, open_note, signed
from tests.cases import cases_dir
from tests.postgres import skip_or_fail

LOG = cases_dir() / "journal" / "tessera-log" / "testdata" / "log"
TESSERA = VerifierKey.read("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
PETER = VerifierKey.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
"""From the documentation of Go's golang.org/x/mod/sumdb/note, with the note below."""
WISDOM = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = SignerKey("vestry.example.org", sha256(b"a key for tests").digest())
NOTE = signed(Checkpoint(KEY.name, 4812, sha256(b"a root").digest()), KEY)


@pytest.mark.parametrize("path", sorted(LOG.glob("checkpoint.*")), ids=lambda path: path.name)
def test_a_checkpoint_of_somebody_elses_log_opens_and_is_written_the_same(path: Path) -> None:
    note = path.read_text()
    checkpoint = open_checkpoint(note, TESSERA)
    assert checkpoint.size == int(path.suffix[1:])
    assert note.startswith(f"{checkpoint.encode()}\n")


def test_the_note_in_gos_documentation_opens() -> None:
    text, by = open_note(WISDOM, [PETER])
    assert text.endswith("problem is.\n")
    assert by == (PETER,)


def test_keys_are_written_as_others_write_them() -> None:
    assert str(TESSERA) == "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    assert SignerKey.read(KEY.encode()) == KEY
    assert VerifierKey.read(str(KEY.verifier)) == KEY.verifier
    assert KEY.encode() not in repr(KEY)


def test_what_is_signed_opens_again() -> None:
    for checkpoint in (Checkpoint(KEY.name, 0, EMPTY_ROOT), Checkpoint(KEY.name, 2**53, EMPTY_ROOT, ("more",))):
        assert open_checkpoint(signed(checkpoint, KEY), KEY.verifier) == checkpoint


def test_signatures_of_others_are_passed_over() -> None:
    witness = SignerKey("witness.example.com", b"w" * 32)
    both = NOTE + witness.sign(Checkpoint(KEY.name, 4812, sha256(b"a root").digest()).encode())
    assert open_checkpoint(both, KEY.verifier).size == 4812
    assert open_note(both, [KEY.verifier, witness.verifier])[1] == (KEY.verifier, witness.verifier)


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_a_checkpoint_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    changed = bytearray(NOTE.encode())
    changed[place] ^= change
    try:
        text = changed.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(Tampered):
        open_checkpoint(text, KEY.verifier)


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("", "not a signed note"),
        ("rubbish", "not a signed note"),
        (NOTE[: len(NOTE) // 2], "not a signed note"),
        (NOTE.partition("\n\n")[0] + "\n\n", "not a signed note"),
        (NOTE.replace("4812", "4813"), "does not hold"),
        (NOTE + "and more\n", "not the line of a signature"),
        (NOTE.replace("\n", "\r\n"), "control characters"),
        (signed(Checkpoint(KEY.name, 1, EMPTY_ROOT), SignerKey(KEY.name, b"x" * 32)), "None of the known keys"),
        (signed(Checkpoint("another.example", 1, EMPTY_ROOT), KEY), "of the log another.example"),
        (signed(Checkpoint(KEY.name, 1, b"short"), KEY), "32 bytes, not 5"),
        (signed(Checkpoint(KEY.name, -1, EMPTY_ROOT), KEY), "a number of entries, not '-1'"),
    ],
)
def test_what_is_no_checkpoint_of_ours_is_refused_by_name(note: str, says: str) -> None:
    with pytest.raises(Tampered, match=says):
        open_checkpoint(note, KEY.verifier)


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+!", f"{TESSERA}A", str(TESSERA).replace("33d7", "33d8"), "+1+AQ=="]
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(Tampered):
        VerifierKey.read(text)


def test_openssl_accepts_the_signature(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        skip_or_fail("openssl is not installed")
    public = Ed25519PublicKey.from_public_bytes(KEY.verifier.public)
    text, _, line = NOTE.rpartition("\n\n")
    (tmp_path / "text").write_text(f"{text}\n")
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "signature").write_bytes(b64decode(line.split(" ")[2])[4:])
    command = f"{openssl} pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature".split()
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "text").write_text(f"{text}!\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
