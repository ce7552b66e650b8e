"""Requests that are repeated until they are answered, and what is raised where the answer is no."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2 as httpx

Json = dict[str, Any]

MOST_TRIES = 6
PASSING = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may well succeed."""

LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """One thing that is wrong, and where: in the body, in the address, or in a row."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    row: int | None = None
    column: str | None = None

    @classmethod
    def of(cls, told: Json) -> ProblemPart:
        """Return it as the service tells it."""
        return cls(told["detail"], told.get("pointer"), told.get("parameter"), told.get("row"), told.get("column"))


class Refused(Exception):
    """The service said no, and nothing was written.

    Attributes:
        code: The stable word to compare, such as ``rows_refused``.
        status: The HTTP status.
        detail: What is wrong this time, fit to show.
        errors: What is wrong where.
        request_id: What to quote when asking about it.
        help: Where this kind of problem is explained, relative to the service.
    """

    def __init__(self, told: Json) -> None:
        """Keep what a problem tells (RFC 9457)."""
        super().__init__(f"{told.get('code')}: {told.get('detail')}")
        self.code: str = told.get("code", "unknown")
        self.status: int = told.get("status", 0)
        self.detail: str = told.get("detail", "")
        self.errors = [ProblemPart.of(part) for part in told.get("errors", [])]
        self.request_id: str = told.get("request_id", "")
        self.help: str = told.get("type", "")


class JobFailed(Refused):
    """A job ended without doing anything: refused, broken or called off."""


class Unreachable(Exception):
    """The service did not answer, however often it was asked; what it did is not known.

    Ask again with the same key: what was done is not done twice.
    """


@dataclass(slots=True)
class Connection:
    """A service and the token for it.

    Attributes:
        http: What sends requests.
        sleep: Waits so many seconds.
    """

    http: httpx.Client
    token: str = field(repr=False)
    sleep: Callable[[float], object] = time.sleep

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> httpx.Response:
        """Return the answer to a request; it is repeated where that may help, so a write needs an Idempotency-Key.

        Raises:
            Refused: The service said no.
            Unreachable: It did not answer.
        """
        for tried in range(1, MOST_TRIES + 1):
            try:
                answer = self.http.request(method, path, params=_told(query), headers=self._headers(headers), **body)
            except httpx.TransportError as error:
                if tried == MOST_TRIES:
                    raise Unreachable(f"{method} {path}: {error!r}") from error
                self.sleep(_pause(tried))
                continue
            if answer.status_code in PASSING and tried < MOST_TRIES:
                self.sleep(_asked_pause(answer.headers) or _pause(tried))
                continue
            return _good(answer)
        raise AssertionError("each try ends in an answer or an error")

    def events(self, path: str, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield server-sent events, as id and data, until the stream ends or breaks.

        Raises:
            Refused: The service said no.
        """
        try:
            with self.http.stream("GET", path, headers=self._headers(headers)) as answer:
                if not answer.is_success:
                    answer.read()
                last = ""
                for line in _good(answer).iter_lines():
                    name, _, value = line.partition(": ")
                    last = value if name == "id" else last
                    if name == "data":
                        yield last, value
        except httpx.TransportError:
            self.sleep(_pause(1))

    def _headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "User-Agent": "vestry-client", **(headers or {})}


def _told(query: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return parameters as an address has them; what is None is left out."""
    words = {True: "true", False: "false"}
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return {name: words[value] if isinstance(value, bool) else value for name, value in given.items()}


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or "code" not in told:  # something between here and the service said no
        code = f"http_{answer.status_code}"
        told = {"code": code, "status": answer.status_code, "detail": answer.reason_phrase}
    raise Refused(told)


def _pause(tried: int) -> float:
    """Return how long to wait: longer each time, and drawn at random, so that many do not come back together."""
    return random.uniform(0, min(LONGEST_PAUSE, 0.25 * 2**tried))


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    """Return how long the service asks to wait (``Retry-After``, seconds or a date)."""
    said = headers.get("Retry-After", "")
    if said.isdecimal():
        return min(float(said), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(said).timestamp()
    except (TypeError, ValueError):
        return None
    return min(max(until - time.time(), 0.0), LONGEST_PAUSE)
