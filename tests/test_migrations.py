"""The migrations make exactly the tables that the code describes, and can take them away again."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect

from app.db import make_engine
from app.migrate import check, downgrade, pending, upgrade


def test_the_migrations_make_what_the_code_describes(engine: Engine) -> None:
    check(engine)


def test_a_migrated_database_has_nothing_pending(engine: Engine) -> None:
    assert not pending(engine)
    upgrade(engine)
    assert not pending(engine)


def test_down_and_up_again(engine: Engine) -> None:
    downgrade(engine)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert pending(engine)
    upgrade(engine)
    check(engine)


def test_a_new_file_is_pending(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/new.db")
    assert pending(engine)
    engine.dispose()
