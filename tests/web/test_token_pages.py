"""Tokens as an administrator sees them: made for a program, shown once, used, revoked; and what can't be made here."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from app.people import tokens
from app.people.tokens import Scope
from tests.web.browser import Site, words_of
from tests.web.test_webhook_pages import administrator

PATH = "/admin/tokens"
FORM: dict[str, str | list[str]] = {
    "label": "Hands in sessions each night",
    "program": "ehr",
    "scopes": ["sessions:write", "events:read"],
    "days": "90",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_token_is_made_shown_once_and_revoked(site: Site) -> None:
    pia = administrator(site)
    assert "No program is let in." in pia.see(PATH)
    shown = pia.post(PATH, FORM | {"form_key": "k1"})
    [secret] = re.findall(r'value="(vestry_[0-9a-f]+)"', shown.text)
    listed = pia.get(PATH)
    assert secret not in listed.text
    assert "Hands in sessions each night reaches far" in words_of(listed)
    assert "usr_ehr" in words_of(listed)
    assert "Never used." in words_of(listed)
    head = site.http.get("/v1/events", headers={"Authorization": f"Bearer {secret}"})
    assert head.status_code == 200
    [id] = re.findall(r'name="token" value="(tok_\w+)"', pia.get(PATH).text)
    pia.post(f"{PATH}/revoke", {"token": id})
    assert "Tokens that open nothing any more" in pia.see(PATH)
    assert site.http.get("/v1/events", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_reaches_further_is_made_on_the_machine_alone(site: Site) -> None:
    pia = administrator(site)

    def deed(db: Session) -> None:
        tokens.create_token(db, site.act(), actor="usr_board", label="x", scopes=[Scope.GRANTS_APPROVE])

    site.runner.run(deed)
    changes: tuple[tuple[dict[str, str | list[str]], str], ...] = (
        ({"scopes": ["events:read", "grants:approve"]}, "on the machine itself only"),
        ({"scopes": ["proposals:own"]}, "on the machine itself only"),
        ({"scopes": ["nonsense"]}, "on the machine itself only"),
        ({"scopes": []}, "at least one thing"),
        ({"program": "board"}, "Take another name"),
        ({"program": "hld_x"}, "small letters"),
        ({"label": " "}, "what it is for"),
        ({"days": "9999"}, "times that are offered"),
        ({"days": "²"}, "times that are offered"),
    )
    for change, said in changes:
        refused = pia.post(PATH, FORM | change)
        assert refused.status_code == 422, change
        assert said in words_of(refused)
    assert len(site.runner.run(tokens.tokens)) == 1
