"""Entries: what the journal is made of, as values, and their exact bytes.

The leaf of an entry is the canonical JSON object of ``journal.md``; the bytes are stored and hashed as they are, once,
here. Pure: no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import orjson

from ledger.bulk import row_leaf
from ledger.errors import Invalid, Tampered
from ledger.merkle import root_of
from ledger.records import Record, canonical, to_body
from ledger.types import MOST_UNITS, Act, Json

VERSION = 1
MOST_BYTES = 64 * 1024


class Role(StrEnum):
    """What an account holds. Its path is the role and the id of what it belongs to: ``pool:pln_…``."""

    CHARTER = "charter"
    """The other side of what the charter authorises: below zero by that."""
    UNISSUED = "unissued"
    """Authorised shares of a class that nobody holds and no plan reserves."""
    POOL = "pool"
    """Units a plan may still grant."""
    AWARD = "award"
    """Units of one grant: vested or not, neither exercised nor settled."""
    CERTIFICATE = "certificate"
    """Shares of one certificate."""
    TREASURY = "treasury"
    """Shares of a class that the company holds itself."""
    UNDELIVERED = "undelivered"
    """Units exercised or settled by an imported record that names no certificate for them."""

    BOOK = "book"
    """The other side of what the cooperative is worth: below zero by its net book value."""
    COLLECTIVE = "collective"
    """Book value that is nobody's in particular; losses may take it below zero."""
    ALLOCABLE = "allocable"
    """Surplus that may be declared as patronage and has not been."""
    CAPITAL = "capital"
    """A member's claim on the net book value."""

    @property
    def floor(self) -> int | None:
        """The least an account of this role may hold on any day, or None."""
        return None if self in {Role.CHARTER, Role.BOOK, Role.COLLECTIVE} else 0


def account(role: Role, subject: str) -> str:
    """Return the path of an account."""
    return f"{role}:{subject}"


def floor_of(path: str) -> int | None:
    """Return the floor of the account at ``path``.

    Raises:
        Tampered: The path names no role.
    """
    try:
        return Role(path.partition(":")[0]).floor
    except ValueError:
        raise Tampered(f"{path!r} is no account of ours.") from None


def unit(class_id: str) -> str:
    """Return the asset that shares of a class are counted in."""
    return f"UNIT:{class_id}"


def money(currency: str) -> str:
    """Return the asset that cents of a currency are."""
    return f"MONEY:{currency}"


@dataclass(frozen=True, slots=True)
class Posting:
    """So many minor units of one asset into (or, below zero, out of) one account."""

    account: str
    asset: str
    amount: int


def move(asset: str, amount: int, source: str, target: str) -> tuple[Posting, Posting]:
    """Return the two postings that take ``amount`` from ``source`` to ``target``."""
    return Posting(source, asset, -amount), Posting(target, asset, amount)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has a number: what a deed decided.

    Attributes:
        kind: One of the closed vocabulary, ``noun.verb``.
        effective_on: The day it counts from.
        records: What it makes, in order; what is referred to first.
        postings: What it moves; one posting an account, none zero, balanced per asset.
        facts: Anything else worth keeping in the body; no record rests on it.
        reverses: The number of the entry it undoes.
        bulk: Records of one bulk class, too many for a body, which holds their number and the root over their bytes;
            each still has a proof.
    """

    kind: str
    effective_on: date
    records: tuple[Record, ...] = ()
    postings: tuple[Posting, ...] = ()
    facts: dict[str, Json] | None = None
    reverses: int | None = None
    bulk: Sequence[Record] = ()

    def __post_init__(self) -> None:
        """Refuse postings that do not cancel out: a bug, not a refusal."""
        seen = set()
        balance: dict[str, int] = {}
        for posting in self.postings:
            balance[posting.asset] = balance.get(posting.asset, 0) + posting.amount
            if posting.amount == 0 or posting.account in seen:
                raise ValueError(f"Posting to {posting.account} is empty or doubled in {self.kind}.")
            seen.add(posting.account)
        if any(balance.values()):
            raise ValueError(f"The postings of {self.kind} do not cancel out: {balance}.")


def netted(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return the postings with those to one account added up and the empty ones dropped, in order of first use."""
    sums: dict[tuple[str, str], int] = {}
    for posting in postings:
        key = (posting.account, posting.asset)
        sums[key] = sums.get(key, 0) + posting.amount
    return tuple(Posting(path, asset, amount) for (path, asset), amount in sums.items() if amount)


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered entry of the journal, as its payload says it."""

    n: int
    kind: str
    effective_on: date
    at: int
    actor: str
    authority: str
    body: dict[str, Any]
    postings: tuple[Posting, ...]
    reverses: int | None


def payload_of(n: int, draft: Draft, act: Act) -> bytes:
    """Return the exact bytes of entry ``n``: the leaf of the tree.

    Raises:
        Invalid: The entry is over 64 KiB, or holds a number of 2^53 or more.
    """
    body: dict[str, Json] = dict(draft.facts or {})
    if draft.records:
        body["rows"] = [to_body(value) for value in draft.records]
    if draft.bulk:
        name, leaves = draft.bulk[0].__spec__.name, list(map(row_leaf, draft.bulk))
        body["batch"] = {"of": name, "count": len(leaves), "root": root_of(leaves).hex()}
    _check_numbers(body)
    data = canonical(
        {
            "actor": act.actor,
            "at": act.at,
            "authority": act.authority,
            "body": body,
            "eff": draft.effective_on.isoformat(),
            "kind": draft.kind,
            "n": n,
            "nonce": act.entropy(16).hex(),
            "postings": [[p.account, p.asset, p.amount] for p in draft.postings],
            "reverses": draft.reverses,
            "v": VERSION,
        }
    )
    if len(data) > MOST_BYTES:
        raise Invalid(f"This would make an entry of {len(data):,} bytes; {MOST_BYTES:,} is the most. Do it in parts.")
    return data


def _check_numbers(value: object) -> None:
    # by type, most frequent first: a schedule of instalments alone has a hundred values
    kind = type(value)
    if kind is int:
        if not -MOST_UNITS <= value <= MOST_UNITS:  # type: ignore[operator]
            raise Invalid(f"{value} can't be written exactly in the journal.")
    elif kind is list:
        for inner in value:  # type: ignore[attr-defined]
            if type(inner) is not str:
                _check_numbers(inner)
    elif kind is dict:
        for inner in value.values():  # type: ignore[attr-defined]
            if type(inner) is not str:
                _check_numbers(inner)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) > MOST_UNITS):
        raise Invalid(f"{value} can't be written exactly in the journal.")


_KEYS = {"actor", "at", "authority", "body", "eff", "kind", "n", "nonce", "postings", "reverses", "v"}


def read_payload(data: bytes) -> Entry:
    """Return the entry that ``data`` says.

    Raises:
        Tampered: Not a payload of ours, not canonical, or of a version we do not know.
    """
    try:
        raw = orjson.loads(data)
        if set(raw) != _KEYS or raw["v"] != VERSION:
            raise Tampered("The payload lacks a field, or is of a version this program does not know.")
        if canonical(raw) != data:
            raise Tampered("The payload is not in canonical form.")
        postings = tuple(Posting(path, asset, amount) for path, asset, amount in raw["postings"])
        day = date.fromisoformat(raw["eff"])
        return Entry(
            raw["n"],
            raw["kind"],
            day,
            raw["at"],
            raw["actor"],
            raw["authority"],
            raw["body"],
            postings,
            raw["reverses"],
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise Tampered(f"The payload can't be read: {error}.") from None
