"""Chains: each account's postings one after the other, and what its balance comes to on any day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from ledger import tables

Moved = Iterable[tuple[date, int]]
"""Amounts and the days they count from."""


@dataclass(slots=True)
class Chain:
    """The end of an account's chain of postings."""

    id: int
    floor: int | None
    version: int = 0
    after: int = 0
    latest: date = date.min

    def copy(self) -> Chain:
        """Return the same end, to go back to."""
        return Chain(self.id, self.floor, self.version, self.after, self.latest)


def _chain_query() -> Select[Any]:
    account, posting, other = tables.account, tables.posting, tables.posting.alias()
    # order by … limit 1 walks one step of the index; max(version) group by would scan a hot pool's whole chain
    latest = select(func.max(other.c.effective_on)).where(other.c.account == account.c.id).scalar_subquery()
    return (
        select(account.c.id, account.c.floor, posting.c.version, posting.c.after, latest.label("latest"))
        .join(posting, posting.c.account == account.c.id)
        .where(account.c.path == bindparam("path"))
        .order_by(posting.c.version.desc())
        .limit(1)
    )


# built once: building a query costs SQLAlchemy more than asking it
_CHAIN = _chain_query()


def read_chain(connection: Connection, path: str) -> Chain | None:
    """Return the end of an account's chain as it is written; None for one never opened."""
    row = connection.execute(_CHAIN, {"path": path}).first()
    return None if row is None else Chain(row.id, row.floor, row.version, row.after, row.latest)


def lowest(connection: Connection, chain: Chain, day: date, waiting: Moved = ()) -> tuple[int, date]:
    """Return the lowest balance from ``day`` on and the first day on which it stands.

    ``waiting`` is what the chain has and the database does not yet.
    """
    if chain.latest <= day:
        return chain.after, day
    posting = tables.posting
    moved = connection.execute(
        select(posting.c.effective_on, func.sum(posting.c.amount))
        .where(posting.c.account == chain.id, posting.c.effective_on > day)
        .group_by(posting.c.effective_on)
        .order_by(posting.c.effective_on)
    ).all()
    later = {row[0]: int(row[1]) for row in moved}
    for on, amount in waiting:
        if on > day:
            later[on] = later.get(on, 0) + amount
    days, amounts = [day, *sorted(later)], [later[on] for on in sorted(later)]
    balances = list(accumulate(amounts, initial=chain.after - sum(amounts)))
    least = min(balances)
    return least, days[balances.index(least)]
