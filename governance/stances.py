"""Stances: what members say of a proposal apart from voting, and take back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from governance.errors import NotEntitled
from governance.lifecycle import State
from governance.proposals import ProposalEntry, require_state
from governance.records import InterestReached, Phase, Stance, StanceWithdrawn
from governance.rules import Ruleset, needed_members
from ledger import journal, tables
from ledger.entries import Draft
from ledger.errors import AlreadyExists, NotAllowedNow
from ledger.reading import every
from ledger.types import Act


def want(db: Session, act: Act, id: str, member: str, *, members: Collection[str], rules: Ruleset, on: date) -> Stance:
    """Record that a member wants a proposal decided; when enough do, the entry says so.

    Raises:
        NotEntitled: They are no member.
        NotAllowedNow: It is not an idea (any more).
        AlreadyExists: They have said so.
    """
    journal.lock(db)
    if member not in members:
        raise NotEntitled("Only members say what is to be decided.", field="member")
    require_state(db, act, id, rules, State.IDEA)
    so_far = {one.member for one in held(db, id, Phase.INTEREST)}
    if member in so_far:
        raise AlreadyExists("You have said so already.", field="member")
    made = Stance(act.new_id("stc"), id, member, Phase.INTEREST, None)
    interested = len((so_far | {member}) & set(members))
    reached = interested >= needed_members(rules.interest, len(members))
    records = (made, InterestReached(id, interested, len(members))) if reached else (made,)
    journal.append(db, act, Draft(ProposalEntry.WANTED, on, records))
    return made


def held(db: Session, id: str, phase: Phase) -> list[Stance]:
    """Return the stances of a phase that nobody took back."""
    rows, withdrawn = tables.table(Stance).c, tables.table(StanceWithdrawn).c
    mine = select(rows.id).where(rows.proposal == id)
    gone = set(db.execute(select(withdrawn.stance).where(withdrawn.stance.in_(mine))).scalars())
    return [one for one in every(db, Stance, proposal=id, phase=phase.value) if one.id not in gone]


def withdraw(db: Session, act: Act, id: str, member: str, phase: Phase, *, on: date) -> None:
    """Take back what a member said; only they can.

    Raises:
        NotAllowedNow: They have not said it.
    """
    journal.lock(db)
    mine = [one for one in held(db, id, phase) if one.member == member]
    if not mine:
        raise NotAllowedNow("There is nothing to take back.", field="member")
    journal.append(db, act, Draft(ProposalEntry.STANCE_WITHDRAWN, on, (StanceWithdrawn(mine[0].id),)))
