"""Go's own notes and trees (golang.org/x/mod/sumdb, Debian: golang-go, golang-golang-x-mod-dev) accept ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from ledger.notes import Checkpoint, SignerKey, signed

PROGRAM = Path(__file__).parent / "check_checkpoints.go"
PACKAGES = Path("/usr/share/gocode")
KEY = SignerKey("vestry.example.org", sha256(b"a key for tests").digest())
ENTRIES = [f'{{"n":{n}}}'.encode() for n in range(1_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]

Go = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """Return what runs the program; the test is skipped where Go or its package is not installed."""
    program = shutil.which("go")
    if program is None or not (PACKAGES / "src/golang.org/x/mod/sumdb/note").is_dir():
        pytest.skip("Go and golang-golang-x-mod-dev are not installed, so Go's verifier is not asked")
    folder = tmp_path_factory.mktemp("go")
    env = os.environ | {"GO111MODULE": "off", "GOPATH": str(PACKAGES), "GOCACHE": str(folder / "cache")}
    built = subprocess.run(
        [program, "build", "-o", "check", str(PROGRAM)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(folder / "check"), *arguments], capture_output=True, text=True, check=False)

    return run


def test_gos_verifier_accepts_checkpoints_consistency_and_inclusion(go: Go, tmp_path: Path) -> None:
    def note(name: str, leaves: list[bytes]) -> str:
        (tmp_path / name).write_text(signed(Checkpoint(KEY.name, len(leaves), root_of(leaves)), KEY))
        return str(tmp_path / name)

    def proof(hashes: list[bytes]) -> str:
        return b64encode(b"".join(hashes)).decode()

    old, new = note("old", LEAVES[:700]), note("new", LEAVES)
    (tmp_path / "entry").write_bytes(ENTRIES[333])
    grown, inside = proof(consistency_proof(LEAVES, 700)), proof(inclusion_proof(LEAVES, 333))
    said = go(str(KEY.verifier), old, new, grown, "333", str(tmp_path / "entry"), inside)
    assert said.stdout == "vestry.example.org: 1000 entries begin with 700\n", said.stderr

    forked = note("fork", [*LEAVES[:699], leaf_hash(b"another")])
    assert go(str(KEY.verifier), forked, new, grown, "333", str(tmp_path / "entry"), inside).returncode == 1
    (tmp_path / "entry").write_bytes(ENTRIES[334])
    assert go(str(KEY.verifier), old, new, grown, "333", str(tmp_path / "entry"), inside).returncode == 1
    other = SignerKey(KEY.name, b"x" * 32)
    assert go(str(other.verifier), old, new, grown, "333", str(tmp_path / "entry"), inside).returncode == 1
