"""Group commit: deeds that wait at the same time share one transaction, so one wait for the disk answers them all.

Each is carried out in a savepoint of its own, in the order in which they came, and sees what those before it did; a
refusal rolls back its own and no other. Everyone is answered after the commit, the refused ones too: what they were
refused for may have been done a moment before in the same transaction. While one batch is carried out, the next one
gathers; one that comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Session

from ledger import journal
from ledger.sharing import follow, share
from ledger.tail import Sunk, Tail

MOST_TOGETHER = 256
"""How many deeds one transaction takes."""

SHARE_SECONDS = 0.05
"""How long a transaction goes on taking deeds; whoever is left begins the next one."""

Work = Callable[[Session], Any]
W = TypeVar("W")
T = TypeVar("T")


@dataclass(slots=True)
class _Waiting:
    work: Work
    answer: asyncio.Future[Any]
    alone: bool = False  # it has sunk a batch

    def tell(self, outcome: _Outcome) -> None:
        if self.answer.done():  # whoever asked has gone
            return
        if outcome.error is None:
            self.answer.set_result(outcome.value)
        else:
            self.answer.set_exception(outcome.error)


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: BaseException | None = None


class _SunkError(Exception):
    """A deed met an error of the database after which the whole transaction has to be repeated."""

    def __init__(self, by: int) -> None:
        super().__init__(by)
        self.by = by


class Group:
    """The queue of deeds of one process, and whoever carries them out.

    Args:
        engine: The database; on SQLite deeds run on the event loop.
        is_passing: Tells whether the same transaction may well succeed when it is repeated.
        pauses: The longest pause before each repetition, in seconds.
    """

    def __init__(
        self,
        engine: Engine | AsyncEngine,
        is_passing: Callable[[DBAPIError], bool],
        pauses: Sequence[float],
    ) -> None:
        self._engine, self._is_passing, self._pauses = engine, is_passing, pauses
        follow(engine if isinstance(engine, Engine) else engine.sync_engine)
        self._kept: Connection | None = None
        event.listen(engine if isinstance(engine, Engine) else engine.sync_engine, "engine_disposed", self._let_go)
        self._queue: deque[_Waiting] = deque()
        self._leader: asyncio.Task[None] | None = None
        self._tail: Tail | None = None  # of the last transaction, if it was committed

    def ask(self, work: Work) -> asyncio.Future[Any]:
        """Have one deed carried out together with those that wait; what it returned is told after the commit."""
        answer = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(work, answer))
        if self._leader is None or self._leader.done():
            self._leader = asyncio.create_task(self._lead())
        return answer

    async def _lead(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._queue:
                batch = self._taken()
                if len(batch) == 1:
                    await self._by_itself(batch[0])
                else:
                    await self._all(batch)
        except BaseException as error:
            # cancelled with the loop, or a fault of ours: nobody may wait for ever
            for one in (*batch, *self._queue):
                one.tell(_Outcome(error=error if isinstance(error, Exception) else asyncio.CancelledError()))
            self._queue.clear()
            raise

    def _taken(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self._queue and len(batch) < MOST_TOGETHER and not (batch and self._queue[0].alone):
            one = self._queue.popleft()
            if not one.answer.done():
                batch.append(one)
            if one.alone:
                break
        return batch

    async def _by_itself(self, one: _Waiting) -> None:
        for pause in (*self._pauses, None):
            try:
                one.tell(_Outcome(await self._in_transaction(_done, one.work)))
            except Exception as error:
                if pause is not None and isinstance(error, DBAPIError) and self._is_passing(error):
                    await asyncio.sleep(random.uniform(0, pause))
                    continue
                one.tell(_Outcome(error=error))
            return

    async def _all(self, batch: list[_Waiting]) -> None:
        for pause in self._pauses:
            try:
                outcomes = await self._in_transaction(self._carried_out, [one.work for one in batch])
            except _SunkError as sunk:
                # the others go on without it, and it is tried again by itself, in its turn
                batch[sunk.by].alone = True
                self._queue.extendleft(reversed(batch))
                return
            except DBAPIError as error:
                if self._is_passing(error):
                    await asyncio.sleep(random.uniform(0, pause))
                    continue
                if isinstance(error, InterfaceError | OperationalError):
                    # the database is out of reach, or was while it committed: each would learn the same
                    for one in batch:
                        one.tell(_Outcome(error=error))
                    return
                break
            except Sunk:
                break
            for one, outcome in zip(batch, outcomes, strict=False):
                one.tell(outcome)
            self._queue.extendleft(reversed(batch[len(outcomes) :]))
            return
        # refused at the commit, or for what waited, where nobody can say whose fault it is
        for one in batch:
            await self._by_itself(one)

    async def _in_transaction(self, carry_out: Callable[[Connection, Tail, W], T], works: W) -> T:
        """Return what came of deeds, committed."""
        earlier, self._tail = self._tail, None

        def carried_out(connection: Connection) -> tuple[T, Tail]:
            tail = share(connection, earlier)
            done = carry_out(connection, tail, works)
            tail.commit()
            return done, tail

        if isinstance(self._engine, Engine):
            with self._begun(self._engine) as connection:
                done, tail = carried_out(connection)
        else:
            async with self._engine.begin() as there:
                done, tail = await there.run_sync(carried_out)
        self._tail = tail
        return done

    @contextmanager
    def _begun(self, engine: Engine) -> Iterator[Connection]:
        """Begin on the connection that is kept: to take one and give it back costs a lone deed a quarter more."""
        connection, self._kept = self._kept or engine.connect(), None
        try:
            with connection.begin():
                yield connection
        except BaseException:
            connection.close()  # where a commit failed, SQLAlchemy has left the rest to the pool
            raise
        self._kept = connection

    def _let_go(self, _: Engine) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.detach()  # the pool that it came from is gone
            kept.close()

    def _carried_out(self, connection: Connection, tail: Tail, works: Sequence[Work]) -> list[_Outcome]:
        """Return what became of the deeds, as many as one transaction has time for."""
        until = monotonic() + SHARE_SECONDS
        outcomes: list[_Outcome] = []
        for work in works:
            try:
                with tail.deed():
                    value = _done(connection, tail, work)
                outcomes.append(_Outcome(value))
            except DBAPIError as error:
                if self._is_passing(error) or error.connection_invalidated:
                    raise _SunkError(len(outcomes)) from error
                outcomes.append(_Outcome(error=error))
            except Exception as refusal:
                outcomes.append(_Outcome(error=refusal))
            if tail.is_sunk:
                raise Sunk
            if monotonic() > until:
                break
        return outcomes


def _done(connection: Connection, tail: Tail, work: Work) -> Any:  # noqa: ANN401 - whatever the deed returns
    # what a deed returns stays readable afterwards without asking the database again
    db = Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
    journal.join(db, tail)
    try:
        return work(db)
    finally:
        if db.in_transaction():
            db.close()  # of the transaction around it nothing ends
