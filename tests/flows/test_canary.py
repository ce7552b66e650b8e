"""No client, ever, over the whole path: canaries in every column that must not be read, in every format, by HTTP and by
the command line, and then a search of everything that was left anywhere (scenario 28; sessions.md §5.1).

That is: the database's file with its log, all tables of a PostgreSQL dump, answers, what was printed, what was logged,
files of errors and files of stripped rows.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.operations.logs import ForMachines
from tests.api.client import Body
from tests.api.practice import Practice
from tests.cli.conftest import Vestry
from tests.imports.sessions.files import (
    SIMPLEPRACTICE,
    SIMPLEPRACTICE_OLDER,
    delimited,
    simplepractice,
    therapynotes,
)

CANARY = "ZZCANARY"
MAP = '[defaults]\nmodality = "VIDEO"\n[codes]\n90853 = { minutes = 60 }\n'
ALLOWED = ("provider", "start", "minutes", "category", "modality")
FORBIDDEN = (
    *("client", "client name", "patient id", "initials", "DOB", "email", "phone", "address", "payer", "member id"),
    *("claim no", "diagnosis", "modifiers", "place of service", "note", "note status", "outcome score", "fee"),
    *("client payment status", "comment", "supervisor"),
)
"""Columns beside our own, after the list of forbidden fields."""


def simple(header: list[str], encoding: str) -> Callable[[Practice], bytes]:
    """A report with a group of eight, a row that is wrong in each way, and canaries everywhere else."""
    rows = [
        ("07/07/2025 9:00", "Ana Díaz", "90834"),
        *[("07/07/2025 10:00", "Ana Díaz", "90853")] * 8,
        ("03/09/2025 2:30", "Ana Díaz", "90834"),
        ("07/07/2025 9:10", "Ana Díaz", "90834"),
        ("07/08/2025 9:10", "Ana Díaz", "00000"),
        ("07/08/2025 9:10", "", "90834"),
    ]
    return lambda _: simplepractice(*rows, header=header, other=f"{CANARY} Jane", encoding=encoding)


def notes(_: Practice) -> bytes:
    """A workbook with payments between the appointments."""
    rows = [
        ("Appointment", 45_845, "Ben Ode", "90834"),
        ("Appointment", 45_846.4, "Ben Ode", "nothing"),
        ("Payment", 45_845, CANARY, CANARY),
        (CANARY, CANARY, CANARY, CANARY),
    ]
    return therapynotes(*rows, other=CANARY)


def objects(practice: Practice) -> list[Body]:
    """Rows of our own with everything else beside it; the last two are wrong."""
    told = dict.fromkeys(FORBIDDEN, CANARY) | {"nested": {"deep": [CANARY]}}
    row = {"provider": practice.ana, "start": "2025-07-09T09:00", "minutes": 50, "category": "INDIVIDUAL"}
    rows: list[Body] = [told | row | {"modality": "VIDEO", "start": f"2025-07-09T1{n}:00"} for n in range(4)]
    rows[2]["minutes"], rows[3]["start"] = 900, "2026-04-01T09:00"
    return rows


def own_csv(practice: Practice) -> bytes:
    """Our own columns between others."""
    rows = [[str(row.get(name, CANARY)) for name in (*ALLOWED, *FORBIDDEN)] for row in objects(practice)]
    return delimited((*ALLOWED, *FORBIDDEN), *rows)


def own_ndjson(practice: Practice) -> bytes:
    """The same, an object a line."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in objects(practice))


FILES: Mapping[str, tuple[str, Callable[[Practice], bytes]]] = {
    "simplepractice": ("simplepractice", simple(SIMPLEPRACTICE, "utf-8")),
    "simplepractice-bom": ("simplepractice", simple(SIMPLEPRACTICE, "utf-8-sig")),
    "simplepractice-utf16": ("simplepractice", simple(SIMPLEPRACTICE, "utf-16")),
    "simplepractice-older-latin1": ("simplepractice", simple(SIMPLEPRACTICE_OLDER, "latin-1")),
    "therapynotes": ("therapynotes", notes),
    "csv": ("plain", own_csv),
    "ndjson": ("plain", own_ndjson),
    "json": ("plain", lambda practice: json.dumps(objects(practice)).encode()),
    "shifted": ("simplepractice", lambda _: simplepractice(*[(CANARY, CANARY, CANARY)] * 9, other=CANARY)),
    "broken": ("therapynotes", lambda _: f"PK{CANARY}".encode()),
}


@pytest.fixture(autouse=True)
def _logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Look at everything that was logged once a test is done."""
    caplog.set_level(logging.DEBUG)
    yield
    lines = [ForMachines().format(record) for record in caplog.records]
    assert any('"route": "/v1/' in line for line in lines) or not lines
    assert CANARY not in caplog.text + "".join(lines)


def everything_kept(engine: Engine, database_url: str) -> str:
    """All that the database holds, as text: every column of every table, and the bytes of SQLite's files."""
    with engine.connect() as connection:
        tables = _tables(connection.dialect.name)
        names = connection.execute(text(tables)).scalars().all()
        rows = [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names]
    engine.dispose()
    assert len(names) > 30
    kept = str(rows)
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        files = [path, *(Path(f"{path}-{end}") for end in ("wal", "shm"))]
        kept += "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())
    return kept


def _tables(dialect: str) -> str:
    if dialect == "sqlite":
        return "SELECT name FROM sqlite_master WHERE type = 'table'"
    return "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


def canaries_in(*texts: str) -> bool:
    """Return whether a canary stands in a text, in one- or two-byte letters, or as hexadecimal digits."""
    spellings = [CANARY, "\0".join(CANARY), CANARY.encode().hex(), repr(CANARY.encode())[2:-1]]
    return any(spelling in told for told in texts for spelling in spellings)


@pytest.mark.parametrize("name", FILES)
def test_nothing_of_a_client_is_left_by_http(practice: Practice, engine: Engine, database_url: str, name: str) -> None:
    source, made = FILES[name]
    data, http, answers = made(practice), practice.office.http, []
    for mode in ("atomic", "best_effort"):
        for form in (True, False):
            headers = practice.finance.headers | {"Idempotency-Key": f"{mode}-{form}"}
            sent = {"files": {"file": (f"{CANARY}.csv", data), "map": (None, MAP)}} if form else {"content": data}
            address = f"/v1/session-imports?source={source}&mode={mode}"
            answers.append(http.post(address, headers=headers, **sent))
    assert {answer.status_code for answer in answers} <= {201, 422}
    answers += [
        http.get("/v1/session-imports", headers=practice.finance.headers),
        http.get("/v1/entries?limit=500", headers=practice.finance.headers),
    ]
    if source == "plain":
        rows = {"rows": objects(practice)}
        for mode in ("atomic", "best_effort"):
            answers.append(practice.finance.post("/sessions:batch", rows, key=f"rows-{mode}", mode=mode))
    assert not canaries_in(*(answer.text + str(answer.headers) for answer in answers))
    assert not canaries_in(everything_kept(engine, database_url))
    if name not in {"shifted", "broken"}:
        assert answers[2].json()["data"]["counts"]["accepted"] > 0


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"simplepractice-bom", "simplepractice-utf16", "json"}))
def test_nothing_of_a_client_is_left_by_the_command_line(
    practice: Practice, engine: Engine, database_url: str, vestry: Vestry, tmp_path: Path, name: str
) -> None:
    source, made = FILES[name]
    file, folder = tmp_path / "export", tmp_path / "left"
    file.write_bytes(made(practice))
    folder.mkdir()
    (tmp_path / "map.toml").write_text(MAP)
    given = (str(file), "--source", source, "--map", str(tmp_path / "map.toml"))
    errors = ("--errors", str(folder / "errors.csv"))
    said = [
        vestry("import", "sessions", *given, "--atomic", database=database_url),
        vestry("import", "sessions", *given, *errors, database=database_url),
        vestry("import", "sessions", *given, "--json", database=database_url),
        vestry("import", "strip", *given, "--output", str(folder / "rows.ndjson")),
    ]
    assert {finished.returncode for finished in said} <= {0, 4}
    assert not canaries_in(*(finished.stdout + finished.stderr for finished in said))
    assert not canaries_in(*(path.read_bytes().decode("latin-1") for path in folder.iterdir()))
    assert not canaries_in(everything_kept(engine, database_url))
    if name not in {"shifted", "broken"}:
        assert json.loads(said[2].stdout)["counts"]["duplicate"] > 0
        assert {path.name for path in folder.iterdir()} == {"errors.csv", "rows.ndjson"}


def test_the_search_finds_what_is_there(practice: Practice, engine: Engine, database_url: str) -> None:
    """The control: without it, nothing found would prove nothing."""
    practice.provider(f"{CANARY} Ode")
    assert canaries_in(everything_kept(engine, database_url))
