"""The evidence of a small record and of the sample cooperative, each written once a module."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.db import make_engine
from ledger import journal
from ledger.equity import exercise, reversals
from ledger.members import MemberClass
from ledger.sessions import capital
from ledger.types import Cut
from tests import make
from tests.evidence.folder import Folder, written
from tests.ledger.sessions import hands
from tests.sample import sample_path

AS_OF = date(2025, 12, 31)


def a_little(db: Session) -> None:
    """A company with two grants, an exercise, one that was undone, members, capital and a week of sessions."""
    make.company(db)
    hands.policy(db)
    plan = make.plan(db)
    ana, ben = (make.member(db, MemberClass.PROVIDER, on=date(2024, 1, 2)) for _ in range(2))
    one = make.option(db, plan)
    make.grant(db, plan)
    exercise.exercise(db, make.act(), one.security.id, 1_000, on=date(2025, 6, 2))
    exercise.exercise(db, make.act(), one.security.id, 500, on=date(2025, 6, 3))
    reversals.reverse(db, make.act(), journal.size(db) - 1, reason="Entered twice.")
    capital.pay_in(db, make.act(), ana, 25_00, on=date(2025, 1, 2))
    hands.handed_in(db, [*hands.week(ana, [5, 0, 4]), *hands.week(ben, [3])])


@pytest.fixture(scope="module")
def small_folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the evidence of a small record, sessions included."""
    base = tmp_path_factory.mktemp("small")
    shutil.copyfile(sqlite_template, base / "vestry.db")
    engine = make_engine(f"sqlite:///{base / 'vestry.db'}")
    with Session(engine) as db:
        a_little(db)
        db.commit()
    written(engine, base / "evidence", Cut(AS_OF, 0), sessions=True)
    engine.dispose()
    return base / "evidence"


@pytest.fixture(scope="module")
def small_files(small_folder: Path) -> Folder:
    return Folder.read(small_folder)


@pytest.fixture
def small(small_files: Folder) -> Folder:
    """Return the files of the small record's evidence, to be changed."""
    return small_files.copy()


@pytest.fixture(scope="module")
def sample_evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the sample cooperative's evidence, sessions included."""
    engine = make_engine(f"sqlite:///{sample_path(tmp_path_factory)}")
    folder = tmp_path_factory.mktemp("sample-evidence") / "evidence"
    written(engine, folder, Cut(AS_OF, 0), sessions=True)
    engine.dispose()
    return folder


@pytest.fixture(scope="module")
def sample_files(sample_evidence: Path) -> Folder:
    """Return the files of the sample cooperative's evidence as they are without single sessions."""
    folder = Folder.read(sample_evidence)
    for name in [name for name, data in folder.files.items() if name.startswith("bat") and b'"local_date"' in data]:
        del folder.files[name]
    folder.claim(lambda claims: {name: of for name, of in claims.items() if name != "credit"})
    folder.claim(lambda claims: claims | {"withheld": sorted([*claims["withheld"], "delivery"])})
    return folder
