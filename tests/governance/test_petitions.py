"""Petitions: sealed until enough have signed, or until their time is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, inspect, text
from sqlalchemy.orm import Session

from governance import notices, petitions, proposals
from governance.errors import NotEntitled
from governance.notices import Dates
from governance.petitions import PetitionState, seal_of
from governance.proposals import Content
from governance.records import Petition, PetitionEnded, PetitionSeal, ProposalKind
from governance.rules import default_rules, needed_members
from governance.tables import petition_signature
from ledger import journal
from ledger.errors import AlreadyExists, NotAllowedNow, NotFound
from ledger.reading import every
from ledger.types import Act
from tests import make
from tests.governance.hall import ZONE, at

MEMBERS = [f"hld_{n:03}" for n in range(240)]
RULES = default_rules(ProposalKind.ADVISORY)
TODAY = make.NOW.date()
LAST = TODAY + timedelta(days=90)
QUESTION = Content("A question", "Should we?")


def idea(db: Session, author: str = MEMBERS[0], content: Content = QUESTION) -> str:
    """A proposal that everybody sees and nobody has voted on."""
    act = make.act(author)
    made = proposals.draft(db, act, ProposalKind.ADVISORY, content, author=author, members=MEMBERS, on=TODAY)
    proposals.publish(db, act, made.id, author=author, rules=RULES, on=TODAY)
    return made.id


def opened(db: Session, proposal: str | None = None, author: str = MEMBERS[1]) -> Petition:
    return petitions.open_petition(
        db, make.act(author), proposal or idea(db), author, members=MEMBERS, rules=RULES, on=TODAY
    )


def sign(db: Session, of: Petition, member: str, day: date = TODAY) -> tuple[petitions.Signature, bool]:
    return petitions.sign(db, _act(member, day), of.id, member, members=MEMBERS, rules=RULES, on=day)


def stands(db: Session, of: Petition, day: date = TODAY) -> petitions.Standing:
    return petitions.standing(db, of.id, rules=RULES, at=_act("hld_x", day).at, on=day)


def _act(actor: str, day: date) -> Act:
    return make.act(actor, now=at(datetime.combine(day, datetime.min.time()).replace(hour=12)))


@contextmanager
def nothing_written(db: Session) -> Iterator[None]:
    before = journal.size(db)
    yield
    assert journal.size(db) == before


def test_nobody_is_told_anything_before_the_twenty_fourth_of_240_has_signed(db: Session) -> None:
    """Scenario 66."""
    petition = opened(db)
    assert petition.needed == 24
    for member in MEMBERS[:23]:
        with nothing_written(db):
            assert sign(db, petition, member)[1] is False
    hidden = stands(db, petition)
    assert (hidden.state, hidden.signatures, hidden.vote_by) == (PetitionState.RUNNING, None, None)
    assert sign(db, petition, MEMBERS[23])[1] is True
    told = stands(db, petition)
    assert (told.state, told.signatures, told.vote_by) == (PetitionState.REACHED, 24, LAST)


def test_the_entry_says_how_many_signed_and_names_nobody(db: Session) -> None:
    petition = opened(db)
    kept = [sign(db, petition, member)[0] for member in MEMBERS[100:124]]
    last = journal.entry_at(db, journal.size(db) - 1)
    assert (last.kind, last.actor, last.authority) == ("petition.reached", "system", f"petition:{petition.id}")
    seals = [one.seal for one in every(db, PetitionSeal, petition=petition.id)]
    assert seals == sorted(one.seal for one in kept)
    payloads = "".join(map(repr, journal.entries_between(db, 0, journal.size(db))))
    assert not any(member in payloads for member in MEMBERS[100:124])


def test_whoever_signed_finds_their_seal_and_nobody_else_can(db: Session) -> None:
    petition = opened(db)
    mine, _ = sign(db, petition, MEMBERS[7])
    assert petitions.signature(db, petition.id, MEMBERS[7]) == mine
    assert seal_of(bytes.fromhex(mine.salt), petition.id, MEMBERS[7]) == mine.seal
    assert seal_of(bytes.fromhex(mine.salt), petition.id, MEMBERS[8]) != mine.seal
    for member, of in ((MEMBERS[8], petition.id), (MEMBERS[7], "pet_none")):
        with pytest.raises(NotFound):
            petitions.signature(db, of, member)


def test_only_members_sign_and_each_once(db: Session) -> None:
    petition = opened(db)
    with pytest.raises(NotEntitled):
        sign(db, petition, "hld_guest")
    sign(db, petition, MEMBERS[5])
    with pytest.raises(AlreadyExists):
        sign(db, petition, MEMBERS[5])
    assert petitions.signed(db, petition.id) == 1


def test_whoever_leaves_later_has_signed_all_the_same(db: Session) -> None:
    petition = opened(db)
    for member in MEMBERS[:23]:
        sign(db, petition, member)
    fewer = MEMBERS[23:]
    act = make.act(MEMBERS[23])
    assert petitions.sign(db, act, petition.id, MEMBERS[23], members=fewer, rules=RULES, on=TODAY)[1] is True


def test_on_its_last_day_a_petition_can_be_signed_and_afterwards_no_more(db: Session) -> None:
    petition = opened(db)
    assert petition.expires_on == LAST
    sign(db, petition, MEMBERS[0], LAST)
    after = LAST + timedelta(days=1)
    with pytest.raises(NotAllowedNow, match="EXPIRED"):
        sign(db, petition, MEMBERS[1], after)
    told = stands(db, petition, after)
    assert (told.state, told.signatures) == (PetitionState.EXPIRED, 1)


def test_a_petition_expires_once_and_tells_how_many_signed(db: Session) -> None:
    petition = opened(db)
    for member in MEMBERS[:3]:
        sign(db, petition, member)
    after = LAST + timedelta(days=1)
    with pytest.raises(NotAllowedNow, match=f"until {LAST}"):
        petitions.expire(db, _act("system", LAST), petition.id, on=LAST)
    assert petitions.overdue(db, on=LAST) == []
    assert petitions.overdue(db, on=after) == [petition]
    first = petitions.expire(db, _act("system", after), petition.id, on=after)
    assert first == PetitionEnded(petition.id, False, 3, None)
    assert petitions.overdue(db, on=after) == []
    with nothing_written(db):
        assert petitions.expire(db, _act("system", after), petition.id, on=after) == first
    # even on a clock that was set back
    with pytest.raises(NotAllowedNow, match="EXPIRED"):
        sign(db, petition, MEMBERS[9])


def test_a_petition_is_for_the_text_as_it_read(db: Session) -> None:
    proposal = idea(db)
    petition = opened(db, proposal)
    with pytest.raises(AlreadyExists):
        opened(db, proposal)
    changed = Content("Another question", "Should we not?")
    proposals.amend(db, make.act(MEMBERS[0]), proposal, changed, author=MEMBERS[0], rules=RULES, on=TODAY)
    assert stands(db, petition).state is PetitionState.OVERTAKEN
    with pytest.raises(NotAllowedNow, match="OVERTAKEN"):
        sign(db, petition, MEMBERS[5])
    assert opened(db, proposal).id != petition.id


def test_a_petition_needs_a_proposal_that_waits_and_a_member(db: Session) -> None:
    draft = proposals.draft(
        db, make.act(), ProposalKind.ADVISORY, QUESTION, author=MEMBERS[0], members=MEMBERS, on=TODAY
    )
    with pytest.raises(NotAllowedNow, match="DRAFT"):
        opened(db, draft.id)
    with pytest.raises(NotEntitled):
        opened(db, author="hld_guest")
    with pytest.raises(NotFound):
        opened(db, "prp_none")


def test_enough_signatures_make_a_proposal_ready_whatever_the_board_says(db: Session) -> None:
    proposal = idea(db)
    petition = opened(db, proposal)
    for member in MEMBERS[:24]:
        sign(db, petition, member)
    opens = datetime.combine(TODAY + timedelta(days=RULES.notice_days), datetime.min.time())
    dates = Dates(TODAY, opens, opens + timedelta(days=RULES.voting_days), ZONE)
    made = notices.give_notice(db, make.act(), proposal, dates, rules=RULES, on=TODAY, petition=petition.id)
    assert made.petition == petition.id
    with pytest.raises(NotAllowedNow, match="REACHED"):
        sign(db, petition, MEMBERS[30])
    with pytest.raises(NotAllowedNow, match="NOTICE"):
        opened(db, proposal)


@given(st.integers(1, 10_000))
def test_a_tenth_is_never_fewer_than_that(members: int) -> None:
    needed = needed_members(RULES.petition_share, members)
    assert (needed - 1) * 10 < members <= needed * 10


def test_the_verifier_counts_signatures_again(db: Session) -> None:
    petition = opened(db)
    for member in MEMBERS[:24]:
        sign(db, petition, member)
    assert petitions.misfit(db) is None
    row = {"petition": petition.id, "member": "hld_forged", "salt": b"0" * 16}
    db.execute(insert(petition_signature), [row])
    assert petitions.misfit(db) == (petition.id, "the seals are not those of the signatures")


def test_no_table_but_the_one_of_signatures_names_a_signer(db: Session) -> None:
    petition = opened(db)
    for member in MEMBERS[200:224]:
        sign(db, petition, member)
    for table in inspect(db.connection()).get_table_names():
        found = str(db.execute(text(f'SELECT * FROM "{table}"')).all())
        names = any(member in found for member in MEMBERS[200:224])
        assert names == (table == "petition_signature"), table
