"""An integrator's jobs with our own client, over a connection that breaks: nothing is lost, and nothing doubled."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from app.client import Equity, JobFailed, Refused, Unreachable, Vestry
from app.client.connection import MOST_TRIES
from app.people.tokens import Scope
from tests.api.client import Body
from tests.api.practice import JULY, Practice, session
from tests.client.conftest import Place

README = Path(__file__).parents[2] / "README.md"
HEADING = "### For an integrator: connect an EHR in an afternoon"
EHR = (Scope.SESSIONS_WRITE, Scope.SESSIONS_TOTALS, Scope.EVENTS_READ, Scope.CAPTABLE_READ)


class Breaking(httpx.HTTPTransport):
    """A line that breaks after every other write has reached the service, before its answer is back."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        self.writes += request.method == "POST"
        if request.method == "POST" and self.writes % 2:
            answer.read()
            raise httpx.ReadError("the line broke", request=request)
        return answer


def month(practice: Practice, *, days: int = 22, a_day: int = 10) -> list[Body]:
    """A month's sessions of five providers: 1,100, of which each has an id at the source."""
    names = [practice.ana, practice.ben, *(practice.provider(f"P {n}", state="NY") for n in range(3))]
    return [
        session(who, f"2025-07-{day + 1:02}T{hour + 8:02}:00", external_id=f"{n}-{day}-{hour}")
        for n, who in enumerate(names)
        for day in range(days)
        for hour in range(a_day)
    ]


def test_a_month_goes_over_a_line_that_breaks_and_nothing_is_lost_or_doubled(place: Place) -> None:
    rows, practice = month(place.practice), place.practice
    line = Breaking()
    http = httpx.Client(base_url=place.address, transport=line, timeout=60)
    with Vestry(place.address, place.token("usr_ehr", *EHR), http=http) as vestry:
        vestry.connection.sleep = lambda _: None
        made = list(vestry.hand_in(rows, system="my-ehr", key=JULY))
        assert line.writes == 4
        assert [row.external_id for row in made] == [row["external_id"] for row in rows]
        assert {row.result for row in made} == {"created"}
        assert [row.row for row in made] == list(range(1, 1_101))
        again = list(vestry.hand_in(rows, system="my-ehr"))
        assert [(row.result, row.id) for row in again] == [("unchanged", row.id) for row in made]
        practice.closed()
        assert vestry.totals(JULY)[-1].sessions is None  # five people are too few to tell
        events = list(vestry.events(types=["sessions.imported"]))
        assert len(events) == 2
        assert list(vestry.events(events[-1].entry, types=["sessions.imported"])) == []
        assert len(list(vestry.pages("/v1/holders", limit=2))) == 5
    with Vestry(place.address, place.own_token(practice.ana)) as own:
        told = own.statement(practice.ana, JULY)
        assert (told.sessions, told.minutes) == (220, 11_000)
        assert told.credited_minutes == sum(week.credited_minutes for week in told.weeks) > 0
        assert len(list(own.sessions(practice.ana, "2025-07-01", "2025-07-31"))) == 220
        assert own.own_equity(practice.ana, as_of=date(2026, 3, 10)) == Equity(practice.ana, date(2026, 3, 10), ())


def test_a_file_is_a_job_that_is_awaited_or_followed(place: Place, tmp_path: Path) -> None:
    rows = month(place.practice, days=3)
    file = tmp_path / "july.csv"
    columns = ["external_id", "provider", "start", "minutes", "category", "modality"]
    file.write_text("\n".join([",".join(columns), *(",".join(str(row[name]) for name in columns) for row in rows)]))
    with Vestry(place.address, place.token("usr_ehr", *EHR)) as vestry:
        tried = vestry.wait_for(vestry.start_import(file, dry_run=True))
        assert (vestry.imported(tried).dry_run, vestry.imported(tried).counts.accepted) == (True, 150)
        job = vestry.start_import(file, key="july.csv")
        seen = [each.state for each in vestry.follow(job)]
        assert seen[-1] == "succeeded"
        assert vestry.imported(job).counts.accepted == 150
        assert {row.result for row in vestry.rows(job)} == {"created"}
        assert vestry.start_import(file, key="july.csv").id == job.id
        later = vestry.wait_for(vestry.start_import(file))
        assert vestry.imported(later).counts.duplicate == 150
        bad = vestry.start_import(file.read_bytes().replace(b"2025-07-01", b"2199-07-01"), mode="atomic")
        with pytest.raises(JobFailed) as failed:
            vestry.wait_for(bad)
        assert (failed.value.code, failed.value.errors[0].row) == ("rows_refused", 2)
        with pytest.raises(Refused, match="sessions_file_refused"):
            vestry.start_import(b"%PDF-1.7")


def answering(*statuses: int, retry: str = "7") -> tuple[Vestry, list[httpx.Request], list[float]]:
    """Return a client of a service that answers so, one after the other, with what it was asked and how it paused."""
    asked: list[httpx.Request] = []
    paused: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status = statuses[len(asked) - 1]
        told = {"code": "x", "status": status, "detail": "No.", "request_id": "req_1", "errors": [{"detail": "It."}]}
        return httpx.Response(status, json={} if status < 300 else told, headers={"Retry-After": retry})

    http = httpx.Client(base_url="http://x", transport=httpx.MockTransport(answer))
    vestry = Vestry("http://x", "vestry_secret", http=http)
    vestry.connection.sleep = paused.append
    return vestry, asked, paused


def test_what_passes_is_repeated_with_the_same_key_when_the_service_says() -> None:
    vestry, asked, paused = answering(429, 503, 201)
    vestry.post("/v1/holders", {"name": "x"})
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert paused == [7.0, 7.0]
    vestry, asked, paused = answering(422)
    with pytest.raises(Refused) as refused:
        vestry.get("/v1/holders")
    assert (refused.value.code, refused.value.status, refused.value.errors[0].detail) == ("x", 422, "It.")
    assert "secret" not in repr(vestry.connection)
    vestry, asked, paused = answering(503, 200, retry="Thu, 01 Jan 1970 00:00:00 GMT")
    vestry.get("/v1/holders")
    assert 0 <= paused[0] < 1


def test_a_service_that_never_answers_is_given_up() -> None:
    tries: list[httpx.Request] = []

    def nobody(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("refused")

    vestry = Vestry("", "t", http=httpx.Client(base_url="http://x", transport=httpx.MockTransport(nobody)))
    vestry.connection.sleep = lambda _: None
    with pytest.raises(Unreachable):
        vestry.get("/v1/holders")
    assert len(tries) == MOST_TRIES


def test_the_client_brings_nothing_of_the_service_along() -> None:
    heavy = "{'sqlalchemy', 'fastapi', 'pydantic', 'ledger', 'governance', 'app.db'}"
    code = f"import sys, app.client; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_code_in_the_readme_does_what_it_says(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = README.read_text().partition(HEADING)[2].partition("\n##")[0]
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    practice = place.practice
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTRY_TOKEN", place.token("usr_ehr", *EHR))
    header = "external_id,provider,start,minutes,category,modality"
    Path("july.csv").write_text(f"{header}\na-1,{practice.ana},2025-07-08T09:00,50,INDIVIDUAL,VIDEO\n")
    code = code.replace("http://localhost:8000", place.address).replace("hld_…", practice.ana)
    run: Callable[..., Any] = exec
    run(compile(code, "README.md", "exec"), {})
    first = capsys.readouterr().out
    assert "a-4711 created" in first
    assert "1 recorded" in first
    run(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[:2] == first.splitlines()[:2]
