"""Which motions a proposal may carry, and what they have to name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.motions import check_form, check_motions
from governance.errors import MotionInvalid
from governance.proposals import Content
from governance.records import ProposalKind
from governance.seats import create_seat
from ledger.equity.grants import draft_grant
from ledger.errors import NotFound, QuantityInvalid
from tests import make

HASH = "0" * 64
MOTIONS: dict[str, dict[str, Any]] = {
    "set_policy": {"kind": "set_policy", "key": "fees", "value": {"fees": []}, "expected_version": 0},
    "enlarge_pool": {"kind": "enlarge_pool", "plan": "pln_1", "units": "5", "expected_total": "10"},
    "approve_grants": {"kind": "approve_grants", "drafts": [{"id": "dft_1", "terms_hash": HASH}]},
    "seat_directors": {"kind": "seat_directors", "seats": ["sea_1"]},
    "remove_director": {"kind": "remove_director", "seat": "sea_1", "member": "hld_1"},
    "add_seat": {"kind": "add_seat", "name": "Staff 1", "reserved_for": "STAFF", "term_months": 12},
    "terminate_plan": {"kind": "terminate_plan", "plan": "pln_1"},
}
HOME: dict[str, ProposalKind] = {
    "enlarge_pool": ProposalKind.POOL_INCREASE,
    "approve_grants": ProposalKind.GRANTS,
    "seat_directors": ProposalKind.ELECTION,
    "remove_director": ProposalKind.RECALL,
    "add_seat": ProposalKind.BYLAWS,
    "terminate_plan": ProposalKind.CORPORATE_ACTION,
}
"""Motion to the one kind of proposal that may carry it."""


def proposed(*motions: dict[str, Any], **more: Any) -> Content:
    return Content("A change", "Because.", motions, **more)


@pytest.mark.parametrize("kind", ProposalKind)
@pytest.mark.parametrize("motion", HOME)
def test_a_motion_is_carried_by_one_kind_of_proposal(kind: ProposalKind, motion: str) -> None:
    if kind is HOME[motion]:
        check_form(kind, proposed(MOTIONS[motion]))
    else:
        with pytest.raises(MotionInvalid):
            check_form(kind, proposed(MOTIONS[motion]))


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_field_too_many_too_few_or_of_another_form_is_refused(motion: str) -> None:
    kind, said = HOME.get(motion, ProposalKind.FEE_OR_RATE), MOTIONS[motion]
    check_form(kind, proposed(said))
    field = next(name for name in said if name != "kind")
    lacking = {name: value for name, value in said.items() if name != field}
    for wrong in (said | {"bonus": 1}, lacking, said | {field: 7.5}, said | {"kind": "pay_founders"}, {}):
        with pytest.raises(MotionInvalid):
            check_form(kind, proposed(wrong))


def test_an_election_and_a_recall_are_about_nothing_without_their_motion() -> None:
    for kind in (ProposalKind.ELECTION, ProposalKind.RECALL):
        with pytest.raises(MotionInvalid, match="one motion"):
            check_form(kind, proposed())
    with pytest.raises(MotionInvalid, match="as many seats"):
        check_form(ProposalKind.ELECTION, proposed(MOTIONS["seat_directors"], seats=2))
    with pytest.raises(MotionInvalid, match="whoever stands"):
        check_form(ProposalKind.ELECTION, proposed(MOTIONS["seat_directors"], options={"a": "Ana"}))


def test_data_sharing_without_an_end_is_not_put_forward() -> None:
    value = {"recipient": "Clearing house", "purpose": "Claims", "data": ["session date"]}
    motion = MOTIONS["set_policy"] | {"key": "data_sharing.x", "value": value}
    with pytest.raises(MotionInvalid, match="last day"):
        check_form(ProposalKind.DATA_SHARING, proposed(motion))
    check_form(ProposalKind.DATA_SHARING, proposed(motion | {"expires_on": "2027-01-31"}))


@pytest.mark.parametrize(
    "motion", ["enlarge_pool", "approve_grants", "seat_directors", "remove_director", "terminate_plan"]
)
def test_what_a_motion_names_has_to_be_there(db: Session, motion: str) -> None:
    with pytest.raises(NotFound):
        check_motions(db, HOME[motion], proposed(MOTIONS[motion]))


def test_what_may_yet_change_does_not_keep_a_proposal_from_being_put_forward(db: Session) -> None:
    """The pool is not what is expected, and nobody sits on the seat: both may be otherwise on the day of the effect."""
    make.company(db)
    plan = make.plan(db).id
    check_motions(db, ProposalKind.POOL_INCREASE, proposed(MOTIONS["enlarge_pool"] | {"plan": plan}))
    with pytest.raises(QuantityInvalid):
        check_motions(
            db, ProposalKind.POOL_INCREASE, proposed(MOTIONS["enlarge_pool"] | {"plan": plan, "units": "5.5"})
        )
    seat = create_seat(
        db, make.act(), "Chair", reserved_for=None, term_months=12, on=make.NOW.date(), has_members=False
    )
    check_motions(db, ProposalKind.RECALL, proposed(MOTIONS["remove_director"] | {"seat": seat.id}))


def test_only_the_newest_terms_of_a_grant_are_voted_on(db: Session) -> None:
    make.company(db)
    plan, to = make.plan(db), make.holder(db)
    draft = draft_grant(db, make.act(), make.grant_order(plan, to), on=make.NOW.date())
    motion = {"kind": "approve_grants", "drafts": [{"id": draft.id, "terms_hash": draft.terms_hash}]}
    check_motions(db, ProposalKind.GRANTS, proposed(motion))
    draft_grant(db, make.act(), make.grant_order(plan, to, quantity=9), on=make.NOW.date(), draft_id=draft.id)
    with pytest.raises(MotionInvalid, match="other terms"):
        check_motions(db, ProposalKind.GRANTS, proposed(motion))
