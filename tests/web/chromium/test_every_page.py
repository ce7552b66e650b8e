"""Every kind of page that a link leads to, from the menu of each role on: there, small, and readable for everybody."""

from __future__ import annotations

import pytest

from app.people.roles import Role
from app.web import render
from app.web.site import Anybody, Audience, Own, Signed
from tests.web.chromium import eyes
from tests.web.chromium.conftest import Opened, Place
from tests.web.chromium.crawl import ROUTES, crawl

HOLDER = {Role.STEWARD: "hld_founder_002", Role.BOARD: "hld_founder_001", Role.COUNCIL: "hld_provider_034"}
HOLDER |= {Role.TELLER: "hld_provider_035"}
"""Who acts in a role and holds something; the others are from outside."""

LOOKED_AT = {path for menu in render.MENUS.values() for path, _ in menu}
"""What stands in a menu; ``test_pages`` looks at it."""


def first_of(audience: Audience) -> Role | None:
    """Return as whom a page is looked at that several may see."""
    if audience in {Own, Signed, Anybody}:
        return None
    return audience[0] if isinstance(audience, tuple) else audience  # type: ignore[return-value]


MEANT_FOR = {route.path: first_of(route.audience) for route in ROUTES if "GET" in (route.methods or ())}


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_links_lead_to_pages_that_everybody_can_read(role: Role | None, place: Place, opened: Opened) -> None:
    holder = "hld_provider_012" if role is None else HOLDER.get(role)
    context = opened(place.cookie(holder, role))
    begin = [path for path, _ in render.MENUS[None if role is None else role.value]]
    found = crawl(context, [*begin, "/settings"])
    assert (found.dead, found.large) == ([], [])
    page, wrong = context.new_page(), []
    for pattern, path in found.paths.items():
        if pattern in LOOKED_AT or MEANT_FOR[pattern] is not role:
            continue
        page.goto(path)
        wrong += [f"{path}: {one}" for one in eyes.faults(page)]
    assert wrong == []
