"""What the service signs about its journal, and what nobody can make it sign."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.checkpoints import Signer, signer_of
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from ledger import journal
from ledger.entries import Draft
from ledger.errors import NotFound, Tampered
from ledger.merkle import CompactRange, leaf_hash
from ledger.notes import VerifierKey, open_checkpoint
from tests import make


@pytest.fixture
def runner(engine: Engine) -> Runner:
    return Runner(engine)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "log.signing-key", "vestry.example.org")


def _write(runner: Runner, *words: str) -> None:
    for word in words:
        draft = Draft("journal.reversed", date(2026, 3, 2), (), (), {"reason": word})
        runner.run(journal.append, make.act(), draft)


def test_a_checkpoint_stands_for_what_is_committed_and_comes_when_the_journal_has_grown(
    runner: Runner, signer: Signer, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        signer.latest()
    for size in (2, 4):
        _write(runner, "one", "two")
        note = runner.read(signer.publish)
        assert note is not None
        checkpoint = open_checkpoint(note, signer.verifier())
        assert (checkpoint.size, checkpoint.root) == (size, runner.read(journal.head_at, size).root())
        assert signer.latest() == note
        assert runner.read(signer.publish) is None
    for file in tmp_path.glob("log.*"):
        assert file.stat().st_mode & 0o077 == 0


def _rewrite(runner: Runner, engine: Engine) -> None:
    """Change the second entry and every hash above it, as somebody could who is master of the database."""
    pages = runner.read(lambda db: list(journal.payloads_between(db, 0, journal.size(db))))
    payloads = [bytes(payload) for page in pages for payload in page]
    payloads[1] = payloads[1].replace(b"two", b"too")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            for table in ("entry", "head"):
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
        for n, payload in enumerate(payloads):
            values = {"n": n, "payload": payload, "leaf": leaf_hash(payload)}
            connection.execute(text("UPDATE entry SET payload = :payload, leaf = :leaf WHERE n = :n"), values)
            tree = CompactRange().extended([leaf_hash(each) for each in payloads[: n + 1]])
            row = {"size": n + 1, "range": tree.encode(), "root": tree.root()}
            connection.execute(text("UPDATE head SET range = :range, root = :root WHERE size = :size"), row)


@pytest.mark.parametrize("grows", [False, True])
def test_a_rewritten_history_is_not_signed(runner: Runner, engine: Engine, signer: Signer, grows: bool) -> None:
    _write(runner, "one", "two", "three")
    kept = runner.read(signer.publish)
    _rewrite(runner, engine)
    if grows:
        _write(runner, "four")
    with pytest.raises(Tampered, match="does not begin with the 3 entries that were signed"):
        runner.read(signer.publish)
    assert signer.latest() == kept


def test_a_shorter_history_is_not_signed(runner: Runner, signer: Signer, tmp_path: Path, sqlite_template: Path) -> None:
    _write(runner, "one", "two")
    runner.read(signer.publish)
    shutil.copyfile(sqlite_template, tmp_path / "older.db")
    older = make_engine(f"sqlite:///{tmp_path / 'older.db'}")
    _write(Runner(older), "one")
    with pytest.raises(Tampered, match="The journal has 1 entries, and 2 were signed"):
        Runner(older).read(signer.publish)
    older.dispose()


def test_a_key_without_what_it_signed_signs_nothing(runner: Runner, signer: Signer, tmp_path: Path) -> None:
    _write(runner, "one")
    runner.read(signer.publish)
    state = tmp_path / "log.signed"
    was = state.read_text()
    for rubbish in ("", "{}", was.replace("1", "2"), was[:-10]):
        state.write_text(rubbish)
        with pytest.raises(Tampered):
            runner.read(signer.publish)
    state.unlink()
    with pytest.raises(Tampered, match="is missing; put it back from a copy"):
        runner.read(signer.publish)
    state.write_text(was)
    (tmp_path / "log.signing-key").unlink()
    with pytest.raises(Tampered, match="put it back from a copy"):
        runner.read(signer.publish)


def test_anybody_may_read_the_newest_checkpoint_and_the_key(runner: Runner, database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=database_url, public_url="https://vestry.test", signing_key_file=str(tmp_path / "log.signing-key")
    )
    with TestClient(create_app(settings), base_url="https://vestry.test") as http:
        assert http.get("/checkpoint").status_code == http.get("/checkpoint/key").status_code == 404
        _write(runner, "one")
        runner.read(signer_of(settings).publish)
        key = VerifierKey.read(http.get("/checkpoint/key").text)
        checkpoint = open_checkpoint(http.get("/checkpoint").text, key)
    assert (checkpoint.origin, checkpoint.size) == ("vestry.test", 1)
