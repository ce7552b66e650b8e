"""What somebody holds, as they are told it themselves: right at once, whatever is kept of earlier answers."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from random import Random

from fastapi import FastAPI
from sqlalchemy.orm import Session

from app.api.lists import AsOf
from app.api.own_equity import get_own_equity
from app.db import Runner, make_engine
from app.people.accounts import Account
from app.people.tokens import Scope
from app.web.member import equity
from app.web.visit import Here
from app.web.words import words
from ledger import journal
from ledger.equity import grants, reversals, splits, stock, transfers
from ledger.equity.certificates import Part
from ledger.equity.values import Holder, Plan, Security, SecurityKind, ShareClass
from ledger.errors import Refusal
from ledger.reading import every, find
from tests import make
from tests.api.client import Body, Company, Person

STEPS, DAYS_DEEDS = 32, 4
YEARLY = {"months": 48, "cliff_months": 12, "every_months": 12}


def brief(told: Body) -> list[tuple[str, ...]]:
    """What is left, has vested and has not, of each security."""
    return [(one["label"], one["outstanding"], one["vested"], one["unvested"]) for one in told["securities"]]


def own(company: Company, holder: str) -> tuple[Person, str]:
    """Somebody with a token for what is theirs, and where it is told."""
    return company.office.person(holder, Scope.EQUITY_OWN), f"/holders/{holder}/equity"


def test_a_member_is_told_at_once_what_they_hold(company: Company, service: FastAPI) -> None:
    """Of 4,800 units over 48 months with a cliff of 12, 1,200 vest after a year, and 100 in each month after."""
    ava, path = own(company, company.ava["id"])
    assert ava.told(path) == {"holder": company.ava["id"], "as_of": "2026-03-02", "classes": [], "securities": []}

    grant = company.granted(vesting_start="2025-03-10")
    told = ava.told(path)
    [one] = told["securities"]
    assert brief(told) == [("ES-1", "4800", "0", "4800")]
    assert one["next"] == {"date": "2026-03-10", "quantity": "1200"}
    assert (len(one["instalments"]), one["price_now"]["amount"], one["to_accept"]) == (37, "0.62", True)
    before = company.steward.http.get("/v1/_info").json()["head"]["size"]

    service.state.service.now = lambda: datetime(2026, 4, 10, 15, tzinfo=UTC)
    told = ava.told(path)
    assert brief(told) == [("ES-1", "4800", "1300", "3500")]
    company.shares(quantity="50", on="2026-04-01")
    told = ava.told(path)
    assert brief(told) == [("ES-1", "4800", "1300", "3500"), ("CS-1", "50", "50", "0")]
    [total] = told["classes"]
    assert (total["name"], total["quantity"], total["vested"], total["unvested"]) == ("Common", "4850", "1350", "3500")
    assert total["next"] == {"date": "2026-05-10", "quantity": "100"}

    company.steward.done(f"/securities/{grant['id']}/accept", {"on": "2026-04-01"})
    assert not ava.told(path)["securities"][0]["to_accept"]
    done = company.steward.post(f"/securities/{grant['id']}/exercise", {"quantity": "300", "on": "2026-04-02"}).json()
    assert brief(ava.told(path))[0] == ("ES-1", "4500", "1300", "3500")
    assert ava.told(path)["securities"][0]["exercisable"] == "1000"
    company.steward.done(f"/entries/{done['entries'][0]}/reverse", {"reason": "Never paid for."})
    assert brief(ava.told(path)) == brief(told)
    two_for_one = {"numerator": 2, "denominator": 1, "on": "2026-04-03"}
    company.steward.done(f"/share-classes/{company.common['id']}/splits", two_for_one)
    assert brief(ava.told(path))[0] == ("ES-1", "9600", "2600", "7000")
    assert ava.told(path)["securities"][0]["price_now"]["amount"] == "0.31"
    assert brief(ava.told(path, as_of="2026-03-10", known_at=before)) == [("ES-1", "4800", "1200", "3600")]
    assert ava.get(path, known_at=10_000).status_code == 404


def test_what_others_get_changes_nothing_of_it(company: Company) -> None:
    ava, path = own(company, company.ava["id"])
    certificate = company.shares()
    first = ava.get(path)
    ben = company.holder()
    company.granted(holder=ben)
    again = ava.http.get(f"/v1{path}", headers=ava.headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    of_ben, bens = own(company, ben)
    assert brief(of_ben.told(bens)) == [("ES-1", "4800", "1200", "3600")]
    company.steward.done(
        f"/securities/{certificate['id']}/transfer", {"to": ben, "quantity": "400", "on": "2026-03-01"}
    )
    assert [one[1] for one in brief(ava.told(path))] == ["0", "600"]
    assert brief(of_ben.told(bens))[1][1:] == ("400", "400", "0")


def _granted(db: Session, draw: Random, holders: list[str], on: date) -> object:
    to = find(db, Holder, draw.choice(holders))
    return make.grant(db, every(db, Plan)[0], to, quantity=draw.randint(1, 9) * 480, vesting=YEARLY)


def _issued(db: Session, draw: Random, holders: list[str], on: date) -> object:
    order = stock.StockOrder(draw.choice(holders), every(db, ShareClass)[0].id, draw.randint(1, 900))
    return stock.issue_stock(db, make.act(), order, on=on)


def _accepted(db: Session, draw: Random, holders: list[str], on: date) -> None:
    grants.accept(db, make.act(), _one(db, draw, SecurityKind.AWARD), on=on)


def _retracted(db: Session, draw: Random, holders: list[str], on: date) -> None:
    for newest in every(db, Security, kind=SecurityKind.AWARD)[-1:]:
        grants.retract(db, make.act(), newest.id, on=on, reason="A mistake.")


def _transferred(db: Session, draw: Random, holders: list[str], on: date) -> object:
    security = find(db, Security, _one(db, draw, SecurityKind.STOCK))
    return transfers.transfer(db, make.act(), security.id, draw.choice(holders), part=Part(draw.randint(1, 100)), on=on)


def _split(db: Session, draw: Random, holders: list[str], on: date) -> object:
    return splits.split_class(db, make.act(), every(db, ShareClass)[0].id, 2, 1, on=on)


def _undone(db: Session, draw: Random, holders: list[str], on: date) -> object:
    return reversals.reverse(db, make.act(), journal.size(db) - draw.randint(1, 3), reason="A mistake.")


def _of_no_matter(db: Session, draw: Random, holders: list[str], on: date) -> object:
    return make.holder(db)


def _one(db: Session, draw: Random, kind: SecurityKind) -> str:
    return draw.choice([one.id for one in every(db, Security, kind=kind)] or ["sec_none"])


DEEDS = [_granted, _issued, _issued, _accepted, _retracted, _transferred, _transferred, _undone, _of_no_matter]


def test_what_is_kept_is_what_would_be_found_whatever_is_done_meanwhile(sqlite_url: str) -> None:
    """After each of some deeds drawn at random, by another process, refused ones among them."""
    engine = make_engine(sqlite_url)
    runner, elsewhere, draw = Runner(engine), Runner(engine), Random(7)
    elsewhere.run(lambda db: (make.company(db), make.plan(db, make.share_class(db))))
    holders = [elsewhere.run(make.holder).id for _ in range(2)]
    done: Counter[str] = Counter()
    for step in range(STEPS):
        deed = _split if step == STEPS // 2 else draw.choice(DEEDS)
        now = make.NOW + timedelta(days=60 * (step // DAYS_DEEDS))
        with suppress(Refusal):
            elsewhere.run(deed, draw, holders, now.date())
            done[deed.__name__] += 1
        for holder in holders:
            kept = runner.read(get_own_equity, holder, AsOf(), now)
            here = Here(words("en"), now, "/equity", {}, Account("acc_1", holder, "A", None, ended=False))
            page = runner.read(equity, here)
            with Session(engine) as db:
                assert kept == get_own_equity(db, holder, AsOf(), now), (step, deed)
                assert page == equity(db, here), (step, deed)
            assert runner.read(get_own_equity, holder, AsOf(), now) is kept
    assert {deed.__name__ for deed in (*DEEDS, _split)} == set(done)
    engine.dispose()
