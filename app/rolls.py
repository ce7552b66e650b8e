"""From the registers to a roll: who may vote in each chamber of a rule, as of the end of the record date.

Members have one vote each. Only where a statute asks stockholders, shares weigh: every share held on that day, by the
votes its class has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from governance import proposals, rolls
from governance.records import Notice, RollCopied, RollLine, SeatTerm, SeatVacated
from governance.rules import Chamber, Electorate
from ledger import journal
from ledger.entries import Role
from ledger.equity.captable.accounts import few
from ledger.equity.captable.by_class import rescaled
from ledger.equity.captable.holdings import share_units
from ledger.equity.values import ShareClass
from ledger.errors import NotAllowedNow
from ledger.members import MemberClass, members_on
from ledger.reading import every
from ledger.types import Act, Cut
from ledger.verify import Fault

DIRECTOR, STOCKHOLDER = "DIRECTOR", "STOCKHOLDER"


def copy_roll(db: Session, act: Act, proposal: str) -> RollCopied:
    """Copy the roll of an announced vote from the registers, once.

    Raises:
        NotAllowedNow: No vote is announced, it was taken back, or it is not open yet.
    """
    journal.lock(db)
    announced = proposals.notice(db, proposal)
    if announced is None:
        raise NotAllowedNow("No vote on this is announced.", field="proposal")
    known_at = rolls.known_by(db, announced)
    return rolls.copy_roll(db, act, proposal, roll_lines(db, announced, known_at), known_at=known_at)


def roll_lines(db: Session, announced: Notice, known_at: int) -> list[RollLine]:
    """Return who may vote, chamber by chamber, as the first ``known_at`` entries tell."""
    return [
        line
        for chamber in proposals.rules_of(announced).chambers
        for line in chamber_lines(db, announced.proposal, chamber, announced.record_date, known_at=known_at)
    ]


def chamber_lines(db: Session, proposal: str, chamber: Chamber, day: date, *, known_at: int) -> list[RollLine]:
    """Return who is on the roll of a chamber at the end of a day, as the first ``known_at`` entries tell."""
    found = _REGISTERS[chamber.electorate](db, Cut(day, known_at))
    return [RollLine(proposal, chamber.name, who, part, weight) for who, (part, weight) in found.items() if weight]


Register = Mapping[str, tuple[str, int]]
"""Holder id to what they are and their votes."""


def _members(*classes: MemberClass) -> Callable[[Session, Cut], Register]:
    def found(db: Session, cut: Cut) -> Register:
        everybody = members_on(db, cut.as_of, known_at=cut.known_at)
        return {who: (one.value, 1) for who, one in everybody.items() if one in classes}

    return found


def _board(db: Session, cut: Cut) -> Register:
    free_from = {one.term: one.free_from for one in every(db, SeatVacated, cut)}
    terms = [one for one in every(db, SeatTerm, cut) if one.starts_on <= cut.as_of <= one.ends_on]
    sitting = [one.member for one in terms if cut.as_of < free_from.get(one.id, date.max)]
    return dict.fromkeys(sitting, (DIRECTOR, 1))


def _stockholders(db: Session, cut: Cut) -> Register:
    classes = {each.value.id: each.value for each in few(db, ShareClass, cut)}
    finest = max((each.decimals for each in classes.values()), default=0)
    found: dict[str, int] = {}
    for holder, class_id, units in share_units(db, cut, Role.CERTIFICATE):
        of = classes[class_id]
        # a class that counts in hundredths of a share has no hundred votes for one
        votes = rescaled(units, of.decimals, finest) * of.votes_per_share
        found[holder] = found.get(holder, 0) + votes
    return {holder: (STOCKHOLDER, weight) for holder, weight in sorted(found.items())}


_REGISTERS: Mapping[Electorate, Callable[[Session, Cut], Register]] = {
    Electorate.MEMBERS: _members(*MemberClass),
    Electorate.PROVIDERS: _members(MemberClass.PROVIDER),
    Electorate.INVESTORS: _members(MemberClass.INVESTOR),
    Electorate.BOARD: _board,
    Electorate.STOCKHOLDERS: _stockholders,
}


def check_rolls(db: Session) -> Fault | None:
    """Return the first roll that is not what the registers say, or None if all are."""
    for copied in every(db, RollCopied):
        [announced] = every(db, Notice, proposal=copied.proposal, version=copied.version)
        if copied.known_at != rolls.known_by(db, announced):
            return Fault(
                "roll_copied", None, f"the roll of {copied.proposal} was read from another state of the record"
            )
        expected = rolls.without_recused(db, copied.proposal, roll_lines(db, announced, copied.known_at))
        if expected != rolls.lines_of(db, copied.proposal):
            return Fault("roll", None, f"the roll of {copied.proposal} is not what the registers say")
    return None
