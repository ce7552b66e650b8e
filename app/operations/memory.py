"""Gives memory back to the system that long reads have let go of.

Python looks for rings of objects that nobody holds only after so many new ones, and the C library keeps what was freed
between pieces that are still in use. After a report of a long record both are a seventh of the process, for good.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc

from starlette.concurrency import run_in_threadpool

EVERY_SECONDS = 15.0

YOUNG = 1
"""The generations that are looked through: what has come since the last look, which takes no time where nothing has."""


async def work(*, every: float = EVERY_SECONDS) -> None:
    """Give back what is free again and again, until cancelled."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have no word for it
    while True:
        await asyncio.sleep(every)
        gc.collect(YOUNG)
        if trim is not None:
            await run_in_threadpool(trim, 0)
