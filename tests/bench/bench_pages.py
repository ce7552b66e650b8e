"""What each page costs beside a bare one-row read through the same runner, and how large it is, on the sample data.

    python -m tests.bench.bench_pages [FILE]

FILE is a sample cooperative as ``vestry demo`` builds it; without one it is built. CPU of the process, the best of
several; pages are asked for over HTTP within the process, by somebody who may see them. What is concluded from the
record is kept until something is added to it (``ledger.reading.Shelf``): "first" is what a page takes before anything
is.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app import clock
from app.api.service import Service
from app.config import Settings
from app.db import AsyncRunner, Runner, make_engine
from app.demo import doors
from app.demo.build import build
from app.main import create_app
from app.people import accounts
from app.people.roles import Role
from app.people.tables import account
from app.web import render
from app.web.site import COOKIE
from ledger.types import Act

REPEATS = 15
MOST_BYTES = 100_000


def main() -> None:
    """Print a line for each page of each menu: CPU, how many bare reads that is, and its size."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "demo.db"
    build(path, lives_on=True)
    settings = Settings(database_url=f"sqlite:///{path}")
    engine = make_engine(settings.database_url)
    runner = Runner(engine)
    app = create_app(settings)
    app.router.routes.insert(0, Route("/bare", _bare))
    print(f"{'role':<10}{'page':<28}{'first':>8}{'ms':>8}{'reads':>8}{'kB':>8}")
    with TestClient(app, base_url="http://vestry.test") as http:
        bare = min(best(lambda: http.get("/bare")) for _ in range(10))
        print(f"bare one-row read over HTTP: {bare * 1e3:.2f} ms")
        for role, cookie in cookies(runner):
            for page, _ in render.MENUS[role]:
                headers = {"Cookie": f"{COOKIE}={cookie}"}
                response = http.get(page, headers=headers)
                assert response.status_code == 200, (page, response.status_code)
                ask = partial(http.get, page, headers=headers)
                _forget(app.state.service, engine)
                first, cost = best(ask, 1), best(ask)
                size = len(response.content)
                mark = " too large" if size > MOST_BYTES else ""
                figures = f"{first * 1e3:>8.1f}{cost * 1e3:>8.1f}{cost / bare:>8.0f}{size / 1000:>8.1f}"
                print(f"{role or 'member':<10}{page:<28}{figures}{mark}")


def _forget(service: Service, engine: Engine) -> None:
    """Empty the shelves: new runners have read nothing yet."""
    service.door, service.reports = AsyncRunner(engine), Runner(engine)


async def _bare(request: Request) -> Response:
    service: Service = request.app.state.service
    return Response(str(await service.door.read(one_row)))


def one_row(db: Session) -> object:
    """Read one row, as barely as it goes."""
    return db.execute(select(account).limit(1)).first()


def best(of: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least CPU seconds that something took."""
    found = []
    for _ in range(repeats):
        started = time.process_time()
        of()
        found.append(time.process_time() - started)
    return min(found)


def cookies(runner: Runner) -> Iterator[tuple[str | None, str]]:
    """Yield each role with the cookie of somebody who acts in it."""
    now = clock.now()
    people = runner.run(_people)
    for role in (None, *(one.value for one in doors.SHOWN)):

        def signed_in(db: Session, role: str | None = role) -> str:
            secret = accounts.start_session(db, Act("bench", "role:operator", now), people[role])
            accounts.act_in(db, accounts.digest_of(secret), role)
            return secret

        yield role, runner.run(signed_in)


def _people(db: Session) -> dict[str | None, str]:
    provider, council, teller = doors.shown_providers(db, clock.now())
    holders: dict[str | None, str] = {None: provider, Role.COUNCIL: council, Role.TELLER: teller}
    holders |= {role.value: holder for role, holder in doors.FOUNDERS.items()}
    found: dict[str | None, str] = {}
    for one in accounts.accounts(db):
        for role, holder in holders.items():
            if one.holder == holder:
                found[role] = one.id
        for outside, name in doors.OUTSIDERS.items():
            if one.holder is None and one.name == name:
                found[outside] = one.id
    return found


if __name__ == "__main__":
    main()
