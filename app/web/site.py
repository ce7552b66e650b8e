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

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api.idempotency import Answer as Kept
from app.api.idempotency import Claim, earlier_answer, keep_answer
from app.api.service import READING, Service
from app.api.uploads import FORM, Part, parts_of
from app.errors import SomebodyElses, problem_type
from app.operations.watch import WHO
from app.people import access, accounts
from app.people.access import Attempt
from app.people.tries import BACK_EVERY
from app.web import admission, refusals
from app.web.answers import COOKIE, LANGUAGE, NOTE, refused, shown
from app.web.visit import Answer, Anybody, Audience, Data, File, Go, Here, Own, Signed, View
from ledger import journal
from ledger.errors import NotFound, Refusal
from ledger.types import Act

__all__ = [
    "COOKIE",
    "LANGUAGE",
    "NOTE",
    "Anybody",
    "Audience",
    "Data",
    "File",
    "Go",
    "Here",
    "Own",
    "Pages",
    "Signed",
    "View",
    "is_our_own",
]

MOST_FORM_BYTES = 256 * 1024
MOST_PARTS = 200
"""How many files and how many other fields a form with files may have."""

BROWSER = "browser"
"""What stands in the access log where the API has the token."""

Page: TypeAlias = Callable[..., Answer]
Asking: TypeAlias = Callable[[Request, Service, Here], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Form:
    """What a form does, and how."""

    deed: Page
    again: Page | None
    authority: str
    long: bool
    guarded: bool
    from_anywhere: bool


class PageRoute(Route):
    """The address of a page, with whom it is for.

    Attributes:
        audience: Whom it is for.
        early: Whether it is there before the company is on record.
        reads: Whether all it does is read, and not for long.
    """

    def __init__(
        self, method: str, path: str, audience: Audience, work: Work, *, name: str, early: bool, reads: bool
    ) -> None:
        """Answer a method at a path with what ``work`` makes of a visit."""
        self.audience = audience
        self.early = early
        self.reads = reads

        async def endpoint(request: Request) -> Response:
            return await _answer(self, work, request)

        super().__init__(path, endpoint, methods=[method], name=name, include_in_schema=False)


TOO_MANY = View(
    "too_many.html", {}, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(int(BACK_EVERY.total_seconds()))}
)

Work: TypeAlias = Callable[[PageRoute, Request, Service, Here], Awaitable[Response]]


class Pages:
    """The pages of one audience."""

    def __init__(self, *, early: bool = False) -> None:
        """Begin a list of pages; ``early`` ones are there before the company is on record."""
        self.routes: list[Route] = []
        self._early = early

    def get(self, path: str, audience: Audience, *, long: bool = False) -> Callable[[Page], Page]:
        """Make a function of ``(db, here, …)`` a page; ``long`` ones run in a thread."""

        def declare(page: Page) -> Page:
            self._add("GET", path, audience, partial(_read, page, long), page.__name__, reads=not long)
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
        guarded: bool = False,
        from_anywhere: bool = False,
    ) -> Callable[[Page], Page]:
        """Make a function of ``(db, act, here, …)`` what a form does.

        Args:
            path: Where the form is sent.
            audience: Who may send it.
            again: The page that shows the form again when it is refused.
            authority: In which capacity they act.
            long: Whether it takes so long that it runs in a thread.
            guarded: Whether whoever is refused too often has to wait: nobody tries links until one fits.
            from_anywhere: Whether mail programs may send it too; it must ask for a secret, and not for who is here.
        """

        def declare(deed: Page) -> Page:
            form = Form(deed, again, authority, long, guarded, from_anywhere)
            self._add("POST", path, audience, partial(_write, form), deed.__name__)
            return deed

        return declare

    def asking(self, path: str, audience: Audience, *, again: Page) -> Callable[[Asking], Asking]:
        """Make a coroutine of ``(request, service, here)`` a page that asks another service on the way.

        It says itself what belongs into one transaction. A refusal shows the page ``again``; who is refused too often
        has to wait.
        """

        def declare(page: Asking) -> Asking:
            self._add("GET", path, audience, partial(_ask, page, again), page.__name__)
            return page

        return declare

    def _add(self, method: str, path: str, audience: Audience, work: Work, name: str, *, reads: bool = False) -> None:
        route = PageRoute(method, path, audience, work, name=name, early=self._early, reads=reads)
        self.routes.append(route)


async def _answer(route: PageRoute, work: Work, request: Request) -> Response:
    service: Service = request.app.state.service
    now = service.now()
    if route.reads:
        # the page is read in the same snapshot; the gate closes it where none is
        here, request.scope[READING] = await service.door.begin_reading(admission.visit, request, now)
    else:
        here = await service.door.read(admission.visit, request, now)
    if here.account is not None:
        request.scope[WHO] = here.account.id
    here = replace(
        here,
        mails=service.post is not None,
        origin=service.settings.public_url.rstrip("/"),
        box=service.settings.box_address,
        cosigned=service.cosigned,
        outgoing=service.outgoing,
        elsewhere=None if service.provider is None else service.provider.label,
    )
    try:
        response = await work(route, request, service, here)
    except SomebodyElses as refusal:
        await _note(route, service, here, refusal.subject)
        response = refused(here, refusal)
    except Refusal as refusal:
        response = refused(here, refusal)
    if here.session is not None and here.seen_at is not None and here.seen_at + accounts.SEEN_EVERY <= now:
        # once the answer is on its way: nobody waits for it
        response.background = BackgroundTask(service.reports.run, accounts.note_seen, here.session, now)
    return response


async def _note(route: PageRoute, service: Service, here: Here, subject: str) -> None:
    """Note who asked for what is somebody else's."""
    if here.account is None or here.account.holder == subject:
        return
    attempt = Attempt(BROWSER, here.account.actor, route.name, subject, HTTPStatus.NOT_FOUND)
    await service.door.run(access.note_attempt, Act("system", "role:system", here.now), attempt)


async def _instead(route: PageRoute, request: Request, service: Service, here: Here) -> Response | None:
    """Return what whoever is here is shown instead of a page that is not for them."""
    told = admission.keep_out(here, route.audience, early=route.early)
    if told is None:
        return None
    if isinstance(told, View) and told.status == HTTPStatus.NOT_FOUND:
        if admission.could(here, route.audience):
            return shown(here, admission.in_another_role(request, here, route.audience))
        await _note(route, service, here, request.path_params.get("holder", ""))
    return shown(here, told)


async def _ask(page: Asking, again: Page, route: PageRoute, request: Request, service: Service, here: Here) -> Response:
    instead = await _instead(route, request, service, here)
    if instead is not None:
        return instead
    if not service.tries.has_left(_address(request), here.now):
        return shown(here, TOO_MANY)
    try:
        return shown(here, await page(request, service, here))
    except Refusal as refusal:
        service.tries.take(_address(request), here.now)
        return await _again(service, here, again, refusal, {})


async def _again(service: Service, here: Here, page: Page, refusal: Refusal, asked: Mapping[str, str]) -> Response:
    """Return the page that shows a form once more, with what is wrong."""
    wrong = replace(here, wrong={refusal.field or "": refusals.told(here.words, str(refusal))})
    told = await service.door.read(page, wrong, **asked)
    return shown(wrong, replace(told, status=problem_type(type(refusal)).status) if isinstance(told, View) else told)


async def _read(page: Page, long: bool, route: PageRoute, request: Request, service: Service, here: Here) -> Response:
    instead = await _instead(route, request, service, here)
    if instead is not None:
        return instead
    asked = dict(request.path_params)
    if long:
        told = await run_in_threadpool(partial(service.long_reads.read, page, here, **asked))
    else:
        told = await service.door.read_on(request.scope.pop(READING), page, here, **asked)
    return await _handed_out(service, here, told)


async def _handed_out(service: Service, here: Here, told: Answer) -> Response:
    if isinstance(told, File) and told.noted is not None and here.account is not None:
        authority = "holder" if here.role is None else f"role:{here.role.value.lower()}"
        await service.door.run(told.noted, Act(here.account.actor, authority, here.now))
    return shown(here, told)


async def _write(form: Form, route: PageRoute, request: Request, service: Service, here: Here) -> Response:
    if not form.from_anywhere and not is_our_own(request):
        return shown(here, View("not_from_here.html", {}, HTTPStatus.FORBIDDEN))
    if admission.may(here, route.audience) or admission.could(here, route.audience):
        here = await _in_role(service, await _with_form(request, here), route.audience)
    instead = await _instead(route, request, service, here)
    if instead is not None:
        return instead
    if form.guarded and not service.tries.has_left(_address(request), here.now):
        return shown(here, TOO_MANY)
    asked = dict(request.path_params)
    act = Act(here.account.actor if here.account else "visitor", form.authority, here.now)
    try:
        if form.long:
            told = await run_in_threadpool(partial(service.reports.run, _once, form.deed, act, here, asked))
        else:
            told = await service.door.run(_once, form.deed, act, here, asked)
    except Refusal as refusal:
        if form.guarded:
            service.tries.take(_address(request), here.now)
        if form.again is None:
            raise
        return await _again(service, here, form.again, refusal, asked)
    return await _handed_out(service, here, told)


async def _in_role(service: Service, here: Here, audience: Audience) -> Here:
    """Switch the role as a form asks that was held up in another one, also if it is refused for another reason."""
    switched = admission.in_role(here, audience)
    if here.session is not None and switched.role is not None and switched.role is not here.role:
        await service.door.run(accounts.act_in, here.session, switched.role.value)
    return switched


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


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


@journal.in_turn
def _once(db: Session, deed: Page, act: Act, here: Here, asked: Mapping[str, str]) -> Answer:
    """Carry a form out; the same form sent twice is carried out once, and leads to the same place."""
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
        keep_answer(db, claim, Kept(HTTPStatus.SEE_OTHER, f"{told.to}\n{told.note}".encode()), at=act.at)
    return told
