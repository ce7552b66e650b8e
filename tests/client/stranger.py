# mypy: ignore-errors
# ruff: noqa: ANN001, ANN003, ANN201, ANN202
"""An integrator's jobs in the words of a client that a public generator made of the API's description.

It runs by itself, in an environment that has the generated package (``vestry_api``) and nothing of this project; what
it saw, it prints as JSON.
"""

import datetime
import io
import json
import sys

import httpx
from vestry_api.api.events import list_events
from vestry_api.api.jobs import follow_job, get_job, get_job_result, get_job_rows
from vestry_api.api.periods import approve_close, ask_close
from vestry_api.api.providers import list_own_sessions
from vestry_api.api.session_imports import import_sessions, list_imports
from vestry_api.api.sessions import get_totals, hand_in_sessions
from vestry_api.api.statements import get_statement
from vestry_api.client import AuthenticatedClient
from vestry_api.models import (
    BatchIn,
    CloseIn,
    ImportSessionsFilesBody,
    JobOut,
    JobState,
    Mode,
    Order,
    Problem,
    Source,
)
from vestry_api.models.batch_in_rows_item import BatchInRowsItem
from vestry_api.types import File

MONTH = "2025-07"


class Breaking(httpx.HTTPTransport):
    """A line that breaks once a write has reached the service, before its answer is back; once."""

    breaks = 1

    def handle_request(self, request):
        answer = super().handle_request(request)
        if request.method == "POST" and self.breaks:
            self.breaks -= 1
            answer.read()
            raise httpx.ReadError("the line broke")
        return answer


def insisting(call, **asked):
    """Return the answer to a write that is sent until it is answered."""
    while True:
        try:
            return call.sync_detailed(**asked)
        except httpx.TransportError:
            continue


def main(address, tokens, rows):
    def client(who, **more):
        return AuthenticatedClient(address, tokens[who], httpx_args=more, timeout=httpx.Timeout(60))

    ehr = client("ehr", transport=Breaking())
    seen = {}
    body = BatchIn(rows=[BatchInRowsItem.from_dict(row) for row in rows], system="their-ehr")
    asked = {"client": ehr, "body": body, "mode": Mode.BEST_EFFORT, "idempotency_key": "july"}
    made = insisting(hand_in_sessions, **asked)
    seen["replayed"] = made.headers.get("Idempotency-Replayed")
    seen["rows"] = [[row.external_id, row.result.value] for row in made.parsed.data.rows]
    again = hand_in_sessions.sync(**asked | {"idempotency_key": "july-again"})
    seen["again"] = sorted({row.result.value for row in again.data.rows})
    late = body.rows[0].to_dict() | {"start": "2199-01-01T09:00", "external_id": "late"}
    refused = hand_in_sessions.sync(
        client=ehr,
        body=BatchIn(rows=[BatchInRowsItem.from_dict(late)], system="their-ehr"),
        idempotency_key="late",
    )
    assert isinstance(refused, Problem)
    seen["refused"] = [refused.code, refused.errors[0].row]

    lines = "".join(json.dumps(row) + "\n" for row in rows).replace("2025-07-0", "2025-07-1").replace("a-", "b-")
    file = ImportSessionsFilesBody(File(io.BytesIO(lines.encode()), "july.ndjson", "application/x-ndjson"))
    job = import_sessions.sync(
        client=ehr, body=file, source=Source.PLAIN, prefer="respond-async", idempotency_key="july.ndjson"
    )
    assert isinstance(job, JobOut)
    ended = get_job.sync(job.id, client=ehr, prefer="wait=30")
    assert ended.state is JobState.SUCCEEDED
    seen["imported"] = get_job_result.sync(job.id, client=ehr).to_dict()["data"]["counts"]["accepted"]
    seen["job_rows"] = get_job_rows.sync_detailed(job.id, client=ehr).content.decode().count('"created"')
    seen["followed"] = "event: succeeded" in follow_job.sync_detailed(job.id, client=ehr).content.decode()
    seen["imports"] = len(list_imports.sync(client=ehr).data)

    close = ask_close.sync(MONTH, client=client("finance"), body=CloseIn(), idempotency_key="ask").data
    approve_close.sync(close.request, client=client("board"), body=Order(), idempotency_key="yes")
    seen["totals"] = get_totals.sync(client=ehr, month=MONTH).total.sessions

    own, provider = client("own"), tokens["provider"]
    statement = get_statement.sync(provider, MONTH, client=own)
    seen["credited"] = [statement.state.value, statement.sessions, statement.credited_minutes]
    first, last, cursor, days = datetime.date(2025, 7, 1), datetime.date(2025, 7, 31), {}, []
    while True:
        page = list_own_sessions.sync(provider, client=own, first=first, last=last, limit=2, **cursor)
        days += [each.local_date for each in page.data]
        cursor = {"cursor": page.next_}
        if not page.has_more:
            break
    seen["own"] = len(days)

    entries, after = [], {}
    while True:
        page = list_events.sync(client=ehr, limit=3, **after)
        entries += [event.data.entry for event in page.data]
        after = {"after": page.last}
        if not page.has_more:
            break
    seen["gap_free"] = entries == list(range(len(entries))) and len(entries) > 3
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], *json.load(sys.stdin))
