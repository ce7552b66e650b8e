"""How the first people come in, and what an administrator does for the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import LinkInvalid
from app.people import accounts, administration, roles
from app.people.administration import SHELL, first_link, give_role, invite, link_for
from app.people.roles import Role
from ledger.errors import AlreadyExists, Invalid, NotAllowedNow, NotFound
from ledger.types import Act
from tests import make


def shell(**later: int) -> Act:
    return Act(SHELL, "role:operator", make.NOW + timedelta(**later))


def test_the_set_up_link_is_there_until_anybody_has_come_in(db: Session) -> None:
    lost, link = first_link(db, shell()), first_link(db, shell())
    assert lost is not None
    assert link is not None
    assert lost.secret != link.secret
    assert link.address == f"http://127.0.0.1:8000/enter/{link.secret}"
    [admin] = accounts.accounts(db)
    assert roles.roles_of(db, admin.id, make.NOW) == (Role.ADMIN,)
    found, _ = accounts.use_link(db, shell(), link.secret)
    assert found == admin
    assert first_link(db, shell()) is None


def test_an_account_without_a_role_gets_no_set_up_link(db: Session) -> None:
    invite(db, shell(), name="Bo Chen")
    assert first_link(db, shell()) is None
    assert len(accounts.accounts(db)) == 1


def test_only_the_shell_makes_an_administrator_and_only_where_there_is_none(db: Session) -> None:
    ana, bo = (invite(db, shell(), name=name).id for name in ("Ana Ortiz", "Bo Chen"))
    assert give_role(db, make.act("usr_somebody"), ana, Role.ADMIN, days=1).approved_by is None
    assert give_role(db, shell(), bo, Role.FINANCE).approved_by is None
    assert give_role(db, shell(), bo, Role.ADMIN, days=30).approved_by == SHELL
    waits = give_role(db, shell(days=2), ana, Role.ADMIN)
    assert waits.approved_by is None
    # without an administrator everybody would be locked out for good
    roles.take(db, shell(days=2), waits.id)
    assert give_role(db, shell(days=31), ana, Role.ADMIN).approved_by == SHELL


def test_somebody_on_record_is_invited_by_their_id_and_once(db: Session) -> None:
    make.company(db)
    holder = make.holder(db).id
    made = invite(db, shell(), holder=holder, email=" ana@lanternleaf.example ")
    assert (made.holder, made.email) == (holder, "ana@lanternleaf.example")
    assert administration.account_called(db, holder) == administration.account_called(db, made.id) == made
    with pytest.raises(AlreadyExists):
        invite(db, shell(), holder=holder)
    with pytest.raises(NotFound):
        invite(db, shell(), holder="hld_nobody")
    with pytest.raises(Invalid, match="stands on record"):
        invite(db, shell(), holder=holder, name="Another Name")


@pytest.mark.parametrize("email", ["ana", "@b", "a@", "ana ortiz@example.org", "a" * 200 + "@b"])
def test_what_is_no_address_is_refused(db: Session, email: str) -> None:
    with pytest.raises(Invalid, match="e-mail") as refused:
        invite(db, shell(), name="Ana", email=email)
    assert refused.value.field == "email"


def test_a_name_is_kept_as_it_is_written_but_not_without_end(db: Session) -> None:
    for name in ("<script>alert(1)</script>", "אנה 🦊", "x" * 200):
        assert invite(db, shell(), name=name).name == name
    for name in ("x" * 201, "", "  "):
        with pytest.raises(Invalid):
            invite(db, shell(), name=name)


def test_the_first_link_works_for_a_week_and_later_ones_for_a_day(db: Session) -> None:
    account = invite(db, shell(), name="Bo Chen").id
    first = link_for(db, shell(), account)
    assert first.hours == 7 * 24
    accounts.use_link(db, shell(days=6), first.secret)
    later = link_for(db, shell(days=6), account)
    assert later.hours == 24
    with pytest.raises(LinkInvalid, match="too old"):
        accounts.use_link(db, shell(days=7), later.secret)


def test_ending_somebodys_access_ends_their_roles_and_browsers(db: Session) -> None:
    account = invite(db, shell(), name="Bo Chen")
    held = give_role(db, make.act("usr_ana"), account.id, Role.BOARD)
    roles.approve(db, shell(), held.id)
    accounts.start_session(db, shell(), account.id)
    with pytest.raises(NotAllowedNow, match="your own"):
        administration.end_access(db, make.act(account.actor), account.id)
    administration.end_access(db, shell(), account.id)
    [one] = administration.standings(db, make.NOW)
    assert (one.account.ended, one.roles, one.browsers, one.seen_at) == (True, (), 0, make.NOW)
    with pytest.raises(NotAllowedNow, match="has ended"):
        give_role(db, shell(), account.id, Role.BOARD)


def test_people_stand_from_a_to_z_and_whoever_has_left_at_the_end(db: Session) -> None:
    made = {name: invite(db, shell(), name=name).id for name in ("bo", "Ana", "Cleo", "Ada")}
    administration.end_access(db, shell(), made["Ada"])
    found = administration.standings(db, make.NOW)
    assert [one.account.name for one in found] == ["Ana", "bo", "Cleo", "Ada"]
    assert {one.seen_at for one in found} == {None}


def test_only_browsers_that_are_still_signed_in_are_counted(db: Session) -> None:
    account = invite(db, shell(), name="Bo Chen").id
    left, *_ = (accounts.start_session(db, shell(days=days), account) for days in (0, 3, 5))
    accounts.end_session(db, shell(), accounts.digest_of(left))
    told = {}
    for days in (5, 16, 17, 19, 100):
        [one] = administration.standings(db, shell(days=days).now)
        told[days] = one.browsers
        assert one.seen_at == shell(days=5).now
    assert told == {5: 2, 16: 2, 17: 1, 19: 0, 100: 0}
