"""Leaving: what it does is seen before it is done, and nobody is dismissed for cause by one person alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from ledger.equity.securities import position
from ledger.equity.values import EngagementEnd
from ledger.reading import every
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import officer

TODAY = make.NOW.date()


@dataclass(frozen=True)
class Room:
    """A steward, somebody of the board, and a provider with a grant of which something has vested."""

    site: Site
    steward: Browser
    board: Browser
    ana: str
    grant: str
    steward_id: str

    @property
    def path(self) -> str:
        """The page of Ana's leaving."""
        return f"/steward/people/{self.ana}/leaving"

    def shown(self, reason: str) -> dict[str, str | list[str]]:
        """Return what the form that confirms a preview holds."""
        text = self.steward.get(f"{self.path}?reason={reason}&on={TODAY}").text
        seen = re.search(r'name="seen" value="(\w+)"', text)
        assert seen is not None, text[:2000]
        return {"seen": seen[1], "reason": reason, "on": TODAY.isoformat()}

    def ends(self) -> list[EngagementEnd]:
        """Return the engagements that ended."""
        return self.site.runner.read(every, EngagementEnd)


@pytest.fixture
def room(site: Site) -> Room:
    """Return them; 4,800 units from 2024-01-15, of which 2,500 have vested on 2026-03-02."""

    def deed(db: Session) -> tuple[str, str, str, str]:
        make.company(db)
        steward, board, ana = (make.holder(db) for _ in range(3))
        held = make.option(db, None, ana)
        return steward.id, board.id, ana.id, held.security.id

    steward, board, ana, grant = site.runner.run(deed)
    return Room(site, officer(site, steward, Role.STEWARD), officer(site, board, Role.BOARD), ana, grant, steward)


def test_what_would_happen_is_shown_and_nothing_is_done(room: Room) -> None:
    seen = room.steward.see(f"{room.path}?reason=VOLUNTARY_OTHER&on={TODAY}")
    assert "2,500 0 2,300 0 2 Mar 2027" in seen
    assert "the option itself expires" in seen
    assert room.ends() == []


def test_exactly_what_was_shown_is_done(room: Room) -> None:
    form = room.shown("VOLUNTARY_OTHER")
    stale = room.steward.post(room.path, form | {"on": (TODAY + timedelta(days=30)).isoformat()})
    assert stale.status_code == 409
    assert "has changed since it was shown" in words_of(stale)
    assert room.steward.send(room.path, **form) == f"/steward/people/{room.ana}"
    assert room.site.runner.read(position, room.grant).outstanding == 2_500
    assert "They are not engaged today" in room.steward.see(room.path)
    again = room.steward.post(room.path, form | {"seen": ""})
    assert again.status_code == 409


def test_a_dismissal_for_cause_needs_a_second_person(room: Room) -> None:
    room.steward.send(room.path, **room.shown("INVOLUNTARY_WITH_CAUSE"))
    assert room.ends() == []
    listed = re.search(r"/board/dismissals/\w+", room.board.get("/board").text)
    assert listed is not None
    ana = officer(room.site, room.ana, Role.BOARD)
    assert "Somebody else decides it" in ana.see(listed[0])
    assert ana.post(listed[0], {"decision": "dismiss"}).status_code == 403
    assert "Waits for the appeal" in room.board.see(listed[0])
    room.board.send(listed[0], decision="dismiss")
    assert len(room.ends()) == 1
    assert room.site.runner.read(position, room.grant).outstanding == 4_800
    assert "They can appeal to the council until 1 Apr 2026" in room.steward.see(room.path)
    council = room.site.runner.run(make.holder)
    officer(room.site, council.id, Role.COUNCIL)
    theirs = room.site.browser(room.ana).see("/leaving")
    assert "You can appeal to the council until 1 Apr 2026" in theirs
    called = room.site.runner.read(vault.names)[council.id]
    assert f"tell anybody of the council, in your own words: {called}." in theirs
    early = room.steward.post(f"/steward/people/{room.ana}/cause", {})
    assert early.status_code == 409
    room.site.turn_to(make.NOW + timedelta(days=31))
    later = officer(room.site, room.steward_id, Role.STEWARD)
    assert later.send(f"/steward/people/{room.ana}/cause") == f"/steward/people/{room.ana}"
    assert room.site.runner.read(position, room.grant).outstanding == 2_500


def test_somebody_of_the_board_can_let_them_stay(room: Room) -> None:
    room.steward.send(room.path, **room.shown("INVOLUNTARY_WITH_CAUSE"))
    twice = room.steward.post(room.path, room.shown("INVOLUNTARY_WITH_CAUSE"))
    assert twice.status_code == 409
    listed = re.search(r"/board/dismissals/\w+", room.board.get("/board").text)
    assert listed is not None
    room.board.send(listed[0], decision="stay")
    assert room.board.get(listed[0]).status_code == 404
    assert room.board.post(listed[0], {"decision": "dismiss"}).status_code == 404
    assert room.ends() == []
    assert "/board/dismissals/" not in room.board.get("/board").text


def test_leave_pauses_only_where_the_plan_says_so(room: Room) -> None:
    assert "so there is nothing to record" in room.steward.see(room.path)
    form: dict[str, str | list[str]] = {"leave": "MEDICAL", "from": TODAY.isoformat(), "until": "2026-09-01"}
    answer = room.steward.post(f"/steward/people/{room.ana}/leave", form)
    assert answer.status_code in {409, 422}
    assert title_of(answer).startswith("Error:")
    assert "protected leave: vesting goes on" in words_of(answer)


def test_a_day_that_is_none_and_a_reason_that_is_none(room: Room) -> None:
    assert "Write a day" in room.steward.see(f"{room.path}?reason=VOLUNTARY_OTHER&on=2026-02-30")
    assert "See what would happen" in room.steward.see(f"{room.path}?reason=%3Cscript%3E&on=2026-03-02")
    assert room.steward.post(room.path, {"reason": "BORED", "on": TODAY.isoformat()}).status_code == 422


def test_one_sees_for_oneself_what_one_would_keep(room: Room) -> None:
    seen = room.site.browser(room.ana).see("/leaving")
    assert "You resign" in seen
    assert "2,500 2,300 2 Mar 2027" in seen
    assert "If I leave" in room.site.browser(room.ana).see("/equity")
    room.steward.send(room.path, **room.shown("VOLUNTARY_OTHER"))
    seen = room.site.browser(room.ana).see("/leaving")
    assert "You have left" in seen
    assert "2,500 2 Mar 2027" in seen
