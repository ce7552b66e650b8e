"""How convertibles, warrants and preferred shares turn into shares: triggers, rights and mechanisms."""

from __future__ import annotations

from app.imports.ocf.findings import Code
from app.imports.ocf.models.shape import (
    OK,
    Checker,
    Fields,
    Flaw,
    Must,
    boolean,
    list_of,
    needs_when,
    one_of,
    record,
    tagged,
    text,
    words,
)
from app.imports.ocf.models.values import MONETARY, NUMERIC, PERCENTAGE, RATIO, day

_RULES = record(
    {
        f"include_{what}": Must(boolean)
        for what in words(
            "outstanding_shares outstanding_options outstanding_unissued_options this_security"
            " other_converting_securities option_pool_topup_for_promised_options additional_option_pool_topup"
            " new_money"
        )
    }
)
_BASIS = {"capitalization_definition": text, "capitalization_definition_rules": _RULES}
_TERMS = {
    "conversion_discount": PERCENTAGE,
    "conversion_valuation_cap": MONETARY,
    "exit_multiple": RATIO,
    **_BASIS,
}
_INTEREST = record({"rate": Must(PERCENTAGE), "accrual_start_date": Must(day), "accrual_end_date": day})


def _discount(value: object) -> tuple[Flaw, ...]:
    """A discounted price says by how much, in one way; where ``discount`` is not said, neither may be."""
    given = [n for n in ("discount_percentage", "discount_amount") if isinstance(value, dict) and n in value]
    said = value.get("discount") if isinstance(value, dict) else None
    fits = len(given) == 1 if said is True else len(given) < 2 if said is False else not given
    message = "a discount needs exactly one of discount_percentage and discount_amount"
    return OK if fits else (Flaw("/discount", Code.WRONG_COMBINATION, message),)


def _mechanism(kind: str, **fields: Checker | Must) -> tuple[str, Checker]:
    return kind, record({"type": Must(one_of(kind)), **fields})


MECHANISMS = dict(
    [
        _mechanism(
            "SAFE_CONVERSION", **_TERMS, conversion_mfn=Must(boolean), conversion_timing=one_of("PRE_MONEY POST_MONEY")
        ),
        _mechanism(
            "CONVERTIBLE_NOTE_CONVERSION",
            **_TERMS,
            interest_rates=Must(list_of(_INTEREST)),
            day_count_convention=Must(one_of("ACTUAL_365 30_360")),
            interest_payout=Must(one_of("DEFERRED CASH")),
            interest_accrual_period=Must(one_of("DAILY MONTHLY QUARTERLY SEMI_ANNUAL ANNUAL")),
            compounding_type=Must(one_of("COMPOUNDING SIMPLE")),
            conversion_mfn=boolean,
        ),
        _mechanism("CUSTOM_CONVERSION", custom_conversion_description=Must(text)),
        _mechanism("FIXED_PERCENT_OF_CAPITALIZATION_CONVERSION", converts_to_percent=Must(PERCENTAGE), **_BASIS),
        _mechanism("FIXED_AMOUNT_CONVERSION", converts_to_quantity=Must(NUMERIC)),
        _mechanism(
            "RATIO_CONVERSION",
            conversion_price=Must(MONETARY),
            ratio=Must(RATIO),
            rounding_type=Must(one_of("CEILING FLOOR NORMAL")),
        ),
    ]
)
MECHANISMS["VALUATION_BASED_CONVERSION"] = record(
    {
        "type": Must(one_of("VALUATION_BASED_CONVERSION")),
        "valuation_type": Must(one_of("FIXED ACTUAL CAP")),
        "valuation_amount": MONETARY,
        **_BASIS,
    },
    needs_when("valuation_amount", "valuation_type", ("CAP", "FIXED")),
)
MECHANISMS["PPS_BASED_CONVERSION"] = record(
    {
        "type": Must(one_of("PPS_BASED_CONVERSION")),
        "description": Must(text),
        "discount": boolean,
        "discount_percentage": PERCENTAGE,
        "discount_amount": MONETARY,
    },
    _discount,
)


def _right(kind: str, mechanisms: str) -> Checker:
    return record(
        {
            "type": one_of(kind),
            "conversion_mechanism": Must(tagged({name: MECHANISMS[name] for name in mechanisms.split()})),
            "converts_to_future_round": boolean,
            "converts_to_stock_class_id": text,
        }
    )


RIGHTS = {
    "CONVERTIBLE_CONVERSION_RIGHT": _right(
        "CONVERTIBLE_CONVERSION_RIGHT",
        "SAFE_CONVERSION CONVERTIBLE_NOTE_CONVERSION CUSTOM_CONVERSION FIXED_PERCENT_OF_CAPITALIZATION_CONVERSION"
        " FIXED_AMOUNT_CONVERSION",
    ),
    "WARRANT_CONVERSION_RIGHT": _right(
        "WARRANT_CONVERSION_RIGHT",
        "CUSTOM_CONVERSION FIXED_PERCENT_OF_CAPITALIZATION_CONVERSION FIXED_AMOUNT_CONVERSION"
        " VALUATION_BASED_CONVERSION PPS_BASED_CONVERSION",
    ),
    "STOCK_CLASS_CONVERSION_RIGHT": _right("STOCK_CLASS_CONVERSION_RIGHT", "RATIO_CONVERSION"),
}
_named_right = tagged(RIGHTS)


def conversion_right(value: object) -> tuple[Flaw, ...]:
    """One of the three rights; its ``type`` may be left out where only one of them has the mechanism."""
    if not isinstance(value, dict) or "type" in value:
        return _named_right(value)
    found = [check(value) for check in RIGHTS.values()]
    if sum(not flaws for flaws in found) == 1:
        return OK
    if all(found):
        return min(found, key=len)
    return (Flaw("/type", Code.WRONG_COMBINATION, "is needed to tell which right this is"),)


def _trigger(kind: str, **fields: Must) -> tuple[str, Checker]:
    shared: Fields = {"trigger_id": Must(text), "nickname": text, "trigger_description": text}
    return kind, record({"type": Must(one_of(kind)), **shared, "conversion_right": Must(conversion_right), **fields})


TRIGGER = tagged(
    dict(
        [
            _trigger("AUTOMATIC_ON_CONDITION", trigger_condition=Must(text)),
            _trigger("AUTOMATIC_ON_DATE", trigger_date=Must(day)),
            _trigger("ELECTIVE_AT_WILL"),
            _trigger("ELECTIVE_IN_RANGE", start_date=Must(day), end_date=Must(day)),
            _trigger("ELECTIVE_ON_CONDITION", trigger_condition=Must(text)),
            _trigger("UNSPECIFIED"),
        ]
    )
)
