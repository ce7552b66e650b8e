"""Templates: one for each kind of proposal, in the form that the kind demands."""

from __future__ import annotations

import pytest

from app.motions import check_form
from governance.proposals import Content
from governance.records import ProposalKind
from governance.templates import template


@pytest.mark.parametrize("kind", ProposalKind)
def test_every_kind_has_a_start_whose_motions_it_may_carry(kind: ProposalKind) -> None:
    start = template(kind)
    check_form(kind, Content(start.title, start.text, start.motions, seats=start.seats))
    assert start.text.count("## ") >= 3
    assert start.motions or kind is ProposalKind.ADVISORY
