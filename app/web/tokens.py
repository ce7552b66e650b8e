"""The administrator's page of tokens: what programs show to be let in. Each secret is shown once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.layoffs import take_back
from app.people import tokens, vault
from app.people.program_tokens import DAYS, SCOPES, create_program_token
from app.people.roles import Role
from app.people.tokens import Scope, Token
from app.web.admin import AUTHORITY
from app.web.site import Go, Here, Pages, View
from ledger.types import Act

pages = Pages(early=True)
PATH = "/admin/tokens"
MOST = 100
"""How many tokens a list shows."""

TEXTS: Mapping[Scope, str] = {
    Scope.SESSIONS_WRITE: "Hand in delivered sessions, put rows right and undo imports",
    Scope.SESSIONS_TOTALS: "Read totals of sessions over groups of 11 people or more",
    Scope.EVENTS_READ: "Follow what happens: kind, moment and id of each event, and nobody's name",
    Scope.WEBHOOKS_WRITE: "Manage webhooks: where events are sent, and their secrets",
    Scope.PROPOSALS_READ: "Read proposals, comments, turnout and results",
    Scope.POLICIES_READ: "Read the rules, in force and past",
    Scope.PATRONAGE_READ: "Read declarations and the books of capital, in total",
    Scope.CAPTABLE_READ: "Read the register, securities and cap tables; people appear by their ids",
}
"""What a scope lets a program do, in words."""

WARNINGS: Mapping[Scope, str] = {
    Scope.SESSIONS_WRITE: "It writes in the record: sessions decide what members are credited with.",
    Scope.WEBHOOKS_WRITE: "It can send events anywhere on the internet.",
    Scope.CAPTABLE_READ: "It reads who holds how much. An id leads to a person for whoever sees both.",
}
"""Why to think twice, of those that reach far."""


@pages.get(PATH, Role.ADMIN)
def all_tokens(db: Session, here: Here) -> View:
    """Every token, those that open something first, and a form for another."""
    found = list(reversed(tokens.tokens(db)))
    good = [one for one in found if not _is_over(one, here)]
    over = [one for one in found if _is_over(one, here)]
    shown = [*good[:MOST], *over[:MOST]]
    people = sorted({one.actor for one in shown if one.actor.startswith("hld_")})
    view = {
        "good": good[:MOST],
        "count": len(good),
        "over": over[:MOST],
        "most": MOST,
        "called": vault.names(db, people) if people else {},
        "far": {*WARNINGS, *(set(Scope) - set(SCOPES))},
        "offered": [(one, here.words.say(TEXTS[one]), _warning(here, one)) for one in SCOPES],
        "days": DAYS,
        "chosen": set(here.lists.get("scopes", ())),
    }
    return View("tokens.html", view)


def _is_over(one: Token, here: Here) -> bool:
    return one.revoked_at is not None or (one.expires_at is not None and one.expires_at <= here.now)


def _warning(here: Here, scope: Scope) -> str:
    return here.words.say(WARNINGS[scope]) if scope in WARNINGS else ""


@pages.post(PATH, Role.ADMIN, again=all_tokens, authority=AUTHORITY)
def make(db: Session, act: Act, here: Here) -> View:
    """Make a token for a program and show its secret, once: it stands neither in the address nor in what is kept."""
    days = here.form.get("days", "")
    made, secret = create_program_token(
        db,
        act,
        program=here.form.get("program", ""),
        label=here.form.get("label", ""),
        scopes=here.lists.get("scopes", ()),
        days=int(days) if days.isascii() and days.isdecimal() and len(days) < 9 else 0,
    )
    return View("token_secret.html", {"one": made, "secret": secret})


@pages.post(f"{PATH}/revoke", Role.ADMIN, again=all_tokens, authority=AUTHORITY)
def revoke(db: Session, act: Act, here: Here) -> Go:
    """Revoke a token, at once and for good."""
    gone = take_back(db, act, here.form.get("token", ""))
    return Go(PATH, here.words.say("{label}: this token opens nothing any more.", label=gone.label))
