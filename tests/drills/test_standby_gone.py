"""PostgreSQL waits for a standby that can't be reached, and so does the service: nothing is acknowledged or signed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from app import db, publishing
from app.api.service import Service
from app.config import Settings
from app.main import create_app
from tests.drills.cluster import Cluster, Server
from tests.drills.failover import begin

HANGING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

Scene = Callable[[Server, Service, AsyncClient], Awaitable[None]]


@pytest.fixture
def play(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Return what plays a scene on a service whose primary waits for a standby that is not there."""

    async def _play(server: Server, scene: Scene, works: bool) -> None:
        token = begin(server.url)
        server.wait_for_standby("gone")
        settings = Settings(database_url=server.url, signing_key_file=str(tmp_path / "log.signing-key"))
        app = create_app(settings, works=works)
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(app), base_url="http://vestry", headers=headers) as http,
        ):
            await scene(server, app.state.service, http)

    with cluster.alone() as server:
        yield lambda scene, works=False: asyncio.run(_play(server, scene, works))


async def ask(http: AsyncClient, key: str) -> Response:
    body = {"kind": "INDIVIDUAL", "name": "Ava Okonkwo", "licensed": True, "on": "2024-01-15"}
    return await http.post("/v1/holders", json=body, headers={"Idempotency-Key": key})


async def until_hanging(server: Server, count: int = 1) -> None:
    while not server.ask(f"SELECT count(*) >= {count} {HANGING}"):
        await asyncio.sleep(0.02)


async def still_waits(task: asyncio.Task[Any]) -> bool:
    return not (await asyncio.wait({task}, timeout=0.3))[0]


def test_what_only_one_machine_has_is_neither_acknowledged_nor_signed(play: Callable[..., None]) -> None:
    async def scene(server: Server, service: Service, http: AsyncClient) -> None:
        first = asyncio.create_task(ask(http, "once"))
        await until_hanging(server)
        assert await still_waits(first)
        # as an administrator might, or a statement_timeout: PostgreSQL answers "committed", and warns
        server.ask(f"SELECT pg_cancel_backend(pid) {HANGING}")
        assert (await first).status_code == 503
        # now it can be seen, and the same request finds its answer
        again = asyncio.create_task(ask(http, "once"))
        signing = asyncio.create_task(asyncio.to_thread(publishing.publish, service.reports, service.cosigned))
        await until_hanging(server, 2)
        assert await still_waits(again)
        assert await still_waits(signing)
        server.wait_for_standby("")
        answer = await again
        assert (answer.status_code, answer.headers["idempotency-replayed"]) == (201, "true")
        assert await signing is not None

    play(scene)


def test_while_commits_hang_others_read_and_writers_are_told_to_come_back_and_the_service_can_stop(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "ANSWER_SECONDS", 0.5)
    stopping: list[float] = []

    async def scene(server: Server, service: Service, http: AsyncClient) -> None:
        # what the service does by itself, such as keeping a checkpoint, hangs first, in a thread
        await until_hanging(server)
        writers = [asyncio.create_task(ask(http, f"key-{n}")) for n in range(4)]
        assert (await http.get("/v1/head")).status_code == 200
        for writer in writers:
            answer = await writer
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        stopping.append(time.monotonic())

    play(scene, works=True)
    assert time.monotonic() - stopping[0] < 10
