"""What the service says of its record as of a day: read from its tables, for the evidence to be held against.

The stand-alone verifier (``verify_evidence``) reckons all of it from the entries. Nothing here is shared with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Role, account
from ledger.equity.captable.by_holder import Standing
from ledger.equity.captable.holdings import holdings
from ledger.equity.captable.totals import totals
from ledger.equity.register import issuer
from ledger.sessions import capital
from ledger.types import Cut, Json

ROLES = {Standing.SHARE: Role.CERTIFICATE, Standing.AWARD: Role.AWARD, Standing.UNDELIVERED: Role.UNDELIVERED}


def claims_of(db: Session, cut: Cut) -> dict[str, Json]:
    """Return every part of what the service says, by name; figures that are zero are left out."""
    return {"cap_table": cap_table(db, cut), "capital": capital_accounts(db, cut)}


def cap_table(db: Session, cut: Cut) -> Json:
    """Return units by class and role of account, by pool, and by holder and class."""
    found = totals(db, cut)
    classes: dict[str, dict[str, int]] = {}
    for (role, class_id), units in found.sums.items():
        _add(classes.setdefault(class_id, {}), role, units)
    for plan in found.plans:
        _add(classes.setdefault(plan.value.class_id, {}), Role.POOL, found.available(plan.value.id))
    holders: dict[str, dict[str, dict[str, int]]] = {}
    for one in holdings(db, cut):
        own = holders.setdefault(one.holder, {}).setdefault(one.class_id, {})
        _add(own, ROLES[one.standing], one.units)
        _add(own, "unvested", one.unvested)
    told: dict[str, Mapping[str, object]] = {
        "classes": {id: of for id, of in classes.items() if of},
        "pools": {id: units for id, units in found.pools.items() if units},
        "holders": holders,
    }
    return told  # type: ignore[return-value]


def capital_accounts(db: Session, cut: Cut) -> Json:
    """Return what members' capital accounts and those of the cooperative hold, in cents, by path."""
    currency = issuer(db).currency
    paths = [of(currency) for of in (capital.book, capital.collective, capital.allocable)]
    own = {path: journal.balance(db, path, cut) for path in paths}
    own |= {account(Role.CAPITAL, member): cents for member, cents in capital.balances(db, cut).items()}
    return {path: cents for path, cents in own.items() if cents}


def _add(to: dict[str, int], name: str, units: int) -> None:
    if units:
        to[str(name)] = to.get(name, 0) + units
