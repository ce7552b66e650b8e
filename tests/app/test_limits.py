"""One program that runs wild does not stop the others."""

from __future__ import annotations

import time

import pytest
from starlette.testclient import TestClient

from app import limits
from app.config import Settings
from app.db import Runner, make_engine
from app.limits import Limits, Standing
from app.main import create_app
from app.people.tokens import Scope, create_token, revoke_token
from tests import make
from tests.api.client import Office, Person, problem


class Watch:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def asked(of: Limits, times: int, shown: str | None = None, address: str = "192.0.2.1") -> list[Standing]:
    """Ask so many times."""
    found = [of.take(shown, address) for _ in range(times)]
    return [one for one in found if one is not None]


def test_a_minute_s_requests_may_come_at_once_and_then_as_many_as_time_brings_back() -> None:
    watch = Watch()
    of = Limits(0, 120, watch)
    assert [one.left for one in asked(of, 120)] == list(reversed(range(120)))
    refused = asked(of, 3)[-1]
    assert (refused.left, refused.wait, refused.whole_in) == (0, 1, 60)
    watch.now += 1
    assert [one.wait for one in asked(of, 3)] == [0, 0, 1]
    watch.now += 3600
    assert asked(of, 1)[0].left == 119


def test_a_good_token_has_a_bucket_of_its_own_and_a_wrong_one_costs_ten() -> None:
    of = Limits(100, 30, Watch())
    assert asked(of, 1, "Bearer good")[0].policy == "address"
    of.good("Bearer good")
    assert (asked(of, 1, "Bearer good")[0].policy, asked(of, 1, "Bearer good")[0].left) == ("token", 97)
    for n in range(3):
        assert asked(of, 1, f"Bearer guess {n}")[0].wait == 0
        of.wrong(f"Bearer guess {n}", "192.0.2.1")
    assert asked(of, 1, "Bearer guess 4")[0].wait > 0
    assert asked(of, 1, "Bearer good")[0].wait == 0
    assert asked(of, 1, address="192.0.2.2")[0].wait == 0


def test_a_network_of_one_customer_is_one_address() -> None:
    assert limits.network_of("2001:db8:1:2:3::4") == limits.network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert limits.network_of("2001:db8:1:3::4") != limits.network_of("2001:db8:1:2::9")
    assert [limits.network_of(one) for one in ("192.0.2.1", "", "not:one", "fe80::1%eth0")] == [
        "192.0.2.1",
        "",
        "not:one",
        "fe80::/64",
    ]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEPT", 3)
    of = Limits(10, 10, Watch())
    for n in (1, 2, 3, 1, 4, 5):
        asked(of, 1, address=f"192.0.2.{n}")
    assert [f"192.0.2.{n}" in of.addresses for n in range(1, 6)] == [True, False, False, True, True]


def test_no_limit_is_none_and_costs_next_to_nothing() -> None:
    of = Limits(0, 0, Watch())
    assert asked(of, 5, "Bearer x") == []
    of = Limits(3000, 300)
    of.good("Bearer good")
    started = time.process_time()
    asked(of, 2_000, "Bearer good")
    assert time.process_time() - started < 2_000 * 100e-6  # it takes some 3 µs; slow machines are no reason to fail


def test_what_is_too_much_is_refused_and_says_when_to_come_again(sqlite_url: str) -> None:
    engine, watch = make_engine(sqlite_url), Watch()
    app = create_app(Settings(database_url=sqlite_url, requests_per_token=5, requests_per_address=15))
    app.state.service.limits = Limits(5, 15, watch)
    app.state.service.now = lambda: make.NOW
    with TestClient(app) as http:
        runner = Runner(engine)
        steward = Office(http, runner).person("usr_steward")
        other = Office(http, runner).person("usr_other")
        answers = [steward.get("/holders") for _ in range(7)]
        assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
        stood = [answers[n].headers["ratelimit"] for n in (0, 1, 4)]
        assert stood == ['"address";r=14;t=4', '"token";r=3;t=24', '"token";r=0;t=60']
        told = problem(answers[6], 429, "too_many_requests")
        assert "5 requests a minute" in told["detail"]
        assert answers[6].headers["retry-after"] == "12"
        assert answers[6].headers["ratelimit-policy"] == '"token";q=5;w=60'
        assert other.get("/holders").status_code == 200
        assert http.get("/healthz").status_code == 200
        watch.now += 12
        assert steward.get("/holders").status_code == 200

        wrong = Person(http, {"Authorization": "Bearer vestry_00"})
        assert [wrong.get("/holders").status_code for _ in range(3)] == [401, 401, 429]
        token, secret = runner.run(create_token, make.act(), actor="usr_new", label="x", scopes=[Scope.CAPTABLE_READ])
        late = Person(http, {"Authorization": f"Bearer {secret}"})
        problem(late.get("/holders"), 429, "too_many_requests")
        watch.now += 60
        assert late.get("/holders").status_code == 200
        runner.run(revoke_token, token.id, make.NOW)
        problem(late.get("/holders"), 401, "token_invalid")
    engine.dispose()
