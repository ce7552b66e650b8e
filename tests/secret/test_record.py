"""A vote as files: anybody counts it again with one file of Python, and what was changed in them is named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from app.cli.commands import tree
from app.secret import record
from governance import closing
from governance.records import Closing
from governance.secret import audit_poll, canonical
from governance.tally.methods import Method
from ledger.errors import NotFound
from tests.secret.precinct import CLOSES, OPENS, Precinct

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

KEYS = {"o1": "a", "o2": "b", "o3": "c"}
CHOICES: Mapping[Method, list[object]] = {
    Method.MAJORITY: ["yes", "no", "abstain", "yes"],
    Method.APPROVAL: [["o1"], ["o1", "o2"], ["o3"], []],
    Method.SCORE: [{"o1": 3, "o2": 0, "o3": 5}, {"o1": 1, "o2": 5, "o3": 0}, "abstain"],
    Method.IRV: [["o1", "o2"], ["o2", "o3", "o1"], ["o3"], ["o2", "o1"]],
    Method.SCHULZE: [["o1", "o2", "o3"], ["o2", "o3", "o1"], ["o3", "o1"]],
    Method.STV: [["o3", "o1"], ["o1"], ["o2", "o1", "o3"], ["o3"]],
}


def held(precinct: Precinct, method: Method) -> tuple[Closing, Mapping[str, bytes]]:
    """Hold a vote, with one voter who changes their mind, and return how it ended and its files."""
    options = None if method is Method.MAJORITY else {one: one.upper() for one in "abc"}
    precinct.announce(method=method, options=options).issue()
    passes, choices = precinct.fetch_all(), CHOICES[method]
    precinct.turn_to(OPENS + timedelta(minutes=1))
    with pytest.raises(NotFound, match="not over"):
        precinct.runner.read(record.files_of, precinct.poll, precinct.votes.other_box())
    for number, one in enumerate(passes):
        precinct.cast(one, choices[number % len(choices)])
    precinct.turn_to(OPENS + timedelta(hours=3))
    precinct.cast(passes[0], choices[1], 2)
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    told = precinct.runner.read(closing.closing, precinct.proposal)
    assert told is not None
    return told, precinct.runner.read(record.files_of, precinct.poll, precinct.votes.other_box())


def laid_out(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("method", CHOICES)
def test_an_auditor_alone_comes_to_our_result(precinct: Precinct, tmp_path: Path, method: Method) -> None:
    told, files = held(precinct, method)
    folder = laid_out(files, tmp_path / "record")
    command = [sys.executable, "-I", audit_poll.__file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = orjson.loads(files["result.json"])
    assert ([KEYS.get(one) for one in said["winners"]], said["verdict"].upper()) == (
        [*told.winners],
        told.outcome.value,
    )
    assert said["counted"] == 12 == len(files["box.jsonl"].splitlines()) - 1


def without_a_line(data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[1:])


def doubled(data: bytes) -> bytes:
    return data + data.splitlines(keepends=True)[0]


def other(name: str, value: object) -> Callable[[bytes], bytes]:
    return lambda data: canonical.write(orjson.loads(data) | {name: value})


def vote_turned(data: bytes) -> bytes:
    before, after = b'\\"choice\\":\\"yes\\"', b'\\"choice\\":\\"no\\"'
    assert before in data
    return data.replace(before, after, 1)


def without_an_entry(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(lines[:2] + lines[3:])


TAMPERINGS: Mapping[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "a ballot left out": ("box.jsonl", without_a_line, "was sealed, and the box does not have it whole"),
    "a ballot put in twice": ("box.jsonl", doubled, "the same ballot stands at box.jsonl:1 already"),
    "a ballot turned": ("box.jsonl", vote_turned, "the ballot is not signed with the key of its pass"),
    "a voter struck off": ("roll.txt", without_a_line, "roll.txt: this is not the roll that was announced"),
    "a voter made up": ("roll.txt", lambda data: data + b"25 usr_ghost\n", "roll.txt: it has 25 lines"),
    "passes made up": ("issued.json", other("issued", [*range(1, 20)]), "not the numbers that were frozen"),
    "another rule": ("manifest.json", other("min_passes", 2), "this is not the manifest that the log announced"),
    "an entry of the log gone": ("log.json", without_an_entry, "log.json"),
    "a batch forged": ("hashes/1.txt", without_a_line, "hashes/1.txt: this is not the batch that was logged"),
    "another outcome": ("result.json", other("verdict", "failed"), "verdict: counted again"),
    "another seed": ("result.json", other("seed", "00" * 32), "the seed of the lots is not the one that was fixed"),
}


def test_whatever_is_changed_is_named(precinct: Precinct, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, files = held(precinct, Method.MAJORITY)
    for number, (what, (name, change, named)) in enumerate(TAMPERINGS.items()):
        changed = change(files[name])
        assert changed != files[name], what
        folder = laid_out({**files, name: changed}, tmp_path / str(number))
        assert audit_poll.main([str(folder)]) == audit_poll.FAILED, what
        found = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAILED")]
        assert any(named in line for line in found), (what, found)


def test_the_command_writes_the_files_and_refuses_what_is_not_over(
    precinct: Precinct, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    _, files = held(precinct, Method.MAJORITY)
    monkeypatch.setenv("VESTRY_DATABASE_URL", database_url)
    monkeypatch.setenv("VESTRY_KEY_FILE", str(tmp_path / "vestry.key"))
    out = tmp_path / "vote.zip"
    done = CliRunner().invoke(tree, ["vote", "record", precinct.poll, os.fspath(out)])
    assert done.exit_code == 0, done.output
    assert audit_poll.load(out) == files
    assert audit_poll.main([str(out)]) == 0
    assert CliRunner().invoke(tree, ["vote", "record", "0" * 64, os.fspath(tmp_path / "x")]).exit_code == 3
