"""Accounts: links that work once, browsers that stay signed in for a while, and ends that are ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import LinkInvalid
from app.people import accounts, tables
from app.people.accounts import IDLE_DAYS, LONGEST_DAYS, Account
from ledger.errors import AlreadyExists, Invalid, NotFound
from ledger.types import Act
from tests import make


def later(**much: int) -> Act:
    return make.act(now=make.NOW + timedelta(**much))


def ana(db: Session) -> Account:
    return accounts.create_account(db, make.act(), name="Ana Ortiz", email="ana@lanternleaf.example")


def test_a_link_lets_one_person_in_once(db: Session) -> None:
    made = ana(db)
    secret = accounts.make_link(db, make.act(), made.id)
    found, cookie = accounts.use_link(db, later(hours=1), secret)
    assert found == made
    kept = accounts.session_of(db, cookie, make.NOW + timedelta(hours=1))
    assert kept is not None
    assert (kept.account, kept.role) == (made.id, None)
    with pytest.raises(LinkInvalid, match="has been used"):
        accounts.use_link(db, later(hours=1), secret)


def test_a_link_is_too_old_from_the_moment_it_expires(db: Session) -> None:
    made = ana(db)
    first, second = (accounts.make_link(db, make.act(), made.id, hours=2) for _ in range(2))
    with pytest.raises(LinkInvalid, match="too old"):
        accounts.use_link(db, later(hours=2), first)
    assert accounts.use_link(db, later(hours=2, microseconds=-1), second)[0] == made


def test_a_guessed_link_lets_nobody_in(db: Session) -> None:
    secret = accounts.make_link(db, make.act(), ana(db).id)
    for guess in (secret[:-1], secret + "A", secret.swapcase(), "", "' OR 1=1 --", accounts.digest_of(secret)):
        with pytest.raises(LinkInvalid, match="not one of ours"):
            accounts.use_link(db, make.act(), guess)
    assert accounts.session_of(db, secret, make.NOW) is None


def test_no_secret_is_kept(db: Session) -> None:
    secret = accounts.make_link(db, make.act(), ana(db).id)
    _, cookie = accounts.use_link(db, make.act(), secret)
    rows = [*db.execute(select(tables.sign_in_link)), *db.execute(select(tables.web_session))]
    written = " ".join(str(value) for row in rows for value in row)
    assert secret not in written
    assert cookie not in written


def test_an_account_is_one_holders_or_of_somebody_with_a_name(db: Session) -> None:
    make.company(db)
    holder = make.holder(db).id
    made = accounts.create_account(db, make.act(), holder=holder)
    assert (made.actor, accounts.account_of_holder(db, holder)) == (holder, made)
    with pytest.raises(AlreadyExists):
        accounts.create_account(db, make.act(), holder=holder)
    for name in (None, "", " \t"):
        with pytest.raises(Invalid):
            accounts.create_account(db, make.act(), name=name)
    named = ana(db)
    assert named.actor == named.id


def test_a_browser_is_signed_out_when_it_is_not_used_and_at_the_latest_after_ninety_days(db: Session) -> None:
    cookie = accounts.start_session(db, make.act(), ana(db).id)
    idle = timedelta(days=IDLE_DAYS)
    assert accounts.session_of(db, cookie, make.NOW + idle - timedelta(microseconds=1)) is not None
    assert accounts.session_of(db, cookie, make.NOW + idle) is None
    last = make.NOW + timedelta(days=LONGEST_DAYS)
    accounts.note_seen(db, accounts.digest_of(cookie), last - timedelta(hours=1))
    assert accounts.session_of(db, cookie, last - timedelta(microseconds=1)) is not None
    assert accounts.session_of(db, cookie, last) is None


def test_signing_out_everywhere_ends_ones_own_browsers_and_nobody_elses(db: Session) -> None:
    made, other = ana(db), accounts.create_account(db, make.act(), name="Bo Chen")
    mine = [accounts.start_session(db, make.act(), made.id) for _ in range(3)]
    theirs = accounts.start_session(db, make.act(), other.id)
    assert len(accounts.sessions_of(db, made.id, make.NOW)) == 3
    accounts.end_session(db, make.act(), accounts.digest_of(mine[0]))
    assert [accounts.session_of(db, cookie, make.NOW) is None for cookie in mine] == [True, False, False]
    accounts.end_all_sessions(db, make.act(), made.id)
    assert [accounts.session_of(db, cookie, make.NOW) for cookie in mine] == [None] * 3
    assert accounts.sessions_of(db, made.id, make.NOW) == []
    assert accounts.session_of(db, theirs, make.NOW) is not None


def test_an_ended_account_lets_nobody_in_and_opened_again_only_by_a_new_link(db: Session) -> None:
    made = ana(db)
    unused, cookie = accounts.make_link(db, make.act(), made.id), accounts.start_session(db, make.act(), made.id)
    accounts.end_account(db, make.act(), made.id)
    assert accounts.find_account(db, made.id).ended
    assert accounts.session_of(db, cookie, make.NOW) is None
    with pytest.raises(LinkInvalid, match="has ended"):
        accounts.use_link(db, make.act(), unused)
    with pytest.raises(NotFound, match="has ended"):
        accounts.make_link(db, make.act(), made.id)
    accounts.reopen_account(db, make.act(), made.id)
    assert accounts.session_of(db, cookie, make.NOW) is None
    with pytest.raises(LinkInvalid):
        accounts.use_link(db, make.act(), unused)
    assert accounts.use_link(db, make.act(), accounts.make_link(db, make.act(), made.id))[0] == made


@pytest.mark.parametrize("deed", [accounts.end_account, accounts.reopen_account, accounts.make_link])
def test_nothing_is_done_for_an_account_that_is_not_there(db: Session, deed: object) -> None:
    with pytest.raises(NotFound, match="acc_nobody"):
        deed(db, make.act(), "acc_nobody")  # type: ignore[operator]
