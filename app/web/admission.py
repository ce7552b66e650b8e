"""Who is here, and whether a page is for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from sqlalchemy.orm import Session
from starlette.requests import Request

from app.people import accounts, preferences, roles
from app.people.roles import Role
from app.web import render
from app.web.answers import COOKIE, LANGUAGE, NOTE
from app.web.visit import Anybody, Audience, Go, Here, Own, Signed, View
from app.web.words import language_of, words
from ledger import journal
from ledger.equity.values import Issuer
from ledger.reading import every

ACT_AS = "act_as"
"""The field of a form that was held up in another role, and is now sent in this one."""


def visit(db: Session, request: Request, now: datetime) -> Here:
    """Return who is here, and where here is."""
    language = language_of(request.cookies.get(LANGUAGE), request.headers.get("accept-language", ""))
    issuers = every(db, Issuer)
    note = render.unpacked(request.cookies.get(NOTE, ""))
    head = journal.newest_head(db)
    here = Here(words(language), now, request.url.path, dict(request.query_params), note=note, head=head)
    if issuers:
        here = replace(here, company=issuers[0].legal_name, zone=issuers[0].time_zone, is_founded=True)
    secret = request.cookies.get(COOKIE)
    found = accounts.session_of(db, secret, now) if secret else None
    if found is None:
        return here
    account = accounts.find_account(db, found.account)
    if account.ended:
        return here
    here = _as_they_read(db, here, account.id)
    held = roles.roles_of(db, account.id, now)
    role = Role(found.role) if found.role is not None and Role(found.role) in held else None
    return replace(
        here,
        account=account,
        session=found.digest,
        seen_at=found.seen_at,
        role=role,
        roles=held,
    )


def _as_they_read(db: Session, here: Here, account: str) -> Here:
    """Return the visit in the language and the zone that somebody chose, where they chose one."""
    chosen = preferences.preferences_of(db, account)
    told = here.words if chosen.language is None else words(chosen.language)
    return replace(here, words=told, zone=chosen.zone or here.zone)


def roles_for(audience: Audience) -> tuple[Role, ...]:
    """Return the roles that a page is for; none where it is for whoever it is about."""
    if isinstance(audience, Role):
        return (audience,)
    return audience if isinstance(audience, tuple) else ()


def may(here: Here, audience: Audience) -> bool:
    """Return whether a page is for whoever is here, in the role in which they act."""
    if audience is Anybody:
        return True
    if audience is Signed:
        return here.account is not None
    if audience is Own:
        return here.account is not None and here.account.holder is not None
    return here.role is not None and here.role in roles_for(audience)


def could(here: Here, audience: Audience) -> tuple[Role, ...]:
    """Return the roles of whoever is here in which they might see a page."""
    return tuple(role for role in here.roles if role in roles_for(audience))


def keep_out(here: Here, audience: Audience, *, early: bool) -> View | Go | None:
    """Return what is shown instead of a page that is not for whoever is here; None if it is.

    Args:
        here: The visit.
        audience: Whom the page is for.
        early: Whether the page is there before the company is on record.
    """
    if audience is Anybody:
        return None
    if here.account is None:
        return Go(f"/sign-in?next={quote(here.path)}")
    if not here.is_founded and not early:
        return View("not_set_up.html", {}, HTTPStatus.CONFLICT)
    return None if may(here, audience) else View("no_such_page.html", {}, HTTPStatus.NOT_FOUND)


def in_another_role(request: Request, here: Here, audience: Audience) -> View:
    """Return the page that offers the role in which something can be seen or done.

    What a form sent is in it, so that it is sent again with one button; but no file, which a browser sends only when
    somebody has chosen it.
    """
    is_form = request.method == "POST"
    kept = [(name, value) for name, values in here.lists.items() if name != ACT_AS for value in values]
    values = {
        "needed": could(here, audience),
        "is_form": is_form,
        "kept": kept if is_form and not here.files else None,
        "back": _from_where(request, here) if is_form else here.path,
    }
    return View("other_role.html", values, HTTPStatus.CONFLICT if is_form else HTTPStatus.NOT_FOUND)


def _from_where(request: Request, here: Here) -> str:
    """Return the page of ours that a form was sent from, as far as the browser tells."""
    told = urlsplit(request.headers.get("referer", ""))
    return local(told.path) if told.netloc == request.headers.get("host") else render.home(here)


def local(address: str, otherwise: str = "/") -> str:
    """Return an address if it is one of ours, else another: ``//elsewhere`` is somebody else's."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else otherwise


def in_role(here: Here, audience: Audience) -> Here:
    """Return the visit in the role that a form asks for, if the page is for that role and they have it."""
    wanted = here.form.get(ACT_AS)
    found = next((role for role in could(here, audience) if role.value == wanted), here.role)
    form = {name: value for name, value in here.form.items() if name != ACT_AS}
    lists = {name: value for name, value in here.lists.items() if name != ACT_AS}
    return replace(here, role=found, form=form, lists=lists)
