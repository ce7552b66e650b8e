"""Our blind signatures and those of the reference implementation of RFC 9474 (npm, @cloudflare/blindrsa-ts) fit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from governance.secret.blind import SigningKey, blind, blind_sign, finalize, prepare_randomize, verify
from governance.secret.canonical import from_base64, to_base64
from tests.governance.secret.test_javascript import Node

PACKAGE = "@cloudflare/blindrsa-ts"
VERSION = "0.4.4"
MESSAGE = b"a pass"


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Yield the reference implementation, running; the test is skipped where npm or its registry can't be had."""
    npm, program = shutil.which("npm"), shutil.which("node")
    if npm is None or program is None:
        pytest.skip("npm is not installed, so the reference implementation can't be had")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text("{}")
    asked = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{PACKAGE}@{VERSION}"]
    try:
        done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not answer, so the reference implementation can't be had")
    if done.returncode:
        pytest.skip(f"npm can't install the reference implementation: {done.stderr[:200]}")
    package = folder / "node_modules" / PACKAGE / "lib" / "src" / "index.js"
    command = [program, str(Path(__file__).parent / "reference_jobs.mjs"), str(package)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Node(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.parametrize("bits", [2048, 3072])
def test_each_can_stand_in_for_the_other(reference: Node, bits: int) -> None:
    private = rsa.generate_private_key(65537, bits)
    public = private.public_key()
    ours = SigningKey(private)
    spki = to_base64(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    pkcs8 = to_base64(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    # their voter, our registrar
    asked = reference("blind", spki=spki, message=to_base64(MESSAGE))
    signed = to_base64(blind_sign(ours, from_base64(asked["blinded"])))
    given = {"prepared": asked["prepared"], "signed": signed, "inverse": asked["inverse"]}
    signature = from_base64(reference("finalize", spki=spki, **given))
    assert verify(public, from_base64(asked["prepared"]), signature)
    # our voter, their registrar
    prepared = prepare_randomize(MESSAGE)
    mine = blind(public, prepared)
    theirs = from_base64(reference("sign", pkcs8=pkcs8, blinded=to_base64(mine.blinded)))
    assert theirs == blind_sign(ours, mine.blinded)
    done = finalize(public, prepared, theirs, mine.inverse)
    assert reference("verify", spki=spki, prepared=to_base64(prepared), signature=to_base64(done)) is True
