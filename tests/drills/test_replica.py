"""Reports are made on a replica, and are as new as on the primary; one that lags or is gone is passed over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import replica
from app.config import Settings
from app.main import create_app
from app.replica import Reader
from ledger import journal
from tests import make, postgres
from tests.drills.cluster import Cluster, Pair


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        with Cluster.made() as made:
            yield made
    except postgres.PostgresMissing as reason:
        postgres.skip_or_fail(str(reason))


def _where_and_what(db: Session) -> tuple[bool, int]:
    """Return whether this is the replica, and how many entries are known there."""
    return bool(db.execute(text("SELECT pg_is_in_recovery()")).scalar_one()), journal.size(db)


def test_a_replica_answers_long_reads_as_long_as_it_knows_all(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(pair: Pair) -> None:
        settings = Settings(database_url=pair.primary.url, replica_url=pair.standby.url)
        app = create_app(settings)
        service = app.state.service
        reads: Reader = service.long_reads

        async def read() -> tuple[bool, int]:
            return await asyncio.to_thread(reads.read, _where_and_what)

        await service.door.run(lambda db: make.company(db).id)
        for number in range(2, 6):
            await service.door.run(lambda db: make.holder(db, engaged=None).id)
            # what was acknowledged a moment ago is there
            assert await read() == (True, number)
        pair.line.stall()
        await service.door.run(lambda db: make.holder(db, engaged=None).id)
        monkeypatch.setattr(replica, "WAIT_SECONDS", 0.2)
        assert await read() == (False, 6)
        pair.standby.kill()
        assert await read() == (False, 6)
        assert await read() == (False, 6)
        await service.close()

    async def play() -> None:
        async with cluster.pair(synchronous=False) as pair:
            await scene(pair)

    asyncio.run(play())
