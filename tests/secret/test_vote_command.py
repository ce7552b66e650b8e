"""``vestry vote``: a voter with a shell, who trusts no page."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from typer.testing import CliRunner, Result

from app.cli.commands import tree
from app.secret import record
from governance.secret import audit_poll, box_files
from governance.secret.voter import PassRequest
from governance.tally.methods import Method
from tests.secret.live import listening
from tests.secret.precinct import CLOSES, OPENS, Precinct

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Losing:
    """A box whose answer to a ballot is lost on the way, as often as told."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.left = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the request out, and lose the answer."""
        if scope["type"] == "http" and scope["method"] == "POST" and self.left:
            self.left -= 1

            async def lose(_: object) -> None:
                pass

            await self.app(scope, receive, lose)
            raise ConnectionError
        await self.app(scope, receive, send)


@pytest.fixture
def box(precinct: Precinct) -> Iterator[tuple[str, Losing]]:
    losing = Losing(precinct.votes.box_app())
    with listening(losing) as address:
        yield address, losing


def run(*arguments: object) -> Result:
    return CliRunner().invoke(tree, ["vote", *map(str, arguments)])


def get_pass(precinct: Precinct, folder: Path, member: str, address: str) -> Path:
    asked, answer, held = folder / "request.json", folder / "answer.json", folder / "pass.json"
    told = run("request", f"{address}/polls/{precinct.poll}", "--out", asked)
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout) == PassRequest.from_bytes(asked.read_bytes()).body()
    assert run("request", f"{address}/polls/{precinct.poll}", "--out", asked).stdout == told.stdout
    answer.write_bytes(precinct.ask(member, PassRequest.from_bytes(asked.read_bytes())).content)
    made = run("finish", asked, answer, "--out", held)
    assert made.exit_code == 0, made.stderr
    assert not asked.exists()
    assert stat.S_IMODE(held.stat().st_mode) == 0o600
    return held


def test_a_voter_with_a_shell_votes_changes_the_vote_and_checks_it(
    precinct: Precinct, box: tuple[str, Losing], tmp_path: Path
) -> None:
    address, losing = box
    precinct.announce().issue()
    held = get_pass(precinct, tmp_path, precinct.members[-1], address)
    precinct.fetch_all()
    assert run("cast", held, "yes", "--box", address).exit_code == 5
    precinct.turn_to(OPENS + timedelta(minutes=1))
    cast = run("cast", held, "yes", "--box", address)
    assert cast.exit_code == 0, cast.stderr
    losing.left = 1
    assert run("cast", held, "no", "--box", address).exit_code == 0
    losing.left = 2
    lost = run("cast", held, "abstain", "--box", address)
    assert lost.exit_code == 1
    assert "run the same command again" in lost.stderr
    line = (tmp_path / "pass.ballot-3.json").read_bytes()
    assert run("cast", held, "abstain", "--box", address).exit_code == 0
    assert (tmp_path / "pass.ballot-3.json").read_bytes() == line
    assert not (tmp_path / "pass.ballot-4.json").exists()
    assert "abstain" not in (tmp_path / "pass.receipt-3.json").read_text()
    assert run("check", held, "--box", address).exit_code == 0
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    checked = run("check", held, "--box", address)
    assert checked.exit_code == 0, checked.output
    assert "Your ballot counts" in checked.stdout
    assert run("check", held, "--box", address, "--head", "0" * 64).exit_code == 6


def test_the_check_names_what_does_not_fit(precinct: Precinct, box: tuple[str, Losing], tmp_path: Path) -> None:
    address, _ = box
    precinct.announce().issue()
    held = get_pass(precinct, tmp_path, precinct.members[-1], address)
    precinct.fetch_all()
    precinct.turn_to(OPENS + timedelta(minutes=1))
    early = held.read_bytes()
    assert run("cast", held, "yes", "--box", address).exit_code == 0
    thief = tmp_path / "thief" / "pass.json"
    thief.parent.mkdir()
    thief.write_bytes(held.read_bytes())
    assert run("cast", thief, "no", "--box", address).exit_code == 0
    wrong = run("cast", held, "maybe", "--box", address)
    assert (wrong.exit_code, (tmp_path / "pass.ballot-2.json").exists()) == (4, False)
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    outvoted = run("check", held, "--box", address)
    assert outvoted.exit_code == 6
    assert "A later ballot of this pass counts" in outvoted.stderr
    for one in tmp_path.glob("pass.*-1.json"):
        one.unlink()
    held.write_bytes(early)
    stolen = run("check", held, "--box", address)
    assert stolen.exit_code == 6
    assert "somebody else has the pass" in stolen.stderr


def test_the_options_of_a_vote_are_told_by_the_ids_that_ballots_take(
    precinct: Precinct, box: tuple[str, Losing]
) -> None:
    precinct.announce(method=Method.SCHULZE, options={"a": "Apples", "b": "Pears"}).issue()
    told = run("options", f"{box[0]}/polls/{precinct.poll}")
    assert (told.exit_code, told.stdout.splitlines()) == (0, ["o1\tApples", "o2\tPears"])
    assert "best first" in told.stderr


def test_of_a_large_box_a_voter_asks_for_a_part_and_an_auditor_reads_the_parts(
    precinct: Precinct, box: tuple[str, Losing], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_files, "MOST_WHOLE", 11)
    address, _ = box
    precinct.announce().issue()
    held = get_pass(precinct, tmp_path, precinct.members[0], address)
    others = [precinct.fetch(member) for member in precinct.members[1:12]]
    precinct.turn_to(OPENS + timedelta(minutes=1))
    assert run("cast", held, "yes", "--box", address).exit_code == 0
    for one in others:
        precinct.cast(one, "no")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    assert "Your ballot counts" in run("check", held, "--box", address).stdout
    files = dict(precinct.runner.read(record.files_of, precinct.poll, precinct.votes.other_box()))
    whole = files.pop("box.jsonl")
    for part in range(256):
        found = precinct.box.get(f"/polls/{precinct.poll}/box-{part:02x}.jsonl")
        assert found.status_code == 200
        files[f"box-{part:02x}.jsonl"] = found.content
    assert sum(len(data) for name, data in files.items() if name.startswith("box-")) == len(whole)
    audit = audit_poll.Audit(files)
    audit.run()
    assert audit.findings == []
    monkeypatch.setattr(box_files, "MOST_WHOLE", 12)
    # small, it is told whole: a part would tell whose ballot somebody looks for
    assert precinct.box.get(f"/polls/{precinct.poll}/box-00.jsonl").status_code == 404
    assert "Your ballot counts" in run("check", held, "--box", address).stdout
