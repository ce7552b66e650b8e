"""What an integrator does, in Python; each call is safe to repeat."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2 as httpx

from app.client.connection import Connection, JobFailed, Json
from app.client.records import Equity, Event, Imported, Job, Row, Session, Statement, Totals

MOST_ROWS = 1_000
"""How many rows the service takes at once."""

WAIT_SECONDS = 20
"""How long one request waits for a job."""


class Vestry:
    """A service, as whoever holds the token may use it.

    Args:
        address: Where it is, such as ``https://equity.example.org``.
        token: As ``vestry token create`` printed it.
        http: What sends requests, in place of one that this makes; it must know the address.
    """

    def __init__(self, address: str, token: str, *, http: httpx.Client | None = None, timeout: float = 60.0) -> None:
        """Open nothing yet."""
        self.connection = Connection(http or httpx.Client(base_url=address, timeout=timeout), token)

    def __enter__(self) -> Vestry:
        """Return the service."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go of the connections."""
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self.connection.http.close()

    # anything

    def get(self, path: str, **query: Any) -> Json:
        """Return what stands at a path, such as ``/v1/captable``."""
        told: Json = self.connection.send("GET", path, query=query).json()
        return told

    def post(self, path: str, body: Json | None = None, *, key: str | None = None, **query: Any) -> Json:
        """Have something done, once however often it is sent, and return the receipt.

        Args:
            path: Such as ``/v1/holders``.
            body: The order, where it has one.
            key: A word of your own for this request; without one, this makes one that lasts for this call.
            query: Parameters, such as ``dry_run=True``.
        """
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        told: Json = self.connection.send("POST", path, query=query, headers=headers, json=body or {}).json()
        return told

    def pages(self, path: str, **query: Any) -> Iterator[Json]:
        """Yield each item of a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, **query | {"cursor": cursor} if cursor else query)
            yield from page["data"]
            cursor = page["next"]
            if not page["has_more"]:
                return

    # sessions delivered

    def hand_in(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        system: str = "plain",
        tz: str | None = None,
        mode: str = "best_effort",
        key: str | None = None,
        dry_run: bool = False,
    ) -> Iterator[Row]:
        """Hand in sessions, as many as you like, and yield what became of each.

        Args:
            rows: Each with ``external_id``, ``provider``, ``start``, ``minutes``, … and nothing of a client.
            system: What they come from; always the same, since sessions are known again by it.
            tz: Where the providers work; the company's zone, if left out.
            mode: ``best_effort``, or ``atomic``: of each thousand all or none.
            key: A word for this call: repeated with it, also by another process, it is answered as the first time.
            dry_run: Tell what would become of them, and store nothing.

        Raises:
            Refused: Nothing of this thousand was recorded; those before were.
        """
        key = key or str(uuid.uuid4())
        for first in range(0, len(rows), MOST_ROWS):
            body = {"system": system, "rows": [dict(row) for row in rows[first : first + MOST_ROWS]]}
            if tz is not None:
                body["tz"] = tz
            told = self.post("/v1/sessions:batch", body, key=f"{key}:{first}", mode=mode, dry_run=dry_run)
            yield from (Row.of(row, after=first) for row in told["data"]["rows"])

    def start_import(
        self,
        file: Path | bytes,
        *,
        source: str = "plain",
        map: str | None = None,
        tz: str | None = None,
        mode: str = "best_effort",
        key: str | None = None,
        dry_run: bool = False,
    ) -> Job:
        """Send a file of sessions (CSV, NDJSON, a workbook), and return the job that imports it.

        Args:
            file: Its path, or its bytes.
            source: ``plain`` for our own columns, ``simplepractice``, ``therapynotes``.
            map: Clinicians, codes and columns, in TOML.
            tz: Where providers work who have no zone in the map.
            mode: ``best_effort``, or ``atomic``.
            key: A word for this call; repeated with it, the same job is returned.
            dry_run: Find out what would become of it, and store nothing.

        Raises:
            Refused: It is no such file.
        """
        content = file if isinstance(file, bytes) else file.read_bytes()
        parts: dict[str, Any] = {"file": ("file", content)}
        if map is not None:
            parts["map"] = (None, map)
        headers = {"Prefer": "respond-async", "Idempotency-Key": key or str(uuid.uuid4())}
        query = {"source": source, "tz": tz, "mode": mode, "dry_run": dry_run}
        told = self.connection.send("POST", "/v1/session-imports", query=query, headers=headers, files=parts)
        return Job.of(told.json())

    # jobs

    def job(self, id: str, *, wait: int = 0) -> Job:
        """Return a job; when it has ended, or as it is after so many seconds."""
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        return Job.of(self.connection.send("GET", f"/v1/jobs/{id}", headers=headers).json())

    def wait_for(self, job: Job, *, on_progress: Callable[[Job], object] | None = None) -> Job:
        """Return a job when it has succeeded.

        Raises:
            JobFailed: It ended otherwise, and nothing was written.
        """
        while not job.has_ended:
            job = self.job(job.id, wait=WAIT_SECONDS)
            if on_progress is not None:
                on_progress(job)
        if job.state != "succeeded":
            raise JobFailed(job.problem or {"code": job.state, "detail": f"The job was {job.state}."})
        return job

    def follow(self, job: Job) -> Iterator[Job]:
        """Yield a job whenever it is further, until it has ended, as the service tells it by itself."""
        last = ""
        while not job.has_ended:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
            for last, data in self.connection.events(job.events_url, headers):  # noqa: B007 - for the next stream
                job = Job.of(json.loads(data))
                yield job

    def cancel(self, job: Job) -> Job:
        """Call a job off, if it has not ended."""
        return Job.of(self.connection.send("POST", f"/v1/jobs/{job.id}/cancel").json())

    def imported(self, job: Job) -> Imported:
        """Return what became of a file."""
        return Imported.of(self.get(f"/v1/jobs/{job.id}/result"))

    def rows(self, job: Job) -> Iterator[Row]:
        """Yield what became of each row of a file."""
        lines = self.connection.send("GET", f"/v1/jobs/{job.id}/rows").text.splitlines()
        return (Row.of(json.loads(line)) for line in lines)

    # what counts

    def sessions(self, provider: str, first: str, last: str) -> Iterator[Session]:
        """Yield a provider's own sessions of some days; for their token alone."""
        return (Session.of(one) for one in self.pages(f"/v1/providers/{provider}/sessions", first=first, last=last))

    def statement(self, provider: str, month: str) -> Statement:
        """Return a provider's own statement of a month, with what is credited; for their token alone."""
        return Statement.of(self.get(f"/v1/providers/{provider}/statements/{month}"))

    def own_equity(self, holder: str, *, as_of: date | None = None) -> Equity:
        """Return what a holder holds, as it stands on a day, or today; for their token alone."""
        return Equity.of(self.get(f"/v1/holders/{holder}/equity", as_of=as_of))

    def totals(self, month: str, *, by: str = "state") -> list[Totals]:
        """Return the sessions of a closed month by group, the total last; groups of fewer than 11 are withheld."""
        told = self.get("/v1/sessions/totals", month=month, by=by)
        return [Totals.of(group) for group in (*told["groups"], told["total"])]

    def events(self, after: int | None = None, *, types: Sequence[str] = ()) -> Iterator[Event]:
        """Yield what happened since an entry, oldest first; keep the last number, and go on from there next time."""
        while True:
            page = self.get("/v1/events", after=after, type=list(types) or None)
            yield from (Event.of(one) for one in page["data"])
            after = page["last"]
            if not page["has_more"]:
                return
