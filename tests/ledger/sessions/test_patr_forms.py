"""Form 1099-PATR and qualified checks, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.verification import verify_all
from ledger.errors import AlreadyExists, NotAllowedNow, NotFound
from ledger.reading import every
from ledger.sessions import declarations, patr_forms, payouts
from ledger.sessions.errors import CashTooLow
from ledger.sessions.notices import Form1099Patr, NoticeKind, notice
from ledger.sessions.records import Allocation, PatronageDraft
from tests import make
from tests.ledger.sessions.board import solvent
from tests.ledger.sessions.test_declarations import declared, july, prepared, surplus

LAST_DAY = date(2026, 12, 14)
"""Ninety days after 2026-09-15, when the payment period of 2025 ends."""


def consenting(db: Session, member: str) -> None:
    declarations.consent(db, make.act(member), member, is_given=True, on=date(2025, 1, 1))


def draft_of(db: Session) -> str:
    [draft] = every(db, PatronageDraft)
    return draft.id


def test_a_qualified_allocation_pays_a_fifth_in_money_and_a_cent_less_is_refused(db: Session) -> None:
    """Scenario 46."""
    ids = prepared(db, {"A": 600})
    surplus(db)
    consenting(db, ids["A"])
    [part] = declared(db, july(123_457))
    assert (part.notice, part.cash, part.retained) == (NoticeKind.QUALIFIED, 24_692, 98_765)
    with pytest.raises(CashTooLow):
        notice(part.amount, has_consented=True, cash=24_691)


def test_without_consent_only_money_is_told_and_the_rest_when_it_is_redeemed(db: Session) -> None:
    """Scenario 47."""
    ids = prepared(db, {"A": 600, "B": 600})
    surplus(db)
    consenting(db, ids["B"])
    declared(db, july(246_914))
    told = patr_forms.patr_forms(db, 2025)
    assert told == {ids["A"]: Form1099Patr(dividends=24_692), ids["B"]: Form1099Patr(dividends=123_457)}
    day = date(2030, 6, 1)
    solvent(db, day)
    for member in ids.values():
        payouts.redeem(db, make.act("usr_finance"), member, 98_765, on=day, cause="revolving")
    assert patr_forms.patr_forms(db, 2030) == {ids["A"]: Form1099Patr(redeemed=98_765), ids["B"]: Form1099Patr()}
    assert patr_forms.patr_forms(db, 2026) == {}


def test_a_form_is_filed_from_ten_dollars_on(db: Session) -> None:
    """Scenario 48."""
    ids = prepared(db, {"A": 999, "B": 1_000})
    surplus(db)
    for member in ids.values():
        consenting(db, member)
    declared(db, july(1_999))
    told = patr_forms.patr_forms(db, 2025)
    assert [(told[id].dividends, told[id].is_due) for id in ids.values()] == [(999, False), (1_000, True)]


def test_who_cashes_a_check_in_time_has_consented_and_who_does_not_has_not(db: Session) -> None:
    ids = prepared(db, {"A": 600, "B": 600})
    surplus(db)
    declared(db, july(2_000))
    draft = draft_of(db)
    patr_forms.cash_check(db, make.act(), draft, ids["A"], on=LAST_DAY)
    with pytest.raises(NotAllowedNow, match="last day for this check was 2026-12-14"):
        patr_forms.cash_check(db, make.act(), draft, ids["B"], on=date(2026, 12, 15))
    told = patr_forms.patr_forms(db, 2025)
    assert [told[id].dividends for id in ids.values()] == [1_000, 200]
    # what was recorded when it was declared stays as it was
    assert {part.notice for part in every(db, Allocation)} == {NoticeKind.NONQUALIFIED}
    assert verify_all(db).fault is None


def test_a_check_is_cashed_once_and_only_by_who_had_money(db: Session) -> None:
    ids = prepared(db, {"A": 600, "B": 600})
    surplus(db)
    consenting(db, ids["B"])
    declared(db, july(2_000))
    draft = draft_of(db)
    patr_forms.cash_check(db, make.act(), draft, ids["A"], on=date(2026, 1, 2))
    for member in ids.values():
        with pytest.raises(AlreadyExists):
            patr_forms.cash_check(db, make.act(), draft, member, on=date(2026, 1, 3))
    with pytest.raises(NotFound):
        patr_forms.cash_check(db, make.act(), draft, make.holder(db).id, on=date(2026, 1, 3))
