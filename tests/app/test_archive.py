"""Every checkpoint that was signed is kept, and proofs come with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from app import archive
from app.config import Settings
from app.db import Runner
from app.main import create_app
from app.publishing import publish
from app.verification import verify_all
from app.witnesses import Cosigned, cosigned_of
from ledger import journal
from ledger.entries import Draft
from ledger.errors import Invalid, NotFound
from ledger.merkle import consistency_holds
from ledger.notes import VerifierKey, open_checkpoint
from ledger.tlog_proof import TlogProof
from tests import make


@pytest.fixture
def runner(engine: Engine) -> Runner:
    return Runner(engine)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url, public_url="https://vestry.test", signing_key_file=str(tmp_path / "log.signing-key")
    )


@pytest.fixture
def cosigned(settings: Settings) -> Cosigned:
    return cosigned_of(settings)


def _write(runner: Runner, *words: str) -> None:
    for word in words:
        draft = Draft("journal.reversed", date(2026, 3, 2), (), (), {"reason": word})
        runner.run(journal.append, make.act(), draft)


def test_each_checkpoint_is_kept_once_and_one_goes_on_from_another(runner: Runner, cosigned: Cosigned) -> None:
    publish(runner, cosigned)
    for words in ("one", "two"), ("three",):
        _write(runner, *words)
        assert publish(runner, cosigned)
        assert publish(runner, cosigned) is None
    _write(runner, "four")
    # signed by somebody who was stopped before it was kept
    runner.read(cosigned.signer.publish)
    _write(runner, "five")
    publish(runner, cosigned)
    key = cosigned.signer.verifier()
    kept = runner.read(archive.listed)
    assert [one.size for one in kept] == [5, 4, 3, 2]
    assert [open_checkpoint(one.note, key).root for one in kept] == [one.root for one in kept]
    proof = runner.read(archive.grown, 2, 5)
    assert consistency_holds(size=2, root=kept[3].root, later_size=5, later_root=kept[0].root, proof=proof.path)
    for old, size, why in ((1, 5, NotFound), (2, 6, NotFound), (5, 2, Invalid)):
        with pytest.raises(why):
            runner.read(archive.grown, old, size)


def test_a_proof_comes_with_the_newest_checkpoint_as_soon_as_it_covers_the_entry(
    runner: Runner, cosigned: Cosigned
) -> None:
    _write(runner, "one", "two", "three")
    with pytest.raises(NotFound, match="within a minute"):
        runner.read(archive.prove, 1)
    publish(runner, cosigned)
    proof = TlogProof.read(runner.read(archive.prove, 1).encode())
    data = runner.read(lambda db: next(journal.payloads_between(db, 1, 2)))[0]
    assert proof.check(data, cosigned.signer.verifier())[0].size == 3
    _write(runner, "four")
    with pytest.raises(NotFound, match="within a minute"):
        runner.read(archive.prove, 3)
    with pytest.raises(NotFound, match="There is no entry 4"):
        runner.read(archive.prove, 4)


def test_the_word_of_a_witness_is_added_and_nothing_else_is_changed(runner: Runner, cosigned: Cosigned) -> None:
    _write(runner, "one")
    note = publish(runner, cosigned)
    assert note is not None
    line = "\u2014 witness.example.org " + "A" * 40 + "\n"
    runner.run(archive.keep, note + line, make.act().now)
    runner.run(archive.keep, note, make.act().now)
    runner.run(archive.keep, note.replace("vestry.test", "another.test"), make.act().now)
    assert runner.read(archive.newest).note == note + line


def test_verify_finds_a_checkpoint_of_another_record(runner: Runner, cosigned: Cosigned, engine: Engine) -> None:
    _write(runner, "one")
    publish(runner, cosigned)
    assert runner.read(verify_all).fault is None
    with engine.begin() as connection:
        connection.execute(update(archive.checkpoint).values(root=bytes(32)))
    fault = runner.read(verify_all).fault
    assert fault is not None
    assert fault.table == "checkpoint"


def test_anybody_reads_what_was_signed_and_how_it_has_grown(
    runner: Runner, cosigned: Cosigned, settings: Settings
) -> None:
    with TestClient(create_app(settings), base_url="https://vestry.test") as http:
        assert "Nothing has been signed yet" in http.get("/checkpoints").text
        for word in "ab":
            _write(runner, word)
            publish(runner, cosigned)
        page = http.get("/checkpoints").text
        assert 'href="/checkpoints/2/since/1"' in page
        key = VerifierKey.read(http.get("/checkpoint/key").text)
        assert str(key) in page
        roots = [open_checkpoint(http.get(f"/checkpoints/{size}").text, key).root for size in (1, 2)]
        told = http.get("/checkpoints/2/since/1").json()
        assert (told["size"], told["later_size"], len(told["path"])) == (1, 2, 1)
        assert roots[0] != roots[1]
        assert http.get("/checkpoints?below=2").text.count("/since/") == 0
        for path in ("3", "0", "x", "-1", "1" * 40, "1/since/2", "2/since/0", "2/since/x"):
            assert http.get(f"/checkpoints/{path}").status_code in {404, 422}, path
