from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity.labels import labels_after, labels_for, stem_of
from ledger.errors import AlreadyExists, Invalid
from tests import make
from tests.ledger.equity.holdings import shares


def test_numbers_go_on_from_the_highest_of_the_stem(db: Session) -> None:
    common = make.share_class(db)
    for label in ("CS-9", "CS-10", "CS-2", "PS-400", "CSX-90", "CS-11-old", "CS-a much longer label"):
        shares(db, common, quantity=1, label=label)
    assert labels_for(db, [None, "CS-12", None], stem="CS-") == ("CS-11", "CS-12", "CS-13")
    assert labels_for(db, [None], stem="CS") == ("CS-11",)
    assert labels_for(db, [None], stem="ES") == ("ES-1",)


def test_many_longer_labels_do_not_hide_the_numbers(db: Session) -> None:
    common = make.share_class(db)
    shares(db, common, quantity=1, label="CS-7")
    for n in range(25):
        shares(db, common, quantity=1, label=f"CS-converted-{n:03}")
    assert labels_for(db, [None], stem="CS") == ("CS-8",)


def test_zeros_before_a_number_do_not_lead_to_one_that_is_taken(db: Session) -> None:
    common = make.share_class(db)
    for label in ("CS-0007", "CS-8", "CS-9"):
        shares(db, common, quantity=1, label=label)
    assert labels_for(db, [None], stem="CS") == ("CS-10",)


def test_signs_that_mean_something_to_a_database_mean_nothing_here(db: Session) -> None:
    common = make.share_class(db)
    shares(db, common, quantity=1, label="CXS-50")
    shares(db, common, quantity=1, label="C_S-3")
    assert labels_for(db, [None], stem="C_S") == ("C_S-4",)
    assert labels_for(db, [None], stem="C%") == ("C%-1",)


def test_a_label_is_never_used_again_even_when_its_entry_was_reversed(db: Session) -> None:
    shares(db, label="CS-5")
    journal.reverse(db, make.act(), journal.size(db) - 1, reason="Typing error")
    assert labels_for(db, [None], stem="CS") == ("CS-6",)
    with pytest.raises(AlreadyExists):
        labels_for(db, ["CS-5"], stem="CS")


def test_each_may_have_a_stem_of_its_own(db: Session) -> None:
    assert labels_after(db, [(None, "PS-"), (None, "CS"), (None, "PS")]) == ("PS-1", "CS-1", "PS-2")


def test_a_label_can_not_be_blank_or_wanted_twice(db: Session) -> None:
    with pytest.raises(Invalid, match="blank"):
        labels_for(db, [" "], stem="CS")
    with pytest.raises(AlreadyExists, match="of its own"):
        labels_for(db, ["CS-1", "CS-1"], stem="CS")


def test_the_stem_of_a_label_is_what_stands_before_its_number() -> None:
    assert [stem_of(label) for label in ("CS-7", "P-01", "A-B-3", "CS7", "CS-x")] == ["CS", "P", "A-B", "CS7", "CS-x"]
