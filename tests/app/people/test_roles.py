"""Roles: two pairs of eyes, ninety days, and what nobody is at once."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.people import accounts, roles
from app.people.roles import EXCLUDED, MOST_DAYS, Role
from ledger.errors import Conflict, FourEyes, Invalid, NotAllowedNow, NotFound
from tests import make

GIVER, OTHER = make.act("usr_giver"), make.act("usr_other")


def somebody(db: Session) -> str:
    return accounts.create_account(db, make.act(), name="Bo Chen").id


def test_a_role_counts_once_somebody_else_has_approved_it(db: Session) -> None:
    account = somebody(db)
    held = roles.give(db, GIVER, account, Role.FINANCE)
    assert roles.roles_of(db, account, make.NOW) == ()
    assert roles.waiting(db, make.NOW) == [held]
    approved = roles.approve(db, OTHER, held.id)
    assert (approved.given_by, approved.approved_by) == ("usr_giver", "usr_other")
    assert roles.roles_of(db, account, make.NOW) == (Role.FINANCE,)
    assert roles.waiting(db, make.NOW) == []
    with pytest.raises(NotAllowedNow, match="has been approved"):
        roles.approve(db, make.act("usr_third"), held.id)


def test_neither_who_gave_a_role_nor_who_would_have_it_approves_it(db: Session) -> None:
    make.company(db)
    # whoever holds something acts as that holder, whoever does not as the account
    named = accounts.create_account(db, make.act(), name="Bo Chen")
    holding = accounts.create_account(db, make.act(), holder=make.holder(db).id)
    for account in (named, holding):
        held = roles.give(db, GIVER, account.id, Role.STEWARD)
        for actor in ("usr_giver", account.actor, account.id):
            with pytest.raises(FourEyes):
                roles.approve(db, make.act(actor), held.id)
        assert roles.roles_of(db, account.id, make.NOW) == ()


def test_what_nobody_is_at_once_is_so_in_either_order(db: Session) -> None:
    for first, second in combinations(Role, 2):
        for one, other in ((first, second), (second, first)):
            account = somebody(db)
            # one that waits counts too: both could be approved afterwards
            roles.give(db, GIVER, account, one)
            if other in EXCLUDED[one]:
                with pytest.raises(Conflict, match="at once"):
                    roles.give(db, GIVER, account, other)
            else:
                roles.give(db, GIVER, account, other)


@given(st.sampled_from(Role), st.sampled_from(Role))
def test_exclusion_has_no_direction_and_no_role_excludes_itself(one: Role, other: Role) -> None:
    assert (one in EXCLUDED[other]) == (other in EXCLUDED[one])
    assert one not in EXCLUDED[one]


def test_finance_does_not_approve_grants_and_an_auditor_has_no_other_role() -> None:
    assert Role.BOARD in EXCLUDED[Role.FINANCE]
    assert EXCLUDED[Role.AUDITOR] == set(Role) - {Role.AUDITOR}
    assert Role.BOARD not in EXCLUDED[Role.STEWARD]


def test_a_role_ends_by_itself(db: Session) -> None:
    account = somebody(db)
    held = roles.give(db, GIVER, account, Role.TELLER, days=2)
    roles.approve(db, OTHER, held.id)
    last = make.NOW + timedelta(days=2)
    assert roles.roles_of(db, account, last - timedelta(microseconds=1)) == (Role.TELLER,)
    assert roles.roles_of(db, account, last) == ()
    # so it may be given anew, and another that it excluded
    roles.give(db, make.act("usr_giver", now=last), account, Role.AUDITOR)


def test_a_role_is_given_for_one_to_ninety_days(db: Session) -> None:
    account = somebody(db)
    for days in (0, -1, MOST_DAYS + 1):
        with pytest.raises(Invalid, match="1 to 90"):
            roles.give(db, GIVER, account, Role.BOARD, days=days)
    held = roles.give(db, GIVER, account, Role.BOARD, days=MOST_DAYS)
    assert held.until == make.NOW + timedelta(days=90)
    with pytest.raises(Conflict, match="have the role"):
        roles.give(db, GIVER, account, Role.BOARD)


def test_what_was_taken_back_ends_at_once_and_is_not_approved_afterwards(db: Session) -> None:
    account = somebody(db)
    held, waits = (roles.give(db, GIVER, account, role) for role in (Role.BOARD, Role.COUNCIL))
    roles.approve(db, OTHER, held.id)
    roles.take(db, GIVER, held.id)
    roles.take(db, GIVER, waits.id)
    assert roles.holdings(db, account, make.NOW) == []
    with pytest.raises(NotAllowedNow, match="taken back"):
        roles.approve(db, OTHER, waits.id)


def test_what_waited_for_too_long_is_not_approved(db: Session) -> None:
    held = roles.give(db, GIVER, somebody(db), Role.BOARD, days=1)
    with pytest.raises(NotAllowedNow, match="time is over"):
        roles.approve(db, make.act("usr_other", now=make.NOW + timedelta(days=1)), held.id)


def test_a_role_that_nobody_gave_is_not_there(db: Session) -> None:
    for deed in (roles.approve, roles.take):
        with pytest.raises(NotFound, match="rol_none"):
            deed(db, OTHER, "rol_none")
