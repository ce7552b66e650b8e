"""The pools as a steward sees them: what is left of each, how long it lasts, who decided how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.people.roles import Role
from app.web.member import today_of
from app.web.pool_words import valued
from app.web.site import Here, Pages, View
from app.web.steward import pools
from ledger import journal
from ledger.equity.captable.movements import pool_events
from ledger.equity.values import Plan
from ledger.reading import every
from ledger.types import Cut, decimal_text

pages = Pages()

PROPOSAL = "proposal:"
"""How an authority begins that is a decision of the members."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of how large a pool is.

    Attributes:
        size: By how much, as decimal text, below zero for less.
        in_all: How large it was after that.
        authority: On whose decision.
        proposal: The decision of the members that it was, if it was one.
    """

    on: date
    n: int
    size: str
    in_all: str
    authority: str
    proposal: str | None


@pages.get("/steward/pool", Role.STEWARD, long=True)
def show(db: Session, here: Here) -> View:
    """Each plan's pool, and every change of its size."""
    on = today_of(db, here)
    cut = Cut(on, journal.size(db))
    plans = [one for one in every(db, Plan) if not one.implied]
    return View(
        "pool.html",
        {
            "pools": pools(db, cut, here.words),
            "changes": changes(db, cut),
            "valued": valued(db, {one.class_id for one in plans}, on),
            "on": on,
        },
    )


def changes(db: Session, cut: Cut) -> dict[str, list[Change]]:
    """Return plan id to the changes of its pool's size, the newest first."""
    found: dict[str, list[Change]] = {}
    sizes: dict[str, int] = {}
    for one in pool_events(db, cut):
        if not one.reserved:
            continue
        sizes[one.plan.id] = sizes.get(one.plan.id, 0) + one.reserved
        authority = journal.entry_at(db, one.n).authority
        proposal = authority.removeprefix(PROPOSAL) if authority.startswith(PROPOSAL) else None
        told = (decimal_text(one.reserved, one.decimals), decimal_text(sizes[one.plan.id], one.decimals))
        found.setdefault(one.plan.id, []).insert(0, Change(one.on, one.n, *told, authority, proposal))
    return found
