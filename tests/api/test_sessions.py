"""Handing sessions in over HTTP: answered row by row, once however often they are sent, put right, told in totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pytest
from httpx2 import Response
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.people import tables
from app.people.tokens import Scope
from ledger import journal
from ledger.sessions.records import RowKind
from tests.api.client import Body, problem
from tests.api.practice import JULY, Practice, session, week
from tests.imports.sessions.files import THERAPYNOTES, simplepractice, therapynotes

MAP = '[defaults]\nmodality = "VIDEO"\n[codes]\n90853 = { minutes = 60 }\n'
GROUP = [("07/07/2025 9:00", "Ana Díaz", "90834"), *[("07/07/2025 10:00", "Ana Díaz", "90853")] * 8]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def uploaded(practice: Practice, data: bytes, source: str, text: str | None = MAP, **parameters: str) -> Response:
    """Send a file in a form beside a map."""
    files: dict[str, Any] = {"file": ("ZZCANARY Jane Doe.csv", data, "application/octet-stream")}
    if text is not None:
        files["map"] = (None, text)
    headers = practice.finance.writing
    if key := parameters.pop("key", None):
        headers["Idempotency-Key"] = key
    address = "/v1/session-imports"
    return practice.office.http.post(address, files=files, params={"source": source} | parameters, headers=headers)


def results(answer: Body) -> list[tuple[int, str, str | None]]:
    """What became of each row: number, result, and the code of its problem."""
    return [(row["row"], row["result"], (row["problem"] or {}).get("code")) for row in answer["rows"]]


def own_rows(practice: Practice, provider: str) -> list[Body]:
    """A provider's rows of July as they see them."""
    told = practice.own(provider).told(f"/providers/{provider}/sessions", first="2025-07-01", last="2025-07-31")
    data: list[Body] = told["data"]
    return data


def test_each_row_is_answered_and_the_same_rows_add_nothing(practice: Practice) -> None:
    rows = [session(practice.ana, "2025-07-07T09:00"), session(practice.ben, "2025-07-07T09:00", minutes=45)]
    made = practice.handed_in(*rows)
    assert results(made) == [(1, "created", None), (2, "created", None)]
    assert made["counts"]["accepted"] == 2
    again = practice.handed_in(*rows, session(practice.ana, "2025-07-07T10:00"))
    assert results(again) == [(1, "unchanged", None), (2, "unchanged", None), (3, "created", None)]
    assert [row["id"] for row in again["rows"][:2]] == [row["id"] for row in made["rows"]]
    nothing = practice.finance.post("/sessions:batch", {"rows": rows}).json()
    assert (nothing["entries"], nothing["data"]["import_id"]) == ([], None)
    assert len(own_rows(practice, practice.ana)) == 2


def test_atomic_refuses_all_and_says_what_is_wrong_with_which_row(practice: Practice) -> None:
    rows = [
        session(practice.ana, "2025-07-07T09:00"),
        session(practice.ana, "2025-03-09T02:30"),
        session(practice.ana, "2026-03-03T09:00"),
        session("hld_nobody", "2025-07-07T09:00"),
    ]
    told = problem(practice.finance.post("/sessions:batch", {"rows": rows}), 422, "rows_refused")
    assert told["detail"] == "3 of 4 rows can't be recorded, so none was."
    assert [(each["row"], each["column"]) for each in told["errors"]] == [(2, "start"), (3, "start"), (4, "provider")]
    assert all(each["detail"] for each in told["errors"])
    assert own_rows(practice, practice.ana) == []
    kept = practice.finance.post("/sessions:batch", {"rows": rows}, mode="best_effort").json()["data"]
    assert results(kept) == [
        (1, "created", None),
        (2, "rejected", "time_skipped"),
        (3, "rejected", "date_in_future"),
        (4, "rejected", "provider_unknown"),
    ]
    assert kept["counts"]["rejected"] == 3


def test_two_sessions_at_once_wait_for_a_person(practice: Practice) -> None:
    rows = [session(practice.ana, "2025-07-07T09:00"), session(practice.ana, "2025-07-07T09:30")]
    kept = practice.finance.post("/sessions:batch", {"rows": rows}, mode="best_effort").json()["data"]
    assert results(kept) == [(1, "created", None), (2, "rejected", "overlap")]
    assert kept["counts"]["held"] == 1


def test_changed_at_the_source_it_is_a_conflict(practice: Practice) -> None:
    row = session(practice.ana, "2025-07-07T09:00", external_id="a-1")
    practice.handed_in(row)
    body = {"rows": [row | {"minutes": 45}]}
    changed = practice.finance.post("/sessions:batch", body, mode="best_effort").json()["data"]
    assert results(changed) == [(1, "conflict", "changed")]


def test_a_repeated_request_is_answered_as_before(practice: Practice) -> None:
    body = {"rows": [session(practice.ana, "2025-07-07T09:00")]}
    first = practice.finance.post("/sessions:batch", body, key="july")
    again = practice.finance.post("/sessions:batch", body, key="july")
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (201, first.content, "true")


def test_a_dry_run_says_what_would_be_and_stores_nothing(practice: Practice, engine: Engine) -> None:
    body = {"rows": [session(practice.ana, "2025-07-07T09:00")]}
    tried = practice.finance.post("/sessions:batch", body, dry_run="true").json()
    assert (tried["dry_run"], results(tried["data"])) == (True, [(1, "created", None)])
    assert own_rows(practice, practice.ana) == []
    with Session(engine) as db:
        assert db.execute(select(tables.fingerprint_key)).all() == []


def test_external_ids_come_back_with_each_answer_and_are_not_kept(practice: Practice, engine: Engine) -> None:
    ids = ["ZZAPPT-1", 4712, {"of": "ZZAPPT"}]
    rows = [session(practice.ana, f"2025-07-0{n + 7}T09:00", external_id=id) for n, id in enumerate(ids)]
    first = practice.finance.post("/sessions:batch", {"rows": rows}, key="july", mode="best_effort")
    again = practice.finance.post("/sessions:batch", {"rows": rows}, key="july", mode="best_effort")
    told = [(row["external_id"], row["result"]) for row in first.json()["data"]["rows"]]
    assert told == [("ZZAPPT-1", "created"), ("4712", "created"), (None, "rejected")]
    assert again.content == first.content
    with Session(engine) as db:
        assert "ZZAPPT" not in str(db.execute(select(tables.idempotency)).all())


def test_what_became_of_each_row_of_a_file_is_told_where_it_is_asked_for(practice: Practice) -> None:
    rows = [
        session(practice.ana, "2025-07-07T09:00", external_id="a-1"),
        session(practice.ana, "2026-07-07T09:00"),
        session(practice.ana, "2025-07-08T09:00"),
    ]
    practice.handed_in(rows[0])
    told = uploaded(practice, b"\n".join(orjson.dumps(row) for row in rows), "plain", None, rows="true").json()["data"]
    assert results(told) == [(1, "unchanged", None), (2, "rejected", "date_in_future"), (3, "created", None)]
    assert told["rows"][2]["id"] == own_rows(practice, practice.ana)[1]["session"]
    assert uploaded(practice, orjson.dumps(rows[0]), "plain", None).json()["data"]["rows"] is None


def test_a_batch_has_a_thousand_rows_at_most_and_one_at_least(practice: Practice) -> None:
    row = session(practice.ana, "2025-07-07T09:00")
    for rows in ([], [row] * 1_001):
        told = problem(practice.finance.post("/sessions:batch", {"rows": rows}), 422, "invalid")
        assert told["errors"][0]["pointer"] == "/rows"


def test_whatever_else_a_row_says_is_dropped(practice: Practice, engine: Engine) -> None:
    row = session(practice.ana, "2025-07-07T09:00") | {"client": "ZZCANARY", "fee": {"of": ["ZZCANARY"]}}
    made = practice.finance.post("/sessions:batch", {"rows": [row]}, key="canary")
    assert made.status_code == 201
    assert "ZZCANARY" not in made.text
    with Session(engine) as db:
        assert "ZZCANARY" not in str(db.execute(select(tables.idempotency)).all())


def test_a_file_comes_in_a_form_with_its_map_or_as_it_is(practice: Practice) -> None:
    answer = uploaded(practice, simplepractice(*GROUP), "simplepractice")
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["counts"]["accepted"], made["counts"]["collapsed"], made["source"]) == (2, 7, "simplepractice")
    assert made["findings"][0]["code"] == "columns_dropped"
    again = uploaded(practice, simplepractice(*GROUP), "simplepractice").json()
    assert (again["entries"], again["data"]["earlier_import_id"]) == ([], made["import_id"])
    rows = f"provider,start,minutes,category,modality\n{practice.ana},2025-07-08T09:00,50,INDIVIDUAL,VIDEO\n"
    plain = practice.office.http.post(
        "/v1/session-imports?source=plain",
        content=rows.encode(),
        headers=practice.finance.writing | {"Content-Type": "text/csv"},
    )
    assert plain.json()["data"]["counts"]["accepted"] == 1
    assert len(own_rows(practice, practice.ana)) == 3


def test_a_workbook_comes_as_it_is(practice: Practice) -> None:
    data = therapynotes(("Appointment", 45_845, "Ben Ode", "90834"), ("Payment", 45_845, "x", "x"), header=THERAPYNOTES)
    made = uploaded(practice, data, "therapynotes").json()["data"]
    assert (made["counts"]["accepted"], made["counts"]["non_session"]) == (1, 1)
    assert [row["local_date"] for row in own_rows(practice, practice.ben)] == ["2025-07-07"]


def test_who_is_not_in_the_map_is_told_by_row_and_not_by_name(practice: Practice) -> None:
    data = simplepractice(("07/07/2025 9:00", "Ana Díaz", "90834"), ("07/07/2025 9:00", "Unknown Person", "90834"))
    made = uploaded(practice, data, "simplepractice").json()["data"]
    [found] = [each for each in made["findings"] if each["code"] == "provider_unknown"]
    assert (found["row"], found["column"]) == (3, "Clinician")
    assert "Unknown" not in str(made)
    told = problem(uploaded(practice, data, "simplepractice", mode="atomic"), 422, "rows_refused")
    assert "Unknown" not in str(told)


def test_a_file_that_is_none_of_its_source_is_refused(practice: Practice) -> None:
    for data, source in ((b"", "plain"), (b"%PDF-1.7", "plain"), (simplepractice(*GROUP), "therapynotes")):
        problem(uploaded(practice, data, source), 422, "sessions_file_refused")
    problem(uploaded(practice, simplepractice(*GROUP), "simplepractice", "[defaults"), 422, "import_map_invalid")
    problem(uploaded(practice, simplepractice(*GROUP), "simplepractice", tz="Mars/Base"), 422, "unknown_zone")
    problem(uploaded(practice, b"x", "fax"), 422, "invalid")
    form = {"content-type": "multipart/form-data"}
    answer = practice.office.http.post(
        "/v1/session-imports?source=plain", content=b"--x", headers=practice.finance.writing | form
    )
    problem(answer, 400, "malformed")


def test_a_form_has_a_file_and_a_map_and_nothing_else(practice: Practice) -> None:
    forms: list[dict[str, Any]] = [{"map": (None, MAP)}, {"file": b"x", "note": (None, "x")}]
    for files in forms:
        answer = practice.office.http.post(
            "/v1/session-imports?source=plain", files=files, headers=practice.finance.writing
        )
        problem(answer, 422, "invalid")


def test_a_file_may_be_larger_than_an_order_but_not_without_end(practice: Practice) -> None:
    rows = "".join(f"{practice.ana},2025-07-07T09:00,50,INDIVIDUAL,VIDEO\n" for _ in range(25_000))
    data = f"provider,start,minutes,category,modality\n{rows}".encode()
    assert len(data) > 1024 * 1024
    assert uploaded(practice, data, "plain", None).json()["data"]["counts"]["held"] == 24_999
    headers = practice.finance.writing | {"Content-Length": str(33 * 1024 * 1024)}
    answer = practice.office.http.post("/v1/session-imports?source=plain", content=b"x", headers=headers)
    problem(answer, 413, "body_too_large")


def test_an_upload_is_repeated_and_tried_like_any_write(practice: Practice) -> None:
    data = simplepractice(*GROUP)
    tried = uploaded(practice, data, "simplepractice", dry_run="true").json()
    assert (tried["dry_run"], tried["data"]["counts"]["accepted"]) == (True, 2)
    first = uploaded(practice, data, "simplepractice", key="july")
    again = uploaded(practice, data, "simplepractice", key="july")
    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (201, first.content, "true")
    problem(uploaded(practice, data, "simplepractice", key="july", mode="atomic"), 422, "idempotency_key_reused")
    problem(uploaded(practice, data, "simplepractice", None, key="july"), 422, "idempotency_key_reused")
    assert practice.finance.told("/session-imports")["data"][0]["counts"]["accepted"] == 2


def test_imports_are_listed_with_their_maps_and_undone(practice: Practice) -> None:
    made = uploaded(practice, simplepractice(*GROUP), "simplepractice").json()["data"]["import_id"]
    [listed] = practice.finance.told("/session-imports")["data"]
    assert (listed["id"], listed["source"], listed["counts"]["rows_read"]) == (made, "simplepractice", 9)
    full = practice.finance.told(f"/session-imports/{made}")
    assert full["map"]["codes"]["90853"]["minutes"] == 60
    assert "Ana" not in str(full)
    asked = practice.finance.done(f"/session-imports/{made}/undo", {"reason": "The wrong month."})
    assert (asked["import_id"], asked["asked_by"], asked["is_undone"]) == (made, "usr_finance", None)
    decide = f"/session-imports/{made}/undo/decide"
    problem(practice.finance.post(f"/session-imports/{made}/undo", {"reason": "Again."}), 409, "already_exists")
    problem(practice.finance.post(decide, {"is_undone": True}), 403, "four_eyes")
    assert own_rows(practice, practice.ana) != []
    undone = practice.board.done(decide, {"is_undone": True})
    assert (undone["id"], undone["decided_by"], undone["is_undone"]) == (asked["id"], "usr_board", True)
    assert own_rows(practice, practice.ana) == []
    problem(practice.board.post(decide, {"is_undone": True}), 404, "not_found")
    problem(practice.finance.post(f"/session-imports/{made}/undo", {"reason": "Again."}), 404, "not_found")
    assert uploaded(practice, simplepractice(*GROUP), "simplepractice").json()["data"]["counts"]["accepted"] == 2
    assert practice.finance.told("/verify")["ok"] is True


def test_a_session_is_corrected_and_what_was_wrong_stays(practice: Practice) -> None:
    """Scenarios 40 and 41."""
    made = practice.handed_in(session(practice.ana, "2025-07-07T09:00", minutes=45))
    name = made["rows"][0]["id"]
    right = {"row": session(practice.ana, "2025-07-07T09:00", minutes=55)}
    corrected = practice.finance.done(f"/sessions/{name}/correct", right)["rows"]
    assert corrected[0] == name
    kinds = [(row["kind"], row["minutes"]) for row in own_rows(practice, practice.ana)]
    assert kinds == [(RowKind.ORIGINAL, 45), (RowKind.REVERSAL, -45), (RowKind.ADJUSTMENT, 55)]
    problem(practice.finance.post(f"/sessions/{name}/correct", right), 404, "not_found")
    problem(practice.finance.post(f"/sessions/{corrected[1]}/correct", right), 409, "conflict")
    wrong = {"row": session(practice.ana, "2025-07-07T09:00", minutes=900)}
    problem(practice.finance.post(f"/sessions/{corrected[1]}/correct", wrong), 422, "rows_refused")
    practice.finance.done(f"/sessions/{corrected[1]}/reverse")
    problem(practice.finance.post(f"/sessions/{corrected[1]}/reverse"), 404, "not_found")


def test_a_group_of_fewer_than_eleven_is_withheld_and_what_would_tell_it(practice: Practice) -> None:
    """Scenario 43, with small groups: NY 13, NJ 12, VT 3."""
    rows = []
    for state, people in (("NY", 13), ("NJ", 12), ("VT", 3)):
        for number in range(people):
            who = practice.provider(f"{state} {number}", state=state)
            rows.append(session(who, "2025-07-07T09:00"))
    practice.handed_in(*rows)
    problem(practice.steward.get("/sessions/totals", month=JULY), 409, "not_allowed_now")
    practice.closed()
    told = practice.steward.told("/sessions/totals", month=JULY)
    figures = [(group["group"], group["people"], group["sessions"], group["minutes"]) for group in told["groups"]]
    assert figures == [("NJ", None, None, None), ("NY", 13, 13, 650), ("VT", None, None, None)]
    assert told["total"] == {"group": "total", "people": 28, "sessions": 28, "minutes": 1_400}
    by_kind = practice.steward.told("/sessions/totals", month=JULY, by="engagement")
    assert [(group["group"], group["people"]) for group in by_kind["groups"]] == [("C1099", 28)]


def test_totals_of_a_closed_month_never_change(practice: Practice) -> None:
    who = [practice.provider(f"P {number}", state="NY") for number in range(11)]
    practice.handed_in(*(session(each, "2025-07-07T09:00") for each in who))
    practice.closed()
    before = practice.steward.told("/sessions/totals", month=JULY)
    practice.handed_in(session(who[0], "2025-07-08T09:00"))
    practice.finance.done(f"/holders/{who[0]}/identity", {"name": "P 0", "state": "VT", "on": "2025-07-01"})
    assert practice.steward.told("/sessions/totals", month=JULY) == before
    assert before["total"]["sessions"] == 11


def test_no_list_is_in_the_order_of_sessions(practice: Practice) -> None:
    """IG3: nothing that is told of several people can be sorted by what they delivered."""
    schema = practice.office.http.get("/v1/openapi.json").json()
    names = {
        parameter["name"]
        for methods in schema["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
    }
    assert not {name for name in names if "sort" in name or "order" in name or "rank" in name}


def test_nobody_is_told_how_much_somebody_else_delivered(practice: Practice) -> None:
    """IG2: where one answer names people and figures of sessions, only these people get it, or the council."""
    schema = practice.office.http.get("/v1/openapi.json").json()
    own = {"sessions:own", "patronage:own", "disputes:council"}
    seen = 0
    for methods in schema["paths"].values():
        for operation in methods.values():
            needed = operation.get("security", [{"token": [""]}])[0]
            names = set(fields(schema, operation["responses"].get("200", operation["responses"].get("201"))))
            if needed["token"][0] not in own and names & {
                "minutes",
                "sessions",
                "credited_minutes",
                "credited_sessions",
            }:
                assert not names & {"provider", "member", "holder", "subject"}, operation["operationId"]
                seen += 1
    assert seen >= 3


def fields(schema: Body, described: object) -> Iterator[str]:
    """Yield the names of all fields in a part of the API's description."""
    if isinstance(described, dict):
        yield from described.get("properties", {})
        if "$ref" in described and "/schemas/" in described["$ref"]:
            yield from fields(schema, schema["components"]["schemas"][described["$ref"].rpartition("/")[2]])
        for inner in described.values():
            yield from fields(schema, inner)
    elif isinstance(described, list):
        for inner in described:
            yield from fields(schema, inner)


def test_handing_in_is_for_those_who_may(practice: Practice, engine: Engine) -> None:
    with Session(engine) as db:
        size = journal.size(db)
    provider = practice.own(practice.ana)
    problem(provider.post("/sessions:batch", {"rows": []}), 403, "scope_missing")
    problem(practice.office.person("x", Scope.SESSIONS_TOTALS).get("/session-imports"), 403, "scope_missing")
    with Session(engine) as db:
        assert journal.size(db) == size


@pytest.mark.parametrize("first", ["2024-07-01", "2025-08-01"])
def test_a_year_at_most_is_listed_at_once(practice: Practice, first: str) -> None:
    path = f"/providers/{practice.ana}/sessions"
    problem(practice.own(practice.ana).get(path, first=first, last="2025-07-31"), 422, "invalid")


def test_own_sessions_come_page_by_page(practice: Practice) -> None:
    practice.handed_in(*week(practice.ana, [1, 2, 3, 4, 5]))
    own, path = practice.own(practice.ana), f"/providers/{practice.ana}/sessions"
    told, days = own.told(path, first="2025-07-01", last="2025-07-31", limit=2), []
    while True:
        days += [row["local_date"] for row in told["data"]]
        if not told["has_more"]:
            break
        told = own.told(path, first="2025-07-01", last="2025-07-31", limit=2, cursor=told["next"])
    assert days == [date(2025, 7, 7 + n).isoformat() for n in range(5)]
