"""Coming in and going out: sign-in links, roles, languages; what anybody may see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import LinkInvalid
from app.people import accounts, arriving, passkeys, preferences
from app.people.accounts import Account
from app.people.roles import Role
from app.web.admission import local
from app.web.render import FOLDER, home
from app.web.site import Anybody, Go, Here, Pages, Signed, View
from app.web.words import LANGUAGES
from ledger.errors import NotFound
from ledger.types import Act

pages = Pages(early=True)

KINDS = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript"}


@pages.get("/sign-in", Anybody)
def sign_in(db: Session, here: Here) -> View | Go:
    """How to come in: nobody needs a password here."""
    del db
    if here.account is not None:
        return Go("/")
    takes_passkeys = passkeys.party_at(here.origin).takes_passkeys
    to = local(here.form.get("next") or here.query.get("next", ""))
    return View("sign_in.html", {"takes_passkeys": takes_passkeys, "to": to})


@pages.get("/enter/{secret}", Anybody)
def show_link(db: Session, here: Here, secret: str) -> View:
    """What a sign-in link leads to: a button, so that no program that looks at links uses it up."""
    del db
    return View("enter.html", {"secret": secret})


@pages.post("/enter/{secret}", Anybody, again=show_link, guarded=True)
def use_link(db: Session, act: Act, here: Here, secret: str) -> Go:
    """Sign in by a link, and go on to where it was asked for."""
    try:
        account, cookie = accounts.use_link(db, act, secret)
    except NotFound:
        raise LinkInvalid("This link is not one of ours. Ask for a new one.") from None
    return arrived(db, act, here, account, cookie, to=local(here.form.get("next", "")))


def arrived(db: Session, act: Act, here: Here, account: Account, cookie: str, *, to: str = "/") -> Go:
    """Return where somebody goes who has just signed in: where they wanted to, else their first page."""
    role = arriving.first_role(db, act, account, cookie)
    return Go(to if to != "/" else home(replace(here, account=account, role=role)), cookie=cookie)


@pages.post("/sign-out", Anybody)
def sign_out(db: Session, act: Act, here: Here) -> Go:
    """Sign this browser out, or all of them."""
    if here.account is not None and here.session is not None:
        if here.form.get("everywhere"):
            accounts.end_all_sessions(db, act, here.account.id)
        else:
            accounts.end_session(db, act, here.session)
    return Go("/sign-in", here.words.say("You are signed out."), cookie="")


@pages.get("/roles", Signed)
def choose_role(db: Session, here: Here) -> View:
    """The roles somebody has."""
    del db, here
    return View("roles.html")


@pages.post("/role", Signed)
def switch_role(db: Session, act: Act, here: Here) -> Go:
    """Act in another role, and go to its first page or back to where they were kept out."""
    del act
    wanted = here.form.get("role") or None
    if here.session is None or (wanted is not None and wanted not in {one.value for one in here.roles}):
        raise NotFound("You do not have this role.")
    accounts.act_in(db, here.session, None if wanted is None else Role(wanted).value)
    first = home(replace(here, role=None if wanted is None else Role(wanted)))
    return Go(local(here.form.get("next", ""), first))


@pages.post("/language", Anybody)
def choose_language(db: Session, act: Act, here: Here) -> Go:
    """Read everything in another language; whoever is signed in does so in every browser, and in letters."""
    del act
    wanted = here.form.get("language", "en")
    language = wanted if wanted in LANGUAGES else "en"
    if here.account is not None:
        preferences.choose_language(db, here.account.id, language)
    return Go(local(here.form.get("next", "")), language=language)


@pages.get("/help", Anybody)
def help_page(db: Session, here: Here) -> View:
    """What the words mean, and whom to ask."""
    del db, here
    return View("help.html")


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    parts = name.split(".")
    # the version is in the address, so a browser may keep the file for good
    plain = ".".join((parts[0], parts[-1])) if len(parts) == 3 else name
    path = FOLDER / "static" / Path(plain).name
    if path.suffix not in KINDS or not path.is_file():
        return Response(None, 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(path.read_bytes(), 200, headers, media_type=KINDS[path.suffix])


pages.routes.append(Route("/static/{name}", _static, methods=["GET"], include_in_schema=False))
