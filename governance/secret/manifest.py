"""The manifest: everything that is fixed about a secret poll when it is announced, and the hash that names the poll."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from governance.errors import RuleInvalid
from governance.secret import canonical
from governance.secret.blind import EXPONENT, RSA_BITS, SMALLEST_BITS, SUITE
from governance.secret.errors import ManifestInvalid, NotCanonical
from governance.tally.ballots import ABSTAIN, MOST_SCORE
from governance.tally.methods import Method
from governance.tally.rule import YesNoRule
from ledger.types import Json

VERSION = 1
HOUR = 3600
LEAST_PASSES = 10
"""With fewer, too few could have cast any one ballot."""
LEAST_ROLL = 20
"""A secret vote is not offered to fewer people."""
LEAST_PAUSE = 12 * HOUR
"""Between the last pass and the first ballot, so that times of the two tell nothing."""
MOST_SEQ = 20
MOST_RANKED = 6
"""326 or more patterns of six: with more options, whoever buys votes could prescribe a pattern to know a ballot by."""
MOST_SCORED = 6
MOST_APPROVED = 16
MOST_TEXT = 300


class BallotForm(StrEnum):
    """What a choice looks like."""

    SINGLE = "single"
    """The id of an option: yes or no."""
    APPROVAL = "approval"
    """The ids of all that are approved of, sorted; maybe none."""
    RANKED = "ranked"
    """Ids, best first, none twice; maybe not all."""
    SCORE = "score"
    """A whole number for every option."""


FORM_OF: Mapping[Method, BallotForm] = {
    Method.MAJORITY: BallotForm.SINGLE,
    Method.APPROVAL: BallotForm.APPROVAL,
    Method.SCORE: BallotForm.SCORE,
    Method.STAR: BallotForm.SCORE,
    Method.IRV: BallotForm.RANKED,
    Method.STV: BallotForm.RANKED,
    Method.MEEK: BallotForm.RANKED,
    Method.SCHULZE: BallotForm.RANKED,
    Method.RANKED_PAIRS: BallotForm.RANKED,
    Method.BORDA: BallotForm.RANKED,
}
"""Consent is not among them: its objections need reasons, and nothing is written freely on a secret ballot."""

SEVERAL_SEATS = {Method.STV, Method.MEEK, Method.APPROVAL, Method.SCORE}
MOST_OPTIONS = {
    BallotForm.SINGLE: 2,
    BallotForm.APPROVAL: MOST_APPROVED,
    BallotForm.RANKED: MOST_RANKED,
    BallotForm.SCORE: MOST_SCORED,
}
YES_NO = ("yes", "no")

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OPTION = re.compile(r"[a-z0-9-]{1,32}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA384 = re.compile(r"[0-9a-f]{96}")


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: the id that stands on a ballot, and the text beside it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Registrar:
    """Who signs passes: a name, and the RSA key as base64 of its SubjectPublicKeyInfo."""

    name: str
    spki: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A secret poll as announced; any change makes another poll.

    Attributes:
        poll: Its id.
        title: What voters read.
        text_sha256: Of the text that is voted on, hex.
        form: What a choice looks like.
        method: How choices are counted.
        options: In their order on the page; yes and no of a vote between the two.
        max_score: The highest score, and 0 where there are none.
        seats: How many are chosen.
        abstain: Whether ``"abstain"`` is a choice.
        rules: Threshold and quorum as ``YesNoRule.to_json`` writes them, and ``least_for`` where a least number of
            votes is needed; a choice among options uses the quorum alone.
        lot: SHA-256 of the seed of the lots, hex; the seed is told with the result.
        registrars: Each of them has to sign a pass.
        box_key: The P-256 key that receipts are signed with, as base64 of its SubjectPublicKeyInfo.
        roll_size: How many may vote.
        roll_sha256: Of ``roll.txt``, hex.
        client_sha384: Of the voting page's script, hex.
        issue_from: When passes begin, in UTC seconds since 1970, like the next three.
        issue_to: When passes end and their number is fixed.
        vote_from: When the box opens.
        vote_to: When it closes.
        max_seq: How often a pass may vote; the last ballot counts.
        min_passes: With fewer, the poll is void.
        rsa_bits: Of the registrars' keys.
        poll_hash: SHA-256 of the manifest's bytes: what names the poll in every pass and ballot.
    """

    poll: str
    title: str
    text_sha256: str
    form: BallotForm
    method: Method
    options: tuple[Option, ...]
    max_score: int
    seats: int
    abstain: bool
    rules: Mapping[str, Json]
    lot: str
    registrars: tuple[Registrar, ...]
    box_key: str
    roll_size: int
    roll_sha256: str
    client_sha384: str
    issue_from: int
    issue_to: int
    vote_from: int
    vote_to: int
    max_seq: int = MOST_SEQ
    min_passes: int = LEAST_PASSES
    rsa_bits: int = RSA_BITS
    revote: str = "last"
    suite: str = SUITE
    v: int = VERSION
    poll_hash: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a poll that could not be run, or would not be secret; then take its hash."""
        _check_texts(self)
        _check_choices(self)
        _check_numbers(self)
        _check_keys(self)
        self.rule, self.least_for  # noqa: B018 - reading them checks them
        object.__setattr__(self, "poll_hash", sha256(self.to_bytes()).digest())

    @property
    def option_ids(self) -> tuple[str, ...]:
        """Ids in their order."""
        return tuple(one.id for one in self.options)

    @property
    def rule(self) -> YesNoRule:
        """The threshold and the quorum."""
        try:
            return YesNoRule.from_json({name: one for name, one in self.rules.items() if name != "least_for"})
        except RuleInvalid as error:
            raise ManifestInvalid(str(error), field="rules") from None

    @property
    def least_for(self) -> int | None:
        """The least votes for it, whatever the share."""
        least = self.rules.get("least_for")
        if least is not None and (type(least) is not int or least < 1 or self.method is not Method.MAJORITY):
            raise ManifestInvalid(
                "A least number of votes is one or more, in a vote between yes and no.", field="rules"
            )
        return least

    def to_bytes(self) -> bytes:
        """Return it as served and hashed."""
        raw = {name: getattr(self, name) for name in _FIELDS}
        raw["options"] = [asdict(one) for one in self.options]
        raw["registrars"] = [asdict(one) for one in self.registrars]
        return canonical.write(raw)

    @property
    def fingerprint(self) -> str:
        """What is mailed and compared by eye: 20 hex digits of the hash in groups of four."""
        return fingerprint(self.poll_hash)

    @property
    def registrar_keys(self) -> tuple[rsa.RSAPublicKey, ...]:
        """The keys that passes are verified with."""
        return tuple(rsa_key(one.spki) for one in self.registrars)

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Return the manifest that bytes hold.

        Raises:
            ManifestInvalid: A field is missing, unknown or out of range, or the JSON is not in its one form.
        """
        try:
            raw = canonical.read(data)
        except NotCanonical as error:
            raise ManifestInvalid(str(error)) from None
        if not isinstance(raw, dict) or raw.keys() != set(_FIELDS):
            raise ManifestInvalid("A manifest is an object with exactly the fields of version 1.")
        try:
            values: dict[str, Any] = dict(raw)
            values["form"], values["method"] = BallotForm(values["form"]), Method(values["method"])
            values["options"] = tuple(Option(**one) for one in values["options"])
            values["registrars"] = tuple(Registrar(**one) for one in values["registrars"])
            return cls(**values)
        except (TypeError, ValueError, AttributeError) as error:
            raise ManifestInvalid(f"The manifest can't be read: {error}.") from None


_FIELDS = tuple(one.name for one in fields(Manifest) if one.init)


def fingerprint(poll_hash: bytes) -> str:
    """Return the first 20 hex digits of a poll's hash in five groups of four."""
    text = poll_hash.hex()[:20]
    return " ".join(text[at : at + 4] for at in range(0, 20, 4))


def roll_file(members: Sequence[str]) -> bytes:
    """Return ``roll.txt``: a line for each member, ``number id``, numbered from 1 in the (shuffled) order given."""
    return "".join(f"{number} {member}\n" for number, member in enumerate(members, 1)).encode()


@lru_cache(maxsize=64)
def rsa_key(spki: str) -> rsa.RSAPublicKey:
    """Return a registrar's key.

    Raises:
        ManifestInvalid: It is no RSA key with exponent 65537.
    """
    key = _public_key(spki)
    if not isinstance(key, rsa.RSAPublicKey) or key.public_numbers().e != EXPONENT or not key.public_numbers().n & 1:
        raise ManifestInvalid(f"A registrar's key is an RSA key with the exponent {EXPONENT}.", field="registrars")
    return key


@lru_cache(maxsize=64)
def p256_key(spki: str) -> ec.EllipticCurvePublicKey:
    """Return the box's key.

    Raises:
        ManifestInvalid: It is no P-256 key.
    """
    key = _public_key(spki)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ManifestInvalid("The key of the box is a P-256 key.", field="box_key")
    return key


def _public_key(spki: str) -> object:
    try:
        return load_der_public_key(canonical.from_base64(spki))
    except (NotCanonical, ValueError, UnsupportedAlgorithm):
        raise ManifestInvalid("A key can't be read.", field="registrars") from None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return type(value) is int and value >= 0


def _check_texts(one: Manifest) -> None:
    for name, form in (
        ("poll", _ID),
        ("text_sha256", _SHA256),
        ("lot", _SHA256),
        ("roll_sha256", _SHA256),
        ("client_sha384", _SHA384),
    ):
        value = getattr(one, name)
        if not _is_text(value) or not form.fullmatch(value):
            raise ManifestInvalid(f"{name} is not of its form.", field=name)
    for text in (one.title, *(option.text for option in one.options), *(each.name for each in one.registrars)):
        if not _is_text(text) or not text.strip() or len(text) > MOST_TEXT or _CONTROL.search(text):
            raise ManifestInvalid(f"A title or a name is one line of 1 to {MOST_TEXT} characters.", field="title")
    if (one.v, one.suite, one.revote) != (VERSION, SUITE, "last"):
        raise ManifestInvalid("Only version 1 is known here.", field="v")


def _check_choices(one: Manifest) -> None:
    if FORM_OF.get(one.method) is not one.form:
        raise ManifestInvalid(f"{one.method} does not count {one.form} ballots in secret.", field="method")
    ids = one.option_ids
    if any(not _is_text(each) or not _OPTION.fullmatch(each) or each == ABSTAIN for each in ids):
        raise ManifestInvalid("The id of an option has 1 to 32 of a-z, 0-9 and -.", field="options")
    if not ids or len(set(ids)) < len(ids) or len(ids) > MOST_OPTIONS[one.form]:
        most = MOST_OPTIONS[one.form]
        raise ManifestInvalid(f"There are 1 to {most} options, each once: more would mark a ballot.", field="options")
    if one.form is BallotForm.SINGLE and ids != YES_NO:
        raise ManifestInvalid("A vote by majority is between yes and no.", field="options")


def _check_numbers(one: Manifest) -> None:
    numbers = (one.max_score, one.seats, one.roll_size, one.max_seq, one.min_passes, one.rsa_bits)
    times = (one.issue_from, one.issue_to, one.vote_from, one.vote_to)
    if not all(map(_is_whole, (*numbers, *times))) or not _is_flag(one.abstain):
        raise ManifestInvalid("Numbers are whole and not negative.")
    if one.form is BallotForm.SCORE and not 1 <= one.max_score <= MOST_SCORE:
        raise ManifestInvalid(f"Scores go from 0 to at most {MOST_SCORE}.", field="max_score")
    if one.form is not BallotForm.SCORE and one.max_score:
        raise ManifestInvalid("There are no scores in this poll.", field="max_score")
    if not 1 <= one.seats <= (len(one.options) if one.method in SEVERAL_SEATS else 1):
        raise ManifestInvalid("There is a seat, and several only where the method fills them.", field="seats")
    if one.roll_size < LEAST_ROLL:
        raise ManifestInvalid(f"A secret vote needs {LEAST_ROLL} people on the roll.", field="roll_size")
    if one.min_passes < LEAST_PASSES or not 1 <= one.max_seq <= MOST_SEQ:
        raise ManifestInvalid(f"At least {LEAST_PASSES} passes, and at most {MOST_SEQ} ballots for each.")
    if not (times[0] < times[1] and times[1] + LEAST_PAUSE <= times[2] and times[2] < times[3]):
        raise ManifestInvalid("First passes, then 12 hours or more of nothing, then ballots.", field="vote_from")


def _check_keys(one: Manifest) -> None:
    names = [each.name for each in one.registrars]
    if not names or len(set(names)) < len(names):
        raise ManifestInvalid("There is a registrar, and no two have the same name.", field="registrars")
    if one.rsa_bits < SMALLEST_BITS or any(key.key_size != one.rsa_bits for key in one.registrar_keys):
        raise ManifestInvalid(f"Registrars' keys have exactly {one.rsa_bits} bits.", field="rsa_bits")
    p256_key(one.box_key)
