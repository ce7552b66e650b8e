"""Rolls: copied once, from the registers as they stood on the record date."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from app.rolls import chamber_lines, check_rolls, copy_roll
from governance import proposals, rolls
from governance.proposals import ProposalEntry
from governance.records import Conflict, ProposalKind, RollLine, Seat, SeatTerm, SeatVacated
from governance.rules import Chamber, Electorate
from governance.seats import SeatEntry
from governance.tally.methods import Method
from ledger import journal, members
from ledger.entries import Draft
from ledger.equity.stock import StockOrder, issue_stock
from ledger.errors import NotAllowedNow
from ledger.members import MemberClass
from tests import make
from tests.governance.hall import CLOSES, OPENS, RECORD_DATE, TODAY, Hall, at, chamber, hall, late, rules


def lines_on(db: Session, of: Chamber, day: date) -> list[RollLine]:
    return chamber_lines(db, "prp_1", of, day, known_at=journal.size(db))


def on_roll(db: Session, of: Hall) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in rolls.lines_of(db, of.id):
        found.setdefault(line.chamber, []).append(line.member)
    return found


def test_whoever_is_a_member_at_the_end_of_the_record_date_is_on_the_roll(db: Session) -> None:
    """Scenario 58: exits keep the vote, joiners wait for the next."""
    make.company(db)
    ana, bo, cy = (make.member(db) for _ in range(3))
    vote = Hall(db, ana).announce()
    members.end_membership(db, make.act(), bo, on=RECORD_DATE, reason="Moves away")
    members.end_membership(db, make.act(), cy, on=RECORD_DATE - timedelta(days=1), reason="Moves away")
    make.member(db, on=RECORD_DATE + timedelta(days=1))
    vote.open()
    assert on_roll(db, vote) == {"members": sorted([ana, bo])}


def test_nobody_is_admitted_for_yesterday_to_vote_on_what_has_been_announced(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = Hall(db, ana).announce()
    made = make.holder(db)
    after = make.act(now=at(datetime.combine(RECORD_DATE + timedelta(days=1), datetime.min.time())))
    members.admit(db, after, made.id, MemberClass.PROVIDER, on=make.BEGINNING)
    vote.open()
    assert on_roll(db, vote) == {"members": [ana]}
    assert check_rolls(db) is None


def test_a_roll_is_the_same_whenever_it_is_copied(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = Hall(db, ana).announce()
    members.end_membership(db, late(CLOSES - timedelta(days=1)), ana, on=RECORD_DATE - timedelta(days=5), reason="Left")
    copied = copy_roll(db, late(), vote.id)
    assert on_roll(db, vote) == {"members": [ana]}
    assert copied.known_at < journal.size(db) - 1
    assert check_rolls(db) is None


def test_each_chamber_has_its_own_roll_and_members_one_vote_each(db: Session) -> None:
    make.company(db)
    made = {of: make.member(db, of) for of in MemberClass}
    electorates = (Electorate.MEMBERS, Electorate.PROVIDERS, Electorate.INVESTORS)
    chambers = [chamber(each.value.lower(), each) for each in electorates]
    vote = hall(db, [*made.values()], rules(Method.MAJORITY, *chambers))
    assert on_roll(db, vote) == {
        "members": sorted(made.values()),
        "providers": [made[MemberClass.PROVIDER]],
        "investors": [made[MemberClass.INVESTOR]],
    }
    assert {line.weight for line in rolls.lines_of(db, vote.id)} == {1}
    copied = rolls.copied(db, vote.id)
    assert copied is not None
    assert copied.sizes == {"members": 4, "providers": 1, "investors": 1}


def test_shares_weigh_among_stockholders_and_nowhere_else(db: Session) -> None:
    make.company(db)
    common = make.share_class(db, votes_per_share=2)
    mute = make.share_class(db, votes_per_share=0)
    ana, founder = make.member(db), make.holder(db).id
    for holder, of, quantity in ((ana, common, 30), (founder, common, 1000), (founder, common, 200), (ana, mute, 9)):
        issue_stock(db, make.act(), StockOrder(holder, of.id, quantity), on=make.BEGINNING)
    issue_stock(db, make.act(), StockOrder(ana, common.id, 5000), on=RECORD_DATE + timedelta(days=1))
    both = (chamber(), chamber("stockholders", Electorate.STOCKHOLDERS))
    vote = hall(db, [ana], rules(Method.MAJORITY, *both, kind=ProposalKind.CORPORATE_ACTION))
    weights = {(line.chamber, line.member): line.weight for line in rolls.lines_of(db, vote.id)}
    assert weights == {("members", ana): 1, ("stockholders", ana): 60, ("stockholders", founder): 2400}
    assert check_rolls(db) is None


def test_a_class_that_counts_in_parts_of_a_share_does_not_weigh_more(db: Session) -> None:
    make.company(db)
    ana, bo = make.holder(db).id, make.holder(db).id
    for holder, decimals, quantity in ((ana, 2, 10_00), (bo, 0, 10)):
        of = make.share_class(db, decimals=decimals)
        issue_stock(db, make.act(), StockOrder(holder, of.id, quantity), on=make.BEGINNING)
    asked = chamber("stockholders", Electorate.STOCKHOLDERS)
    weights = {line.member: line.weight for line in lines_on(db, asked, TODAY)}
    assert weights[ana] == weights[bo]


def test_the_board_is_whoever_sits_on_it_that_day(db: Session) -> None:
    make.company(db)
    ana, bo, cy = (make.holder(db).id for _ in range(3))
    day = date(2026, 3, 1)
    made = (
        *(Seat(f"sea_{n}", f"Seat {n}", None, 12) for n in range(3)),
        SeatTerm("trm_0", "sea_0", ana, day, date(2027, 2, 28), None, None),
        SeatTerm("trm_1", "sea_1", bo, date(2025, 1, 1), day, None, None),
        SeatTerm("trm_2", "sea_2", cy, day, date(2027, 2, 28), None, None),
        SeatVacated("trm_2", date(2026, 4, 1), "Steps down", None),
    )
    journal.append(db, make.act(), Draft(SeatEntry.FILLED, day, made))
    board = chamber("board", Electorate.BOARD)
    for on, sitting in ((day, [ana, bo, cy]), (date(2026, 3, 31), [ana, cy]), (date(2026, 4, 1), [ana])):
        assert [line.member for line in lines_on(db, board, on)] == sitting


def test_whoever_stands_aside_leaves_the_roll_and_the_quorum(db: Session) -> None:
    make.company(db)
    ana, bo, cy = (make.member(db) for _ in range(3))
    vote = Hall(db, ana, rules(Method.MAJORITY, chamber(quorum=Fraction(1, 2)))).announce()
    told = (Conflict(vote.id, bo, "I own the vendor", is_recused=True), Conflict(vote.id, cy, "A cousin does", False))
    journal.append(db, make.act(), Draft(ProposalEntry.AMENDED, TODAY, told))
    vote.open()
    assert on_roll(db, vote) == {"members": sorted([ana, cy])}
    assert check_rolls(db) is None


def test_no_roll_is_copied_before_the_vote_opens_and_none_twice(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = Hall(db, ana).announce()
    with pytest.raises(NotAllowedNow):
        copy_roll(db, late(OPENS - timedelta(microseconds=1)), vote.id)
    copy_roll(db, late(OPENS), vote.id)
    size = journal.size(db)
    assert copy_roll(db, late(CLOSES), vote.id) == copy_roll(db, late(OPENS), vote.id)
    assert journal.size(db) == size


def test_what_was_taken_back_has_no_roll(db: Session) -> None:
    make.company(db)
    ana = make.member(db)
    vote = Hall(db, ana).announce()
    proposals.withdraw(db, make.act(ana), vote.id, author=ana, reason="Not now", rules=rules(), on=TODAY)
    with pytest.raises(NotAllowedNow):
        copy_roll(db, late(OPENS), vote.id)
