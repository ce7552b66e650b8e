"""Finance's first page: what a month's end asks for, four totals, the classes, what changed since the last close."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.people.roles import Role
from app.web.asked import asked_of
from app.web.checks import ties
from app.web.finance import classed, classed_total, holders_of, picture_of, signed, totals_of
from app.web.month_end import changes_since_close, month_end, to_do
from app.web.site import Here, Pages, View
from ledger.equity.captable.movements import pool_events
from ledger.equity.captable.summary import cap_table
from ledger.types import Cut

pages = Pages()

LATEST = 8
"""How many changes of the pools the overview shows."""


@pages.get("/finance", Role.FINANCE, long=True)
def finance(db: Session, here: Here) -> View:
    """The company today: what is to be done, totals, classes, whether it all ties out, and what changed last."""
    asked = asked_of(db, here)
    table = cap_table(db, asked.cut)
    holders = holders_of(db, asked.cut)
    events = sorted(pool_events(db, asked.cut), key=lambda each: (each.on, each.n))[-LATEST:]
    end = month_end(asked.cut.as_of)
    at_end = ties(db, Cut(end, asked.cut.known_at), here.words)
    return View(
        "finance.html",
        {
            "asked": asked,
            "items": to_do(db, asked.cut.as_of, ties=all(tie.holds for tie in at_end), words=here.words),
            "end": end,
            "since": changes_since_close(db, asked.cut),
            "totals": totals_of(table, holders),
            "rows": classed(table, None),
            "total": classed_total(table, None),
            "picture": picture_of(table, here.words),
            "ties": ties(db, asked.cut, here.words),
            "events": [(each, signed(each.available, each.decimals)) for each in reversed(events)],
        },
    )
