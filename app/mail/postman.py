"""The postman: writes what somebody should hear of, and sends what is due, outside any transaction.

Several may go their rounds beside each other, in one process or in many. None holds up votes that are due, which are
closed by a worker of their own (``app.worker``).
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from app import clock
from app.db import Runner
from app.mail import queue, sending, writing
from app.mail.sending import Post, Undelivered
from app.witnesses import Cosigned
from ledger.types import Act

ACTOR, AUTHORITY = "system", "role:worker"

EVERY_SECONDS = 5.0
"""Whoever asks for a sign-in link waits for it."""

log = logging.getLogger("vestry.mail")


def deliver(runner: Runner, post: Post, now: Callable[[], datetime] = clock.now) -> int:
    """Send all letters that are due, and return how many were.

    Where the server itself is the trouble, one letter bears the failure and the others wait for the next time.
    """
    count, connection = 0, None
    try:
        while ids := runner.read(queue.due, now()):
            for id in ids:
                try:
                    connection, is_sent = _send(runner, post, connection, id, now)
                except Undelivered:
                    return count
                count += is_sent
    finally:
        sending.close(connection)
    return count


def _send(
    runner: Runner, post: Post, connection: smtplib.SMTP | None, id: str, now: Callable[[], datetime]
) -> tuple[smtplib.SMTP | None, bool]:
    """Send one letter, and return the connection for the next and whether it went out.

    Raises:
        Undelivered: No letter at all can be sent now.
    """
    letter = runner.run(queue.claim, id, now())
    if letter is None:
        return connection, False
    try:
        connection = connection or sending.connect(post)
        sending.send(connection, letter, post, now())
    except Undelivered as trouble:
        runner.run(queue.failed, id, now(), trouble.trouble, trouble.answer, is_final=trouble.is_final)
        # neither the address nor the words: whoever reads the log has no business with them
        log.warning("letter %s could not be sent: %s", id, trouble.trouble.value)
        if trouble.is_servers:
            raise
        return connection, False
    runner.run(queue.sent, id, now())
    return connection, True


def go_round(
    runner: Runner,
    post: Post,
    origin: str,
    now: Callable[[], datetime] = clock.now,
    *,
    cosigned: Cosigned | None = None,
) -> int:
    """Queue what somebody should hear of, send what is due, forget what is long over; return how many were sent."""
    writing.write_due(runner, Act(ACTOR, AUTHORITY, now()), origin, cosigned)
    count = deliver(runner, post, now)
    if runner.read(queue.has_old, now()):
        runner.run(queue.trim, now())
    return count


async def work(
    runner: Runner, post: Post, origin: str, cosigned: Cosigned | None = None, *, every: float = EVERY_SECONDS
) -> None:
    """Go round again and again, until cancelled; what goes wrong once is tried again."""
    while True:
        try:
            await run_in_threadpool(go_round, runner, post, origin, cosigned=cosigned)
        except Exception:
            log.exception("letters could not be written or sent; it will be tried again")
        await asyncio.sleep(every)
