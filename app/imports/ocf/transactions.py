"""A transaction of the package in our words: what it does to which security, in exact numbers.

The long list of object types comes down to four families of securities and a handful of verbs. Only what the checks
and the order of things need is read here; the writer of the ledger takes the rest from the item itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from app.imports.ocf.package import Item, as_date
from app.imports.ocf.remarks import RECORD

Quantity: TypeAlias = "int | Fraction"
"""Units, or an amount of money for convertibles: exact, whole where it is whole."""


class Family(StrEnum):
    """The four kinds of securities; ``PLAN_SECURITY`` is an old spelling of ``EQUITY_COMPENSATION``."""

    STOCK = "STOCK"
    """Shares, of a class."""
    EQUITY_COMPENSATION = "EQUITY_COMPENSATION"
    """Grants: options, units, appreciation rights; mostly from a plan."""
    CONVERTIBLE = "CONVERTIBLE"
    """Notes and SAFEs: an amount of money until they convert."""
    WARRANT = "WARRANT"
    """Rights to buy shares, outside the plans."""


UNITS = (Family.STOCK, Family.EQUITY_COMPENSATION)
"""The families that are counted in units of a class; the others become shares only later."""


class StepKind(StrEnum):
    """What happens in one step, that is in one later journal entry."""

    ISSUE_STOCK = "issue_stock"
    """Shares are issued, not as the result of another step."""
    GRANT = "grant"
    """Equity compensation is granted."""
    ISSUE_CONVERTIBLE = "issue_convertible"
    """A note or SAFE is issued."""
    ISSUE_WARRANT = "issue_warrant"
    """A warrant is issued."""
    ACCEPT = "accept"
    """The holder accepts a security."""
    EXERCISE = "exercise"
    """A grant or warrant is exercised into shares."""
    RELEASE = "release"
    """Units are settled in shares."""
    TRANSFER = "transfer"
    """A security goes to others, whole or in part."""
    CONVERT = "convert"
    """Shares or a convertible become shares of another class."""
    CANCEL = "cancel"
    """A security is cancelled, whole or in part."""
    REPURCHASE = "repurchase"
    """The company buys shares back."""
    RETRACT = "retract"
    """An issuance is undone as if it had not been."""
    REISSUE = "reissue"
    """A certificate is replaced by others, also to carry out a split."""
    CONSOLIDATE = "consolidate"
    """Several certificates become one."""
    SPLIT = "split"
    """Every share of a class becomes so many."""
    REPRICE = "reprice"
    """A grant has a new exercise price."""
    AUTHORISED_ADJUSTED = "authorised_adjusted"
    """A class has another authorised total."""
    ISSUER_AUTHORISED_ADJUSTED = "issuer_authorised_adjusted"
    """The company as a whole has another authorised total."""
    RATIO_ADJUSTED = "ratio_adjusted"
    """A class converts at another ratio."""
    POOL_ADJUSTED = "pool_adjusted"
    """A plan has another reserve in total."""
    RETURN_TO_POOL = "return_to_pool"
    """Units go back to a plan, apart from any cancellation in the package."""
    STAKEHOLDER_CHANGED = "stakeholder_changed"
    """A relationship or status of a stakeholder changes."""
    VESTING_FACT = "vesting_fact"
    """Vesting starts, an event happens, units are accelerated; never a step of its own."""
    MEMO = "memo"
    """Kept as it is, without effect."""


_ISSUES = {
    Family.STOCK: StepKind.ISSUE_STOCK,
    Family.EQUITY_COMPENSATION: StepKind.GRANT,
    Family.CONVERTIBLE: StepKind.ISSUE_CONVERTIBLE,
    Family.WARRANT: StepKind.ISSUE_WARRANT,
}
ISSUES = frozenset(_ISSUES.values())
"""The steps that bring a security into being by themselves."""

GIVES_BACK = (StepKind.CANCEL, StepKind.REPURCHASE, StepKind.RETRACT)
"""The steps that give units back to a pool or to the unissued shares."""

_VERBS = {
    "ACCEPTANCE": StepKind.ACCEPT,
    "CANCELLATION": StepKind.CANCEL,
    "CONVERSION": StepKind.CONVERT,
    "EXERCISE": StepKind.EXERCISE,
    "RELEASE": StepKind.RELEASE,
    "RETRACTION": StepKind.RETRACT,
    "TRANSFER": StepKind.TRANSFER,
    "REISSUANCE": StepKind.REISSUE,
    "REPURCHASE": StepKind.REPURCHASE,
    "CONSOLIDATION": StepKind.CONSOLIDATE,
    "REPRICING": StepKind.REPRICE,
}
_OTHERS = {
    "TX_ISSUER_AUTHORIZED_SHARES_ADJUSTMENT": StepKind.ISSUER_AUTHORISED_ADJUSTED,
    "TX_STOCK_CLASS_AUTHORIZED_SHARES_ADJUSTMENT": StepKind.AUTHORISED_ADJUSTED,
    "TX_STOCK_CLASS_CONVERSION_RATIO_ADJUSTMENT": StepKind.RATIO_ADJUSTED,
    "TX_STOCK_CLASS_SPLIT": StepKind.SPLIT,
    "TX_STOCK_PLAN_POOL_ADJUSTMENT": StepKind.POOL_ADJUSTED,
    "TX_STOCK_PLAN_RETURN_TO_POOL": StepKind.RETURN_TO_POOL,
    "TX_VESTING_START": StepKind.VESTING_FACT,
    "TX_VESTING_EVENT": StepKind.VESTING_FACT,
    "TX_VESTING_ACCELERATION": StepKind.VESTING_FACT,
    "CE_STAKEHOLDER_RELATIONSHIP": StepKind.STAKEHOLDER_CHANGED,
    "CE_STAKEHOLDER_STATUS": StepKind.STAKEHOLDER_CHANGED,
}


@dataclass(frozen=True, slots=True, eq=False)
class Transaction:
    """What one transaction item says, ids as they are written; an empty id where none is given.

    Attributes:
        item: The item itself.
        kind: What it does.
        family: What it does it to; None where no security is concerned or any may be.
        date: When.
        sources: The securities it acts on, none for issuances.
        security_id: The security issued or acted on; the result of a consolidation.
        size: Units or amount concerned; None for the whole, or where it is not said.
        holder_id: Who holds the security issued, or who changes; the issuer, where the company as a whole does.
        class_id: The class of the shares, where it is named.
        plan_id: The plan, where it is named.
        terms_id: The vesting terms of the security issued.
        label: The certificate or grant number of the security issued.
        results: What comes out of it for others or in another class.
        balance_id: What is left, reissued to the holder.
        split_id: The split that a reissuance carries out.
        condition_id: The vesting condition that starts or happens.
        ratio: New shares for each old one, in a split.
        vests: What the written instalments of the security issued add up to; None when it has none.
    """

    item: Item
    kind: StepKind
    family: Family | None
    date: date
    sources: tuple[str, ...] = ()
    security_id: str = ""
    size: Quantity | None = None
    holder_id: str = ""
    class_id: str = ""
    plan_id: str = ""
    terms_id: str = ""
    label: str = ""
    results: tuple[str, ...] = ()
    balance_id: str = ""
    split_id: str = ""
    condition_id: str = ""
    ratio: Quantity | None = None
    vests: Quantity | None = None

    @property
    def id(self) -> str:
        """The item's id, by which findings name it."""
        return self.item.id


def read_transaction(item: Item, data: Mapping[str, Any]) -> Transaction | None:
    """Return the item as a transaction; None when its type is none, or it bears no date."""
    kind, family = _what(item.object_type)
    day = as_date(data.get("date"))
    if kind is None or day is None:
        return None
    consolidates = kind is StepKind.CONSOLIDATE
    security = _id(data, "resulting_security_id" if consolidates else "security_id")
    issues = kind in ISSUES
    balance = _id(data, "balance_security_id")
    acted_on = _ids(data, "security_ids") if consolidates else (security,) if security and not issues else ()
    results = (security,) if consolidates else _ids(data, "resulting_security_ids")
    return Transaction(
        item,
        kind,
        family,
        day,
        sources=acted_on,
        security_id=security,
        size=None if (kind, family) == (StepKind.CONVERT, Family.CONVERTIBLE) else _size(data),
        holder_id=_id(data, "stakeholder_id") or _id(data, "issuer_id"),
        class_id=_id(data, "stock_class_id"),
        plan_id=_id(data, "stock_plan_id"),
        terms_id=_id(data, "vesting_terms_id"),
        label=_id(data, "custom_id") if issues else "",
        results=tuple(r for r in results if r != balance),  # some platforms name the balance among the results too
        balance_id=balance,
        split_id=_id(data, "split_transaction_id") if kind is StepKind.REISSUE else "",
        condition_id=_id(data, "vesting_condition_id"),
        ratio=_ratio(data.get("split_ratio")),
        vests=_vests(data.get("vestings")),
    )


_LONGEST = 60
_ABSURD: int = 10**60


def number(written: object) -> Quantity | None:
    """Return a decimal string of the format as an exact number; None when it is no such thing.

    Of an absurdly long one only the size is kept, so that it is found too large and costs nothing.
    """
    if not isinstance(written, str):
        return None
    if len(written) > _LONGEST:
        return _ABSURD
    if written.isdecimal() and written.isascii():
        return int(written)
    try:
        exact = Fraction(written)
    except (ValueError, ZeroDivisionError):
        return None
    return int(exact) if exact.denominator == 1 else exact


def decimals_of(quantity: Quantity) -> int:
    """Return the decimal places that a quantity needs, 0 to 10; 10 also where no number of them is enough."""
    return next((n for n in range(10) if Fraction(quantity * 10**n).denominator == 1), 10)


def shown_number(quantity: Quantity) -> str:
    """Return a quantity as a message shows it: with separators, and as a decimal where it can be one."""
    if isinstance(quantity, int):
        return f"{quantity:,}"
    places = decimals_of(quantity)
    exact = quantity * 10**places
    if exact.denominator > 1:
        return f"{quantity}"
    whole, part = divmod(abs(exact.numerator), 10**places)
    return f"{'-' * (exact < 0)}{whole:,}.{part:0{places}}"


@lru_cache(maxsize=256)  # a package has few types, each thousands of times
def _what(object_type: str) -> tuple[StepKind | None, Family | None]:
    if object_type in _OTHERS:
        return _OTHERS[object_type], None
    if object_type == RECORD:
        return StepKind.MEMO, None
    family_name, _, verb = object_type.removeprefix("TX_").rpartition("_")
    family_name = family_name.replace("PLAN_SECURITY", "EQUITY_COMPENSATION")
    if not object_type.startswith("TX_") or family_name not in set(Family):
        return None, None
    family = Family(family_name)
    return (_ISSUES[family] if verb == "ISSUANCE" else _VERBS.get(verb)), family


def _id(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _ids(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


_SIZES = ("quantity", "quantity_converted", "shares_reserved", "new_shares_authorized")


def _size(data: Mapping[str, Any]) -> Quantity | None:
    for money in ("investment_amount", "amount"):
        if isinstance(data.get(money), dict):
            return number(data[money].get("amount"))
    return next((number(data[name]) for name in _SIZES if name in data), None)


def _ratio(value: object) -> Quantity | None:
    if not isinstance(value, dict):
        return None
    above, below = number(value.get("numerator")), number(value.get("denominator"))
    return Fraction(above) / below if above is not None and below else None


def _vests(value: object) -> Quantity | None:
    if not isinstance(value, list) or not value:
        return None
    amounts = [number(one.get("amount")) for one in value if isinstance(one, dict)]
    return sum((amount for amount in amounts if amount is not None), start=0)
