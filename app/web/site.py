"""How a plain function becomes a page: the one place where browsers meet sessions.

A page is written as the function that finds what it shows, or does what its form asks for::

    @pages.get("/equity", Own)
    def equity(db: Session, here: Here) -> View:
        \"\"\"My equity.\"\"\"

    @pages.post("/decisions/{proposal}/ballot", Own, again=ballot)
    def vote(db: Session, act: Act, here: Here, proposal: str) -> Go:
        \"\"\"Cast or change a ballot.\"\"\"

So none can forget who may see it, the journal's lock, the check that a form was sent from our own page, or that a form
sent twice is carried out once. A refusal shows the form again, with what was written in it.

A form that sends a file posts to an address that ends with ``/upload``, where larger bodies are let in (``app.gate``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app import clock
from app.api.idempotency import Answer, Claim, earlier_answer, keep_answer
from app.api.service import Service
from app.api.uploads import FORM, Part, parts_of
from app.errors import problem_type
from app.people import accounts, roles
from app.people.accounts import Account
from app.people.roles import Role
from app.web import render
from app.web.words import Words, language_of, words
from ledger import journal
from ledger.equity.values import Issuer
from ledger.errors import NotFound, Refusal
from ledger.reading import every
from ledger.types import Act

COOKIE, LANGUAGE, NOTE = "vestry_session", "vestry_language", "vestry_note"
MOST_FORM_BYTES = 256 * 1024
MOST_PARTS = 200
"""How many files and how many other fields a form with files may have."""


@dataclass(frozen=True, slots=True)
class Own:
    """Whoever is signed in and is a holder: what is their own."""


@dataclass(frozen=True, slots=True)
class Anybody:
    """Signed in or not."""


Audience: TypeAlias = Role | type[Own] | type[Anybody] | tuple[Role, ...]
"""Who may see a page: one role or one of several, whoever it is about, or anybody."""


@dataclass(frozen=True, slots=True)
class Here:
    """What a page knows of its visit.

    Attributes:
        account: Who is signed in; None for nobody.
        role: The role in which they act; None for what is their own.
        roles: All they have.
        zone: Where they read times: the company's zone.
        note: What was just done, in one sentence.
        form: What a form sent, field to text; the last of several.
        lists: The same, with all of several.
        files: Field to the file that was chosen for it; what it was called is forgotten, it may be a client's name.
        wrong: Field to what is wrong with it; under ``""`` what is wrong with all of it.
    """

    words: Words
    now: datetime
    path: str
    query: Mapping[str, str]
    account: Account | None = None
    session: str | None = None
    role: Role | None = None
    roles: tuple[Role, ...] = ()
    company: str = "Vestry"
    zone: str = "UTC"
    note: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def me(self) -> str:
        """Holder id of whoever is signed in.

        Raises:
            NotFound: They hold nothing and are no member.
        """
        if self.account is None or self.account.holder is None:
            raise NotFound("This page is for whoever holds something here or is a member.")
        return self.account.holder

    def filled(self, name: str, otherwise: object = "") -> str:
        """Return what somebody wrote into a field, or what stands there first."""
        return self.form.get(name, str(otherwise))


@dataclass(frozen=True, slots=True)
class View:
    """A page to show: its template and what stands in it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """Where to go on, and what to say there.

    Attributes:
        note: One sentence about what was done.
        cookie: A session to begin, or an empty text to end one.
    """

    to: str
    note: str = ""
    cookie: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """Something to save."""

    content: bytes
    media_type: str
    name: str


Page: TypeAlias = Callable[..., View | File | Go]


@dataclass(frozen=True, slots=True)
class Form:
    """What a form does, and how."""

    deed: Page
    again: Page | None
    authority: str
    long: bool


class Pages:
    """The pages of one audience."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def get(self, path: str, audience: Audience, *, long: bool = False) -> Callable[[Page], Page]:
        """Make a function of ``(db, here, …)`` a page; ``long`` ones run in a thread."""

        def declare(page: Page) -> Page:
            async def endpoint(request: Request) -> Response:
                return await _answer(request, partial(_read, audience, page, long=long))

            self.routes.append(Route(path, endpoint, methods=["GET"], name=page.__name__, include_in_schema=False))
            return page

        return declare

    def post(
        self,
        path: str,
        audience: Audience,
        *,
        again: Page | None = None,
        authority: str = "role:member",
        long: bool = False,
    ) -> Callable[[Page], Page]:
        """Make a function of ``(db, act, here, …)`` what a form does.

        Args:
            path: Where the form is sent.
            audience: Who may send it.
            again: The page that shows the form again when it is refused.
            authority: In which capacity they act.
            long: Whether it takes so long that it runs in a thread.
        """

        def declare(deed: Page) -> Page:
            form = Form(deed, again, authority, long)

            async def endpoint(request: Request) -> Response:
                return await _answer(request, partial(_write, audience, form))

            self.routes.append(Route(path, endpoint, methods=["POST"], name=deed.__name__, include_in_schema=False))
            return deed

        return declare


async def _answer(request: Request, work: Callable[[Request, Service, Here], Any]) -> Response:
    service: Service = request.app.state.service
    now = request.app.dependency_overrides.get(clock.now, clock.now)()
    here = await service.door.read(_visit, request, now)
    try:
        response: Response = await work(request, service, here)
    except Refusal as refusal:
        response = _refusal(here, refusal)
    return response


def _visit(db: Session, request: Request, now: datetime) -> Here:
    """Return who is here, and where here is."""
    language = language_of(request.cookies.get(LANGUAGE), request.headers.get("accept-language", ""))
    issuers = every(db, Issuer)
    note = render.unpacked(request.cookies.get(NOTE, ""))
    here = Here(words(language), now, request.url.path, dict(request.query_params), note=note)
    if issuers:
        here = replace(here, company=issuers[0].legal_name, zone=issuers[0].time_zone)
    secret = request.cookies.get(COOKIE)
    found = accounts.session_of(db, secret, now) if secret else None
    if found is None:
        return here
    account = accounts.find_account(db, found.account)
    if account.ended:
        return here
    held = roles.roles_of(db, account.id, now)
    role = Role(found.role) if found.role is not None and Role(found.role) in held else None
    return replace(here, account=account, session=found.digest, role=role, roles=held)


def _may(here: Here, audience: Audience) -> bool:
    if audience is Anybody:
        return True
    if audience is Own:
        return here.account is not None and here.account.holder is not None
    wanted = audience if isinstance(audience, tuple) else (audience,)
    return here.role in wanted


def _keep_out(request: Request, here: Here, audience: Audience) -> Response | None:
    if _may(here, audience):
        return None
    if here.account is None:
        return RedirectResponse(f"/sign-in?next={request.url.path}", HTTPStatus.SEE_OTHER)
    return _shown(here, View("no_such_page.html", {}, HTTPStatus.NOT_FOUND))


async def _read(
    audience: Audience, page: Page, request: Request, service: Service, here: Here, *, long: bool
) -> Response:
    refused = _keep_out(request, here, audience)
    if refused is not None:
        return refused
    asked = dict(request.path_params)
    if long:
        told = await run_in_threadpool(partial(service.reports.read, page, here, **asked))
    else:
        told = await service.door.read(page, here, **asked)
    return _shown(here, told)


async def _write(audience: Audience, form: Form, request: Request, service: Service, here: Here) -> Response:
    if not is_our_own(request):
        return _shown(here, View("not_from_here.html", {}, HTTPStatus.FORBIDDEN))
    refused = _keep_out(request, here, audience)
    if refused is not None:
        return refused
    here = await _with_form(request, here)
    asked = dict(request.path_params)
    act = Act(here.account.actor if here.account else "visitor", form.authority, here.now)
    try:
        if form.long:
            told = await run_in_threadpool(partial(service.reports.run, _once, form.deed, act, here, asked))
        else:
            told = await service.door.run(_once, form.deed, act, here, asked)
    except Refusal as refusal:
        if form.again is None:
            raise
        wrong = replace(here, wrong={refusal.field or "": str(refusal)})
        shown = await service.door.read(form.again, wrong, **asked)
        assert isinstance(shown, View)
        return _shown(wrong, replace(shown, status=problem_type(type(refusal)).status))
    return _shown(here, told)


def is_our_own(request: Request) -> bool:
    """Return whether a form was sent from one of our own pages: no other site may send one in somebody's name."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


async def _with_form(request: Request, here: Here) -> Here:
    body = await request.body()
    if request.headers.get("content-type", "").lower().startswith(FORM):
        return _filled(here, await parts_of(request, body, most=MOST_PARTS))
    if len(body) > MOST_FORM_BYTES:
        raise NotFound("This form is too large.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2_000)
    return _filled(here, [Part(name, value.encode(), is_file=False) for name, value in pairs])


def _filled(here: Here, parts: Iterable[Part]) -> Here:
    lists: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    for part in parts:
        if part.is_file:
            files[part.name] = part.content
        else:
            text = part.content.decode("utf-8", "replace")
            # a browser sends line ends of its own kind, and nobody means a NUL
            lists[part.name] = (*lists.get(part.name, ()), text.replace("\r\n", "\n").replace("\x00", ""))
    form = {name: values[-1] for name, values in lists.items()}
    return replace(here, form=form, lists=lists, files=files)


def _once(db: Session, deed: Page, act: Act, here: Here, asked: Mapping[str, str]) -> View | File | Go:
    """Carry a form out; the same form sent twice is carried out once, and leads to the same place."""
    journal.lock(db)
    key, claim = here.form.get("form_key"), None
    if key and here.session:
        files = sorted((name, sha256(content).hexdigest()) for name, content in here.files.items())
        body = repr((sorted(here.lists.items()), files)).encode()
        claim = Claim.of(f"web:{here.session[:32]}", key, b"POST", here.path.encode(), body)
        earlier = earlier_answer(db, claim)
        if earlier is not None:
            to, _, note = earlier.body.decode().partition("\n")
            return Go(to, note)
    told = deed(db, act, here, **asked)
    if claim is not None and isinstance(told, Go):
        keep_answer(db, claim, Answer(HTTPStatus.SEE_OTHER, f"{told.to}\n{told.note}".encode()), at=act.at)
    return told


def _shown(here: Here, told: View | File | Go) -> Response:
    if isinstance(told, Go):
        return _gone(here, told)
    if isinstance(told, File):
        headers = {"Content-Disposition": f'attachment; filename="{told.name}"'}
        return Response(told.content, 200, headers, media_type=told.media_type)
    text = render.page(told.template, here, told.values, form_key=secrets.token_urlsafe(12))
    response = Response(text, told.status, render.HEADERS, media_type="text/html; charset=utf-8")
    if here.note:
        response.delete_cookie(NOTE)
    return response


def _gone(here: Here, told: Go) -> Response:
    response = RedirectResponse(told.to, HTTPStatus.SEE_OTHER)
    if told.note:
        response.set_cookie(NOTE, render.packed(told.note), max_age=60, httponly=True, samesite="lax")
    if told.cookie is not None:
        if told.cookie:
            week = accounts.LONGEST_DAYS * 86_400
            response.set_cookie(COOKIE, told.cookie, max_age=week, httponly=True, samesite="lax", secure=render.SECURE)
        else:
            response.delete_cookie(COOKIE)
    if told.language is not None:
        response.set_cookie(LANGUAGE, told.language, max_age=31_536_000, httponly=True, samesite="lax")
    del here
    return response


def _refusal(here: Here, refusal: Refusal) -> Response:
    status = problem_type(type(refusal)).status
    template = "no_such_page.html" if status == HTTPStatus.NOT_FOUND else "refused.html"
    return _shown(here, View(template, {"what": str(refusal)}, status))
