"""The files that Vestry is installed with: well formed, and each command and setting that they name exists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server

import pytest
import typer.main
import yaml  # type: ignore[import-untyped]

from app.cli.commands import tree
from app.cli.service import PORT
from app.config import Settings
from app.migrate import newest
from app.operations import backup, deployment, ready
from tests.cli.conftest import Vestry

PROGRAM = "/opt/vestry/bin/vestry"
UNITS = ("systemd", "backup-service", "backup-timer")
ROOT = Path(__file__).parents[2]


def unit(name: str) -> ConfigParser:
    """Return a systemd unit as it is read."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(deployment.text_of(name))
    return parser


def commands() -> list[list[str]]:
    """Return the words of every command that a file starts."""
    started = [
        value.split()[1:]
        for name in ("systemd", "backup-service")
        for key, value in unit(name)["Service"].items()
        if key.startswith("Exec")
    ]
    last = re.findall(r"^CMD (\[.*\])$", deployment.text_of("container"), re.MULTILINE)[-1]
    said = re.findall(r"exec vestry vestry (.*)$", deployment.text_of("compose"), re.MULTILINE)
    return [*started, json.loads(last), *(words.split() for words in said)]


def test_each_command_that_a_file_starts_is_one_of_ours() -> None:
    assert len(commands()) == 5
    for words in commands():
        typer.main.get_command(tree).commands[words[0]].make_context(words[0], words[1:])  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", deployment.NAMES)
def test_each_setting_that_a_file_names_is_one_of_ours(name: str) -> None:
    text = deployment.text_of(name)
    named = {found.lower() for found in re.findall(r"\bVESTRY_[A-Z_]+|\bvestry_[a-z_]+", text)}
    assert named <= {f"vestry_{field}" for field in Settings.model_fields}


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        assert "Unit" in unit(name)
        # the program is not there on the machine of the tests
        text = deployment.text_of(name).replace(PROGRAM, shutil.which("true") or "/bin/true")
        (tmp_path / deployment.NAMES[name]).write_text(text)
    if shutil.which("systemd-analyze"):
        paths = [str(tmp_path / deployment.NAMES[name]) for name in UNITS]
        said = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False)
        assert not [line for line in said.stderr.splitlines() if str(tmp_path) in line or "vestry" in line]


def test_the_composition_runs_as_nobody_in_particular_on_what_it_can_not_change() -> None:
    told = yaml.safe_load(deployment.text_of("compose"))
    service = told["services"]["vestry"]
    assert (service["read_only"], service["user"], service["cap_drop"]) == (True, "10001:10001", ["ALL"])
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(told["volumes"])
    for one in told["services"].values():
        assert set(one["secrets"]) <= set(told["secrets"])
    # a network that Debian's podman calls internal has no names, so that the database would not be found
    assert "networks" not in told
    assert "ports" not in told["services"]["database"]
    asked = told["services"]["vestry"]["healthcheck"]["test"]
    assert json.dumps(asked[1:]) in deployment.text_of("container")
    assert "USER 10001:10001" in deployment.text_of("container")
    assert "password" not in json.dumps(service).replace("POSTGRES_PASSWORD_FILE", "")


def test_a_container_is_healthy_when_the_service_answers_that_it_is_ready() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        free = f"http://127.0.0.1:{taken.getsockname()[1]}/readyz"
    assert "refused" in str(ready.main(free))
    assert ready.ADDRESS.endswith(f":{PORT}/readyz")


def test_the_container_is_built_from_what_is_packed_and_from_nothing_that_lies_beside_it() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    text = deployment.text_of("container")
    assert re.findall(r"^COPY (\w+) /src/\w+$", text, re.MULTILINE) == sorted(packed)
    assert re.findall(r"^COPY (.*) /src/$", text, re.MULTILINE) == ["pyproject.toml requirements.lock README.md"]


def test_a_command_is_run_as_the_service_is() -> None:
    text = deployment.text_of("command")
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    service = unit("backup-service")["Service"]
    for key in (
        "DynamicUser",
        "User",
        "StateDirectory",
        "StateDirectoryMode",
        "WorkingDirectory",
        "UMask",
        "Environment",
    ):
        assert f"{key}={service[key]}" in text
    assert f'{PROGRAM} "$@"' in text


def test_what_is_installed_has_migrations_and_files(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"app/operations/files/{name}" for name in deployment.NAMES.values()} <= names
    assert {"migrations/env.py", "app/web/static/style.css"} <= names
    assert any(name.startswith(f"migrations/versions/{newest()}_") for name in names)
    assert not any(name.startswith("tests/") for name in names)


def test_the_command_prints_a_file_and_names_those_there_are(vestry: Vestry) -> None:
    assert vestry("ops", "show", "systemd").stdout == deployment.text_of("systemd")
    missing = vestry("ops", "show", "windows")
    assert (missing.returncode, "compose" in missing.stderr) == (3, True)


def test_in_a_folder_backups_are_named_by_the_time_and_the_newest_are_kept(vestry: Vestry, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    others = {"vestry-2026-01-01.zip", "notes.txt"}
    for name in (*others, *(f"vestry-2026-01-0{day}T031500Z.zip" for day in (1, 2, 3))):
        (folder / name).touch()
    vestry("migrate")
    assert vestry("backup", "backups", "--keep", "2").returncode == 0
    left = {path.name for path in folder.iterdir()} - others
    assert len(left) == 2
    assert min(left) == "vestry-2026-01-03T031500Z.zip"
    assert backup.in_folder(folder, datetime(2026, 1, 3, 3, 15, tzinfo=UTC)).name == min(left)
    assert vestry("backup", "new.zip", "--keep", "2").returncode == 2


def test_a_setting_may_stand_in_a_file_that_systemd_hands_over(tmp_path: Path) -> None:
    code = "from app.cli import main; main()"
    (tmp_path / "vestry_smtp_url").write_text("smtp://user:word@mail.example.org\n")
    said = subprocess.run(
        [sys.executable, "-c", code, "config", "show", "--json"],
        env={"CREDENTIALS_DIRECTORY": str(tmp_path), "PATH": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = {one["name"]: one for one in map(json.loads, said.stdout.splitlines())}
    assert told["VESTRY_SMTP_URL"]["origin"] == "file"
    assert told["VESTRY_SMTP_URL"]["value"] == "smtp://user:***@mail.example.org"
