"""Starting, verifying, tampering: the operator's and the auditor's commands."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from app.cli import exits
from app.db import make_engine
from app.demo.build import build
from ledger.cosignatures import WitnessKey, cosigned
from ledger.notes import DASH, halves
from tests import make
from tests.cli.conftest import Vestry
from tests.sample import sample_path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a sample cooperative, built once."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copyfile(sample_path(tmp_path_factory), path)
    return path


@pytest.fixture
def small(sqlite_url: str) -> Path:
    """Return the file of a cooperative with a grant and little else, which is verified in no time."""
    engine = make_engine(sqlite_url)
    with Session(engine) as db:
        make.company(db)
        make.grant(db)
        db.commit()
    engine.dispose()
    return Path(sqlite_url.removeprefix("sqlite:///"))


def test_help_names_the_commands(vestry: Vestry) -> None:
    finished = vestry("--help")
    assert finished.returncode == exits.OK
    for command in ("demo", "serve", "migrate", "import", "export", "verify", "vesting"):
        assert f"  {command} " in finished.stdout
    examples = vestry("check", "--help").stdout
    assert "  vestry check\n  vestry check --as-of" in examples  # each in a line of its own


ENTRIES, ROOT = 4_015, "de9c02459cc78996c94f0e8a04184b92b6eb3700bd83bdda28f587be09925fde"
"""Where the sample's record ends. Another root without a change of its story means that chance has crept in, or that
entries are written otherwise than they were."""


def test_the_demo_is_the_same_every_time(demo: Path) -> None:
    # built anew in each run of the tests, in a process with hashes of its own
    built = build(demo)
    assert built.seconds == 0.0  # and what stands there is not built again
    assert (built.entries, built.root) == (ENTRIES, ROOT)


def test_the_demo_verifies(vestry: Vestry, demo: Path) -> None:
    finished = vestry("verify", "--json", database=f"sqlite:///{demo}")
    verdict = json.loads(finished.stdout)
    assert (finished.returncode, verdict["ok"], verdict["fault"]) == (exits.OK, True, None)
    assert verdict["records"]["award"] >= 280


def test_a_head_that_was_noted_is_compared(vestry: Vestry, small: Path) -> None:
    database = f"sqlite:///{small}"
    verdict = json.loads(vestry("verify", "--json", database=database).stdout)
    noted = f"{verdict['entries']}:{verdict['root']}"
    assert vestry("verify", "--known", noted, database=database).returncode == exits.OK
    other = f"{verdict['entries']}:{'0' * 64}"
    assert vestry("verify", "--known", other, database=database).returncode == exits.UNVERIFIED


def test_a_checkpoint_that_was_kept_is_compared(vestry: Vestry, small: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{small}"
    assert vestry("checkpoint", "key", database=database).returncode == exits.NOT_FOUND
    signed = vestry("checkpoint", "sign", database=database)
    assert signed.returncode == exits.OK
    assert vestry("checkpoint", "sign", database=database).stdout == signed.stdout
    key = vestry("checkpoint", "key", database=database).stdout.strip()
    secret = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    mine = WitnessKey("witness.example.com/w1", secret.public_key().public_bytes_raw())
    data = mine.id + bytes(8) + secret.sign(cosigned(halves(signed.stdout)[0], 0).encode())
    (tmp_path / "kept.txt").write_text(f"{signed.stdout}{DASH}{mine.name} {b64encode(data).decode()}\n")
    for more in ((), ("--key", key, "--witness", str(mine))):
        assert vestry("verify", "--checkpoint", "kept.txt", *more, database=database).returncode == exits.OK
    absent = ("--witness", str(mine), "--witness", str(WitnessKey("absent.example.com", mine.public)))
    lacking = vestry("verify", "--checkpoint", "kept.txt", *absent, database=database)
    assert (lacking.returncode, "not: absent.example.com" in lacking.stderr) == (exits.UNVERIFIED, True)
    for wrong in (("--checkpoint", "kept.txt", *absent, "--quorum", "3"), ("--quorum", "1"), absent):
        assert vestry("verify", *wrong, database=database).returncode == exits.USAGE
    assert "No witness is set" in vestry("checkpoint", "cosign", database=database).stderr
    for content in (signed.stdout.replace("\n", "1\n", 2), "rubbish", "\udcff"):
        (tmp_path / "bad.txt").write_bytes(content.encode(errors="surrogateescape"))
        finished = vestry("verify", "--checkpoint", "bad.txt", database=database)
        assert (finished.returncode, finished.stdout) == (exits.UNVERIFIED, "")
    assert vestry("verify", "--checkpoint", "none.txt", database=database).returncode == exits.NOT_FOUND
    unread = vestry("verify", "--checkpoint", "kept.txt", "--key", "rubbish", database=database)
    assert (unread.returncode, "name+hash+base64" in unread.stderr) == (exits.UNVERIFIED, True)


def test_one_changed_byte_fails_verification_by_name(vestry: Vestry, demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(demo.read_bytes())
    connection = sqlite.connect(str(copy))
    connection.execute("DROP TRIGGER security_no_update")
    connection.execute("UPDATE security SET quantity = quantity + 1 WHERE label = 'CS-1'")
    connection.commit()
    connection.close()
    finished = vestry("verify", database=f"sqlite:///{copy}")
    assert finished.returncode == exits.UNVERIFIED
    assert "security of entry" in finished.stderr
    assert "quantity is 2000001" in finished.stderr


def test_a_database_that_is_behind_is_not_used(vestry: Vestry, tmp_path: Path) -> None:
    assert vestry("verify").returncode == exits.PENDING
    assert vestry("serve").returncode == exits.PENDING
    assert "CREATE TABLE entry" in vestry("migrate", "--sql").stdout
    assert not (tmp_path / "vestry.db").exists()
    assert "vestry migrate" in vestry("migrate", "--check").stderr
    assert vestry("migrate").returncode == exits.OK
    assert vestry("migrate", "--check").returncode == exits.OK
    assert vestry("verify").returncode == exits.OK


def test_a_token_is_shown_once_and_scopes_are_checked(vestry: Vestry) -> None:
    vestry("migrate")
    made = vestry("token", "create", "--actor", "usr_ana", "--scope", "captable:read", "--expires", "90")
    assert made.returncode == exits.OK
    assert made.stdout.startswith("vestry_")
    refused = vestry("token", "create", "--actor", "usr_ana", "--scope", "everything")
    assert refused.returncode == exits.USAGE
    assert "captable:read" in refused.stderr


def test_a_database_that_can_not_be_opened_says_so(vestry: Vestry) -> None:
    finished = vestry("migrate", database="sqlite:////nowhere/at/all.db")
    assert finished.returncode == exits.FAILURE
    assert "can't be opened" in finished.stderr
    assert "Traceback" not in finished.stderr
