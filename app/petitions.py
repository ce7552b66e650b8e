"""Petitions by the registers: who may sign, and the vote that enough signatures force.

The vote is announced by the very signature that makes it enough, for the earliest dates that the rule allows; nobody
can hold it up (entities.md E25).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from app import voting
from app.motions import RemoveDirector, read_motion
from governance import petitions, proposals
from governance.clock import moment
from governance.lifecycle import local_day
from governance.petitions import Signature, Standing
from governance.proposals import Dates
from governance.records import Petition
from governance.rules import Ruleset
from ledger import journal
from ledger.equity.register import issuer
from ledger.members import members_on
from ledger.reading import find
from ledger.types import Act

OPENS_AT = time(9)
"""When a forced vote opens and closes, where the company is."""


def today(db: Session, act: Act) -> date:
    """Return which day it is where the company is, and never one before what is on record."""
    return local_day(moment(db, act), issuer(db).time_zone)


def open_petition(db: Session, act: Act, proposal: str, author: str) -> Petition:
    """Ask members to sign; see ``governance.petitions.open_petition``."""
    journal.lock(db)
    on = today(db, act)
    rules = _rules(db, proposal, act, on)
    return petitions.open_petition(db, act, proposal, author, members=members_on(db, on), rules=rules, on=on)


def sign(db: Session, act: Act, id: str, member: str) -> Signature:
    """Sign a petition; see ``governance.petitions.sign``. If that makes it enough, the vote is announced."""
    journal.lock(db)
    petition, on = find(db, Petition, id), today(db, act)
    rules = _rules(db, petition.proposal, act, on)
    made, is_enough = petitions.sign(db, act, id, member, members=members_on(db, on), rules=rules, on=on)
    if is_enough:
        nobody = replace(act, actor="system", authority=f"petition:{id}")
        dates = earliest_dates(rules, on, issuer(db).time_zone)
        voting.announce(db, nobody, petition.proposal, dates, petition=id)
    return made


def _rules(db: Session, proposal: str, act: Act, on: date) -> Ruleset:
    """Return the ruleset in force today for a proposal, once it is sure that a vote on it can be announced.

    Were that refused only to whoever signs last, they would learn that they are.

    Raises:
        NotFound: The director who was to be recalled is gone.
    """
    rules = voting.rules_today(db, proposal, act.now)
    for motion in map(read_motion, proposals.version(db, proposal).motions):
        if isinstance(motion, RemoveDirector):
            voting.votes_to_recall(db, motion.seat, on)
    return rules


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


def expire_due(db: Session, act: Act) -> list[Petition]:
    """Record of each petition whose last day is over that it is, and return them."""
    journal.lock(db)
    on = today(db, act)
    due = petitions.overdue(db, on=on)
    for one in due:
        petitions.expire(db, act, one.id, on=on)
    return due
