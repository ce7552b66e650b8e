"""The register of grants as a report: the columns of reports.md R4, and what is left of each grant beside them.

The record does not hold three things that some registers list: terms of acceleration (what was accelerated is in the
schedule of vesting), a reason for the grant, and a name for vesting terms that are no template's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.reports.report import Amount, Cell, Number, Report, Source
from ledger.equity.captable.grant_register import Granted
from ledger.equity.grants import DEFAULT_WINDOWS, FULL_TERM
from ledger.equity.values import LeavingReason
from ledger.equity.vesting.templates import name_of
from ledger.types import Json, Price

OWN_TERMS, AT_ONCE = "own terms", "at once"
"""What stands for terms that are no template's, and for none."""

WINDOWS = {
    "ptep_voluntary": LeavingReason.VOLUNTARY_OTHER,
    "ptep_involuntary": LeavingReason.INVOLUNTARY_OTHER,
    "ptep_with_cause": LeavingReason.INVOLUNTARY_WITH_CAUSE,
    "ptep_retirement": LeavingReason.VOLUNTARY_RETIREMENT,
    "ptep_disability": LeavingReason.INVOLUNTARY_DISABILITY,
    "ptep_death": LeavingReason.INVOLUNTARY_DEATH,
}
"""How long after leaving an option may be exercised, by column."""

GRANTS = (
    "label",
    "holder",
    "relationship_at_grant",
    "plan",
    "award_type",
    "grant_date",
    "board_approval_date",
    "resolution_ref",
    "quantity",
    "exercise_price",
    "fmv_at_grant",
    "valuation_id",
    "vesting_template",
    "vesting_start",
    "expiration",
    *WINDOWS,
    "exemption",
    "accepted_date",
    "drafter",
    "approver",
    "holder_id",
    "currency",
    "ptep_good_cause",
    "vested",
    "unvested",
    "remaining",
)


def grants(register: Iterable[Granted], source: Source, names: Mapping[str, str]) -> Report:
    """Return the register (R4), oldest first; prices and quantities are as granted, before later splits."""
    rows = tuple(_row(each, names) for each in register)
    return Report("grants", source, GRANTS, rows, adds_up=("quantity", "vested", "unvested", "remaining"))


def _row(each: Granted, names: Mapping[str, str]) -> tuple[Cell, ...]:
    one, terms = each.security, each.award
    price, fair = one.price, each.fair_value
    return (
        one.label,
        names.get(one.holder, one.holder),
        terms.engagement.value if terms.engagement else None,
        each.plan,
        terms.award_type.value,
        each.on,
        one.board_approved_on,
        one.resolution_ref,
        Amount(each.quantity, each.decimals),
        _price(price),
        _price(fair),
        each.valuation,
        AT_ONCE if terms.vesting is None and not terms.vestings_given else name_of(terms.vesting) or OWN_TERMS,
        terms.vesting_start,
        terms.expires_on,
        *(_window(each, reason) for reason in WINDOWS.values()),
        one.exemption,
        each.accepted_on,
        _who(terms.drafter, names),
        _who(terms.approver, names),
        one.holder,
        price.currency if price else fair.currency if fair else None,
        _window(each, LeavingReason.VOLUNTARY_GOOD_CAUSE),
        Amount(each.vested, each.decimals),
        Amount(each.unvested, each.decimals),
        Amount(each.left, each.decimals),
    )


def _who(id: str | None, names: Mapping[str, str]) -> str | None:
    return None if id is None else names.get(id, id)


def _price(price: Price | None) -> Number | None:
    return None if price is None else Number(price.text)


def _window(each: Granted, reason: LeavingReason) -> str | None:
    """Return how long after leaving for a reason a grant can be exercised; None where it never is."""
    if not each.award_type.needs_price:
        return None
    window: Any = (each.award.windows or {}).get(reason.value, DEFAULT_WINDOWS[reason])
    return _told(window)


def _told(window: Json) -> str:
    if window == FULL_TERM or not isinstance(window, list):
        return "full term"
    return " ".join(str(part).lower() for part in window)
