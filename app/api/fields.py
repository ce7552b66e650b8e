"""What requests and responses are made of: exact quantities, prices, days and words, in one shape each.

Pydantic would turn ``1``, ``"yes"`` or ``1700000000`` into what a field wants; here each field takes one spelling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Generic, TypeVar, overload

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.people.exports import Taken
from ledger.types import MOST_UNITS, Price

T = TypeVar("T")

QUANTITY = r"^[0-9]{1,16}(\.[0-9]{1,6})?$"
AMOUNT = r"^[0-9]{1,16}(\.[0-9]{1,12})?$"
DAY = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
LINE = r"^[^\x00-\x1f\x7f]+$"

MOST_DEPTH = 20
"""How deep lists and objects may nest in a free-form document."""


def _check_quantity(value: object) -> object:
    if not isinstance(value, str):
        text = 'Write quantities as strings, such as "4800", so that no digit is lost.'
        raise PydanticCustomError("quantity_type", text)
    if not re.fullmatch(QUANTITY, value):
        text = "Not a quantity: write a positive decimal number with at most 6 places, such as 4800 or 12.5."
        raise PydanticCustomError("quantity_form", text)
    return value


Quantity = Annotated[
    str,
    BeforeValidator(_check_quantity),
    WithJsonSchema({"type": "string", "pattern": QUANTITY, "examples": ["4800"]}),
]
"""A number of shares or awards as a decimal string; how many places it may have is up to its share class."""


def _check_change(value: object) -> object:
    return (
        f"-{_check_quantity(value[1:])}" if isinstance(value, str) and value.startswith("-") else _check_quantity(value)
    )


Change = Annotated[
    str,
    BeforeValidator(_check_change),
    WithJsonSchema({"type": "string", "pattern": QUANTITY.replace("^", "^-?"), "examples": ["-1200"]}),
]
"""A quantity with a sign."""


def _check_amount(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("amount_type", 'Write amounts as strings, such as "0.31", so that no digit is lost.')
    if not re.fullmatch(AMOUNT, value):
        raise PydanticCustomError("amount_form", "Not an amount: write a decimal number of zero or more, such as 0.31.")
    return value


Amount = Annotated[
    str, BeforeValidator(_check_amount), WithJsonSchema({"type": "string", "pattern": AMOUNT, "examples": ["0.31"]})
]


def _check_day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(DAY, value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, date):
        return value
    raise PydanticCustomError("day_form", "Not a day between 1900 and 2199: write it like 2026-03-02.")


Day = Annotated[
    date,
    BeforeValidator(_check_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY, "examples": ["2026-03-02"]}),
]
"""A legal day in the company's time zone, without a time."""

Month = Annotated[
    str, StringConstraints(strict=True, pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"), Field(examples=["2025-07"])
]
"""A month; its weeks are those whose Thursday lies in it."""

Line = Annotated[str, Strict(), Field(min_length=1, max_length=200, pattern=LINE)]
"""A line of text: a label, a reference, a reason."""

Id = Annotated[
    str, Strict(), Field(min_length=1, max_length=200, pattern=LINE, examples=["hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"])
]
"""An opaque id, made here or brought along by an import."""

Whole = Annotated[int, Strict(), Field(ge=0, le=MOST_UNITS)]
"""A small count or an entry's number; never a quantity."""

EntryNumber = Annotated[int, Field(ge=0, le=MOST_UNITS, examples=[4812])]
"""A number of an entry, or of entries, in an address."""

Part = Annotated[int, Strict(), Field(ge=1, le=1_000_000_000)]
"""One side of a ratio."""

Flag = Annotated[bool, Strict()]
"""True or false, and no other spelling."""


def check_flag(value: object) -> object:
    """Return a flag in an address: true or false, and no other spelling."""
    if value not in {"true", "false", True, False}:
        raise PydanticCustomError("flag_form", "Write true or false.")
    return value


def _check_document(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    _refuse_inexact(value, MOST_DEPTH)
    return value


def _refuse_inexact(value: object, depth: int) -> None:
    if isinstance(value, float):
        raise PydanticCustomError(
            "document_number", "Write numbers with a fraction as strings, so that no digit is lost."
        )
    if isinstance(value, int) and abs(value) > MOST_UNITS:
        raise PydanticCustomError("document_number", "Whole numbers here stay below 2^53.")
    if isinstance(value, str) and ("\x00" in value or _is_broken(value)):
        raise PydanticCustomError("document_text", "Text must be Unicode without the character NUL.")
    if isinstance(value, dict | list):
        if depth == 0:
            raise PydanticCustomError("document_depth", f"Nested more than {MOST_DEPTH} deep.")
        for inner in [*value, *value.values()] if isinstance(value, dict) else value:
            _refuse_inexact(inner, depth - 1)


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


Document = Annotated[
    dict[str, Any],
    AfterValidator(_check_document),
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""JSON of a shape that the deed checks, without floats."""


def _check_terms(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if not isinstance(value, dict) and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
        raise PydanticCustomError("terms_form", "Vesting terms are an object, or a list of statements.")
    return _check_document(value)


VestingTerms = Annotated[
    dict[str, Any] | list[dict[str, Any]],
    BeforeValidator(_check_terms),
    WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}),
]
"""`{"months": 48, "cliff_months": 12, "every_months": 1}`, conditions of the Open Cap Format (`vesting_conditions`), or
ordered `statements`; never with floats."""


def shown(*examples: Mapping[str, Any]) -> ConfigDict:
    """Return the configuration of a model with examples; every request and response has one."""
    return ConfigDict(json_schema_extra={"examples": [dict(example) for example in examples]})


class Asked(BaseModel):
    """What a request's body holds; a field too many is refused."""

    # said, since a body may be made of what is told: FastAPI checks bodies by what it builds with the route
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=False)


def _check_authority(value: str | None) -> str | None:
    if value is not None and value.startswith("proposal:"):
        raise PydanticCustomError(
            "authority_claimed", "What members passed is carried out by itself; nobody claims it."
        )
    return value


class Order(Asked):
    """What every order may say beside what it is about."""

    model_config = shown({"authority": "board:2026-08"})

    authority: Annotated[Line | None, AfterValidator(_check_authority), Field(examples=["board:2026-08"])] = None
    """What gives the right to do this, such as a board's resolution. Without it: the scope, as ``role:equity:write``.
    No one may claim what passed (``proposal:…``): that is carried out by itself."""


class Told(BaseModel):
    """What a response holds; what checks and writes it is built when it is first told, since no process tells all."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class ShownOnce(Told):
    """What is shown to whoever asked for it, and kept without: a request repeated by its key is told it no more."""

    def without(self) -> ShownOnce:
        """Return what is kept."""
        raise NotImplementedError


class Money(Asked):
    """An exact price or amount of money."""

    model_config = shown({"amount": "0.31", "currency": "USD"})

    amount: Amount
    currency: Annotated[str, Strict(), Field(pattern="^[A-Z]{3}$", examples=["USD"])]

    def price(self) -> Price:
        """Return the price it says, every digit kept."""
        return Price.parse(self.amount, self.currency)

    @overload
    @classmethod
    def of(cls, price: Price) -> Money: ...

    @overload
    @classmethod
    def of(cls, price: None) -> None: ...

    @classmethod
    def of(cls, price: Price | None) -> Money | None:
        """Return a price as the API writes it; None where there is none."""
        return None if price is None else cls(amount=price.text, currency=price.currency)


def price_of(money: Money | None) -> Price | None:
    """Return the price that an amount of money says, or None where there is none."""
    return None if money is None else money.price()


class Ratio(Asked):
    """So many for so many."""

    model_config = shown({"numerator": 3, "denominator": 2})

    numerator: Part
    denominator: Part


@dataclass(frozen=True, slots=True)
class Attachment:
    """A response that is a file: its bytes, its kind, and the name to save it under.

    Attributes:
        taken: What is noted of whoever gets it, of a file made from the record; None where nothing is.
    """

    described_as: ClassVar[str] = "application/zip"
    """The kind that the API's description names."""

    beside_json: ClassVar[tuple[str, ...]] = ("text/csv",)
    """The kinds that it names where the answer may be JSON as well."""

    content: bytes
    media_type: str
    name: str | None = None
    taken: Taken | None = None


@dataclass(frozen=True, slots=True)
class Written(Attachment):
    """An answer in JSON whose bytes are at hand, since it was given before.

    Attributes:
        tag: Of these bytes (``app.api.conditions.etag_of``).
    """

    beside_json: ClassVar[tuple[str, ...]] = ()

    tag: str | None = None


@dataclass(frozen=True, slots=True)
class JsonLines(Attachment):
    """A file of lines of JSON."""

    described_as: ClassVar[str] = "application/x-ndjson"


class Receipt(Told, Generic[T]):
    """What was done. It names nobody, since it is kept for repeated requests; what it made can be fetched by its id."""

    entries: list[int]
    """The numbers of the journal entries that say so: for proofs, and to reverse it."""
    dry_run: bool
    """True when nothing was stored, and all of this is only what would have been."""
    data: T


class Page(Told, Generic[T]):
    """One page of a list, in the order in which things were recorded."""

    data: list[T]
    next: str | None
    """The cursor of the page that follows; also in the header ``Link``."""
    has_more: bool
