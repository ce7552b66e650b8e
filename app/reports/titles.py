"""What reports are called where people read them."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "summary": "Cap table by class",
    "holders": "Cap table by holder",
    "pool": "Balance of each plan",
    "pool-events": "What happened to the pools",
    "vesting": "Vesting schedule",
    "vesting-months": "Vesting by month",
    "grants": "Register of grants",
    "periods": "Closed months of sessions",
    "roll-forward": "Roll-forward",
    "holder-roll-forward": "Roll-forward by holder",
    "securities": "Ledger of securities",
    "returned": "Cancelled and returned",
    "iso-exercises": "Figures of Form 3921",
    "expense": "Equity expense, graded",
    "expense-inclusive": "Equity expense, graded, first day counted",
    "expense-straight": "Equity expense, straight-line",
    "expense-straight-inclusive": "Equity expense, straight-line, first day counted",
    "expense-journal": "Bookings of the equity expense, graded",
    "expense-journal-inclusive": "Bookings of the equity expense, graded, first day counted",
    "expense-journal-straight": "Bookings of the equity expense, straight-line",
    "expense-journal-straight-inclusive": "Bookings of the equity expense, straight-line, first day counted",
    "expense-errors": "Grants without a value",
    "patronage": "Register of patronage",
    "capital-accounts": "Capital accounts of members",
    "members": "Register of members",
    "members-edition": "Edition for members",
    "rule-701": "Rule 701: sales of twelve months and the limits",
    "1099-patr": "Figures of Form 1099-PATR",
    "1099-patr-with-tax-numbers": "Form 1099-PATR with tax numbers",
    "iso-exercises-with-tax-numbers": "Form 3921 with tax numbers",
    "payments": "Payments of patronage",
}
"""Name of a report to its title; one that has none here is called by its name."""


def title_of(report: str) -> str:
    """Return the title of a report."""
    return TITLES.get(report) or report.replace("-", " ").capitalize()
