"""``vestry export evidence``: whole or not at all, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import make_engine
from ledger import journal
from ledger.errors import Invalid
from ledger.types import Cut
from tests.evidence.conftest import AS_OF, a_little
from tests.evidence.folder import Folder, written


def test_it_holds_on_both_databases_and_is_the_same_again(engine: Engine, tmp_path: Path) -> None:
    with Session(engine) as db:
        a_little(db)
        db.commit()
        size = journal.size(db)
    made = written(engine, tmp_path / "one", Cut(AS_OF, 0))
    (tmp_path / "two").mkdir()
    assert made == written(engine, tmp_path / "two", Cut(AS_OF, 0))
    one, two = Folder.read(tmp_path / "one"), Folder.read(tmp_path / "two")
    assert one.files == two.files
    assert (made.entries, len(one.lines)) == (size, size)
    assert one.judged()[0] == 0
    # single sessions are withheld unless somebody says so
    assert "delivery" in made.withheld
    assert not [name for name in one.files if name.startswith("batches/")]


def test_it_refuses_a_folder_that_is_not_empty_and_leaves_nothing_half_written(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, out = make_engine(sqlite_url), tmp_path / "out"
    out.mkdir()
    with pytest.raises(Invalid, match="Nothing is on record"):
        written(engine, out / "evidence", Cut(AS_OF, 0))
    with Session(engine) as db:
        a_little(db)
        db.commit()
    (out / "taken").mkdir()
    (out / "taken" / "notes.txt").write_text("mine")
    with pytest.raises(Invalid, match="not an empty folder"):
        written(engine, out / "taken", Cut(AS_OF, 0))
    with pytest.raises(Invalid, match="no folder"):
        written(engine, out / "nowhere" / "evidence", Cut(AS_OF, 0))

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("app.evidence.export._write_batches", full)
    with pytest.raises(OSError, match="No space"):
        written(engine, out / "evidence", Cut(AS_OF, 0))
    assert sorted(one.name for one in out.iterdir() if one.is_dir()) == ["taken"]
    engine.dispose()
