"""Gives memory back to the system that long reads have let go of.

The C library keeps what was freed between pieces that are still in use; after a report of a long record that is a fifth
of the process, for as long as it runs.
"""

from __future__ import annotations

import asyncio
import ctypes

from starlette.concurrency import run_in_threadpool

EVERY_SECONDS = 15.0


async def work(*, every: float = EVERY_SECONDS) -> None:
    """Give back what is free again and again, until cancelled; where the C library has no word for it, never."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(every)
        await run_in_threadpool(trim, 0)
