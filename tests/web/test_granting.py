"""A grant from its details to its holder: three people, nothing promised before the last of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.people.roles import Role
from ledger.equity import grants, register
from ledger.equity.securities import position
from ledger.equity.values import Award, EngagementKind, GrantDraft, Group, Holder, HolderKind, Plan
from ledger.equity.vesting.templates import TEMPLATES
from ledger.reading import every, find
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import officer

TODAY = make.NOW.date().isoformat()


@dataclass(frozen=True)
class Room:
    """Three people, and the plan that a grant comes from."""

    site: Site
    steward: Browser
    board: Browser
    ana: str
    plan: str
    board_id: str

    def form(self, **changes: str) -> dict[str, str | list[str]]:
        """Return the details of a grant of 9,000 share units to Ana, with changes."""
        plain = {
            "holder": self.ana,
            "plan_id": self.plan,
            "award_type": "RSU",
            "quantity": "9,000",
            "label": "RSU-77",
            "vesting": "4y/1y/monthly",
            "vesting_start": "2026-03-01",
            "grant_date": TODAY,
            "board_approved_on": TODAY,
            "resolution_ref": "board:2026-03",
            "exemption": "REG_D_506B",
        }
        return dict(plain | changes)

    def drafts(self) -> list[GrantDraft]:
        """Return all versions of all drafts."""
        return self.site.runner.read(every, GrantDraft)


@pytest.fixture
def room(site: Site) -> Room:
    """Return a cooperative with a pool, a steward, somebody of the board, and Ana."""

    def deed(db: Session) -> tuple[str, str, str, str]:
        make.company(db)
        people = [make.holder(db) for _ in range(3)]
        return people[0].id, people[1].id, people[2].id, make.plan(db).id

    steward, board, ana, plan = site.runner.run(deed)
    return Room(site, officer(site, steward, Role.STEWARD), officer(site, board, Role.BOARD), ana, plan, board)


def drafted(room: Room, **changes: str) -> str:
    """Return the id of a draft that the steward has just recorded."""
    return room.steward.send("/steward/grants/drafts", **room.form(**changes)).rpartition("/")[2]


def test_the_check_says_it_in_a_sentence_and_records_nothing(room: Room) -> None:
    seen = words_of(room.steward.post("/steward/grants/check", room.form()))
    assert "receives 9,000 units" in seen
    assert "Nothing becomes theirs before 1 Mar 2027; on that day 2,250 do." in seen
    assert "36 more steps of 187 to 188 each, until 1 Mar 2030" in seen
    assert "The pool has room: 2,000,000 before, 1,991,000 after." in seen
    assert "The schedule adds up to exactly 9,000." in seen
    assert room.drafts() == []


def test_three_people_make_a_grant(room: Room) -> None:
    draft = drafted(room)
    assert "Waits for the board" in room.steward.see("/steward/grants")
    assert room.steward.post(f"/steward/grants/drafts/{draft}/issue", {}).status_code == 409
    shown = room.board.see(f"/board/grants/{draft}")
    digest = room.drafts()[0].terms_hash
    assert digest in shown
    assert "9,000" in shown
    assert room.board.send(f"/board/grants/{draft}/approve", terms_hash=digest, resolution_ref="board:2026-03") == (
        "/board"
    )
    assert "Approved by the board: RSU-77" in room.steward.see("/steward")
    issued = room.steward.send(f"/steward/grants/drafts/{draft}/issue", form_key="i1")
    held = room.site.runner.read(position, issued.rpartition("/")[2])
    assert (held.security.quantity, held.security.holder) == (9_000, room.ana)
    assert room.steward.send(f"/steward/grants/drafts/{draft}/issue", form_key="i2") == issued
    assert len(room.site.runner.read(every, Award)) == 1
    assert room.steward.get(f"/steward/grants/drafts/{draft}").headers["location"] == issued
    assert "Waits to be accepted" in room.steward.see(issued)


def test_a_valuation_of_more_than_twelve_months_ago_is_warned_of(room: Room) -> None:
    def valued(db: Session) -> None:
        make.valuation(db, find(db, Plan, room.plan).class_id)

    option = room.form(award_type="OPTION_NSO", price="0.10")
    old = "more than twelve months ago. Record a new one before you grant options."
    assert old not in words_of(room.steward.post("/steward/grants/check", option))
    room.site.runner.run(valued)
    assert old in words_of(room.steward.post("/steward/grants/check", option))
    assert old not in words_of(room.steward.post("/steward/grants/check", room.form()))


def test_what_is_wrong_is_told_at_its_field_and_all_else_is_kept(room: Room) -> None:
    for changes, field in (
        ({"quantity": "lots"}, "quantity"),
        ({"holder": ""}, "holder"),
        ({"grant_date": "2026-02-30"}, "grant_date"),
        ({"award_type": "OPTION_NSO"}, "price"),
        ({"vesting": "never"}, "vesting"),
        ({"vesting_start": ""}, "vesting_start"),
        ({"board_approved_on": "2027-01-01"}, "grant_date"),
    ):
        answer = room.steward.post("/steward/grants/check", room.form(**changes))
        assert answer.status_code in {400, 422}, (changes, answer.status_code, words_of(answer)[:300])
        assert title_of(answer).startswith("Error:")
        assert 'value="RSU-77"' in answer.text
        assert f'href="#f-{field}"' in answer.text
        assert f'id="e-{field}"' in answer.text
    assert room.drafts() == []


def test_a_change_keeps_what_was_written_and_voids_the_approval(room: Room) -> None:
    back = room.steward.post("/steward/grants/details", room.form(label="RSU-<78>"))
    assert 'value="RSU-&lt;78&gt;"' in back.text
    draft = drafted(room)
    digest = room.drafts()[0].terms_hash
    room.board.send(f"/board/grants/{draft}/approve", terms_hash=digest, resolution_ref="board:2026-03")
    assert 'value="9000"' in room.steward.get(f"/steward/grants/new?draft={draft}").text
    assert drafted(room, draft=draft, quantity="9500") == draft
    stale = room.board.post(f"/board/grants/{draft}/approve", {"terms_hash": digest, "resolution_ref": "board:7"})
    assert stale.status_code == 409
    assert "terms have changed" in words_of(stale)
    assert 'value="board:7"' in stale.text
    assert room.drafts()[-1].terms_hash in stale.text
    assert room.steward.post(f"/steward/grants/drafts/{draft}/issue", {}).status_code == 409


def test_who_drafts_or_receives_a_grant_does_not_approve_it(room: Room) -> None:
    both = officer(room.site, room.board_id, Role.STEWARD)
    draft = both.send("/steward/grants/drafts", **room.form()).rpartition("/")[2]
    assert "Somebody else approves it" in room.board.see(f"/board/grants/{draft}")
    form: dict[str, str | list[str]] = {"terms_hash": room.drafts()[0].terms_hash, "resolution_ref": "board:2026-03"}
    assert room.board.post(f"/board/grants/{draft}/approve", form).status_code == 403
    to_board = drafted(room, holder=room.board_id, label="RSU-79")
    assert "Somebody else approves it" in room.board.see(f"/board/grants/{to_board}")


def test_a_form_sent_twice_drafts_once_and_none_from_elsewhere(room: Room) -> None:
    assert drafted(room, form_key="k") == drafted(room, form_key="k")
    answer = room.steward.post("/steward/grants/drafts", room.form(), origin={"Origin": "http://elsewhere.test"})
    assert answer.status_code == 403
    assert room.board.post("/steward/grants/drafts", room.form()).status_code == 404
    assert len(room.drafts()) == 1


def test_the_check_tells_what_would_be_refused_later(room: Room) -> None:
    def poor(db: Session) -> str:
        made = register.add_holder(db, make.act(), kind=HolderKind.INDIVIDUAL, on=make.BEGINNING)
        register.engage(db, make.act(), made.id, kind=EngagementKind.C1099, shown_as=Group.STAFF, on=make.BEGINNING)
        return made.id

    ben = room.site.runner.run(poor)
    asked = room.form(holder=ben, award_type="OPTION_ISO", price="0.10", quantity="3000000", vesting="at once")
    seen = words_of(room.steward.post("/steward/grants/check", asked))
    assert "Would be refused: The pool has too little: 2,000,000 from that day on." in seen
    assert "Would be refused: An ISO can only go to an employee" in seen
    assert "All of them become theirs on 2 Mar 2026." in seen


def test_a_grant_nobody_accepted_is_retracted_with_a_reason(room: Room) -> None:
    draft = drafted(room)
    room.board.send(
        f"/board/grants/{draft}/approve", terms_hash=room.drafts()[0].terms_hash, resolution_ref="board:2026-03"
    )
    issued = room.steward.send(f"/steward/grants/drafts/{draft}/issue")
    assert title_of(room.steward.post(f"{issued}/retract", {"reason": " "})).startswith("Error:")
    assert room.steward.send(f"{issued}/retract", reason="For somebody else.") == issued
    assert room.site.runner.read(position, issued.rpartition("/")[2]).outstanding == 0
    assert "Retracted" in room.steward.see(issued)


def test_the_details_begin_with_what_the_last_grant_to_them_said(room: Room) -> None:
    def earlier(db: Session) -> None:
        plan = every(db, Plan)[0]
        ana = next(one for one in every(db, Holder) if one.id == room.ana)
        order = make.grant_order(
            plan, ana, quantity=1_234, vesting={"months": 24, "cliff_months": 0, "every_months": 1}
        )
        grants.draft_grant(db, make.act(), order, on=date(2024, 1, 15))

    room.site.runner.run(earlier)
    text = room.steward.get(f"/steward/grants/new?holder={room.ana}").text
    assert 'value="1234"' in text
    assert '<option value="2y/0/monthly" selected>' in text


def test_every_schedule_that_has_a_name_is_offered(room: Room) -> None:
    text = room.steward.get("/steward/grants/new").text
    assert [name for name in TEMPLATES if f'<option value="{name}"' not in text] == []
