"""A member's own patronage and capital account: how each part was reckoned, what happened to it, and consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from sqlalchemy.orm import Session

from app.people.tax_numbers import number_of
from app.web.member import today_of
from app.web.patronage import not_shared
from app.web.site import Go, Here, Own, Pages, View
from ledger import journal
from ledger.equity.register import issuer
from ledger.errors import NotFound, Refusal
from ledger.reading import every, find
from ledger.sessions import capital, declarations, payouts
from ledger.sessions.notices import LEAST_CASH
from ledger.sessions.patronage import Declaration, Share
from ledger.sessions.records import Allocation, PatronageDeclaration, PatronageDraft
from ledger.sessions.redemption import due_in, exit_instalments, fiscal_year_of, revolving
from ledger.sessions.weights import Span, month_of
from ledger.types import Act, decimal_text

pages = Pages()

EXACT_PLACES = 4
"""Places of a cent that an exact share is shown with."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of somebody's of a declaration in money."""

    of: Allocation
    draft: PatronageDraft


@dataclass(frozen=True, slots=True)
class Estimate:
    """What somebody's part would be if all that may be declared were, by the months given; nothing is promised.

    Attributes:
        cents: Of which a fifth at least is paid in money.
    """

    first: date
    last: date
    minutes: int
    all_minutes: int
    pool: int
    cents: int


def parts_of(db: Session, member: str) -> list[Part]:
    """Return somebody's parts of declarations in money, the newest first."""
    drafts = {one.id: one for one in every(db, PatronageDraft) if one.currency is not None}
    found = [one for one in every(db, Allocation, member=member) if one.declaration in drafts]
    return [Part(one, drafts[one.declaration]) for one in reversed(found)]


@pages.get("/patronage", Own, long=True)
def own_patronage(db: Session, here: Here) -> View:
    """One's own parts and capital account; nobody else's, ever."""
    company, on = issuer(db), today_of(db, here)
    year_end = company.fiscal_year_end
    notices = payouts.notices_of(db, here.me)
    balance, rows = 0, []
    for one in capital.movements(db, here.me):
        balance += one.cents
        rows.append((one, balance))
    return View(
        "own_patronage.html",
        {
            "currency": company.currency,
            "own": parts_of(db, here.me),
            "balance": journal.balance(db, capital.capital(here.me)),
            "history": rows[::-1],
            "notices": [(year, cents, revolving(year, cents, year_end)) for year, cents in sorted(notices.items())],
            "due": due_in(notices, fiscal_year_of(on, year_end)),
            "promised": [each for _, left in payouts.unpaid_schedules(db, member=here.me) for each in left],
            "leaving": exit_instalments(payouts.unpromised(db, here.me), on, year_end=year_end),
            "has_consented": declarations.has_consented(db, here.me, on),
            "estimate": estimate_of(db, here.me),
            "on": on,
            "lacks_number": number_of(db, here.me) is None,
        },
    )


def estimate_of(db: Session, member: str) -> Estimate | None:
    """Return what somebody's part may be of what can be declared now, by closed months that nothing was shared for."""
    pool, fresh = journal.balance(db, capital.allocable(issuer(db).currency)), not_shared(db)
    if pool <= 0 or not fresh:
        return None
    span = Span(month_of(fresh[0]).first, month_of(fresh[-1]).last)
    order = declarations.PatronageOrder(span, pool)
    try:
        split = declarations.reckoned(db, order, known_at=journal.size(db), available=pool, disputed=0)
    except Refusal:
        return None
    mine = _share(split, member)
    if mine is None or mine.weight <= 0:
        return None
    return Estimate(span.first, span.last, mine.weight, _all_minutes(split), pool, mine.amount)


def _share(split: Declaration, member: str) -> Share | None:
    return next((share for share in split.shares if share.member == member), None)


def _all_minutes(split: Declaration) -> int:
    return sum(max(0, share.weight) for share in split.shares)


@pages.get("/patronage/{declaration}", Own, long=True)
def own_part(db: Session, here: Here, declaration: str) -> View:
    """How one's own part was reckoned, step by step, and the written notice of it."""
    mine = next((one for one in parts_of(db, here.me) if one.draft.id == declaration), None)
    if mine is None:
        raise NotFound(f"There is no declaration {declaration!r} with a part of yours.", field="declaration")
    split = declarations.recompute(db, find(db, PatronageDraft, declaration))
    share = _share(split, here.me)
    assert share is not None
    declared = next(iter(every(db, PatronageDeclaration, draft=declaration)))
    exact: Fraction = share.exact
    return View(
        "own_part.html",
        {
            "one": mine,
            "currency": mine.draft.currency,
            "declared": declared,
            "all_minutes": _all_minutes(split),
            "disputed": int(mine.draft.terms["disputed"]),
            "alpha": str(mine.draft.terms["alpha"]),
            "exact": decimal_text(int(exact * 10**EXACT_PLACES), EXACT_PLACES),
            "rank": share.remainder_rank,
            "rounded_up": share.amount > int(exact),
            "least": ceil(mine.of.amount * LEAST_CASH),
            "year": fiscal_year_of(mine.draft.last_day, issuer(db).fiscal_year_end),
        },
    )


@pages.post("/patronage/consent", Own, again=own_patronage, authority="holder")
def consent(db: Session, act: Act, here: Here) -> Go:
    """Consent to be taxed on all of one's part, or no longer; it counts for what is declared from today on."""
    is_given = here.form.get("is_given") == "yes"
    declarations.consent(db, act, here.me, is_given=is_given, on=today_of(db, here))
    if is_given:
        note = here.words.say("You consent from today on. You can stop at any time.")
    else:
        note = here.words.say("You no longer consent, from today on.")
    return Go("/patronage", note)
