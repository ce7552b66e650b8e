"""The formats, word lists and small objects of which the format's items are made."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from app.imports.ocf.findings import Code
from app.imports.ocf.models.shape import (
    OK,
    Checker,
    Flaw,
    Must,
    boolean,
    exactly_one,
    integer,
    list_of,
    one_of,
    pattern,
    record,
    shown,
    tagged,
    text,
    words,
)

NUMERIC = pattern(r"[+-]?[0-9]+(\.[0-9]{1,10})?", '"4800" or "0.25", with at most 10 decimal places')
PERCENTAGE = pattern(r"0?(\.[0-9]{1,10})?|1(\.0{1,10})?", '"0.25" for a quarter, at most "1"')
MD5 = pattern(r"[a-fA-F0-9]{32}", "an MD5 of 32 hexadecimal digits")
COUNTRY = pattern(r"[A-Z]{2}", "US")
SUBDIVISION = pattern(r"[A-Z0-9]{1,3}", "CA")
CURRENCY = pattern(r"[A-Z]{3}", "USD")
EMAIL_ADDRESS = pattern(r".+@.+", "ada@example.org")
PHONE_NUMBER = pattern(r"\+\d{1,3}\s\d{2,3}\s\d{2,3}\s\d{4}(\s(ext.|extension)\s\d+)?", "+1 555 123 4567 ext. 89")
_DATE = pattern(r"\d{4}-\d{2}-\d{2}", "2026-08-31")
_MOMENT = pattern(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", "2026-08-31T12:00:00Z")


def day(value: object) -> tuple[Flaw, ...]:
    """A calendar date that exists, year first."""
    if not isinstance(value, str) or _DATE(value):
        return _DATE(value)
    return OK if _exists(value) else (Flaw("", Code.WRONG_FORMAT, f"{shown(value)} is not in the calendar"),)


def moment(value: object) -> tuple[Flaw, ...]:
    """A date and time with its offset from UTC (RFC 3339)."""
    if not isinstance(value, str) or _MOMENT(value):
        return _MOMENT(value)
    try:
        datetime.fromisoformat(value.upper().replace(":60", ":59"))  # RFC 3339 has leap seconds, Python has not
    except ValueError:
        return (Flaw("", Code.WRONG_FORMAT, f"{shown(value)} is not in the calendar"),)
    return OK


@lru_cache(maxsize=65_536)  # a package has few days, each written thousands of times
def _exists(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


OBJECT_TYPES = words(
    "ISSUER STAKEHOLDER STOCK_CLASS STOCK_LEGEND_TEMPLATE STOCK_PLAN VALUATION VESTING_TERMS FINANCING"
    " DOCUMENT TX_ISSUER_AUTHORIZED_SHARES_ADJUSTMENT TX_STOCK_CLASS_CONVERSION_RATIO_ADJUSTMENT"
    " TX_STOCK_CLASS_AUTHORIZED_SHARES_ADJUSTMENT TX_STOCK_CLASS_SPLIT TX_STOCK_PLAN_POOL_ADJUSTMENT"
    " TX_STOCK_PLAN_RETURN_TO_POOL TX_CONVERTIBLE_ACCEPTANCE TX_CONVERTIBLE_CANCELLATION"
    " TX_CONVERTIBLE_CONVERSION TX_CONVERTIBLE_ISSUANCE TX_CONVERTIBLE_RETRACTION TX_CONVERTIBLE_TRANSFER"
    " TX_EQUITY_COMPENSATION_ACCEPTANCE TX_EQUITY_COMPENSATION_CANCELLATION"
    " TX_EQUITY_COMPENSATION_EXERCISE TX_EQUITY_COMPENSATION_ISSUANCE TX_EQUITY_COMPENSATION_RELEASE"
    " TX_EQUITY_COMPENSATION_RETRACTION TX_EQUITY_COMPENSATION_TRANSFER TX_PLAN_SECURITY_ACCEPTANCE"
    " TX_PLAN_SECURITY_CANCELLATION TX_PLAN_SECURITY_EXERCISE TX_PLAN_SECURITY_ISSUANCE"
    " TX_PLAN_SECURITY_RELEASE TX_PLAN_SECURITY_RETRACTION TX_PLAN_SECURITY_TRANSFER TX_STOCK_ACCEPTANCE"
    " TX_STOCK_CANCELLATION TX_STOCK_CONVERSION TX_STOCK_ISSUANCE TX_STOCK_REISSUANCE TX_STOCK_REPURCHASE"
    " TX_STOCK_RETRACTION TX_STOCK_TRANSFER TX_WARRANT_ACCEPTANCE TX_WARRANT_CANCELLATION"
    " TX_WARRANT_EXERCISE TX_WARRANT_ISSUANCE TX_WARRANT_RETRACTION TX_WARRANT_TRANSFER"
    " TX_VESTING_ACCELERATION TX_VESTING_START TX_VESTING_EVENT"
)
MAIN_ONLY_TYPES = [
    "CE_STAKEHOLDER_RELATIONSHIP",
    "CE_STAKEHOLDER_STATUS",
    "TX_STOCK_CONSOLIDATION",
    "TX_EQUITY_COMPENSATION_REPRICING",
]

RELATIONSHIP = one_of(
    "ADVISOR BOARD_MEMBER CONSULTANT EMPLOYEE EX_ADVISOR EX_CONSULTANT EX_EMPLOYEE EXECUTIVE FOUNDER INVESTOR"
    " NON_US_EMPLOYEE OFFICER OTHER"
)
_TERMINATIONS = words(
    "VOLUNTARY_OTHER VOLUNTARY_GOOD_CAUSE VOLUNTARY_RETIREMENT INVOLUNTARY_OTHER INVOLUNTARY_DEATH"
    " INVOLUNTARY_DISABILITY INVOLUNTARY_WITH_CAUSE"
)
STATUS = one_of(["ACTIVE", "LEAVE_OF_ABSENCE", *(f"TERMINATION_{reason}" for reason in _TERMINATIONS)])
PERIOD_TYPE = one_of("DAYS MONTHS YEARS")

MONETARY = record({"amount": Must(NUMERIC), "currency": Must(CURRENCY)})
RATIO = record({"numerator": Must(NUMERIC), "denominator": Must(NUMERIC)})
VESTING = record({"date": Must(day), "amount": Must(NUMERIC)})
NAME = record({"legal_name": Must(text), "first_name": text, "last_name": text})
EMAIL = record({"email_type": Must(one_of("PERSONAL BUSINESS OTHER")), "email_address": Must(EMAIL_ADDRESS)})
PHONE = record({"phone_type": Must(one_of("HOME MOBILE BUSINESS OTHER")), "phone_number": Must(PHONE_NUMBER)})
TAX_ID = record({"tax_id": Must(text), "country": Must(COUNTRY)})
ADDRESS = record(
    {
        "address_type": Must(one_of("LEGAL CONTACT OTHER")),
        "street_suite": text,
        "city": text,
        "country_subdivision": SUBDIVISION,
        "country": Must(COUNTRY),
        "postal_code": text,
    }
)
SECURITY_EXEMPTION = record({"description": Must(text), "jurisdiction": Must(text)})
SHARE_NUMBERS = record({"starting_share_number": Must(NUMERIC), "ending_share_number": Must(NUMERIC)})
LISTED_FILE = record({"filepath": Must(text), "md5": Must(MD5)})
TERMINATION_WINDOW = record(
    {"reason": Must(one_of(_TERMINATIONS)), "period": Must(integer()), "period_type": Must(PERIOD_TYPE)}
)
CAPITALIZATION = record(
    {
        "include_stock_class_ids": Must(list_of(text)),
        "include_stock_plans_ids": Must(list_of(text)),
        "include_security_ids": Must(list_of(text)),
        "exclude_security_ids": Must(list_of(text)),
    }
)


def authorised(value: object) -> tuple[Flaw, ...]:
    """A number of shares, or one of the two phrases for no limit."""
    return OK if value in ("NOT APPLICABLE", "UNLIMITED") else NUMERIC(value)


def contact(*, named: bool) -> Checker:
    """Make the checker of a contact: phone numbers or e-mail addresses, with a name or without."""

    def reachable(value: object) -> tuple[Flaw, ...]:
        if not isinstance(value, dict) or "phone_numbers" in value or "emails" in value:
            return OK
        return (Flaw("", Code.WRONG_COMBINATION, "needs phone_numbers or emails"),)

    ways = {"phone_numbers": list_of(PHONE), "emails": list_of(EMAIL)}
    return record({"name": Must(NAME), **ways} if named else ways, reachable)


def vesting_condition(*, cliff: bool) -> Checker:
    """Make the checker of a vesting condition; ``cliff`` allows ``cliff_installment``, which 1.2.0 does not have."""
    period: dict[str, Checker | Must] = {
        "length": Must(integer(least=0)),
        "type": Must(PERIOD_TYPE),
        "occurrences": Must(integer(least=1)),
    }
    if cliff:
        period["cliff_installment"] = integer(least=0)
    days = [f"{n:02}" for n in range(1, 29)]
    days += ["29_OR_LAST_DAY_OF_MONTH", "30_OR_LAST_DAY_OF_MONTH", "31_OR_LAST_DAY_OF_MONTH"]
    months = {**period, "day_of_month": Must(one_of([*days, "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"]))}
    kind: dict[str, Checker | Must] = {"type": Must(text)}
    trigger = {
        "VESTING_START_DATE": record(kind),
        "VESTING_EVENT": record(kind),
        "VESTING_SCHEDULE_ABSOLUTE": record({**kind, "date": Must(day)}),
        "VESTING_SCHEDULE_RELATIVE": record(
            {
                **kind,
                "period": Must(tagged({"DAYS": record(period), "MONTHS": record(months)})),
                "relative_to_condition_id": Must(text),
            }
        ),
    }
    portion = record({"numerator": Must(NUMERIC), "denominator": Must(NUMERIC), "remainder": boolean})
    return record(
        {
            "id": Must(pattern(r"(?s).+", "an id of at least one character")),
            "description": text,
            "portion": portion,
            "quantity": NUMERIC,
            "trigger": Must(tagged(trigger)),
            "next_condition_ids": Must(list_of(text, unique=True)),
        },
        exactly_one("portion", "quantity"),
    )
