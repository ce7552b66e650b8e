"""What goes on at Lanternleaf today: work since the story ended, a vote and an election under way, what waits for whom.

The story (``story``, ``votes``, ``delivery``) ends with 2025 and is the same for ever. This comes after it, once, when
the sample cooperative is built to be looked at: the same for everybody who builds it on the same day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app import layoffs
from app.demo import affairs, decisions, delivery, story, work
from app.demo.cast import SEED
from app.demo.votes import FOUNDERS, Vote, hold
from governance.layoffs import CaseOrder
from governance.records import ProposalKind
from ledger import journal
from ledger.equity import classes, grants
from ledger.equity.captable.valued_awards import SHARES, costed
from ledger.equity.fair_values import FairValueMethod, FairValueOrder, record_fair_values
from ledger.equity.grants import GrantOrder
from ledger.equity.register import company_day
from ledger.equity.values import AwardType
from ledger.members import MemberClass, members_on
from ledger.sessions import months
from ledger.sessions.disputes import DisputeState
from ledger.sessions.records import DisputeAbout
from ledger.sessions.statements import Answer
from ledger.sessions.weeks import period_of, week_of
from ledger.sessions.weights import month_of
from ledger.types import Act, Cut, Price

if TYPE_CHECKING:
    from app.demo.build import Diary

FIRST_WEEK = date(2026, 1, 5)
"""The first whole week after the story."""

TERMS_END = date(2026, 11, 1)
"""By then the terms of the first three directors have ended."""

SHOWN = 3
"""How many providers are shown around: the member, one of the council, one who counts."""

VALUES = ("0.62", "0.71", "0.84", "0.90", "0.97")
"""What a share was found to be worth, from March 2026 on, year by year."""

ASSETS = ("3240000", "3815000", "4170000")
"""What the balance sheets of the years from 2025 on have on their left side."""

SUPERVISION = {"title": "Supervision", "text": "One hour a month is paid for everybody, and counts as care."}
NOTES = {"title": "Notes", "text": "Twenty minutes after each intake are kept free for notes, and paid."}
WORTH = {"0.0001": "0", "0.31": "0.1746", "0.62": "0.3377", "0.71": "0.3805", "0.84": "0.4410"}
"""What an appraiser found a unit to be worth, by its price; what has none, or another, is worth ``OTHERWISE``."""

OTHERWISE = "0.5150"

HANDOVER = {"waive_cliff": True, "extra_months": 6, "notice_days": 60, "handover_days": 15}


def write(diary: Diary, providers: Sequence[str], today: date) -> None:
    """Write into the diary what has happened since the story; what is dated later has not happened yet.

    Args:
        diary: Where to.
        providers: Holder ids of the providers who are members; the first three of them will be shown around, so
            nobody votes for them.
        today: Which day it is.
    """
    random = Random(f"{SEED}:today")
    _values(diary, today)
    _work(diary, random, providers, today)
    _votes(diary, providers[SHOWN:], today)
    staying = providers[: -affairs.GOING]
    decisions.write(diary, staying[SHOWN:], today)
    _grants(diary, random, staying, today)
    _worth(diary, FIRST_WEEK + timedelta(days=24), "report:2026-01")
    _worth(diary, _before(today, 2), f"report:{today:%Y-%m}")
    _disputes(diary, providers, today)
    _case(diary, random.sample(staying[20:], 6), today)
    affairs.write(diary, providers, today, period_of(_before(today, 35)))


def providers_on(db: Session, now: datetime) -> list[str]:
    """Return the providers who are members, by their ids."""
    everybody = members_on(db, company_day(db, now))
    return sorted(who for who, of in everybody.items() if of is MemberClass.PROVIDER)


def _values(diary: Diary, today: date) -> None:
    def valuing(price: str, on: date) -> None:
        def deed(db: Session, act: Act) -> None:
            until = on.replace(year=on.year + 1) - timedelta(days=1)
            value = Price.parse(price, story.USD)
            classes.record_valuation(db, act, story.COMMON, value, on=on, expires_on=until, approved_on=on)

        diary.write(on, deed, actor=story.STEWARD, authority="board:valuation")

    def stating(assets: str, stated_on: date) -> None:
        def deed(db: Session, act: Act) -> None:
            classes.state_total_assets(db, act, Price.parse(assets, story.USD), stated_on=stated_on)

        diary.write(stated_on + timedelta(days=20), deed, actor=delivery.FINANCE, authority="role:finance")

    for year in range(2026, today.year + 1):
        stating(ASSETS[min(year - 2026, len(ASSETS) - 1)], date(year - 1, 12, 31))
        valuing(VALUES[min(year - 2026, len(VALUES) - 1)], date(year, 3, 10))


def _worth(diary: Diary, on: date, source: str) -> None:
    """Write what an appraiser found the grants to be worth that had no value yet."""

    def deed(db: Session, act: Act) -> None:
        _, unvalued = costed(db, Cut(on, journal.size(db)))
        orders = []
        for one in unvalued:
            price = one.security.price
            value = Price.parse(WORTH.get(price.text, OTHERWISE) if price else OTHERWISE, story.USD)
            is_share = one.award_type in SHARES
            method = FairValueMethod.SHARE_VALUE if is_share else FairValueMethod.BLACK_SCHOLES
            orders.append(FairValueOrder(one.security.id, value, method, source))
        if orders:
            record_fair_values(db, act, orders)

    diary.write(on, deed, actor=delivery.FINANCE, authority="role:finance")


def _work(diary: Diary, random: Random, providers: Sequence[str], today: date) -> None:
    """Write what was delivered week by week, handed in by month; months are closed as they were before."""
    handed_in: delivery.Work = {}
    for who in providers:
        usual = work.usual_week(random)
        for monday in _weeks(today):
            for row in work.delivered_in(random, who, usual, monday):
                handed_in.setdefault(period_of(row.local_date), []).append(row)
    for month, rows in sorted(handed_in.items()):
        delivery.hand_in(diary, month, rows, on=min(month_of(month).sunday + timedelta(days=4), _before(today, 1)))
    for month in ("2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12", *sorted(handed_in)):
        # the last two months stay open, for whoever wants to see one closed
        if month_of(month).sunday + timedelta(days=50) < today:
            delivery.close(diary, month, on=max(month_of(month).sunday + timedelta(days=24), FIRST_WEEK))


def _weeks(today: date) -> Iterator[date]:
    monday = FIRST_WEEK
    while monday + timedelta(days=7) <= week_of(today):
        yield monday
        monday += timedelta(days=7)


def _before(today: date, days: int) -> date:
    return today - timedelta(days=days)


def _votes(diary: Diary, providers: Sequence[str], today: date) -> None:
    """Write a vote and an election that are open, one that opens soon, one that members want, one that has passed."""
    ids: dict[str, str] = {}
    for vote in _under_way(today):
        if vote.kind is not ProposalKind.ELECTION or today >= TERMS_END:
            hold(diary, vote, ids, providers, {})


def _under_way(today: date) -> Iterator[Vote]:
    def setting(key: str, value: object, version: int) -> dict[str, object]:
        return {"kind": "set_policy", "key": key, "value": value, "expected_version": version}

    yield Vote(
        "supervision",
        ProposalKind.BENEFITS,
        "A paid hour of supervision a month",
        "Nobody should carry a hard case alone because the hour is unpaid.\n\nIt costs about 2 % of the surplus.",
        _before(today, 20),
        (71, 14, 6),
        (setting("documents.supervision", SUPERVISION, 0),),  # type: ignore[arg-type]
        days=(16, 9),
        comments=("I pay for mine myself.", "Could it be in a group?"),
    )
    yield Vote(
        "by-election",
        ProposalKind.ELECTION,
        "Three provider seats on the board",
        "The terms of the first three have ended.",
        _before(today, 25),
        (58, 0, 0),
        days=(22, 15),
        seats=3,
        candidates=5,
    )
    yield Vote(
        "handover",
        ProposalKind.LAYOFF_PROTOCOL,
        "Fifteen paid days to hand clients over",
        "Ten days were too few last summer.",
        _before(today, 26),
        (0, 0, 0),
        (setting("layoff_protection", HANDOVER, 2),),  # type: ignore[arg-type]
        days=(31, 8),
        comments=("My last client had her first free hour after three weeks.",),
    )
    yield Vote(
        "notes",
        ProposalKind.BENEFITS,
        "Paid time for notes after an intake",
        "An intake takes longer than its hour. Everybody knows, and nobody pays.",
        today + timedelta(days=13),
        (0, 0, 0),
        (setting("documents.notes", NOTES, 0),),  # type: ignore[arg-type]
        by_board=False,
        comments=("Yes. I write mine at night.",),
    )
    yield Vote(
        "rooms",
        ProposalKind.ADVISORY,
        "Keep the two rooms in Concord?",
        "The lease can be ended at the end of the year.",
        _before(today, 19),
        (88, 21, 9),
        days=(8, 7),
    )


def _grants(diary: Diary, random: Random, providers: Sequence[str], today: date) -> None:
    """Write grants that wait to be accepted, one by whoever is shown around, and drafts that wait for the board."""
    issued_on, drafted_on = _before(today, 4), _before(today, 1)
    for number, who in enumerate([providers[0], *random.sample(providers[30:], 5)], 301):
        order = _order(f"ES-{number}", who, random.randrange(400, 1_201, 50), issued_on)
        story.grant(diary, order)
    for number, who in enumerate(random.sample(providers[30:], 3), 311):
        order = _order(f"ES-{number}", who, random.randrange(400, 1_201, 50), today)

        def drafting(db: Session, act: Act, order: GrantOrder = order) -> None:
            grants.draft_grant(db, act, order, on=today)

        diary.write(drafted_on, drafting, actor=FOUNDERS[0], authority="role:steward")
    chosen = random.sample(providers[30:], 6)
    batch = [_order(f"ES-{number}", who, 600, today) for number, who in enumerate(chosen, 321)]
    affairs.write_batches(diary, batch, today)


def _order(label: str, holder: str, quantity: int, on: date) -> GrantOrder:
    year = on.year if on >= date(on.year, 3, 10) else on.year - 1
    return GrantOrder(
        label=label,
        holder=holder,
        plan_id=story.PLAN,
        award_type=AwardType.NSO,
        quantity=quantity,
        grant_date=on,
        board_approved_on=on,
        resolution_ref=f"board:{on:%Y-%m}",
        price=Price.parse(VALUES[max(0, min(year - 2026, len(VALUES) - 1))], story.USD),
        exemption="RULE_701",
        vesting=story.TWO_YEARS,
        vesting_start=on,
    )


def _disputes(diary: Diary, providers: Sequence[str], today: date) -> None:
    """Write disputes about the last month that has a statement, one of them under review, and who attested it."""
    month, on = period_of(_before(today, 35)), _before(today, 2)

    def disputing(db: Session, act: Act) -> None:
        minutes = 50 * providers.index(act.actor)
        case = months.open_dispute(db, act, act.actor, month, about=DisputeAbout.MINUTES, minutes=minutes, on=on)
        if act.actor == providers[SHOWN]:
            steward = Act(story.STEWARD, "role:steward", act.now, act.entropy)
            months.step_dispute(db, steward, case.id, DisputeState.IN_REVIEW, on=on)

    def attesting(db: Session, act: Act) -> None:
        months.answer_statement(db, act, act.actor, month, Answer.ATTESTED, on=on)

    for who in providers[SHOWN : SHOWN + 3]:
        diary.write(on, disputing, actor=who, authority="provider:own")
    for who in providers[8:60]:
        diary.write(on, attesting, actor=who, authority="provider:own")


def _case(diary: Diary, affected: Sequence[str], today: date) -> None:
    on = _before(today, 3)

    def filing(db: Session, act: Act) -> None:
        told, last = today + timedelta(days=9), today + timedelta(days=75)
        order = CaseOrder("A payer lowers its rates from next year on.", frozenset(affected), told, last, 15)
        layoffs.file_case(db, act, order, on=on)

    diary.write(on, filing, actor=story.STEWARD, authority=f"board:{on:%Y-%m}")
