"""``vestry tally`` as anybody runs it who has a file of a vote and no database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from app.cli import exits
from app.cli.tally import tally
from governance.audit_file import write
from governance.rules import Electorate
from governance.tally.methods import Method
from ledger.types import Json
from tests.cases import cases_dir
from tests.cli.conftest import Vestry
from tests.governance.hall import chamber, rules
from tests.governance.tally.test_blt import HILL
from tests.governance.test_counting import MEMBERS, PROVIDERS, QUARTER, TENTH, roll, said, vote_of

CASES = cases_dir() / "tally"

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """The command without a process of its own and without its companions: there are many files."""
    alone = typer.Typer()
    alone.command()(tally)
    return lambda *arguments: CliRunner().invoke(alone, [*map(str, arguments)])


@pytest.fixture
def two_chambers(tmp_path: Path) -> Path:
    """Sixty-three providers and twelve investors: it passes among providers and fails among all (scenario 57)."""
    of = rules(
        Method.MAJORITY, chamber(cap=TENTH, quorum=QUARTER), chamber(PROVIDERS, Electorate.PROVIDERS, quorum=QUARTER)
    )
    lines = roll(80) + roll(12, part="INVESTOR", first=80) + roll(80, PROVIDERS)
    vote = vote_of(of, lines, said(yes=34, no=29) | said(80, yes=1, no=11))
    path = tmp_path / "audit.jsonl"
    path.write_bytes(write(vote, vote.count()))
    return path


@pytest.fixture
def runoff(tmp_path: Path) -> Path:
    """One of three, chosen by fifteen of twenty."""
    piles: list[tuple[Json, int]] = [([["a"], ["b"]], 6), ([["b"]], 5), ([["c"], ["b"]], 4)]
    ballots = [choice for choice, times in piles for _ in range(times)]
    choices = {f"m{at}": choice for at, choice in enumerate(ballots)}
    vote = vote_of(rules(Method.IRV), roll(20), choices, ("a", "b", "c"))
    path = tmp_path / "runoff.jsonl"
    path.write_bytes(write(vote, vote.count()))
    return path


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_every_case_comes_out_as_its_file_says(run: Run, path: Path) -> None:
    done = run(path)
    assert done.exit_code == exits.OK, done.stderr
    assert done.stdout.strip()


def test_a_count_is_told_round_by_round(vestry: Vestry) -> None:
    done = vestry("tally", str(CASES / "stv_tie_exclusion_backward.json"))
    assert done.returncode == exits.OK
    assert done.stdout == (
        "stv_tie_exclusion_backward\n"
        "  stv_scottish, 2 seats, 4 candidates, 26 ballots\n"
        "  quota 9\n"
        "\n"
        "Round 1: first preferences\n"
        "  A  10.00000  elected\n"
        "  B   6.00000\n"
        "  C   6.00000\n"
        "  D   4.00000\n"
        "\n"
        "Round 2: surplus of A\n"
        "  A                  9.00000\n"
        "  B                  6.00000\n"
        "  C                  6.00000\n"
        "  D                  4.00000\n"
        "  no further choice  1.00000\n"
        "\n"
        "Round 3: exclude D\n"
        "  A                  9.00000\n"
        "  B                  6.00000\n"
        "  C                  6.00000\n"
        "  D                  0.00000  excluded\n"
        "  no further choice  5.00000\n"
        "\n"
        "Round 4: exclude C\n"
        "  A                   9.00000\n"
        "  B                   7.00000  elected\n"
        "  C                   0.00000  excluded\n"
        "  D                   0.00000\n"
        "  no further choice  10.00000\n"
        "\n"
        "Tie: B, C. Decided by lot: C\n"
        "\n"
        "Chosen: A, B\n"
    )
    assert done.stderr == "It comes to what the file says.\n"


def test_pairs_are_told_as_a_table(run: Run) -> None:
    told = run(CASES / "schulze_ex4_tie.json").stdout
    assert "Preferred to:\n        1  2  3  4\n  1. A  –  5  5  3\n  2. B  4  –  7  5\n" in told
    assert "Order: B = D, A = C\n\nChosen: B, D\n" in told


def test_chambers_are_told_with_what_each_needs(run: Run, two_chambers: Path) -> None:
    done = run(two_chambers)
    assert done.exit_code == exits.OK, done.stderr
    assert done.stdout == (
        "Vote on prp_1\n"
        "\n"
        "members: failed\n"
        "  415/12 yes, 425/12 no, 0 abstain; 92 on the roll\n"
        "  needs more than 1/2 of the votes cast; quorum 23 of 92\n"
        "  each of 12 investors weighs 7/12\n"
        "\n"
        "providers: passed\n"
        "  34 yes, 29 no, 0 abstain; 80 on the roll\n"
        "  needs more than 1/2 of the votes cast; quorum 20 of 80\n"
        "\n"
        "Outcome: failed\n"
    )


def test_what_a_small_chamber_said_is_not_told(run: Run, tmp_path: Path) -> None:
    of = rules(Method.MAJORITY, chamber(), chamber(PROVIDERS, Electorate.PROVIDERS))
    vote = vote_of(of, roll(30) + roll(8, PROVIDERS), said(yes=20, no=10))
    (tmp_path / "audit.jsonl").write_bytes(write(vote, vote.count()))
    done = run(tmp_path / "audit.jsonl")
    assert "providers: passed, as the file says; too few voted to tell how\n" in done.stdout
    told = json.loads(run(tmp_path / "audit.jsonl", "--json").stdout)
    assert (told["outcome"], told["not_counted"], told["agrees"]) == ("PASSED", [PROVIDERS], True)
    assert [one["name"] for one in told["chambers"]] == [MEMBERS, PROVIDERS]


def test_an_audit_file_that_was_changed_ends_with_6(vestry: Vestry, runoff: Path) -> None:
    assert vestry("tally", str(runoff)).returncode == exits.OK
    runoff.write_text(runoff.read_text().replace('"winners":["b"]', '"winners":["a"]'))
    done = vestry("tally", str(runoff))
    assert done.returncode == exits.UNVERIFIED
    assert "Does not fit. The rounds come to something else. Chosen are b, not ['a']." in done.stderr
    assert "Chosen: b\n" in done.stdout


def test_a_case_that_claims_something_else_ends_with_6(run: Run, tmp_path: Path) -> None:
    case = json.loads((CASES / "irv_tennessee.json").read_bytes())
    case["expected"]["winners"] = ["Nashville"]
    (tmp_path / "case.json").write_text(json.dumps(case))
    done = run(tmp_path / "case.json", "--json")
    assert (done.exit_code, json.loads(done.stdout)["agrees"]) == (exits.UNVERIFIED, False)
    assert "winners: the file says ['Nashville'], the count says ['Knoxville']." in done.stderr


def test_a_blt_file_is_counted_as_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hill.blt").write_bytes(HILL)
    scottish = run(tmp_path / "hill.blt")
    assert "Title\n  stv_scottish, 2 seats, 3 candidates, 13 ballots, 1 blank\n  withdrawn: Basil\n" in scottish.stdout
    assert scottish.stderr == "The file says nothing to compare it with.\n"
    told = json.loads(run(tmp_path / "hill.blt", "--method", "schulze", "--json").stdout)
    assert (told["count"]["method"], told["count"]["winners"], told["agrees"]) == ("schulze", ["Adam"], None)


def test_the_lots_of_a_blt_file_come_from_its_seed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tie.blt").write_text('2 1\n1 1 0\n1 2 0\n0\n"A"\n"B"\n')
    plain = run(tmp_path / "tie.blt").stdout
    assert plain.endswith("Chosen: A\nTies were decided by the order of the file: no --seed was given.\n")
    winners = {run(tmp_path / "tie.blt", "--seed", f"{seed:02x}").stdout.splitlines()[-1] for seed in range(8)}
    assert winners == {"Chosen: A", "Chosen: B"}


def test_rankings_go_to_other_programs_and_come_back(run: Run, runoff: Path, tmp_path: Path) -> None:
    written = run(runoff, "--blt")
    (tmp_path / "runoff.blt").write_text(written.stdout)
    told = json.loads(run(tmp_path / "runoff.blt", "--json").stdout)
    assert (told["title"], told["count"]["method"], told["count"]["winners"]) == ("prp_1", "irv", ["b"])
    assert run(CASES / "approval_tennessee.json", "--blt").exit_code == exits.REFUSED


@pytest.mark.parametrize(
    ("name", "data", "arguments", "code", "complaint"),
    [
        ("missing", None, [], exits.REFUSED, "can't be read"),
        ("a.blt", b"2 1\n1 3 0\n", [], exits.REFUSED, "Line 2: there is no candidate 3"),
        ("a.blt", HILL, ["--method", "guess"], exits.USAGE, "no method 'guess'"),
        ("a.blt", HILL, ["--method", "approval"], exits.REFUSED, "approval counts something else"),
        ("a.blt", HILL, ["--seed", "xyz"], exits.USAGE, "hexadecimal"),
        ("a.json", b'{"method": "irv"', [], exits.REFUSED, "line 1"),
        ("a.json", b'{"method": "irv"}', [], exits.REFUSED, "no candidates"),
        ("a.json", b'{"method": "irv"}', ["--method", "irv"], exits.USAGE, "for BLT files"),
        ("a.jsonl", b'{"vote":{"format":"vestry-vote"}}\n{"result":{}}\n', [], exits.REFUSED, "Line 1: version"),
        ("a.jsonl", b'{"vote":{"format":"vestry-vote"}}\nnothing\n', [], exits.REFUSED, "Line 2 is no JSON"),
        ("empty", b"", [], exits.REFUSED, "Line 1: the file ends"),
    ],
)
def test_what_can_not_be_counted_is_refused(
    run: Run, tmp_path: Path, name: str, data: bytes | None, arguments: list[str], code: int, complaint: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = run(tmp_path / name, *arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert complaint in done.stderr
