"""``vestry export captable`` notes what is taken, and ``vestry report verify`` knows it again."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sqlalchemy.orm import Session

from app.cli import exits
from app.db import make_engine
from app.migrate import upgrade
from tests import make
from tests.cli.conftest import Vestry


def test_a_file_is_noted_known_again_and_refused_when_altered(vestry: Vestry, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'vestry.db'}")
    upgrade(engine)
    with Session(engine) as db:
        make.company(db)
        db.commit()
    engine.dispose()
    file = tmp_path / "summary.csv"
    assert vestry("export", "captable", "--as-of", "2025-12-31", "--output", str(file)).returncode == exits.OK
    ours = vestry("report", "verify", str(file))
    assert ours.returncode == exits.OK
    assert "Handed out: summary.csv as of 2025-12-31, known at entry 1, to cli" in ours.stdout
    assert "byte for byte" in ours.stdout
    file.write_bytes(file.read_bytes().replace(b"Total", b"Sum"))
    altered = vestry("report", "verify", str(file))
    assert altered.returncode == exits.UNVERIFIED
    assert "Row 2, class_name: the file says 'Sum', the record 'Total'" in altered.stderr
    file.write_bytes(b"rubbish")
    assert vestry("report", "verify", str(file)).returncode == exits.REFUSED
    assert vestry("report", "verify", "nowhere.csv").returncode == exits.NOT_FOUND
    assert vestry("export", "books", "hledger", "--output", str(file)).returncode == exits.OK
    assert "Handed out: books-hledger.journal" in vestry("report", "verify", str(file)).stdout
    # a folder is known by what sha256sum prints of its files
    assert vestry("export", "evidence", str(tmp_path / "evidence"), "--as-of", "2025-12-31").returncode == exits.OK
    names = sorted(path for path in (tmp_path / "evidence").rglob("*") if path.is_file())
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(tmp_path / 'evidence')}\n" for path in names]
    file.write_text("".join(lines))
    assert "Handed out: evidence.folder as of 2025-12-31" in vestry("report", "verify", str(file)).stdout
