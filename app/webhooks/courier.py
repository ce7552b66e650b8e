"""The courier: puts what happened into the queues of webhooks and sends what is due, outside any transaction.

Several may go their rounds beside each other, in one process or in many. Each webhook is served by a thread of its own,
some at once, so that one that is slow holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from starlette.concurrency import run_in_threadpool

from app import clock
from app.db import Runner
from app.secret.keys import KeyFileUnfit
from app.webhooks import deliveries, delivery_log, sending, signing
from app.webhooks.deliveries import Message
from app.webhooks.sending import Answer, Trouble
from app.webhooks.setup import Outgoing
from app.webhooks.targets import TargetRefused, TargetUnknown, addresses_for, target_of
from ledger.errors import Invalid
from ledger.types import Act

ACTOR, AUTHORITY = "system", "role:worker"

EVERY_SECONDS = 3.0

AT_ONCE = 4
"""How many webhooks are served at the same time."""

A_ROUND = 50
"""How many deliveries one webhook gets before the next round."""

log = logging.getLogger("vestry.webhooks")

Now = Callable[[], datetime]


def go_round(runner: Runner, outgoing: Outgoing, now: Now = clock.now) -> int:
    """Put in what happened, send what is due, forget what is long over; return how many were delivered."""
    for id in runner.read(deliveries.lagging):
        while runner.run(deliveries.put_in, Act(ACTOR, AUTHORITY, now()), id):
            pass
    busy = runner.read(deliveries.busy, now())
    count = 0
    if busy:
        with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
            count = sum(pool.map(partial(_serve, runner, outgoing, now), busy))
    if runner.read(delivery_log.has_old, now()):
        runner.run(delivery_log.trim, now())
    return count


def _serve(runner: Runner, outgoing: Outgoing, now: Now, webhook: str) -> int:
    """Send what is due to one webhook, in the order of the journal, until something fails."""
    count = 0
    for _ in range(A_ROUND):
        id = runner.read(deliveries.next_due, webhook, now())
        answer = None if id is None else deliver(runner, outgoing, id, now)
        if answer is None or answer.trouble is not None:
            break
        count += 1
    return count


def deliver(runner: Runner, outgoing: Outgoing, id: str, now: Now = clock.now) -> Answer | None:
    """Send one delivery and note what became of it; None if it is not to be sent now."""
    message = runner.run(deliveries.claim, id, now())
    if message is None:
        return None
    begun = time.monotonic()
    answer = _sent(outgoing, message, now())
    took = int((time.monotonic() - begun) * 1_000)
    runner.run(deliveries.note, id, now(), answer, took)
    if answer.trouble is not None:
        log.warning("webhook %s: %s was not delivered: %s %s", message.webhook, id, answer.trouble, answer.status or "")
    return answer


def _sent(outgoing: Outgoing, message: Message, now: datetime) -> Answer:
    try:
        secrets = [outgoing.unseal(message.webhook, one) for one in message.secrets]
        target = target_of(message.url, outgoing.allowed)
        addresses = addresses_for(target, outgoing.allowed, outgoing.resolver)
    except KeyFileUnfit:
        return Answer(Trouble.SECRET)
    except (Invalid, TargetRefused):
        return Answer(Trouble.REFUSED)
    except TargetUnknown:
        return Answer(Trouble.NAME)
    signed = signing.headers(secrets, message.id, int(now.timestamp()), message.body)
    return sending.post(target, addresses, message.body, signed)


async def work(runner: Runner, outgoing: Outgoing, *, every: float = EVERY_SECONDS) -> None:
    """Go round again and again, until cancelled; what goes wrong once is tried again."""
    while True:
        try:
            await run_in_threadpool(go_round, runner, outgoing)
        except Exception:
            log.exception("webhooks could not be served; it will be tried again")
        await asyncio.sleep(every)
