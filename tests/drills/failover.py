"""A machine is lost: integrators write over HTTP while the primary is killed, its line to the standby stalled before.

The service is served as ever, by uvicorn, and told both servers; it finds the one that takes writes by itself. Each
integrator repeats a request under its idempotency key until it is answered 201. Afterwards the new primary is asked, by
sending again each request that had been answered before the kill, whether it is there, once and the same.

Without the stall a drill would prove nothing: on one machine a standby is never behind.

``python -m tests.drills.failover 10 150`` does it ten times with a synchronous standby and ten with another, with 150
answers before the stall, and prints what it came to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from httpx2 import AsyncClient, AsyncHTTPTransport, HTTPError, Response
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import publishing
from app.api.service import Service
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people.tokens import Scope, create_token
from app.verification import verify_all
from ledger import journal, tables
from ledger.errors import Tampered
from ledger.notes import open_checkpoint
from tests import make
from tests.drills.cluster import Cluster, Pair

INTEGRATORS = 6
STALL_SECONDS = 0.4
"""How long nothing is answered before the primary is lost."""

PATIENCE_SECONDS = 3.0
"""How long an integrator waits for an answer before it asks again."""


@dataclass(slots=True)
class Outcome:
    """What a drill came to.

    Attributes:
        acknowledged: How many requests had been answered 201 when the primary was gone.
        lost: How many of them the new primary did not know.
        changed: How many it answered in another way.
        doubled: How many people there are beyond those asked for.
        published: How many checkpoints had been signed.
        forked: How many of them do not begin the record that there is now.
        refused: Whether the signer refused to go on from what it had signed.
        fault: What the verifier found.
    """

    acknowledged: int = 0
    lost: int = 0
    changed: int = 0
    doubled: int = 0
    published: int = 0
    forked: int = 0
    refused: bool = False
    fault: str = ""


@dataclass(slots=True)
class Traffic:
    """Integrators at work, and what they were told."""

    http: AsyncClient
    answers: dict[str, Response] = field(default_factory=dict)
    over: bool = False

    async def integrate(self, number: int) -> None:
        """Add one person after the other until it is over; what was begun is finished."""
        sent = 0
        while not self.over:
            key = f"integrator-{number}-{sent}"
            sent += 1
            while (answer := await self.ask(key)) is None:
                await asyncio.sleep(0.1)
            self.answers[key] = answer

    async def ask(self, key: str) -> Response | None:
        """Return the answer to a request; None where it has to be repeated."""
        body = {"kind": "INDIVIDUAL", "name": key, "licensed": True, "on": "2024-01-15"}
        try:
            answer = await self.http.post("/v1/holders", json=body, headers={"Idempotency-Key": key})
        except HTTPError:
            return None
        assert answer.status_code in {201, 503}, answer.text
        return answer if answer.status_code == 201 else None

    async def until(self, count: int) -> None:
        """Wait until so many have been answered."""
        while len(self.answers) < count:
            await asyncio.sleep(0.01)


async def drill(cluster: Cluster, *, synchronous: bool, answers: int = 30) -> Outcome:
    """Lose a primary after so many answers (and as many again, if they still come), and return what it cost."""
    with TemporaryDirectory(dir="/var/tmp") as name:
        async with (
            cluster.pair(synchronous=synchronous) as pair,
            served(pair.primary.url, pair.url, Path(name)) as (service, http),
        ):
            traffic = Traffic(http)
            async with asyncio.TaskGroup() as tasks:
                for number in range(INTEGRATORS):
                    tasks.create_task(traffic.integrate(number))
                publishing_task = tasks.create_task(publish(service, traffic))
                before = await _lose_the_primary(pair, traffic, answers, synchronous=synchronous)
                await traffic.until(len(before) + INTEGRATORS)
                traffic.over = True
            return await audit(service, traffic, before, publishing_task.result())


async def _lose_the_primary(pair: Pair, traffic: Traffic, answers: int, *, synchronous: bool) -> dict[str, Response]:
    """Stall, kill, promote; return what had been answered by then."""
    await traffic.until(answers)
    pair.line.stall()
    if synchronous:
        await asyncio.sleep(STALL_SECONDS)
    else:
        await traffic.until(len(traffic.answers) + answers)
    pair.primary.kill()
    await asyncio.sleep(0)
    before = dict(traffic.answers)
    await asyncio.to_thread(pair.promote)
    return before


@contextlib.asynccontextmanager
async def served(first: str, url: str, folder: Path) -> AsyncIterator[tuple[Service, AsyncClient]]:
    """Serve, and yield the service with a client who may do everything."""
    token = await asyncio.to_thread(begin, first)
    app = create_app(Settings(database_url=url, signing_key_file=str(folder / "log.signing-key")))
    socket = str(folder / "http")
    server = uvicorn.Server(uvicorn.Config(app, uds=socket, log_level="critical", ws="none", lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    headers = {"Authorization": f"Bearer {token}"}
    transport = AsyncHTTPTransport(uds=socket)
    try:
        async with AsyncClient(
            transport=transport, base_url="http://vestry", headers=headers, timeout=PATIENCE_SECONDS
        ) as http:
            yield app.state.service, http
    finally:
        server.should_exit = True
        await serving


def begin(url: str) -> str:
    """Make a company, and return a token for everything."""
    engine = make_engine(url)
    runner = Runner(engine)
    runner.run(_found)
    made = runner.run(create_token, make.act(), actor="usr_integrator", label="drill", scopes=list(Scope))
    engine.dispose()
    return made[1]


def _found(db: Session) -> None:
    make.company(db)


async def publish(service: Service, traffic: Traffic) -> list[str]:
    """Sign checkpoints all the time, as the service does every few seconds, and return them."""
    notes: dict[str, None] = {}
    while not traffic.over:
        with contextlib.suppress(DBAPIError, Tampered):
            await asyncio.to_thread(publishing.publish, service.reports, service.cosigned)
        # what is signed is out, whether or not it could be kept in the archive
        notes[service.cosigned.signer.latest()] = None
        await asyncio.sleep(0.03)
    return list(notes)


async def audit(service: Service, traffic: Traffic, before: dict[str, Response], notes: list[str]) -> Outcome:
    """Hold the new primary against what was answered before the old one was lost."""
    outcome = Outcome(acknowledged=len(before), published=len(notes))
    for key, answer in before.items():
        again = None
        while again is None:
            again = await traffic.ask(key)
        outcome.lost += "idempotency-replayed" not in again.headers
        outcome.changed += again.content != answer.content
    runner = service.reports
    outcome.doubled = await asyncio.to_thread(runner.read, _people) - len(traffic.answers)
    verifier = service.cosigned.signer.verifier()
    for note in notes:
        checkpoint = open_checkpoint(note, verifier)
        outcome.forked += not await asyncio.to_thread(runner.read, _begins_with, checkpoint.size, checkpoint.root)
    try:
        await asyncio.to_thread(publishing.publish, runner, service.cosigned)
    except Tampered:
        outcome.refused = True
    outcome.fault = str((await asyncio.to_thread(runner.read, verify_all)).fault or "")
    return outcome


def _people(db: Session) -> int:
    query = select(func.count()).where(tables.entry.c.kind == "holder.added")
    return int(db.execute(query).scalar_one())


def _begins_with(db: Session, size: int, root: bytes) -> bool:
    return size <= journal.size(db) and journal.head_at(db, size).root() == root


async def _many(times: int, answers: int) -> None:
    with Cluster.made() as cluster:
        for synchronous in (True, False):
            for _ in range(times):
                outcome = await drill(cluster, synchronous=synchronous, answers=answers)
                print("synchronous" if synchronous else "asynchronous", outcome, flush=True)


if __name__ == "__main__":
    logging.disable()
    asyncio.run(_many(*map(int, sys.argv[1:])))
