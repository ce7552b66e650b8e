"""Somebody else's witness (PyPI, ``aics-witness``), installed beside the tests and run as its own process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.witnesses import Witness
from ledger.cosignatures import WitnessKey
from ledger.notes import VerifierKey
from tests.mailbox import free_port

NAME = "witness.example.com/w1"
REQUIREMENTS = Path(__file__).parent / "witness_requirements.txt"


@dataclass(frozen=True)
class Outside:
    """Their programs."""

    packages: Path

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of them to its end."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, env=self._env(), capture_output=True, text=True, timeout=60, check=False)

    @contextmanager
    def serving(self, folder: Path, log: VerifierKey) -> Iterator[Witness]:
        """Run a witness that trusts a log."""
        config = ("--config", str(folder / "witness.json"))
        assert self.run("aics_witness", "init", "--name", NAME, *config).returncode == 0
        added = self.run("aics_witness", "add-log", "--origin", log.name, "--vkey", str(log), *config)
        assert added.returncode == 0, added.stderr
        key = WitnessKey.read(self.run("aics_witness", "init", "--name", NAME, *config).stdout.strip().split()[-1])
        address = f"127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "aics_witness", "serve", "--listen", address, *config]
        with subprocess.Popen(command, env=self._env(), stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(f"http://{address}/healthz")
                yield Witness(key, f"http://{address}")
            finally:
                process.terminate()

    def _env(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.packages)}


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the witness does not start")


def installed(folder: Path) -> Outside:
    """Install it; skip the test where it can't be had."""
    # it asks for a later Python than ours may be, and runs on it all the same; what it needs, we have
    options = ("--no-deps", "--ignore-requires-python", "--require-hashes", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), "-r", str(REQUIREMENTS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("pip does not answer, so somebody else's witness can't be had")
    if done.returncode:
        pytest.skip(f"pip can't install somebody else's witness: {done.stderr[-200:]}")
    return Outside(folder)
