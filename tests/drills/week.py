"""A week of a platform with 50,000 providers, in minutes: ``python -m tests.drills.week [one of so many parts]``.

Two clinics export their practice systems every evening as a file, a third hands its sessions in by the thousand. Files
come twice at once, or hold again what yesterday's held; requests are sent again under the same key and under another.
Meanwhile providers set thresholds, vote and read their own, grants are drafted, approved and issued, the cap table is
read and checkpoints are signed. In the end the record is verified and counted against what clients were told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from time import perf_counter

import uvicorn
from httpx2 import AsyncClient, AsyncHTTPTransport
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.credit_policies import PolicyIn, adopt_credit_policy
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.people.tokens import Scope, create_token
from app.verification import verify_all
from governance import ballots
from ledger import tables
from ledger.base import metadata
from tests import make
from tests.api.practice import POLICY
from tests.bench.bench_casting import admit
from tests.drills.clients import DAYS, Size, Week
from tests.drills.cluster import Cluster
from tests.governance.hall import OPENS, Hall, at

OWN = [Scope.SESSIONS_OWN, Scope.PROPOSALS_OWN, Scope.PATRONAGE_OWN]


@contextlib.asynccontextmanager
async def begun(url: str, folder: Path, size: Size) -> AsyncIterator[Week]:
    """Serve a platform at the beginning of its week, and yield the week."""
    tokens, vote, plan = await asyncio.to_thread(_found, url, size)
    settings = Settings(
        database_url=url,
        signing_key_file=str(folder / "log.signing-key"),
        requests_per_token=0,
        requests_per_address=0,
    )
    app = create_app(settings)
    app.state.service.now = lambda: at(OPENS)
    socket = str(folder / "http")
    server = uvicorn.Server(uvicorn.Config(app, uds=socket, log_level="critical", ws="none", lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        async with AsyncClient(transport=AsyncHTTPTransport(uds=socket), base_url="http://vestry", timeout=120) as http:
            yield Week(size, http, app, tokens, vote, plan)
    finally:
        server.should_exit = True
        await serving


def _found(url: str, size: Size) -> tuple[dict[str, str], str, str]:
    """Make the company, its members, a vote and everybody's tokens."""
    engine = make_engine(url)
    runner = Runner(engine)
    plan = runner.run(_company)
    ids = runner.run(admit, size.providers)
    vote = runner.run(lambda db: Hall(db, ids[0]).announce().id)
    tokens = {}
    for actor in ("source", "steward", "board"):
        tokens[actor] = runner.run(create_token, make.act(), actor=f"usr_{actor}", label="week", scopes=list(Scope))[1]
    for who in ids[: size.acting]:
        tokens[who] = runner.run(create_token, make.act(), actor=who, label="week", scopes=OWN)[1]
    engine.dispose()
    return tokens, vote, plan


def _company(db: Session) -> str:
    """Make a company with a credit policy, a valuation and a plan; return the plan's id."""
    make.company(db)
    adopt_credit_policy(db, make.act(), PolicyIn.model_validate(POLICY))
    shares = make.share_class(db)
    make.valuation(db, shares.id, "0.62", on=date(2025, 1, 1))
    return make.plan(db, shares).id


def audit(runner: Runner, week: Week) -> list[str]:
    """Return what is not as clients were told, in words; nothing if all is well."""
    numbers = [n for told in week.entries.values() for n in told]
    sessions = sum(len(week.size.rows(day, clinic)) for day in range(len(DAYS)) for clinic in range(3))
    pairs = {
        "sessions on record": (runner.read(_count, "delivery"), sessions),
        "sessions told to be new": (week.accepted, sessions),
        "entries told twice": (len(numbers), len(set(numbers))),
        "entries told and there": (runner.read(_count_of, numbers), len(numbers)),
        "thresholds": (runner.read(_count, "threshold"), week.thresholds),
        "grants": (runner.read(_of_kind, "grant.issued"), week.issued),
        "votes": (runner.read(ballots.turnout, week.vote)[0], week.voted),
        "fault": (runner.read(verify_all).fault, None),
    }
    return [f"{name}: {found} and not {due}" for name, (found, due) in pairs.items() if found != due]


def _count(db: Session, table: str) -> int:
    return int(db.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one())


def _count_of(db: Session, numbers: list[int]) -> int:
    found = set(db.execute(select(tables.entry.c.n)).scalars())
    return sum(n in found for n in numbers)


def _of_kind(db: Session, kind: str) -> int:
    query = select(func.count()).select_from(tables.entry).where(tables.entry.c.kind == kind)
    return int(db.execute(query).scalar_one())


async def lived(url: str, folder: Path, size: Size) -> tuple[Week, list[str], str]:
    """Live through the week, and return it, what is not as it was told, and how long it took."""
    began = perf_counter()
    async with begun(url, folder, size) as week:
        ready = perf_counter()
        await week.live()
        done = perf_counter()
        wrong = await asyncio.to_thread(audit, week.app.state.service.reports, week)
    words = f"made in {ready - began:.0f} s, lived in {done - ready:.0f} s, verified in {perf_counter() - done:.0f} s"
    return week, wrong, words


async def _main(parts: int) -> None:
    with Cluster.made() as cluster, cluster.alone() as server:
        week, wrong, words = await lived(server.url, cluster.folder, Size(parts))
    print(
        f"{week.size.providers:,} providers, {week.accepted:,} sessions told to be new and {week.duplicate:,} known, "
        f"{len(week.entries):,} requests, {week.sent_again:,} sent again, {week.thresholds:,} thresholds, "
        f"{week.voted:,} votes, {week.issued:,} grants, {week.reads:,} reads, {week.signed:,} checkpoints: {words}"
    )
    print("\n".join(wrong) or "nothing is lost, nothing doubled, and the record verifies")


if __name__ == "__main__":
    logging.disable()
    asyncio.run(_main(int(sys.argv[1]) if sys.argv[1:] else 1))
