"""Putting somebody on record, and admitting them: one membership, one vote."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from ledger.equity.register import engagements
from ledger.equity.values import EngagementKind, Holder
from ledger.members import MemberClass, members_on, memberships
from ledger.reading import every
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import officer

NEW = {
    "name": "Zoë <b>Ruiz</b>",
    "email": "zoe@example.org",
    "holder_kind": "INDIVIDUAL",
    "kind": "C1099",
    "shown_as": "provider",
    "licensed": "yes",
    "on": "2026-03-02",
}


@pytest.fixture
def steward(site: Site) -> Browser:
    """Return the browser of a steward of a young cooperative."""

    def deed(db: Session) -> str:
        make.company(db)
        return make.holder(db, engaged=EngagementKind.OWNER).id

    return officer(site, site.runner.run(deed), Role.STEWARD)


def test_a_person_is_added_and_admitted(site: Site, steward: Browser) -> None:
    path = steward.send("/steward/people", **NEW)
    holder = path.rpartition("/")[2]
    assert site.runner.read(vault.names)[holder] == NEW["name"]
    [(engaged, _)] = site.runner.read(engagements, holder)
    assert engaged.kind is EngagementKind.C1099
    assert "&lt;b&gt;Ruiz" in steward.get(path).text
    admitted = steward.send(f"{path}/membership", member_class="PROVIDER", on="2026-03-02", buy_in="250.00")
    assert admitted == path
    [(made, _)] = site.runner.read(memberships, holder)
    assert (made.number, made.buy_in_due) == (1, 25_000)
    assert site.runner.read(members_on, make.NOW.date()) == {holder: MemberClass.PROVIDER}
    assert "Admit them" not in steward.see(path)


def test_what_is_wrong_is_told_and_the_rest_is_kept(site: Site, steward: Browser) -> None:
    before = len(site.runner.read(every, Holder))
    for changes, field in (({"name": " "}, "name"), ({"on": "soon"}, "on"), ({"kind": "BOSS"}, "kind")):
        answer = steward.post("/steward/people", dict(NEW | changes))
        assert (answer.status_code, title_of(answer)[:6]) == (422, "Error:"), words_of(answer)[:200]
        assert f'href="#f-{field}"' in answer.text
        assert 'value="zoe@example.org"' in answer.text
    assert len(site.runner.read(every, Holder)) == before


def test_nobody_is_admitted_twice(site: Site, steward: Browser) -> None:
    path = steward.send("/steward/people", **NEW)
    form: dict[str, str | list[str]] = {"member_class": "PROVIDER", "on": "2026-03-02", "buy_in": "0.00"}
    steward.send(f"{path}/membership", **form)
    again = steward.post(f"{path}/membership", form)
    assert again.status_code == 409
    assert "is a member already" in words_of(again)
    assert len(site.runner.read(members_on, make.NOW.date())) == 1
    assert site.browser(path.rpartition("/")[2]).post(f"{path}/membership", form).status_code == 404
