"""The stand-alone verifier: it passes what is sound, refuses everything else, and says what is wrong and where."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

import app.tables  # noqa: F401 - every kind of entry
from app.evidence import verify_evidence
from ledger.kinds import KINDS
from ledger.notes import SignerKey
from ledger.records import canonical
from tests.evidence.folder import Folder

OTHER = SignerKey("vestry.test", b"\x07" * 32)
Change = Callable[[Folder], None]


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier as an auditor runs it: isolated, from the folder itself, with nothing of ours to import."""
    program = [sys.executable, "-I", str(folder / "verify_evidence.py"), str(folder), *arguments]
    return subprocess.run(program, capture_output=True, text=True, cwd="/", check=False)


def test_it_knows_every_kind_of_entry_and_no_other() -> None:
    # a new kind: say in VERBS of app/evidence/verify_evidence.py that it is known, and see what it means for the claims
    assert set(KINDS) == verify_evidence.KINDS


def test_it_imports_nothing_of_ours(small_folder: Path) -> None:
    imports = [line for line in (small_folder / "verify_evidence.py").read_text().splitlines() if "import " in line]
    assert not [line for line in imports if line.split()[1].split(".")[0] in {"app", "governance", "ledger"}]


def test_the_sample_cooperative_s_evidence_passes(sample_evidence: Path) -> None:
    finished = command(sample_evidence)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "Everything fits." in finished.stdout


def test_ten_random_changes_of_the_sample_cooperative_s_evidence_are_refused(sample_files: Folder) -> None:
    assert sample_files.judged()[0] == 0
    random = Random(10)
    for _ in range(10):
        assert mutated(sample_files, random).judged()[0] in {4, 6}


def test_ten_thousand_random_changes_are_refused(small_files: Folder) -> None:
    assert small_files.judged() == (0, small_files.judged()[1])
    random, passed = Random(20261126), []
    for number in range(10_000):
        changed = mutated(small_files, random)
        code, said = changed.judged()
        if code not in {4, 6} or not said:
            passed.append((number, said))
    assert not passed


def mutated(whole: Folder, random: Random) -> Folder:
    """Return the evidence with one random change."""
    while True:
        folder = whole.copy()
        random.choice(CHANGES)(folder, random)
        if folder.files != whole.files:
            return folder


def _named(folder: Folder, random: Random) -> str:
    return random.choice(sorted(folder.files))


def _flip(folder: Folder, random: Random) -> None:
    name = _named(folder, random)
    data = bytearray(folder.files[name])
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    folder.files[name] = bytes(data)


def _lines(folder: Folder, random: Random) -> None:
    """Drop, double, swap or move lines of a file."""
    name = _named(folder, random)
    lines = folder.files[name].splitlines(keepends=True)
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines.insert(other, lines.pop(at))
    folder.files[name] = b"".join(lines)


def _cut(folder: Folder, random: Random) -> None:
    name = _named(folder, random)
    data = folder.files[name]
    start = random.randrange(len(data))
    folder.files[name] = data[:start] + (data[start + random.randrange(1, 40) :] if random.random() < 0.5 else b"")


def _extend(folder: Folder, random: Random) -> None:
    name = _named(folder, random)
    data, more = folder.files[name], random.choice([b"\n", b"{}\n", random.randbytes(random.randrange(1, 40))])
    at = random.choice([len(data), random.randrange(len(data))])
    folder.files[name] = data[:at] + more + data[at:]


def _swap(folder: Folder, random: Random) -> None:
    """Swap two files, or lose one, or add one."""
    one, other = _named(folder, random), _named(folder, random)
    match random.randrange(3):
        case 0:
            folder.files[one], folder.files[other] = folder.files[other], folder.files[one]
        case 1:
            del folder.files[one]
        case _:
            folder.files[random.choice(["more", "batches/1.ndjson", f"{one}.bak"])] = folder.files[other]


def _claim(folder: Folder, random: Random) -> None:
    """Let the service say another figure, or one less, with the sums made to fit."""
    claims = json.loads(folder.files["claims.json"])
    part = random.choice(sorted({*claims} - {"as_of", "withheld"}))
    place: Any = claims
    name: Any = part
    while isinstance(place[name], dict) and place[name]:
        place, name = place[name], random.choice(sorted(place[name]))
    if random.random() < 0.3:
        del place[name]
    elif type(place[name]) is int:
        place[name] += random.choice([-1, 1, 100])
    else:
        place[name] = "something else"
    folder.claim(lambda _: claims)


def _forge(folder: Folder, random: Random) -> None:
    """Change an entry, and sign all anew with another key."""
    lines = folder.lines
    at = random.randrange(len(lines))
    lines[at] = lines[at].replace(b"1", b"2", 1)
    before = folder.files["key"]
    folder.rewrite(lines, OTHER)
    folder.files["key"] = before


CHANGES: list[Callable[[Folder, Random], None]] = [_flip, _flip, _lines, _lines, _cut, _extend, _swap, _claim, _forge]


# Typical faults, each by name. Where the operator cheats, all is signed anew with the service's own key.


def entry_of(folder: Folder, kind: str) -> int:
    return next(n for n, line in enumerate(folder.lines) if json.loads(line)["kind"] == kind)


def _posted(folder: Folder) -> None:
    folder.change(entry_of(folder, "award.exercised"), lambda entry: entry["postings"][0].__setitem__(2, -900))


def _dropped(folder: Folder) -> None:
    folder.rewrite(folder.lines[:7] + folder.lines[8:])


def _unknown(folder: Folder) -> None:
    folder.change(5, lambda entry: entry.update(kind="grant.doubled"))


def _newer(folder: Folder) -> None:
    folder.change(5, lambda entry: entry.update(v=2))


def _spaced(folder: Folder) -> None:
    lines = folder.lines
    lines[9] = lines[9].replace(b'"rows":[', b'"rows": [')
    folder.rewrite(lines)


def _doubled_key(folder: Folder) -> None:
    lines = folder.lines
    lines[9] = lines[9].replace(b'{"actor":', b'{"actor":"usr_mallory","actor":')
    folder.rewrite(lines)


def _backdated(folder: Folder) -> None:
    folder.change(entry_of(folder, "award.exercised"), lambda entry: entry.update(eff="2023-06-02"))


def _undone_twice(folder: Folder) -> None:
    lines = folder.lines
    last = json.loads(lines[entry_of(folder, "journal.reversed")]) | {"n": len(lines)}
    folder.rewrite([*lines, canonical(last)])


def _undone_by_half(folder: Folder) -> None:
    def halve(entry: dict[str, Any]) -> None:
        entry["postings"] = [[path, asset, amount // 2] for path, asset, amount in entry["postings"]]

    folder.change(entry_of(folder, "journal.reversed"), halve)


def _truncated(folder: Folder) -> None:
    folder.files["entries.ndjson"] = b"".join(line + b"\n" for line in folder.lines[:-1])


def _cut_off(folder: Folder) -> None:
    folder.files["entries.ndjson"] = folder.files["entries.ndjson"][:-5]


def _extended(folder: Folder) -> None:
    more = json.loads(folder.lines[-1])
    more["n"] += 1
    folder.files["entries.ndjson"] += canonical(more) + b"\n"


def _reordered(folder: Folder) -> None:
    lines = folder.lines
    lines[6], lines[7] = lines[7], lines[6]
    folder.files["entries.ndjson"] = b"".join(line + b"\n" for line in lines)


def _edited(folder: Folder) -> None:
    folder.files["entries.ndjson"] = folder.files["entries.ndjson"].replace(b"usr_board", b"usr_baord", 1)


def _forked(folder: Folder) -> None:
    folder.kept["kept.txt"] = folder.files["checkpoint"]
    folder.change(3, lambda entry: entry.update(nonce="0" * 32))


def _cut_back(folder: Folder) -> None:
    folder.kept["kept.txt"] = folder.files["checkpoint"]
    folder.rewrite(folder.lines[:-1])


def _signed_by_another(folder: Folder) -> None:
    mine = folder.files["key"]
    folder.rewrite(folder.lines, OTHER)
    folder.files["key"] = mine


def _signature_moved(folder: Folder) -> None:
    size = f"\n{len(folder.lines)}\n".encode()
    folder.files["checkpoint"] = folder.files["checkpoint"].replace(size, f"\n{len(folder.lines) - 1}\n".encode())


def _claimed(folder: Folder) -> None:
    def more(claims: dict[str, Any]) -> dict[str, Any]:
        pools = claims["cap_table"]["pools"]
        return claims | {"cap_table": claims["cap_table"] | {"pools": {id: units + 1 for id, units in pools.items()}}}

    folder.claim(more)


def _row_changed(folder: Folder) -> None:
    name = next(one for one in folder.files if one.startswith("batches/"))
    folder.files[name] = folder.files[name].replace(b'"minutes":250', b'"minutes":950')


def _rubbish(folder: Folder) -> None:
    folder.files["entries.ndjson"] = Random(1).randbytes(5_000) + b"\n"


def _nested(folder: Folder) -> None:
    folder.rewrite([b"[" * 60_000])


def _claims_nothing(folder: Folder) -> None:
    folder.files["claims.json"] = b"[]\n"


def _no_checkpoint(folder: Folder) -> None:
    del folder.files["checkpoint"]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (_posted, 6, ["postings: in UNIT:", "do not cancel out; +100 is left"]),
        (_dropped, 6, ["entry 7, n: it says 8"]),
        (_unknown, 6, ["entry 5, kind: 'grant.doubled' is none that this verifier knows"]),
        (_newer, 6, ["entry 5, v: it is of a version"]),
        (_spaced, 6, ["entry 9: it is not in canonical form", '"body":{"rows":» [["']),
        (_doubled_key, 6, ["entry 9: it is not in canonical form", '{"actor":"usr_»mallory","actor":']),
        (_backdated, 6, ["account award:", "below nothing"]),
        (_undone_twice, 6, ["reverses: entry", "undone already"]),
        (_undone_by_half, 6, ["they are not the opposite of those of entry"]),
        (_truncated, 6, [": it is missing; checkpoint says"]),
        (_cut_off, 6, ["entries.ndjson, line", "the file was cut off"]),
        (_extended, 6, ["it comes after the", "entries that were signed"]),
        (_reordered, 6, ["entry 6, n: it says 7"]),
        (_edited, 6, ["checkpoint, root: it stands for other entries"]),
        (_forked, 6, ["kept.txt, root: it stands for other entries"]),
        (_cut_back, 6, ["kept.txt, size:", "the evidence has"]),
        (_signed_by_another, 6, ["checkpoint: another key signed it, not vestry.test"]),
        (_signature_moved, 6, ["checkpoint, signature of vestry.test: it does not hold"]),
        (_claimed, 6, ["claims.json, cap_table.pools.pln_", "and the entries come to 1,99"]),
        (_row_changed, 6, ["its rows are not those whose root is in entry"]),
        (_rubbish, 6, ["entry 0: it can't be read"]),
        (_nested, 6, ["entry 0: it can't be read"]),
        (_claims_nothing, 6, ["claims.json: it does not say as of which day"]),
        (_no_checkpoint, 4, ["checkpoint is missing"]),
    ],
)
def test_a_fault_is_named(small: Folder, change: Change, code: int, words: list[str]) -> None:
    change(small)
    found, said = small.judged()
    assert found == code
    assert not [one for one in words if one not in said], said


def closing_of(folder: Folder, method: str, outcome: str = "PASSED") -> tuple[int, str]:
    """Return the entry that closed a vote counted by a method, and the name of the vote's file."""
    for n, line in enumerate(folder.lines):
        entry = json.loads(line)
        if entry["kind"] == "vote.closed" and entry["body"]["rows"][0][1]["outcome"] == outcome:
            name = f"votes/{entry['body']['rows'][0][1]['proposal']}.jsonl"
            if f'"method":"{method}"'.encode() in folder.files[name]:
                return n, name
    raise AssertionError(method)


def _vote_changed(folder: Folder) -> None:
    _, name = closing_of(folder, "majority")
    folder.files[name] = folder.files[name].replace(b'"times":', b'"times":1', 1)


def _ballots_bent(folder: Folder, method: str, change: Callable[[bytes], bytes]) -> None:
    n, name = closing_of(folder, method)
    folder.files[name] = change(folder.files[name])
    digest = sha256(folder.files[name]).hexdigest()
    folder.change(n, lambda entry: entry["body"]["rows"][0][1].update(audit=digest))


def _votes_bent(folder: Folder) -> None:
    _ballots_bent(folder, "majority", lambda data: data.replace(b'"choice":"yes"', b'"choice":"no"'))


def _winner_bent(folder: Folder) -> None:
    """Another one of the candidates is told as elected, in the file and in the entry."""
    n, name = closing_of(folder, "stv_scottish")
    won = json.loads(folder.lines[n])["body"]["rows"][0][1]["winners"]
    named = json.loads(folder.files[name].splitlines()[0])["vote"]["options"]
    lost = next(one["key"] for one in named if one["key"] not in won)
    before, after = (canonical(some) for some in (won, [*won[:-1], lost]))
    _ballots_bent(folder, "stv_scottish", lambda data: data.replace(b'"winners":' + before, b'"winners":' + after))
    lines = folder.lines
    lines[n] = lines[n].replace(before, after)
    folder.rewrite(lines)


def _vote_forgotten(folder: Folder) -> None:
    """A voter's ballot is told as another one's, so that one voter less took part."""
    n, name = closing_of(folder, "majority")
    of = name.removeprefix("votes/").removesuffix(".jsonl").encode()
    cast = [at for at, line in enumerate(folder.lines[:n]) if b'"ballot_cast"' in line and of in line]
    one, other = (json.loads(folder.lines[at])["body"]["rows"][0][1]["member"] for at in cast[:2])
    folder.change(cast[0], lambda entry: entry["body"]["rows"][0][1].update(member=other if one != other else "hld_1"))


def _policy_by_nobody(folder: Folder) -> None:
    last = max(n for n, line in enumerate(folder.lines) if b'"kind":"policy.adopted"' in line)
    folder.change(last, lambda entry: entry["body"]["rows"][0][1].pop("proposal"))


def _policy_claimed(folder: Folder) -> None:
    def later(claims: dict[str, Any]) -> dict[str, Any]:
        for one in claims["policies"].values():
            one["version"] += 1
        return claims

    folder.claim(later)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_vote_changed, ["votes/prp_", "it is not the file whose hash entry"]),
        (_votes_bent, ["the closing of prp_", "result.chambers.0.no: it says"]),
        (_winner_bent, ["the closing of prp_", "result.winners.", 'it says "hld_provider']),
        (_vote_forgotten, ["turnout: it says", "members cast a ballot"]),
        (_policy_by_nobody, ["proposal: it rests on no vote, and there were members"]),
        (_policy_claimed, ["claims.json, policies.", "version: it says"]),
    ],
)
def test_a_fault_of_a_vote_or_a_policy_is_named(sample_files: Folder, change: Change, words: list[str]) -> None:
    bent = sample_files.copy()
    change(bent)
    found, said = bent.judged()
    assert found == 6
    assert not [one for one in words if one not in said], said


def test_a_checkpoint_that_was_kept_is_a_prefix(small: Folder) -> None:
    kept = small.copy()
    kept.rewrite(kept.lines[:9])
    small.kept["kept.txt"] = kept.files["checkpoint"]
    code, said = small.judged(str(small.key.verifier))
    assert code == 0
    assert "kept.txt: the first 9 entries are what was signed then" in said


def test_the_key_that_somebody_had_from_elsewhere_counts(small: Folder) -> None:
    small.rewrite(small.lines, OTHER)
    assert small.judged()[0] == 0
    code, said = small.judged(str(small.key.verifier))
    assert (code, "another key signed it" in said) == (6, True)


def test_no_folder_and_no_file_are_said_to_be_none(small_folder: Path, tmp_path: Path) -> None:
    shutil.copy(small_folder / "verify_evidence.py", tmp_path)
    for arguments, words in (((), "checkpoint is missing"), (("--checkpoint", "/no/such"), "No such file")):
        finished = command(tmp_path if not arguments else small_folder, *arguments)
        assert (finished.returncode, finished.stdout) == (4, "")
        assert words in finished.stderr or "missing" in finished.stderr
        assert "Traceback" not in finished.stderr
