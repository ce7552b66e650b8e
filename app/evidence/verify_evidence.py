"""Verify the record of a cooperative from its evidence alone: one file, Python 3.11 and the package ``cryptography``.

    python verify_evidence.py FOLDER [--key KEY] [--checkpoint FILE]… [--witness KEY]… [--quorum N]

The folder is what ``vestry export evidence FOLDER`` wrote. The service and its programs are not needed, and nothing
they say is believed: every figure in ``claims.json`` is reckoned again from the entries, and the entries are held
against the signed root. Give the key and the checkpoints that *you* kept earlier; the folder's own key proves only that
its files belong together. Give the keys of witnesses whom you trust, and the checkpoint must be one that they saw: then
nobody was shown another record up to there.

Ends with 0 if everything fits, with 6 if anything does not (the first of it is named), with 4 if it can't be read.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import re
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from hashlib import sha256
from io import BufferedIOBase, TextIOWrapper
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

UNREADABLE, WRONG = 4, 6
FORMAT = "vestry-evidence/1"
MOST_BYTES, MOST_NUMBER, CHUNK, LAST_SECOND = 64 * 1024, 2**53 - 1, 1 << 20, 253_402_300_799
CONTROL = dict.fromkeys([*range(32), *range(127, 160)], "?")  # nothing in a file may steer the reader's terminal
NOT_OF_ITS_FORM = (ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError)

NO_FLOOR = {"charter", "book", "collective"}
ROLES = NO_FLOOR | {"unissued", "pool", "award", "certificate", "treasury", "undelivered", "allocable", "capital"}
MAY_BE_WITHHELD = {"ballot", "delivery", "poll_issued", "poll_number", "poll_record"}
"""Batches that tell what is nobody's business; of these only number and root need to be there."""

VERBS = """
    award: exercised expired settled; ballot: cast; candidate: stood stood_down; capital: exit_promised paid_in
    redeemed; class: adjusted authorised ratio_set split; comment: moderated said; company: figure_stated; dispute:
    opened stepped; engagement: changed; grant: approved drafted issued repriced valued; holder: added
    cause_confirmed cause_overturned engaged erased identified left; issuer: registered; journal: reversed; layoff:
    filed viewed withdrawn; loss: shared; member: admitted left; note: converted issued; ocf: kept; patronage:
    check_cashed consented declared granted previewed; period: close_asked closed; petition: expired opened reached;
    plan: adjusted adopted; policy: adopted; poll: announced batch settled taken_in; proposal: amended announced
    drafted enacted objected published reviewed stance_withdrawn wanted withdrawn; roll: conflict_declared copied;
    seat: created filled vacated; security: accepted cancelled consolidated converted reissued repurchased retracted
    transferred; sessions: corrected council_served delivered imported leave_taken policy_set threshold_set;
    solvency: stated; statement: answered; stock: issued; surplus: stated; valuation: recorded; vesting: accelerated
    milestone paused resumed; vote: closed; warrant: exercised issued
"""
KINDS = {
    f"{noun.strip()}.{verb}"
    for noun, _, verbs in (one.partition(":") for one in VERBS.split(";"))
    for verb in verbs.split()
}
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
        value, _ = DECODER.raw_decode(text)
        form = written(value)
        if form == text:
            return value
        at = next((at for at, (one, other) in enumerate(zip(text, form, strict=False)) if one != other), len(form))
        odd = f"{text[:at][-20:]}»{text[at : at + 20]}"
        wrong = f"it is not in canonical form: sorted keys, each once, no spaces, nothing after it; see …{odd}…"
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


# Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature)


class Key(NamedTuple):
    """Who signs, the bytes that signatures begin with, and the key to check them with."""

    name: str
    id: bytes
    public: bytes

    def holds(self, signature: bytes, text: str) -> bool:
        """Return whether a text was signed with it."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Checkpoint(NamedTuple):
    """So many entries, the root that stands for them, and which witnesses saw it, and when by their clocks."""

    where: str
    size: int
    root: bytes
    seen: Mapping[Key, datetime] = {}


def unbase64(text: str, where: str) -> bytes:
    """Return bytes from base64 in its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise Misfit(f"{where}: it is not base64")
    return data


def key_of(text: str, where: str, kinds: bytes = b"\x01") -> Key:
    """Return a key that is written ``name+hash+base64``."""
    name, _, rest = text.strip().partition("+")
    digits, _, encoded = rest.partition("+")
    data = unbase64(encoded, f"{where}, the key")
    if not name or len(data) != 33 or data[0] not in kinds:
        raise Misfit(f"{where}: it is not an Ed25519 key, written name+hash+base64")
    id = sha256(name.encode() + b"\n" + data).digest()[:4]
    if id.hex() != digits:
        raise Misfit(f"{where}: the key's hash is {id.hex()}, and it says {digits[:20]}")
    return Key(name, id, data[1:])


def witness_of(text: str, where: str) -> Key:
    """Return the key that a witness cosigns with; some write it as one that signs."""
    key = key_of(text, where, b"\x01\x04")
    return key._replace(id=sha256(key.name.encode() + b"\n\x04" + key.public).digest()[:4])


def checkpoint_of(data: bytes, key: Key, where: str, witnesses: Iterable[Key] = ()) -> Checkpoint:
    """Return what a checkpoint says that a key signed, and which of the witnesses cosigned it."""
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise Misfit(f"{where}: it is no checkpoint, not even text") from None
    text, gap, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) < 3 or not signatures.endswith("\n") or "" in lines:
        raise Misfit(f"{where}: it is no checkpoint: origin, number, root, an empty line, signatures")
    text += "\n"
    signed = [signature_of(line, where) for line in signatures.split("\n")[:-1]]
    mine = [rest for name, id, rest in signed if (name, id) == (key.name, key.id)]
    if not mine:
        raise Misfit(f"{where}: another key signed it, not {key.name} {key.id.hex()}")
    if not all(key.holds(one, text) for one in mine):
        raise Misfit(f"{where}, signature of {key.name}: it does not hold; the text was changed")
    seen = {}
    for witness in witnesses:
        for rest in [rest for name, id, rest in signed if (name, id) == (witness.name, witness.id)]:
            at = int.from_bytes(rest[:8], "big")
            if at > LAST_SECOND or not witness.holds(rest[8:], f"cosignature/v1\ntime {at}\n{text}"):
                raise Misfit(f"{where}, cosignature of {witness.name}: it does not hold; it is of another checkpoint")
            seen[witness] = datetime.fromtimestamp(at, UTC)
    if lines[0] != key.name:
        raise Misfit(f"{where}, origin: it is of the log {lines[0]}, not of {key.name}")
    if not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1], re.ASCII):
        raise Misfit(f"{where}, size: {lines[1][:40]} is no number of entries")
    return Checkpoint(where, int(lines[1]), unbase64(lines[2], f"{where}, root"), seen)


def signature_of(line: str, where: str) -> tuple[str, bytes, bytes]:
    """Return whose signature a line has, the four bytes that name the key, and the rest."""
    dash, name, encoded = (*line.split(" "), "", "")[:3]
    data = unbase64(encoded, f"{where}, signature of {name[:60]}")
    if dash != "\u2014" or len(data) < 5:
        raise Misfit(f"{where}: this is no line of a signature: {line[:60]}")
    return name, data[:4], data[4:]


def check_witnesses(checkpoint: Checkpoint, witnesses: Sequence[Key], quorum: int | None) -> None:
    """Refuse a checkpoint that fewer witnesses cosigned than should; all should, where no quorum is given."""
    if len(checkpoint.seen) < (len(witnesses) if quorum is None else quorum):
        missing = ", ".join(f"{one.name} {one.id.hex()}" for one in witnesses if one not in checkpoint.seen)
        raise Misfit(
            f"{checkpoint.where}, cosignatures: {len(checkpoint.seen)} of {len(witnesses)} witnesses cosigned it, and "
            f"{'all' if quorum is None else quorum} should have; not: {missing}"
        )


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


Account = tuple[str, dict[str, int]]
"""The asset that an account holds, and what moves on it by day, all of a day together."""


def held(account: Account, on: str) -> int:
    """Return what an account holds at the end of a day."""
    return sum([units for day, units in account[1].items() if day <= on])


FIELDS = ["actor", "at", "authority", "body", "eff", "kind", "n", "nonce", "postings", "reverses", "v"]
PLAIN = r'[^"\\\x00-\x1f]'
TEXT, NUMBER, UNITS = f'"{PLAIN}*+"', "(?:0|-?+[1-9][0-9]{0,14}+)", "(-?+[1-9][0-9]{0,14}+)"
HEAD = rf'\{{"actor":{TEXT},"at":[1-8][0-9]{{15}},"authority":{TEXT},"body":'
TAIL = re.compile(
    r'([-0-9]{10})","kind":"([a-z_.]++)","n":(0|[1-9][0-9]{0,14}+),"nonce":"[0-9a-f]{32}","postings":\[(?:'
    rf'\["([^"]++","([^"]++))",{UNITS}\],\["([^"]++","\5)",{UNITS}\])?+\],"reverses":null,"v":1\}}'
)
"""An entry in canonical form, but for its body: what is before it, and what is after it from the day on, where it
undoes nothing and moves one asset from one account to another, or none."""
ACCOUNT = re.compile(rf'((?:{"|".join(sorted(ROLES))}):{PLAIN}+)","({PLAIN}+)')
"""Account and asset, as postings write them."""
WORD = re.compile(r'("[^"]*"(?::|,\{)|[^"0-9-]+)|("[^"]*")|-?[0-9]+')
MOST_SHAPES, LARGEST_SHAPE, FEW = 1000, 2000, 5

Fits = Callable[[str, int, int], object]
"""Whether a text between two places is of a shape."""


def shape_of(body: str) -> str:
    r"""Return a pattern for what differs from a body in its values only; keys and names of records are no values.

    The body must be in canonical form and have no ``\``. Then all that fits is in canonical form as well.
    """
    return WORD.sub(lambda word: re.escape(word[1]) if word[1] else TEXT if word[2] else NUMBER, body)


class Ledger:
    """Everything that the entries say, read once in their order."""

    def __init__(self, marks: Iterable[Checkpoint], wanted: Mapping[str, Sequence[str]]) -> None:
        """Begin with no entry.

        Args:
            marks: Checkpoints; the last one is the largest.
            wanted: Names of the records to keep, and of which fields; none for all.
        """
        self.marks = sorted(marks, key=lambda one: one.size)
        self.tree, self.size, self.postings = Tree(), 0, 0
        self.accounts: dict[str, Account] = {}
        self.wanted = wanted
        self.records: dict[str, list[Made]] = {name: [] for name in wanted}
        self.batches: dict[int, Batch] = {}
        self.undone: dict[int, tuple[int, dict[str, Any]]] = {}
        self.uncounted: list[str] = []
        self._moves: dict[str, dict[str, int]] = {}  # what moves on an account, by account and asset as postings write
        self._days: dict[str, str] = {}
        self._starts = array("Q", [0])  # where in the file each entry begins, and the next one will
        self._shapes: dict[str, list[tuple[Fits, bool]]] = {}  # of bodies by kind; and whether records of it are kept
        self._seen: set[str] = set()
        self._met: dict[str, int] = {}  # how many of a kind were taken apart

    def read(self, files: Files) -> None:
        """Read all entries, or raise what first does not fit."""
        self._reach()
        for lines in lines_of(files, "entries.ndjson"):
            begun = self._starts.pop()
            self._starts.extend(accumulate([len(line) + 1 for line in lines], initial=begun))
            at = 0
            while at < len(lines):
                room = next((one.size - self.size for one in self.marks if one.size > self.size), None)
                if room is None:
                    raise Misfit(f"entry {self.size}: it comes after the {self.size:,} entries that were signed")
                some = lines[at : at + room]
                self._take(some)
                self.tree.add([sha256(b"\x00" + line).digest() for line in some])
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

    def _take(self, lines: Sequence[bytes]) -> None:
        """Read entries: one that is like others before it by its form alone, any other taken apart.

        (To take a million apart and write them again, only to see that they are in canonical form, takes twice as long
        as everything else.)
        """
        tail_of, shapes_of, moves_of, day_of = TAIL.fullmatch, self._shapes.get, self._moves.get, self._days.get
        n, moved = self.size, 0
        try:
            for n, line in enumerate(lines, self.size):
                text = line.decode()
                end = text.rfind(',"eff":"')
                tail = tail_of(text, end + 8)
                if tail is None:
                    self._take_apart(n, text)
                    continue
                eff, kind, number, giver, _, units, taker, more = tail.groups()
                on = day_of(eff) or self._day(n, eff)
                for shape in shapes_of(kind, ()):
                    if shape[0](text, 0, end):
                        break
                else:
                    self._take_apart(n, text)
                    continue
                amount = int(units) if giver else 0
                if int(number) != n or (giver and int(more) != -amount):
                    self._take_apart(n, text)
                    continue
                if giver:
                    moves = moves_of(giver) or self._open(n, giver)
                    moves[on] = moves.get(on, 0) + amount
                    moves = moves_of(taker) or self._open(n, taker)
                    moves[on] = moves.get(on, 0) - amount
                    moved += 2
                if shape[1]:
                    self._keep(n, on, DECODER.raw_decode(text, text.index('"body":') + 7)[0])
        except NOT_OF_ITS_FORM as error:
            raise Misfit(f"entry {n}: it can't be read: {error}") from None
        self.size += len(lines)
        self.postings += moved

    def _take_apart(self, n: int, text: str) -> None:
        """Read an entry of any form, or raise what is wrong with it."""
        said = entry_of(text, n)
        on, kind, postings, undone = said["eff"], said["kind"], said["postings"], said["reverses"]
        if said["n"] != n:
            raise Misfit(f"entry {n}, n: it says {said['n']}; entries are numbered without gaps")
        if kind not in KINDS:
            raise Misfit(f"entry {n}, kind: {kind!r} is none that this verifier knows")
        self._day(n, on)
        for path, asset, units in postings:
            moves = self._open(n, f'{path}","{asset}')
            moves[on] = moves.get(on, 0) + units
        for asset in {asset for _, asset, _ in postings}:
            left = sum([units for _, of, units in postings if of == asset])
            if left:
                raise Misfit(f"entry {n}, postings: in {asset} they do not cancel out; {left:+,} is left")
        self.postings += len(postings)
        if undone is not None:
            if not 0 <= undone < n or undone in self.undone:
                raise Misfit(f"entry {n}, reverses: entry {undone} can't be undone by it, or is undone already")
            self.undone[undone] = (n, said)
        is_kept = self._keep(n, on, said["body"])
        if "\\" not in text:
            self._learn(kind, text[text.index('"body":') + 7 : text.rfind(',"eff":"')], is_kept)

    def _day(self, n: int, on: str) -> str:
        """Return a day, which may be a new one."""
        if on not in self._days:
            self._days[on] = day(on, f"entry {n}, eff")
        return self._days[on]

    def _open(self, n: int, both: str) -> dict[str, int]:
        """Return what moves on an account, which may be a new one."""
        found = ACCOUNT.fullmatch(both)
        if found is None:
            path = both.partition('"')[0]
            raise Misfit(f"entry {n}, postings: {path} is no account that this verifier knows")
        path, asset = found.groups()
        holds, moves = self.accounts.setdefault(path, (asset, {}))
        if holds != asset:
            raise Misfit(f"entry {n}, postings: {path} holds {holds}, and {asset} is posted to it")
        self._moves[both] = moves
        return moves

    def _keep(self, n: int, on: str, body: Mapping[str, Any]) -> bool:
        """Keep what is wanted of the records in a body, and return whether there is any."""
        is_kept = "batch" in body
        try:
            for name, fields in body.get("rows", ()):
                if type(fields) is not dict:
                    raise TypeError(f"{name} is no record")
                if name in self.wanted:
                    keep, is_kept = self.wanted[name], True
                    self.records[name].append(Made(n, on, {one: fields[one] for one in keep} if keep else fields))
            if "batch" in body:
                batch = body["batch"]
                self.batches[n] = Batch(n, batch["of"], batch["count"], batch["root"])
        except NOT_OF_ITS_FORM as error:
            raise Misfit(f"entry {n}, body: its records can't be read: {error}") from None
        return is_kept

    def _learn(self, kind: str, body: str, is_kept: bool) -> None:
        """Remember the shape of a body, if it was seen before: so the next ones need not be taken apart.

        The first few of a kind teach nothing: in a small record that would take longer than it saves.
        """
        self._met[kind] = self._met.get(kind, 0) + 1
        if self._met[kind] < FEW or len(body) > LARGEST_SHAPE:
            return
        shape = shape_of(body)
        if shape in self._seen:
            fits, known = re.compile(HEAD + shape).fullmatch, self._shapes.setdefault(kind, [])
            known[:] = [(fits, is_kept), *known[:3]]
        elif len(self._seen) < MOST_SHAPES:
            self._seen.add(shape)

    def _reversals(self, files: Files) -> None:
        """Hold each entry that undoes another one against that one, which is read once more."""
        with files["entries.ndjson"]() as file:
            for n, (by, mine) in sorted(self.undone.items()):
                file.seek(self._starts[n])
                theirs = entry_of(file.readline().decode().removesuffix("\n"), n)
                if mine["postings"] != [[path, asset, -units] for path, asset, units in theirs["postings"]]:
                    raise Misfit(f"entry {by}, postings: they are not the opposite of those of entry {n}")
                if theirs["eff"] != mine["eff"] or theirs["reverses"] is not None:
                    raise Misfit(f"entry {by}, reverses: entry {n} is of another day, or undoes one itself")

    def _floors(self) -> None:
        for path, (_, moves) in self.accounts.items():
            if min(moves.values()) >= 0 or path.partition(":")[0] in NO_FLOOR:
                continue
            days = sorted(moves)
            least, on = min(zip(accumulate([moves[on] for on in days]), days, strict=True))
            if least < 0:
                raise Misfit(f"account {path}: it holds {least:,} on {on}, below nothing")

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


def entry_of(text: str, n: int) -> dict[str, Any]:
    """Return what an entry says by field, or raise what is wrong with its form."""
    said = canonical(text, f"entry {n}")
    if type(said) is not dict or said.get("v") != 1:
        raise Misfit(f"entry {n}, v: it is of a version that this verifier does not know")
    if [*said] != FIELDS:
        odd = sorted({*FIELDS} ^ {*said})
        raise Misfit(f"entry {n}, {odd[0]}: this field is missing, or none that an entry has")
    forms = {"actor": str, "at": int, "authority": str, "body": dict, "eff": str, "kind": str, "n": int, "v": int}
    for name, form in forms.items():
        if type(said[name]) is not form:
            raise Misfit(f"entry {n}, {name}: {said[name]!r} is not of its form")
    if said["reverses"] is not None and type(said["reverses"]) is not int:
        raise Misfit(f"entry {n}, reverses: it is no number of an entry")
    if type(said["nonce"]) is not str or not re.fullmatch("[0-9a-f]{32}", said["nonce"]):
        raise Misfit(f"entry {n}, nonce: it is not 16 bytes in hexadecimal digits")
    for leg in said["postings"]:
        if type(leg) is not list or [type(one) for one in leg] != [str, str, int] or not leg[2]:
            raise Misfit(f"entry {n}, postings: {leg!r} is none")
    return said


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
    name, before = f"batches/{batch.n}.ndjson", 0
    for lines in lines_of(files, name):
        texts = [line.decode() for line in lines]
        rows = [DECODER.raw_decode(text)[0] for text in texts]
        if written(rows) != f"[{','.join(texts)}]":
            for at, text in enumerate(texts, before + 1):
                canonical(text, f"{name}, line {at}")
        before += len(lines)
        yield from rows


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
        left = held(account, as_of)
        if not account[0].startswith("UNIT:") or not left:
            continue
        class_id = account[0].removeprefix("UNIT:")
        of_class = classes.setdefault(class_id, {})
        of_class[role] = of_class.get(role, 0) + left
        if role == "pool":
            pools[subject] = left
        if role in {"certificate", "award", "undelivered"}:
            if subject not in securities:
                raise Misfit(f"account {path}: it holds {left:,}, and no entry issued {subject}")
            own = holders.setdefault(securities[subject]["holder"], {}).setdefault(class_id, {})
            own[role] = own.get(role, 0) + left
            waiting = min(unvested(vesting.get(subject, ()), as_of), left)
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
    return {path: cents for path, one in accounts if one[0].startswith("MONEY:") and (cents := held(one, as_of))}


# Votes: from the files that the closings name by hash, in which nobody has a name


COUNTED = {"majority", "consent", "approval", "score", "borda", "irv", "stv_scottish"}


def votes(ledger: Ledger, files: Files, as_of: str) -> dict[str, Any]:
    """Return what every vote that was closed by a day came to, counted again."""
    closed = ledger.standing("closing", as_of)
    return {
        one.fields["proposal"]: within(f"entry {one.n}, a closing, or the file of its vote", vote, ledger, files, one)
        for one in closed
    }


def vote(ledger: Ledger, files: Files, closing: Made) -> dict[str, Any]:
    """Return what a vote came to."""
    said, where = closing.fields, f"entry {closing.n}, the closing of {closing.fields['proposal']}"
    of = [one for one in ledger.standing("notice") if one.fields["proposal"] == said["proposal"] and one.n < closing.n]
    if not of:
        raise Misfit(f"{where}: no entry announced the vote")
    name = f"votes/{said['proposal']}.jsonl"
    data = read(files, name)
    if sha256(data).hexdigest() != said["audit"]:
        raise Misfit(f"{name}: it is not the file whose hash {where}, audit holds")
    first, *ballots, last = [canonical(line, name) for line in data.decode().splitlines()]
    about, told = first["vote"], last["result"]
    announced = of[-1].fields
    for part, field in (("rule", "rule"), ("lot", "lot"), ("notice", "digest"), ("proposal", "proposal")):
        if about[part] != announced[field]:
            raise Misfit(f"{name}, {part}: it is not what entry {of[-1].n} announced")
    check_question(ledger, announced, about, name)
    seed = bytes.fromhex(said["seed"])
    if sha256(seed).hexdigest() != about["lot"]:
        raise Misfit(f"{where}, seed: it is not the seed that entry {of[-1].n} fixed before the vote")
    check_rolls(ledger, files, said["proposal"], about, name)
    if not about["rule"].get("secret"):
        own = (one for one in ledger.records["ballot_cast"] if one.fields["proposal"] == said["proposal"])
        cast = {one.fields["member"] for one in own if one.n < closing.n}
        if len(cast) != said["turnout"]:
            raise Misfit(f"{where}, turnout: it says {said['turnout']:,}, and {len(cast):,} members cast a ballot")
    chambers = [chamber(one, about, ballots, told, seed, name) for one in about["rule"]["chambers"]]
    if about["rule"]["method"] not in COUNTED:
        ledger.uncounted.append(f"the choice of {said['proposal']} by {about['rule']['method']}")
    verdicts = {one["verdict"] for one in chambers}
    outcome = "NO_QUORUM" if "no_quorum" in verdicts else "PASSED" if verdicts == {"passed"} else "FAILED"
    winners = [] if outcome != "PASSED" else chosen(about, ballots, seed, told)
    if about.get("void"):
        outcome, winners = "NO_QUORUM", []
    found = {"outcome": outcome, "winners": winners, "chambers": chambers}
    compare(f"{where}, result", said["result"], found)
    if (said["outcome"], said["winners"]) != (outcome, winners):
        raise Misfit(f"{where}, outcome: it says {said['outcome']}, and counted again it is {outcome}")
    return found | {"turnout": said["turnout"]}


def check_question(ledger: Ledger, announced: Mapping[str, Any], about: Mapping[str, Any], name: str) -> None:
    """Hold what was asked against the version that was announced, and what could be chosen against what was copied."""
    asked = [one for one in ledger.standing("proposal_version") if one.fields["proposal"] == announced["proposal"]]
    version = next((one.fields for one in asked if one.fields["number"] == announced["version"]), {})
    copied = [one for one in ledger.standing("roll_copied") if one.fields["proposal"] == announced["proposal"]]
    found = {
        "content": version.get("digest"),
        "seats": version.get("seats"),
        "options": copied[-1].fields["options"] if copied else None,
    }
    for part, value in found.items():
        if about[part] != value:
            raise Misfit(f"{name}, {part}: it is not what the entries say was asked")


def check_rolls(ledger: Ledger, files: Files, proposal: str, about: Mapping[str, Any], name: str) -> None:
    """Hold how many may vote against the roll that was copied before the vote."""
    people: dict[str, int] = {}
    weight: dict[str, int] = {}
    copies = {one.n for one in ledger.standing("roll_copied") if one.fields["proposal"] == proposal}
    for batch in ledger.batches.values():
        if batch.of == "roll" and batch.n in copies:
            for row in rows_of(files, batch):
                people[row["chamber"]] = people.get(row["chamber"], 0) + 1
                weight[row["chamber"]] = weight.get(row["chamber"], 0) + row["weight"]
    for of, roll in about["rolls"].items():
        found = {"people": people.get(of, 0), "roll": weight.get(of, 0)}
        if roll != found:
            raise Misfit(f"{name}, rolls.{of}: it says {written(roll)}, and the roll that was copied {written(found)}")


def chamber(
    of: Mapping[str, Any],
    about: Mapping[str, Any],
    ballots: Sequence[Any],
    told: Mapping[str, Any],
    seed: bytes,
    name: str,
) -> dict[str, Any]:
    """Return what a vote came to in one chamber; of a hidden one, where few could vote, what is told stands."""
    if of["name"] in about["hidden"]:
        verdict = next(one["verdict"] for one in told["chambers"] if one["name"] == of["name"])
        return {"name": of["name"], "verdict": verdict, "hidden": True}
    said: dict[str, int] = {}
    by_part: dict[str, dict[str, int]] = {"": {}, "INVESTOR": {}}
    voters = 0
    is_choice = about["rule"]["method"] not in {"majority", "consent"}
    for one in ballots:
        for place, part, weight in one["ballot"]["in"]:
            if place == of["name"]:
                choice, times = one["ballot"]["choice"], one["times"]
                word = choice if not is_choice or choice == "abstain" else "chose"
                said[word] = said.get(word, 0) + times * weight
                by_part[part][word] = by_part[part].get(word, 0) + times * weight
                voters += times * (weight if is_choice else 1)
    roll = about["rolls"][of["name"]]["roll"]
    if voters > about["rolls"][of["name"]]["people"] and not is_choice:
        raise Misfit(f"{name}, {of['name']}: there are more ballots than people on its roll")
    found = {"name": of["name"], "roll": roll, "voters": voters, "investor_weight": "1"}
    if is_choice:
        took, out = said.get("chose", 0), said.get("abstain", 0)
        passed = took and chosen(about, ballots, seed, told)
        verdict = "no_quorum" if not has_quorum(of["rule"], took, 0, out, roll) else "passed" if passed else "failed"
        return found | {"said": {"abstain": out, "chose": took}, **yes_no(took, 0, out), "verdict": verdict}
    if about["rule"]["method"] == "consent":
        blocked = "blocked" if said.get("block") else "objected" if said.get("objection") else "passed"
        part = sum(said.values())
        verdict = blocked if has_quorum(of["rule"], part, 0, 0, roll) else "no_quorum"
        return found | {"said": said, **yes_no(0, 0, 0), "verdict": verdict}
    raw = [said.get(word, 0) for word in ("yes", "no", "abstain")]
    weight_of = Fraction(1)
    if of["investor_cap"] is not None:
        cap = Fraction(of["investor_cap"])
        others, theirs = (by_part[part].get("yes", 0) + by_part[part].get("no", 0) for part in ("", "INVESTOR"))
        weight_of = min(Fraction(1), cap / (1 - cap) * Fraction(others, theirs)) if theirs else Fraction(1)
    yes, no, out_ = (
        by_part[""].get(word, 0) + by_part["INVESTOR"].get(word, 0) * weight_of for word in ("yes", "no", "abstain")
    )
    verdict = verdict_of(of, about["rule"], (Fraction(yes), Fraction(no), Fraction(out_)), raw, roll)
    return found | {"said": said, **yes_no(yes, no, out_), "investor_weight": str(weight_of), "verdict": verdict}


def yes_no(yes: int | Fraction, no: int | Fraction, abstain: int | Fraction) -> dict[str, str]:
    """Return votes as results tell them."""
    return {"yes": str(Fraction(yes)), "no": str(Fraction(no)), "abstain": str(Fraction(abstain))}


def has_quorum(rule: Mapping[str, Any], yes: int, no: int, abstain: int, roll: int) -> bool:
    """Return whether enough of the roll took part."""
    quorum = rule.get("quorum")
    if not quorum or not quorum["num"]:
        return True
    part = {"yes+no+abstain": yes + no + abstain, "yes+no": yes + no, "yes+abstain": yes + abstain, "yes": yes}
    return bool(part[quorum.get("counts", "yes+no+abstain")] * quorum["den"] >= roll * quorum["num"])


def verdict_of(
    of: Mapping[str, Any], rules: Mapping[str, Any], votes: Sequence[Fraction], raw: Sequence[int], roll: int
) -> str:
    """Return how a vote between yes and no came out in a chamber."""
    if of["electorate"] == "STOCKHOLDERS" and not roll:
        return "passed"
    rule, (yes, no, abstain) = of["rule"], votes
    if not has_quorum(rule, raw[0], raw[1], raw[2], roll):
        return "no_quorum"
    base = {"cast": yes + no, "present": yes + no + abstain, "eligible": Fraction(roll)}[rule["basis"]]
    needed = base * Fraction(rule["num"], rule["den"])
    enough = yes > needed if rule["strict"] else yes >= needed
    return "passed" if enough and yes > 0 and yes >= (rules.get("least_for") or 0) else "failed"


def chosen(about: Mapping[str, Any], ballots: Sequence[Any], seed: bytes, told: Mapping[str, Any]) -> list[str]:
    """Return who was elected; where another method counts than is known here, whom the file names."""
    method = about["rule"]["method"]
    if method not in COUNTED:
        winners: list[str] = told["count"]["winners"]
        return winners
    options = [one["key"] for one in about["options"]]
    lot = sorted(options, key=lambda one: sha256(seed + b"|" + one.encode()).digest())
    choices = [
        (one["ballot"]["choice"], one["times"] * sum(place[2] for place in one["ballot"]["in"]))
        for one in ballots
        if one["ballot"]["choice"] != "abstain"
    ]
    if method in {"approval", "score", "borda"}:
        return by_points(method, options, choices, 1 if method == "borda" else about["seats"], lot)
    rankings = [([place[0] for place in choice], times) for choice, times in choices]
    return runoff(options, rankings, lot) if method == "irv" else scottish(options, rankings, about["seats"], lot)


def by_points(
    method: str, options: Sequence[str], choices: Sequence[tuple[Any, int]], seats: int, lot: Sequence[str]
) -> list[str]:
    """Return who has most: approvals, scores in all, or (Borda) a point for each option that a voter puts below."""
    points = dict.fromkeys(options, 0)
    for choice, times in choices:
        below = len(options)
        for place in choice if method == "borda" else [[one] for one in choice]:
            below -= len(place)
            for one in place:
                points[one] += times * (below if method == "borda" else choice[one] if method == "score" else 1)
    winners: list[str] = []
    for most in sorted({*points.values()}, reverse=True) if any(points.values()) else ():
        place, free = [one for one in options if points[one] == most], seats - len(winners)
        winners += place if len(place) <= free else sorted(place, key=lot.index)[:free]
    return winners


def runoff(options: Sequence[str], ballots: Sequence[tuple[list[str], int]], lot: Sequence[str]) -> list[str]:
    """Return who wins the instant runoff; of those who are last, whoever was last before goes, else by lot."""
    running = [*options]
    history: list[dict[str, int]] = []
    while any(times for _, times in ballots):
        votes = dict.fromkeys(options, 0)
        for ranking, times in ballots:
            first = next((one for one in ranking if one in running), None)
            if first is not None:
                votes[first] += times
        top = max(running, key=lambda one: votes[one])
        if len(running) == 1 or votes[top] * 2 > sum(votes.values()):
            return [top]
        history.append(votes)
        last = running
        for past in reversed(history):
            fewest = min(past[one] for one in last)
            last = [one for one in last if past[one] == fewest]
        running.remove(max(last, key=lot.index))
    return []


def scottish(
    options: Sequence[str], ballots: Sequence[tuple[list[str], int]], seats: int, lot: Sequence[str]
) -> list[str]:
    """Return who is elected by single transferable vote, Scottish rules (SSI 2007/42); values are 0.00001 of a vote."""
    valid = sum(times for _, times in ballots)
    quota = (valid // (seats + 1) + 1) * 100_000
    votes, running = dict.fromkeys(options, 0), set(options)
    piles: dict[str, list[tuple[list[str], int, int]]] = {one: [] for one in options}
    winners: list[str] = []
    waiting: list[str] = []
    history: list[dict[str, int]] = []

    def hand_out(pile: Iterable[tuple[list[str], int, int]]) -> None:
        for ranking, times, value in pile:
            to = next((one for one in ranking if one in running), None)
            if to is not None and value:
                votes[to] += times * value
                piles[to].append((ranking, times, value))

    def taken(among: Iterable[str], best: Callable[..., Any]) -> str:
        """Who has the most, or the least: now, else in the latest round in which they differ, else by lot."""
        left = sorted(among)
        for past in (votes, *reversed(history[:-1])):
            wanted = best(past[one] for one in left)
            left = [one for one in left if past[one] == wanted]
        return min(left, key=lot.index) if best is max else max(left, key=lot.index)

    hand_out((ranking, times, 100_000) for ranking, times in ballots)
    while valid:
        order = sorted(running, key=lambda one: (-votes[one], lot.index(one)))
        reached = [one for one in order if votes[one] >= quota]
        winners += reached
        running -= {*reached}
        waiting += [one for one in reached if votes[one] > quota]
        history.append({**votes})
        if len(winners) >= seats or not running:
            break
        if len(running) <= seats - len(winners):
            return winners + [one for one in order if one in running]
        if waiting:
            mover = taken(waiting, max)
            waiting.remove(mover)
            total, surplus, pile = votes[mover], votes[mover] - quota, piles[mover]
            votes[mover], piles[mover] = quota, []
            hand_out([(ranking, times, value * surplus // total) for ranking, times, value in pile])
        else:
            out = taken(running, min)
            running.remove(out)
            votes[out] = 0
            hand_out(piles[out])
    return winners


# Policies


def policies(ledger: Ledger, as_of: str) -> dict[str, Any]:
    """Return every policy in force on a day; each version must rest on a vote, unless nobody was a member yet."""
    passed = {one.fields["proposal"] for one in ledger.standing("closing") if one.fields["outcome"] == "PASSED"}
    done = {
        (one.fields["proposal"], n)
        for one in ledger.standing("enactment")
        if one.fields["outcome"] == "ENACTED" and one.fields["proposal"] in passed
        for n in one.fields["entries"]
    }
    first_member = min((one.n for one in ledger.standing("membership")), default=ledger.size)
    versions: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(ledger.standing("policy"), key=lambda one: one.n):
        of, where = one.fields, f"entry {one.n}, policy {one.fields['key']}"
        known = versions.setdefault(of["key"], [])
        if of["version"] != len(known) + 1:
            raise Misfit(f"{where}, version: it says {of['version']}, and it is number {len(known) + 1}")
        if of.get("proposal") is None and one.n > first_member:
            raise Misfit(f"{where}, proposal: it rests on no vote, and there were members")
        if of.get("proposal") is not None and (of["proposal"], one.n) not in done:
            raise Misfit(f"{where}, proposal: it is nothing that {of['proposal']} passed and did")
        known.append(of)
    found = {}
    for key, all_of in versions.items():
        begun = [one for one in all_of if one["effective_from"] <= as_of]
        newest = max(begun, key=lambda one: (one["effective_from"], one["version"]), default=None)
        if newest is not None and newest.get("expires_on", as_of) >= as_of:
            found[key] = {name: newest[name] for name in sorted({*newest} - {"id", "key"})}
    return found


# Credit: what of the sessions that providers delivered counts (only where their rows are in the evidence)


class Limits(NamedTuple):
    """How many sessions a day and a week count."""

    day: int | None
    week: int | None

    def within(self, other: Limits) -> Limits:
        """Return the tighter of both."""
        both = [[one for one in pair if one is not None] for pair in zip(self, other, strict=True)]
        return Limits(*(min(pair, default=None) for pair in both))


Day = dict[tuple[str, str], tuple[int, int]]
"""Attendance and category to sessions and minutes."""


def credit(ledger: Ledger, files: Files, as_of: str) -> dict[str, dict[str, int]]:
    """Return the credited minutes of every provider in every month; a week belongs to the month of its Thursday."""
    rules = [one.fields for one in ledger.standing("credit_rule")]
    begins = min((one["effective_from"] for one in rules), default="9999-12-31")
    weeks: dict[tuple[str, int], dict[str, Day]] = {}
    for batch in ledger.batches.values():
        if batch.of == "delivery" and batch.n not in ledger.undone:
            for row in rows_of(files, batch):
                on = row["local_date"]
                if begins <= on <= as_of:
                    week = (date.fromisoformat(on).toordinal() - 1) // 7  # day 1 of the calendar was a Monday
                    tallied = weeks.setdefault((row["provider"], week), {}).setdefault(on, {})
                    sessions, minutes = tallied.get((row["attendance"], row["category"]), (0, 0))
                    like = (row["attendance"], row["category"])
                    tallied[like] = (sessions + row["count"], minutes + row["minutes"])
    own: dict[str, list[dict[str, Any]]] = {}
    for one in ledger.standing("threshold"):
        own.setdefault(one.fields["provider"], []).append(one.fields)
    found: dict[str, dict[str, int]] = {}
    for (provider, week), days in weeks.items():
        monday = date.fromordinal(week * 7 + 1)
        rule = max(
            ((one["effective_from"], at) for at, one in enumerate(rules) if one["effective_from"] <= monday.isoformat())
        )[1]
        terms = rules[rule]["terms"]
        limits = Limits(terms["ceiling"]["day"], terms["ceiling"]["week"])
        chosen_by = [one for one in own.get(provider, ()) if one["from_week"] <= monday.isoformat()]
        if chosen_by:
            limits = Limits(chosen_by[-1].get("day"), chosen_by[-1].get("week")).within(limits)
        month = date.fromordinal(week * 7 + 4).isoformat()[:7]
        if any(sessions > 0 for tallied in days.values() for sessions, _ in tallied.values()):
            of_month = found.setdefault(month, {})
            of_month[provider] = of_month.get(provider, 0) + week_credit(days.values(), limits, terms)
    return {month: {who: minutes for who, minutes in of.items() if minutes} for month, of in found.items()}


def week_credit(days: Iterable[Day], limits: Limits, terms: Mapping[str, Any]) -> int:
    """Return the minutes that a provider's week is credited.

    On a day beyond its limit the average session counts as often as the limit says; a week beyond its limit is scaled
    down as a whole. Then come indirect care for what was delivered, and the plateau.
    """
    count = minutes = delivered = Fraction(0)
    for tallied in days:
        of_day, long, held = Fraction(0), Fraction(0), Fraction(0)
        for (attendance, category), (sessions, length) in tallied.items():
            if sessions <= 0:
                continue
            part = Fraction(1) if attendance == "DELIVERED" else Fraction(terms["no_show_factor"])
            of_day += sessions * part
            long += length * part * Fraction(terms["factors"].get(category, 1))
            held += length if attendance == "DELIVERED" else 0
        scale = Fraction(1) if limits.day is None or of_day <= limits.day else limits.day / of_day
        count, minutes, delivered = count + of_day * scale, minutes + long * scale, delivered + held * scale
    scale = Fraction(1) if limits.week is None or count <= limits.week else limits.week / count
    credited = int(minutes * scale)
    indirect = int(delivered * scale * terms["indirect_minutes_per_hour"] / 60)
    plateau = 0
    least = None if terms["plateau"] is None or limits.week is None else Fraction(terms["plateau"]) * limits.week
    if least is not None and limits.week is not None and least <= count < limits.week:
        plateau = int(minutes * limits.week / count) - credited
    return credited + indirect + plateau


OTHERS = "proposal_version closing notice roll_copied ballot_cast policy enactment membership credit_rule threshold"
WANTED: dict[str, tuple[str, ...]] = {
    "security": ("id", "holder"),
    "schedule": ("security", "instalments"),
    **dict.fromkeys(OTHERS.split(), ()),
}
"""The records that the claims are reckoned from, and of which fields; all of them where none are named."""

CLAIMS: dict[str, Callable[[Ledger, Files, str], Any]] = {
    "cap_table": lambda ledger, _, as_of: cap_table(ledger, as_of),
    "capital": lambda ledger, _, as_of: capital(ledger, as_of),
    "votes": votes,
    "policies": lambda ledger, _, as_of: policies(ledger, as_of),
    "credit": credit,
}
"""Part of claims.json to what reckons it from the entries alone; ``credit`` only where single sessions are there."""


def compare(where: str, said: Any, found: Any) -> None:  # noqa: ANN401 - JSON
    """Raise the first figure that the service says and that the entries do not come to."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted({*said, *found}):
            compare(f"{where}.{name}", said.get(name), found.get(name))
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for at, (one, other) in enumerate(zip(said, found, strict=True)):
            compare(f"{where}.{at}", one, other)
    elif type(said) is not type(found) or said != found:
        raise Misfit(f"{where}: it says {shown(said)}, and the entries come to {shown(found)}")


P = ParamSpec("P")
T = TypeVar("T")


def within(where: str, reckoned: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function returns; where what it reads is not of its form, say where that stands."""
    try:
        return reckoned(*args, **kwargs)
    except NOT_OF_ITS_FORM as error:
        raise Misfit(f"{where}: something is not of its form: {error!r}") from None


def shown(value: object) -> str:
    """Return a value for a message."""
    text = "nothing" if value is None else f"{value:,}" if type(value) is int else written(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def verify(
    files: Files,
    key: str | None = None,
    kept: Mapping[str, bytes] | None = None,
    witnesses: Sequence[str] = (),
    quorum: int | None = None,
) -> list[str]:
    """Verify everything, and return what was found, a line each.

    Args:
        files: The evidence.
        key: The key that the checkpoints are signed with; the folder's own by default.
        kept: Checkpoints that somebody kept, by where they come from.
        witnesses: The keys of those who should have cosigned the evidence's checkpoint.
        quorum: How many of them should have; all by default.

    Raises:
        Misfit: The first thing that does not fit.
        Unreadable: It is no evidence.
    """
    signer = key_of(key if key is not None else read(files, "key").decode(), "--key" if key is not None else "key")
    seers = [*dict.fromkeys(witness_of(one, "--witness") for one in witnesses)]
    newest = checkpoint_of(read(files, "checkpoint"), signer, "checkpoint", seers)
    check_witnesses(newest, seers, quorum)
    marks = [checkpoint_of(data, signer, where, seers) for where, data in (kept or {}).items()]
    for one in marks:
        if one.size > newest.size:
            raise Misfit(f"{one.where}, size: {one.size:,} entries were signed, and the evidence has {newest.size:,}")
    ledger = Ledger([*marks, newest], WANTED)
    ledger.read(files)
    claims = canonical(read(files, "claims.json").decode().removesuffix("\n"), "claims.json")
    if type(claims) is not dict or not {"as_of", "withheld"} <= {*claims}:
        raise Misfit("claims.json: it does not say as of which day its figures are, or what is withheld")
    as_of = day(claims["as_of"], "claims.json, as_of")
    head = {"format": FORMAT, "entries": ledger.size, "root": newest.root.hex(), "as_of": as_of}
    compare("claims.json", claims, {**claims, **head})
    within("claims.json, withheld, or a batch", check_batches, files, ledger, claims["withheld"])
    parts = {name: of for name, of in CLAIMS.items() if name != "credit" or "delivery" not in claims["withheld"]}
    if missing := sorted({*parts} ^ ({*claims} - {*head, "withheld"})):
        raise Misfit(f"claims.json, {missing[0]}: this part is missing, or this verifier does not know it")
    for name, reckoned in parts.items():
        found = within(f"the entries behind claims.json, {name}", reckoned, ledger, files, as_of)
        compare(f"claims.json, {name}", claims[name], found)
    within("SHA256SUMS", check_sums, files, ledger)
    return [
        f"Signed     {newest.size:,} entries of {signer.name}, root {newest.root.hex()[:16]}",
        *(f"Kept       {one.where}: the first {one.size:,} entries are what was signed then" for one in marks),
        *(
            f"Cosigned   {one.where} by {witness.name}, {at:%Y-%m-%d %H:%M:%S} UTC"
            for one in [newest, *marks]
            for witness, at in one.seen.items()
        ),
        f"Entries    {ledger.size:,}, numbered without gaps, in canonical form",
        f"Postings   {ledger.postings:,}, balanced, no account below its floor on any day; {len(ledger.undone)} undone",
        f"Batches    {len(ledger.batches):,}; withheld: {', '.join(claims['withheld']) or 'none'}",
        *(f"Claims     {name} as of {as_of} is what the entries come to" for name in parts),
        *(f"Not counted here: {what}; the file's hash is in the journal" for what in ledger.uncounted),
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
    parser.add_argument(
        "--witness", action="append", default=[], help="the key of a witness that must have cosigned it, as --key"
    )
    parser.add_argument(
        "--quorum", type=int, help="how many of these witnesses must have cosigned it; all, if left out"
    )
    given = parser.parse_args(arguments)
    if given.quorum is not None and not 1 <= given.quorum <= len({*given.witness}):
        parser.error("--quorum is from 1 to the number of --witness")

    def text_of(key: str) -> str:
        return key if "+" in key else Path(key).read_text()

    def reading() -> Sequence[str]:
        # some mail programs end the lines of what they save with \r\n
        kept = {str(one): one.read_bytes().replace(b"\r\n", b"\n") for one in given.checkpoint}
        key = given.key if given.key is None else text_of(given.key)
        return verify(files_in(given.folder), key, kept, [text_of(one) for one in given.witness], given.quorum)

    gc.disable()  # nothing here goes in circles, and looking for circles among millions of values takes long
    code, said = judged(reading)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # whatever a file is named, it can be told
    for line in said:
        print(line.translate(CONTROL), file=sys.stderr if code else sys.stdout)
    if not code and given.key is None:
        print("The key is the folder's own: compare it with one you had from elsewhere, or give yours with --key.")
    if not code:
        print("Everything fits.")
    return code


if __name__ == "__main__":
    sys.exit(main())
