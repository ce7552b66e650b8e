"""Evidence whose checkpoint witnesses cosigned: the stand-alone verifier counts those whom the auditor trusts."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from app.checkpoints import Signer
from app.db import Runner, make_engine
from app.witnesses import Cosigned, Standing, Witness
from ledger import journal
from ledger.cosignatures import WitnessKey, cosigned
from ledger.notes import DASH, VerifierKey, halves
from ledger.types import Cut
from tests import make
from tests.evidence.folder import Folder, written
from tests.evidence.test_verifier import command

SEEDS = {name: Ed25519PrivateKey.from_private_bytes(name[:1].encode() * 32) for name in ("one.test", "two.test", "x")}
ONE, TWO, OTHER = (WitnessKey(name, seed.public_key().public_bytes_raw()) for name, seed in SEEDS.items())
Bad = Callable[[str], str]
AT = 1_767_312_000
"""2026-01-02, midnight UTC."""


def line(note: str, by: WitnessKey, *, at: int = AT, of: WitnessKey | None = None) -> str:
    """Return what a witness adds to a checkpoint; ``of`` whom it says that it is."""
    text, name = halves(note)[0], of or by
    signature = SEEDS[by.name].sign(cosigned(text, at).encode())
    return f"{DASH}{name.name} {b64encode(name.id + at.to_bytes(8, 'big') + signature).decode()}\n"


def cosign(folder: Folder, *lines: str) -> None:
    """Add lines to the evidence's checkpoint."""
    folder.files["checkpoint"] += "".join(lines).encode()
    folder.claim(lambda claims: claims)


def test_what_witnesses_said_goes_into_the_evidence_and_is_counted(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "vestry.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'vestry.db'}")
    with Session(engine) as db:
        make.company(db)
        db.commit()
        size = journal.size(db)
    signer, witnesses = Signer(tmp_path / "vestry.signing-key", "vestry.test"), [Witness(ONE, "http://one.test")]
    note = Runner(engine).read(signer.publish)
    assert note is not None
    Cosigned(signer, witnesses, 1).keep(witnesses[0], Standing(size=size, line=line(note, ONE), at=AT))
    written(engine, tmp_path / "evidence", Cut(date(2025, 12, 31), 0), witnesses=witnesses)
    engine.dispose()
    assert (tmp_path / "evidence" / "checkpoint").read_text() == note + line(note, ONE)

    (tmp_path / "one.key").write_text(f"{ONE}\n")
    asked = ("--witness", str(tmp_path / "one.key"), "--witness", str(TWO))
    finished = command(tmp_path / "evidence", *asked, "--quorum", "1")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "Cosigned   checkpoint by one.test, 2026-01-02 00:00:00 UTC\n" in finished.stdout
    finished = command(tmp_path / "evidence", *asked)
    assert (finished.returncode, finished.stdout) == (6, "")
    assert f"1 of 2 witnesses cosigned it, and all should have; not: two.test {TWO.id.hex()}" in finished.stderr
    assert command(tmp_path / "evidence", "--quorum", "1").returncode == 2
    assert command(tmp_path / "evidence", *asked, "--quorum", "3").returncode == 2


def test_only_witnesses_whom_the_auditor_named_count(small: Folder) -> None:
    note = small.files["checkpoint"].decode()
    cosign(small, line(note, ONE), line(note, OTHER))
    assert small.judged()[0] == 0
    assert small.judged(witnesses=[str(ONE)])[0] == 0
    code, said = small.judged(witnesses=[str(TWO), str(ONE), str(ONE)], quorum=2)
    assert (code, "1 of 2 witnesses cosigned it, and 2 should have; not: two.test" in said) == (6, True)
    # some publish their key as one that signs
    assert small.judged(witnesses=[str(VerifierKey(ONE.name, ONE.public))])[0] == 0


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda note: line(note.replace("vestry.test", "vestry.best"), ONE), "cosignature of one.test: it does not"),
        (lambda note: line(note, TWO, of=ONE), "cosignature of one.test: it does not hold"),
        (lambda note: line(note, ONE, at=2**62), "cosignature of one.test: it does not hold"),
        (lambda note: line(note, ONE) + line(note, TWO, of=ONE), "cosignature of one.test: it does not hold"),
        (lambda note: line(note, ONE).removesuffix("\n"), "it is no checkpoint: origin, number"),
        (lambda note: f"{DASH}one.test AAAA\n", "this is no line of a signature"),
        (lambda note: f"{DASH}one.test ?\n", "signature of one.test: it is not base64"),
        (lambda note: "", "0 of 1 witnesses cosigned it, and all should have; not: one.test"),
    ],
)
def test_a_cosignature_that_does_not_hold_is_named(small: Folder, bad: Bad, words: str) -> None:
    cosign(small, bad(small.files["checkpoint"].decode()))
    code, said = small.judged(witnesses=[str(ONE)])
    assert (code, words in said) == (6, True), said


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "--witness, the key: it is not base64"),
        (str(ONE).replace("+", "+0", 1), "--witness: the key's hash is"),
        (f"one.test+00000000+{b64encode(b'2' + ONE.public).decode()}", "it is not an Ed25519 key"),
    ],
)
def test_what_is_no_key_of_a_witness_is_refused(small: Folder, key: str, words: str) -> None:
    code, said = small.judged(witnesses=[key])
    assert (code, words in said) == (6, True), said


def test_a_checkpoint_that_was_kept_may_be_the_cosigned_one(small: Folder) -> None:
    kept = small.copy()
    kept.rewrite(kept.lines[:9])
    note = kept.files["checkpoint"].decode()
    small.kept["kept.txt"] = (note + line(note, ONE)).encode()
    cosign(small, line(small.files["checkpoint"].decode(), ONE))
    code, said = small.judged(witnesses=[str(ONE)])
    assert code == 0
    assert "Cosigned   kept.txt by one.test" in said
