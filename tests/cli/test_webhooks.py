"""Webhooks from a shell: added, tried, looked at, sent again, removed."""

from __future__ import annotations

import json

import pytest

from app.cli import exits
from tests.cli.conftest import Vestry
from tests.webhooks.receiver import receiver


def test_a_webhook_from_its_beginning_to_its_end(vestry: Vestry, monkeypatch: pytest.MonkeyPatch) -> None:
    vestry("migrate")
    monkeypatch.setenv("VESTRY_WEBHOOK_NETWORKS", "127.0.0.0/8")
    with receiver() as ehr:
        monkeypatch.setenv("VESTRY_WEBHOOK_HTTP", "true")
        made = vestry("webhook", "add", ehr.url, "--label", "The EHR", "--type", "grant.issued")
        id, secret = made.stdout.split()
        assert "can't be shown again" in made.stderr
        assert f"{id}  {ehr.url}  on  0 waiting  The EHR" in vestry("webhook", "list").stdout
        ehr.answers, ehr.says = [(500, {})], b"Out of order"
        refused = vestry("webhook", "test", id)
        assert (refused.returncode, "saying: Out of order" in refused.stderr) == (exits.FAILURE, True)
        log = [json.loads(line) for line in vestry("webhook", "deliveries", id, "--json").stdout.splitlines()]
        assert [(one["type"], one["state"], one["status"]) for one in log] == [("webhook.test", "waiting", 500)]
        taken = vestry("webhook", "resend", id, log[0]["id"])
        assert (taken.returncode, "they answered 204" in taken.stdout) == (exits.OK, True)
        assert [one["type"] for one in ehr.events(secret)] == ["webhook.test"]
    gone = vestry("webhook", "remove", id)
    assert (gone.returncode, ehr.url in gone.stdout) == (exits.OK, True)
