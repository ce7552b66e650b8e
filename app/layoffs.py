"""Layoffs: what letting somebody go needs, what the members' policy adds to it, and the way in that they keep.

The rules stand in ``governance.layoffs``; here is what they ask the registers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy.orm import Session

from app.people.tokens import Scope, Token, revoke_token, tokens
from app.policy_values import Layoffs
from governance import layoffs, policies
from governance.layoffs import WITHIN, Asked, Case, CaseOrder, Departure
from governance.records import LayoffCase
from ledger import journal
from ledger.equity import leaving
from ledger.equity.leaving import LeavingOrder, Parting
from ledger.equity.parting import LayoffProtection
from ledger.equity.register import engagements
from ledger.equity.values import Engagement, EngagementEnd, Group, Holder, LeavingReason
from ledger.errors import NotAllowedNow
from ledger.members import MemberClass, memberships
from ledger.reading import every, find
from ledger.types import Act

PROVIDER = MemberClass.PROVIDER
POLICY = "layoff_protection"
"""The key of the policy in the members' register."""

OWN = frozenset({Scope.SESSIONS_OWN, Scope.PATRONAGE_OWN, Scope.PROPOSALS_OWN, Scope.EQUITY_OWN})
"""What opens one's own record and ballots."""


def file_case(db: Session, act: Act, order: CaseOrder, *, on: date) -> Case:
    """File a layoff case; see ``governance.layoffs.file_case``."""
    journal.lock(db)
    in_force = policies.in_force(db, POLICY, on)
    said = None if in_force is None else Layoffs.model_validate(in_force.value)
    asked = Asked() if said is None else Asked(said.notice_days, said.handover_days)
    known = [id for id in order.affected if every(db, Holder, id=id)]
    version = None if in_force is None else in_force.version
    return layoffs.file_case(db, act, order, asked=asked, policy=version, on=on, holders=known)


def leave(db: Session, act: Act, order: LeavingOrder) -> tuple[int, ...]:
    """Record that someone leaves, and return the numbers of the entries; see ``ledger.equity.leaving.terminate``.

    Whoever is laid off has what the members' policy adds: as it was when their case was filed or as it is on their last
    day, in each point what is better for them (E10 I10.3).

    Raises:
        LayoffCaseMissing: They would be one of five providers or more within thirty days, and no case names them.
        DatesOutOfOrder: The case that names them allows it later.
    """
    journal.lock(db)
    return leaving.terminate(db, act, order, protection=_allowed(db, order))


def foreseen(db: Session, order: LeavingOrder) -> list[Parting]:
    """Return what ``leave`` would do to each grant, without doing it; it is refused for the same reasons."""
    return leaving.foreseen(db, order, protection=_allowed(db, order))


def _allowed(db: Session, order: LeavingOrder) -> LayoffProtection | None:
    """Return what the members' policy adds to a leaving, once it is sure that somebody may be let go so."""
    if order.reason is not LeavingReason.INVOLUNTARY_OTHER:
        return None
    find(db, Holder, order.holder)
    named = layoffs.cases_naming(db, order.holder)
    now = _policy_on(db, order.on)
    if is_provider(db, order.holder, order.on):
        departure = Departure(order.holder, order.on)
        notice_days = 0 if now is None else now.notice_days
        layoffs.check_departure(departure, let_go(db, order.on), named, notice_days=notice_days)
    return protection(_policies(db, named, now))


def protection(of: Iterable[Layoffs]) -> LayoffProtection | None:
    """Return what the best of some policies adds to vesting, point by point; None where there is no policy."""
    found = [one.protection for one in of]
    if not found:
        return None
    return LayoffProtection(any(one.waive_cliff for one in found), max(one.extra_months for one in found))


def _policies(db: Session, cases: Iterable[LayoffCase], now: Layoffs | None) -> list[Layoffs]:
    """Return the policies that count for somebody: those their cases were filed under, and the one on their last day.

    A case filed for later days is under what was in force when it was filed, whatever was passed since.
    """
    versions = {one.version: one for one in policies.history(db, POLICY)}
    filed = [Layoffs.model_validate(versions[one.policy].value) for one in cases if one.policy is not None]
    return filed if now is None else [*filed, now]


def _policy_on(db: Session, day: date) -> Layoffs | None:
    found = policies.in_force(db, POLICY, day)
    return None if found is None else Layoffs.model_validate(found.value)


def is_provider(db: Session, holder: str, day: date) -> bool:
    """Return whether somebody is a provider on a day: engaged as one, or a member of that class."""
    of_class = [(one.starts_on, end) for one, end in memberships(db, holder) if one.member_class is PROVIDER]
    shown = [(one.starts_on, end) for one, end in engagements(db, holder) if one.shown_as is Group.PROVIDER]
    return any(first <= day and (end is None or end.ended_on >= day) for first, end in [*of_class, *shown])


def let_go(db: Session, near: date) -> Iterator[Departure]:
    """Yield the providers who were let go on a day or near it."""
    for end in every(db, EngagementEnd, reason=LeavingReason.INVOLUNTARY_OTHER.value):
        if abs(end.ended_on - near) <= WITHIN:
            holder = find(db, Engagement, end.engagement).holder
            if is_provider(db, holder, end.ended_on):
                yield Departure(holder, end.ended_on)


def refuse_lockout(db: Session, act: Act, token_id: str) -> None:
    """Refuse to revoke what somebody who is laid off needs to see their own record and cast open ballots (E27 I27.2).

    They can revoke it themselves, and others once they have another token that is good for the same.

    Raises:
        NotAllowedNow: It would leave them without.
    """
    journal.lock(db)
    known = tokens(db)
    token = next((one for one in known if one.id == token_id), None)
    if token is None or token.actor == act.actor or not _is_laid_off(db, token.actor):
        return
    lost = (token.scopes & OWN) - _kept(known, token, act)
    if lost:
        text = "Whoever is laid off keeps the way to their own record and open ballots; make another token for"
        raise NotAllowedNow(f"{text} {', '.join(sorted(lost))} first.", field="token_id")


def take_back(db: Session, act: Act, token_id: str) -> Token:
    """Make a token good for nothing from now on, and return it; revoked twice, it keeps its first end.

    Raises:
        NotFound: There is none with this id.
        NotAllowedNow: See ``refuse_lockout``.
    """
    refuse_lockout(db, act, token_id)
    return revoke_token(db, token_id, act.now)


def _kept(known: Iterable[Token], token: Token, act: Act) -> frozenset[Scope]:
    """Return what the other tokens of whoever has one are good for."""
    others = [one for one in known if one.actor == token.actor and one.id != token.id and one.revoked_at is None]
    return frozenset().union(*(one.scopes for one in others if one.expires_at is None or one.expires_at > act.now))


def _is_laid_off(db: Session, holder: str) -> bool:
    """Return whether a case names somebody, or they were let go."""
    if layoffs.cases_naming(db, holder):
        return True
    ends = [end for _, end in engagements(db, holder) if end is not None]
    return any(end.reason is LeavingReason.INVOLUNTARY_OTHER for end in ends)
