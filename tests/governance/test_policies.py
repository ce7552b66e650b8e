"""The register of policies: exactly one version in force a day, set by what passed and by nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from governance import policies
from governance.errors import ResolutionMissing
from governance.policies import Setting, version_on
from governance.records import Policy, ProposalKind
from governance.rules import default_rules
from tests import make
from tests.governance.assembly import TODAY, announced, council, voted

FIRST = date(2026, 1, 1)


def version(number: int, effective_from: date, expires_on: date | None = None) -> Policy:
    return Policy(f"pol_{number}", "fees", number, {}, effective_from, expires_on, None)


def test_the_newest_version_that_has_begun_is_in_force() -> None:
    one, two = version(1, FIRST), version(2, date(2026, 3, 1))
    assert version_on([one, two], date(2025, 12, 31)) is None
    assert version_on([one, two], date(2026, 2, 28)) == one
    assert version_on([one, two], date(2026, 3, 1)) == two


def test_of_two_from_one_day_the_later_version_counts() -> None:
    one, two = version(1, FIRST), version(2, FIRST)
    assert version_on([two, one], FIRST) == two


def test_what_has_expired_leaves_nothing_in_force_not_what_stood_before() -> None:
    """Data sharing ends with its last day; the permission before it does not come back."""
    one, two = version(1, FIRST), version(2, date(2026, 3, 1), date(2026, 3, 31))
    assert version_on([one, two], date(2026, 3, 31)) == two
    assert version_on([one, two], date(2026, 4, 1)) is None


versions = st.lists(
    st.tuples(st.integers(0, 30), st.none() | st.integers(0, 30)).map(
        lambda days: (FIRST + timedelta(days[0]), None if days[1] is None else FIRST + timedelta(days[0] + days[1]))
    ),
    max_size=6,
).map(lambda spans: [version(number, *span) for number, span in enumerate(spans, 1)])


@given(versions, st.integers(-1, 70))
def test_at_most_one_version_is_in_force_a_day_and_no_later_one_is_waiting(of: list[Policy], days: int) -> None:
    day = FIRST + timedelta(days)
    found = version_on(of, day)
    assert found == version_on(list(reversed(of)), day)
    begun = [one for one in of if one.effective_from <= day]
    if found is None:
        assert not begun or max(begun, key=lambda one: (one.effective_from, one.version)).expires_on is not None
    else:
        assert found.effective_from <= day
        assert found.expires_on is None or day <= found.expires_on
        assert all((one.effective_from, one.version) <= (found.effective_from, found.version) for one in begun)


def test_founders_set_policies_and_put_them_right_and_what_was_written_stays(db: Session) -> None:
    make.company(db)
    setting = Setting("fees", {"fees": []}, TODAY)
    wrong = policies.set_first(db, make.act(), setting, on=TODAY, has_members=False)
    right = policies.set_first(db, make.act(), setting, on=TODAY, has_members=False)
    assert [(one.version, one.proposal) for one in (wrong, right)] == [(1, None), (2, None)]
    assert policies.in_force(db, "fees", TODAY) == right
    assert policies.history(db, "fees") == [wrong, right]


def test_from_the_first_member_on_founders_set_nothing(db: Session) -> None:
    make.company(db)
    with pytest.raises(ResolutionMissing):
        policies.set_first(db, make.act(), Setting("fees", {}, TODAY), on=TODAY, has_members=True)
    assert policies.history(db, "fees") == []


def test_what_has_not_passed_adopts_nothing(db: Session) -> None:
    members = council(db)
    waiting = announced(db, ProposalKind.BENEFITS, author=members[0])
    failed = announced(db, ProposalKind.BENEFITS, author=members[0])
    voted(db, failed, dict.fromkeys(members, "no"))
    for id in (waiting, failed, "prp_none"):
        with pytest.raises(ResolutionMissing):
            policies.adopt(db, make.act(), Setting("documents.x", {}, TODAY), proposal=id, on=TODAY, expected=0)


def test_rules_are_the_defaults_until_members_pass_others(db: Session) -> None:
    assert policies.rules_in_force(db, ProposalKind.BENEFITS, TODAY) == default_rules(ProposalKind.BENEFITS)
