"""Evidence of a record in which everything has happened that can happen to equity, and of a secret vote."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import make_engine
from ledger.types import Cut
from tests.evidence.folder import Folder, written
from tests.reports.cooperative import Cooperative
from tests.secret.conftest import precinct  # noqa: F401 - a fixture
from tests.secret.precinct import CLOSES, OPENS, Precinct


def test_the_cap_table_of_any_month_is_reckoned_again(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(sqlite_url)
    with Session(engine, expire_on_commit=False) as db:
        Cooperative(db).tell()
        db.commit()
    for day in (date(2023, 6, 30), date(2024, 6, 30), date(2025, 1, 31), date(2025, 12, 31), date(2030, 1, 1)):
        written(engine, tmp_path / day.isoformat(), Cut(day, 0))
        code, said = Folder.read(tmp_path / day.isoformat()).judged()
        assert code == 0, said
    engine.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_secret_vote_is_counted_again(
    precinct: Precinct,  # noqa: F811 - the fixture
    engine: Engine,
    tmp_path: Path,
) -> None:
    precinct.announce().issue()
    passes = precinct.fetch_all(12)
    precinct.turn_to(OPENS + timedelta(minutes=1))
    for at, one in enumerate(passes):
        precinct.cast(one, "yes" if at < 7 else "no")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    precinct.see(precinct.members[0], f"/decisions/{precinct.proposal}")
    written(engine, tmp_path / "evidence", Cut(date(2030, 1, 1), 0))
    folder = Folder.read(tmp_path / "evidence")
    assert f"votes/{precinct.proposal}.jsonl" in folder.files
    code, said = folder.judged()
    assert code == 0, said
    # who asked for a pass, and every ballot of the box, stay out
    assert not [name for name, data in folder.files.items() if name.startswith("batches/") and b'"member"' not in data]
