"""What stands beside the record at Lanternleaf: tax numbers that people stated, files asked for with them, webhooks."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app import disclosures
from app.demo import doors, today
from app.demo.cast import SEED
from app.people import accounts, stated
from app.people.accounts import Account
from app.people.roles import Role
from app.people.stated import TaxKind
from app.webhooks import endpoints
from app.webhooks.setup import Outgoing
from ledger import journal
from ledger.equity.register import company_day
from ledger.errors import NotAllowedNow
from ledger.types import Act, Cut

LACKING = 8
"""Of so many members, one has not stated a tax number."""

FORMS = "1099-patr"


def furnish(db: Session, now: datetime, outgoing: Outgoing) -> None:
    """Let members have stated their tax numbers, finance have asked for files with them, and webhooks be set up."""
    _tax_numbers(db, now)
    _files(db, now)
    _webhooks(db, now, outgoing)


def _tax_numbers(db: Session, now: datetime) -> None:
    """Let all but a few members state a number; whoever is shown around has not."""
    random, shown = Random(f"{SEED}:tax"), doors.shown_providers(db, now)
    for place, who in enumerate(one for one in today.providers_on(db, now) if one not in shown):
        if place % LACKING:
            serial = f"{random.randrange(773, 900)}{random.randrange(1, 100):02}{random.randrange(1, 10_000):04}"
            stated.state(db, Act(who, "role:member", now - timedelta(days=30)), who, TaxKind.SSN, serial)


def _files(db: Session, now: datetime) -> None:
    """Ask for one file that waits for a second person, and for one that was approved."""
    last = date(company_day(db, now).year - 1, 12, 31)
    ruth = _named(db, doors.OUTSIDERS[Role.FINANCE])
    asking = Act(ruth.actor, "role:finance", now - timedelta(hours=3))
    for ending, why in (("csv", "Filing the forms of the year"), ("pdf", "Paper copies for the members")):
        # no form is filed about a year in which nothing was declared
        with suppress(NotAllowedNow):
            made = disclosures.ask(db, asking, FORMS, ending, Cut(last, journal.size(db)), reason=why)
            if ending == "csv":
                board = Act(doors.FOUNDERS[Role.BOARD], "role:four-eyes", now - timedelta(hours=2))
                disclosures.decide(db, board, made.id, is_approved=True)


def _webhooks(db: Session, now: datetime, outgoing: Outgoing) -> None:
    """Set one up that waits for months to be closed, and one that the office turned off."""
    act = Act(_named(db, doors.OUTSIDERS[Role.ADMIN]).actor, "role:admin", now)
    where = "https://{}.lanternleaf.example/vestry"
    types = ("period.closed", "holder.left")
    endpoints.add_webhook(db, act, outgoing, label="Practice software", url=where.format("ehr"), types=types)
    off, _ = endpoints.add_webhook(db, act, outgoing, label="Payroll (trial)", url=where.format("payroll"))
    endpoints.turn_off(db, act, off.id)


def _named(db: Session, name: str) -> Account:
    return next(one for one in accounts.accounts(db) if one.name == name)
