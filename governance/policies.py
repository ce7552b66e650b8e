"""The register of policies: what belongs to the members, in versions; exactly one in force a day.

A version is set by what passed, and by nothing else: a guard in the database refuses any other row. Only before anybody
is a member may the founders set the first ones, for somebody has to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from governance.errors import Overtaken, ResolutionMissing
from governance.records import Closing, Enactment, EnactmentOutcome, Outcome, Policy, ProposalKind
from governance.rules import Ruleset, default_rules
from ledger import journal
from ledger.entries import Draft
from ledger.errors import DatesOutOfOrder
from ledger.kinds import declare_final
from ledger.reading import every, known, newest
from ledger.records import Record
from ledger.types import Act, Json

RULES = "rules."
"""How the keys of rulesets begin: ``rules.FEE_OR_RATE``."""


@declare_final
class PolicyEntry(StrEnum):
    """The kind of entry by which a policy counts from a day on."""

    ADOPTED = "policy.adopted"
    """The members passed a policy, or the founders set the first one."""


def history(db: Session, key: str) -> list[Policy]:
    """Return all versions of a policy, oldest first."""
    return sorted(every(db, Policy, key=key), key=lambda one: one.version)


def keys(db: Session) -> list[str]:
    """Return the keys of all policies that were ever set."""
    return sorted({one.key for one in every(db, Policy)})


def in_force(db: Session, key: str, day: date) -> Policy | None:
    """Return the version in force on a day; None where none is, or it has expired."""
    return version_on(history(db, key), day)


def version_on(versions: Sequence[Policy], day: date) -> Policy | None:
    """Return the version in force on a day: of those that count from then or before, the latest; none if it expired.

    Of two from one day the later version counts.
    """
    begun = [one for one in versions if one.effective_from <= day]
    found = max(begun, key=lambda one: (one.effective_from, one.version), default=None)
    return None if found is None or (found.expires_on is not None and found.expires_on < day) else found


def rules_in_force(db: Session, kind: ProposalKind, day: date) -> Ruleset:
    """Return the ruleset for a kind of proposal on a day: what the members passed, or the default."""
    passed = in_force(db, f"{RULES}{kind.value}", day)
    return default_rules(kind) if passed is None else Ruleset.from_json(passed.value)


@dataclass(frozen=True, slots=True)
class Setting:
    """A policy to be set.

    Attributes:
        value: As its key demands.
        effective_from: Its first day.
        expires_on: Its last day, where it has one.
        records: What follows from it in the ledger, written in the same entry.
        id: The policy's id, where a record of the ledger has the same.
    """

    key: str
    value: Json
    effective_from: date
    expires_on: date | None = None
    records: tuple[Record, ...] = ()
    id: str | None = None


def set_first(db: Session, act: Act, setting: Setting, *, on: date, has_members: bool) -> Policy:
    """Set a policy before anybody is a member; set again, the later version counts, for what is written stays.

    Raises:
        ResolutionMissing: There are members: it is theirs now.
    """
    journal.lock(db)
    if has_members:
        raise ResolutionMissing("This belongs to the members; put forward a proposal.", field="key")
    return _write(db, act, setting, len(history(db, setting.key)) + 1, None, on)


def adopt(db: Session, act: Act, setting: Setting, *, proposal: str, on: date, expected: int) -> Policy:
    """Set the next version of a policy, as passed.

    Args:
        db: The session.
        act: On the authority of the proposal.
        setting: What is set; its first day is today or later, for nothing is changed for days that are over.
        proposal: What passed.
        on: Today, where the company is.
        expected: The version it replaces, as the members knew it when they voted; 0 for none.

    Raises:
        ResolutionMissing: The proposal has not passed.
        Overtaken: Another version stands there than the one that was to be replaced.
        DatesOutOfOrder: It would count from a day that is over.
    """
    journal.lock(db)
    done = newest(db, Closing, proposal=proposal)
    if done is None or done.outcome is not Outcome.PASSED:
        raise ResolutionMissing("Only what has passed sets a policy.", field="proposal")
    now = len(history(db, setting.key))
    if now != expected:
        text = f"{setting.key} was at version {expected} when this was put forward, and is at {now} now."
        raise Overtaken(text, field="expected_version")
    if setting.effective_from < on:
        raise DatesOutOfOrder("A policy counts from today or later.", field="effective_from")
    return _write(db, act, setting, expected + 1, proposal, on)


def misfit(db: Session, founded_n: int | None) -> tuple[str, str] | None:
    """Return the first version of a policy that nobody passed, as its key and what is wrong; None if all are right.

    Args:
        db: The session.
        founded_n: The number of the entry that admitted the first member; None while there is none.
    """
    enacted = {done.proposal: done for done in every(db, Enactment) if done.outcome is EnactmentOutcome.ENACTED}
    versions: dict[str, int] = {}
    for item in sorted(known(db, Policy), key=lambda item: item.n):
        made = item.value
        versions[made.key] = versions.get(made.key, 0) + 1
        if made.version != versions[made.key]:
            return made.key, f"version {made.version} is number {versions[made.key]} of it"
        if made.proposal is None:
            if founded_n is not None and item.n > founded_n:
                return made.key, f"version {made.version} rests on no vote, and there were members"
        elif made.proposal not in enacted or item.n not in enacted[made.proposal].entries:
            return made.key, f"version {made.version} is not what {made.proposal} did"
    return None


def _write(db: Session, act: Act, setting: Setting, version: int, proposal: str | None, on: date) -> Policy:
    id = setting.id or act.new_id("pol")
    made = Policy(id, setting.key, version, setting.value, setting.effective_from, setting.expires_on, proposal)
    journal.append(db, act, Draft(PolicyEntry.ADOPTED, on, (made, *setting.records)))
    return made
