"""PostgreSQL keeps session rows in one table a month, made with its first row, guarded like the whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import migrate
from app.config import Settings
from app.db import make_engine
from app.operations import backup
from app.operations.doctor import examine
from ledger.errors import NotAllowedNow
from ledger.partitions import attaching, loose_months
from ledger.sessions.deliveries import correct_row, rows_of, tallies
from ledger.sessions.recorded import recorded
from ledger.verify import verify
from tests import make, postgres
from tests.ledger.sessions.hands import AFTER_JULY, MONDAY, closed, delivered, handed_in

JUNE = MONDAY - timedelta(weeks=4)


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    """An engine on a database of PostgreSQL."""
    engine = make_engine(postgresql_url)
    yield engine
    engine.dispose()


def _parts(connection: Connection) -> dict[str, int]:
    """The tables of single months, and how many rows each has."""
    query = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'delivery'::regclass ORDER BY 1")
    names = connection.execute(query).scalars().all()
    return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}


def _worked(engine: Engine) -> str:
    """Two months of a provider's, one row of them corrected; returns the provider."""
    with Session(engine) as db, db.begin():
        ana = make.holder(db).id
        first, *others = (delivered(ana, day) for day in (MONDAY, MONDAY + timedelta(1), JUNE))
        handed_in(db, [first, *others])
        [placed, *_] = [one for one in rows_of(db, ana, MONDAY, MONDAY) if one.row.fingerprint == first.fingerprint]
        correct_row(db, make.act(), placed.n, placed.i, instead=delivered(ana, MONDAY, 2), on=AFTER_JULY)
    return ana


def test_a_month_gets_its_table_with_its_first_row_and_a_query_reads_only_those_it_needs(engine: Engine) -> None:
    ana = _worked(engine)
    with engine.connect() as connection:
        assert _parts(connection) == {"delivery_2025_06": 1, "delivery_2025_07": 4}
        asked = text("EXPLAIN SELECT * FROM delivery WHERE local_date BETWEEN '2025-07-07' AND '2025-07-13'")
        plan = "\n".join(connection.execute(asked).scalars())
        assert "delivery_2025_07" in plan
        assert "delivery_2025_06" not in plan, "its sessions all ended before"
    with Session(engine) as db:
        assert [tally.sessions for tally in tallies(db, known_at=99, first=JUNE, last=AFTER_JULY, provider=ana)] == [
            1,
            2,
            1,
        ]
    migrate.check(engine)


@pytest.mark.parametrize("table", ["delivery", "delivery_2025_07"])
def test_no_part_can_be_changed_and_none_takes_a_row_of_a_sealed_entry_or_one_twice(engine: Engine, table: str) -> None:
    _worked(engine)
    row = "n, i, provider, local_date, category, modality, attendance, count, minutes, fingerprint, period, kind"
    again = f"INSERT INTO {table} ({row}) SELECT {row} FROM delivery WHERE period = '2025-07' LIMIT 1"
    for attack in (f"UPDATE {table} SET minutes = 1", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        assert "only ever added to" in _refused(engine, attack)
    assert _refused(engine, again)
    other = again.replace("SELECT n, i,", "SELECT n, i + 50,")
    assert "makes no more records" in _refused(engine, other)
    zeros = "'\\x" + "00" * 32 + "'"
    entry = (
        "INSERT INTO entry (n, kind, effective_on, recorded_at, payload, leaf, head) SELECT max(size), 'holder.added',"
        f" '2026-01-05', 0, {zeros}, {zeros}, max(size) + 1 FROM head"
    )
    new = again.replace("SELECT n, i,", "SELECT (SELECT max(size) FROM head), 0,")
    june = new.replace(f"INTO {table}", "INTO delivery").replace(
        "fingerprint, period, kind FROM", "'a', '2025-08', kind FROM"
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT vestry_delivery_months('{2025-08}')"))
    assert "stands in one place" in _refused(engine, entry, june, new)
    assert "only ever added to" in _refused(engine, "TRUNCATE delivery_2025_08")
    assert "only ever added to" in _refused(engine, "DELETE FROM delivery_print")


def _refused(engine: Engine, *statements: str) -> str:
    """Run the statements in one transaction and return how the database refused them."""
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    except DBAPIError as refusal:
        return str(refusal.orig)
    pytest.fail("the database took it")


def test_a_new_month_locks_out_neither_readers_nor_what_they_began(engine: Engine) -> None:
    ana = _worked(engine)
    with engine.connect() as reader, Session(engine) as db:
        counted = text("SELECT count(*) FROM delivery")
        assert reader.execute(counted).scalar_one() == 5
        db.execute(text("SET LOCAL lock_timeout = '2s'"))
        handed_in(db, [delivered(ana, AFTER_JULY)])
        with engine.connect() as another:
            another.execute(text("SET LOCAL lock_timeout = '2s'"))
            assert another.execute(counted).scalar_one() == 5, "it is not committed yet"
        db.rollback()
        handed_in(db, [delivered(ana, AFTER_JULY)])
        db.commit()
    with engine.connect() as connection:
        assert _parts(connection)["delivery_2025_08"] == 1


def test_a_session_is_known_again_whatever_month_it_was_posted_to_and_verify_tells_if_not(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        ana = make.holder(db).id
        rows = [delivered(ana, day) for day in (MONDAY, JUNE, date(2024, 12, 30))]
        handed_in(db, rows)
    prints = [row.fingerprint for row in rows]
    with Session(engine) as db:
        assert recorded(db, [*prints, "nobody's"]) == {row.fingerprint: row for row in rows}
        assert recorded(db, ["nobody's"]) == {}
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE delivery_print DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM delivery_print WHERE period = '2025-01'"))
    with Session(engine) as db:
        fault = verify(db).fault
        assert fault is not None
        assert fault.table == "delivery_print"


def test_rows_move_with_the_migration_and_back_and_stand_in_a_backup_once(
    engine: Engine, postgresql_server: str, tmp_path: Path
) -> None:
    ana = _worked(engine)
    with Session(engine) as db:
        rows, root = rows_of(db, ana, JUNE, AFTER_JULY), verify(db).root
    assert len(rows) == 5
    contents = backup.write(engine, tmp_path / "backup.zip", datetime(2026, 1, 1, tzinfo=UTC))
    assert contents.tables["delivery"][0] == 5
    assert not [name for name in contents.tables if name.startswith("delivery_")]
    migrate.downgrade(engine, "0022")
    with engine.connect() as connection:
        assert _parts(connection) == {}
        assert connection.execute(text("SELECT count(*) FROM delivery")).scalar_one() == 5
    assert "only ever added to" in _refused(engine, "DELETE FROM delivery")
    migrate.upgrade(engine)
    migrate.check(engine)
    _same(engine, ana, rows, root)
    postgres.execute(postgresql_server, "CREATE DATABASE vestry_restored_months")
    other = make_engine(postgres.database_at(postgresql_server, "vestry_restored_months"))
    backup.restore(other, tmp_path / "backup.zip")
    _same(other, ana, rows, root)
    other.dispose()
    postgres.execute(postgresql_server, "DROP DATABASE vestry_restored_months")


def _same(engine: Engine, provider: str, rows: object, root: str) -> None:
    with Session(engine) as db:
        assert rows_of(db, provider, JUNE, AFTER_JULY) == rows
        verdict = verify(db)
        assert (verdict.fault, verdict.root) == (None, root)
    with engine.connect() as connection:
        assert _parts(connection) == {"delivery_2025_06": 1, "delivery_2025_07": 4}
    assert "only ever added to" in _refused(engine, "DELETE FROM delivery")
    assert "only ever added to" in _refused(engine, "TRUNCATE delivery_2025_07")


def test_a_month_that_was_detached_is_told_and_put_back(engine: Engine) -> None:
    _worked(engine)
    with engine.begin() as connection:
        assert loose_months(connection) == []
        connection.execute(text("ALTER TABLE delivery DETACH PARTITION delivery_2025_06"))
    with Session(engine) as db:
        fault = verify(db).fault
    assert fault is not None
    assert fault.table == "delivery"
    url = engine.url.render_as_string(hide_password=False)
    [told] = [one for one in examine(Settings(database_url=url), {}) if one.what == "months"]
    assert "delivery_2025_06" in told.said
    with engine.begin() as connection:
        connection.execute(text(told.mend))
    with Session(engine) as db:
        assert verify(db).fault is None
    assert attaching("delivery_2025_12").endswith("FROM ('2025-12') TO ('2026-01');")


def test_a_clock_that_went_back_posts_nothing_to_a_month_before_its_own(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        ana = make.holder(db).id
        closed(db)
        with pytest.raises(NotAllowedNow, match="Set the clock right"):
            handed_in(db, [delivered(ana, MONDAY)], on=JUNE)
