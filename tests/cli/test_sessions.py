"""``vestry import sessions`` and its companions as a person runs them, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.cli import exits
from app.people.holders import add_named_holder
from ledger.equity.values import HolderKind
from ledger.sessions import capital, months
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.surplus import SurplusPolicy
from tests import make
from tests.cli.conftest import Vestry
from tests.imports.sessions.files import plain, simplepractice
from tests.ledger.sessions.hands import AFTER_JULY, JULY, policy

MAP = '[defaults]\nmodality = "VIDEO"\n[codes]\n90853 = { minutes = 60 }\n'
GROUP = [("07/07/2025 9:00", "Ana Díaz", "90834"), *[("07/07/2025 10:00", "Ana Díaz", "90853")] * 8]
HEADER = "provider,start,minutes,category,modality"


@pytest.fixture
def ana(engine: Engine) -> str:
    """Return a provider of a cooperative with a credit policy and something to share."""
    with Session(engine) as db, db.begin():
        make.company(db)
        policy(db)
        name = {"name": "Ana Díaz"}
        found = add_named_holder(db, make.act(), name, kind=HolderKind.INDIVIDUAL, on=make.BEGINNING, licensed=True)
        order = SurplusOrder(2024, 10_000_000, SurplusPolicy(), 1, 1, "res:surplus")
        capital.state_surplus(db, make.act(), order, on=make.BEGINNING)
    return found.id


def told(provider: str, *starts: str) -> bytes:
    """Our own columns: individual sessions of 50 minutes by video."""
    return plain(HEADER, *(f"{provider},{start},50,INDIVIDUAL,VIDEO" for start in starts))


def test_a_report_is_tried_imported_known_again_and_undone(
    vestry: Vestry, database_url: str, tmp_path: Path, ana: str
) -> None:
    (tmp_path / "report.csv").write_bytes(simplepractice(*GROUP))
    (tmp_path / "map.toml").write_text(MAP)
    command = ("import", "sessions", "report.csv", "--source", "simplepractice", "--map", "map.toml")
    tried = vestry(*command, "--dry-run", "--json", database=database_url)
    answer = json.loads(tried.stdout)
    assert (tried.returncode, answer["dry_run"], answer["import_id"]) == (exits.OK, True, None)
    assert (answer["counts"]["accepted"], answer["counts"]["collapsed"]) == (2, 7)
    assert tried.stderr == ""
    done = vestry(*command, database=database_url)
    assert done.returncode == exits.OK
    assert "accepted             2" in done.stdout
    assert "collapsed            7" in done.stdout
    made = done.stderr.split("vestry import undo ")[1].strip()
    again = vestry(*command, "--json", database=database_url)
    answer = json.loads(again.stdout)
    assert (again.returncode, answer["import_id"], answer["earlier_import_id"]) == (exits.OK, None, made)
    assert (answer["counts"]["accepted"], answer["counts"]["duplicate"]) == (0, 2)
    statement = vestry("sessions", "statement", "--provider", ana, "--month", JULY, "--json", database=database_url)
    figures = json.loads(statement.stdout)
    assert (figures["sessions"], figures["minutes"], figures["credited_minutes"]) == (2, 98, 98)
    undo = ("import", "undo", made)
    assert vestry(*undo, "--approve", database=database_url).returncode == exits.NOT_FOUND
    assert "waits. Next, by somebody else" in vestry(*undo, database=database_url).stderr
    alone = vestry(*undo, "--approve", database=database_url)
    assert (alone.returncode, "are two people" in alone.stderr) == (exits.CONFLICT, True)
    assert "is undone." in vestry(*undo, "--approve", "--actor", "hld_2", database=database_url).stderr
    assert vestry("import", "undo", made, database=database_url).returncode == exits.NOT_FOUND
    assert vestry("verify", database=database_url).returncode == exits.OK


def test_rejected_rows_are_listed_and_the_others_recorded(
    vestry: Vestry, database_url: str, tmp_path: Path, ana: str
) -> None:
    data = told(ana, "2025-07-07T09:00", "2025-03-09T02:30", "2025-07-07T09:30")
    (tmp_path / "rows.csv").write_bytes(data)
    command = ("import", "sessions", "rows.csv", "--source", "plain", "--tz", "America/New_York")
    atomic = vestry(*command, "--atomic", database=database_url)
    assert atomic.returncode == exits.REFUSED
    assert "2 of 3 rows were rejected. Nothing was written." in atomic.stderr
    done = vestry(*command, "--errors", "errors.csv", database=database_url)
    assert done.returncode == exits.REFUSED
    assert "The others were recorded." in done.stderr
    assert "row 3 start: " in done.stdout
    errors = (tmp_path / "errors.csv").read_text("utf-8-sig").splitlines()
    assert errors[0] == "row,column,reason,remedy"
    assert [line.split(",")[0] for line in errors[1:]] == ["3", "4"]
    answer = json.loads(vestry(*command, "--json", database=database_url).stdout)
    assert [finding["code"] for finding in answer["findings"]] == ["time_skipped", "overlap"]


def test_what_is_wrong_with_the_command_is_said_at_once(
    vestry: Vestry, database_url: str, tmp_path: Path, ana: str
) -> None:
    (tmp_path / "rows.csv").write_bytes(told(ana, "2025-07-07T09:00"))
    (tmp_path / "map.toml").write_text("[defaults")

    def code(*arguments: str) -> int:
        return vestry("import", "sessions", *arguments, database=database_url).returncode

    assert code("rows.csv", "--source", "fax") == exits.USAGE
    assert code("rows.csv", "--source", "plain", "--tz", "Mars/Base") == exits.REFUSED
    assert code("rows.csv", "--source", "plain", "--map", "map.toml") == exits.REFUSED
    assert code("rows.csv", "--source", "plain", "--map", "none.toml") == exits.REFUSED
    assert code("none.csv", "--source", "plain") == exits.REFUSED
    assert code("rows.csv", "--source", "therapynotes") == exits.REFUSED
    nowhere = vestry("import", "sessions", "rows.csv", "--source", "plain", database="sqlite:///none.db")
    assert nowhere.returncode == exits.PENDING
    assert code("rows.csv", "--source", "plain") == exits.OK


def test_stripped_rows_are_imported_like_the_report_itself(
    vestry: Vestry, database_url: str, tmp_path: Path, ana: str
) -> None:
    (tmp_path / "report.csv").write_bytes(simplepractice(*GROUP, other="Jane Doe"))
    (tmp_path / "map.toml").write_text(MAP)
    given = ("--source", "simplepractice", "--map", "map.toml")
    stripped = vestry("import", "strip", "report.csv", *given)
    assert stripped.returncode == exits.OK
    assert "Jane" not in stripped.stdout
    (tmp_path / "rows.ndjson").write_text(stripped.stdout)
    done = vestry("import", "sessions", "rows.ndjson", *given, "--json", database=database_url)
    assert json.loads(done.stdout)["counts"]["accepted"] == 2
    again = vestry("import", "sessions", "report.csv", *given, "--json", database=database_url)
    assert json.loads(again.stdout)["counts"]["duplicate"] == 2
    refused = vestry("import", "strip", "map.toml", *given)
    assert (refused.returncode, refused.stdout) == (exits.REFUSED, "")


def test_a_statement_is_printed_week_by_week(vestry: Vestry, database_url: str, tmp_path: Path, ana: str) -> None:
    (tmp_path / "rows.csv").write_bytes(told(ana, "2025-07-07T09:00", "2025-07-15T09:00"))
    vestry("import", "sessions", "rows.csv", "--source", "plain", database=database_url)
    printed = vestry("sessions", "statement", "--provider", ana, "--month", JULY, database=database_url)
    assert [line[:10] for line in printed.stdout.splitlines()[1:3]] == ["2025-07-07", "2025-07-14"]
    assert "Delivered 2 sessions, 100 minutes" in printed.stdout

    def code(provider: str, month: str) -> int:
        command = ("sessions", "statement", "--provider", provider, "--month", month)
        return vestry(*command, database=database_url).returncode

    assert code("hld_none", JULY) == exits.NOT_FOUND
    assert code(ana, "July") == exits.REFUSED


def test_patronage_is_previewed_by_one_and_declared_by_another(
    vestry: Vestry, database_url: str, engine: Engine, tmp_path: Path, ana: str
) -> None:
    (tmp_path / "rows.csv").write_bytes(told(ana, "2025-07-07T09:00"))
    vestry("import", "sessions", "rows.csv", "--source", "plain", database=database_url)
    with Session(engine) as db, db.begin():
        months.close_period(db, make.act("usr_board"), JULY, requester="usr_finance", on=AFTER_JULY)
    engine.dispose()
    days = ("--first-day", "2025-07-01", "--last-day", "2025-07-31")
    command = ("patronage", "preview", *days, "--pool", "100.00", "--actor", "usr_finance", "--json")
    tried = json.loads(vestry(*command, "--dry-run", database=database_url).stdout)
    made = json.loads(vestry(*command, database=database_url).stdout)
    assert (tried["dry_run"], made["dry_run"], made["members"], made["held_back"]) == (True, False, 1, "0.00")
    assert ana not in str(made)

    def declared(actor: str, terms_hash: str, *more: str) -> int:
        command = ("patronage", "declare", made["id"], "--hash", terms_hash, "--actor", actor, *more)
        return vestry(*command, "--resolution", "members:2026-02", database=database_url).returncode

    assert declared("usr_finance", made["terms_hash"]) == exits.CONFLICT
    assert declared("usr_board", "0" * 64) == exits.CONFLICT
    assert declared("usr_board", made["terms_hash"], "--dry-run") == exits.OK
    assert declared("usr_board", made["terms_hash"]) == exits.OK
    assert declared("usr_board", made["terms_hash"]) == exits.CONFLICT
    assert vestry("patronage", "preview", *days, "--actor", "x", database=database_url).returncode == exits.USAGE


WEIGHTS = {"A": 61_250, "B": 48_300, "C": 48_300, "D": 37_905, "E": 22_410, "F": 9_135, "G": 0}
TABLE = {"A": 2_694_676, "B": 2_124_945, "C": 2_124_945, "D": 1_667_620, "E": 985_922, "F": 401_892, "G": 0}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(WEIGHTS),
        json.dumps([{"id": id, "weight": weight} for id, weight in WEIGHTS.items()]),
        json.dumps(list(WEIGHTS.items())),
        "\ufeffid,weight\r\n" + "".join(f"{id},{weight}\r\n" for id, weight in WEIGHTS.items()),
        "".join(f"{id},{weight}\n" for id, weight in WEIGHTS.items()),
    ],
)
def test_anyone_can_check_a_split(vestry: Vestry, tmp_path: Path, text: str) -> None:
    """Scenario 44, without any database."""
    (tmp_path / "weights").write_text(text, "utf-8")
    split = vestry("patronage", "split", "--total", "10000000", "--weights", "weights", "--json")
    assert (split.returncode, json.loads(split.stdout)) == (exits.OK, TABLE)
    assert not (tmp_path / "vestry.db").exists()


def test_three_equal_parts_go_by_id(vestry: Vestry, tmp_path: Path) -> None:
    """Scenario 45."""
    (tmp_path / "weights.csv").write_text("c,1\na,1\nb,1\n")
    printed = vestry("patronage", "split", "--total", "10000", "--weights", "weights.csv")
    assert printed.stdout.splitlines() == ["c,3333", "a,3334", "b,3333"]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "A,1\nA,2\n", "A,-1\nB,2", "A,1.5\nB,x", '{"A": 1, "A": 2}', '{"A": 1.5}', "[1]", "[[1, 2, 3]]", "{"],
)
def test_weights_that_are_none_are_refused(vestry: Vestry, tmp_path: Path, text: str) -> None:
    (tmp_path / "weights").write_text(text)
    refused = vestry("patronage", "split", "--total", "10", "--weights", "weights")
    assert refused.returncode == exits.REFUSED
    assert refused.stderr.startswith("vestry: ")
    assert "Traceback" not in refused.stderr
