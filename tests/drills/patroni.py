"""Machines are lost under Patroni: integrators write over HTTP while the leader of three is killed, or hangs.

``python -m tests.drills.patroni 10`` loses ten leaders in turn, each in one of three ways: killed; killed after its
line to the standbys had stalled; hung for a minute and awake again. It needs Debian's packages ``patroni``,
``etcd-server``, ``haproxy`` and ``postgresql``, starts servers of its own on the loopback address, and prints what it
came to. With ``direct`` the service is told all three addresses instead of the proxy's.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.drills.failover import INTEGRATORS, STALL_SECONDS, Outcome, Traffic, audit, publish, served
from tests.drills.members import Member, Members, missing

ANSWERS = 50
"""How many requests are answered before a leader is lost."""

HUNG_SECONDS = 60


@dataclass(slots=True)
class Losses:
    """Leaders lost, and how long nothing was answered after each."""

    members: Members
    traffic: Traffic
    stood_still: list[str] = field(default_factory=list)

    async def lose(self, how: str) -> None:
        """Lose the leader, wait for another to take over, and have the lost one back as a standby."""
        leader = await self.members.leader()
        await self.traffic.until(len(self.traffic.answers) + ANSWERS)
        if how == "stalled":
            leader.line.stall()
            await asyncio.sleep(STALL_SECONDS)
        begun = monotonic()
        if how == "hung":
            leader.signal(signal.SIGSTOP)
        else:
            leader.kill()
        # what was under way is answered or lost; one more has been asked for since
        await self.traffic.until(len(self.traffic.answers) + INTEGRATORS + 1)
        self.stood_still.append(f"{how} {monotonic() - begun:.0f} s")
        print(self.stood_still[-1], flush=True)
        leader.line.mend()
        await self._back(leader, how, begun)

    async def _back(self, lost: Member, how: str, begun: float) -> None:
        if how == "hung":
            await asyncio.sleep(max(0.0, begun + HUNG_SECONDS - monotonic()))
            lost.signal(signal.SIGCONT)
        else:
            self.members.start(lost)
        assert (await self.members.leader()).name != lost.name


async def drill(times: int, *, proxied: bool) -> tuple[Outcome, list[str]]:
    """Lose so many leaders, and return what that cost, and how long nothing was answered each time."""
    with TemporaryDirectory(dir="/var/tmp") as name:
        async with Members.made(proxied=proxied) as members:
            leader = await members.leader()
            async with served(leader.url, members.url, Path(name)) as (service, http):
                traffic = Traffic(http)
                losses = Losses(members, traffic)
                async with asyncio.TaskGroup() as tasks:
                    for number in range(INTEGRATORS):
                        tasks.create_task(traffic.integrate(number))
                    publishing = tasks.create_task(publish(service, traffic))
                    for number in range(times):
                        await losses.lose(("killed", "stalled", "hung")[number % 3])
                    before = dict(traffic.answers)
                    traffic.over = True
                return await audit(service, traffic, before, publishing.result()), losses.stood_still


if __name__ == "__main__":
    logging.disable()
    if lacking := missing():
        sys.exit(lacking)
    outcome, stood_still = asyncio.run(drill(int(sys.argv[1]), proxied="direct" not in sys.argv))
    print(outcome, "; ".join(stood_still), sep="\n")
