"""What waits for the board on the sample cooperative, and what the board says to it."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from app import voting
from app.people import accounts, roles
from app.people.roles import Role
from app.web.announcing import working_day
from app.web.member import recent_periods
from governance import proposals
from governance.lifecycle import State
from governance.policies import rules_in_force
from governance.proposals import Content
from governance.records import ProposalKind, Recommendation
from ledger.equity.register import company_day
from ledger.sessions import months
from ledger.types import Act
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import BOARD, PROVIDER, STEWARD, officer

POLL = "Should the help desk answer on Saturdays?"


def board_of(site: Site) -> Browser:
    """Return the browser of somebody of the board."""
    return officer(site, BOARD, Role.BOARD)


def field(page: str, name: str) -> str:
    """Return what stands in a field of a page."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None
    return found[1]


def ready(site: Site) -> str:
    """Return a proposal of the board that can be voted on."""

    def deed(db: Session) -> str:
        act = Act(STEWARD, "role:member", site.moments[0])
        content = Content("Should we meet in Ithaca?", "In May, for a day.")
        made = voting.put_forward(db, act, ProposalKind.ADVISORY, content, author=STEWARD, board_ref="board:2026-11")
        rules, on = voting.rules_today(db, made.id, act.now), company_day(db, act.now)
        proposals.publish(db, act, made.id, author=STEWARD, rules=rules, on=on)
        return made.id

    return site.runner.run(deed)


def state(db: Session, site: Site, proposal: str) -> State:
    """Return where a proposal stands now."""
    act, day = Act("reader", "role:reader", site.moments[0]), company_day(db, site.moments[0])
    return proposals.state_of(db, proposal, act.at, rules_in_force(db, proposals.find(db, proposal).kind, day))


def test_what_waits_is_the_boards_alone(sample: Site) -> None:
    board = board_of(sample)
    seen = board.see("/board")
    assert POLL in seen
    assert "No grant waits" in seen
    assert title_of(board.get("/board")).startswith("What waits")
    assert officer(sample, STEWARD, Role.STEWARD).get("/board").status_code == 404
    assert sample.browser(PROVIDER).get("/board").status_code == 404
    assert board.get("/board/grants/dft_nothing").status_code == 404


def test_the_board_answers_once_and_with_reasons(sample: Site) -> None:
    board = board_of(sample)
    found = re.search(r'href="(/board/proposals/[^"]+)">' + re.escape(POLL), board.get("/board").text)
    assert found is not None
    path = found[1]
    assert "Once, with reasons" in board.see(path)
    silent = board.post(f"{path}/answer", {"recommendation": "AGAINST", "reasons": " "})
    assert (silent.status_code, title_of(silent)[:6]) == (422, "Error:")
    assert '<option value="AGAINST" selected>' in silent.text
    assert board.post(f"{path}/answer", {"reasons": "x"}, origin={"Origin": "http://elsewhere.test"}).status_code == 403
    board.send(f"{path}/answer", recommendation="FOR", reasons="We try it for three months.")
    review = sample.runner.read(proposals.standing, path.rpartition("/")[2]).review
    assert review is not None
    assert review.recommendation is Recommendation.FOR
    assert POLL not in board.see("/board")


def test_a_vote_is_announced_on_the_dates_that_stand_there(sample: Site) -> None:
    board, proposal = board_of(sample), ready(sample)
    assert "Should we meet in Ithaca?" in board.see("/board")
    path = f"/board/proposals/{proposal}"
    assert f"{path}/announce" in board.get(path).text
    page = board.get(f"{path}/announce").text
    assert "America/New_York" in page
    dates: dict[str, str | list[str]] = {name: field(page, name) for name in ("record_date", "opens", "closes")}
    early = board.post(f"{path}/announce", {**dates, "opens": f"{dates['record_date']}T09:00"})
    assert title_of(early).startswith("Error:")
    assert f'value="{dates["closes"]}"' in early.text
    assert board.send(f"{path}/announce", **dates) == f"/decisions/{proposal}"
    assert sample.runner.read(state, sample, proposal) is State.NOTICE
    assert board.get(path).status_code == 404 or "Announce the vote" not in board.see(path)


def test_no_vote_opens_or_closes_on_a_weekend_by_itself() -> None:
    assert working_day(date(2026, 11, 28)) == date(2026, 11, 30)
    assert working_day(date(2026, 11, 29)) == date(2026, 11, 30)
    assert working_day(date(2026, 11, 30)) == date(2026, 11, 30)


def test_a_month_is_closed_by_somebody_else_than_who_asked(sample: Site) -> None:
    board = board_of(sample)

    def ask(db: Session, actor: str, period: str) -> str:
        act = Act(actor, "role:finance", sample.moments[0])
        return months.ask_close(db, act, period, on=company_day(db, act.now)).id

    *_, first, second = recent_periods(sample.moments[0].date(), 4)
    other, own = sample.runner.run(ask, "acc_finance", first), sample.runner.run(ask, BOARD, second)
    assert "You asked; somebody else closes it." in board.see("/board")
    assert board.post(f"/board/closes/{own}/approve", {}).status_code == 403
    assert board.send(f"/board/closes/{other}/approve") == "/board"
    assert sample.runner.read(months.close_of, first) is not None
    assert sample.runner.read(months.close_of, second) is None


def test_a_role_is_approved_by_neither_who_gave_nor_who_gets_it(sample: Site) -> None:
    board = board_of(sample)

    def give(db: Session, actor: str, holder: str, role: Role) -> str:
        act = Act(actor, "role:admin", sample.moments[0])
        found = accounts.account_of_holder(db, holder) or accounts.create_account(db, act, holder=holder)
        return roles.give(db, act, found.id, role).id

    council = sample.runner.run(give, "acc_admin", PROVIDER, Role.COUNCIL)
    own = sample.runner.run(give, "acc_admin", BOARD, Role.TELLER)
    given = sample.runner.run(give, BOARD, PROVIDER, Role.TELLER)
    assert "Council for" in board.see("/board")
    assert board.post(f"/board/roles/{own}/approve", {}).status_code == 403
    assert board.post(f"/board/roles/{given}/approve", {}).status_code == 403
    assert board.send(f"/board/roles/{council}/approve") == "/board"
    assert sample.runner.read(roles.find, council).approved_by == BOARD
    assert "refused" not in words_of(board.get("/board")).lower()
