"""One open end of the journal for all deeds that one transaction carries out, each as if it were by itself."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, event

from ledger.heads import lock_newest
from ledger.tail import Tail

MOST_CHAINS = 10_000
"""How many accounts are remembered from one transaction to the next; beyond, all are read anew when asked for."""

OPTION = "vestry_tail"
"""Where a connection keeps the tail that its deeds share."""

SAVEPOINT = "SAVEPOINT "
ENDS = ("RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")
"""How the statements begin that savepoints are made of; what waits is none of their business."""

READING = ("SELECT", "WITH")
"""How statements begin that change nothing."""


def share(connection: Connection, earlier: Tail | None) -> Tail:
    """Lock the journal, as the first thing of a transaction, and return the tail for all deeds that it carries out.

    ``earlier`` is that of the transaction before, if it was committed: while nobody else has added to the journal, what
    it knows of accounts still holds. The engine must have been told (``follow``).
    """
    tail = Tail(connection, lock_newest(connection))
    if earlier is not None and earlier.known < MOST_CHAINS:
        tail.know_of(earlier)
    connection.execution_options(**{OPTION: tail})
    return tail


def follow(engine: Engine) -> None:
    """Let the tails of an engine's connections write what waits, and go along with savepoints."""

    def tail_of(connection: Connection) -> Tail | None:
        return connection.get_execution_options().get(OPTION)

    def asked(connection: Connection, _: object, statement: str, *__: object) -> None:
        tail = tail_of(connection)
        if tail is None:
            return
        # the event of a savepoint that begins does not tell its name yet
        if statement.startswith(SAVEPOINT):
            tail.begun(statement.removeprefix(SAVEPOINT))
        elif not statement.startswith(ENDS):
            tail.before(reading=statement.startswith(READING))

    def told(how: Callable[[Tail, str], None]) -> Callable[..., None]:
        def tell(connection: Connection, name: str, *_: object) -> None:
            if (tail := tail_of(connection)) is not None:
                how(tail, name)

        return tell

    event.listen(engine, "before_cursor_execute", asked)
    event.listen(engine, "rollback_savepoint", told(Tail.rolled_back))
    event.listen(engine, "release_savepoint", told(Tail.released))
