"""Patronage: a year's net income divided, a pool previewed to the cent, declared by a second person, and its files.

Nobody's part stands here under a name before it is declared; after that finance sees what is to be paid to whom.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from app import reports
from app.people import accounts, vault
from app.people.exports import Taken, note_export
from app.people.roles import Role
from app.reports import patronage as files
from app.reports.report import Report
from app.web.checks import Tie
from app.web.forms import cents_in, day_in, line_in, share_in, whole_in
from app.web.member import today_of
from app.web.sheets import sheet_of
from app.web.site import File, Go, Here, Pages, View
from ledger import journal
from ledger.equity.register import issuer
from ledger.errors import Invalid, NotFound
from ledger.members import members_on
from ledger.reading import every, find, known
from ledger.sessions import capital, choices, declarations
from ledger.sessions.capital import SurplusOrder
from ledger.sessions.declarations import PatronageOrder
from ledger.sessions.deliveries import closed_periods, delivered_by_each
from ledger.sessions.patronage import Declaration, Share
from ledger.sessions.policy import in_force
from ledger.sessions.records import Allocation, PatronageDeclaration, PatronageDraft, SurplusStated
from ledger.sessions.redemption import fiscal_year_of
from ledger.sessions.surplus import SurplusPolicy, Waterfall, waterfall
from ledger.sessions.weights import Span, month_of
from ledger.types import Act, Cut, decimal_text

pages = Pages()

READERS = (Role.FINANCE, Role.BOARD)

EXACT_PLACES = 4
"""Places of a cent that an exact share is shown with."""

STATED = (
    "fiscal_year",
    "net",
    "member_minutes",
    "all_minutes",
    "statutory",
    "prudent",
    "education",
    "deficits",
    "resolution",
)
"""What is written to divide a year's net income."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A declaration, or what waits to be one.

    Attributes:
        declared: None while it waits.
    """

    draft: PatronageDraft
    declared: PatronageDeclaration | None


def listed(db: Session) -> list[Listed]:
    """Return declarations of money and what waits to be one, the newest first."""
    declared = {one.draft: one for one in every(db, PatronageDeclaration)}
    drafts = [one for one in every(db, PatronageDraft) if one.currency is not None]
    return [Listed(one, declared.get(one.id)) for one in reversed(drafts)]


@pages.get("/finance/patronage", Role.FINANCE, long=True)
def patronage(db: Session, here: Here) -> View:
    """Where the surplus of each year went, what may still be declared, and what was."""
    company = issuer(db)
    on = today_of(db, here)
    closed, fresh = sorted(closed_periods(db)), not_shared(db)
    offered = fresh or closed
    rules = choices.policies(db)
    return View(
        "patronage.html",
        {
            "currency": company.currency,
            "books": books_of(db),
            "surpluses": every(db, SurplusStated)[::-1],
            "listed": listed(db),
            "years": forms_of(db),
            "first": f"{offered[0]}-01" if offered else "",
            "last": month_of(offered[-1]).last.isoformat() if offered else "",
            "fresh": len(fresh),
            "alpha": str(in_force(rules, on).alpha * 100) if rules and rules[0].effective_from <= on else "0",
            "today": on,
        },
    )


def not_shared(db: Session) -> list[str]:
    """Return the closed months by which nothing has been declared in money."""
    spans = [(one.draft.first_day, one.draft.last_day) for one in listed(db) if one.declared is not None]
    return [
        period
        for period in sorted(closed_periods(db))
        if not any(first <= month_of(period).first <= last for first, last in spans)
    ]


@dataclass(frozen=True, slots=True)
class Books:
    """What the accounts hold, in cents."""

    members: int
    collective: int
    allocable: int
    net: int

    @property
    def tie(self) -> bool:
        """Whether they add up."""
        return self.members + self.collective + self.allocable == self.net


def books_of(db: Session) -> Books:
    """Return the books of capital, in total."""
    currency = issuer(db).currency
    return Books(
        sum(capital.balances(db).values()),
        journal.balance(db, capital.collective(currency)),
        journal.balance(db, capital.allocable(currency)),
        capital.net_book_value(db),
    )


def forms_of(db: Session) -> list[int]:
    """Return the calendar years for which anything may have to be told on Form 1099-PATR, the newest first."""
    from_year = [one.on.year for one in known(db, PatronageDeclaration)]
    return sorted(set(from_year), reverse=True)


@pages.get("/finance/patronage/surplus", Role.FINANCE, long=True)
def surplus(db: Session, here: Here) -> View:
    """Write down a year's net income and by which resolution it is divided."""
    company, on = issuer(db), today_of(db, here)
    year = fiscal_year_of(on, company.fiscal_year_end) - 1
    own, everybody, months = minutes_of(db, year, company.fiscal_year_end)
    return View(
        "patronage_surplus.html",
        {"currency": company.currency, "year": year, "own": own, "everybody": everybody, "months": months, "today": on},
    )


def minutes_of(db: Session, fiscal_year: int, year_end: str) -> tuple[int, int, int]:
    """Return the minutes that members and that all providers delivered in a year's closed months, and how many months.

    A member's minutes of a month count where they were a member at its end.
    """
    own = everybody = count = 0
    known_at = journal.size(db)
    for period in sorted(closed_periods(db)):
        month = month_of(period)
        if fiscal_year_of(month.last, year_end) != fiscal_year:
            continue
        members = members_on(db, month.last)
        for provider, (_, minutes) in delivered_by_each(db, period, known_at=known_at).items():
            everybody += minutes
            own += minutes if provider in members else 0
        count += 1
    return own, everybody, count


def _surplus_in(here: Here) -> SurplusOrder:
    member_minutes, all_minutes = (whole_in(here, name) for name in ("member_minutes", "all_minutes"))
    net = cents_in(here, "net")
    if not net:
        raise Invalid(here.words.say("Write the net income, such as 840000.00."), field="net")
    return SurplusOrder(
        whole_in(here, "fiscal_year", least=1900, most=2199),
        net,
        SurplusPolicy(share_in(here, "statutory"), share_in(here, "prudent"), share_in(here, "education")),
        member_minutes,
        all_minutes,
        line_in(here, "resolution"),
        cents_in(here, "deficits"),
    )


@pages.post("/finance/patronage/surplus/check", Role.FINANCE, again=surplus)
def check_surplus(db: Session, act: Act, here: Here) -> View:
    """Show where each cent would go. Nothing is recorded."""
    del act
    order, on = _surplus_in(here), day_in(here, "on")
    falls = waterfall(
        order.net,
        order.policy,
        member_minutes=order.member_minutes,
        all_minutes=order.all_minutes,
        deficits=order.deficits,
    )
    kept = [(name, here.form.get(name, "")) for name in (*STATED, "on")]
    return View(
        "patronage_surplus_check.html",
        {"currency": issuer(db).currency, "order": order, "falls": falls, "on": on, "kept": kept},
    )


@pages.post("/finance/patronage/surplus", Role.FINANCE, again=surplus, authority="role:finance")
def state_surplus(db: Session, act: Act, here: Here) -> Go:
    """Record how a year's net income is divided."""
    order = _surplus_in(here)
    falls: Waterfall = capital.state_surplus(db, act, order, on=day_in(here, "on"))
    note = here.words.say("It is divided. {amount} may be declared as patronage.", amount=money(here, falls.allocable))
    return Go("/finance/patronage", note)


def money(here: Here, cents: int) -> str:
    """Return an amount with separators and two places."""
    sign = "−" if cents < 0 else ""
    return f"{sign}{here.words.number(f'{abs(cents) // 100}.{abs(cents) % 100:02}')}"


@pages.post("/finance/patronage/drafts", Role.FINANCE, again=patronage, authority="role:finance", long=True)
def preview(db: Session, act: Act, here: Here) -> Go:
    """Record how a pool would be split, for somebody of the board to declare."""
    span = Span(day_in(here, "first_day"), day_in(here, "last_day"))
    pool = cents_in(here, "pool")
    if not pool:
        raise Invalid(here.words.say("Write an amount, such as 543900.00."), field="pool")
    order = PatronageOrder(span, pool, alpha=share_in(here, "alpha"))
    draft, _ = declarations.preview(db, act, order, on=today_of(db, here))
    note = here.words.say("This is how it would be split. Somebody of the board declares exactly this.")
    return Go(f"/finance/patronage/{draft.id}", note)


@pages.get("/finance/patronage/{draft}", READERS, long=True)
def one(db: Session, here: Here, draft: str) -> View:
    """A declaration or what waits to be one: exact shares beside cents, sums that add up, and how it goes on."""
    found = _draft(db, draft)
    split = declarations.reckoned_again(db, found)
    is_same = declarations.hash_of(declarations.order_of(found), split) == found.terms_hash
    shares = sorted(
        (share for share in split.shares if share.amount or share.weight), key=lambda each: each.remainder_rank
    )
    declared = next(iter(every(db, PatronageDeclaration, draft=draft)), None)
    parts = every(db, Allocation, declaration=draft) if declared is not None else []
    actors = {found.requester} | ({declared.approver} if declared is not None else set())
    by_account = {each.actor: each.name for each in accounts.accounts(db)} | vault.names(db, actors)
    return View(
        "patronage_draft.html",
        {
            "draft": found,
            "declared": declared,
            "called": {actor: by_account.get(actor, actor) for actor in actors},
            "split": split,
            "sharing": sum(share.amount > 0 for share in split.shares),
            "paid": sum(share.amount for share in split.shares),
            "sheet": sheet_of([_row(share) for share in shares], here),
            "ties": _ties(split, is_same, found, parts, here),
            "notices": Counter(str(part.notice) for part in parts),
            "cash": sum(part.cash for part in parts),
            "retained": sum(part.retained for part in parts),
            "is_mine": here.account is not None and here.account.actor == found.requester,
            "today": today_of(db, here),
        },
    )


def _row(share: Share) -> tuple[int, str, int]:
    """Return a part without a name: its place among the remainders, its exact size in cents, cut, and its cents."""
    return share.remainder_rank, decimal_text(int(share.exact * 10**EXACT_PLACES), EXACT_PLACES), share.amount


def _draft(db: Session, draft: str) -> PatronageDraft:
    found = find(db, PatronageDraft, draft)
    if found.currency is None:
        raise NotFound(
            "This splits units of a plan; the grants it made stand in the register of grants.", field="draft"
        )
    return found


def _ties(split: Declaration, is_same: bool, draft: PatronageDraft, parts: list[Allocation], here: Here) -> list[Tie]:
    """Return what has to add up, and whether it does."""
    words = here.words
    sums = sum(share.amount for share in split.shares) + split.held_back == draft.pool
    off = all(abs(share.exact - share.amount) < 1 for share in split.shares)
    found = [
        Tie(sums, words.say("All parts and what is held back add up to the pool, to the cent")),
        Tie(off, words.say("No part is a cent or more away from its exact share")),
        Tie(is_same, words.say("Reckoned again from the record, it comes to the same parts")),
    ]
    if parts:
        told = {share.member: share.amount for share in split.shares}
        same = all(told.get(part.member) == part.amount == part.cash + part.retained for part in parts)
        found.append(
            Tie(same, words.say("What was declared is what was previewed; money and paper add up to each part"))
        )
        enough = all(5 * part.cash >= part.amount for part in parts)
        found.append(Tie(enough, words.say("Everybody gets at least 20% in money")))
    return found


@pages.post("/finance/patronage/{draft}/declare", Role.BOARD, again=one, authority="role:board", long=True)
def declare(db: Session, act: Act, here: Here, draft: str) -> Go:
    """Declare exactly what was previewed by somebody else."""
    _draft(db, draft)
    parts = declarations.declare_patronage(
        db,
        act,
        draft,
        terms_hash=here.form.get("terms_hash", ""),
        resolution_ref=line_in(here, "resolution"),
        on=today_of(db, here),
    )
    note = here.words.several(
        "It is declared. One member has a part.", "It is declared. {count} members have a part.", len(parts)
    )
    return Go(f"/finance/patronage/{draft}", note)


@pages.get("/finance/patronage/{draft}/payments/{name}", Role.FINANCE, long=True)
def payments(db: Session, here: Here, draft: str, name: str) -> File:
    """What is to be paid to whom after a declaration, as a file."""
    found = _draft(db, draft)
    if not every(db, PatronageDeclaration, draft=draft):
        raise NotFound("Nothing is paid before it is declared.", field="draft")
    source = reports.source_of(db, Cut(today_of(db, here), journal.size(db)))
    parts = every(db, Allocation, declaration=draft)
    return _file(files.payments(found, parts, source, vault.names(db)), name)


@pages.get("/finance/patronage/forms/{year}/{name}", Role.FINANCE, long=True)
def forms(db: Session, here: Here, year: str, name: str) -> File:
    """What Form 1099-PATR says of a calendar year, of those for whom it is filed, without whole tax numbers."""
    if not (year.isdecimal() and year.isascii() and len(year) == 4):
        raise NotFound("There is no such year.")
    cut, ending = Cut(date(int(year), 12, 31), journal.size(db)), name.rpartition(".")[2]
    return _file(reports.build(db, "1099-patr", cut, format=ending), name)


def _file(report: Report, name: str) -> File:
    ending = name.rpartition(".")[2]
    if ending not in reports.FORMATS:
        raise NotFound("There is no such file.")
    data = reports.FORMATS[ending](report)
    source = report.source
    taken = Taken.of(report.name, ending, source.cut, data)
    return File(data, reports.MEDIA[ending], reports.file_name(report, data, ending), partial(note_export, file=taken))
