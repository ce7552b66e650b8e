"""Petitions by the registers: who may sign, and the vote that enough signatures force.

The vote is announced by the very signature that makes it enough, for the earliest dates that the rule allows; nobody
can hold it up (entities.md E25).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app import voting
from app.people import roles
from governance import petitions, proposals
from governance.clock import moment
from governance.lifecycle import State, local_day
from governance.notices import Dates
from governance.petitions import Signature, Standing
from governance.records import Notice, Petition, PetitionEnded
from governance.rules import Ruleset
from ledger import journal
from ledger.equity.register import issuer
from ledger.equity.values import Issuer
from ledger.errors import Refusal
from ledger.members import members_on
from ledger.reading import every, find
from ledger.types import Act

OPENS_AT = time(9)
"""When a forced vote opens and closes, where the company is."""


def today(db: Session, act: Act) -> date:
    """Return which day it is where the company is, and never one before what is on record."""
    return local_day(moment(db, act), issuer(db).time_zone)


def open_petition(db: Session, act: Act, proposal: str, author: str) -> Petition:
    """Ask members to sign; see ``governance.petitions.open_petition``.

    Raises:
        Conflict: The author is a teller, who would check their own petition.
    """
    journal.lock(db)
    roles.refuse_tellers(db, act, author)
    on = today(db, act)
    rules = voting.rules_today(db, proposal, act.now)
    return petitions.open_petition(db, act, proposal, author, members=members_on(db, on), rules=rules, on=on)


def sign(db: Session, act: Act, id: str, member: str) -> Signature:
    """Sign a petition; see ``governance.petitions.sign``. If that makes it enough, the vote is announced."""
    journal.lock(db)
    petition, on = find(db, Petition, id), today(db, act)
    rules = voting.rules_today(db, petition.proposal, act.now)
    made, is_enough = petitions.sign(db, act, id, member, members=members_on(db, on), rules=rules, on=on)
    if is_enough:
        announce(db, act, petition)
    return made


def announce(db: Session, act: Act, petition: Petition) -> Notice | None:
    """Announce the vote that a petition forces, for the earliest dates.

    None where no vote can be held, such as on recalling a director who is gone: the signature counts all the same, and
    whoever comes by tries again (``carry_on``).
    """
    nobody = replace(act, actor="system", authority=f"petition:{petition.id}")
    rules = voting.rules_today(db, petition.proposal, act.now)
    dates = earliest_dates(rules, today(db, act), issuer(db).time_zone)
    try:
        with db.begin_nested():
            return voting.announce(db, nobody, petition.proposal, dates, petition=petition.id)
    except Refusal:
        # were it refused to whoever signs last, they and nobody else would learn how many signed
        return None


def earliest_dates(rules: Ruleset, on: date, zone: str) -> Dates:
    """Return the earliest dates on which a vote can be held that is announced on a day.

    Whoever is a member on that day may vote: nobody joins to outvote those who signed.
    """
    opens = datetime.combine(on + timedelta(days=max(rules.notice_days, 1)), OPENS_AT)
    return Dates(on, opens, opens + timedelta(days=rules.voting_days), zone)


def standing(db: Session, act: Act, id: str) -> Standing:
    """Return a petition as it stands now."""
    rules = voting.rules_today(db, find(db, Petition, id).proposal, act.now)
    return petitions.standing(db, id, rules=rules, at=moment(db, act), on=today(db, act))


def pending(db: Session, act: Act) -> list[Petition]:
    """Return the petitions for which something is due, without doing it: their time is over, or a vote waits for them.

    A vote waits where it could not be announced, or where the proposal was changed after that: it is forced still.
    """
    if not every(db, Issuer):
        return []  # no company yet, so no day of its own either
    return [*petitions.overdue(db, on=today(db, act)), *_waiting(db, act)]


def carry_on(db: Session, act: Act) -> list[Petition]:
    """Do what is due of petitions, and return those of which it could be done."""
    journal.lock(db)
    on = today(db, act)
    late = petitions.overdue(db, on=on)
    for one in late:
        petitions.expire(db, act, one.id, on=on)
    return [*late, *(one for one in _waiting(db, act) if announce(db, act, one) is not None)]


def _waiting(db: Session, act: Act) -> list[Petition]:
    reached = [find(db, Petition, one.petition) for one in every(db, PetitionEnded, is_reached=1)]
    return [one for one in reached if _state(db, act, one) is State.READY]


def _state(db: Session, act: Act, petition: Petition) -> State:
    rules = voting.rules_today(db, petition.proposal, act.now)
    return proposals.state_of(db, petition.proposal, moment(db, act), rules)
