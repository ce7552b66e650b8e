"""Scenario 73: a name is erased when retention has ended, and no hash and no total changes."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.people import accounts, elsewhere, passkeys, tables, vault
from app.people.erasure import erase_holder, kept_until
from app.people.holders import add_named_holder
from app.verification import verify_all
from ledger import journal, members
from ledger.equity import register
from ledger.equity.captable.summary import cap_table
from ledger.equity.leaving import LeavingOrder, terminate
from ledger.equity.values import EngagementKind, Group, HolderKind, LeavingReason
from ledger.errors import NotAllowedNow, NotFound
from ledger.sessions import capital, payouts
from ledger.sessions.redemption import ExitCause
from ledger.types import Cut
from tests import make
from tests.ledger.sessions.board import solvent

LEFT = date(2024, 9, 1)


def _who_left(db: Session) -> str:
    make.company(db)
    document = {"name": "Ana Ortiz", "email": "ana@lanternleaf.example"}
    ana = add_named_holder(db, make.act(), document, kind=HolderKind.INDIVIDUAL, on=make.BEGINNING)
    register.engage(db, make.act(), ana.id, kind=EngagementKind.C1099, shown_as=Group.PROVIDER, on=make.BEGINNING)
    make.grant(db, make.plan(db), ana)
    with pytest.raises(NotAllowedNow, match="is engaged"):
        erase_holder(db, make.act(), ana.id, on=date(2040, 1, 1), reason="Asked for it.")
    terminate(db, make.act(), LeavingOrder(ana.id, LeavingReason.VOLUNTARY_OTHER, LEFT))
    return ana.id


def test_a_name_is_kept_for_seven_years_and_then_erased(db: Session) -> None:
    ana = _who_left(db)
    assert kept_until(db, ana) == date(2031, 9, 1)
    with pytest.raises(NotAllowedNow, match="until 2031-09-01"):
        erase_holder(db, make.act(), ana, on=date(2031, 9, 1), reason="Asked for it.")
    assert vault.names(db)[ana] == "Ana Ortiz"
    known_at = journal.size(db)
    root, table = journal.head_at(db, known_at).root(), cap_table(db, Cut(LEFT, known_at))
    assert erase_holder(db, make.act(), ana, on=date(2031, 9, 2), reason="Asked for it.") == 1
    assert vault.names(db)[ana].startswith("Former member #")
    assert journal.head_at(db, known_at).root() == root
    assert cap_table(db, Cut(LEFT, known_at)) == table
    assert verify_all(db, known_root=(known_at, root.hex())).fault is None


def test_a_member_is_kept_on_the_list_until_long_after_they_left_and_were_paid_out(db: Session) -> None:
    make.company(db)
    member = make.member(db)
    assert kept_until(db, member) is None
    members.end_membership(db, make.act(), member, on=LEFT, reason="Retired.")
    assert kept_until(db, member) == date(2031, 9, 1)
    capital.pay_in(db, make.act(), member, 100, on=make.BEGINNING)
    assert kept_until(db, member) is None
    schedule = payouts.promise_exit(db, make.act(), member, ExitCause.DEATH, on=LEFT)
    solvent(db, date(2025, 3, 1))
    payouts.pay_exit(db, make.act(), schedule.id, on=date(2025, 3, 1))
    assert kept_until(db, member) == date(2032, 3, 1)


def test_how_somebody_signed_in_is_erased_with_their_name(db: Session) -> None:
    ana = _who_left(db)
    account = accounts.create_account(db, make.act(), holder=ana).id
    db.execute(
        insert(tables.outside_identity),
        [{"issuer": "https://login.example", "subject": "ana", "account": account, "linked_at": 0}],
    )
    erase_holder(db, make.act(), ana, on=date(2031, 9, 2), reason="Asked for it.")
    assert elsewhere.identities_of(db, account) == []
    assert passkeys.passkeys_of(db, account) == []


def test_nobody_unknown_is_erased(db: Session) -> None:
    with pytest.raises(NotFound):
        erase_holder(db, make.act(), "hld_nobody", on=date(2040, 1, 1), reason="Asked for it.")
