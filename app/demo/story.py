"""What happened at Lanternleaf: how it was founded and funded, whom it granted what, who went on leave, who left."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app import layoffs
from app.demo import cast, delivery, votes
from app.demo.cast import Person, Provider
from app.people.holders import add_named_holder
from governance.layoffs import CaseOrder
from ledger.equity import classes, grants, register
from ledger.equity.exercise import exercise, settle
from ledger.equity.expiry import expire_due
from ledger.equity.leaving import LeavingOrder, confirm_cause, overturn_cause, terminate
from ledger.equity.securities import labelled, position
from ledger.equity.stock import StockOrder, issue_stock
from ledger.equity.values import (
    AwardType,
    ClassKind,
    EngagementKind,
    Group,
    HolderKind,
    IssuerKind,
    LeavingReason,
    ReturnRule,
)
from ledger.equity.vesting.leave import Leave
from ledger.equity.vesting.templates import template
from ledger.equity.vesting_changes import pause, resume
from ledger.types import Act, Json, Price

if TYPE_CHECKING:
    from app.demo.build import Diary

FOUNDED = date(2023, 1, 31)
SEEDED = date(2024, 2, 1)
ADOPTED = date(2024, 3, 1)
FILED, WAVE = date(2025, 4, 15), date(2025, 6, 16)
END = date(2025, 12, 31)
COMMON, PREFERRED, PLAN = "cls_common", "cls_seed", "pln_providers"
STEWARD, BOARD, SECOND = "usr_steward", "usr_board", "usr_board_second"
FOUR_YEARS: Json = dict(template("4y/1y/monthly").as_dict())
TWO_YEARS: Json = dict(template("2y/0/monthly").as_dict())
USD = "USD"


def write(diary: Diary, random: Random) -> None:
    """Write the whole story into the diary."""
    _found(diary, random)
    providers = cast.providers(random)
    for provider in providers:
        _join(diary, random, provider)
    last_days = _part(diary, random, providers)
    staying = [one for one in providers if one.person.id not in last_days]
    _refresh(diary, random, staying)
    on_leave = _pause(diary, random, staying)
    _exercise(diary, random, [one for one in staying if one.person.id not in on_leave])
    diary.write(END, _expire, actor="system", authority="plan:terms")
    delivery.write(diary, random, providers, last_days)
    votes.write(diary, providers, last_days)


def _found(diary: Diary, random: Random) -> None:
    founders = [cast.person(random, "hld_founder", number) for number in (1, 2, 3)]
    investors = [Person("hld_investor_001", "Alder Seed Fund", "desk@alder.example")]
    investors.append(Person("hld_investor_002", "Harbour Street Angels", "hello@harbour.example"))

    def founding(db: Session, act: Act) -> None:
        order = register.IssuerOrder(
            "Lanternleaf Care Cooperative", IssuerKind.COOP, "America/New_York", USD, formed_on=FOUNDED, country="US"
        )
        register.register_issuer(db, act, order, on=FOUNDED)
        common = classes.ClassOrder("Common", ClassKind.COMMON, "CS-", 14_000_000, id=COMMON)
        classes.authorise_class(db, act, common, on=FOUNDED)
        for founder in founders:
            _add(db, act, founder, on=FOUNDED, kind=EngagementKind.OWNER, shown_as=Group.FOUNDER)
            stock = StockOrder(
                founder.id,
                COMMON,
                2_000_000,
                price=Price.parse("0.0001", USD),
                vesting=FOUR_YEARS,
                vesting_start=FOUNDED,
                board_approved_on=FOUNDED,
                resolution_ref="board:2023-01",
            )
            issue_stock(db, act, stock, on=FOUNDED)

    def seeding(db: Session, act: Act) -> None:
        preferred = classes.ClassOrder(
            "Seed Preferred",
            ClassKind.PREFERRED,
            "PS-",
            3_000_000,
            seniority=2,
            converts_to=COMMON,
            liquidation_multiple="1",
            original_price=Price.parse("1.00", USD),
            id=PREFERRED,
        )
        classes.authorise_class(db, act, preferred, on=SEEDED)
        for investor, quantity in zip(investors, (1_500_000, 500_000), strict=True):
            _add(
                db,
                act,
                investor,
                on=SEEDED,
                kind=EngagementKind.INVESTOR,
                shown_as=Group.INVESTOR,
                holder_kind=HolderKind.ENTITY,
            )
            stock = StockOrder(investor.id, PREFERRED, quantity, price=Price.parse("1.00", USD))
            issue_stock(db, act, stock, on=SEEDED)

    def adopting(db: Session, act: Act) -> None:
        plan = classes.PlanOrder(
            "Provider Equity Plan",
            COMMON,
            1_500_000,
            return_rule=ReturnRule.RETURN_TO_POOL,
            pauses_for_leave=True,
            resolution_ref="members:2024-02",
            counsel_memo_ref="memo:2024-01",
            id=PLAN,
        )
        classes.adopt_plan(db, act, plan, on=ADOPTED)

    def valuing(price: str, on: date, until: date) -> None:
        def deed(db: Session, act: Act) -> None:
            classes.record_valuation(db, act, COMMON, Price.parse(price, USD), on=on, expires_on=until, approved_on=on)

        diary.write(on, deed, actor=STEWARD, authority="board:valuation")

    diary.write(FOUNDED, founding, actor=STEWARD, authority="charter:2023")
    diary.write(SEEDED, seeding, actor=STEWARD, authority="board:2024-02")
    diary.write(ADOPTED, adopting, actor=STEWARD, authority="members:2024-02")
    # no valuation is in force from the 1st to the 9th of March 2025: no option may be granted then
    valuing("0.31", date(2024, 3, 15), date(2025, 2, 28))
    valuing("0.62", date(2025, 3, 10), date(2026, 3, 9))


def _add(
    db: Session,
    act: Act,
    who: Person,
    *,
    on: date,
    kind: EngagementKind,
    shown_as: Group,
    holder_kind: HolderKind = HolderKind.INDIVIDUAL,
) -> None:
    document: dict[str, Json] = {"name": who.name, "email": who.email}
    licensed = shown_as is Group.PROVIDER
    add_named_holder(db, act, document, kind=holder_kind, on=on, licensed=licensed, id=who.id)
    register.engage(db, act, who.id, kind=kind, shown_as=shown_as, on=on)


def _join(diary: Diary, random: Random, provider: Provider) -> None:
    def joining(db: Session, act: Act) -> None:
        _add(db, act, provider.person, on=provider.joined_on, kind=provider.kind, shown_as=Group.PROVIDER)

    diary.write(provider.joined_on, joining, actor=STEWARD, authority="role:steward")
    order = _order(provider, provider.label, provider.award_type, provider.quantity, provider.granted_on)
    _grant(diary, order, provider.joined_on, FOUR_YEARS, random)


def _order(provider: Provider, label: str, award_type: AwardType, quantity: int, on: date) -> dict[str, object]:
    price = Price.parse("0.31" if on < date(2025, 3, 10) else "0.62", USD)
    return {
        "label": label,
        "holder": provider.person.id,
        "plan_id": PLAN,
        "award_type": award_type,
        "quantity": quantity,
        "grant_date": on,
        "board_approved_on": on,
        "resolution_ref": f"board:{on:%Y-%m}",
        "price": None if award_type is AwardType.RSU else price,
        "exemption": "RULE_701",
    }


def _grant(diary: Diary, terms: dict[str, object], start: date, vesting: Json, random: Random) -> None:
    order = grants.GrantOrder(**terms, vesting=vesting, vesting_start=start)  # type: ignore[arg-type]
    accepted_on = order.grant_date + timedelta(days=random.randrange(1, 15))

    def accepting(db: Session, act: Act) -> None:
        grants.accept(db, act, labelled(db, order.label).id, on=accepted_on)

    grant(diary, order)
    if random.random() < 0.95 and accepted_on < END:
        diary.write(accepted_on, accepting, actor=order.holder, authority="holder")


def grant(diary: Diary, order: grants.GrantOrder) -> None:
    """Write down that a grant is drafted, approved and issued on its day."""

    def granting(db: Session, act: Act) -> None:
        draft = grants.draft_grant(db, act, order, on=order.grant_date)
        board = Act(BOARD, order.resolution_ref, act.now, act.entropy)
        grants.approve_grant(
            db, board, draft.id, terms_hash=draft.terms_hash, resolution_ref=order.resolution_ref, on=order.grant_date
        )
        grants.issue_grant(db, act, draft.id)

    diary.write(order.grant_date, granting, actor=STEWARD, authority=order.resolution_ref)


def _part(diary: Diary, random: Random, providers: list[Provider]) -> dict[str, date]:
    """Write down who leaves: 18 laid off on one day, 12 of their own accord, 2 for cause, 1 disabled; and when."""
    before_wave = [one for one in providers if one.granted_on < date(2025, 3, 1)]
    chosen = random.sample(before_wave, 33)
    last_days = {one.person.id: WAVE for one in chosen[:18]}
    _file_case(diary, [one.person.id for one in chosen[:18]])
    for provider in chosen[:18]:
        _leave(diary, provider, LeavingReason.INVOLUNTARY_OTHER, WAVE)
    for provider in chosen[18:30]:
        day = provider.granted_on + timedelta(days=random.randrange(60, 240))
        reason = random.choice([LeavingReason.VOLUNTARY_OTHER, LeavingReason.VOLUNTARY_GOOD_CAUSE])
        last_days[provider.person.id] = min(day, END - timedelta(days=10))
        _leave(diary, provider, reason, last_days[provider.person.id])
    dismissed, overturned, disabled = chosen[30:]
    _dismiss(diary, dismissed, date(2025, 3, 31), stands=True)
    _dismiss(diary, overturned, date(2025, 8, 29), stands=False)
    _leave(diary, disabled, LeavingReason.INVOLUNTARY_DISABILITY, date(2025, 10, 10))
    last_days[dismissed.person.id] = date(2025, 3, 31)
    last_days[overturned.person.id] = date(2025, 8, 29)
    last_days[disabled.person.id] = date(2025, 10, 10)
    return last_days


def _file_case(diary: Diary, affected: list[str]) -> None:
    """Write down that the council saw the layoffs two months before anybody left."""

    def filing(db: Session, act: Act) -> None:
        order = CaseOrder("A payer ended its contract.", frozenset(affected), date(2025, 4, 16), WAVE, handover_days=10)
        layoffs.file_case(db, act, order, on=FILED)

    diary.write(FILED, filing, actor=STEWARD, authority="board:2025-04")


def _leave(diary: Diary, provider: Provider, reason: LeavingReason, on: date) -> None:
    def leaving(db: Session, act: Act) -> None:
        layoffs.leave(db, act, LeavingOrder(provider.person.id, reason, on))

    diary.write(on, leaving, actor=STEWARD, authority="board:termination")


def _dismiss(diary: Diary, provider: Provider, on: date, *, stands: bool) -> None:
    who, decided_on = provider.person.id, on + timedelta(days=46)

    def dismissing(db: Session, act: Act) -> None:
        order = LeavingOrder(
            who,
            LeavingReason.INVOLUNTARY_WITH_CAUSE,
            on,
            second_approver=SECOND,
            appeal_until=on + timedelta(days=45),
        )
        terminate(db, act, order)

    def deciding(db: Session, act: Act) -> None:
        if stands:
            confirm_cause(db, act, who, on=decided_on)
        else:
            overturn_cause(db, act, who, on=decided_on, reason="The council found no cause.")

    diary.write(on, dismissing, actor=BOARD, authority="board:dismissal")
    diary.write(decided_on, deciding, actor="usr_council", authority="council:appeal")


def _refresh(diary: Diary, random: Random, staying: list[Provider]) -> None:
    """Write down 40 further grants to those who have been there for a year."""
    on = date(2025, 9, 20)
    for number, provider in enumerate(
        random.sample([one for one in staying if one.joined_on < date(2024, 9, 1)], 40), 241
    ):
        award_type = AwardType.NSO if provider.award_type is not AwardType.RSU else AwardType.RSU
        prefix = "RSU" if award_type is AwardType.RSU else "ES"
        order = _order(provider, f"{prefix}-{number}", award_type, random.randrange(500, 2_001, 50), on)
        _grant(diary, order, on, TWO_YEARS, random)


def _pause(diary: Diary, random: Random, staying: list[Provider]) -> set[str]:
    """Write down 7 unpaid leaves of over 90 days; protected leaves change nothing and are not recorded."""
    away = random.sample([one for one in staying if one.granted_on < date(2024, 9, 1)], 7)
    for provider in away:
        begins = date(2025, 1, 6) + timedelta(days=random.randrange(120))
        ends = begins + timedelta(days=random.randrange(92, 150))
        _take_leave(diary, provider.label, begins, ends)
    return {one.person.id for one in away}


def _take_leave(diary: Diary, name: str, begins: date, ends: date) -> None:
    def pausing(db: Session, act: Act) -> None:
        pause(db, act, labelled(db, name).id, on=begins, leave=Leave.UNPAID_PERSONAL, until=ends)

    def resuming(db: Session, act: Act) -> None:
        resume(db, act, labelled(db, name).id, on=ends)

    diary.write(begins, pausing, actor=STEWARD, authority="plan:leave")
    diary.write(ends, resuming, actor=STEWARD, authority="plan:leave")


def _exercise(diary: Diary, random: Random, staying: list[Provider]) -> None:
    """Write down 12 exercises of half of what has vested, and one day on which vested RSUs are settled."""
    early = [one for one in staying if one.joined_on < date(2024, 6, 1)]
    options = random.sample([one for one in early if one.award_type.is_option], 12)
    for provider in options:
        on = date(2025, 10, 1) + timedelta(days=random.randrange(80))
        _use(diary, provider.label, on, part=2, is_option=True)
    for provider in early:
        if provider.award_type is AwardType.RSU:
            _use(diary, provider.label, date(2025, 12, 15), part=1, is_option=False)


def _use(diary: Diary, name: str, on: date, *, part: int, is_option: bool) -> None:
    def using(db: Session, act: Act) -> None:
        held = position(db, labelled(db, name).id)
        quantity = held.exercisable(on) // part
        if quantity:
            (exercise if is_option else settle)(db, act, held.security.id, quantity, on=on)

    diary.write(on, using, actor=STEWARD, authority="plan:terms")


def _expire(db: Session, act: Act) -> None:
    expire_due(db, act, END)
