"""Reports: any of them, as of any day and as known before any entry, in any format; the same bytes for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import clock
from app.people import vault
from app.people.tax_numbers import last_four, tax_numbers
from app.reports import (
    capital,
    captable,
    exempt_sales,
    expense,
    for_members,
    granted,
    membership,
    months,
    patronage,
    securities,
)
from app.reports.csv import as_csv
from app.reports.json import as_json
from app.reports.marked import LAST_FOUR, WHOLE, identified
from app.reports.pdf import as_pdf
from app.reports.report import Report, Source, file_name
from app.reports.xlsx import as_xlsx
from app.ties import findings
from ledger import journal, tables
from ledger.equity.captable.exempt_sales import exempt_sales as sales_under_rule_701
from ledger.equity.captable.expenses import bookings, expenses
from ledger.equity.captable.for_members import members_edition
from ledger.equity.captable.grant_register import grant_register
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.iso_exercises import iso_exercises
from ledger.equity.captable.movements import holder_roll_forwards, pool_balances, pool_events, roll_forwards
from ledger.equity.captable.promises import vesting_schedule
from ledger.equity.captable.returned import returned
from ledger.equity.captable.securities_ledger import securities_ledger
from ledger.equity.captable.summary import cap_table
from ledger.equity.captable.valued_awards import costed
from ledger.equity.captable.vesting_months import by_month
from ledger.equity.values import Issuer
from ledger.equity.vesting.months import add_months
from ledger.errors import DatesOutOfOrder, Invalid, NotFound
from ledger.members import member_register
from ledger.reading import every, known
from ledger.sessions.capital_register import capital_register
from ledger.sessions.patr_forms import patr_years
from ledger.sessions.patronage_register import patronage_register
from ledger.sessions.records import PeriodClose
from ledger.types import Cut, micros_of, moment_at

__all__ = [
    "FORMATS",
    "MEDIA",
    "REPORTS",
    "as_csv",
    "as_json",
    "as_pdf",
    "as_xlsx",
    "build",
    "cut_for",
    "file_name",
    "known_by",
    "rendered",
]

FORMATS: Mapping[str, Callable[[Report], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "xlsx": as_xlsx,
    "pdf": as_pdf,
}
"""Format, as the ending of the file, to what writes it."""

MEDIA: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
"""The same to its media type."""


Names = Mapping[str, str]
"""Holder to name, or to what stands in for an erased one."""


EXPENSE = "An expense needs the day its period begins on."
"""What whoever leaves it out is told."""


def summary(db: Session, cut: Cut, source: Source) -> Report:
    """Return the cap table by class (R1)."""
    return captable.summary(cap_table(db, cut), source)


def holders(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return the cap table by holder (R2)."""
    return captable.holders(holder_table(db, cut), source, _named(db, names))


def pool(db: Session, cut: Cut, source: Source) -> Report:
    """Return the balance of every plan (R5)."""
    return captable.pool(pool_balances(db, cut), source)


def events(db: Session, cut: Cut, source: Source) -> Report:
    """Return what happened to every pool (R6)."""
    return captable.pool_events(pool_events(db, cut), source)


def vesting(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return every instalment promised (R7)."""
    return captable.vesting(vesting_schedule(db, cut), source, _named(db, names))


def grants(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return the register of grants (R4)."""
    return granted.grants(grant_register(db, cut), source, _named(db, names))


def vesting_months(db: Session, cut: Cut, source: Source) -> Report:
    """Return what vests in which month."""
    return captable.vesting_months(by_month(vesting_schedule(db, cut)), source)


def periods(db: Session, cut: Cut, source: Source) -> Report:
    """Return the months of sessions that are closed."""
    return months.periods(every(db, PeriodClose, cut), source)


def roll_forward(db: Session, cut: Cut, source: Source) -> Report:
    """Return what became of grants, pools and shares from one day to another (R8)."""
    return captable.roll_forward(roll_forwards(db, _since(source), cut), source)


def holder_roll_forward(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return what became of each holder's grants and shares from one day to another (R8 by holder)."""
    return captable.holder_roll_forward(holder_roll_forwards(db, _since(source), cut), source, _named(db, names))


def issued(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return everything ever issued (R3)."""
    return securities.ledger(securities_ledger(db, cut), source, _named(db, names))


def returns(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return what was taken back or transferred (R9)."""
    return securities.returns(returned(db, cut), source, _named(db, names))


def form_3921(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return the figures of Form 3921 for the year of the day, as far as it has come (R12)."""
    made = securities.iso_exercises(iso_exercises(db, cut), source, _named(db, names))
    return identified(made, LAST_FOUR, _last_fours(db, cut, names))


def expense_by(name: str) -> Callable[[Session, Cut, Source], Report]:
    """Return what makes the expense of a period by the method and day count of a name (R10)."""
    method, count = expense.BASES[name]

    def made(db: Session, cut: Cut, source: Source) -> Report:
        return expense.expense(expenses(db, _since(source, EXPENSE), cut, method, count), source, name)

    return made


def expense_journal_by(name: str) -> Callable[[Session, Cut, Source], Report]:
    """Return what makes the bookings of a period, month by month, likewise."""
    method, count = expense.JOURNALS[name]

    def made(db: Session, cut: Cut, source: Source) -> Report:
        return expense.journal(bookings(db, _since(source, EXPENSE), cut, method, count), source, name)

    return made


def expense_errors(db: Session, cut: Cut, source: Source) -> Report:
    """Return the awards whose expense can't be told, for want of a value."""
    _, missing = costed(db, cut)
    return expense.errors(missing, source)


def patronage_parts(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return the register of patronage (R14)."""
    return patronage.register(patronage_register(db, cut), source, _named(db, names))


def capital_accounts(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return members' capital accounts from one day to another (R15)."""
    return capital.accounts(capital_register(db, _since(source), cut), source, _named(db, names))


def member_roll(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return the register of members, with who may vote (R16)."""
    return membership.members(member_register(db, cut), source, _named(db, names))


def form_1099_patr(db: Session, cut: Cut, source: Source, names: Names | None = None) -> Report:
    """Return the figures of Form 1099-PATR for the calendar year of the day, as far as it has come (R13)."""
    made = patronage.patr_forms(patr_years(db, cut.as_of.year, cut), source, _named(db, names))
    return identified(made, LAST_FOUR, _last_fours(db, cut, names))


def _last_fours(db: Session, cut: Cut, names: Names | None) -> Mapping[str, str | None]:
    """Return what is shown of tax numbers: nothing where holders go by their ids."""
    return {holder: last_four(number) for holder, number in tax_numbers(db, cut).items()} if names is None else {}


def with_tax_numbers(db: Session, report: str, cut: Cut) -> Report:
    """Return the figures of a form with whole tax numbers: for whoever two people let have them (``disclosures``).

    Raises:
        NotFound: The journal has fewer entries than ``known_at``, or none of them registers a company.
    """
    source = source_of(db, cut)
    if report == "iso-exercises":
        made = securities.iso_exercises(iso_exercises(db, cut), source, vault.names(db))
    else:
        made = patronage.patr_forms(patr_years(db, cut.as_of.year, cut), source, vault.names(db))
    return identified(made, WHOLE, tax_numbers(db, cut))


def rule_701(db: Session, cut: Cut, source: Source) -> Report:
    """Return how the twelve months that end on the day stand under Rule 701 (R11)."""
    return exempt_sales.tracker(sales_under_rule_701(db, cut), source)


SETTLES = timedelta(days=90)
"""How long after a day what is recorded of it still goes into what members are shown of it."""


def for_every_member(db: Session, cut: Cut, source: Source) -> Report:
    """Return what any member may see of a year (R17).

    Its opening is as known ninety days after its day, as the edition that closed on that day was: what was recorded of
    a few people since would stand in the difference of the two.
    """
    a_day = timedelta(days=1)
    since = max(_since(source), date.min + 2 * timedelta(days=366))
    days = add_months(since, -12) - a_day, since - a_day
    earlier, opening = (_settled_cut(db, day, cut.known_at, source.time_zone) for day in days)
    return for_members.edition(members_edition(db, earlier, opening, cut), source)


def _settled_cut(db: Session, day: date, known_at: int, time_zone: str) -> Cut:
    """Return the cut of a day as it had settled; where no company was on record by then, as it is known now."""
    known_then = min(known_at, settled(db, day, time_zone))
    return Cut(day, known_then if known(db, Issuer, Cut(date.max, known_then)) else known_at)


def settled(db: Session, day: date, time_zone: str) -> int:
    """Return how many entries were known ninety days after a day: the ``known_at`` of what members are shown of it."""
    day = min(day, date.max - SETTLES)
    return known_by(db, datetime.combine(day + SETTLES, time.min, ZoneInfo(time_zone)))


def _since(source: Source, missing: str = "A roll-forward needs the day it begins on.") -> date:
    if source.since is None:
        raise DatesOutOfOrder(missing, field="since")
    return source.since


def _named(db: Session, names: Names | None) -> Names:
    return vault.names(db) if names is None else names


REPORTS: Mapping[str, Callable[[Session, Cut, Source], Report]] = {
    "summary": summary,
    "holders": holders,
    "pool": pool,
    "pool-events": events,
    "vesting": vesting,
    "grants": grants,
    "vesting-months": vesting_months,
    "periods": periods,
    "roll-forward": roll_forward,
    "holder-roll-forward": holder_roll_forward,
    "securities": issued,
    "returned": returns,
    "iso-exercises": form_3921,
    **{name: expense_by(name) for name in expense.BASES},
    **{name: expense_journal_by(name) for name in expense.JOURNALS},
    "expense-errors": expense_errors,
    "patronage": patronage_parts,
    "capital-accounts": capital_accounts,
    "members": member_roll,
    "1099-patr": form_1099_patr,
    "rule-701": rule_701,
    "members-edition": for_every_member,
}
"""Every report by its name."""

NAMED: Mapping[str, Callable[[Session, Cut, Source, Names], Report]] = {
    "holders": holders,
    "vesting": vesting,
    "grants": grants,
    "holder-roll-forward": holder_roll_forward,
    "securities": issued,
    "returned": returns,
    "iso-exercises": form_3921,
    "patronage": patronage_parts,
    "capital-accounts": capital_accounts,
    "members": member_roll,
    "1099-patr": form_1099_patr,
}
"""Those that show holders by name; by those of the vault, where no others are given."""

FOR_MEMBERS = "members-edition"

CHECKED = frozenset({"pdf", "xlsx"})
"""The formats that tell what every check of the record found, beside where the figures come from."""

OF_PERIODS = frozenset(
    {"roll-forward", "holder-roll-forward", "capital-accounts", "members-edition", *expense.BASES, *expense.JOURNALS}
)
"""Those that cover a period; all others are of one day."""


def rendered(
    db: Session,
    report: str,
    format: str,
    *,
    as_of: date | None = None,
    known_at: int | None = None,
    since: date | None = None,
) -> bytes:
    """Return a report as a file holds it; see ``build``.

    Raises:
        Invalid: There is no such format.
    """
    if format not in FORMATS:
        raise Invalid(f"There is no format {format!r}; there are {', '.join(FORMATS)}.", field="format")
    return FORMATS[format](build(db, report, cut_for(db, as_of, known_at), since=since, format=format))


def build(
    db: Session,
    report: str,
    cut: Cut,
    *,
    since: date | None = None,
    format: str | None = None,
    names: Names | None = None,
) -> Report:
    """Return a report, as of a day and as known before an entry.

    Args:
        db: The session.
        report: Its name.
        cut: The day and the entry.
        since: The first day, where it covers a period.
        format: What it is made for: a format that has room for it tells what every check found, too.
        names: By what holders are shown, in place of the vault's names: by their ids where it has none of them.

    Raises:
        Invalid: There is no such report, or it covers no period.
        DatesOutOfOrder: The period begins after it ends, or the report needs one and has none.
        NotFound: The journal has fewer entries than ``known_at``, or none of them registers a company.
    """
    if report not in REPORTS:
        raise Invalid(f"There is no report {report!r}; there are {', '.join(REPORTS)}.", field="report")
    if since is not None and report not in OF_PERIODS:
        raise Invalid(
            f"The report {report} is of one day; only a roll-forward or an expense covers a period.", field="since"
        )
    source = source_of(db, cut, since=since)
    is_renamed = names is not None and report in NAMED
    made = NAMED[report](db, cut, source, names or {}) if is_renamed else REPORTS[report](db, cut, source)
    # the figures of the checks are not for every member
    is_checked = format in CHECKED and report != FOR_MEMBERS
    return replace(made, ties=tuple(one.line for one in findings(db, cut))) if is_checked else made


def source_of(db: Session, cut: Cut, *, since: date | None = None) -> Source:
    """Return where the figures of a cut come from.

    Raises:
        NotFound: The journal has fewer entries than ``known_at``, or none of them registers a company.
    """
    root = journal.head_at(db, cut.known_at).root().hex()
    # whatever day the company's own entry counts from, the reports about earlier ones are the company's
    found = known(db, Issuer, Cut(date.max, cut.known_at))
    if not found:
        text = f"No company is on record before entry {cut.known_at:,}; register it or import its cap table first."
        raise NotFound(text, field="known_at")
    issuer = found[-1].value
    return Source(
        issuer.id,
        issuer.legal_name,
        issuer.time_zone,
        issuer.currency,
        cut.as_of,
        cut.known_at,
        moment_at(journal.recorded_at(db, cut.known_at - 1)),
        root,
        since,
    )


def cut_for(db: Session, as_of: date | None = None, known_at: int | None = None) -> Cut:
    """Return the cut for a report: what is left out is today, where the company is, and all that is known.

    Raises:
        NotFound: A day is left out and no company is on record, or the journal has fewer entries than ``known_at``.
    """
    cut = Cut(as_of or date.max, journal.known_size(db, known_at))
    if as_of is not None:
        return cut
    zone = ZoneInfo(source_of(db, cut).time_zone)
    return Cut(clock.now().astimezone(zone).date(), cut.known_at)


def known_by(db: Session, moment: datetime) -> int:
    """Return how many entries had been written by a moment: the ``known_at`` of a report run then."""
    entry = tables.entry.c
    later = db.execute(select(func.min(entry.n)).where(entry.recorded_at > micros_of(moment))).scalar()
    return journal.size(db) if later is None else int(later)
