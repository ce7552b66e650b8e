"""Connections to PostgreSQL that a lost machine neither holds up for ever nor deceives.

With a synchronous standby a commit is answered when the standby has it. While none can be reached, PostgreSQL waits,
and so do we: whoever asked is told after a while to ask again. When such a wait is cut short (``statement_timeout``, an
administrator, a shutdown) PostgreSQL answers "committed" with a warning, though what was written stands on one machine
only and may be gone tomorrow; here that is an error like any other.
"""

from __future__ import annotations

import contextlib
from time import monotonic, sleep
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import psycopg
from psycopg.abc import ConnParam
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, ExceptionContext, event
from sqlalchemy.exc import OperationalError

LOCK_SECONDS = 25
"""How long a statement waits for another transaction, such as the one writer that the journal has at a time."""

TOLERANT: dict[str, ConnParam] = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How a machine that is gone without a word is found out in half a minute, not in hours; the address has precedence."""

ENDING_SECONDS = 5.0
"""How long threads have to end when the service stops."""

READ_ONLY = "25006"
"""What a server answers to a write that is a standby, or has become one since we connected."""

WAITS_FOR_STANDBY = "SyncRepWaitForLSN"
"""The function of PostgreSQL that warns; the words are in the server's language, and the code is anybody's."""


class Unconfirmed(psycopg.OperationalError):
    """What was committed stands on one machine only: the wait for the standby was cut short."""


class _Heed:
    """Hears that a wait for a standby was cut short."""

    _cut_short = False

    def hear(self, said: psycopg.errors.Diagnostic) -> None:
        """Note a warning."""
        self._cut_short |= said.source_function == WAITS_FOR_STANDBY

    def check(self) -> None:
        """Refuse to take a commit for one that was confirmed.

        Raises:
            Unconfirmed: It was not.
        """
        if self._cut_short:
            self._cut_short = False
            raise Unconfirmed("The wait for the standby was cut short; what was written may not last.")


class Connection(psycopg.Connection[Any], _Heed):
    """A connection for a thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_notice_handler(self.hear)

    def is_busy(self) -> bool:
        """Tell whether a transaction is under way."""
        return not self.closed and self.info.transaction_status is not TransactionStatus.IDLE

    def commit(self) -> None:
        """End the transaction, and return when it is kept."""
        super().commit()
        self.check()


class AsyncConnection(psycopg.AsyncConnection[Any], _Heed):
    """A connection for the event loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_notice_handler(self.hear)

    async def commit(self) -> None:
        """End the transaction, and return when it is kept."""
        await super().commit()
        self.check()


_of_engine: WeakKeyDictionary[Engine, WeakSet[Connection]] = WeakKeyDictionary()
"""The connections that each engine has made for threads."""


def options(url: URL) -> dict[str, Any]:
    """Return what every connection is opened with that the address does not say otherwise."""
    # a database that was made without a locale would hand out bytes
    wanted = TOLERANT | {"client_encoding": "utf8"}
    return {name: value for name, value in wanted.items() if name not in url.query}


def set_up(engine: Engine) -> None:
    """Have an engine make connections of our kind."""
    made = _of_engine[engine] = WeakSet()

    def connect(dialect: Any, _record: object, arguments: Any, settings: dict[str, Any]) -> Connection | None:  # noqa: ANN401
        if dialect.is_async:
            settings["async_creator_fn"] = AsyncConnection.connect
            return None  # SQLAlchemy connects with that
        connection = Connection.connect(*arguments, **settings)
        made.add(connection)
        return connection

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", _limit)
    event.listen(engine, "handle_error", _let_go)


def end_waiting(engine: Engine) -> None:
    """Have the server give up what an engine's threads still wait for, and wait until they have ended.

    Nothing of it counts as done. Without this a commit that waits for a standby would hold up the end of the process.
    """
    give_up = monotonic() + ENDING_SECONDS
    while (busy := [one for one in list(_of_engine[engine]) if one.is_busy()]) and monotonic() < give_up:
        for connection in busy:
            with contextlib.suppress(psycopg.Error):
                connection.cancel_safe(timeout=1)
        sleep(0.05)


def _let_go(context: ExceptionContext) -> OperationalError | None:
    """Take a connection that no longer writes for a lost one: the next may lead to whoever does."""
    if getattr(context.original_exception, "sqlstate", None) != READ_ONLY:
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, None, context.original_exception, True, connection_invalidated=True)


def _limit(connection: Any, _record: object) -> None:  # noqa: ANN401 - as SQLAlchemy has it
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    cursor.close()
    connection.commit()
