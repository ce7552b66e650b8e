"""Proposals, ballots and policies as a person meets them in a shell, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import voting
from app.cli import exits
from governance import proposals
from governance.notices import Dates
from governance.proposals import Content
from governance.records import ProposalKind
from ledger.equity.register import company_day
from ledger.types import Act
from tests import make
from tests.cli.conftest import Vestry

NOW = datetime.now(UTC)
FEE = """
kind = "FEE_OR_RATE"
title = "A lower fee"
text = "Eleven per cent cover it."

[[motions]]
kind = "set_policy"
key = "fees"
expected_version = 0
value = { fees = [{ name = "Platform", percent = "11", per = "payment" }] }
"""


@pytest.fixture
def ana(engine: Engine) -> str:
    """Return a member of a cooperative of three."""
    with Session(engine) as db, db.begin():
        make.company(db)
        found = [make.member(db) for _ in range(3)]
    return found[0]


def _announced(engine: Engine, author: str, *, opened_days_ago: int, open_for: int) -> str:
    """A question that was announced in time and opened some days ago."""

    def at(days: int) -> Act:
        return Act(author, "role:member", NOW - timedelta(days=days))

    opened = (NOW - timedelta(days=opened_days_ago)).date()
    with Session(engine) as db, db.begin():
        content = Content("Rooms", "Should we rent rooms?")
        early = at(opened_days_ago + 10)
        made = voting.put_forward(db, early, ProposalKind.ADVISORY, content, author=author, board_ref="board:2026-01")
        rules, on = voting.rules_today(db, made.id, early.now), company_day(db, early.now)
        proposals.publish(db, early, made.id, author=author, rules=rules, on=on)
        closes = datetime.combine(opened + timedelta(days=open_for), time(18))
        dates = Dates(on + timedelta(days=1), datetime.combine(opened, time(9)), closes, "America/New_York")
        voting.announce(db, early, made.id, dates)
    return made.id


def test_something_is_put_forward_and_listed(vestry: Vestry, database_url: str, tmp_path: Path, ana: str) -> None:
    (tmp_path / "fee.toml").write_text(FEE)
    done = vestry("proposal", "draft", "fee.toml", "--author", ana, "--publish", database=database_url)
    assert done.returncode == exits.OK, done.stderr
    listed = [
        json.loads(line) for line in vestry("proposal", "list", "--json", database=database_url).stdout.splitlines()
    ]
    assert [(one["id"], one["state"], one["title"]) for one in listed] == [(done.stdout.strip(), "IDEA", "A lower fee")]


def test_what_is_no_proposal_is_refused_where_it_stands(vestry: Vestry, tmp_path: Path) -> None:
    for text, said in (
        (FEE.replace('"FEE_OR_RATE"', '"FEES"'), "needs a kind"),
        (FEE.replace('title = "A lower fee"', 'title = ""'), "A title has"),
        ("kind = ", "can't be read"),
    ):
        (tmp_path / "fee.toml").write_text(text)
        done = vestry("proposal", "draft", "fee.toml", "--author", "hld_ana")
        assert (done.returncode, done.stdout) == (exits.REFUSED, "")
        assert said in done.stderr


def test_a_motion_of_another_kind_is_refused_and_nothing_is_written(
    vestry: Vestry, database_url: str, tmp_path: Path, ana: str
) -> None:
    (tmp_path / "fee.toml").write_text(FEE.replace('"FEE_OR_RATE"', '"BENEFITS"'))
    done = vestry("proposal", "draft", "fee.toml", "--author", ana, database=database_url)
    assert (done.returncode, "set by a proposal of the kind FEE_OR_RATE" in done.stderr) == (exits.REFUSED, True)
    assert vestry("proposal", "list", "--json", database=database_url).stdout == ""


def test_a_member_votes_and_changes_their_mind(vestry: Vestry, engine: Engine, database_url: str, ana: str) -> None:
    proposal = _announced(engine, ana, opened_days_ago=2, open_for=12)
    first = vestry("ballot", "cast", proposal, "--member", ana, "--choice", "yes", database=database_url)
    assert first.returncode == exits.OK, first.stderr
    assert "Ballot 1" in first.stdout
    again = vestry("ballot", "cast", proposal, "--member", ana, "--choice", "no", database=database_url)
    assert "Ballot 2" in again.stdout
    wrong = vestry("ballot", "cast", proposal, "--member", ana, "--choice", "maybe", database=database_url)
    assert (wrong.returncode, "yes, no, abstain" in wrong.stderr) == (exits.REFUSED, True)
    stranger = vestry("ballot", "cast", proposal, "--member", "hld_nobody", "--choice", "yes", database=database_url)
    assert (stranger.returncode, "not on the roll" in stranger.stderr) == (exits.FAILURE, True)
    early = vestry("proposal", "result", proposal, database=database_url)
    assert (early.returncode, early.stdout) == (exits.NOT_FOUND, "")
    closed = vestry("proposal", "close", proposal, database=database_url)
    assert (closed.returncode, "nobody closes it earlier" in closed.stderr) == (exits.CONFLICT, True)


def test_what_is_due_is_done_once_and_the_result_is_counted_again(
    vestry: Vestry, engine: Engine, database_url: str, ana: str, tmp_path: Path
) -> None:
    proposal = _announced(engine, ana, opened_days_ago=12, open_for=8)
    first = vestry("close-due", database=database_url)
    assert first.stdout.splitlines() == [f"{proposal}  roll", f"{proposal}  close"]
    assert vestry("close-due", database=database_url).stdout == ""
    late = vestry("ballot", "cast", proposal, "--member", ana, "--choice", "yes", database=database_url)
    assert (late.returncode, "Voting closed" in late.stderr) == (exits.CONFLICT, True)
    told = vestry("proposal", "result", proposal, "--audit", "vote.jsonl", database=database_url)
    assert told.stdout.startswith("FAILED  0 voted")
    assert (tmp_path / "vote.jsonl").read_bytes().endswith(b"}\n")
    assert vestry("verify", database=database_url).returncode == exits.OK


def test_policies_are_listed_with_what_set_them(vestry: Vestry, database_url: str, ana: str) -> None:
    assert vestry("policy", "list", "--json", database=database_url).stdout == ""
    unknown = vestry("policy", "history", "fees", database=database_url)
    assert (unknown.returncode, "no policy 'fees'" in unknown.stderr) == (exits.NOT_FOUND, True)
