"""Disputes: the steps there are, who takes them, and when a period can be closed over them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FourEyes, Invalid
from ledger.sessions.disputes import (
    Dispute,
    DisputeState,
    holdback_needed,
    moved,
    opened,
    require_closable,
)
from ledger.sessions.errors import DisputesOpen, OnlyTheProvider, StepRefused

OPEN, IN_REVIEW, ACCEPTED, REJECTED, APPEALED, COUNCIL_ACCEPTED, COUNCIL_REJECTED = DisputeState


def walked(*states: DisputeState, actors: str = "fffffff") -> Dispute:
    """A dispute after steps, each by the person of a letter; appeals by the provider."""
    dispute = opened("case_1", "ana", 300, actor="ana")
    for state, actor in zip(states, actors, strict=False):
        dispute = moved(dispute, state, actor="ana" if state is APPEALED else actor, reason="The tally is right.")
    return dispute


@pytest.mark.parametrize(
    "way",
    [
        (IN_REVIEW, ACCEPTED),
        (IN_REVIEW, REJECTED),
        (IN_REVIEW, REJECTED, APPEALED, COUNCIL_ACCEPTED),
        (IN_REVIEW, REJECTED, APPEALED, COUNCIL_REJECTED),
    ],
)
def test_these_are_the_ways_to_a_decision(way: tuple[DisputeState, ...]) -> None:
    found = walked(*way, actors="ffcc")
    assert found.state is way[-1]
    assert not found.state.is_open
    assert found.minutes == 300


def test_there_are_no_other_steps() -> None:
    steps = {(OPEN, IN_REVIEW), (IN_REVIEW, ACCEPTED), (IN_REVIEW, REJECTED), (REJECTED, APPEALED)}
    steps |= {(APPEALED, COUNCIL_ACCEPTED), (APPEALED, COUNCIL_REJECTED)}
    for before, after in product(DisputeState, DisputeState):
        if (before, after) not in steps:
            with pytest.raises(StepRefused):
                moved(Dispute("case_1", "ana", 300, before), after, actor="c", reason="So it is.")


def test_only_the_provider_opens_and_appeals() -> None:
    with pytest.raises(OnlyTheProvider):
        opened("case_1", "ana", 300, actor="steward")
    with pytest.raises(OnlyTheProvider):
        moved(walked(IN_REVIEW, REJECTED), APPEALED, actor="steward")


def test_nobody_decides_their_own_case_and_no_appeal_is_decided_by_who_rejected() -> None:
    with pytest.raises(FourEyes):
        moved(walked(IN_REVIEW), ACCEPTED, actor="ana")
    with pytest.raises(FourEyes):
        moved(walked(IN_REVIEW, REJECTED, APPEALED), COUNCIL_REJECTED, actor="f", reason="It is right.")


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_dispute_is_rejected_for_a_reason(reason: str | None) -> None:
    with pytest.raises(Invalid):
        moved(walked(IN_REVIEW), REJECTED, actor="f", reason=reason)
    assert moved(walked(IN_REVIEW), REJECTED, actor="f", reason="Counted twice.").reason == "Counted twice."


def test_a_period_is_closed_over_an_open_dispute_only_with_enough_held_back() -> None:
    disputes = [walked()]
    for holdback in (None, 0, 299):
        with pytest.raises(DisputesOpen, match="300 minutes"):
            require_closable(disputes, holdback=holdback)
    require_closable(disputes, holdback=300)


def test_all_open_disputes_may_turn_out_to_be_right() -> None:
    disputes = [walked(), walked(IN_REVIEW), walked(IN_REVIEW, ACCEPTED)]
    assert holdback_needed(disputes) == 600
    with pytest.raises(DisputesOpen, match="2 disputes"):
        require_closable(disputes, holdback=599)


def test_without_open_disputes_a_period_closes() -> None:
    require_closable([])
    require_closable([walked(IN_REVIEW, REJECTED)])


def test_a_dispute_about_no_credit_still_needs_the_boards_word() -> None:
    disputes = [opened("case_2", "ana", 0, actor="ana")]
    with pytest.raises(DisputesOpen):
        require_closable(disputes)
    require_closable(disputes, holdback=0)


disputes = st.lists(
    st.builds(Dispute, st.just("case_1"), st.just("ana"), st.integers(0, 10_000), st.sampled_from(DisputeState))
)


@given(disputes, st.none() | st.integers(0, 50_000))
def test_a_period_closes_exactly_when_nothing_is_open_or_all_of_it_is_held_back(
    found: list[Dispute], holdback: int | None
) -> None:
    waiting = [dispute.minutes for dispute in found if dispute.state.is_open]
    if not waiting or (holdback is not None and holdback >= sum(waiting)):
        require_closable(found, holdback=holdback)
    else:
        with pytest.raises(DisputesOpen):
            require_closable(found, holdback=holdback)
