"""The postman: sends what is due, one letter after the other, outside any transaction."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import datetime

from app import clock
from app.db import Runner
from app.mail import queue, sending
from app.mail.sending import Post, Undelivered

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
