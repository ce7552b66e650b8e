"""What the service says of its record as of a day: read from its tables, for the evidence to be held against.

The stand-alone verifier (``verify_evidence``) reckons all of it from the entries. Nothing here is shared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from governance import policies
from governance.records import Closing
from ledger import journal
from ledger.entries import Role, account
from ledger.equity.captable.by_holder import Standing
from ledger.equity.captable.holdings import holdings
from ledger.equity.captable.totals import totals
from ledger.equity.register import issuer
from ledger.reading import every
from ledger.records import to_body
from ledger.sessions import capital, choices
from ledger.sessions.credit import credit_of_each
from ledger.sessions.deliveries import tallies
from ledger.sessions.weeks import period_of
from ledger.types import Cut, Json

ROLES = {Standing.SHARE: Role.CERTIFICATE, Standing.AWARD: Role.AWARD, Standing.UNDELIVERED: Role.UNDELIVERED}


def claims_of(db: Session, cut: Cut, *, sessions: bool) -> dict[str, Json]:
    """Return every part of what the service says, by name; figures that are zero are left out.

    Args:
        db: The session.
        cut: The day that figures are told as of, and all that is known.
        sessions: Whether credit is told, which nobody can reckon again without single sessions.
    """
    told: dict[str, Json] = {
        "cap_table": cap_table(db, cut),
        "capital": capital_accounts(db, cut),
        "votes": votes(db, cut),
        "policies": policies_in_force(db, cut.as_of),
    }
    return told | {"credit": credit(db, cut)} if sessions else told


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


def votes(db: Session, cut: Cut) -> Json:
    """Return what every vote that was closed came to, by proposal."""
    return {one.proposal: {**one.result, "turnout": one.turnout} for one in every(db, Closing, cut)}


def policies_in_force(db: Session, day: date) -> Json:
    """Return every policy in force on a day, by key."""
    found: dict[str, Json] = {}
    for key in policies.keys(db):
        one = policies.in_force(db, key, day)
        if one is not None:
            _, fields = to_body(one)
            assert isinstance(fields, dict)
            found[key] = {name: value for name, value in fields.items() if name not in {"id", "key"}}
    return found


def credit(db: Session, cut: Cut) -> Json:
    """Return the minutes that each provider is credited by month, of the days up to the cut's."""
    ever = Cut(date.max, cut.known_at)
    rules, settings = choices.policies(db, ever), choices.settings_of_each(db, ever)
    if not rules:
        return {}
    first = min(rule.effective_from for rule in rules)
    own = tallies(db, known_at=cut.known_at, first=first, last=cut.as_of)
    found: dict[str, dict[str, int]] = {}
    for provider, weeks in credit_of_each(own, settings, rules):
        for week, credited in weeks.items():
            _add(found.setdefault(period_of(week), {}), provider, credited.minutes)
    told: dict[str, Json] = {month: {**of} for month, of in found.items()}
    return told


def _add(to: dict[str, int], name: str, units: int) -> None:
    if units:
        to[str(name)] = to.get(name, 0) + units
