"""What Form 1099-PATR tells of each member's year, and qualified checks, whose cashing is consent (§2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.register import issuer
from ledger.errors import AlreadyExists, NotAllowedNow, NotFound
from ledger.kinds import declare
from ledger.reading import every, find, known
from ledger.sessions.notices import (
    Form1099Patr,
    Notice,
    NoticeKind,
    form_1099_patr,
    last_day_to_cash,
    nonqualified_part,
)
from ledger.sessions.records import Allocation, CheckCashed, PatronageDeclaration, PatronageDraft, Redemption
from ledger.sessions.redemption import fiscal_year_of
from ledger.types import Act, Cut


@declare
class CheckEntry(StrEnum):
    """The kinds of entry about qualified checks."""

    CASHED = "patronage.check_cashed"
    """A member cashed a check that says what cashing it means."""


def cash_check(db: Session, act: Act, declaration: str, member: str, *, on: date) -> None:
    """Record that a member cashed a qualified check: the notice of that declaration is qualified after all.

    Raises:
        NotFound: They have no money from that declaration.
        AlreadyExists: Their notice is qualified already.
        NotAllowedNow: Later than the 90th day after the payment period: the notice stays nonqualified.
    """
    journal.lock(db)
    draft = find(db, PatronageDraft, declaration)
    parts = [part for part in every(db, Allocation, declaration=declaration, member=member) if part.notice is not None]
    if not parts:
        raise NotFound(f"There is no money of {declaration} for {member}.", field="member")
    if parts[0].notice is NoticeKind.QUALIFIED or every(db, CheckCashed, declaration=declaration, member=member):
        raise AlreadyExists("They have consented to be taxed on this already.", field="member")
    year_end = issuer(db).fiscal_year_end
    until = last_day_to_cash(fiscal_year_of(draft.last_day, year_end), year_end)
    if on > until:
        raise NotAllowedNow(f"The last day for this check was {until}; the notice stays nonqualified.", field="on")
    journal.append(db, act, Draft(CheckEntry.CASHED, on, (CheckCashed(declaration, member, on),)))


@dataclass(frozen=True, slots=True)
class PatrYear:
    """What a member's form of a calendar year says, and what it is made of, in cents.

    Attributes:
        cash: Of patronage dividends, paid in money.
        qualified: Of them, in qualified notices.
        nonqualified: Of them, in nonqualified notices: income when they are redeemed.
        redeemed: Notices of earlier years paid out, of either kind.
    """

    form: Form1099Patr
    cash: int
    qualified: int
    nonqualified: int
    redeemed: int


def patr_forms(db: Session, year: int, cut: Cut | None = None) -> dict[str, Form1099Patr]:
    """Return the form of each member for a calendar year, by member; see ``patr_years``."""
    return {member: each.form for member, each in patr_years(db, year, cut).items()}


def patr_years(db: Session, year: int, cut: Cut | None = None) -> dict[str, PatrYear]:
    """Return what is told of each member for a calendar year, by member; ``form.is_due`` says whether it is filed.

    A check that was cashed later still makes its notice one of the year in which it was declared. With a cut: what was
    declared and redeemed by its day, and all checks known then, whatever day they were cashed on.
    """
    issued = _notices(db, cut)
    redeemed, income = _redeemed(db, year, issued, cut)
    told: dict[str, list[Notice]] = {member: [] for member in redeemed}
    for (member, _), notices in issued.items():
        for paid_in, paper in notices:
            if paid_in == year:
                told.setdefault(member, []).append(paper)
    return {
        member: PatrYear(
            form_1099_patr(notices, redeemed=income.get(member, 0)),
            sum(paper.cash for paper in notices),
            sum(paper.retained for paper in notices if paper.kind is NoticeKind.QUALIFIED),
            sum(paper.retained for paper in notices if paper.kind is NoticeKind.NONQUALIFIED),
            redeemed.get(member, 0),
        )
        for member, notices in sorted(told.items())
    }


def _notices(db: Session, cut: Cut | None) -> dict[tuple[str, int], list[tuple[int, Notice]]]:
    """Return the notices of each member and fiscal year, oldest first, with the calendar year they were paid in."""
    year_end = issuer(db).fiscal_year_end
    known_by = None if cut is None else Cut(date.max, cut.known_at)
    declared = {item.value.draft: item.on.year for item in known(db, PatronageDeclaration, cut)}
    years = {one.id: fiscal_year_of(one.last_day, year_end) for one in every(db, PatronageDraft, known_by)}
    cashed = {(one.declaration, one.member) for one in every(db, CheckCashed, known_by)}
    found: dict[tuple[str, int], list[tuple[int, Notice]]] = {}
    for part in every(db, Allocation, cut):
        if part.notice is not None and part.declaration in declared:
            kind = NoticeKind.QUALIFIED if (part.declaration, part.member) in cashed else part.notice
            paper = (declared[part.declaration], Notice(kind, part.amount, part.cash))
            found.setdefault((part.member, years[part.declaration]), []).append(paper)
    return found


def _redeemed(
    db: Session, year: int, issued: dict[tuple[str, int], list[tuple[int, Notice]]], cut: Cut | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Return what was redeemed of each member's notices in a year, and what of that is income then (box 5)."""
    before: dict[tuple[str, int], int] = {}
    all_of_it: dict[str, int] = {}
    income: dict[str, int] = {}
    for item in known(db, Redemption, cut):
        paid = item.value
        of = (paid.member, paid.fiscal_year)
        if item.on.year == year:
            papers = [paper for _, paper in issued.get(of, [])]
            part = nonqualified_part(papers, before.get(of, 0), paid.amount)
            income[paid.member] = income.get(paid.member, 0) + part
            all_of_it[paid.member] = all_of_it.get(paid.member, 0) + paid.amount
        before[of] = before.get(of, 0) + paid.amount
    return all_of_it, income
