"""Grants: four eyes, the approval of exact terms, what the law allows, and what the pool has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import Runner, make_engine
from ledger import journal
from ledger.entries import Draft
from ledger.equity import classes, grants, leaving, register
from ledger.equity.grants import GrantOrder
from ledger.equity.leaving import LeavingOrder
from ledger.equity.securities import position
from ledger.equity.values import (
    Award,
    AwardType,
    EngagementKind,
    EventKind,
    GrantDraft,
    HolderKind,
    LeavingReason,
    Plan,
    SecurityKind,
)
from ledger.errors import (
    AlreadyExists,
    DatesOutOfOrder,
    FourEyes,
    Invalid,
    NotAllowedNow,
    NotApproved,
    NotFound,
    PoolExhausted,
    QuantityInvalid,
    Refusal,
    TermsInvalid,
)
from ledger.reading import newest
from ledger.types import Cut, Price
from tests import make

GRANTED_ON = date(2024, 1, 15)
PRICE = Price.parse("0.62", "USD")


def drafted(db: Session, plan: Plan | None = None, *, by: str = "usr_drafter", **changes: Any) -> GrantDraft:
    order = make.grant_order(plan or make.plan(db), make.holder(db), **changes)
    return grants.draft_grant(db, make.act(by), order, on=order.grant_date)


def approve(db: Session, draft: GrantDraft, *, by: str = "usr_board", hash: str | None = None) -> None:
    grants.approve_grant(
        db, make.act(by), draft.id, terms_hash=hash or draft.terms_hash, resolution_ref="board:2024-01", on=GRANTED_ON
    )


# ── What the law and the charter allow ────────────────────────────────────────────────────────────────────────────


def test_a_contractor_gets_no_iso_but_an_nso(db: Session) -> None:
    """Scenario 12 (I7.3)."""
    holder = make.holder(db, engaged=EngagementKind.C1099)
    with pytest.raises(TermsInvalid, match="only go to an employee"):
        make.option(db, to=holder, award_type=AwardType.ISO)
    assert make.option(db, to=holder, award_type=AwardType.NSO).outstanding == 4_800


def test_an_iso_goes_to_who_is_employed_on_the_grant_date(db: Session) -> None:
    holder = make.holder(db, engaged=EngagementKind.W2)
    made = make.option(db, to=holder, award_type=AwardType.ISO)
    assert made.award is not None
    assert made.award.engagement is EngagementKind.W2
    leaving.terminate(db, make.act(), LeavingOrder(holder.id, LeavingReason.VOLUNTARY_OTHER, date(2024, 6, 30)))
    with pytest.raises(TermsInvalid, match="only go to an employee"):
        make.option(db, to=holder, award_type=AwardType.ISO, grant_date=date(2024, 7, 1), vesting_start=GRANTED_ON)


def test_no_option_is_issued_on_an_expired_valuation(db: Session) -> None:
    """Scenario 13 (I12.2): FMV $0.62 to 2025-06-30, an option dated 2025-07-01."""
    plan, holder = make.plan(db), make.holder(db)
    make.valuation(db, plan.class_id, "0.62", on=date(2024, 7, 1), expires_on=date(2025, 6, 30))
    terms: dict[str, Any] = {"award_type": AwardType.NSO, "price": PRICE}
    day = date(2025, 7, 1)
    with pytest.raises(TermsInvalid, match=r"No 409A valuation .* is in force on 2025-07-01"):
        make.grant(db, plan, holder, grant_date=day, **terms)
    make.grant(db, plan, holder, grant_date=day - timedelta(days=1), **terms)
    make.valuation(db, plan.class_id, "0.62", on=day)
    make.grant(db, plan, holder, grant_date=day, **terms)


def test_no_option_is_priced_below_the_valuation_in_force(db: Session) -> None:
    """I7.4."""
    with pytest.raises(TermsInvalid, match=r"0.61 is below the valuation in force, 0.62"):
        make.option(db, price=Price.parse("0.61", "USD"))
    assert make.option(db, price=Price.parse("0.620", "USD")).outstanding == 4_800


def test_a_grant_is_not_dated_before_the_board_approved_it() -> None:
    """Scenario 15 (I7.1)."""
    terms: dict[str, Any] = {"award_type": AwardType.RSU, "quantity": 1, "resolution_ref": "board:2025-03"}
    with pytest.raises(DatesOutOfOrder, match="approved on 2025-03-10, after the grant date 2025-03-09"):
        GrantOrder("ES-1", "hld_1", "pln_1", grant_date=date(2025, 3, 9), board_approved_on=date(2025, 3, 10), **terms)


def test_licensees_shares_go_to_licensees(db: Session) -> None:
    plan = make.plan(db, make.share_class(db, licensed_only=True))
    with pytest.raises(TermsInvalid, match="only be held by licensees"):
        make.grant(db, plan, make.holder(db, licensed=False))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quantity": 0}, QuantityInvalid),
        ({"quantity": -1}, QuantityInvalid),
        ({"quantity": 2**53}, QuantityInvalid),
        ({"quantity": 1.5}, QuantityInvalid),
        ({"label": " "}, Invalid),
        ({"award_type": AwardType.NSO}, TermsInvalid),
        ({"price": PRICE}, TermsInvalid),
        ({"expires_on": GRANTED_ON}, DatesOutOfOrder),
        ({"award_type": AwardType.ISO, "price": PRICE, "expires_on": date(2034, 1, 16)}, TermsInvalid),
        ({"vesting_start": None}, TermsInvalid),
        ({"vesting": {"months": 48, "cliff_months": 60, "every_months": 1}}, TermsInvalid),
        ({"windows": {"BORED": [3, "MONTHS"]}}, TermsInvalid),
        ({"windows": {"VOLUNTARY_OTHER": [-1, "DAYS"]}}, TermsInvalid),
        ({"windows": {"VOLUNTARY_OTHER": [1, "YEARS"]}}, TermsInvalid),
    ],
)
def test_an_order_that_contradicts_itself_is_refused(
    db: Session, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        make.grant_order(make.plan(db), make.holder(db), **changes)


# ── Four eyes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_drafts_a_grant_or_receives_it_can_not_approve_it(db: Session) -> None:
    """Scenario 14 (I7.2): a steward drafts a grant to themselves; another board member can approve."""
    steward = register.add_holder(db, make.act(), kind=HolderKind.INDIVIDUAL, on=make.BEGINNING, licensed=True)
    plan = make.plan(db)
    by_themselves = grants.draft_grant(db, make.act(steward.id), make.grant_order(plan, steward), on=GRANTED_ON)
    with pytest.raises(FourEyes):
        approve(db, by_themselves, by=steward.id)
    by_another = grants.draft_grant(db, make.act("usr_drafter"), make.grant_order(plan, steward), on=GRANTED_ON)
    for who in ("usr_drafter", steward.id):
        with pytest.raises(FourEyes):
            approve(db, by_another, by=who)
    approve(db, by_another, by="usr_board")
    assert grants.issue_grant(db, make.act(), by_another.id).security.holder == steward.id
    approve(db, by_themselves, by="usr_board")
    with pytest.raises(FourEyes, match="three different people"):
        grants.issue_grant(db, make.act(), by_themselves.id)


def test_a_changed_word_voids_the_approval(db: Session) -> None:
    """Scenario 16 (I7.8): 500 were approved, 600 are not."""
    plan = make.plan(db)
    draft = drafted(db, plan, quantity=500)
    approve(db, draft)
    order = GrantOrder.from_terms(draft.terms | {"quantity": 600})
    changed = grants.draft_grant(db, make.act("usr_drafter"), order, on=GRANTED_ON, draft_id=draft.id)
    assert grants.approval_of(db, grants.newest_draft(db, draft.id)) is None
    with pytest.raises(NotApproved):
        grants.issue_grant(db, make.act(), draft.id)
    with pytest.raises(NotApproved, match="have changed since you were shown them"):
        approve(db, changed, hash=draft.terms_hash)
    approve(db, changed)
    assert grants.issue_grant(db, make.act(), draft.id).outstanding == 600


def test_a_draft_is_issued_once_and_changed_no_more(db: Session) -> None:
    draft = drafted(db)
    approve(db, draft)
    grants.issue_grant(db, make.act(), draft.id)
    again = (
        lambda: grants.issue_grant(db, make.act(), draft.id),
        lambda: approve(db, draft),
        lambda: grants.draft_grant(
            db, make.act(), make.grant_order(make.plan(db), make.holder(db)), on=GRANTED_ON, draft_id=draft.id
        ),
    )
    for deed in again:
        with pytest.raises(NotAllowedNow, match="has been issued"):
            deed()


def test_unknown_ids_and_taken_labels_are_refused(db: Session) -> None:
    plan, holder = make.plan(db), make.holder(db)
    order = make.grant_order(plan, holder, label="ES-TWICE")
    for terms in ({"holder": "hld_0"}, {"plan_id": "pln_0"}):
        with pytest.raises(NotFound):
            grants.draft_grant(db, make.act(), GrantOrder.from_terms(order.terms() | terms), on=GRANTED_ON)
    with pytest.raises(NotFound):
        grants.issue_grant(db, make.act(), "dft_0")
    both = [make.approved(db, order) for _ in range(2)]
    grants.issue_grant(db, make.act(), both[0])
    with pytest.raises(AlreadyExists):
        grants.issue_grant(db, make.act(), both[1])


def test_a_grant_names_its_exemption_when_it_is_drafted_and_an_older_draft_when_it_is_issued(db: Session) -> None:
    """Not later, when no month could be closed over it."""
    order = make.grant_order(make.plan(db), make.holder(db))
    without = replace(order, exemption=None)
    for each in (without, replace(order, exemption=" ")):
        with pytest.raises(TermsInvalid, match=r"Name the securities exemption.*RULE_701") as refusal:
            grants.draft_grant(db, make.act("usr_drafter"), each, on=GRANTED_ON)
        assert refusal.value.field == "exemption"
    terms = without.terms()
    older = GrantDraft("dft_9", 1, "usr_drafter", order.holder, order.plan_id, terms, grants.terms_hash(terms))
    journal.append(db, make.act(), Draft(grants.GrantEntry.DRAFTED, GRANTED_ON, (older,)))
    approve(db, older)
    with pytest.raises(TermsInvalid, match="Name the securities exemption"):
        grants.issue_grant(db, make.act(), older.id)
    mended = grants.draft_grant(db, make.act("usr_drafter"), order, on=GRANTED_ON, draft_id=older.id)
    approve(db, mended)
    assert grants.issue_grant(db, make.act(), mended.id).security.exemption == "REG_D_506B"


# ── The promise, and what the pool has ────────────────────────────────────────────────────────────────────────────


def test_a_grant_is_one_entry_with_its_terms_its_instalments_and_its_units(db: Session) -> None:
    plan = make.plan(db)
    made = make.option(db, plan)
    entry = journal.entry_at(db, journal.size(db) - 1)
    assert (entry.kind, entry.effective_on) == ("grant.issued", GRANTED_ON)
    assert {name for name, _ in entry.body["rows"]} == {"security", "award", "schedule"}
    assert [(posting.account, posting.amount) for posting in entry.postings] == [
        (f"pool:{plan.id}", -4_800),
        (f"award:{made.security.id}", 4_800),
    ]
    assert made.award is not None
    assert made.award.expires_on == date(2034, 1, 14)
    assert made.award.windows == {
        "INVOLUNTARY_DEATH": [24, "MONTHS"],
        "INVOLUNTARY_DISABILITY": [24, "MONTHS"],
        "INVOLUNTARY_OTHER": [24, "MONTHS"],
        "INVOLUNTARY_WITH_CAUSE": [30, "DAYS"],
        "VOLUNTARY_GOOD_CAUSE": [24, "MONTHS"],
        "VOLUNTARY_OTHER": [12, "MONTHS"],
        "VOLUNTARY_RETIREMENT": ["FULL_TERM"],
    }


def test_an_rsa_is_a_certificate_that_vests(db: Session) -> None:
    made = make.grant(db, award_type=AwardType.RSA)
    assert made.security.kind is SecurityKind.STOCK
    assert (made.outstanding, made.vested(date(2025, 1, 15))) == (4_800, 1_200)


def test_what_vested_before_the_grant_waits_for_it_if_the_plan_says_so(db: Session) -> None:
    start = date(2022, 7, 15)
    for holds, before in ((True, 0), (False, 1_700)):
        made = make.grant(db, make.plan(db, holds_to_grant_date=holds), vesting_start=start)
        assert made.vested(GRANTED_ON - timedelta(days=1)) == before
        assert made.vested(GRANTED_ON) == 1_800


def test_a_pool_gives_no_more_than_it_has(db: Session) -> None:
    """I7.5."""
    plan = make.plan(db, reserved=5_000)
    make.grant(db, plan)
    with pytest.raises(PoolExhausted, match="has 200 units available on 2024-01-15; this needs 201") as refused:
        make.grant(db, plan, quantity=201)
    assert (refused.value.available, refused.value.needed) == (200, 201)
    assert make.grant(db, plan, quantity=200).outstanding == 200


def test_a_backdated_grant_can_not_overdraw_a_later_day(db: Session) -> None:
    plan = make.plan(db, reserved=5_000)
    later = date(2024, 6, 1)
    make.grant(db, plan, quantity=4_900, grant_date=later, vesting_start=later)
    with pytest.raises(PoolExhausted, match="has 100 units available on 2024-06-01; this needs 101"):
        make.grant(db, plan, quantity=101)
    assert make.grant(db, plan, quantity=100).issued_on == GRANTED_ON


def test_units_that_come_back_later_are_not_there_before(db: Session) -> None:
    plan, leaver = make.plan(db, reserved=5_000), make.holder(db)
    make.grant(db, plan, leaver)
    left_on = date(2024, 11, 20)
    leaving.terminate(db, make.act(), LeavingOrder(leaver.id, LeavingReason.VOLUNTARY_OTHER, left_on))
    with pytest.raises(PoolExhausted, match="has 200 units available on 2024-11-19"):
        make.grant(db, plan, quantity=201, grant_date=left_on - timedelta(days=1))
    assert make.grant(db, plan, quantity=5_000, grant_date=left_on).outstanding == 5_000


def test_two_grants_of_200_from_300_at_once_exactly_one_succeeds(engine: Engine, database_url: str) -> None:
    """Scenario 17."""
    with Session(engine) as db, db.begin():
        plan = make.plan(db, reserved=300)
        drafts = [make.approved(db, make.grant_order(plan, make.holder(db), quantity=200)) for _ in range(2)]
    barrier = Barrier(2)

    def issue(draft: str) -> str:
        rival = make_engine(database_url)
        try:
            barrier.wait(30)
            Runner(rival).run(grants.issue_grant, make.act(), draft)
        except PoolExhausted as refusal:
            return str(refusal)
        finally:
            rival.dispose()
        return "issued"

    with ThreadPoolExecutor(2) as rivals:
        answers = sorted(rivals.map(issue, drafts))
    assert answers[1] == "issued"
    assert answers[0].endswith("has 100 units available on 2024-01-15; this needs 200.")
    with Session(engine) as db:
        assert classes.available_units(db, plan.id) == 100


def test_a_grant_is_accepted_once_and_not_before_it_was_made(db: Session) -> None:
    made = make.grant(db)
    with pytest.raises(NotAllowedNow, match="was issued on"):
        grants.accept(db, make.act(), made.security.id, on=GRANTED_ON - timedelta(days=1))
    grants.accept(db, make.act(), made.security.id, on=GRANTED_ON)
    with pytest.raises(NotAllowedNow, match="accepted already"):
        grants.accept(db, make.act(), made.security.id, on=GRANTED_ON)
    with pytest.raises(NotAllowedNow, match="cancel it instead"):
        grants.retract(db, make.act(), made.security.id, on=GRANTED_ON, reason="Typed twice.")


def test_a_retracted_grant_is_as_if_it_had_never_been(db: Session) -> None:
    plan = make.plan(db)
    made = make.grant(db, plan)
    with pytest.raises(Invalid, match="Say why"):
        grants.retract(db, make.act(), made.security.id, on=GRANTED_ON, reason="")
    grants.retract(db, make.act(), made.security.id, on=GRANTED_ON, reason="Typed twice.")
    after = position(db, made.security.id)
    assert (after.outstanding, len(after.happened(EventKind.RETRACTED))) == (0, 1)
    assert classes.available_units(db, plan.id) == 2_000_000
    with pytest.raises(NotAllowedNow):
        grants.accept(db, make.act(), made.security.id, on=GRANTED_ON)


def test_a_grant_is_not_retracted_before_it_was_made(db: Session) -> None:
    made = make.grant(db)
    with pytest.raises(NotAllowedNow, match="was issued on"):
        grants.retract(db, make.act(), made.security.id, on=GRANTED_ON - timedelta(days=1), reason="Typed twice.")


def test_the_same_order_has_the_same_hash_and_another_word_another(db: Session) -> None:
    order = make.grant_order(make.plan(db), make.holder(db), price=None)
    terms = order.terms()
    assert grants.terms_hash(terms) == grants.terms_hash(dict(reversed(terms.items())))
    assert GrantOrder.from_terms(terms) == order
    assert grants.terms_hash(terms | {"quantity": 4_801}) != grants.terms_hash(terms)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 700), st.dates(date(2024, 1, 1), date(2024, 3, 31))), min_size=1, max_size=8),
    st.integers(1, 1_500),
)
def test_no_order_of_grants_overdraws_the_pool_on_any_day(
    db: Session, wanted: list[tuple[int, date]], reserved: int
) -> None:
    plan, holder = make.plan(db, reserved=reserved), make.holder(db)
    issued: list[tuple[date, int]] = []
    for quantity, day in wanted:
        fits = sum(units for _, units in issued) + quantity <= reserved
        terms: dict[str, Any] = {"grant_date": day, "board_approved_on": day, "vesting_start": day}
        order = make.grant_order(plan, holder, quantity=quantity, **terms)
        draft = make.approved(db, order)
        if fits:
            made = grants.issue_grant(db, make.act(), draft)
            assert newest(db, Award, security=made.security.id) == made.award
            issued.append((day, quantity))
        else:
            with pytest.raises(PoolExhausted):
                grants.issue_grant(db, make.act(), draft)
    for _, day in wanted:
        left = reserved - sum(units for on, units in issued if on <= day)
        assert classes.available_units(db, plan.id, Cut(day, journal.size(db))) == left >= 0
    db.rollback()


def test_going_back_to_approved_terms_does_not_bring_the_approval_back(db: Session) -> None:
    plan, ana = make.plan(db), make.holder(db)
    order = make.grant_order(plan, ana, quantity=500)
    draft_id = make.approved(db, order)
    for version in (replace(order, quantity=600), order):
        grants.draft_grant(db, make.act("usr_drafter"), version, on=order.grant_date, draft_id=draft_id)
    with pytest.raises(NotApproved):
        grants.issue_grant(db, make.act(), draft_id)
