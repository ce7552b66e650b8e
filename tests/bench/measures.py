"""What the table of ``python -m tests.bench`` shows: each job beside the barest thing that does the least of it.

Each measure takes a size and returns two rates a second, ours and the bare one's, measured one after the other in the
same process. Files are written where temporary files are; name a real disk by ``TMPDIR``, or commits wait for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.routing import APIRoute
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.types import ASGIApp

from app import clock
from app.cli.asking import get_from
from app.config import Settings
from app.db import Runner, make_engine
from app.main import create_app
from app.migrate import upgrade
from app.people import accounts, tokens
from app.people.tables import account
from app.verification import verify_all
from app.web.site import COOKIE
from governance.tally.counting import count_options
from governance.tally.methods import Method
from ledger import tables
from ledger.equity import grants
from ledger.equity.captable.summary import cap_table
from ledger.equity.values import Holder, Plan
from ledger.equity.vesting.schedule import instalments
from ledger.equity.vesting.templates import TEMPLATES
from ledger.merkle import leaf_hash, root_of
from ledger.reading import every
from ledger.types import Cut
from tests import make
from tests.bench import bench_captable, bench_casting, bench_import, bench_session_import, bench_tally, bench_vesting
from tests.bench.bench_session_reading import write

ACTS = 300
"""Votes cast or grants issued, each in a transaction of its own."""

EACH = 10
"""Grants of a holder."""

READS, ROUNDS = 300, 10

ONE_ROW = select(account).limit(1)


class Rates(NamedTuple):
    """So many a second: ours, and the bare one's."""

    ours: float
    bare: float


def seconds(act: Callable[[], object], watch: Callable[[], float] = process_time) -> float:
    """Return how long something takes: CPU seconds, or by another watch."""
    begun = watch()
    act()
    return watch() - begun


def casting(roll: int, url: str | None = None) -> Rates:
    """Votes cast by members of a roll of this size, beside commits of one row by the bare driver; by the wall clock."""
    with tempfile.TemporaryDirectory() as folder:
        _, took, _ = bench_casting.measured(url or f"sqlite:///{folder}/vestry.db", ACTS, roll)
        bare = bench_casting.bare_sqlite(Path(folder) / "bare.db", ACTS) if url is None else None
        return Rates(ACTS / took, ACTS / (bare or bench_casting.bare_postgresql(url or "", ACTS)))


def casting_on_postgresql(roll: int) -> Rates:
    """The same on PostgreSQL, which waits for the disk."""
    with bench_casting.durable_server() as url:
        return casting(roll, url)


@contextlib.contextmanager
def granted(count: int) -> Iterator[tuple[str, Engine]]:
    """Yield a record of so many grants, ten to a holder, each drafted, approved and issued; with accounts for some."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/vestry.db"
        engine = make_engine(url)
        upgrade(engine)
        runner = Runner(engine)
        plan = runner.run(_company)
        for _ in range(count // EACH):
            runner.run(_a_holder, plan)
        yield url, engine
        engine.dispose()


def _company(db: Session) -> Plan:
    make.company(db)
    of = make.share_class(db, authorised=10_000_000_000)
    return make.plan(db, of, reserved=9_000_000_000)


def _a_holder(db: Session, plan: Plan) -> None:
    to = make.holder(db)
    for _ in range(EACH):
        make.grant(db, plan, to)


def granting(on_record: int) -> Rates:
    """Approved grants issued on a record of so many, beside bare commits of one row; by the wall clock."""
    with granted(on_record) as (_, engine), tempfile.TemporaryDirectory() as folder:
        runner = Runner(engine)
        [plan] = runner.read(lambda db: list(every(db, Plan)))
        drafts = runner.run(_drafts, plan)

        def issue() -> None:
            for draft in drafts:
                runner.run(grants.issue_grant, make.act(), draft)

        took = seconds(issue, perf_counter)
        return Rates(ACTS / took, ACTS / bench_casting.bare_sqlite(Path(folder) / "bare.db", ACTS))


def _drafts(db: Session, plan: Plan) -> list[str]:
    return [make.approved(db, make.grant_order(plan, make.holder(db))) for _ in range(ACTS)]


def own_equity(on_record: int) -> Rates:
    """What a member holds, ten grants of so many, as JSON with their token, beside a route that reads one row."""
    return _read_by_a_member(on_record, "/v1/holders/{holder}/equity")


def own_page(on_record: int) -> Rates:
    """The same as a page, in their browser."""
    return _read_by_a_member(on_record, "/equity")


def _read_by_a_member(on_record: int, path: str) -> Rates:
    """Reads of an address, beside those of a bare route in the same application and by the same token; by CPU."""
    with granted(on_record) as (url, engine):
        holder, cookie, token = Runner(engine).run(_signed_in)
        app = create_app(Settings(database_url=url, requests_per_token=0, requests_per_address=0))
        app.router.routes.insert(0, APIRoute("/v1/bare", _bare))
        headers = [(b"cookie", f"{COOKIE}={cookie}".encode()), (b"authorization", f"Bearer {token}".encode())]

        async def both() -> Rates:
            addresses = path.format(holder=holder), "/v1/bare"
            took: list[list[float]] = [[], []]
            for _ in range(ROUNDS):
                for address, best in zip(addresses, took, strict=True):
                    await _get(app, address, headers)
                    begun = process_time()
                    for _ in range(READS // ROUNDS):
                        await _get(app, address, headers)
                    best.append(process_time() - begun)
            # in turns, and the best of each: whatever else the machine does meanwhile falls on both
            return Rates(*(READS / ROUNDS / min(each) for each in took))

        return asyncio.run(both())


def _signed_in(db: Session) -> tuple[str, str, str]:
    holder, now = next(iter(every(db, Holder))).id, make.act(now=clock.now())
    made = accounts.create_account(db, now, holder=holder)
    _, token = tokens.create_token(db, now, actor=holder, label="bench", scopes=[tokens.Scope.EQUITY_OWN])
    return holder, accounts.start_session(db, now, made.id), token


async def _bare(request: Request) -> dict[str, object]:
    row = await request.app.state.service.door.read(_one_row)
    return {"id": row.id, "holder": row.holder, "created_at": row.created_at}


def _one_row(db: Session) -> Any:  # noqa: ANN401 - a row
    return db.execute(ONE_ROW).one()


async def _get(app: ASGIApp, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    status, _ = await get_from(app, path, headers)
    assert status == 200, (path, status)


def captable(postings: int) -> Rates:
    """Postings that a cap table by class is made of, beside the same sums in bare SQL; by CPU."""
    homes = [("cls_units", "pln_0"), ("cls_staff", "pln_staff")]
    record = bench_captable.some_record(postings, homes)
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/bench.db")
        upgrade(engine)
        bench_captable.load(engine, record, homes)
        cut = Cut(bench_captable.TODAY, len(record.entries))
        with Session(engine) as db:
            cursor: Any = db.connection().connection.cursor()
            statement = bench_captable.BY_CLASS.format(day=f"'{cut.as_of}'", n=cut.known_at)
            rounds = [
                (
                    seconds(lambda: cap_table(db, cut)),
                    seconds(lambda: cursor.execute(statement).fetchall()),
                )
                for _ in range(3)
            ]
        engine.dispose()
    ours, bare = (min(one) for one in zip(*rounds, strict=True))
    return Rates(postings / ours, postings / bare)


def sessions(rows: int) -> Rates:
    """Rows of a file of sessions, checked and saved, beside a bare load of what came of them; by the wall clock."""
    with tempfile.TemporaryDirectory() as folder:
        address, path = f"sqlite:///{folder}/bench.db", Path(folder) / "sessions.csv"
        write("csv", rows, path)
        took = [bench_session_import.part(name, address, path).wall for name in ("found", "imported", "bare")]
    return Rates(rows / took[1], rows / took[2])


def packages(count: int) -> Rates:
    """Grants of an Open Cap Format package, checked and imported, beside parsing its JSON and nothing else; by CPU."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_import.write_package(folder, count)
        files = list(folder.glob("*.json"))
        bare = seconds(lambda: [json.loads(file.read_bytes()) for file in files])
        checking, importing, _, _ = bench_import.measure(folder)
    return Rates(count / (checking + importing), count / bare)


def tally(ballots: int) -> Rates:
    """Ballots of an election of five among twenty (Scottish STV), beside one pass over first choices; by CPU."""
    names = [f"c{one}" for one in range(20)]
    groups = bench_tally.some_ballots(ballots, len(names))

    def first_choices() -> list[int]:
        found = [0] * len(names)
        for ranking, count in groups.items():
            found[ranking[0][0]] += count
        return found

    ours = seconds(partial(count_options, Method.STV, names, groups, seats=5, lot=names))
    return Rates(ballots / ours, ballots / seconds(first_choices))


def vesting(count: int) -> Rates:
    """Grants whose instalments are written out (four years, a cliff, monthly), beside the obvious loop; by CPU."""
    terms, some = TEMPLATES["4y/1y/monthly"], bench_vesting.some_grants(count)

    def ours(of: bench_vesting.Grants) -> None:
        for quantity, start in of:
            instalments(terms, quantity, start=start)

    def naive(of: bench_vesting.Grants) -> None:
        for quantity, start in of:
            bench_vesting.naive_table(terms, quantity, start)

    return Rates(bench_vesting.rate(ours, some), bench_vesting.rate(naive, some))


def verification(on_record: int) -> Rates:
    """Entries of a record of so many grants, every row rebuilt and compared, beside hashing their bytes; by CPU."""
    with granted(on_record) as (_, engine), Session(engine) as db:
        payloads = list(db.execute(select(tables.entry.c.payload).order_by(tables.entry.c.n)).scalars())
        bare = seconds(lambda: root_of([leaf_hash(one) for one in payloads]))

        def verify() -> None:
            assert verify_all(db).fault is None

        took = seconds(verify)
    return Rates(len(payloads) / took, len(payloads) / bare)
