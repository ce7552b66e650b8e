"""Each guard of the journal is attacked by SQL, on both databases (journal.md, "Tables and guards")."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft, Role, account, move
from ledger.errors import Overdrawn
from tests import make

DAY = date(2026, 1, 5)
HASH = "{hash}"


def _filled(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        make.company(db)
        make.plan(db)


def _hash(engine: Engine) -> str:
    zeros = "00" * 32
    return rf"'\x{zeros}'" if engine.dialect.name == "postgresql" else f"x'{zeros}'"


def _refused(engine: Engine, *statements: str) -> str:
    """Run the statements in one transaction and return how the database refused them."""
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement.replace(HASH, _hash(engine))))
    except DBAPIError as refusal:
        return str(refusal.orig)
    pytest.fail("the database took it")


def _next(engine: Engine) -> int:
    with Session(engine) as db:
        return journal.size(db)


def _entry(n: int, head: int) -> str:
    return (
        "INSERT INTO entry (n, kind, effective_on, recorded_at, payload, leaf, head) "
        f"VALUES ({n}, 'holder.added', '2026-01-05', 0, {HASH}, {HASH}, {head})"
    )


def _head(size: int) -> str:
    return f"INSERT INTO head (size, range, root) VALUES ({size}, {HASH}, {HASH})"


def _posting(n: int, amount: int, after: int, *, leg: int = 0, version: int = 2, into: str = "unissued") -> str:
    return (
        "INSERT INTO posting (account, version, n, leg, effective_on, amount, after) "
        f"SELECT id, {version}, {n}, {leg}, '2026-01-05', {amount}, {after} FROM account WHERE path LIKE '{into}:%'"
    )


@pytest.mark.parametrize("table", ["entry", "posting", "head", "account", "holder", "plan", "security", "schedule"])
@pytest.mark.parametrize("attack", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_nothing_is_updated_or_deleted(engine: Engine, table: str, attack: str) -> None:
    with Session(engine) as db, db.begin():
        make.company(db)
        make.grant(db)
    column = {"head": "size", "account": "id"}.get(table, "n")
    assert "only ever added to" in _refused(engine, attack.format(table, column))


def test_nothing_is_truncated(postgresql_url: str) -> None:
    from app.db import make_engine  # noqa: PLC0415 - only this test makes its own

    engine = make_engine(postgresql_url)
    _filled(engine)
    assert "only ever added to" in _refused(engine, "TRUNCATE posting")
    assert "only ever added to" in _refused(engine, "TRUNCATE holder CASCADE")
    engine.dispose()


def test_a_number_can_be_neither_skipped_nor_used_twice(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    assert "without a gap" in _refused(engine, _entry(n + 1, n + 2), _head(n + 2))
    assert _refused(engine, _entry(n - 1, n))


def test_an_entry_without_its_head_can_not_be_committed(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    assert "foreign key" in _refused(engine, _entry(n, n + 1)).lower()
    assert _next(engine) == n


def test_an_old_head_does_not_seal_a_new_entry(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    assert "head" in _refused(engine, _entry(n, n)).lower()


def test_a_head_covers_exactly_all_entries(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    assert "exactly all entries" in _refused(engine, _head(n + 1))
    assert "exactly all entries" in _refused(engine, _entry(n, n + 2), _head(n + 2))
    assert "larger" in _refused(engine, _head(n))
    assert "name this head" in _refused(engine, _entry(n, n + 2), _entry(n + 1, n + 3), _head(n + 2))


def test_postings_that_do_not_cancel_out_are_not_sealed(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    assert "cancel out" in _refused(engine, _entry(n, n + 1), _posting(n, 5, 8_000_005, version=3), _head(n + 1))


@pytest.mark.parametrize(
    ("posting", "complaint"),
    [
        ({"amount": 5, "after": 8_000_005, "version": 4}, "next of its account"),
        ({"amount": 5, "after": 8_000_006, "version": 3}, "running balance"),
        ({"amount": -9_000_000, "after": -1_000_000, "version": 3}, "below its floor"),
    ],
)
def test_a_posting_extends_its_chain(engine: Engine, posting: dict[str, int], complaint: str) -> None:
    _filled(engine)
    n = _next(engine)
    amount, after, version = posting["amount"], posting["after"], posting["version"]
    assert complaint in _refused(engine, _entry(n, n + 1), _posting(n, amount, after, version=version), _head(n + 1))


def test_a_sealed_entry_takes_no_more_postings_and_makes_no_more_records(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    assert "no more postings" in _refused(engine, _posting(n - 1, 5, 8_000_005, version=3, leg=7))
    added = f"INSERT INTO holder (n, i, id, kind, licensed) VALUES ({n - 1}, 9, 'hld_x', 'ENTITY', 0)"
    assert "no more records" in _refused(engine, added)


def test_an_account_is_opened_by_an_entry_and_never_replaced(engine: Engine) -> None:
    _filled(engine)
    n = _next(engine)
    opened = "INSERT INTO account (id, path, asset, floor, opened_n) VALUES ({}, 'pool:x', 'UNIT:x', NULL, {})"
    assert "opens no more accounts" in _refused(engine, opened.format(3, n - 1))
    assert _refused(engine, opened.format(9, n))


def test_replacing_a_row_is_no_way_around(sqlite_url: str) -> None:
    from app.db import make_engine  # noqa: PLC0415 - only this test makes its own

    engine = make_engine(sqlite_url)
    _filled(engine)
    before = _rows(engine)
    for table in ("entry", "head", "account", "posting", "plan"):
        with engine.connect() as connection, pytest.raises(DBAPIError), connection.begin():
            connection.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"))
    assert _rows(engine) == before
    engine.dispose()


def _rows(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        counts = (
            connection.execute(text(f"SELECT count(*) FROM {t}")) for t in ("entry", "head", "account", "posting")
        )
        return [count.scalar_one() for count in counts]


def _draft(amount: int, day: date, source: Role, target: Role) -> Draft:
    return Draft("class.adjusted", day, (), move("UNIT:x", amount, account(source, "x"), account(target, "x")))


def test_a_backdated_entry_can_not_overdraw_a_later_day(db: Session) -> None:
    journal.append(db, make.act(), _draft(100, date(2025, 1, 1), Role.CHARTER, Role.UNISSUED))
    journal.append(db, make.act(), _draft(60, date(2025, 3, 1), Role.UNISSUED, Role.POOL))
    with pytest.raises(Overdrawn) as refusal:
        journal.append(db, make.act(), _draft(60, date(2025, 2, 1), Role.UNISSUED, Role.POOL))
    assert (refusal.value.available, refusal.value.needed, refusal.value.day) == (40, 60, date(2025, 3, 1))
    journal.append(db, make.act(), _draft(40, date(2025, 2, 1), Role.UNISSUED, Role.POOL))
    assert journal.lowest_from(db, "unissued:x", date(2025, 1, 15)) == 0
    db.commit()


def test_entries_of_one_append_are_held_to_each_other(db: Session) -> None:
    journal.append(db, make.act(), _draft(100, date(2025, 1, 1), Role.CHARTER, Role.UNISSUED))
    later = _draft(60, date(2025, 3, 1), Role.UNISSUED, Role.POOL)
    with pytest.raises(Overdrawn) as refusal:
        journal.append(db, make.act(), later, _draft(60, date(2025, 2, 1), Role.UNISSUED, Role.POOL))
    assert (refusal.value.available, refusal.value.day) == (40, date(2025, 3, 1))
    assert journal.size(db) == 1


def test_a_refused_append_leaves_nothing_even_when_the_caller_goes_on(db: Session) -> None:
    journal.append(db, make.act(), _draft(100, DAY, Role.CHARTER, Role.UNISSUED))
    fits, too_much = _draft(10, DAY, Role.UNISSUED, Role.POOL), _draft(200, date(2025, 1, 1), Role.UNISSUED, Role.POOL)
    with pytest.raises(Overdrawn):
        journal.append(db, make.act(), fits, too_much)
    assert journal.size(db) == 1
    journal.append(db, make.act(), fits)
    db.commit()
    assert journal.balance(db, "pool:x") == 10
