"""Verify the record of a cooperative from its evidence alone: one file, Python 3.11 and the package ``cryptography``.

    python verify_evidence.py FOLDER [--key KEY] [--checkpoint FILE]…

The folder is what ``vestry export evidence FOLDER`` wrote. The service and its programs are not needed, and nothing
they say is believed: every figure in ``claims.json`` is reckoned again from the entries, and the entries are held
against the signed root. Give the key and the checkpoints that *you* kept earlier; the folder's own key proves only that
its files belong together.

Ends with 0 if everything fits, with 6 if anything does not (the first of it is named), with 4 if it can't be read.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from io import BufferedIOBase
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

UNREADABLE, WRONG = 4, 6
FORMAT = "vestry-evidence/1"
MOST_BYTES, MOST_NUMBER, CHUNK = 64 * 1024, 2**53 - 1, 1 << 20
CONTROL = dict.fromkeys([*range(32), *range(127, 160)], "?")  # nothing in a file may steer the reader's terminal
NOT_OF_ITS_FORM = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

NO_FLOOR = {"charter", "book", "collective"}
ROLES = NO_FLOOR | {"unissued", "pool", "award", "certificate", "treasury", "undelivered", "allocable", "capital"}
MAY_BE_WITHHELD = {"ballot", "delivery", "poll_issued", "poll_number", "poll_record"}
"""Batches that tell what is nobody's business; of these only number and root need to be there."""

VERBS = {
    "award": "exercised expired settled",
    "ballot": "cast",
    "candidate": "stood stood_down",
    "capital": "exit_promised paid_in redeemed",
    "class": "adjusted authorised ratio_set split",
    "comment": "moderated said",
    "company": "figure_stated",
    "dispute": "opened stepped",
    "engagement": "changed",
    "grant": "approved drafted issued repriced valued",
    "holder": "added cause_confirmed cause_overturned engaged erased identified left",
    "issuer": "registered",
    "journal": "reversed",
    "layoff": "filed viewed withdrawn",
    "loss": "shared",
    "member": "admitted left",
    "note": "converted issued",
    "ocf": "kept",
    "patronage": "check_cashed consented declared granted previewed",
    "period": "close_asked closed",
    "petition": "expired opened reached",
    "plan": "adjusted adopted",
    "policy": "adopted",
    "poll": "announced batch settled taken_in",
    "proposal": "amended announced drafted enacted objected published reviewed stance_withdrawn wanted withdrawn",
    "roll": "conflict_declared copied",
    "seat": "created filled vacated",
    "security": "accepted cancelled consolidated converted reissued repurchased retracted transferred",
    "sessions": "corrected council_served delivered imported leave_taken policy_set threshold_set",
    "solvency": "stated",
    "statement": "answered",
    "stock": "issued",
    "surplus": "stated",
    "valuation": "recorded",
    "vesting": "accelerated milestone paused resumed",
    "vote": "closed",
    "warrant": "exercised issued",
}
KINDS = {f"{noun}.{verb}" for noun, verbs in VERBS.items() for verb in verbs.split()}
"""What an entry can be; one of another kind may mean anything, so the verifier that knows it has to be used."""

Files = Mapping[str, Callable[[], BufferedIOBase]]
"""Name in the folder to what opens it."""


class Unreadable(Exception):
    """It is no evidence, or a file of it is missing or not in its form."""


class Misfit(Exception):
    """The first thing that does not fit."""


# Reading


def files_in(folder: Path) -> Files:
    """Return what opens each file of a folder and of the folders in it."""
    if not folder.is_dir():
        raise Unreadable(f"there is no folder {folder}")
    found = [one for one in sorted(folder.rglob("*")) if one.is_file() and "__pycache__" not in one.parts]
    return {one.relative_to(folder).as_posix(): lambda one=one: one.open("rb") for one in found}  # type: ignore[misc]


def read(files: Files, name: str) -> bytes:
    """Return a whole file."""
    if name not in files:
        raise Unreadable(f"{name} is missing")
    with files[name]() as file:
        return file.read()


def written(value: object) -> str:
    """Return JSON in its one form."""
    return ENCODER.encode(value)


def canonical(text: str, where: str) -> Any:  # noqa: ANN401 - JSON
    """Return what JSON in its one form says."""
    try:
        value, end = DECODER.raw_decode(text)
        if end == len(text) and written(value) == text:
            return value
        wrong = "it is not in canonical form: sorted keys, each once, no spaces, nothing after it"
    except NOT_OF_ITS_FORM as error:
        wrong = f"it can't be read: {error}"
    raise Misfit(f"{where}: {wrong}")


def whole(text: str) -> int:
    """Return a whole number below 2^53 in size: the only numbers there are."""
    number = int(text)
    if -MOST_NUMBER <= number <= MOST_NUMBER:
        return number
    raise ValueError(f"{text[:20]} is too large to be exact")


def no_number(text: str) -> None:
    """Refuse what is no whole number."""
    raise ValueError(f"{text[:20]} is no whole number")


DECODER = json.JSONDecoder(parse_int=whole, parse_float=no_number, parse_constant=no_number)
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def lines_of(files: Files, name: str) -> Iterator[list[bytes]]:
    """Yield the lines of a file, some thousands at a time; each must end."""
    if name not in files:
        raise Unreadable(f"{name} is missing")
    with files[name]() as file:
        rest, count = b"", 0
        while chunk := file.read(CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            count += len(lines)
            if len(rest) > MOST_BYTES:
                raise Misfit(f"{name}, line {count + 1}: it is longer than any entry may be")
            yield lines
    if rest:
        raise Misfit(f"{name}, line {count + 1}: it does not end; the file was cut off")


# Hash tree (RFC 6962)


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


class Tree:
    """The roots of the perfect subtrees over the leaves so far, by height."""

    def __init__(self) -> None:
        """Begin with no leaf."""
        self.left: list[bytes | None] = []

    def add(self, hashes: Sequence[bytes]) -> None:
        """Append leaves."""
        level, height = list(hashes), 0
        while level:
            if height == len(self.left):
                self.left.append(None)
            waiting = self.left[height]
            if waiting is not None:
                level.insert(0, waiting)
            self.left[height] = level.pop() if len(level) % 2 else None
            pairs = zip(level[::2], level[1::2], strict=True)
            level = [sha256(b"\x01" + a + b).digest() for a, b in pairs]
            height += 1

    def root(self) -> bytes:
        """Return the hash that stands for all leaves."""
        node: bytes | None = None
        for one in self.left:
            if one is not None:
                node = one if node is None else sha256(b"\x01" + one + node).digest()
        return sha256(b"").digest() if node is None else node


# Signed notes (C2SP signed-note, tlog-checkpoint)


class Key(NamedTuple):
    """Who signs, and the key to check it with."""

    name: str
    id: bytes
    public: bytes


class Checkpoint(NamedTuple):
    """So many entries, and the root that stands for them."""

    where: str
    size: int
    root: bytes


def unbase64(text: str, where: str) -> bytes:
    """Return bytes from base64 in its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise Misfit(f"{where}: it is not base64")
    return data


def key_of(text: str, where: str) -> Key:
    """Return a key that is written ``name+hash+base64``."""
    name, _, rest = text.strip().partition("+")
    digits, _, encoded = rest.partition("+")
    data = unbase64(encoded, f"{where}, the key")
    if not name or len(data) != 33 or data[0] != 1:
        raise Misfit(f"{where}: it is not an Ed25519 key, written name+hash+base64")
    id = sha256(name.encode() + b"\n" + data).digest()[:4]
    if id.hex() != digits:
        raise Misfit(f"{where}: the key's hash is {id.hex()}, and it says {digits[:20]}")
    return Key(name, id, data[1:])


def checkpoint_of(data: bytes, key: Key, where: str) -> Checkpoint:
    """Return what a checkpoint says that a key signed."""
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise Misfit(f"{where}: it is no checkpoint, not even text") from None
    text, gap, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) < 3 or not signatures.endswith("\n") or "" in lines:
        raise Misfit(f"{where}: it is no checkpoint: origin, number, root, an empty line, signatures")
    if not is_signed(text + "\n", signatures.splitlines(), key, where):
        raise Misfit(f"{where}: another key signed it, not {key.name} {key.id.hex()}")
    if lines[0] != key.name:
        raise Misfit(f"{where}, origin: it is of the log {lines[0]}, not of {key.name}")
    if not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1], re.ASCII):
        raise Misfit(f"{where}, size: {lines[1][:40]} is no number of entries")
    return Checkpoint(where, int(lines[1]), unbase64(lines[2], f"{where}, root"))


def is_signed(text: str, signatures: Sequence[str], key: Key, where: str) -> bool:
    """Return whether a key signed a text; a signature of its own that does not hold is a fault."""
    for line in signatures:
        dash, name, encoded = (*line.split(" "), "", "")[:3]
        data = unbase64(encoded, f"{where}, signature of {name[:60]}")
        if dash != "\u2014" or len(data) < 5:
            raise Misfit(f"{where}: this is no line of a signature: {line[:60]}")
        if (name, data[:4]) == (key.name, key.id):
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(data[4:], text.encode())
            except (InvalidSignature, ValueError):
                raise Misfit(f"{where}, signature of {name}: it does not hold; the text was changed") from None
            return True
    return False


# The ledger


class Made(NamedTuple):
    """A record that an entry makes."""

    n: int
    on: str
    fields: dict[str, Any]


class Batch(NamedTuple):
    """Rows that stand beside an entry, of which the entry holds number and root."""

    n: int
    of: str
    rows: int
    root: str


class Account:
    """What moves on an account, by day."""

    __slots__ = ("asset", "days")

    def __init__(self, asset: str) -> None:
        """Open it."""
        self.asset = asset
        self.days: dict[str, int] = {}

    def held(self, on: str) -> int:
        """Return what it holds at the end of a day."""
        return sum(units for day, units in self.days.items() if day <= on)


FIELDS = ["actor", "at", "authority", "body", "eff", "kind", "n", "nonce", "postings", "reverses", "v"]
TEXT, LEG = r'"[^"\\]*"', r'\["([a-z]+:[^"\\]+)","([^"\\]+)",(-?[1-9][0-9]{0,15})\]'
PLAIN = re.compile(
    rf'\{{"actor":{TEXT},"at":[1-9][0-9]{{0,15}},"authority":{TEXT},"body":(\{{.*\}}),'
    r'"eff":"([0-9]{4}-[0-9]{2}-[0-9]{2})","kind":"([a-z_.]+)","n":(0|[1-9][0-9]{0,15}),"nonce":"[0-9a-f]{32}",'
    rf'"postings":\[((?:{LEG.replace("(", "(?:")}(?:,(?=\[))?)*)\],"reverses":(null|0|[1-9][0-9]{{0,15}}),"v":1\}}',
    re.ASCII,
)
"""An entry in canonical form but for its body and its postings, which are looked at by themselves. So most entries need
not be taken apart whole; any that this does not fit is, and that says what is wrong with it."""
LEGS = re.compile(LEG, re.ASCII).findall

Posting = tuple[str, str, int | str]
"""Account, asset, and how much."""

Entry = tuple[dict[str, Any], str, str, int, list[Posting], int | None, str]
"""Body, day, kind, number, postings, the entry that it undoes, and the text of the body."""


class Ledger:
    """Everything that the entries say, read once in their order."""

    def __init__(self, marks: Iterable[Checkpoint], wanted: Iterable[str]) -> None:
        """Begin with no entry.

        Args:
            marks: Checkpoints; the last one is the largest.
            wanted: Names of the records to keep.
        """
        self.marks = sorted(marks, key=lambda one: one.size)
        self.tree, self.size, self.postings = Tree(), 0, 0
        self.accounts: dict[str, Account] = {}
        self.records: dict[str, list[Made]] = {name: [] for name in wanted}
        self.batches: dict[int, Batch] = {}
        self.undone: dict[int, tuple[int, Entry]] = {}
        self.days: dict[str, str] = {}

    def read(self, files: Files) -> None:
        """Read all entries, or raise what first does not fit."""
        self._reach()
        for lines in lines_of(files, "entries.ndjson"):
            at = 0
            while at < len(lines):
                room = next((one.size - self.size for one in self.marks if one.size > self.size), None)
                if room is None:
                    raise Misfit(f"entry {self.size}: it comes after the {self.size:,} entries that were signed")
                some = lines[at : at + min(room, 2000)]
                self._take(some)
                self._reach()
                at += len(some)
        missing = next((one for one in self.marks if one.size > self.size), None)
        if missing is not None:
            raise Misfit(
                f"entry {self.size}: it is missing; {missing.where} says {missing.size:,} entries, "
                f"and {self.size:,} are there"
            )
        self._reversals(files)
        self._floors()

    def _reach(self) -> None:
        for one in self.marks:
            if one.size == self.size and one.root != self.tree.root():
                root, said = self.tree.root().hex(), one.root.hex()
                raise Misfit(
                    f"{one.where}, root: it stands for other entries: {said[:16]}… was signed, and the first "
                    f"{self.size:,} entries make {root[:16]}…"
                )

    def _take(self, lines: list[bytes]) -> None:
        entries: list[Entry] = []
        wrong: Misfit | None = None
        try:
            for n, line in enumerate(lines, self.size):
                entries.append(read_entry(line, n))
        except Misfit as misfit:
            wrong = misfit
        # the bodies' one form, all at once: to write them one by one takes twice as long
        if written([one[0] for one in entries]) != f"[{','.join([one[6] for one in entries])}]":
            for n, one in enumerate(entries, self.size):
                canonical(one[6], f"entry {n}, body")
        for one in entries:
            self._entry(one)
        if wrong is not None:
            raise wrong
        self.tree.add([sha256(b"\x00" + line).digest() for line in lines])

    def _entry(self, said: Entry) -> None:
        body, eff, kind, number, postings, reverses, _ = said
        n = self.size
        if number != n:
            raise Misfit(f"entry {n}, n: it says {number}; entries are numbered without gaps")
        if kind not in KINDS:
            raise Misfit(f"entry {n}, kind: {kind!r} is none that this verifier knows")
        if eff not in self.days:
            self.days[eff] = day(eff, f"entry {n}, eff")
        if postings:
            self._post(n, self.days[eff], postings)
        if body:
            self._records(n, eff, body)
        if reverses is not None:
            if not 0 <= reverses < n or reverses in self.undone:
                raise Misfit(f"entry {n}, reverses: entry {reverses} can't be undone by it, or is undone already")
            self.undone[reverses] = (n, said)
        self.size = n + 1

    def _post(self, n: int, eff: str, postings: Sequence[Posting]) -> None:
        sums: dict[str, int] = {}
        for path, asset, told in postings:
            amount = int(told)
            account = self.accounts.get(path)
            if account is None:
                if path.partition(":")[0] not in ROLES:
                    raise Misfit(f"entry {n}, postings: {path} is no account that this verifier knows")
                account = self.accounts[path] = Account(asset)
            elif account.asset != asset:
                raise Misfit(f"entry {n}, postings: {path} holds {account.asset}, and {asset} is posted to it")
            days = account.days
            days[eff] = days.get(eff, 0) + amount
            sums[asset] = sums.get(asset, 0) + amount
        for asset, amount in sums.items():
            if amount:
                raise Misfit(f"entry {n}, postings: in {asset} they do not cancel out; {amount:+,} is left")
        self.postings += len(postings)

    def _records(self, n: int, eff: str, body: Mapping[str, Any]) -> None:
        try:
            for name, fields in body.get("rows", ()):
                if name in self.records:
                    self.records[name].append(Made(n, eff, {**fields}))
            if "batch" in body:
                batch = body["batch"]
                self.batches[n] = Batch(n, batch["of"], batch["count"], batch["root"])
        except NOT_OF_ITS_FORM as error:
            raise Misfit(f"entry {n}, body: its records can't be read: {error}") from None

    def _reversals(self, files: Files) -> None:
        if not self.undone:
            return
        n = 0
        for lines in lines_of(files, "entries.ndjson"):
            for line in lines:
                if n in self.undone:
                    (by, mine), theirs = self.undone[n], read_entry(line, n)
                    opposite = [(path, asset, -int(amount)) for path, asset, amount in theirs[4]]
                    if [(path, asset, int(amount)) for path, asset, amount in mine[4]] != opposite:
                        raise Misfit(f"entry {by}, postings: they are not the opposite of those of entry {n}")
                    if theirs[1] != mine[1] or theirs[5] is not None:
                        raise Misfit(f"entry {by}, reverses: entry {n} is of another day, or undoes one itself")
                n += 1

    def _floors(self) -> None:
        for path, account in self.accounts.items():
            if path.partition(":")[0] in NO_FLOOR:
                continue
            held, days = 0, account.days
            for on in sorted(days) if len(days) > 1 else days:
                held += days[on]
                if held < 0:
                    raise Misfit(f"account {path}: it holds {held:,} on {on}, below nothing")

    def standing(self, name: str, as_of: str = "9999-12-31") -> list[Made]:
        """Return the records that count by a day, in the order in which they count; what was undone does not."""
        found = [one for one in self.records[name] if one.on <= as_of and one.n not in self.undone]
        return sorted(found, key=lambda one: (one.on, one.n))


def day(text: str, where: str) -> str:
    """Return a day, written as ISO 8601 has it."""
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except (TypeError, ValueError):
        pass
    raise Misfit(f"{where}: {text!r} is no day")


def read_entry(line: bytes, n: int) -> Entry:
    """Return an entry; whether its body is in its one form is not checked here."""
    try:
        text = line.decode()
        if (found := PLAIN.fullmatch(text)) is None:
            return taken_apart(text, n)
        body, eff, kind, number, legs, reverses = found.groups()
        said, end = DECODER.raw_decode(body)
        if end != len(body):
            return taken_apart(text, n)
    except NOT_OF_ITS_FORM as error:
        raise Misfit(f"entry {n}: it can't be read: {error}") from None
    return said, eff, kind, int(number), LEGS(legs), None if reverses == "null" else int(reverses), body


def taken_apart(text: str, n: int) -> Entry:
    """Return an entry that is written in an unusual way, or raise what is wrong with it."""
    raw = canonical(text, f"entry {n}")
    if type(raw) is not dict or raw.get("v") != 1:
        raise Misfit(f"entry {n}, v: it is of a version that this verifier does not know")
    if sorted(raw) != FIELDS:
        odd = sorted({*FIELDS} ^ {*raw})
        raise Misfit(f"entry {n}, {odd[0]}: this field is missing, or none that an entry has")
    forms = {"actor": str, "at": int, "authority": str, "body": dict, "eff": str, "kind": str, "n": int, "v": int}
    for name, form in forms.items():
        if type(raw[name]) is not form:
            raise Misfit(f"entry {n}, {name}: {raw[name]!r} is not of its form")
    if raw["reverses"] is not None and type(raw["reverses"]) is not int:
        raise Misfit(f"entry {n}, reverses: it is no number of an entry")
    if type(raw["nonce"]) is not str or not re.fullmatch("[0-9a-f]{32}", raw["nonce"]):
        raise Misfit(f"entry {n}, nonce: it is not 16 bytes in hexadecimal digits")
    for leg in raw["postings"]:
        if type(leg) is not list or [type(one) for one in leg] != [str, str, int] or not leg[2]:
            raise Misfit(f"entry {n}, postings: {leg!r} is none")
    body: dict[str, Any] = raw["body"]
    return body, raw["eff"], raw["kind"], raw["n"], raw["postings"], raw["reverses"], written(body)


# What stands beside the entries


def check_batches(files: Files, ledger: Ledger, withheld: Sequence[str]) -> None:
    """Hold the rows beside the entries against their roots."""
    if not {*withheld} <= MAY_BE_WITHHELD:
        odd = sorted({*withheld} - MAY_BE_WITHHELD)[0]
        raise Misfit(
            f"claims.json, withheld: {odd} can't be withheld; only what tells of single people's days and votes"
        )
    for batch in ledger.batches.values():
        name = f"batches/{batch.n}.ndjson"
        if batch.of in withheld and name not in files:
            continue
        if name not in files:
            raise Misfit(f"{name}: it is missing; entry {batch.n}, body.batch says {batch.rows:,} rows of {batch.of}")
        tree, count = Tree(), 0
        for lines in lines_of(files, name):
            tree.add([leaf(line) for line in lines])
            count += len(lines)
        if count != batch.rows:
            raise Misfit(f"{name}: it has {count:,} rows, and entry {batch.n}, body.batch.count says {batch.rows:,}")
        if tree.root().hex() != batch.root:
            raise Misfit(f"{name}: its rows are not those whose root is in entry {batch.n}, body.batch.root")


def rows_of(files: Files, batch: Batch) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch."""
    count = 0
    for lines in lines_of(files, f"batches/{batch.n}.ndjson"):
        for line in lines:
            count += 1
            yield canonical(line.decode(), f"batches/{batch.n}.ndjson, line {count}")


def check_sums(files: Files, ledger: Ledger) -> None:
    """Hold every file against SHA256SUMS, and refuse one that nobody asked for."""
    listed = {}
    for line in read(files, "SHA256SUMS").decode().splitlines():
        digest, gap, name = line.partition("  ")
        if not gap or name in listed:
            raise Misfit(f"SHA256SUMS: {line[:80]!r} is no line of it")
        listed[name] = digest
    rooted = {"entries.ndjson", *(f"batches/{n}.ndjson" for n in ledger.batches)}
    for name in sorted({*files, *listed} - rooted - {"SHA256SUMS"}):
        if name not in files or name not in listed:
            raise Misfit(f"{name}: it is missing, or it is no part of the evidence")
        if sha256(read(files, name)).hexdigest() != listed[name]:
            raise Misfit(f"{name}: it is not the file that SHA256SUMS lists; it was changed since")
    if read(files, "SHA256SUMS").decode() != "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)):
        raise Misfit("SHA256SUMS: it is not in its form: by name, a line each")


# What the service claims, reckoned again


def cap_table(ledger: Ledger, as_of: str) -> dict[str, Any]:
    """Return what every class comes to by role of account, what the pools have left, and what every holder has."""
    classes: dict[str, dict[str, int]] = {}
    pools: dict[str, int] = {}
    holders: dict[str, dict[str, dict[str, int]]] = {}
    securities = {one.fields["id"]: one.fields for one in ledger.standing("security")}
    vesting = {one.fields["security"]: one.fields["instalments"] for one in ledger.standing("schedule", as_of)}
    for path, account in sorted(ledger.accounts.items()):
        role, _, subject = path.partition(":")
        held = account.held(as_of)
        if not account.asset.startswith("UNIT:") or not held:
            continue
        class_id = account.asset.removeprefix("UNIT:")
        of_class = classes.setdefault(class_id, {})
        of_class[role] = of_class.get(role, 0) + held
        if role == "pool":
            pools[subject] = held
        if role in {"certificate", "award", "undelivered"}:
            if subject not in securities:
                raise Misfit(f"account {path}: it holds {held:,}, and no entry issued {subject}")
            own = holders.setdefault(securities[subject]["holder"], {}).setdefault(class_id, {})
            own[role] = own.get(role, 0) + held
            waiting = min(unvested(vesting.get(subject, ()), as_of), held)
            if waiting:
                own["unvested"] = own.get("unvested", 0) + waiting
    return {"classes": classes, "pools": pools, "holders": holders}


def unvested(instalments: Sequence[Any], as_of: str) -> int:
    """Return what of the instalments that were promised has yet to vest after a day."""
    waiting = 0
    for on, units, *mark in instalments:
        is_vesting = mark in ([], ["scheduled"], ["accelerated"])
        if mark != ["forfeited"] and not (is_vesting and on <= as_of and on != "9999-12-31"):
            waiting += units
    return waiting


def capital(ledger: Ledger, as_of: str) -> dict[str, int]:
    """Return what every account of money holds, in cents."""
    accounts = sorted(ledger.accounts.items())
    return {path: held for path, one in accounts if one.asset.startswith("MONEY:") and (held := one.held(as_of))}


WANTED = ("security", "schedule")
CLAIMS: dict[str, Callable[[Ledger, Files, str], Any]] = {
    "cap_table": lambda ledger, _, as_of: cap_table(ledger, as_of),
    "capital": lambda ledger, _, as_of: capital(ledger, as_of),
}
"""Part of claims.json to what reckons it from the entries alone."""


def compare(where: str, said: Any, found: Any) -> None:  # noqa: ANN401 - JSON
    """Raise the first figure that the service says and that the entries do not come to."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted({*said, *found}):
            compare(f"{where}.{name}", said.get(name), found.get(name))
    elif type(said) is not type(found) or said != found:
        raise Misfit(f"claims.json, {where}: it says {shown(said)}, and the entries come to {shown(found)}")


def shown(value: object) -> str:
    """Return a value for a message."""
    text = "nothing" if value is None else f"{value:,}" if type(value) is int else written(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def verify(files: Files, key: str | None = None, kept: Mapping[str, bytes] | None = None) -> list[str]:
    """Verify everything, and return what was found, a line each.

    Args:
        files: The evidence.
        key: The key that the checkpoints are signed with; the folder's own by default.
        kept: Checkpoints that somebody kept, by where they come from.

    Raises:
        Misfit: The first thing that does not fit.
        Unreadable: It is no evidence.
    """
    signer = key_of(key if key is not None else read(files, "key").decode(), "--key" if key is not None else "key")
    newest = checkpoint_of(read(files, "checkpoint"), signer, "checkpoint")
    marks = [checkpoint_of(data, signer, where) for where, data in (kept or {}).items()]
    for one in marks:
        if one.size > newest.size:
            raise Misfit(f"{one.where}, size: {one.size:,} entries were signed, and the evidence has {newest.size:,}")
    ledger = Ledger([*marks, newest], WANTED)
    ledger.read(files)
    claims = canonical(read(files, "claims.json").decode().removesuffix("\n"), "claims.json")
    as_of = day(claims["as_of"], "claims.json, as_of")
    head = {"format": FORMAT, "entries": ledger.size, "root": newest.root.hex(), "as_of": as_of}
    compare("claims", {**claims, **head} if claims["format"] == FORMAT else {}, claims)
    check_batches(files, ledger, claims["withheld"])
    if missing := sorted({*CLAIMS} ^ ({*claims} - {*head, "withheld"})):
        raise Misfit(f"claims.json, {missing[0]}: this part is missing, or this verifier does not know it")
    for name, reckoned in CLAIMS.items():
        compare(name, claims[name], reckoned(ledger, files, as_of))
    check_sums(files, ledger)
    return [
        f"Signed     {newest.size:,} entries of {signer.name}, root {newest.root.hex()[:16]}",
        *(f"Kept       {one.where}: the first {one.size:,} entries are what was signed then" for one in marks),
        f"Entries    {ledger.size:,}, numbered without gaps, in canonical form",
        f"Postings   {ledger.postings:,}, balanced, no account below its floor on any day; {len(ledger.undone)} undone",
        f"Batches    {len(ledger.batches):,}; withheld: {', '.join(claims['withheld']) or 'none'}",
        *(f"Claims     {name} as of {as_of} is what the entries come to" for name in CLAIMS),
    ]


def judged(reading: Callable[[], Sequence[str]]) -> tuple[int, Sequence[str]]:
    """Return how a verification ends, and what it says: lines, or what is wrong; whatever it is fed."""
    try:
        return 0, reading()
    except Misfit as misfit:
        return WRONG, [f"Does not fit: {misfit}"]
    except (Unreadable, OSError) as error:
        return UNREADABLE, [f"Can't be read: {error}"]
    except (*NOT_OF_ITS_FORM, MemoryError) as error:
        return UNREADABLE, [f"Can't be read: a file is not of its form: {error!r}"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the command line says, and return how it ends."""
    parser = argparse.ArgumentParser(description="Verify the evidence of a Vestry service, without the service.")
    parser.add_argument("folder", type=Path, help="what `vestry export evidence` wrote")
    parser.add_argument("--key", help="the key you know to be theirs, name+hash+base64 or a file that has it")
    parser.add_argument(
        "--checkpoint", type=Path, nargs="+", action="extend", default=[], help="checkpoints that you kept earlier"
    )
    given = parser.parse_args(arguments)

    def reading() -> Sequence[str]:
        key = given.key if given.key is None or "+" in given.key else Path(given.key).read_text()
        return verify(files_in(given.folder), key, {str(one): one.read_bytes() for one in given.checkpoint})

    code, said = judged(reading)
    for line in said:
        print(line.translate(CONTROL), file=sys.stderr if code else sys.stdout)
    if not code and given.key is None:
        print("The key is the folder's own: compare it with one you had from elsewhere, or give yours with --key.")
    if not code:
        print("Everything fits.")
    return code


if __name__ == "__main__":
    sys.exit(main())
