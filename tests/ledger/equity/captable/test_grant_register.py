"""The register of grants: every grant that stands, what has vested of it by a day, and what is left."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity import grants
from ledger.equity.captable.grant_register import Granted, grant_register
from ledger.equity.exercise import exercise
from ledger.equity.securities import position
from ledger.types import Cut
from tests import make

ON = make.NOW.date()


def register(db: Session, as_of: date = ON) -> list[Granted]:
    return grant_register(db, Cut(as_of, journal.size(db)))


def test_a_grant_stands_with_what_its_own_page_tells_of_it(db: Session) -> None:
    held = make.option(db)
    [one] = register(db)
    assert (one.id, one.label, one.holder) == (held.security.id, held.security.label, held.security.holder)
    assert (one.quantity, one.left) == (held.security.quantity, held.outstanding)
    assert (one.vested, one.unvested) == (held.vested(ON), held.unvested(ON))
    assert one.vested + one.unvested == one.quantity
    assert one.waits


def test_an_accepted_grant_waits_no_more_and_what_is_exercised_is_no_longer_left(db: Session) -> None:
    held = make.option(db)
    grants.accept(db, make.act(held.security.holder), held.security.id, on=ON)
    exercise(db, make.act(), held.security.id, 100, on=ON)
    [one] = register(db)
    assert not one.waits
    assert one.left == position(db, held.security.id).outstanding == held.outstanding - 100


def test_a_retracted_grant_is_not_in_it_and_a_grant_of_later_is_not_either(db: Session) -> None:
    held = make.option(db)
    assert register(db, held.issued_on.replace(year=held.issued_on.year - 1)) == []
    grants.retract(db, make.act(), held.security.id, on=ON, reason="The wrong person.")
    assert register(db) == []
