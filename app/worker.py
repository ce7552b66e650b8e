"""What the service does by itself while it runs: votes that are due are closed and what passed is carried out.

It wakes now and then, looks without writing, and does what is due. Several may run beside each other, in one process or
in many: each deed looks under the journal's lock whether it has been done. If none runs, nothing is lost: a deadline
holds without it, and whoever comes next catches up. Answers that nobody repeats a request for any more are forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from app import clock, petitions, voting
from app.api import idempotency
from app.db import Runner
from app.secret.setup import SecretVotes
from ledger.types import Act

EVERY_SECONDS = 15.0
ACTOR, AUTHORITY = "system", "role:worker"

log = logging.getLogger("vestry.worker")


def catch_up(runner: Runner, secret: SecretVotes | None = None) -> list[voting.Due]:
    """Do everything that is due now, and return what was done of votes; ``secret`` has the secret ones."""
    if secret is not None:
        secret.catch_up(clock.now())
    act = Act(ACTOR, AUTHORITY, clock.now())
    if runner.read(idempotency.has_old, act.now):
        runner.run(idempotency.forget_old, act.now)
    # once a round: a vote that signatures forced may wait for something that only a person can do
    if runner.read(petitions.pending, act):
        runner.run(petitions.carry_on, act)
    if not runner.read(voting.pending, act):
        return []
    return voting.carry_on_all(runner.run, act)


async def work(runner: Runner, secret: SecretVotes | None = None, *, every: float = EVERY_SECONDS) -> None:
    """Catch up again and again, until cancelled; what goes wrong once is tried again."""
    while True:
        try:
            for one in await run_in_threadpool(catch_up, runner, secret):
                log.info("%s of %s is done", one.step, one.proposal)
        except Exception:
            log.exception("what is due could not be done; it will be tried again")
        await asyncio.sleep(every)


async def stop(task: asyncio.Task[None]) -> None:
    """Cancel a worker and wait until it has stopped."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
