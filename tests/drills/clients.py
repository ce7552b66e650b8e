"""Who is at work in a week of full load, and what each was told; see ``week``."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI
from httpx2 import AsyncClient, HTTPError
from sqlalchemy.exc import DBAPIError

from app import publishing
from tests.api.client import ENGAGEMENT, TERMS
from tests.governance.hall import OPENS, at

PROVIDERS = 50_000
DAYS = [OPENS.date() + timedelta(days=n) for n in range(5)]
EVENING = timedelta(hours=12)
HEADING = "provider,start,minutes,category,modality\n"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the week: all of it, or one of so many ``parts``."""

    parts: int = 1

    @property
    def providers(self) -> int:
        """How many deliver sessions; all are members."""
        return PROVIDERS // self.parts

    @property
    def acting(self) -> int:
        """How many of them set a threshold, vote and read."""
        return max(self.providers // 50, 10)

    @property
    def grants(self) -> int:
        """How many grants are made."""
        return max(self.providers // 500, 3)

    def rows(self, day: int, clinic: int) -> list[tuple[str, str]]:
        """Return who delivered what and when; 13.2 a week each. Two of three clinics have twice as many providers."""
        found = []
        for who in range(self.providers):
            if (who % 5) // 2 == clinic:
                count = 2 + ((who * 7 + day * 3) % 25 < 16)
                found += [(f"hld_{who:026}", f"{DAYS[day]}T{9 + n:02}:00") for n in range(count)]
        return found


@dataclass(slots=True)
class Week:
    """What clients were told, for the record to be held against."""

    size: Size
    http: AsyncClient
    app: FastAPI
    tokens: dict[str, str]
    vote: str
    plan: str
    entries: dict[str, list[int]] = field(default_factory=dict)
    accepted: int = 0
    duplicate: int = 0
    sent_again: int = 0
    reads: int = 0
    thresholds: int = 0
    issued: int = 0
    voted: int = 0
    signed: int = 0
    over: bool = False

    async def send(self, who: str, path: str, key: str, body: object, **asked: str) -> dict[str, Any]:
        """Send a request until it is answered, and return the data; what is told of entries is kept."""
        kind = "text/csv" if isinstance(body, str) else "application/json"
        content = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Idempotency-Key": key, "Content-Type": kind}
        while True:
            with contextlib.suppress(HTTPError):
                answer = await self.http.post(f"/v1{path}", content=content, headers=headers, params=asked)
                if answer.status_code == 201:
                    break
                assert answer.status_code == 503, answer.text
            self.sent_again += 1
            await asyncio.sleep(0.2)
        told = answer.json()
        # answered twice, it is the same answer
        assert self.entries.setdefault(key, told["entries"]) == told["entries"]
        data: dict[str, Any] = told["data"]
        return data

    async def twice(self, who: str, path: str, key: str, body: object, **asked: str) -> dict[str, Any]:
        """Send a request twice at the same time, as a client does that has lost patience."""
        self.sent_again += 1
        first, second = await asyncio.gather(*(self.send(who, path, key, body, **asked) for _ in range(2)))
        assert first == second
        return first

    def count(self, told: dict[str, Any]) -> None:
        """Add what became of sessions; nothing may be refused."""
        counts = told["counts"]
        assert counts["rejected"] == counts["held"] == 0, told
        self.accepted += counts["accepted"]
        self.duplicate += counts["duplicate"]

    async def export_file(self, day: int, clinic: int) -> None:
        """Hand in an evening's file, twice at once every other day; it holds some of yesterday's again."""
        rows = self.size.rows(day, clinic)
        again = self.size.rows(day - 1, clinic)[::9] if day else []
        content = HEADING + "".join(f"{who},{start},50,INDIVIDUAL,VIDEO\n" for who, start in (*again, *rows))
        send = self.twice if (day + clinic) % 2 else self.send
        self.count(await send("source", "/session-imports", f"file-{day}-{clinic}", content, source="plain"))
        if day == len(DAYS) - 1:
            # the whole of Monday once more, for good measure
            content = HEADING + "".join(f"{a},{b},50,INDIVIDUAL,VIDEO\n" for a, b in self.size.rows(0, clinic))
            self.count(await self.send("source", "/session-imports", f"monday-{clinic}", content, source="plain"))

    async def hand_in(self, day: int) -> None:
        """Hand in the third clinic's sessions by the thousand; some twice at once, some again under another key."""
        rows = iter(self.size.rows(day, 2))
        for n in itertools.count():
            some = list(itertools.islice(rows, 1000))
            if not some:
                return
            told = [
                {"provider": who, "start": start, "minutes": 50, "category": "INDIVIDUAL", "modality": "VIDEO"}
                for who, start in some
            ]
            body = {"system": "harbor-ehr", "rows": told}
            send = self.twice if n % 3 == 0 else self.send
            self.count(await send("source", "/sessions:batch", f"batch-{day}-{n}", body))
            if n % 5 == 0:
                self.count(await self.send("source", "/sessions:batch", f"batch-{day}-{n}-again", body))

    async def members(self, day: int) -> None:
        """Have a fifth of those who act do so: a threshold, a vote, a look at one's own."""
        for number in range(day, self.size.acting, len(DAYS)):
            who = f"hld_{number:026}"
            send = self.twice if number % 4 == 0 else self.send
            await send(who, f"/providers/{who}/thresholds", f"limit-{who}", {"day": 5, "week": 20 + number % 5})
            self.thresholds += 1
            choice = {"choice": ("yes", "no", "abstain")[number % 3]}
            await send(who, f"/members/{who}/ballots/{self.vote}", f"vote-{who}", choice)
            self.voted += 1
            await self.read(who, f"/providers/{who}/sessions")

    async def grant(self, day: int) -> None:
        """Draft, approve and issue some grants."""
        for number in range(day, self.size.grants, len(DAYS)):
            who = f"hld_{number:026}"
            await self.send("steward", f"/holders/{who}/engagements", f"engaged-{number}", ENGAGEMENT)
            terms = TERMS | {"holder": who, "plan_id": self.plan, "label": f"ES-{number}"}
            draft = await self.send("steward", "/grant-drafts", f"draft-{number}", terms)
            approval = {"terms_hash": draft["terms_hash"], "resolution_ref": "board:2025-03", "on": "2025-03-10"}
            await self.send("board", f"/grant-drafts/{draft['id']}/approve", f"approve-{number}", approval)
            await self.twice("steward", f"/grant-drafts/{draft['id']}/issue", f"issue-{number}", None)
            self.issued += 1

    async def read(self, who: str, path: str, **asked: str) -> None:
        """Read something that is there."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        with contextlib.suppress(HTTPError):
            answer = await self.http.get(f"/v1{path}", headers=headers, params=asked)
            assert answer.status_code in {200, 503}, answer.text
            self.reads += answer.status_code == 200

    async def readers(self) -> None:
        """Read all the time."""
        for number in itertools.count():
            if self.over:
                return
            who = f"hld_{number % self.size.acting:026}"
            await self.read(who, f"/providers/{who}/sessions")
            await self.read("board", "/head")
            if number % 200 == 0:
                await self.read("board", "/captable", as_of="2026-03-16")
            await asyncio.sleep(0.02)

    async def sign(self) -> None:
        """Sign checkpoints all the time, as the service does every few seconds."""
        service = self.app.state.service
        while not self.over:
            with contextlib.suppress(DBAPIError):  # behind a long import; it is tried again
                made = await asyncio.to_thread(publishing.publish, service.reports, service.cosigned)
                self.signed += made is not None
            await asyncio.sleep(1)

    async def live(self) -> None:
        """Go through the days."""
        beside = [asyncio.create_task(one) for one in (self.readers(), self.sign())]
        for day in range(len(DAYS)):
            self.app.state.service.now = lambda day=day: at(datetime.combine(DAYS[day], OPENS.time())) + EVENING
            work = [self.export_file(day, clinic) for clinic in (0, 1)]
            await asyncio.gather(*work, self.hand_in(day), self.members(day), self.grant(day))
        self.over = True
        await asyncio.gather(*beside)
