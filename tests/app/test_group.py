"""Deeds that wait together: one commit for all, each its own answer after it, and nobody pays for another's mistake."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session

from app import group
from app.db import AsyncRunner, Runner, make_door_engine, make_engine
from ledger import journal
from ledger.entries import Draft, Role, account, move
from ledger.equity.register import RegisterEntry
from ledger.equity.values import Holder, HolderKind
from ledger.errors import Overdrawn
from ledger.merkle import leaf_hash, root_of
from tests import make
from tests.app.test_db import Refused, notes, promise, seen_by, sketch, write

Deed = Callable[[Session], Any]


@pytest.fixture
def other(database_url: str) -> Iterator[Engine]:
    """Somebody else at the same database."""
    engine = make_engine(database_url)
    sketch.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def machine_at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a transaction take all that wait, however slow the machine."""
    monkeypatch.setattr(group, "SHARE_SECONDS", 60)


@journal.in_turn
def carry_out(db: Session, deed: Deed) -> object:
    return deed(db)


def at_once(url: str, *deeds: Deed) -> tuple[list[Any], list[str]]:
    """Return what each deed returned or raised, and what became of the transactions."""
    ends: list[str] = []

    async def serve() -> list[Any]:
        engine = make_door_engine(url)
        plain = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
        event.listen(plain, "commit", lambda _: ends.append("commit"))
        event.listen(plain, "rollback", lambda _: ends.append("rollback"))
        door = AsyncRunner(engine)
        told = await asyncio.gather(*(door.run(carry_out, deed) for deed in deeds), return_exceptions=True)
        engine.dispose() if isinstance(engine, Engine) else await engine.dispose()
        return told

    return asyncio.run(serve()), ends


def writes(n: int) -> Deed:
    return lambda db: write(db, n)


def refuses(n: int) -> Deed:
    def deed(db: Session) -> None:
        write(db, n)
        raise Refused(n)

    return deed


def test_all_that_wait_are_answered_by_one_commit(database_url: str, other: Engine) -> None:
    told, ends = at_once(database_url, *map(writes, range(20)))
    assert told == list(range(20)) == seen_by(other)
    assert ends == ["commit"]


def test_a_refusal_takes_back_its_own_and_no_other(database_url: str, other: Engine) -> None:
    told, ends = at_once(database_url, writes(1), refuses(2), notes, writes(1), writes(3))
    assert [told[0], told[2], told[4]] == [1, [1], 3]
    assert isinstance(told[1], Refused)
    assert isinstance(told[3], IntegrityError)
    assert (seen_by(other), ends) == ([1, 3], ["commit"])


def test_a_transaction_takes_no_more_when_its_time_is_up(
    database_url: str, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "SHARE_SECONDS", 0)
    told, ends = at_once(database_url, *map(writes, range(3)))
    assert told == [0, 1, 2] == seen_by(other)
    assert ends == ["commit"] * 3


def test_nobody_is_answered_before_the_commit(database_url: str, other: Engine) -> None:
    """Not even who is refused: it may be for what another did a moment before."""
    seen: list[list[int]] = []

    async def serve() -> None:
        engine = make_door_engine(database_url)
        door = AsyncRunner(engine)

        async def ask(deed: Deed) -> None:
            with suppress(Refused):
                await door.run(carry_out, deed)
            seen.append(seen_by(other))

        await asyncio.gather(*map(ask, (writes(1), refuses(2), writes(3))))
        engine.dispose() if isinstance(engine, Engine) else await engine.dispose()

    asyncio.run(serve())
    assert seen == [[1, 3]] * 3


def test_what_fails_at_the_commit_is_found_and_the_others_are_not_lost(database_url: str, other: Engine) -> None:
    def promises(db: Session) -> None:
        db.execute(insert(promise), {"n": 404})

    told, _ = at_once(database_url, writes(1), promises, writes(2))
    assert (told[0], told[2], seen_by(other)) == (1, 2, [1, 2])
    assert isinstance(told[1], IntegrityError)


def adds(holder: str) -> Deed:
    """An entry that waits to be written until somebody looks, or the transaction ends."""
    value = Holder(holder, HolderKind.INDIVIDUAL, licensed=True, identity=None)
    return lambda db: journal.append(db, make.act(), Draft(RegisterEntry.HOLDER_ADDED, make.BEGINNING, (value,)))


@pytest.mark.parametrize("looks", [False, True])
def test_an_entry_that_is_refused_when_it_is_written_costs_no_other_deed(
    database_url: str, other: Engine, *, looks: bool
) -> None:
    told, _ = at_once(database_url, adds("hld_1"), adds("hld_1"), notes if looks else writes(1), adds("hld_2"))
    assert [told[0], told[2], told[3]] == [(0,), [] if looks else 1, (1,)]
    assert isinstance(told[1], IntegrityError)
    assert Runner(other).read(journal.size) == 2


def test_a_query_that_fails_costs_no_other_deed(database_url: str, other: Engine) -> None:
    def asks_nonsense(db: Session) -> None:
        db.execute(text("SELECT nothing FROM nowhere"))

    told, _ = at_once(database_url, adds("hld_1"), asks_nonsense, adds("hld_2"))
    assert [told[0], told[2]] == [(0,), (1,)]
    assert isinstance(told[1], DBAPIError)
    assert Runner(other).read(journal.size) == 2


def test_what_the_database_gave_up_is_repeated_by_itself(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    sketch.create_all(engine)
    tries: list[list[int]] = []

    def loses_twice(db: Session) -> list[int]:
        tries.append(notes(db))
        if len(tries) < 3:
            db.execute(text("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END $$"))
        return tries[-1]

    told, ends = at_once(postgresql_url, writes(1), loses_twice, writes(2))
    assert told == [1, [1], 2]
    assert tries == [[1]] * 3
    assert ends == ["rollback", "commit", "rollback", "commit", "commit"]
    assert seen_by(engine) == [1, 2]
    engine.dispose()


def test_who_has_gone_holds_up_nobody(database_url: str, other: Engine) -> None:
    async def serve() -> list[Any]:
        engine = make_door_engine(database_url)
        door = AsyncRunner(engine)
        asked = [asyncio.create_task(door.run(carry_out, writes(n))) for n in range(4)]
        await asyncio.sleep(0)
        asked[1].cancel()
        told = await asyncio.gather(*asked, return_exceptions=True)
        engine.dispose() if isinstance(engine, Engine) else await engine.dispose()
        return told

    told = asyncio.run(serve())
    assert [told[0], told[2], told[3]] == [0, 2, 3]
    assert isinstance(told[1], asyncio.CancelledError)
    assert {0, 2, 3} <= set(seen_by(other))


def test_deeds_that_do_not_touch_the_journal_wait_for_no_turn(postgresql_url: str) -> None:
    """A sign-in is not held up by an import."""
    engine = make_engine(postgresql_url)
    sketch.create_all(engine)

    async def serve() -> object:
        door_engine = make_door_engine(postgresql_url)
        assert isinstance(door_engine, AsyncEngine)
        door = AsyncRunner(door_engine)
        with Session(engine) as importing:
            journal.lock(importing)
            waiting = asyncio.create_task(door.run(carry_out, writes(1)))
            assert await door.run(write, 2) == 2
            assert not waiting.done()
        told = await waiting
        await door_engine.dispose()
        return told

    assert asyncio.run(serve()) == 1
    assert Runner(engine).read(notes) == [1, 2]
    engine.dispose()


OTHERS = [account(Role.AWARD, name) for name in "abcd"]
POOL = account(Role.POOL, "p")


def filled(db: Session) -> None:
    move_in = move("UNIT:c", 100, account(Role.CHARTER, "c"), POOL)
    journal.append(db, make.act(), Draft("plan.adopted", make.BEGINNING, (), move_in))


def any_deed(seed: int) -> Deed:
    """A deed that adds to the journal, looks, tries something and takes it back, and may think better of it."""
    steps = random.Random(seed).choices(["add", "look", "try", "chance", "refuse"], [6, 2, 2, 2, 1], k=seed % 6)

    def add(db: Session, rng: random.Random) -> int:
        source, target = rng.sample([POOL, POOL, *OTHERS], 2)
        moved = move("UNIT:c", rng.randint(1, 9), source, target) if source != target else ()
        day = date(2026, 3, rng.randint(1, 9))
        return journal.append(db, make.act(), Draft("grant.issued", day, (), moved), Draft("grant.issued", day))[0]

    def deed(db: Session) -> object:
        rng, told = random.Random(seed), list[object]()
        for step in steps:
            if step == "look":
                told.append([journal.balance(db, path) for path in (POOL, *OTHERS)])
            elif step == "refuse":
                raise Refused(seed)
            elif step == "try":
                trial = db.begin_nested()
                with suppress(Overdrawn):
                    add(db, rng)
                told.append((journal.size(db), journal.balance(db, POOL)))
                trial.rollback()
            elif step == "chance":
                with suppress(Overdrawn):
                    add(db, rng)
            else:
                told.append(add(db, rng))
        return told

    return deed


def record(engine: Engine) -> tuple[list[Any], list[Any]]:
    with Session(engine) as db:
        entries = [(one.n, one.kind, one.effective_on, one.postings) for one in journal.entries_between(db, 0, 10**6)]
        return entries, [journal.balance(db, path) for path in (POOL, *OTHERS)]


def told_by(told: object) -> object:
    return (type(told), str(told)) if isinstance(told, Exception) else told


def test_a_batch_leaves_what_its_deeds_leave_one_by_one(
    database_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    alone = make_engine(f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'alone.db')}")
    runner = Runner(alone)
    runner.run(filled)
    deeds = [any_deed(seed) for seed in range(80)]
    expected = []
    for deed in deeds:
        try:
            expected.append(runner.run(deed))
        except (Refused, Overdrawn) as refusal:
            expected.append(told_by(refusal))
    together = make_engine(database_url)
    Runner(together).run(filled)
    told, ends = at_once(database_url, *deeds)
    assert [told_by(one) for one in told] == expected
    assert ends == ["commit"]
    assert record(together) == record(alone)
    with Session(together) as db:
        assert journal.head_at(db, journal.size(db)).root() == root_of(leaves(db))
    assert {type(one) for one in told} == {list, Refused, Overdrawn}
    for engine in (alone, together):
        engine.dispose()


def leaves(db: Session) -> list[bytes]:
    return [leaf_hash(payload) for page in journal.payloads_between(db, 0, 10**6) for payload in page]
