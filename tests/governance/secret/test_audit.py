from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.secret import audit_poll, box_files, canonical
from governance.secret.blind import SigningKey
from governance.secret.counting import count_poll, result_file
from governance.secret.formats import check_record
from governance.secret.manifest import BallotForm, Manifest, Registrar
from governance.tally.methods import Method
from governance.tally.rule import Basis, Counts, Quorum, YesNoRule
from ledger.types import Json
from tests.governance.secret.poll import SEED, Published, a_manifest, a_pass, cast, publish, spki
from tests.postgres import skip_or_fail

CHOICES = ["yes"] * 9 + ["no"] * 4 + ["abstain"]
HONEST = publish(a_manifest(), CHOICES, changed={0: "no", 12: "yes"}, unused=2)
SOURCE = Path(audit_poll.__file__)


def audited(poll: Published) -> audit_poll.Audit:
    audit = audit_poll.Audit(poll.files)
    audit.run()
    return audit


def tampered() -> Published:
    return Published(HONEST.manifest, dict(HONEST.files), HONEST.passes)


def _line(poll: Published, number: int) -> bytes:
    return poll.files["box.jsonl"].splitlines()[number - 1]


def _put(poll: Published, number: int, line: bytes) -> None:
    lines = poll.files["box.jsonl"].splitlines()
    lines[number - 1] = line
    poll.files["box.jsonl"] = b"".join(one + b"\n" for one in lines)


def _edit(poll: Published, name: str, old: str, new: str) -> None:
    assert old.encode() in poll.files[name]
    poll.files[name] = poll.files[name].replace(old.encode(), new.encode(), 1)


def test_an_honest_poll_fits_and_says_what_unused_passes_could_do() -> None:
    audit = audited(HONEST)
    assert audit.findings == []
    told = "\n".join(audit.told)
    assert HONEST.manifest.fingerprint in told
    assert "16, of which 14 count and 2 were replaced" in told
    assert "yes 9, no 4, abstain 1" in told
    assert "16 - 14 = 2" in told
    assert "margin        5 " in told
    assert "WARNING" not in told


def test_a_margin_that_unused_passes_could_turn_is_told() -> None:
    told = audited(publish(a_manifest(), ["yes"] * 6 + ["no"] * 5, unused=1)).told
    assert told[-1].startswith("WARNING")


def _choice_edited(poll: Published) -> str:
    line = _line(poll, 3)
    old, new = (b'\\"yes\\"', b'\\"no\\"') if b'\\"yes\\"' in line else (b'\\"no\\"', b'\\"yes\\"')
    _put(poll, 3, line.replace(old, new, 1))
    return "box.jsonl:3: the ballot is not signed with the key of its pass"


def _ballot_dropped(poll: Published) -> str:
    poll.files["box.jsonl"] = b"".join(line + b"\n" for line in poll.files["box.jsonl"].splitlines()[1:])
    return "was sealed, and the box does not have it whole"


def _ballot_stuffed(poll: Published) -> str:
    key = SigningKey.generate(2048)
    other = a_manifest(registrars=(Registrar("other", spki(key.public)),))
    held = a_pass(other, key)
    record = cast(poll.manifest, replace(held, poll=poll.manifest.poll_hash.hex()), "yes")
    poll.files["box.jsonl"] += record.line() + b"\n"
    return "box.jsonl:17: the pass is not signed by the registrar"


def _ballot_added_after_the_close(poll: Published) -> str:
    poll.files["box.jsonl"] += cast(poll.manifest, poll.passes[-1], "yes").line() + b"\n"
    return "is in the box, and in no batch"


def _batch_rewritten(poll: Published) -> str:
    lines = poll.files["hashes/2.txt"].splitlines()
    poll.files["hashes/2.txt"] = b"".join(one + b"\n" for one in lines[:-1])
    return "hashes/2.txt: this is not the batch that was logged"


def _log_rewritten(poll: Published) -> str:
    _edit(poll, "log.json", '"records":6', '"records":5')
    return "log.json:6: the chain is broken"


def _passes_added(poll: Published) -> str:
    poll.files["issued.json"] = box_files.issued_file(poll.manifest.poll_hash, range(1, 18))
    return "issued.json:1: these are not the numbers that were frozen"


def _member_twice(poll: Published) -> str:
    _edit(poll, "roll.txt", "2 usr_02", "2 usr_01")
    return "roll.txt:2: usr_01 is on line 1 already"


def _manifest_changed(poll: Published) -> str:
    _edit(poll, "manifest.json", '"seats":1', '"seats":2')
    return "manifest.json:1: this is not the manifest that the log announced"


def _result_bent(poll: Published) -> str:
    _edit(poll, "result.json", '"passed"', '"failed"')
    return 'result.json:1: verdict: counted again it is "passed"'


def _seed_chosen_late(poll: Published) -> str:
    _edit(poll, "result.json", SEED.hex(), "00" * 32)
    return "result.json:1: the seed of the lots is not the one"


def _ballot_doubled(poll: Published) -> str:
    # the same ballot with another valid signature must not become another ballot
    number = 1
    checked = check_record(poll.manifest, _line(poll, number))
    [held] = [one for one in poll.passes if one.id.hex() == checked.pass_id]
    again = cast(poll.manifest, held, checked.choice, checked.seq)
    assert again.line() != checked.line
    poll.files["box.jsonl"] += again.line() + b"\n"
    return "box.jsonl:17: the same ballot stands at box.jsonl:1 already"


def _number_used_twice(poll: Published) -> str:
    poll.files["box.jsonl"] += cast(poll.manifest, poll.passes[1], "no").line() + b"\n"
    return "the pass has used number 1 twice"


def _choice_not_offered(poll: Published) -> str:
    poll.files["box.jsonl"] += cast(poll.manifest, poll.passes[1], "perhaps", 2).line() + b"\n"
    return "box.jsonl:17: the poll does not offer this choice"


def _other_form(poll: Published) -> str:
    _put(poll, 2, _line(poll, 2).replace(b'{"ballot"', b'{ "ballot"'))
    return "box.jsonl:2: it is not canonical"


def _file_missing(poll: Published) -> str:
    del poll.files["issued.json"]
    return "issued.json: the file is missing"


def _poll_open(poll: Published) -> str:
    lines = poll.files["log.json"].decode().splitlines()
    poll.files["log.json"] = "\n".join([*lines[:-3], lines[-3].removesuffix(","), "]", ""]).encode()
    return "the poll is not closed"


TAMPERINGS: list[Callable[[Published], str]] = [
    _choice_edited,
    _ballot_dropped,
    _ballot_stuffed,
    _ballot_added_after_the_close,
    _batch_rewritten,
    _log_rewritten,
    _passes_added,
    _member_twice,
    _manifest_changed,
    _result_bent,
    _seed_chosen_late,
    _ballot_doubled,
    _number_used_twice,
    _choice_not_offered,
    _other_form,
    _file_missing,
    _poll_open,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__.strip("_"))
def test_whatever_is_tampered_with_is_named_with_its_place(tamper: Callable[[Published], str]) -> None:
    poll = tampered()
    expected = tamper(poll)
    findings = audited(poll).findings
    assert any(expected in one for one in findings), findings


@settings(max_examples=100)
@given(st.data())
def test_no_byte_of_a_poll_changes_unseen(data: st.DataObject) -> None:
    poll = tampered()
    name = data.draw(st.sampled_from(sorted(poll.files)))
    at = data.draw(st.integers(0, len(poll.files[name]) - 1))
    changed = bytearray(poll.files[name])
    changed[at] ^= data.draw(st.integers(1, 255))
    poll.files[name] = bytes(changed)
    assert audited(poll).findings


JUNK: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}) | st.just([[]])
)


@settings(max_examples=100)
@given(st.data())
def test_no_value_in_a_file_makes_the_audit_break_off_as_if_all_were_well(data: st.DataObject) -> None:
    poll = tampered()
    name = data.draw(st.sampled_from(["manifest.json", "issued.json", "result.json", "log.json"]))
    raw = json.loads(poll.files[name])
    within = data.draw(st.sampled_from(raw)) if isinstance(raw, list) else raw
    field = data.draw(st.sampled_from(sorted(within)))
    before, within[field] = within[field], data.draw(JUNK)
    lines = box_files.log_file([audit_poll.written(one).decode() for one in raw])
    poll.files[name] = lines if name == "log.json" else audit_poll.written(raw)
    assert audited(poll).findings or within[field] == before


def test_a_poll_that_was_given_up_is_not_counted() -> None:
    poll = tampered()
    texts = [one.removesuffix(",") for one in poll.files["log.json"].decode().split("\n")[1:-2]]
    ended = box_files.voided(texts[-1], poll.manifest.vote_to + 1, "somebody\x1b[2J was left off the roll")
    poll.files["log.json"] = box_files.log_file([*texts, ended])
    assert "the poll was given up: somebody" in audited(poll).findings[0]


@pytest.mark.parametrize("method", [one for one in Method if one is not Method.CONSENT])
def test_polls_of_every_method_are_counted_again(method: Method) -> None:
    choices: dict[BallotForm, list[Json]] = {
        BallotForm.SINGLE: [*CHOICES],
        BallotForm.APPROVAL: [["a"], ["a", "b"], [], ["c"], "abstain", ["b", "c"]] * 2,
        BallotForm.RANKED: [["a", "b"], ["b", "a", "c"], ["c"], ["d", "a"], "abstain"] * 2,
        BallotForm.SCORE: [{"a": 5, "b": 0, "c": 1, "d": 1}, {"a": 0, "b": 4, "c": 5, "d": 1}, "abstain"] * 4,
    }
    manifest = a_manifest(method)
    audit = audited(publish(manifest, choices[manifest.form], unused=1))
    assert audit.findings == []


SHARES = st.sampled_from([(1, 2), (2, 3), (1, 4), (3, 4), (1, 1)])


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Json]:
    num, den = draw(SHARES)
    strict = draw(st.booleans()) and num < den
    part, counts = draw(st.none() | SHARES), draw(st.sampled_from(Counts))
    quorum = None if part is None else Quorum(Fraction(*part), counts)
    rule = YesNoRule(Fraction(num, den), strict, draw(st.sampled_from(Basis)), quorum).to_json()
    least = draw(st.none() | st.integers(1, 10))
    return rule if least is None else rule | {"least_for": least}


def _told(manifest: Manifest, choices: list[Json], seed: bytes) -> tuple[Any, Any]:
    raw = json.loads(manifest.to_bytes())
    mine = audit_poll.count(raw, choices, seed) | {"passes": 99, "poll": manifest.poll_hash.hex(), "head": ""}
    return mine, json.loads(result_file(manifest, count_poll(manifest, choices, seed), 99, seed, ""))


WORDS = st.sampled_from(["yes", "no", "abstain"])


@given(rules(), st.lists(WORDS, max_size=24))
def test_yes_and_no_come_to_what_our_rules_say(rule: dict[str, Json], choices: list[Json]) -> None:
    mine, ours = _told(a_manifest(rules=rule), choices, SEED)
    assert mine == ours


OPTIONS = ("a", "b", "c", "d")
ORDERS = [list(order) for length in range(1, 5) for order in permutations(OPTIONS, length)]
SETS = [list(chosen) for length in range(5) for chosen in combinations(OPTIONS, length)]
CHOICES_OF: dict[BallotForm, st.SearchStrategy[Any]] = {
    BallotForm.RANKED: st.sampled_from(ORDERS),
    BallotForm.APPROVAL: st.sampled_from(SETS),
    BallotForm.SCORE: st.integers(0, 6**4 - 1).map(
        lambda number: {one: number // 6**at % 6 for at, one in enumerate(OPTIONS)}
    ),
}
AMONG: list[Method] = [one for one in Method if one not in {Method.MAJORITY, Method.CONSENT}]
BASE = {method: a_manifest(method) for method in AMONG}
SEATED = {method: a_manifest(method, seats=2) for method in (Method.STV, Method.MEEK, Method.APPROVAL, Method.SCORE)}


@pytest.mark.parametrize("method", AMONG)
@given(data=st.data())
@settings(max_examples=80)
def test_choices_among_options_come_to_what_our_methods_say_in_every_round(method: Method, data: st.DataObject) -> None:
    manifest = data.draw(st.sampled_from([BASE[method], SEATED.get(method, BASE[method])]))
    one = st.just("abstain") | CHOICES_OF[manifest.form]
    choices = data.draw(st.lists(one, max_size=24))
    mine, ours = _told(manifest, choices, data.draw(st.binary(min_size=32, max_size=32)))
    assert mine == ours
    audit_poll.margin_of(json.loads(manifest.to_bytes()), mine)


SAFE = [one for one in AMONG if one not in {Method.STV, Method.MEEK}]


@pytest.mark.parametrize("method", SAFE)
@given(data=st.data())
@settings(max_examples=50)
def test_fewer_ballots_than_the_margin_turn_nothing(method: Method, data: st.DataObject) -> None:
    manifest = json.loads(BASE[method].to_bytes())
    one = CHOICES_OF[BASE[method].form]
    choices = data.draw(st.lists(one, min_size=1, max_size=16))
    before = audit_poll.count(manifest, choices, SEED)
    margin = audit_poll.margin_of(manifest, before)
    assert margin is not None
    more = data.draw(st.lists(one, max_size=max(min(margin, 7) - 1, 0)))
    assert audit_poll.count(manifest, [*choices, *more], SEED)["winners"] == before["winners"]


def _run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "audit_poll.py", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_one_file_runs_alone_in_an_empty_folder(tmp_path: Path) -> None:
    shutil.copy(SOURCE, tmp_path)
    HONEST.write(tmp_path / "poll")
    with zipfile.ZipFile(tmp_path / "poll.zip", "w") as archive:
        for name, data in HONEST.files.items():
            archive.writestr(f"poll-7/{name}", data)
    for where in ("poll", "poll.zip"):
        done = _run(tmp_path, where)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("Everything fits.\n")
    (tmp_path / "poll" / "roll.txt").unlink()
    done = _run(tmp_path, "poll")
    assert done.returncode == 6
    assert "FAILED  roll.txt: the file is missing" in done.stdout
    assert _run(tmp_path, "nowhere").returncode == 6


def test_a_large_box_may_come_in_parts(tmp_path: Path) -> None:
    poll = tampered()
    for line in poll.files.pop("box.jsonl").splitlines():
        part = f"box-{box_files.bucket_of(check_record(poll.manifest, line).pass_id)}.jsonl"
        poll.files[part] = poll.files.get(part, b"") + line + b"\n"
    assert audited(poll).findings == []
    poll.files["box-zz.jsonl"] = poll.files.pop(min(one for one in poll.files if one.startswith("box-")))
    assert "belongs into another part" in audited(poll).findings[0]


def test_openssl_checks_a_record_without_our_code(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        skip_or_fail("openssl is not installed")
    shutil.copy(SOURCE, tmp_path)
    HONEST.write(tmp_path / "poll")
    done = _run(tmp_path, "poll", "--openssl", "5", "--into", "my parts")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(["bash", "-ec", done.stdout], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.count("Verified OK") == 2
    checked = check_record(HONEST.manifest, _line(HONEST, 5))
    assert checked.pass_id in ran.stdout
    (tmp_path / "my parts" / "ballot.bin").write_bytes(b"another")
    assert subprocess.run(["bash", "-ec", done.stdout], cwd=tmp_path, capture_output=True, check=False).returncode
    assert "1 to 16" in _run(tmp_path, "poll", "--openssl", "17").stderr


def test_base64_in_another_form_is_another_record() -> None:
    raw = canonical.read(_line(HONEST, 1))
    assert isinstance(raw, dict)
    text = str(raw["sig"])
    # the last character carries bits that no byte uses
    other = text[:-3] + chr(ord(text[-3]) + 1) + "=="
    if base64.b64decode(other) == base64.b64decode(text):
        poll = tampered()
        _put(poll, 1, _line(poll, 1).replace(text.encode(), other.encode()))
        assert "box.jsonl:1: its base64 is not canonical" in audited(poll).findings
