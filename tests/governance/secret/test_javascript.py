"""The voting page's script does what Python does, byte for byte: run in node, which has the browsers' WebCrypto."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.secret import box_files, canonical, voter
from governance.secret.blind import SigningKey, blind_sign
from governance.secret.errors import NotCanonical
from governance.secret.formats import check_record
from governance.secret.manifest import Registrar
from ledger.types import Json
from tests.cases import cases_dir
from tests.governance.secret.poll import BOX, REGISTRAR, a_manifest, a_pass, publish, spki
from tests.governance.secret.test_blind import VARIANTS, key_of
from tests.governance.secret.test_formats import VALUES
from tests.postgres import skip_or_fail

HERE = Path(__file__).parent
SCRIPT = HERE.parents[2] / "app" / "web" / "static" / "vote.js"
MANIFEST = a_manifest()


class Node:
    """A running node that answers jobs, one line each."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def answer(self, job: str, **what: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"job": job, **what}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __call__(self, job: str, **what: object) -> Any:  # noqa: ANN401 - JSON
        answer = self.answer(job, **what)
        assert "done" in answer, answer
        return answer["done"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    program = shutil.which("node")
    if program is None:
        skip_or_fail("node is not installed, so nothing runs the voting page's script")
    assert program is not None
    # node takes a .js file for a module only by its name
    module = shutil.copy(SCRIPT, tmp_path_factory.mktemp("vote") / "vote.mjs")
    command = [program, str(HERE / "vote_jobs.mjs"), str(module)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Node(process)
        assert process.stdin is not None
        process.stdin.close()


def _served(manifest: Any = MANIFEST) -> str:  # noqa: ANN401 - a manifest
    return canonical.to_base64(manifest.to_bytes())


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_of_the_rfc_comes_out_byte_for_byte(node: Node, variant: str) -> None:
    cases = json.loads((cases_dir() / "ballots" / "rfc9474.json").read_bytes())
    [case] = [one for one in cases if one["name"] == f"RSABSSA-SHA384-{variant}"]
    public = key_of(case).public_key()
    done = node(
        "vector",
        spki=spki(public),
        bits=public.key_size,
        msg=case["msg"],
        prefix=case["msg_prefix"],
        salt=case["salt"],
        inverse=case["inv"],
        blindSig=case["blind_sig"],
        n=case["n"],
    )
    assert done["prepared"] == case["prepared_msg"]
    assert done["encoded"] == case["encoded_msg"]
    assert done["blinded"] == case["blinded_msg"]
    assert int(done["inverse"], 16) == int(case["inv"], 16)
    assert done["signature"] == case["sig"]


@given(VALUES)
def test_json_in_its_one_form_is_the_same_bytes_in_both(node: Node, value: Json) -> None:
    text = canonical.write(value).decode()
    assert node("canonical", value=value) == text
    assert canonical.write(node("read", text=text)).decode() == text


@given(
    st.sampled_from(['{"a":1,"a":1}', '{"b":1,"a":1}', "1.0", "1e2", "-0", "01", '"\\u0041"', '{"é":1}', "1e400"])
    | st.floats().map(str)
    | st.integers(2**53).map(str)
    | VALUES.map(lambda value: json.dumps(value, indent=1, ensure_ascii=True))
)
def test_what_one_of_them_refuses_the_other_refuses_too(node: Node, text: str) -> None:
    is_refused = "refused" in node.answer("read", text=text)
    try:
        canonical.read(text.encode())
    except NotCanonical:
        assert is_refused
    else:
        assert not is_refused


def test_a_random_number_out_of_range_is_drawn_again_and_never_folded_back(node: Node) -> None:
    assert node("below", n=200, drawn=[255, 200, 1, 0, 7, 9]) == ["7", 1]
    assert node("below", n=200, drawn=[2]) == ["2", 0]
    assert node("below", n=200, drawn=[199]) == ["199", 0]


def test_half_a_character_is_refused(node: Node) -> None:
    assert "refused" in node.answer("canonical", value="\ud800")


@pytest.mark.parametrize("bits", [2048, 3072])
def test_a_pass_asked_for_in_a_browser_is_signed_and_voted_with(node: Node, bits: int) -> None:
    key = REGISTRAR if bits == 2048 else SigningKey.generate(bits)
    manifest = a_manifest(rsa_bits=bits, registrars=(Registrar("cooperative", spki(key.public)),))
    asked = node("request", manifest=_served(manifest))
    signed = [canonical.to_base64(blind_sign(key, canonical.from_base64(one))) for one in asked["blinded"]]
    held = node("finish", manifest=_served(manifest), request=asked, blindSigs=signed)
    done = node("record", manifest=_served(manifest), **{"pass": held}, choice="yes")
    checked = check_record(manifest, done["padded"].encode())
    assert len(done["padded"]) == 4096
    assert (checked.record_id, checked.code, checked.choice) == (done["record"], done["code"], "yes")
    assert done["fingerprint"] == manifest.fingerprint


def test_passes_and_requests_move_between_browser_and_command_line(node: Node) -> None:
    # asked for here, finished there
    mine = voter.request(MANIFEST)
    signed = [blind_sign(REGISTRAR, one.blinded) for one in mine.blinded]
    theirs = [canonical.to_base64(one) for one in signed]
    held = node("finish", manifest=_served(), request=json.loads(mine.to_bytes()), blindSigs=theirs)
    assert canonical.write(held) == voter.finish(MANIFEST, mine, signed).to_bytes()
    # asked for there, finished and voted with here
    asked = voter.PassRequest.from_bytes(canonical.write(node("request", manifest=_served())))
    passed = voter.finish(MANIFEST, asked, [blind_sign(REGISTRAR, one.blinded) for one in asked.blinded])
    assert check_record(MANIFEST, voter.make_record(MANIFEST, passed, "no").line()).choice == "no"
    # and voted with there
    done = node("record", manifest=_served(), **{"pass": json.loads(replace(passed, seq=3).to_bytes())}, choice="yes")
    assert check_record(MANIFEST, done["line"].encode()).seq == 4


def test_a_wrong_answer_or_a_foreign_pass_is_refused_in_the_browser(node: Node) -> None:
    asked = node("request", manifest=_served())
    other = canonical.to_base64(blind_sign(REGISTRAR, voter.request(MANIFEST).blinded[0].blinded))
    refused = node.answer("finish", manifest=_served(), request=asked, blindSigs=[other])
    assert refused == {"refused": "The registrar's answer makes no pass."}
    foreign = json.loads(a_pass(MANIFEST).to_bytes())
    elsewhere = a_manifest(title="Another")
    assert "another poll" in node.answer("record", manifest=_served(elsewhere), **{"pass": foreign})["refused"]
    forged = foreign | {"poll": elsewhere.poll_hash.hex()}
    assert "not signed" in node.answer("record", manifest=_served(elsewhere), **{"pass": forged})["refused"]
    later = json.loads(MANIFEST.to_bytes()) | {"v": 2}
    assert "version 1" in node.answer("request", manifest=canonical.to_base64(canonical.write(later)))["refused"]
    bent = json.loads(MANIFEST.to_bytes()) | {"rsa_bits": 3072}
    assert "size" in node.answer("request", manifest=canonical.to_base64(canonical.write(bent)))["refused"]


def test_a_pass_travels_as_a_line_and_as_a_file(node: Node) -> None:
    held = json.loads(a_pass(MANIFEST).to_bytes())
    line, *again = node("travel", **{"pass": held})
    assert again == [held, held]
    assert set(line) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert line.startswith(f"v1.{MANIFEST.poll_hash.hex()}.")


@pytest.mark.parametrize(
    ("length", "version", "digest"),
    [
        (900, 22, "8b844b7fb5e37bc0231ee82aa2f20e4ca9886708819f4d89e7ed6720fefafd23"),
        (1500, 31, "f48cc5034c256a6cd8892f821dc2e45aef3acabc778433f57e43db4fa84edc2c"),
    ],
)
def test_the_picture_of_a_pass_is_the_one_that_other_programs_draw(
    node: Node, length: int, version: int, digest: str
) -> None:
    # what the Python package qrcode 8.2 draws at level L with mask 0; the reader ZXing reads both
    text = ("https://box.example/vote/en#v1." + "aB3-_xyz" * 300)[:length]
    rows = node("picture", text=text)
    assert len(rows.split("\n")) == 17 + 4 * version
    assert sha256(rows.encode()).hexdigest() == digest
    assert "too long" in node.answer("picture", text="x" * 1841)["refused"]


def test_the_browser_checks_receipts_batches_and_the_box_as_an_auditor_does(node: Node) -> None:
    poll = publish(MANIFEST, ["yes"] * 11, changed={0: "no"})
    lines = poll.files["box.jsonl"].decode()
    first = check_record(MANIFEST, lines.splitlines()[0].encode())
    answer = box_files.sign_receipt(BOX, MANIFEST.poll_hash, first.record_id, 1).to_json()
    assert node("receipt", manifest=_served(), answer=answer, record=first.record_id) == 1
    assert "refused" in node.answer("receipt", manifest=_served(), answer=answer, record="00" * 32)
    bent = answer | {"receipt": str(answer["receipt"]).replace('"batch":1', '"batch":2')}
    assert "did not sign" in node.answer("receipt", manifest=_served(), answer=bent, record=first.record_id)["refused"]
    text = poll.files["log.json"].decode()
    log = node("log", text=text)
    assert log["entries"] == box_files.read_log(text.encode())
    assert log["head"] == box_files.head_of(text.splitlines()[-2])
    assert "refused" in node.answer(
        "log", text=text.replace('"batches":2', '"batches":3').replace('"at":', '"at":1', 1)
    )
    hashes = poll.files["hashes/1.txt"].decode()
    assert node("root", records=hashes.split()[::-1]) == box_files.batch_root(hashes.split())
    assert node("sealed", entries=log["entries"], batch=1, hashes=hashes, record=first.record_id) is True
    assert node("sealed", entries=log["entries"], batch=1, hashes=hashes, record="00" * 32) is False
    assert node("sealed", entries=log["entries"], batch=9, hashes="", record="00" * 32) is None
    standing = [node("standing", line=line, box=lines) for line in lines.splitlines()]
    assert sorted(standing) == ["counted"] * 11 + ["outvoted"]
    assert node("standing", line=voter.make_record(MANIFEST, a_pass(MANIFEST), "no").line().decode(), box=lines) == (
        "missing"
    )
