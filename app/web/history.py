"""What the record says about one thing, entry by entry: a grant, a decision, a person.

Found by the records themselves: whatever names the thing, whichever kind of entry made it. Ballots, signatures and who
wants something decided are not among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.people import accounts, vault
from app.people.roles import Role
from app.web.audit import entry_row
from app.web.member import own_security
from app.web.site import Here, Own, Pages, Signed, View
from governance import proposals
from governance.records import Proposal
from ledger import tables
from ledger.entries import Entry, read_payload
from ledger.equity.values import Engagement, EngagementEnd, Holder, Security
from ledger.errors import NotFound
from ledger.members import Membership, MembershipEnd
from ledger.reading import every, find
from ledger.records import SPECS, Record

pages = Pages()

NOT_TOLD = frozenset(
    {
        "ballot",
        "ballot_cast",
        "conflict",
        "petition",
        "petition_ended",
        "petition_seal",
        "roll",
        "stance",
        "comment",
    }
)
"""Records about a proposal that tell of single members, or of which there are as many as members."""

KINDS = {
    "award.exercised": "Options were exercised",
    "award.expired": "What had vested was not exercised in time",
    "award.settled": "Units became shares",
    "seat.filled": "Somebody was seated on the board",
    "seat.vacated": "A seat on the board became free",
    "policy.adopted": "A policy was set",
    "plan.adjusted": "The pool was changed",
    "sessions.policy_set": "How sessions count was set",
    "grant.approved": "Approved by the board",
    "grant.drafted": "Drafted",
    "proposal.objected": "A member objected",
    "proposal.stance_withdrawn": "A member took back what they said",
    "candidate.stood": "Somebody stands for election",
    "candidate.stood_down": "A candidate stood down",
    "grant.issued": "Granted",
    "grant.repriced": "The price was changed",
    "grant.valued": "What it is worth for the accounts was recorded",
    "holder.added": "Put on record",
    "holder.cause_confirmed": "The dismissal stands",
    "holder.cause_overturned": "The dismissal was overturned",
    "holder.engaged": "Engaged",
    "holder.left": "Left",
    "engagement.changed": "The engagement was changed",
    "member.admitted": "Became a member",
    "member.left": "Is no longer a member",
    "proposal.amended": "Its words were changed",
    "proposal.announced": "The vote was announced",
    "proposal.drafted": "Put forward",
    "proposal.enacted": "Carried out, or not",
    "proposal.published": "Shown to everybody",
    "proposal.reviewed": "The board said what it thinks",
    "proposal.wanted": "Enough members wanted it decided",
    "proposal.withdrawn": "Taken back",
    "roll.copied": "The roll was copied: who may vote",
    "security.accepted": "Accepted",
    "security.cancelled": "Cancelled, whole or in part",
    "security.consolidated": "Merged with others into one certificate",
    "security.converted": "Became shares of another class",
    "security.reissued": "Replaced by other certificates",
    "security.repurchased": "Bought back by the company",
    "security.retracted": "Undone before it was accepted",
    "security.transferred": "Went to another holder",
    "stock.issued": "Issued",
    "vesting.accelerated": "Vests sooner",
    "vesting.milestone": "A milestone was reached",
    "vesting.paused": "Vesting paused",
    "vesting.resumed": "Vesting goes on",
    "vote.closed": "The vote was closed and counted",
}
"""Kind of entry to what happened."""

UNNAMED = frozenset({"proposal.wanted", "proposal.objected", "proposal.stance_withdrawn"})
"""Kinds of entry whose maker is not told: members who want something decided, or object, are counted and not named."""

OTHER = "Something else was recorded"


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry as a history shows it.

    Attributes:
        who: Name of who made it; ``Vestry`` where nobody did.
        is_undone: Whether a later entry undid it.
    """

    entry: Entry
    n: int
    what: str
    who: str
    is_undone: bool


def numbers(db: Session, of: Iterable[type[Record]], field: str, id: str) -> set[int]:
    """Return the numbers of the entries that made a record of these classes in which a field holds an id."""
    found: set[int] = set()
    for one in of:
        rows = tables.table(one).c
        found |= set(db.execute(select(rows.n).where(rows[field] == id)).scalars())
    return found


def naming(field: str) -> list[type[Record]]:
    """Return the classes of record that name a thing by a field, but for those that are nobody's business."""
    return [
        spec.record
        for spec in SPECS.values()
        if spec.name not in NOT_TOLD and any(one.name == field for one in spec.fields)
    ]


def of_security(db: Session, id: str) -> list[int]:
    """Return the numbers of the entries about a security, in order."""
    return sorted(numbers(db, naming("security"), "security", id) | numbers(db, [Security], "id", id))


def of_proposal(db: Session, id: str) -> list[int]:
    """Return the numbers of the entries about a proposal, in order."""
    return sorted(numbers(db, naming("proposal"), "proposal", id) | numbers(db, [Proposal], "id", id))


def of_person(db: Session, id: str) -> list[int]:
    """Return the numbers of the entries about how somebody belongs to the cooperative, and what they were granted."""
    found = numbers(db, [Holder], "id", id) | numbers(db, [Engagement, Security], "holder", id)
    for engagement in every(db, Engagement, holder=id):
        found |= numbers(db, [EngagementEnd], "engagement", engagement.id)
    for membership in every(db, Membership, member=id):
        found |= numbers(db, [Membership], "id", membership.id)
        found |= numbers(db, [MembershipEnd], "membership", membership.id)
    return sorted(found)


def what(here: Here, kind: str) -> str:
    """Return what happened by an entry of a kind, in words."""
    return here.words.say(KINDS[kind]) if kind in KINDS else here.words.say(OTHER)


def told(db: Session, here: Here, found: list[int]) -> list[Happened]:
    """Return entries in words, the oldest first."""
    rows = [entry_row(db, n) for n in found]
    read = [(int(row["n"]), read_payload(row["payload"]), row["reversed_by"]) for row in rows]
    someone = here.words.say("a member")
    actors = {entry.actor for _, entry, _ in read}
    known = {one.actor: one.name for one in accounts.accounts(db)} | vault.names(
        db, [actor for actor in actors if actor.startswith("hld_")]
    )
    return [
        Happened(
            entry,
            n,
            what(here, entry.kind),
            someone
            if entry.kind in UNNAMED
            else known.get(entry.actor, here.words.say("the office") if entry.actor.startswith("usr_") else "Vestry"),
            reversed_by is not None,
        )
        for n, entry, reversed_by in read
    ]


@pages.get("/equity/{security}/history", Own)
def security_history(db: Session, here: Here, security: str) -> View:
    """Everything on record about a grant or a certificate of somebody's own."""
    label = own_security(db, here, security).security.label
    lines = told(db, here, of_security(db, security))
    return View("history.html", {"lines": lines, "title": label, "back": f"/equity/{security}", "can_check": True})


def own_number(db: Session, here: Here, security: str, n: str) -> int:
    """Return the number of an entry about a security, if it tells of nobody else.

    Raises:
        NotFound: It is about something else, or about others as well.
    """
    number = int(n) if n.isdecimal() and n.isascii() and len(n) <= 15 else -1
    if number not in of_security(db, security) or tells_of_others(db, number, here.me):
        raise NotFound("There is no such entry about this.")
    return number


def tells_of_others(db: Session, n: int, mine: str) -> bool:
    """Return whether an entry names a security that is not of the holder ``mine``."""
    holders = {each.id: each.holder for each in every(db, Security)}
    named: set[str] = set()
    for one in (*naming("security"), Security):
        rows = tables.table(one).c
        key = rows.id if one is Security else rows.security
        named |= set(db.execute(select(key).where(rows.n == n)).scalars())
    return any(holders.get(one) != mine for one in named)


@pages.get("/decisions/{proposal}/history", Signed)
def decision_history(db: Session, here: Here, proposal: str) -> View:
    """Everything on record about a proposal, but for who voted, who signed and who wants it decided."""
    shown = proposals.shown(db, proposal)
    title = proposals.version(db, shown.id).title
    lines = told(db, here, of_proposal(db, proposal))
    return View("history.html", {"lines": lines, "title": title, "back": f"/decisions/{proposal}", "can_check": False})


@pages.get("/steward/people/{person}/history", Role.STEWARD)
def person_history(db: Session, here: Here, person: str) -> View:
    """How somebody came to be here, and what they were granted; nothing of their sessions or votes."""
    find(db, Holder, person)
    name = vault.names(db, [person])[person]
    lines = told(db, here, of_person(db, person))
    back = f"/steward/people/{person}"
    return View("history.html", {"lines": lines, "title": name, "back": back, "can_check": False})
