"""Who may look around in the sample cooperative: an account for each role, and a link that lets them in.

Beside the journal: so the record stays the same every time, and only the links are new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.people import accounts, administration, preferences, roles
from app.people.accounts import Account
from app.people.administration import Link
from app.people.roles import Role
from ledger.equity.register import company_day
from ledger.equity.values import Security
from ledger.members import MemberClass, members_on
from ledger.reading import every
from ledger.types import Act

FOUNDERS: Mapping[Role, str] = {Role.STEWARD: "hld_founder_001", Role.BOARD: "hld_founder_002"}
"""Whoever drafts grants is somebody else than who approves them, also as the actor of entries."""

OUTSIDERS: Mapping[Role, str] = {
    Role.FINANCE: "Ruth Calder, bookkeeper",
    Role.AUDITOR: "Ivo Brandt, outside auditor",
    Role.ADMIN: "Pia Lindqvist, office",
}
"""They hold nothing: their accounts have a name of their own."""

THIRD_FOUNDER, SPANISH_SPEAKER, OFFICE = "hld_founder_003", "Ana Quispe, contabilidad", "usr_office"
"""Who has two roles; whose role waits for approval, and who reads Spanish; and who gave the roles."""

SHOWN = (Role.STEWARD, Role.BOARD, Role.FINANCE, Role.AUDITOR, Role.COUNCIL, Role.TELLER, Role.ADMIN)


def open_doors(db: Session, now: datetime) -> dict[str, Link]:
    """Return a sign-in link for a provider and for each role, after making the accounts that are not there yet."""
    act = Act(administration.SHELL, "role:operator", now)
    provider, other, third = shown_providers(db, now)
    admin = _account(db, act, name=OUTSIDERS[Role.ADMIN])
    if not roles.holdings(db, admin.id, now):
        roles.give(db, act, admin.id, Role.ADMIN, is_first=True)
    holders = {**FOUNDERS, Role.COUNCIL: other, Role.TELLER: third}
    people = {role: _account(db, act, holder=holder) for role, holder in holders.items()}
    people |= {role: _account(db, act, name=name) for role, name in OUTSIDERS.items()}
    giving = Act(admin.actor, "role:admin", now)
    for role in SHOWN:
        # what somebody changed while trying things out stays as they left it
        if not roles.holdings(db, people[role].id, now):
            given = administration.give_role(db, giving, people[role].id, role)
            roles.approve(db, act, given.id)
    shown = {"provider": _account(db, act, holder=provider)} | {role.value.lower(): people[role] for role in SHOWN}
    return {who: administration.link_for(db, act, one.id) for who, one in shown.items()}


def furnish(db: Session, now: datetime) -> None:
    """Make accounts of more people: with addresses, in another language and zone, with two roles and one that waits."""
    act = Act(administration.SHELL, "role:operator", now)
    names = OUTSIDERS.values()
    people = [*FOUNDERS.values(), *shown_providers(db, now), THIRD_FOUNDER]
    for who in people:
        administration.invite(db, act, holder=who, email=f"{who.removeprefix('hld_')}@lanternleaf.example")
    for name in names:
        first = name.partition(" ")[0].lower()
        administration.invite(db, act, name=name, email=f"{first}@lanternleaf.example")
    reader = administration.invite(db, act, name=SPANISH_SPEAKER, email="ana@lanternleaf.example")
    preferences.choose_reading(db, reader.id, language="es", zone="America/Bogota")
    both = accounts.account_of_holder(db, THIRD_FOUNDER)
    assert both is not None
    for role in (Role.STEWARD, Role.COUNCIL):
        given = roles.give(db, Act(OFFICE, "role:admin", now), both.id, role)
        roles.approve(db, act, given.id)
    roles.give(db, act, reader.id, Role.FINANCE)


def shown_providers(db: Session, now: datetime) -> tuple[str, str, str]:
    """Return three providers who are members: who has the most to see, and the next."""
    held = Counter(one.holder for one in every(db, Security))
    everybody = members_on(db, company_day(db, now))
    found = [one for one, of in everybody.items() if of is MemberClass.PROVIDER]
    first, second, third, *_ = sorted(found, key=lambda one: -held[one])
    return first, second, third


def _account(db: Session, act: Act, *, holder: str | None = None, name: str | None = None) -> Account:
    known = [one for one in accounts.accounts(db) if (one.holder == holder if holder else one.name == name)]
    if not known:
        return administration.invite(db, act, holder=holder, name=name)
    if known[0].ended:
        accounts.reopen_account(db, act, known[0].id)
    return known[0]
