"""How far the jobs are that this process carries out: on SQLite nobody can write it down while one of them writes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

from app.jobs.records import Job, JobState


@dataclass(frozen=True, slots=True)
class Progress:
    """How many rows of a stage are done, of how many."""

    stage: str
    done: int
    total: int | None


@dataclass(slots=True)
class Board:
    """What this process knows of its jobs.

    Attributes:
        running: Jobs that are carried out here.
        called_off: Jobs that somebody called off while they ran.
    """

    running: set[str] = field(default_factory=set)
    progress: dict[str, Progress] = field(default_factory=dict)
    called_off: set[str] = field(default_factory=set)
    _woken: asyncio.Event | None = None

    def wake(self) -> None:
        """Say, on the event loop, that there is a new job."""
        if self._woken is not None:
            self._woken.set()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until there is a new job."""
        self._woken = self._woken or asyncio.Event()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    def seen(self, one: Job) -> Job:
        """Return a job with what this process knows of it."""
        now = self.progress.get(one.id)
        if now is None or one.state is not JobState.RUNNING:
            return one
        return replace(one, stage=now.stage, done=now.done, total=now.total)
