"""Publishing: checkpoints are signed whenever the journal has grown, and each is kept in the archive."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from app import archive, clock
from app.db import Runner
from app.witnesses import Cosigned
from ledger import journal, tiles
from ledger.errors import NotFound, Tampered

EVERY_SECONDS = 15.0

log = logging.getLogger("vestry.checkpoints")


def publish(runner: Runner, cosigned: Cosigned) -> str | None:
    """Sign the journal where it has grown, keep what was signed and what proofs are made of; return the checkpoint.

    Raises:
        Tampered: As ``Signer.publish`` does.
    """
    while runner.read(tiles.lags):
        runner.run(tiles.fill)
    with suppress(NotFound):
        # before another is signed: whoever signed it may have been stopped before it was kept
        _keep(runner, cosigned.newest()[0])
    size = runner.read(journal.size)
    # what can be read may stand on one machine only, where a wait for the standby was cut short
    runner.run(journal.confirm)
    note = runner.read(cosigned.signer.publish, size)
    if note is not None:
        _keep(runner, note)
    return note


def _keep(runner: Runner, note: str) -> None:
    if not runner.read(archive.holds, note):
        runner.run(archive.keep, note, clock.now())


async def work(runner: Runner, cosigned: Cosigned, *, every: float = EVERY_SECONDS) -> None:
    """Publish again and again, until cancelled; what goes wrong once is tried again."""
    while True:
        try:
            await run_in_threadpool(publish, runner, cosigned)
        except Tampered as refused:
            log.critical("no checkpoint was signed: %s", refused)
        except Exception:
            log.exception("no checkpoint could be signed; it will be tried again")
        await asyncio.sleep(every)
