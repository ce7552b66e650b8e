"""How twelve months of grants stand under Rule 701 on a day: each sale, and the three limits (reports.md R11).

The rule is in ``ledger.equity.rule701``, what counts in ``ledger.equity.exemptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger.equity.captable.accounts import refuse_unknown
from ledger.equity.exemptions import Sold, basis_on, sold_between
from ledger.equity.register import engagements
from ledger.equity.rule701 import Standing, standing, window_ending
from ledger.equity.values import Award, Plan, ShareClass
from ledger.reading import every, of_the_record
from ledger.types import Cut


@dataclass(frozen=True, slots=True)
class ExemptSales:
    """The sales of the twelve months that end on a day, and how they stand.

    Attributes:
        sold: Oldest first, in units of the day; without those of which nothing is left.
        recipients: Security id to how its holder was engaged then, where that is on record.
        standings: Of each class that was sold or that a plan draws from, by its name; never none of all while there is
            a plan. All count the same price of all sales, each the units of its own class.
    """

    window: tuple[date, date]
    sold: tuple[Sold, ...]
    recipients: Mapping[str, str]
    standings: tuple[tuple[ShareClass, Standing], ...]


@of_the_record
def exempt_sales(db: Session, cut: Cut) -> ExemptSales:
    """Return how the twelve months that end on a day stand, as known before an entry.

    Raises:
        NotFound: The journal has no entry that ``known_at`` comes after.
    """
    refuse_unknown(db, cut)
    window = window_ending(cut.as_of)
    sold = [each for each in sold_between(db, *window, cut=cut) if each.sale.units]
    sales = [each.sale for each in sold]
    counted = {sale.class_id for sale in sales} | {plan.class_id for plan in every(db, Plan, cut)}
    classes = sorted((each for each in every(db, ShareClass, cut) if each.id in counted), key=lambda each: each.name)
    awards = {each.security: each for each in every(db, Award, cut)}
    return ExemptSales(
        window,
        tuple(sold),
        {each.security.id: kind for each in sold if (kind := _recipient(db, each, awards, cut))},
        tuple((of, standing(sales, basis_on(db, of, cut.as_of, cut), of.id, cut.as_of)) for of in classes),
    )


def _recipient(db: Session, of: Sold, awards: Mapping[str, Award], cut: Cut) -> str | None:
    """Return how a holder was engaged when they were sold something: as the grant says, or as the register does."""
    award, on = awards.get(of.security.id), of.sale.sold_on
    if award is not None and award.engagement is not None:
        return award.engagement.value
    running = [
        one.kind.value
        for one, end in engagements(db, of.security.holder, cut)
        if one.starts_on <= on and (end is None or end.ended_on >= on)
    ]
    return running[0] if running else None
