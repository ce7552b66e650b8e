"""Somebody who acts in a role, with a browser."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.people import accounts, roles
from app.people.roles import Role
from app.web.site import COOKIE
from tests.web.browser import Browser, Site

PROVIDER, STEWARD, BOARD = "hld_provider_001", "hld_founder_001", "hld_founder_002"
"""Of the sample cooperative: a provider, who drafts grants, and who approves them."""


def officer(site: Site, holder: str, role: Role) -> Browser:
    """Return a browser in which a holder acts in a role, which they have from now on."""

    def deed(db: Session) -> str:
        act = site.act()
        found = accounts.account_of_holder(db, holder) or accounts.create_account(db, act, holder=holder)
        if role not in roles.roles_of(db, found.id, act.now):
            roles.give(db, act, found.id, role, is_first=True)
        secret = accounts.start_session(db, act, found.id)
        accounts.act_in(db, accounts.digest_of(secret), role.value)
        return secret

    return Browser(site, {COOKIE: site.runner.run(deed)})
