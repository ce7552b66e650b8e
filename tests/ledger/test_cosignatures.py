"""Cosignatures of witnesses: what holds, what is passed over, and what is refused by name."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.cosignatures import WitnessKey, cosignatures, cosigned, open_cosigned, request, seen_size
from ledger.errors import Tampered
from ledger.merkle import EMPTY_ROOT
from ledger.notes import DASH, Checkpoint, SignerKey, VerifierKey, signed

LOG = SignerKey("vestry.example.org", sha256(b"a key for tests").digest())
SECRET = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS = WitnessKey("witness.example.com/w1", SECRET.public_key().public_bytes_raw())
SILENT = WitnessKey("witness.example.com/w2", WITNESS.public)
CHECKPOINT = Checkpoint(LOG.name, 4812, sha256(b"a root").digest(), ("an extension",))
NOTE, TEXT = signed(CHECKPOINT, LOG), CHECKPOINT.encode()


def _line(text: str = TEXT, at: int = 1_790_000_000, cut: int = 0) -> str:
    data = WITNESS.id + at.to_bytes(8, "big") + SECRET.sign(cosigned(text, at).encode())
    return f"{DASH}{WITNESS.name} {b64encode(data[: len(data) - cut]).decode()}\n"


def test_what_is_signed_is_the_whole_text_under_two_lines() -> None:
    assert cosigned("a\n1\nb\n", 1679315147) == "cosignature/v1\ntime 1679315147\na\n1\nb\n"


def test_a_checkpoint_opens_with_those_who_cosigned_it() -> None:
    checkpoint, found = open_cosigned(NOTE + _line(), LOG.verifier, [SILENT, WITNESS])
    assert checkpoint == CHECKPOINT
    assert [(one.key, one.at) for one in found] == [(WITNESS, 1_790_000_000)]
    assert open_cosigned(NOTE + _line(), LOG.verifier, [])[1] == ()
    assert open_cosigned(NOTE, LOG.verifier, [WITNESS])[1] == ()


def test_a_key_is_read_in_both_forms_in_which_witnesses_publish_theirs() -> None:
    assert WitnessKey.read(str(WITNESS)) == WITNESS
    assert WitnessKey.read(str(VerifierKey(WITNESS.name, WITNESS.public))) == WITNESS
    for wrong in ("", "a+b", f"{WITNESS}A", str(WITNESS).replace("w1", "w2"), str(WITNESS).replace("+B", "+C")):
        with pytest.raises(Tampered):
            WitnessKey.read(wrong)


@pytest.mark.parametrize(
    "line",
    [
        _line(TEXT.replace("4812", "4813")),
        _line().replace("w1 ", "w1  "),
        _line(cut=1),
        _line(at=2**63),
        _line()[:-1],
        "rubbish\n",
        _line() * 101,
    ],
)
def test_what_is_no_cosignature_of_this_checkpoint_is_refused(line: str) -> None:
    with pytest.raises(Tampered):
        cosignatures(TEXT, line, [WITNESS])


def test_what_a_witness_is_sent() -> None:
    sent = request(3, [EMPTY_ROOT], "note\n\nsigned\n")
    assert sent == b"old 3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nnote\n\nsigned\n"
    assert [seen_size(body) for body in (b"3\n", b"0\n", b"03\n", b"-3\n", b"", b"9" * 40)] == [3, 0, *[None] * 4]
