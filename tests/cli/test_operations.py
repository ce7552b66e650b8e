"""Running Vestry: settings shown, what is wrong and how to mend it, backups and the way back from them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import archive, migrate
from app.checkpoints import signer_of
from app.config import Settings
from app.db import Runner, make_engine
from app.operations import backup
from app.operations.doctor import How, examine
from app.webhooks.endpoints import add_webhook
from app.webhooks.setup import outgoing_of
from ledger.errors import Conflict, Invalid
from tests import make, postgres
from tests.cli.conftest import Vestry

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
def empty(postgresql_server: str, database_numbers: Iterator[int], tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """Yield what makes an engine on a database without tables: of SQLite or of PostgreSQL."""
    made: list[Engine] = []
    name = f"vestry_restored_{next(database_numbers)}"

    def new(kind: str) -> Engine:
        if kind == "postgresql":
            postgres.execute(postgresql_server, f"CREATE DATABASE {name}")
            made.append(make_engine(postgres.database_at(postgresql_server, name)))
        else:
            made.append(make_engine(f"sqlite:///{tmp_path / 'restored.db'}"))
        return made[-1]

    yield new
    for engine in made:
        engine.dispose()
    postgres.execute(postgresql_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def filled(engine: Engine) -> None:
    """Put a company with a member on record."""
    with Session(engine) as db, db.begin():
        make.company(db)
        make.member(db)


def test_a_backup_of_either_database_is_restored_into_the_other_and_verifies(
    engine: Engine, empty: Callable[[str], Engine], tmp_path: Path
) -> None:
    filled(engine)
    first = backup.write(engine, tmp_path / "a.zip", NOW)
    other = empty("sqlite" if engine.dialect.name == "postgresql" else "postgresql")
    read, verdict = backup.restore(other, tmp_path / "a.zip")
    assert (read, verdict.fault) == (first, None)
    assert verdict.entries > 1
    assert backup.write(other, tmp_path / "b.zip", NOW).tables == first.tables, "row for row"
    with pytest.raises(Conflict, match="not empty"):
        backup.restore(other, tmp_path / "a.zip")
    with Session(other) as db, db.begin():
        make.member(db)  # its guards are there again, and let new entries in


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_altered_backup_is_refused_and_nothing_is_left(engine: Engine, tmp_path: Path) -> None:
    filled(engine)
    backup.write(engine, tmp_path / "a.zip", NOW)
    target = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    altered = zipfile.ZipFile(tmp_path / "c.zip", "w")
    with zipfile.ZipFile(tmp_path / "a.zip") as was, altered:
        for name in was.namelist():
            altered.writestr(name, was.read(name)[:-2] if name == "rows/holder.jsonl" else was.read(name))
    with pytest.raises(Invalid, match="rows of holder"):
        backup.restore(target, tmp_path / "c.zip")
    assert backup.restore(target, tmp_path / "a.zip")[1].fault is None


def test_a_backup_of_an_earlier_version_is_brought_to_this_one(tmp_path: Path) -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    newest = script.get_revision("head")
    assert newest is not None
    old = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate.upgrade(old, str(newest.down_revision))
    assert backup.write(old, tmp_path / "a.zip", NOW).revision == newest.down_revision
    new = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    backup.restore(new, tmp_path / "a.zip")
    assert not migrate.pending(new)


def test_a_backup_of_a_newer_version_says_what_to_install(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        said = {"format": backup.FORMAT, "made_at": "", "version": "9.1", "revision": "9999", "tables": {}}
        archive.writestr("backup.json", json.dumps(said))
    with pytest.raises(Invalid, match=r"made by Vestry 9\.1, which is newer"):
        backup.restore(make_engine(f"sqlite:///{tmp_path / 'new.db'}"), tmp_path / "a.zip")


def test_the_commands_take_a_backup_try_it_and_say_what_is_wrong(vestry: Vestry, tmp_path: Path) -> None:
    missing = vestry("doctor")
    assert missing.returncode == 1
    assert "vestry migrate" in missing.stdout
    vestry("migrate")
    assert vestry("doctor").returncode == 0
    assert vestry("backup", "b.zip").returncode == 0
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert vestry("backup", "b.zip").returncode == 5
    assert "0 entries verify" in vestry("restore", "b.zip", "--check").stdout
    assert vestry("restore", "b.zip").returncode == 5
    assert vestry("restore", "b.zip", database="sqlite:///new.db").returncode == 0
    (tmp_path / "junk.zip").write_bytes(b"junk")
    assert vestry("restore", "junk.zip", database="sqlite:///third.db").returncode == 4
    assert not (tmp_path / "third.db").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_doctor_says_what_is_lost_out_of_reach_or_ahead_and_what_to_do(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        database_url=database_url,
        signing_key_file=str(tmp_path / "log.signing-key"),
        replica_url="postgresql://vestry@127.0.0.1:1/vestry",
        smtp_url="smtp://127.0.0.1:1",
        mail_from="mail@example.org",
    )
    filled(engine)
    runner = Runner(engine)
    note = runner.read(signer_of(settings).publish)
    assert note is not None
    with Session(engine) as db, db.begin():
        archive.keep(db, note, NOW)
        add_webhook(db, make.act(), outgoing_of(settings), label="EHR", url="https://ehr.example.org/")

    def wrong(at: datetime = NOW) -> list[str]:
        monkeypatch.setattr("app.clock.now", lambda: at)
        found = [one for one in examine(settings, {}) if one.how is How.WRONG]
        assert all(one.mend for one in found)
        return [one.what for one in found]

    # as it should be, but for a mail server and a replica that are away
    assert wrong() == ["mail", "replica"]
    assert wrong(make.NOW - timedelta(minutes=1)) == ["mail", "clock", "replica"]
    for lost, what in ((settings.key_path, "keys"), (settings.signing_key_path, "checkpoints")):
        lost.unlink()
        assert what in wrong()


@pytest.mark.parametrize("url", ["vestry.db", "posgresql://ana:secret@db1/vestry"])
def test_an_address_of_no_database_is_refused_in_a_sentence(vestry: Vestry, url: str) -> None:
    said = vestry("doctor", database=url)
    assert said.returncode != 0
    assert said.stderr.startswith("vestry: VESTRY_DATABASE_URL: It looks like sqlite:///")
    assert "secret" not in said.stderr


def test_settings_are_shown_without_their_secrets(vestry: Vestry) -> None:
    told = vestry("config", "show", "--json", database="postgresql://ana:secret@127.0.0.1/vestry")
    first = json.loads(told.stdout.splitlines()[0])
    assert (first["name"], first["is_set"]) == ("VESTRY_DATABASE_URL", True)
    assert first["value"] == "postgresql://ana:***@127.0.0.1/vestry"
    assert "secret" not in told.stdout
