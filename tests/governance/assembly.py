"""Members who pass something, from the draft to its effect, with everything a test is not about by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app import voting
from governance import effects, proposals
from governance.clock import moment
from governance.lifecycle import local_day, local_time
from governance.notices import Dates
from governance.proposals import Content
from governance.records import Closing, Enactment, ProposalKind
from governance.rules import default_rules
from ledger.types import Act, Json
from tests import make
from tests.governance.hall import ZONE, at

TODAY = make.NOW.date()


def act(actor: str, local: datetime) -> Act:
    """Somebody's act at a wall-clock time where the company is."""
    return make.act(actor, "role:test", at(local))


def content(
    *motions: Mapping[str, Json], seats: int = 1, title: str = "A change", options: dict[str, str] | None = None
) -> Content:
    """What is proposed."""
    return Content(title, "For these reasons.", motions, options, seats)


def announced(
    db: Session,
    kind: ProposalKind,
    *motions: Mapping[str, Json],
    author: str,
    seats: int = 1,
    effective_on: date | None = None,
    stand: Callable[[str], object] | None = None,
    today: date = TODAY,
    notice_days: int | None = None,
) -> str:
    """A proposal by the board whose vote is announced with the shortest notice; its id.

    Where something is on record from a later day than ``today``, it is put forward the day after that.
    """
    rules = default_rules(kind)
    morning = datetime.combine(today, datetime.min.time()).replace(hour=12)
    newest = moment(db, act(author, morning))
    if newest > act(author, morning).at:
        today = local_day(newest, ZONE) + timedelta(days=1)
        morning = datetime.combine(today, datetime.min.time()).replace(hour=12)
    made = voting.put_forward(
        db, act(author, morning), kind, content(*motions, seats=seats), author=author, board_ref="board:2026-02"
    )
    proposals.publish(db, act(author, morning), made.id, author=author, rules=rules, on=today)
    opens = morning + timedelta(days=notice_days or rules.notice_days)
    closes = opens + timedelta(days=rules.voting_days)
    record_date = today + timedelta(days=1)
    voting.announce(db, act("usr_board", morning), made.id, Dates(record_date, opens, closes, ZONE, effective_on))
    if stand is not None:
        stand(made.id)
    return made.id


def voted(db: Session, id: str, ballots: Mapping[str, object]) -> Closing:
    """The vote, opened, cast and closed."""
    notice = proposals.notice(db, id)
    assert notice is not None
    opens, closes = (local_time(each, ZONE).replace(tzinfo=None) for each in (notice.opens_at, notice.closes_at))
    voting.bring_up_to_date(db, act("system", opens), id)
    for member, choice in ballots.items():
        voting.cast(db, act(member, opens + timedelta(hours=1)), id, member, choice)
    voting.bring_up_to_date(db, act("system", closes), id)
    found = proposals.standing(db, id).closing
    assert found is not None
    return found


def effect(db: Session, id: str, *, actor: str = "system", days_late: int = 0) -> Enactment | None:
    """What becomes of what passed, on its day; None where nothing is due then."""
    notice = proposals.notice(db, id)
    assert notice is not None
    assert notice.effective_on is not None
    day = notice.effective_on + timedelta(days=days_late)
    voting.bring_up_to_date(db, act(actor, datetime.combine(day, datetime.min.time()).replace(hour=12)), id)
    return effects.enactment(db, id)


def passed(
    db: Session,
    kind: ProposalKind,
    *motions: Mapping[str, Json],
    members: Sequence[str],
    directors: Sequence[str] = (),
    **more: Any,
) -> str:
    """A proposal that every member and director has voted for; its id."""
    id = announced(db, kind, *motions, author=members[0], **more)
    closing = voted(db, id, dict.fromkeys([*members, *directors], "yes"))
    assert closing.outcome.value == "PASSED", closing.result
    return id


def council(db: Session, providers: int = 3) -> list[str]:
    """A company with members who deliver sessions; their ids."""
    make.company(db)
    return [make.member(db) for _ in range(providers)]
