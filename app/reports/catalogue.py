"""All reports in the order in which finance looks for them, each with what it is for: the text of the page of reports.

Titles stand with the pages, which know them of the log of files as well; here is what nobody can tell from a title.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.reports import expense


@dataclass(frozen=True, slots=True)
class Listed:
    """A report, and what it is for, in a sentence.

    Attributes:
        name: As in ``app.reports.REPORTS``.
        also: The same by other methods.
    """

    name: str
    purpose: str
    also: tuple[str, ...] = ()


GRADED, *OTHER_METHODS = expense.BASES
GRADED_JOURNAL, *OTHER_JOURNALS = expense.JOURNALS

CATALOGUE: tuple[tuple[str, tuple[Listed, ...]], ...] = (
    (
        "Cap table",
        (
            Listed("summary", "What is authorised, outstanding and fully diluted, and what was paid in, by class."),
            Listed("holders", "What each holder has of each class, vested and not, with totals."),
            Listed("roll-forward", "From one day to another, by class and plan: opening, what changed, closing."),
            Listed("holder-roll-forward", "The same for each holder."),
            Listed("securities", "Every certificate, grant, note and warrant ever issued, and how it ended."),
            Listed("returned", "What was forfeited, expired, canceled, bought back or transferred, and where it went."),
        ),
    ),
    (
        "Grants and plans",
        (
            Listed("grants", "Every grant with its terms: price and value then, vesting, exercise after leaving."),
            Listed("pool", "What each plan set aside, what became of it, and what is left."),
            Listed("pool-events", "Each movement of a pool, in order, with the balance after it."),
            Listed("vesting", "Each instalment of each grant, with its day and how it stands."),
            Listed("vesting-months", "How much vests in which month, for all grants together."),
        ),
    ),
    (
        "Expense",
        (
            Listed(GRADED, "What grants cost in a period, instalment by instalment.", tuple(OTHER_METHODS)),
            Listed(GRADED_JOURNAL, "The same as entries to book, month by month.", tuple(OTHER_JOURNALS)),
            Listed("expense-errors", "Grants whose expense can't be told; the list has to be empty."),
        ),
    ),
    (
        "Patronage, capital and members",
        (
            Listed("patronage", "Each member's part of each declaration, with the minutes and exact share behind it."),
            Listed("capital-accounts", "From one day to another: each member's capital, against the net book value."),
            Listed("members", "Who is a member since when, and who may vote if the day is the record date."),
            Listed(
                "members-edition",
                "What any member may see of a year: what plans gave out and have left.",
            ),
            Listed("periods", "Which months of sessions are closed, by whom, and as known at which entry."),
        ),
    ),
    (
        "Tax and securities law",
        (
            Listed("rule-701", "Twelve months of grants against the three limits, and how much is left."),
            Listed("iso-exercises", "For each exercise of an incentive option in the year, the boxes of the form."),
            Listed("1099-patr", "For each member with $10 or more in the year, the boxes of the form."),
        ),
    ),
)
"""Title of a group, and what is in it; every report is in one."""

PURPOSES: Mapping[str, str] = {one.name: one.purpose for _, listed in CATALOGUE for one in listed}
"""Name of a report to what it is for; those by other methods have none of their own."""
