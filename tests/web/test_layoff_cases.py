"""Layoff cases: the council sees them first, those concerned from the day of notice, everybody else a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.people import vault
from app.people.holders import add_named_holder
from app.people.roles import Role
from governance import layoffs
from ledger import members
from ledger.equity import leaving
from ledger.equity.leaving import LeavingOrder
from ledger.equity.values import HolderKind, LeavingReason
from ledger.members import MemberClass
from ledger.types import Json
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import officer

TODAY = make.NOW.date()
WHY = "The contract with <the largest payer> ends."


@dataclass(frozen=True)
class Hall:
    """A steward, the council, and six providers."""

    site: Site
    steward: Browser
    council: Browser
    people: tuple[str, ...]

    def form(self, **changes: str | list[str]) -> dict[str, str | list[str]]:
        """Return a case about the first two."""
        plain: dict[str, str | list[str]] = {
            "reason": WHY,
            "affected": list(self.people[:2]),
            "notice_on": (TODAY + timedelta(days=1)).isoformat(),
            "last_day": (TODAY + timedelta(days=20)).isoformat(),
            "handover_days": "5",
        }
        return plain | changes


@pytest.fixture
def hall(site: Site) -> Hall:
    """Return them."""

    def deed(db: Session) -> tuple[str, str, tuple[str, ...]]:
        make.company(db)
        people = [make.holder(db) for _ in range(6)]
        for one in people:
            members.admit(db, make.act(), one.id, MemberClass.PROVIDER, on=make.BEGINNING)
        return make.holder(db).id, make.holder(db).id, tuple(one.id for one in people)

    steward, council, people = site.runner.run(deed)
    return Hall(site, officer(site, steward, Role.STEWARD), officer(site, council, Role.COUNCIL), people)


def test_the_council_sees_it_first_and_the_public_a_number(hall: Hall) -> None:
    hall.steward.send("/steward/layoffs", **hall.form())
    assert WHY in hall.council.see("/council/layoffs")
    concerned, other = hall.site.browser(hall.people[0]), hall.site.browser(hall.people[5])
    assert WHY not in concerned.see("/leaving")
    assert WHY not in other.see("/layoffs")
    [case] = hall.site.runner.read(layoffs.cases)
    hall.council.send(f"/council/layoffs/{case.case.id}/view", text="We see no other way.")
    hall.site.turn_to(make.NOW + timedelta(days=1))
    assert "We see no other way." in concerned.see("/leaving")
    told = other.get("/layoffs")
    assert "2 people" in words_of(told)
    assert all(id not in told.text for id in hall.people[:2])
    hall.steward.send(f"/steward/layoffs/{case.case.id}/withdraw", why="Another payer takes it over.")
    assert "It was taken back: Another payer takes it over." in concerned.see("/leaving")


def test_among_many_people_somebody_is_found_by_name_and_ticks_are_kept(hall: Hall) -> None:
    def many(db: Session) -> tuple[str, str]:
        made = []
        for n in range(40):
            called: dict[str, Json] = {"name": f"Somebody <{n}>"}
            made.append(add_named_holder(db, make.act(), called, kind=HolderKind.INDIVIDUAL, on=make.BEGINNING))
            make.engage(db, made[-1])
        return made[-1].id, vault.names(db)[hall.people[0]]

    last, name = hall.site.runner.run(many)
    assert name not in hall.steward.see("/steward/layoffs")
    form = hall.form(find="SOMEBODY <39", affected=[hall.people[0]], last_day="soon")
    found = hall.steward.post("/steward/layoffs/find", form)
    ticked, offered = re.findall(r'name="affected" value="(\w+)"( checked)?', found.text)
    assert (ticked, offered) == ((hall.people[0], " checked"), (last, ""))
    assert WHY in words_of(found)
    assert hall.site.runner.read(layoffs.cases) == []
    nobody = hall.steward.post("/steward/layoffs/find", hall.form(find="%_", affected=[hall.people[0]]))
    assert "Nobody else engaged is called so." in words_of(nobody)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"affected": []}, "Choose whom it concerns."),
        ({"reason": " "}, "Write something here."),
        ({"notice_on": TODAY.isoformat()}, "The council sees a case before anybody is told"),
        ({"last_day": TODAY.isoformat()}, "Nobody is let go before being told."),
        ({"handover_days": "many"}, "Write a whole number."),
        ({"affected": ["hld_nobody"]}, "There is no holder"),
    ],
)
def test_a_case_is_refused_and_keeps_what_was_written(
    hall: Hall, changes: dict[str, str | list[str]], told: str
) -> None:
    answer = hall.steward.post("/steward/layoffs", hall.form(**changes))
    assert answer.status_code in {409, 422}
    assert title_of(answer).startswith("Error:")
    assert told in words_of(answer)
    assert hall.site.runner.read(layoffs.cases) == []


def test_the_fifth_provider_in_thirty_days_needs_a_case(hall: Hall) -> None:
    def four(db: Session) -> None:
        for one in hall.people[:4]:
            leaving.terminate(db, make.act(), LeavingOrder(one, LeavingReason.INVOLUNTARY_OTHER, TODAY))

    hall.site.runner.run(four)
    seen = hall.steward.see(f"/steward/people/{hall.people[4]}/leaving?reason=INVOLUNTARY_OTHER&on={TODAY}")
    assert "file a layoff case first" in seen
    form: dict[str, str | list[str]] = {"reason": "INVOLUNTARY_OTHER", "on": TODAY.isoformat()}
    assert hall.steward.post(f"/steward/people/{hall.people[4]}/leaving", form).status_code == 409


def test_the_council_overturns_a_dismissal(hall: Hall) -> None:
    def dismissed(db: Session) -> None:
        order = LeavingOrder(
            hall.people[0],
            LeavingReason.INVOLUNTARY_WITH_CAUSE,
            TODAY,
            second_approver="usr_board",
            appeal_until=date(2026, 5, 1),
        )
        leaving.terminate(db, make.act(), order)

    hall.site.runner.run(dismissed)
    assert "dismissed for cause on 2 Mar 2026" in hall.council.see("/council/layoffs")
    hall.council.send(f"/council/dismissals/{hall.people[0]}/overturn", why="No cause was shown.")
    assert hall.site.runner.read(leaving.open_causes, hall.people[0]) == []
    assert hall.steward.get("/council/layoffs").status_code == 404
