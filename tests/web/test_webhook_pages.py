"""Webhooks as an administrator sees them: added, tried, sent again, turned off with a letter, removed."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app import clock
from app.mail import webhooks as letters
from app.mail.readers import Readers
from app.people import accounts, roles
from app.people.roles import Role
from app.secret.keys import KeyFile
from app.web.site import COOKIE
from app.webhooks import courier, endpoints
from app.webhooks.endpoints import Off
from app.webhooks.setup import Outgoing
from app.webhooks.targets import Allowed
from tests.web.browser import Browser, Site, words_of
from tests.webhooks.receiver import receiver


def administrator(site: Site, email: str | None = None) -> Browser:
    """Return a browser in which somebody administers the service."""

    def deed(db: Session) -> str:
        made = accounts.create_account(db, site.act(), name="Pia Lindqvist", email=email)
        roles.give(db, site.act(), made.id, Role.ADMIN, is_first=True)
        cookie = accounts.start_session(db, site.act(), made.id)
        accounts.act_in(db, accounts.digest_of(cookie), Role.ADMIN.value)
        return cookie

    return Browser(site, {COOKIE: site.runner.run(deed)})


def test_an_administrator_adds_a_webhook_tries_it_and_sees_what_was_answered(site: Site, tmp_path: Path) -> None:
    outgoing = Outgoing(KeyFile(tmp_path / "key"), Allowed((ipaddress.ip_network("127.0.0.0/8"),), http=True))
    site.http.app.state.service.outgoing = outgoing  # type: ignore[attr-defined]
    pia = administrator(site)
    assert "Nowhere." in pia.see("/admin/webhooks")
    wrong = pia.post("/admin/webhooks", {"label": "The EHR", "url": "https://10.0.0.1/", "types": "grant.issued"})
    assert wrong.status_code == 422
    assert "public internet only" in words_of(wrong)
    assert "grant.issued" in wrong.text, "what was written stands there again"
    with receiver() as ehr:
        form: dict[str, str | list[str]] = {
            "label": "The EHR",
            "url": ehr.url,
            "types": "grant.issued\nholder.added",
            "form_key": "k1",
        }
        shown = pia.post("/admin/webhooks", form)
        [secret] = re.findall(r'value="(whsec_[^"]+)"', shown.text)
        [at] = set(re.findall(r"/admin/webhooks/whk_\w+", shown.text))
        assert secret not in pia.get("/admin/webhooks").text + pia.get(at).text
        pia.send(f"{at}/test")
        ehr.answers, ehr.says = [(503, {})], b"<script>Down for repair</script>"
        assert courier.go_round(site.runner, outgoing, clock.now) == 0
        page = pia.get(at)
        assert "<script>Down" not in page.text
        assert "They answered 503" in words_of(page)
        assert "They said: <script>Down for repair</script>" in words_of(page)
        [delivery] = set(re.findall(r'value="(msg_\w+)"', page.text))
        pia.send(f"{at}/again", delivery=delivery)
        assert courier.go_round(site.runner, outgoing, clock.now) == 1
        assert "taken" in pia.see(at)
        assert [one["type"] for one in ehr.events(secret)] == ["webhook.test"]
    pia.send(f"{at}/off")
    assert "Somebody turned it off." in pia.see("/admin/webhooks")
    assert pia.post(f"{at}/test", {}).status_code == 409
    pia.send(f"{at}/on")
    pia.send(f"{at}/change", label="The other EHR", url="http://127.0.0.1:9/", types="")
    assert "The other EHR" in pia.see(at)
    assert "whsec_" in pia.post(f"{at}/rotate", {"form_key": "k2"}).text
    assert pia.send(f"{at}/remove") == "/admin/webhooks"
    assert pia.get(at).status_code == 404


def test_administrators_get_a_letter_when_nothing_could_be_delivered(site: Site, tmp_path: Path) -> None:
    administrator(site, "pia@example.org")
    outgoing = Outgoing(KeyFile(tmp_path / "key"), Allowed())
    url = "https://ehr.example.org/"

    def off(db: Session, why: Off) -> str:
        one, _ = endpoints.add_webhook(db, site.act(), outgoing, label=why.value, url=url)
        endpoints.turn_off(db, site.act(), one.id, why)
        return one.id

    site.runner.run(off, Off.BY_HAND)
    id = site.runner.run(off, Off.FAILING)
    act = site.act()
    [due] = site.runner.read(lambda db: list(letters.rounds(db, act)))
    [(to, letter)] = site.runner.read(lambda db: due.letters(db, Readers(db)))
    assert (to.address, letter.page) == ("pia@example.org", f"/admin/webhooks/{id}")
    assert "ehr.example.org" in letter.paragraphs[0]
    site.turn_to(site.moments[0] + timedelta(days=8))
    later = site.act()
    assert site.runner.read(lambda db: list(letters.rounds(db, later))) == []
