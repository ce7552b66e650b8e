"""Events sent to other programs: signed as somebody else's library has it, tried again, and never lost."""

from __future__ import annotations

import ipaddress
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app import clock
from app.people.tables import idempotency
from app.people.tokens import Scope
from app.secret.keys import KeyFile
from app.webhooks import courier, deliveries, delivery_log, endpoints
from app.webhooks.setup import Outgoing
from app.webhooks.tables import webhook
from app.webhooks.targets import Allowed
from ledger import journal
from ledger.types import Act
from tests.api.client import Body, Company, Office, Person, problem
from tests.webhooks.receiver import Receiver

HERE = Allowed((ipaddress.ip_network("127.0.0.0/8"),), http=True)


@pytest.fixture
def outgoing(office: Office, tmp_path: Path) -> Outgoing:
    """Return what webhooks go out with: to this machine, too."""
    made = Outgoing(KeyFile(tmp_path / "vestry.key"), HERE)
    office.http.app.state.service.outgoing = made  # type: ignore[attr-defined]
    return made


@pytest.fixture
def admin(office: Office, outgoing: Outgoing) -> Person:
    """Return who manages webhooks."""
    del outgoing
    return office.person("usr_admin", Scope.WEBHOOKS_WRITE)


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = clock.now()

    def __call__(self) -> datetime:
        return self.at


def rounds(office: Office, outgoing: Outgoing, now: Time | None = None) -> int:
    """Let a courier go a round."""
    return courier.go_round(office.runner, outgoing, now or clock.now)


def added(admin: Person, ehr: Receiver, **more: object) -> tuple[str, str]:
    """Have a webhook added, and return its id and its secret."""
    made = admin.done("/webhooks", {"label": "The EHR", "url": ehr.url} | more)
    return made["webhook"]["id"], made["secret"]


def log_of(admin: Person, id: str) -> list[Body]:
    """Return the log of a webhook."""
    told: list[Body] = admin.told(f"/webhooks/{id}/deliveries")["data"]
    return told


def test_each_event_since_comes_once_signed_and_the_same_as_in_the_feed(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    company = Company(office)
    size = office.runner.read(journal.size)
    _, secret = added(admin, ehr)
    grant = company.granted()
    assert rounds(office, outgoing) == 3
    assert rounds(office, outgoing) == 0
    events = ehr.events(secret)
    assert [one["type"] for one in events] == ["grant.drafted", "grant.approved", "grant.issued"]
    assert events[2]["data"] == {"id": grant["id"], "entry": size + 2, "reverses": None}
    assert events == company.steward.told("/events", after=size - 1)["data"]
    _, headers, body = ehr.got[0]
    assert headers["content-type"] == "application/json"
    assert len(body) < 200
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)


def test_types_are_chosen_and_the_past_can_be_asked_for(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    company = Company(office)
    company.granted()
    _, secret = added(admin, ehr, types=["grant.issued", "holder.added"], after=0)
    rounds(office, outgoing)
    assert [one["type"] for one in ehr.events(secret)] == ["holder.added", "grant.issued"]


def test_what_fails_is_tried_again_under_the_same_id_and_then_the_rest_comes(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    company, time = Company(office), Time()
    id, secret = added(admin, ehr)
    company.draft()
    company.draft()
    ehr.answers, ehr.says = [(500, {})], b"Internal secrets of the EHR"
    assert rounds(office, outgoing, time) == 0
    assert rounds(office, outgoing, time) == 0, "nothing is sent while it is quiet"
    assert len(ehr.got) == 1
    first = log_of(admin, id)[1]
    assert (first["state"], first["trouble"], first["status"], first["attempts"]) == ("waiting", "STATUS", 500, 1)
    assert "Internal" not in str(log_of(admin, id))
    assert office.runner.read(delivery_log.find_delivery, first["id"]).answer == "Internal secrets of the EHR"
    time.at += timedelta(seconds=7)
    assert rounds(office, outgoing, time) == 2
    assert len({headers["webhook-id"] for _, headers, _ in ehr.got}) == 2
    assert len(ehr.events(secret)) == 2
    assert {one["state"] for one in log_of(admin, id)} == {"delivered"}
    assert admin.told(f"/webhooks/{id}")["failing_since"] is None


def test_after_three_days_of_nothing_it_is_off_and_on_again_nothing_is_lost(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    company, time = Company(office), Time()
    id, _ = added(admin, ehr)
    company.draft()
    ehr.answers = [(503, {})] * 10
    begun = time.at
    with caplog.at_level(logging.WARNING, "vestry.webhooks"):
        while admin.told(f"/webhooks/{id}")["is_on"]:
            rounds(office, outgoing, time)
            time.at += timedelta(hours=2)
    assert timedelta(days=3) < time.at - begun < timedelta(days=5)
    assert len(ehr.got) == 10
    assert "webhook whk_" in caplog.text
    off = admin.told(f"/webhooks/{id}")
    assert off["off_why"] == "FAILING"
    assert [one["state"] for one in log_of(admin, id)] == ["given_up"]
    company.draft()
    assert rounds(office, outgoing, time) == 0
    problem(admin.post(f"/webhooks/{id}/test"), 409, "not_allowed_now")
    given_up = log_of(admin, id)[0]["id"]
    assert admin.done(f"/webhooks/{id}/turn-on")["is_on"]
    assert rounds(office, outgoing, time) == 1
    assert admin.done(f"/webhooks/{id}/deliveries/{given_up}/send-again")["state"] == "waiting"
    assert rounds(office, outgoing, time) == 1
    assert len(ehr.got) == 12


def test_it_waits_as_long_as_it_is_asked_and_gone_is_gone(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    company, time = Company(office), Time()
    id, _ = added(admin, ehr)
    company.draft()
    ehr.answers = [(429, {"Retry-After": "3600"}), (410, {})]
    rounds(office, outgoing, time)
    time.at += timedelta(minutes=50)
    rounds(office, outgoing, time)
    assert len(ehr.got) == 1
    time.at += timedelta(minutes=11)
    rounds(office, outgoing, time)
    assert admin.told(f"/webhooks/{id}")["off_why"] == "GONE"


def test_a_rotated_secret_signs_beside_the_one_before_for_a_day(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    office.http.app.state.service.now = clock.now  # type: ignore[attr-defined]
    id, old = added(admin, ehr)
    new = admin.done(f"/webhooks/{id}/rotate")["secret"]
    assert new != old
    admin.done(f"/webhooks/{id}/test")
    rounds(office, outgoing)
    [told] = ehr.events(new)
    assert (told["type"], ehr.events(old)) == ("webhook.test", [told])
    time = Time()
    time.at += timedelta(hours=25)
    office.runner.run(deliveries.send_again, _act(time.at), id, log_of(admin, id)[0]["id"])
    rounds(office, outgoing, time)
    assert [len(headers["webhook-signature"].split(" ")) for _, headers, _ in ehr.got] == [2, 1]


def _act(now: datetime) -> Act:
    return Act("cli", "role:operator", now)


def test_a_secret_is_shown_once_and_kept_nowhere_in_the_open(
    office: Office, admin: Person, ehr: Receiver, engine: Engine
) -> None:
    order = {"label": "The EHR", "url": ehr.url}
    first = admin.post("/webhooks", order, key="once").json()
    again = admin.post("/webhooks", order, key="once").json()
    secret = first["data"]["secret"]
    assert secret.startswith("whsec_")
    assert again["data"] == first["data"] | {"secret": None}
    assert len(admin.told("/webhooks")["data"]) == 1
    with engine.connect() as connection:
        kept = str([*connection.execute(select(webhook)), *connection.execute(select(idempotency))])
    assert secret not in kept
    assert secret.removeprefix("whsec_") not in kept
    assert secret not in str(admin.told("/webhooks"))


def test_another_key_file_sends_nothing_and_says_what_to_do(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver, tmp_path: Path
) -> None:
    id, _ = added(admin, ehr)
    admin.done(f"/webhooks/{id}/test")
    other = Outgoing(KeyFile(tmp_path / "other.key"), HERE)
    assert rounds(office, other) == 0
    assert ehr.got == []
    assert admin.told(f"/webhooks/{id}")["off_why"] == "SECRET"
    told = problem(admin.post(f"/webhooks/{id}/turn-on"), 409, "not_allowed_now")
    assert "rotate" in told["detail"]
    assert admin.done(f"/webhooks/{id}/rotate")["webhook"]["is_on"]
    assert outgoing.keys is not other.keys


def test_a_name_that_comes_to_mean_something_inside_is_not_followed(
    office: Office, admin: Person, ehr: Receiver, outgoing: Outgoing
) -> None:
    found = iter([["93.184.216.34"], ["127.0.0.1"]])
    asked = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return next(found)

    id, _ = added(admin, ehr, url="https://ehr.example.org/hooks")
    admin.done(f"/webhooks/{id}/test")
    public = Outgoing(outgoing.keys, Allowed(), resolver)
    next(found)
    assert rounds(office, public) == 0
    assert log_of(admin, id)[0]["trouble"] == "REFUSED"
    assert (asked, ehr.got) == ([("ehr.example.org", 443)], [])


def test_two_couriers_send_nothing_twice_and_a_dead_one_loses_nothing(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    company, time = Company(office), Time()
    added(admin, ehr)
    company.draft()
    assert rounds(office, outgoing, time) == 1
    company.draft()
    for id in office.runner.read(deliveries.lagging):
        office.runner.run(deliveries.put_in, _act(time.at), id)
    [busy] = office.runner.read(deliveries.busy, time.at)
    one = office.runner.read(deliveries.next_due, busy, time.at)
    assert one is not None
    assert office.runner.run(deliveries.claim, one, time.at) is not None, "and then this courier dies"
    assert office.runner.run(deliveries.claim, one, time.at) is None
    assert rounds(office, outgoing, time) == 0
    time.at += deliveries.CLAIM
    assert rounds(office, outgoing, time) == 1


def test_the_log_is_pruned_and_a_webhook_removed_takes_it_along(
    office: Office, outgoing: Outgoing, admin: Person, ehr: Receiver
) -> None:
    company, time = Company(office), Time()
    id, _ = added(admin, ehr)
    for _ in range(3):
        company.draft()
    admin.done(f"/webhooks/{id}/test")
    rounds(office, outgoing, time)
    page = admin.told(f"/webhooks/{id}/deliveries", limit=2)
    rest = admin.told(f"/webhooks/{id}/deliveries", limit=2, cursor=page["next"])
    assert [one["entry"] is None for one in page["data"] + rest["data"]] == [True, False, False, False]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    time.at += delivery_log.KEPT + timedelta(seconds=1)
    rounds(office, outgoing, time)
    assert log_of(admin, id) == []
    admin.done(f"/webhooks/{id}/remove")
    problem(admin.get(f"/webhooks/{id}"), 404, "not_found")
    assert admin.told("/webhooks")["data"] == []


def test_a_dry_run_and_a_refusal_leave_nothing(office: Office, admin: Person, ehr: Receiver) -> None:
    told = admin.post("/webhooks", {"label": "x", "url": ehr.url}, dry_run="true").json()
    assert told["dry_run"] is True
    for wrong in ({"url": "http://10.0.0.1/"}, {"types": ["grant.eaten"]}, {"label": ""}, {"more": 1}):
        problem(admin.post("/webhooks", {"label": "x", "url": ehr.url} | wrong), 422, "invalid")
    assert admin.told("/webhooks")["data"] == []
    assert office.runner.read(endpoints.webhooks) == []
