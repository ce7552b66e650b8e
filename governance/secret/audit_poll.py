"""Audit a secret poll from its published files: one file, Python 3.11 and the package ``cryptography``, nothing else.

    python audit_poll.py FOLDER-OR-ZIP            check everything and count again; ends with 0, or 6 if anything fails
    python audit_poll.py FOLDER-OR-ZIP --openssl 7    take record 7 apart for openssl, and print the commands

It reads manifest.json, roll.txt, issued.json, log.json, hashes/*.txt, box.jsonl (or box-00.jsonl to box-ff.jsonl) and
result.json, and a witness's cosigned.json if it is there. It trusts none of them: compare the fingerprint it prints
with the one that was mailed when the poll was announced, and the SHA-256 of the log with the one in the letter about
the result.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import shlex
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

FAILED = 6
MOST_BYTES = 2**31
CONTROL = dict.fromkeys([*range(32), *range(127, 160)], "?")  # nothing in a file may steer the reader's terminal
NOT_OF_ITS_FORM = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
PASS, BALLOT, RECORD = (b"vestry-vote %s v1\n" % what for what in (b"pass", b"ballot", b"record"))
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
ECDSA = ec.ECDSA(hashes.SHA256())
FORMS = {
    "single": {"majority"},
    "approval": {"approval"},
    "score": {"score", "star"},
    "ranked": {"irv", "stv_scottish", "stv_meek", "schulze", "ranked_pairs", "borda"},
}
FACTS: dict[str, set[str]] = {
    "announce": {"poll", "roll_sha256"},
    "freeze": {"passes", "issued_sha256"},
    "open": set(),
    "batch": {"batch", "records", "root"},
    "close": {"batches", "records"},
    "void": {"why"},
}
FOLLOWS = {"announce": [""], "freeze": ["announce"], "open": ["freeze"], "batch": ["open", "batch"]}
FOLLOWS |= {"close": ["open", "batch"], "void": ["announce", "freeze", "open", "batch", "close"]}


# Reading


class Unreadable(Exception):
    """A file that is missing or not in its form, so that what rests on it can't be checked."""


def load(path: Path) -> dict[str, bytes]:
    """Return the files of a folder or a zip by name."""
    if path.is_dir():
        found = [*path.glob("*"), *path.glob("hashes/*.txt")]
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in found if one.is_file()}
    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_BYTES:
            raise Unreadable(f"{path}: unpacked it is larger than any poll.")
        names = [one for one in archive.namelist() if not one.endswith("/")]
        top = min((one.removesuffix("manifest.json") for one in names if one.endswith("manifest.json")), default="")
        return {one.removeprefix(top): archive.read(one) for one in names}


def written(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return JSON in its one form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def canonical(data: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return what JSON in its one form says; ValueError for any other bytes."""

    def refuse(text: str) -> None:
        raise ValueError(f"{text} is no whole number")

    try:
        value = json.loads(data.decode(), parse_float=refuse, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if written(value) != data:
        raise ValueError("it is not canonical: sorted keys, each once, no spaces, no escapes but the needed ones")
    return value


def unbase64(text: str) -> bytes:
    """Return bytes from base64 in its one form; ValueError for any other."""
    data = base64.b64decode(text.encode(), validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("its base64 is not canonical")
    return data


def sha(data: bytes) -> str:
    """Return SHA-256, hex."""
    return sha256(data).hexdigest()


# A record


class Cast(NamedTuple):
    """A ballot that passed every check, and where it stands."""

    where: str
    record: str
    its_pass: str
    seq: int
    choice: Any


class Parts(NamedTuple):
    """A record taken apart."""

    ballot: str
    pass_sigs: list[bytes]
    pk: bytes
    sig: bytes
    input_msg: bytes


def parts_of(line: bytes, poll: str) -> Parts:
    """Return the parts of a record; ValueError if it is not in its form."""
    raw = canonical(line)
    if not isinstance(raw, dict) or raw.keys() != {"ballot", "pass_sigs", "pk", "prefix", "sig"}:
        raise ValueError("it is no record")
    pk, prefix, sig = (unbase64(raw[name]) for name in ("pk", "prefix", "sig"))
    if (len(pk), len(prefix), len(sig)) != (65, 32, 64) or not isinstance(raw["ballot"], str):
        raise ValueError("its key, its prefix or its signature has the wrong length")
    sigs = [unbase64(one) for one in raw["pass_sigs"]]
    return Parts(raw["ballot"], sigs, pk, sig, prefix + PASS + bytes.fromhex(poll) + pk)


def check_record(manifest: dict[str, Any], poll: str, line: bytes, where: str) -> Cast:
    """Return a ballot, or raise ValueError that says which check it fails."""
    parts = parts_of(line, poll)
    ballot = canonical(parts.ballot.encode())
    if not isinstance(ballot, dict) or ballot.keys() != {"choice", "pass", "poll", "seq"}:
        raise ValueError("its ballot is not a choice, a pass, a poll and a number")
    if ballot["poll"] != poll:
        raise ValueError("the ballot was made for another poll")
    if ballot["pass"] != sha(parts.input_msg):
        raise ValueError("the ballot names another pass than the one it comes with")
    if type(ballot["seq"]) is not int or not 1 <= ballot["seq"] <= manifest["max_seq"]:
        raise ValueError("the number of the ballot is out of range")
    if not is_offered(manifest, ballot["choice"]):
        raise ValueError("the poll does not offer this choice")
    keys = [key_of(one["spki"]) for one in manifest["registrars"]]
    if len(keys) != len(parts.pass_sigs):
        raise ValueError("the pass is not signed by every registrar")
    try:
        for key, signature in zip(keys, parts.pass_sigs, strict=True):
            key.verify(signature, parts.input_msg, PSS, hashes.SHA384())
    except InvalidSignature:
        raise ValueError("the pass is not signed by the registrar") from None
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), parts.pk)
    try:
        point.verify(der(parts.sig), BALLOT + parts.ballot.encode(), ECDSA)
    except InvalidSignature:
        raise ValueError("the ballot is not signed with the key of its pass") from None
    record = sha(RECORD + parts.input_msg + parts.ballot.encode())
    return Cast(where, record, ballot["pass"], ballot["seq"], ballot["choice"])


@cache
def key_of(spki: str) -> rsa.RSAPublicKey:
    """Return a registrar's key; ValueError if it is none."""
    key = load_der_public_key(unbase64(spki))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("it is no RSA key")
    return key


def der(raw: bytes) -> bytes:
    """Return r ‖ s as other programs read it."""
    return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))


def is_offered(manifest: Mapping[str, Any], choice: object) -> bool:
    """Return whether a choice is one that the poll offers, in the one form of its kind."""
    ids, form = [one["id"] for one in manifest["options"]], manifest["form"]
    if choice == "abstain":
        return bool(manifest["abstain"])
    if form == "single":
        return choice in ids
    if form == "score":
        if not isinstance(choice, dict) or choice.keys() != set(ids):
            return False
        return all(type(one) is int and 0 <= one <= manifest["max_score"] for one in choice.values())
    if not isinstance(choice, list) or not all(isinstance(one, str) and one in ids for one in choice):
        return False
    if form == "approval":
        return choice == sorted(set(choice))
    return bool(choice) and len(set(choice)) == len(choice)


# The eight steps


class Audit:
    """The steps of an audit, in order, with everything that does not fit."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Take the files by name."""
        self.files = files
        self.findings: list[str] = []
        self.told: list[str] = []
        self.manifest: dict[str, Any] = {}
        self.poll = ""
        self.head = ""

    def run(self) -> None:
        """Check everything that can be checked: a file that can't be read is a finding, and stops what rests on it."""
        try:
            self._manifest()
            log = self._log()
            self._roll(log[0])
            issued = self._issued(log)
            cast = self._records()
            batches = self._batches(log, {one.record: one.where for one in cast})
            self._result(self._last(cast, batches), issued, len(cast))
        except Unreadable as reason:
            self.findings.append(str(reason))
        except NOT_OF_ITS_FORM as error:
            # whatever a hostile file makes of us, it must not look like a poll that fits
            self.findings.append(f"a file is not in its form, so the audit could not go on: {error!r}")

    def finding(self, where: str, what: str) -> None:
        """Note what does not fit, and where."""
        self.findings.append(f"{where}: {what}")

    def file(self, name: str) -> bytes:
        """Return a file, or stop."""
        if name not in self.files:
            raise Unreadable(f"{name}: the file is missing")
        return self.files[name]

    def json(self, name: str, keys: set[str]) -> dict[str, Any]:
        """Return the object in a file, or stop."""
        try:
            raw = canonical(self.file(name))
        except ValueError as error:
            raise Unreadable(f"{name}:1: {error}") from None
        if not isinstance(raw, dict) or not keys <= raw.keys():
            raise Unreadable(f"{name}:1: it lacks one of {', '.join(sorted(keys))}")
        return raw

    def _manifest(self) -> None:
        names = "abstain form lot max_score max_seq method min_passes options registrars roll_sha256 roll_size rsa_bits"
        names += " rules seats issue_from issue_to vote_from vote_to title"
        self.manifest = manifest = self.json("manifest.json", set(names.split()))
        self.poll = sha(self.files["manifest.json"])
        mark = " ".join(self.poll[at : at + 4] for at in range(0, 20, 4))
        self.told += [f"poll          {manifest['title']}", f"fingerprint   {mark}   (compare with the mail)"]
        if manifest["method"] not in FORMS.get(manifest["form"], set()):
            raise Unreadable("manifest.json:1: ballots of this form are not counted by this method")
        for one in manifest["registrars"]:
            try:
                key = key_of(one["spki"])
            except (ValueError, KeyError, TypeError) as error:
                raise Unreadable(f"manifest.json:1: a registrar's key can't be read: {error}") from None
            if key.key_size != manifest["rsa_bits"] or key.public_numbers().e != 65537:
                self.finding("manifest.json:1", f"the key of {one['name']} has not the size or the exponent announced")

    def _log(self) -> list[dict[str, Any]]:
        """Step 1: the chain is unbroken, and the order is announce, freeze, open, batches, close."""
        lines = self.file("log.json").decode("utf-8", "replace").split("\n")
        if len(lines) < 4 or (lines[0], *lines[-2:]) != ("[", "]", ""):
            raise Unreadable("log.json: it is no array with an entry a line")
        entries: list[dict[str, Any]] = []
        kind, prev, earliest = "", "0" * 64, 0
        for number, line in enumerate(lines[1:-2], 2):
            comma = "" if number == len(lines) - 2 else ","
            text = line.removesuffix(comma)
            try:
                if not line.endswith(comma):
                    raise ValueError("no comma follows it")
                one = canonical(text.encode())
                if one.keys() != {"at", "kind", "prev"} | FACTS[one["kind"]] or type(one["at"]) is not int:
                    raise ValueError("it is no entry")
            except (ValueError, KeyError, AttributeError, TypeError) as error:
                raise Unreadable(f"log.json:{number}: the entry can't be read: {error}") from None
            if one["prev"] != prev:
                self.finding(f"log.json:{number}", "the chain is broken: it does not name the entry before it")
            if kind not in FOLLOWS[one["kind"]] or one["at"] < earliest:
                self.finding(f"log.json:{number}", f"{one['kind']} does not come after {kind or 'nothing'}")
            bound = {"freeze": "issue_to", "open": "vote_from", "close": "vote_to"}.get(one["kind"])
            if bound and one["at"] < self.manifest[bound]:
                self.finding(f"log.json:{number}", f"{one['kind']} is earlier than announced")
            kind, prev, earliest = one["kind"], sha(text.encode()), one["at"]
            entries.append(one)
        if kind == "void":
            raise Unreadable(f"log.json:{len(lines) - 2}: the poll was given up: {entries[-1]['why']}")
        if kind != "close":
            raise Unreadable(f"log.json:{len(lines) - 2}: the poll is not closed, so nothing can be counted yet")
        self.head = prev
        self.told.append(f"SHA-256 of log {sha(self.files['log.json'])}   (compare with the letter)")
        return entries

    def _roll(self, announced: Mapping[str, Any]) -> None:
        """Step 2: manifest and roll are those that were announced; nobody is twice on the roll."""
        roll = self.file("roll.txt")
        if announced.get("poll") != self.poll:
            self.finding("manifest.json:1", "this is not the manifest that the log announced")
        if not sha(roll) == self.manifest["roll_sha256"] == announced.get("roll_sha256"):
            self.finding("roll.txt", "this is not the roll that was announced")
        seen: dict[str, int] = {}
        lines = roll.decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, 1):
            own, _, member = line.partition(" ")
            if own != str(number) or not member:
                self.finding(f"roll.txt:{number}", "the line is not its number and a member")
            if member in seen:
                self.finding(f"roll.txt:{number}", f"{member} is on line {seen[member]} already")
            seen.setdefault(member, number)
        if len(lines) != self.manifest["roll_size"]:
            self.finding("roll.txt", f"it has {len(lines)} lines, and the manifest says {self.manifest['roll_size']}")

    def _issued(self, log: Sequence[dict[str, Any]]) -> int:
        """Step 3: passes went to numbers on the roll, once each, and are those that were frozen before voting."""
        raw = self.json("issued.json", {"issued", "poll"})
        frozen, numbers = log[1], raw["issued"]
        if not isinstance(numbers, list) or any(type(one) is not int for one in numbers):
            raise Unreadable("issued.json:1: it is no list of numbers")
        if sha(self.files["issued.json"]) != frozen.get("issued_sha256") or raw["poll"] != self.poll:
            self.finding("issued.json:1", "these are not the numbers that were frozen before voting")
        for one, times in Counter(numbers).items():
            if times > 1 or not 1 <= one <= self.manifest["roll_size"]:
                self.finding("issued.json:1", f"number {one} is there twice, or is not on the roll")
        if len(numbers) != frozen.get("passes"):
            self.finding("issued.json:1", f"it has {len(numbers)} numbers; frozen were {frozen.get('passes')} passes")
        if "cosigned.json" in self.files:
            self._cosigned(numbers)
        if len(numbers) < self.manifest["min_passes"]:
            self.finding("issued.json:1", f"fewer than {self.manifest['min_passes']} passes: the poll is void")
        self.told.append(f"roll          {self.manifest['roll_size']}, of whom {len(numbers)} took a pass")
        return len(numbers)

    def _cosigned(self, issued: Sequence[int]) -> None:
        """Of a poll with a witness, if its list is there: it signed for every number that took a pass, and no other."""
        raw = self.json("cosigned.json", {"cosigned", "poll"})
        if not isinstance(raw["cosigned"], list) or raw["poll"] != self.poll:
            raise Unreadable("cosigned.json:1: it is no list of numbers of this poll")
        for one in issued:
            if one not in raw["cosigned"]:
                self.finding("cosigned.json:1", f"number {one} took a pass, and the witness has signed none for it")
        for one in raw["cosigned"]:
            if one not in issued:
                self.finding("cosigned.json:1", f"the witness signed for number {one}, which is not in issued.json")
        self.told.append(f"witness       signed for {len(raw['cosigned'])} numbers")

    def _box(self) -> Iterator[tuple[str, bytes]]:
        names = ["box.jsonl"] if "box.jsonl" in self.files else sorted(n for n in self.files if n.startswith("box-"))
        if not names:
            raise Unreadable("box.jsonl: the file is missing")
        for name in names:
            lines = self.files[name].split(b"\n")
            if lines.pop():
                self.finding(f"{name}:{len(lines) + 1}", "the last line does not end")
            for number, line in enumerate(lines, 1):
                yield f"{name}:{number}", line

    def _records(self) -> list[Cast]:
        """Step 4: every record is in its form, its pass and its ballot are signed, and the poll offers its choice."""
        cast: list[Cast] = []
        where: dict[str, str] = {}
        for place, line in self._box():
            try:
                one = check_record(self.manifest, self.poll, line, place)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                self.finding(place, str(error))
                continue
            if one.record in where:
                self.finding(place, f"the same ballot stands at {where[one.record]} already")
                continue
            if place.startswith("box-") and not place.startswith(f"box-{one.its_pass[:2]}."):
                self.finding(place, "the ballot belongs into another part of the box")
            where[one.record] = place
            cast.append(one)
        return cast

    def _batches(self, log: Sequence[dict[str, Any]], box: Mapping[str, str]) -> dict[str, int]:
        """Step 5: every batch is the one that was logged when it was sealed, and all of them together are the box."""
        found: dict[str, int] = {}
        entries = [one for one in log if one["kind"] == "batch"]
        for number, entry in enumerate(entries, 1):
            name = f"hashes/{number}.txt"
            data = self.file(name)
            lines = data.decode("ascii", "replace").splitlines()
            if sha(data) != entry["root"] or entry["batch"] != number or entry["records"] != len(lines):
                self.finding(name, "this is not the batch that was logged when it was sealed")
            if lines != sorted(set(lines)):
                self.finding(name, "its lines are not sorted, or one is there twice")
            for at, record in enumerate(lines, 1):
                if record not in box:
                    self.finding(
                        f"{name}:{at}", f"ballot {record[:16]}… was sealed, and the box does not have it whole"
                    )
                if record in found:
                    self.finding(f"{name}:{at}", f"ballot {record[:16]}… is in batch {found[record]} already")
                found.setdefault(record, number)
        for record in sorted(box.keys() - found.keys()):
            self.finding(box[record], f"ballot {record[:16]}… is in the box, and in no batch")
        close = next(one for one in log if one["kind"] == "close")
        if (close["batches"], close["records"]) != (len(entries), sum(one["records"] for one in entries)):
            self.finding("log.json", "the closing entry counts other batches or records than were sealed")
        return found

    def _last(self, cast: Iterable[Cast], batches: Mapping[str, int]) -> list[Any]:
        """Step 6: the highest number of each pass counts; of two that are equal the earlier batch, and it is told."""
        last: dict[str, tuple[tuple[int, int, str], Cast]] = {}
        seen: dict[tuple[str, int], str] = {}
        for one in cast:
            if (one.its_pass, one.seq) in seen:
                same = seen[one.its_pass, one.seq]
                self.finding(one.where, f"the pass has used number {one.seq} twice, first at {same}")
            seen.setdefault((one.its_pass, one.seq), one.where)
            rank = (-one.seq, batches.get(one.record, 0), one.record)
            if one.its_pass not in last or rank < last[one.its_pass][0]:
                last[one.its_pass] = (rank, one)
        return [one.choice for _, one in last.values()]

    def _result(self, choices: list[Any], passes: int, records: int) -> None:
        """Steps 7 and 8: no more ballots than passes, and the same result as published."""
        counted, bound = len(choices), passes - len(choices)
        if bound < 0:
            self.finding("box.jsonl", f"{counted} passes have voted, and only {passes} were issued")
        told = self.json("result.json", {"seed"})
        try:
            seed = bytes.fromhex(told["seed"])
        except (ValueError, TypeError):
            raise Unreadable("result.json:1: the seed of the lots is not written in hexadecimal digits") from None
        if sha(seed) != self.manifest["lot"]:
            self.finding("result.json:1", "the seed of the lots is not the one that was fixed before voting")
        mine = count(self.manifest, choices, seed) | {"head": self.head, "passes": passes, "poll": self.poll}
        for name in sorted(mine.keys() | told.keys()):
            if name not in mine or name not in told or mine[name] != told[name]:
                self.finding("result.json:1", f"{name}: counted again it is {short(mine.get(name))}")
        margin = margin_of(self.manifest, mine)
        names = [one["name"] for one in self.manifest["registrars"]]
        who = f", and only if {' and '.join(names)} join in" if len(names) > 1 else ""
        self.told += [
            f"ballots       {records}, of which {counted} count and {records - counted} were replaced by later ones",
            f"said          {', '.join(f'{name} {votes}' for name, votes in mine['said'].items())}",
            f"result        {mine['verdict']} {' '.join(mine['winners'])}".rstrip(),
            f"stuffing bound = issued - counted = {passes} - {counted} = {bound}{who}",
            f"margin        {'none' if margin is None else margin} ({self._of_margin()})",
        ]
        if margin is not None and margin <= bound:
            self.told.append("WARNING: the margin is not larger than the unused passes.")

    def _of_margin(self) -> str:
        if self.manifest["method"].startswith("stv"):
            return "the closest exclusion: a hint, no more"
        return "with fewer ballots added, the result is the same"


def short(value: object) -> str:
    """Return a value in a line."""
    text = written(value).decode()
    return text if len(text) < 200 else f"{text[:200]}…"


# Counting: the same to the letter as the cooperative's own modules


def count(manifest: Mapping[str, Any], choices: Sequence[Any], seed: bytes) -> dict[str, Any]:
    """Return what ballots come to, as result.json tells it."""
    said = [one for one in choices if one != "abstain"]
    ids, method = [one["id"] for one in manifest["options"]], manifest["method"]
    told: dict[str, Any] = {"counted": len(choices), "seed": seed.hex(), "count": None, "winners": []}
    if method == "majority":
        yes, no = said.count("yes"), said.count("no")
        told["said"] = {"yes": yes, "no": no, "abstain": len(choices) - len(said)}
        return told | {"verdict": verdict_of(manifest, yes, no, len(choices) - len(said))}
    told["said"] = {"chose": len(said), "abstain": len(choices) - len(said)}
    lot = sorted(ids, key=lambda one: sha256(seed + b"|" + one.encode()).digest())
    groups = Counter(tuple(one[name] for name in ids) if isinstance(one, dict) else tuple(one) for one in said)
    told["count"] = COUNTS[method](ids, groups, manifest["seats"], lot) | {"method": method}
    if not has_quorum(manifest, len(said), 0, len(choices) - len(said)):
        return told | {"verdict": "no_quorum"}
    winners = told["count"]["winners"]
    chosen = bool(winners and said)
    return told | {"verdict": "passed" if chosen else "failed", "winners": winners if chosen else []}


def has_quorum(manifest: Mapping[str, Any], yes: int, no: int, abstain: int) -> bool:
    """Return whether enough of the roll took part."""
    quorum = manifest["rules"].get("quorum")
    if not quorum or not quorum["num"]:
        return True
    part = {"yes+no+abstain": yes + no + abstain, "yes+no": yes + no, "yes+abstain": yes + abstain, "yes": yes}
    counts = part[quorum.get("counts", "yes+no+abstain")]
    return bool(counts * quorum["den"] >= manifest["roll_size"] * quorum["num"])


def verdict_of(manifest: Mapping[str, Any], yes: int, no: int, abstain: int) -> str:
    """Return how a vote between yes and no came out: by its quorum, its threshold, and its least number of votes."""
    rules = manifest["rules"]
    if not has_quorum(manifest, yes, no, abstain):
        return "no_quorum"
    of = {"cast": yes + no, "present": yes + no + abstain, "eligible": manifest["roll_size"]}[rules["basis"]]
    share, needed = Fraction(yes), of * Fraction(rules["num"], rules["den"])
    enough = share > needed if rules["strict"] else share >= needed
    return "passed" if enough and yes > 0 and yes >= rules.get("least_for", 0) else "failed"


Ranking = tuple[str, ...]
Rankings = Mapping[Ranking, int]
Told = dict[str, Any]


def result(winners: Sequence[str], rounds: list[Told], **more: Any) -> Told:
    """Return a count as published."""
    return {"winners": list(winners), "rounds": rounds, "order": [], "ties": [], "details": {}} | more


def step(
    event: str, votes: Mapping[str, Any], lost: object = 0, elected: Sequence[str] = (), out: Sequence[str] = ()
) -> Told:
    """Return a round as published."""
    return {"event": event, "votes": dict(votes), "lost": lost, "elected": list(elected), "excluded": list(out)}


def tie(options: Sequence[str], taken: str, how: str = "lot") -> Told:
    """Return a tie as published."""
    return {"options": list(options), "taken": taken, "how": how}


def by_past(tied: Sequence[str], history: Sequence[Mapping[str, int]], lot: Sequence[str], *, lowest: bool) -> Told:
    """Return a tie that earlier rounds decide, the latest first, and a lot only then."""
    left = list(tied)
    for votes in reversed(history):
        wanted = (min if lowest else max)(votes[one] for one in left)
        left = [one for one in left if votes[one] == wanted]
        if len(left) == 1:
            return tie(tied, left[0], "earlier round")
    return tie(tied, (max if lowest else min)(left, key=lot.index))


def by_sums(ids: list[str], sums: Mapping[str, int], seats: int, lot: list[str], event: str, details: Told) -> Told:
    """Count by the highest sums; a lot decides between equal ones at the last seat."""
    order = [[one for one in ids if sums[one] == value] for value in sorted(set(sums.values()), reverse=True)]
    winners: list[str] = []
    ties = []
    for place in order if any(sums.values()) else ():
        free = seats - len(winners)
        if 0 < free < len(place):
            place = sorted(place, key=lot.index)[:free]  # noqa: PLW2901 - what is left of it
            ties.append(tie([one for one in ids if sums[one] == sums[place[0]]], place[0]))
        winners += place if free > 0 else []
    return result(winners, [step(event, sums, elected=winners)], order=order, ties=ties, details=details)


def approval(ids: list[str], groups: Rankings, seats: int, lot: list[str]) -> Told:
    """Count by most approvals."""
    sums = {one: sum(weight for chosen, weight in groups.items() if one in chosen) for one in ids}
    details = {"cast": sum(groups.values()), "blank": groups.get((), 0)}
    return by_sums(ids, sums, seats, lot, "approvals", details)


Scores = Mapping[tuple[int, ...], int]


def score(ids: list[str], groups: Scores, seats: int, lot: list[str]) -> Told:
    """Count by the highest sum of scores."""
    return by_sums(ids, score_sums(ids, groups), seats, lot, "sums", {})


def score_sums(ids: Sequence[str], groups: Scores) -> dict[str, int]:
    """Return the sum of scores of each option."""
    return {one: sum(given[at] * weight for given, weight in groups.items()) for at, one in enumerate(ids)}


def star(ids: list[str], groups: Scores, _seats: int, lot: list[str]) -> Told:
    """Count by scores, then a runoff of the two highest: whichever more voters scored higher."""
    sums = score_sums(ids, groups)
    top = max((max(given) for given in groups), default=0)
    tops = {one: sum(w for given, w in groups.items() if given[at] == top) for at, one in enumerate(ids)}
    order = [[one for one in ids if sums[one] == value] for value in sorted(set(sums.values()), reverse=True)]

    def preferred(one: str, other: str) -> int:
        a, b = ids.index(one), ids.index(other)
        return sum(weight for given, weight in groups.items() if given[a] > given[b])

    ranked, ties = sorted(ids, key=lambda one: -sums[one]), []
    if len(ranked) < 2:
        return result(ranked, [step("sums", sums)], order=order)
    sure = [one for one in ranked if sums[one] > sums[ranked[1]]]
    tied, free = [one for one in ranked if sums[one] == sums[ranked[1]]], 2 - len(sure)
    if len(tied) > free:
        wins = {one: sum(preferred(one, other) > preferred(other, one) for other in tied) for one in tied}
        key = {one: (-wins[one], -tops[one]) for one in tied}
        tied.sort(key=lambda one: key[one])
        if key[tied[free - 1]] == key[tied[free]]:
            tied.sort(key=lambda one: (key[one], lot.index(one)))
            ties.append(tie(tied, tied[free - 1]))
    first, second = pair = sure + tied[:free]
    mine, theirs = preferred(first, second), preferred(second, first)
    neither = sum(groups.values()) - mine - theirs
    winner, how = min(pair, key=lot.index), "lot"
    for what, a, b in (
        ("more top scores", tops[first], tops[second]),
        ("higher sum", sums[first], sums[second]),
        ("", mine, theirs),
    ):
        if a != b:
            winner, how = first if a > b else second, what
    ties += [tie(pair, winner, how)] if how else []
    rounds = [step("sums", sums), step("runoff", {first: mine, second: theirs}, neither)]
    return result([winner], rounds, order=order, ties=ties, details={"no_preference": neither})


def borda(ids: list[str], groups: Rankings, _seats: int, lot: list[str]) -> Told:
    """Count a point for each option that a voter puts below one."""
    sums = dict.fromkeys(ids, 0)
    for ranking, weight in groups.items():
        for at, one in enumerate(ranking, 1):
            sums[one] += (len(ids) - at) * weight
    return by_sums(ids, sums, 1, lot, "points", {})


def pairs_of(ids: Sequence[str], groups: Rankings) -> dict[str, dict[str, int]]:
    """Return how many prefer each option to each other; whoever is not ranked stands below whoever is."""
    pairs = {a: {b: 0 for b in ids if a != b} for a in ids}
    for ranking, weight in groups.items():
        for at, a in enumerate(ranking):
            for b in ids:
                if b not in ranking[: at + 1]:
                    pairs[a][b] += weight
    return pairs


def condorcet(ids: Sequence[str], pairs: Mapping[str, Mapping[str, int]]) -> str | None:
    """Return who beats everybody else."""
    return next((a for a in ids if all(pairs[a][b] > pairs[b][a] for b in ids if a != b)), None)


def places(ids: Sequence[str], is_above: Callable[[str, str], bool]) -> list[list[str]]:
    """Return who has nobody above, then the same of the rest, and so on."""
    left, found = list(ids), []
    while left:
        place = [one for one in left if not any(is_above(other, one) for other in left)]
        found.append(place)
        left = [one for one in left if one not in place]
    return found


def drawn(order: list[list[str]], lot: Sequence[str]) -> tuple[list[str], list[Told]]:
    """Return who comes first, by lot if they are several."""
    if len(order[0]) == 1:
        return order[0], []
    taken = min(order[0], key=lot.index)
    return [taken], [tie(order[0], taken)]


def schulze(ids: list[str], groups: Rankings, _seats: int, lot: list[str]) -> Told:
    """Count by the widest paths of winning votes."""
    pairs = pairs_of(ids, groups)
    paths = {a: {b: votes if votes > pairs[b][a] else 0 for b, votes in pairs[a].items()} for a in ids}
    for via in ids:
        for a in ids:
            for b in ids:
                if len({a, b, via}) == 3:
                    paths[a][b] = max(paths[a][b], min(paths[a][via], paths[via][b]))
    order = places(ids, lambda a, b: a != b and paths[a][b] > paths[b][a])
    winners, ties = drawn(order, lot)
    details = {"pairs": pairs, "paths": paths, "condorcet_winner": condorcet(ids, pairs), "strength": "winning"}
    beaten = {a: sum(paths[a][b] > paths[b][a] for b in ids if a != b) for a in ids}
    rounds = [step("options beaten by widest paths", beaten, elected=winners)]
    return result(winners, rounds, order=order, ties=ties, details=details)


def ranked_pairs(ids: list[str], groups: Rankings, _seats: int, lot: list[str]) -> Told:
    """Lock pairs in, the most winning votes first, unless they close a circle."""
    pairs = pairs_of(ids, groups)
    won = [(a, b) for a in ids for b in ids if a != b and pairs[a][b] > pairs[b][a]]
    strength = {(a, b): (-pairs[a][b], pairs[b][a]) for a, b in won}
    won.sort(key=lambda pair: (strength[pair], lot.index(pair[0]), lot.index(pair[1])))
    below: dict[str, set[str]] = {one: set() for one in ids}
    rounds, ties = [], []
    for value in sorted(set(strength.values())):
        equal = [pair for pair in won if strength[pair] == value]
        free = [f"{a} over {b}" for a, b in equal if a not in below[b]]
        for a, b in equal:
            name = f"{a} over {b}"
            if a in below[b]:
                ties += [tie(free, name)] if name in free else []
                event = f"leave {name}: it would close a circle"
            else:
                for one in [one for one in ids if one == a or a in below[one]]:
                    below[one] |= below[b] | {b}
                event = f"lock {name}"
            rounds.append(step(event, {a: pairs[a][b], b: pairs[b][a]}))
    order = places(ids, lambda a, b: b in below[a])
    winners, by_lot = drawn(order, lot)
    details = {"pairs": pairs, "condorcet_winner": condorcet(ids, pairs)}
    return result(winners, rounds, order=order, ties=ties + by_lot, details=details)


def irv(ids: list[str], groups: Rankings, _seats: int, lot: list[str]) -> Told:
    """Count by instant runoff: whoever has the fewest goes out, until one has a majority of what is left."""
    alive, gone = list(ids), []
    rounds: list[Told] = []
    ties: list[Told] = []
    history: list[dict[str, int]] = []
    event, out = "first preferences", ""
    while True:
        votes, lost = dict.fromkeys(alive, 0), 0
        for ranking, weight in groups.items():
            first = next((one for one in ranking if one in votes), "")
            votes |= {first: votes[first] + weight} if first else {}
            lost += 0 if first else weight
        top = max(alive, key=lambda one: votes[one])
        if not groups:
            return result([], [step(event, votes)])
        has_won = 2 * votes[top] > sum(votes.values()) or len(alive) == 1
        rounds.append(step(event, votes, lost, [top] if has_won else [], [out] if out else []))
        if has_won:
            break
        tied = [one for one in alive if votes[one] == min(votes.values())]
        if len(tied) > 1:
            ties.append(by_past(tied, history, lot, lowest=True))
        out = ties[-1]["taken"] if len(tied) > 1 else tied[0]
        history.append(votes)
        alive.remove(out)
        gone.append(out)
        event = f"exclude {out}"
    rest = sorted((one for one in alive if one != top), key=lambda one: -votes[one])
    return result([top], rounds, order=[[one] for one in (top, *rest, *reversed(gone))], ties=ties)


def decimal(units: int, scale: int) -> str:
    """Return a whole number of 10^-scale as a decimal number."""
    return f"{units // 10**scale}.{units % 10**scale:0{scale}}"


class Stv:
    """What both ways to fill several seats share: who is in, who has what, and what happened."""

    scale: int

    def __init__(self, ids: list[str], groups: Rankings, seats: int, lot: list[str]) -> None:
        """Take the ballots."""
        self.ids, self.groups, self.seats, self.lot = ids, groups, seats, lot
        self.valid, self.one = sum(groups.values()), 10**self.scale
        self.alive, self.elected = list(ids), list[str]()
        self.votes, self.lost = dict.fromkeys(ids, 0), 0
        self.history: list[dict[str, int]] = []
        self.rounds: list[Told] = []
        self.ties: list[Told] = []

    def note(self, event: str, elected: Sequence[str], out: Sequence[str] = ()) -> None:
        """Write a round down."""
        self.history.append(dict(self.votes))
        told = {one: decimal(votes, self.scale) for one, votes in self.votes.items()}
        self.rounds.append(step(event, told, decimal(self.lost, self.scale), elected, out))

    def by_votes(self, some: Iterable[str]) -> list[str]:
        """Return some in order, the most votes first, then by lot."""
        return sorted(some, key=lambda one: (-self.votes[one], self.lot.index(one)))

    def pick(self, some: Sequence[str], *, lowest: bool) -> str:
        """Return who has the fewest or the most votes; of equal ones, by earlier rounds or by lot."""
        wanted = (min if lowest else max)(self.votes[one] for one in some)
        tied = [one for one in some if self.votes[one] == wanted]
        if len(tied) > 1:
            self.ties.append(by_past(tied, self.history[:-1], self.lot, lowest=lowest))
        return str(self.ties[-1]["taken"]) if len(tied) > 1 else tied[0]

    def elect_rest(self) -> None:
        """Elect whoever is left: they are as many as seats."""
        rest = self.by_votes(self.alive)
        self.rounds[-1]["elected"] += rest
        self.elected += rest
        self.alive = []

    def is_over(self) -> bool:
        """Return whether all seats are filled, filling them where that is all that is left to do."""
        if self.valid and self.alive and len(self.alive) <= self.seats - len(self.elected):
            self.elect_rest()
        return not (self.valid and self.alive and len(self.elected) < self.seats)


class Scottish(Stv):
    """SSI 2007/42, rules 46 to 53: a surplus moves every ballot of its candidate, at a value cut to five decimals."""

    scale = 5

    def told(self) -> Told:
        """Count."""
        self.quota = (self.valid // (self.seats + 1) + 1) * self.one
        self.piles: dict[str, list[tuple[Ranking, int, int]]] = {one: [] for one in self.ids}
        self.waiting: list[str] = []
        self.hand_out((ranking, weight, self.one) for ranking, weight in self.groups.items())
        self.close("first preferences")
        while not self.is_over():
            if self.waiting:
                mover = self.pick(self.waiting, lowest=False)
                self.waiting.remove(mover)
                votes, self.votes[mover] = self.votes[mover], self.quota
                surplus, pile, self.piles[mover] = votes - self.quota, self.piles[mover], []
                self.hand_out((ranking, weight, value * surplus // votes) for ranking, weight, value in pile)
                self.close(f"surplus of {mover}")
            else:
                out = self.pick(self.alive, lowest=True)
                self.alive.remove(out)
                pile, self.piles[out], self.votes[out] = self.piles[out], [], 0
                self.hand_out(pile)
                self.close(f"exclude {out}", [out])
        details = {"quota": self.quota // self.one, "valid": self.valid}
        return result(self.elected, self.rounds, ties=self.ties, details=details)

    def hand_out(self, pile: Iterable[tuple[Ranking, int, int]]) -> None:
        """Give each ballot to the next on it who is still in."""
        for ranking, weight, value in pile:
            to = next((one for one in ranking if one in self.alive), None)
            if to is not None and value:
                self.votes[to] += weight * value
                self.piles[to].append((ranking, weight, value))

    def close(self, event: str, out: Sequence[str] = ()) -> None:
        """Elect whoever has reached the quota, and write the round down."""
        reached = self.by_votes(one for one in self.alive if self.valid and self.votes[one] >= self.quota)
        self.alive = [one for one in self.alive if one not in reached]
        self.waiting += [one for one in reached if self.votes[one] > self.quota]
        self.elected += reached
        self.lost = self.valid * self.one - sum(self.votes.values())
        self.note(event, reached, out)


class Meek(Stv):
    """Meek's method (1987): whoever is elected keeps a part of each vote, found by iteration."""

    scale = 9

    def told(self) -> Told:
        """Count."""
        self.keep, self.quota = dict.fromkeys(self.ids, self.one), 0
        self.share_out()
        if self.valid:
            self.note("first preferences", self.settle())
        while not self.is_over():
            out = self.pick(self.alive, lowest=True)
            self.alive.remove(out)
            self.keep[out] = 0
            self.share_out()
            self.note(f"exclude {out}", self.settle(), [out])
        details = {"valid": self.valid, "quota": decimal(self.quota, self.scale)}
        return result(self.elected, self.rounds, ties=self.ties, details=details)

    def share_out(self) -> None:
        """Give each ballot to those on it, each keeping their part of what is left; the quota follows."""
        self.votes, self.lost = dict.fromkeys(self.ids, 0), 0
        for ranking, weight in self.groups.items():
            left = self.one
            for one in ranking:
                kept = -(-left * self.keep[one] // self.one)
                self.votes[one] += kept * weight
                left -= kept
            self.lost += left * weight
        self.quota = sum(self.votes.values()) // (self.seats + 1) + 1

    def settle(self) -> list[str]:
        """Lower the parts of those elected until no surplus is left to speak of; return who was elected on the way."""
        reached: list[str] = []
        before = None
        for _ in range(10_000):
            came = self.by_votes(one for one in self.alive if self.votes[one] >= self.quota)
            came = came[: self.seats - len(self.elected)]
            self.alive = [one for one in self.alive if one not in came]
            self.elected += came
            reached += came
            surplus = sum(max(0, self.votes[one] - self.quota) for one in self.elected)
            stuck = before is not None and surplus >= before and not came
            if len(self.elected) >= self.seats or surplus < 1_000 or stuck:
                break
            before = surplus
            for one in self.elected:
                self.keep[one] = min(self.one, -(-self.keep[one] * self.quota // self.votes[one]))
            self.share_out()
        return reached


COUNTS: dict[str, Callable[[list[str], Any, int, list[str]], Told]] = {
    "approval": approval,
    "score": score,
    "star": star,
    "borda": borda,
    "schulze": schulze,
    "ranked_pairs": ranked_pairs,
    "irv": irv,
    "stv_scottish": lambda *what: Scottish(*what).told(),
    "stv_meek": lambda *what: Meek(*what).told(),
}


# Margins: how many more ballots could turn a result


def margin_of(manifest: Mapping[str, Any], mine: Mapping[str, Any]) -> int | None:
    """Return a number of ballots below which no added ones could have turned the result; None if none ever could.

    Exact between yes and no. Of a choice among options it is the closest decision on the way: fewer added ballots turn
    nothing, so many might. Where seats are filled in proportion it is the closest exclusion or election, a hint only.
    """
    said = mine["said"]
    is_yes_no = manifest["method"] == "majority"
    if not is_yes_no and mine["verdict"] != "no_quorum":
        return closest(manifest, mine["count"]) if mine["winners"] else 1
    votes = (said["yes"], said["no"], said["abstain"]) if is_yes_no else (said["chose"], 0, said["abstain"])

    def decided(yes: int, no: int, abstain: int) -> object:
        sums = (votes[0] + yes, votes[1] + no, votes[2] + abstain)
        return verdict_of(manifest, *sums) if is_yes_no else has_quorum(manifest, *sums)

    now = decided(0, 0, 0)
    for more in range(1, 2 * manifest["roll_size"] + 2):
        sides = [(more, 0, 0), (0, 0, more), *([(0, more, 0)] if is_yes_no else [])]
        if any(decided(*side) != now for side in sides):
            return more
    return None


def closest(manifest: Mapping[str, Any], counted: Told) -> int | None:
    """Return by how many ballots the closest decision of a count among options was made."""
    method, winners, rounds = manifest["method"], counted["winners"], counted["rounds"]
    most = {"score": manifest["max_score"], "star": manifest["max_score"], "borda": len(manifest["options"]) - 1}
    if method in {"schulze", "ranked_pairs"}:
        pairs, first = counted["details"]["pairs"], counted["details"]["condorcet_winner"]
        if first is None:
            return 0
        return min((pairs[first][one] - pairs[one][first] for one in pairs[first]), default=None)
    if method in {"approval", "score", "borda"}:
        sums = rounds[0]["votes"]
        best = max((votes for one, votes in sums.items() if one not in winners), default=None)
        return None if best is None else -((best - min(sums[one] for one in winners)) // most.get(method, 1))
    if method == "star":
        sums = sorted(rounds[0]["votes"].values(), reverse=True)
        gaps = [] if len(rounds) < 2 else [abs(int.__sub__(*rounds[1]["votes"].values()))]
        return min([*gaps, *(-((third - sums[1]) // most["star"]) for third in sums[2:3])], default=None)
    if method == "irv":
        last = rounds[-1]["votes"].values()
        final = 2 * max(last) - sum(last)
        gaps = [low[1] - low[0] for step_ in rounds[:-1] for low in [sorted(step_["votes"].values())]]
        return min([final, *gaps]) if len(rounds[0]["votes"]) > 1 else None
    return closest_seat(rounds)


def closest_seat(rounds: Sequence[Told]) -> int | None:
    """Return the smallest distance between who went out and the next, or who got in last and the best of the rest."""
    gaps, gone = [], set[str]()
    for before, after in pairwise(rounds):
        gone |= {*before["elected"], *before["excluded"]}
        votes = {one: Fraction(each) for one, each in before["votes"].items() if one not in gone}
        gaps += [min(each for one, each in votes.items() if one != out) - votes[out] for out in after["excluded"]]
    last = {one: Fraction(each) for one, each in rounds[-1]["votes"].items() if one not in gone}
    elected = [last.pop(one) for one in rounds[-1]["elected"] if one in last]
    gaps += [min(elected) - max(last.values())] if elected and last else []
    return min((-(-gap // 1) for gap in gaps), default=None)


# One record for openssl


def openssl(audit: Audit, number: int, folder: Path) -> str:
    """Write the parts of a record as files, and return the commands that check its two signatures without our code."""
    audit._manifest()
    lines = [line for _, line in audit._box()]
    if not 1 <= number <= len(lines):
        raise Unreadable(f"The box has records 1 to {len(lines)}.")
    parts = parts_of(lines[number - 1], audit.poll)
    folder.mkdir(exist_ok=True)
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), parts.pk)
    pem = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    files = {
        "input_msg.bin": parts.input_msg,
        "key.pem": point.public_bytes(*pem),
        "ballot.bin": BALLOT + parts.ballot.encode(),
        "ballot.sig": der(parts.sig),
    }
    commands = [
        f"cd {shlex.quote(str(folder))}",
        "openssl dgst -sha256 input_msg.bin   # the pass that the ballot names",
    ]
    for at, (one, signature) in enumerate(zip(audit.manifest["registrars"], parts.pass_sigs, strict=True), 1):
        files |= {f"registrar-{at}.pem": key_of(one["spki"]).public_bytes(*pem), f"pass-{at}.sig": signature}
        options = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -sigopt rsa_mgf1_md:sha384"
        commands.append(
            f"openssl dgst -sha384 -verify registrar-{at}.pem {options} -signature pass-{at}.sig input_msg.bin"
        )
    commands.append("openssl dgst -sha256 -verify key.pem -signature ballot.sig ballot.bin")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return "\n".join([f"# {parts.ballot}", *commands])


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the poll that the command line names; return how to exit."""
    parser = argparse.ArgumentParser(description="Audit a secret poll from its published files.")
    parser.add_argument("poll", type=Path, help="a folder or a zip with the published files")
    parser.add_argument("--openssl", type=int, metavar="N", help="take record N of the box apart for openssl")
    parser.add_argument("--into", type=Path, help="where to put its parts (record-N)")
    asked = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a title in any script, on any terminal
    try:
        audit = Audit(load(asked.poll))
        if asked.openssl is not None:
            print(openssl(audit, asked.openssl, asked.into or Path(f"record-{asked.openssl}")))
            return 0
    except (Unreadable, OSError, zipfile.BadZipFile, *NOT_OF_ITS_FORM) as reason:
        print(f"audit_poll: {reason}".translate(CONTROL), file=sys.stderr)
        return FAILED
    audit.run()
    for line in (*audit.told, *(f"FAILED  {one}" for one in audit.findings)):
        print(line.translate(CONTROL))
    print(f"{len(audit.findings)} findings." if audit.findings else "Everything fits.")
    return FAILED if audit.findings else 0


if __name__ == "__main__":
    sys.exit(main())
