"""The register of members: one membership each, kept apart from equity."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.db import make_engine
from ledger import journal, members
from ledger.equity import reversals
from ledger.errors import Conflict, DatesOutOfOrder, Invalid, NotAllowedNow, NotFound, NotReversible
from ledger.members import MemberClass
from tests import make

DAY = date(2025, 9, 1)


def test_a_member_is_one_from_the_first_day_to_the_last(db: Session) -> None:
    ana = make.member(db, on=DAY)
    members.end_membership(db, make.act(), ana, on=date(2025, 12, 31), reason="Moved away")
    assert members.members_on(db, date(2025, 8, 31)) == {}
    assert members.members_on(db, DAY) == {ana: MemberClass.PROVIDER}
    assert members.members_on(db, date(2025, 12, 31)) == {ana: MemberClass.PROVIDER}
    assert members.members_on(db, date(2026, 1, 1)) == {}


def test_nobody_is_a_member_twice_and_everybody_may_come_back(db: Session) -> None:
    ana = make.member(db, on=DAY)
    with pytest.raises(Conflict):
        members.admit(db, make.act(), ana, MemberClass.STEWARD, on=date(2026, 1, 1))
    members.end_membership(db, make.act(), ana, on=date(2025, 12, 31), reason="Moved away")
    with pytest.raises(Conflict):
        members.admit(db, make.act(), ana, MemberClass.PROVIDER, on=date(2025, 12, 31))
    again = members.admit(db, make.act(), ana, MemberClass.STEWARD, on=date(2026, 1, 1))
    assert again.number == 2
    assert members.members_on(db, date(2026, 1, 1)) == {ana: MemberClass.STEWARD}


def test_members_stand_in_the_order_of_their_numbers_and_of_a_class_each(db: Session) -> None:
    wanted = [MemberClass.INVESTOR, MemberClass.PROVIDER, MemberClass.STAFF, MemberClass.STEWARD]
    made = [make.member(db, each) for each in wanted]
    assert list(members.members_on(db, DAY).items()) == list(zip(made, wanted, strict=True))


def test_an_earlier_register_is_still_known(db: Session) -> None:
    ana = make.member(db, on=DAY)
    known_at = journal.size(db)
    make.member(db, on=DAY)
    members.end_membership(db, make.act(), ana, on=DAY, reason="Moved away")
    assert list(members.members_on(db, date(2026, 1, 1), known_at=known_at)) == [ana]


def test_an_admission_in_error_is_reversed_and_its_number_stays_used(db: Session) -> None:
    make.member(db)
    reversals.reverse(db, make.act(), journal.size(db) - 1, reason="Somebody else was meant")
    bo = make.member(db)
    assert members.members_on(db, DAY) == {bo: MemberClass.PROVIDER}
    assert members.memberships(db, bo)[0][0].number == 2
    assert members.has_members(db)


def test_the_end_of_a_membership_is_not_reversed(db: Session) -> None:
    ana = make.member(db)
    members.end_membership(db, make.act(), ana, on=DAY, reason="Moved away")
    for n in (journal.size(db) - 1, journal.size(db) - 2):
        with pytest.raises(NotReversible):
            reversals.reverse(db, make.act(), n, reason="Came back")


def test_what_can_not_be_is_refused(db: Session) -> None:
    ana = make.member(db, on=DAY)
    with pytest.raises(NotFound):
        members.admit(db, make.act(), "hld_nobody", MemberClass.PROVIDER, on=DAY)
    bo = make.holder(db)
    with pytest.raises(Invalid):
        members.admit(db, make.act(), bo.id, MemberClass.PROVIDER, on=DAY, buy_in_due=-1)
    with pytest.raises(NotAllowedNow):
        members.end_membership(db, make.act(), bo.id, on=DAY, reason="Never was")
    with pytest.raises(DatesOutOfOrder):
        members.end_membership(db, make.act(), ana, on=DAY - timedelta(days=1), reason="Too early")
    with pytest.raises(Invalid):
        members.end_membership(db, make.act(), ana, on=DAY, reason=" ")


@settings(max_examples=15)
@given(spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6), day=st.integers(0, 40))
def test_whoever_is_a_member_was_admitted_by_then_and_has_not_left(
    sqlite_template: Path, spans: list[tuple[int, int]], day: int
) -> None:
    engine = make_engine(f"sqlite:///{sqlite_template}")
    with Session(engine) as db:
        made = []
        for starts, ends in spans:
            who = make.member(db, on=DAY + timedelta(days=starts))
            if ends >= starts:
                members.end_membership(db, make.act(), who, on=DAY + timedelta(days=ends), reason="Left")
            made.append((who, starts, ends if ends >= starts else 99))
        found = set(members.members_on(db, DAY + timedelta(days=day)))
        db.rollback()
    engine.dispose()
    assert found == {who for who, starts, ends in made if starts <= day <= ends}
