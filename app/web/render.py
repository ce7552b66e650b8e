"""Templates: one environment, the filters that write numbers, days and times, and the headers of every page."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ledger.types import decimal_text

if TYPE_CHECKING:
    from app.web.site import Here

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SECURE = os.environ.get("VESTRY_PUBLIC_URL", "").startswith("https://")
"""Whether cookies are for encrypted connections only: where the service's public address is one."""


@cache
def environment() -> Environment:
    """Return the templates' environment; a name that is not there is an error, not an empty text."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["stylesheet"] = f"/static/style.{_version('style.css')}.css"
    made.globals["preview_script"] = f"/static/preview.{_version('preview.js')}.js"
    made.globals["copy_script"] = f"/static/copy.{_version('copy.js')}.js"
    made.globals["passkeys_script"] = f"/static/passkeys.{_version('passkeys.js')}.js"
    return made


@cache
def _version(name: str) -> str:
    return sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:10]


def page(template: str, here: Here, values: Mapping[str, Any], *, form_key: str) -> str:
    """Return a page as HTML.

    In every template: ``here``; ``_`` says a sentence and ``several`` one of two; ``number``, ``day``, ``month`` and
    ``time`` write what they are given, ``units`` minor units of so many places; ``form_key`` stands in every form, so
    that it is carried out once.
    """
    words = here.words
    return (
        environment()
        .get_template(template)
        .render(
            {
                "here": here,
                "_": words.say,
                "several": words.several,
                "number": words.number,
                "units": lambda minor, decimals: words.number(decimal_text(minor, decimals)),
                "day": words.day,
                "month": words.month,
                "time": lambda at: words.time(at, here.zone),
                "form_key": form_key,
                "menu": menu(here),
                "home": home(here),
                # where the reader is
                "printed_on": words.day(here.now.astimezone(ZoneInfo(here.zone)).date()),
                **values,
            }
        )
    )


def packed(note: str) -> str:
    """Return a sentence as a cookie can hold it."""
    return urlsafe_b64encode(note.encode()).decode()


def unpacked(text: str) -> str:
    """Return the sentence that a cookie holds; empty if somebody wrote it otherwise."""
    try:
        return urlsafe_b64decode(text.encode()).decode()
    except ValueError:
        return ""


MENUS: Mapping[str | None, tuple[tuple[str, str], ...]] = {
    None: (
        ("/", "Home"),
        ("/equity", "My equity"),
        ("/sessions", "My sessions"),
        ("/patronage", "My patronage"),
        ("/decisions", "Decisions"),
        ("/documents", "Documents"),
    ),
    "STEWARD": (
        ("/steward", "Overview"),
        ("/steward/grants", "Grants"),
        ("/steward/people", "People"),
        ("/disputes", "Disputes"),
        ("/steward/decisions", "Decisions"),
        ("/rules", "Our rules"),
    ),
    "BOARD": (("/board", "What waits"), ("/periods", "Months"), ("/decisions", "Decisions"), ("/rules", "Our rules")),
    "FINANCE": (
        ("/finance", "Overview"),
        ("/finance/cap-table", "Cap table"),
        ("/finance/imports", "Imports"),
        ("/finance/patronage", "Patronage"),
        ("/finance/reports", "Reports"),
        ("/finance/files", "Files"),
        ("/periods", "Months"),
    ),
    "AUDITOR": (
        ("/audit", "Verify"),
        ("/audit/journal", "Journal"),
        ("/audit/decisions", "Decisions"),
        ("/audit/snapshots", "Snapshots"),
        ("/finance/reports", "Reports"),
        ("/witnesses", "Witnesses"),
        ("/audit/access", "Access log"),
    ),
    "COUNCIL": (
        ("/disputes", "Disputes"),
        ("/council/layoffs", "Layoffs and dismissals"),
        ("/decisions", "Decisions"),
        ("/rules", "Our rules"),
    ),
    "TELLER": (("/teller", "Petitions"), ("/decisions", "Decisions"), ("/rules", "Our rules")),
    "ADMIN": (
        ("/admin", "People and roles"),
        ("/admin/mail", "Mail"),
        ("/admin/tokens", "Tokens"),
        ("/admin/webhooks", "Webhooks"),
        ("/witnesses", "Witnesses"),
    ),
}
"""Role to its menu: address and words. A page that is not built is not in it."""


EARLY: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ADMIN": (("/start", "Set up"), ("/admin", "People and roles")),
    "STEWARD": (("/start", "Set up"),),
}
"""The menus before the company is on record."""

HOME: dict[str | None, str] = {
    None: "/",
    "STEWARD": "/steward",
    "BOARD": "/board",
    "FINANCE": "/finance",
    "AUDITOR": "/audit",
    "COUNCIL": "/disputes",
    "TELLER": "/teller",
    "ADMIN": "/admin",
}
"""Role to its first page."""


def home(here: Here) -> str:
    """Return the first page of whoever is here, in the role in which they act."""
    if not here.is_founded and here.role is not None and here.role.value in EARLY:
        return "/start"
    found = HOME[None if here.role is None else here.role.value]
    # what is a holder's own is nothing for whoever holds nothing
    is_theirs = found not in {path for path, _ in MENUS[None]} or (here.account is None or here.account.holder)
    return found if is_theirs else "/roles"


UNDER: Mapping[str, str] = {
    "/finance/checks": "/finance/cap-table",
    "/finance/holders": "/finance/cap-table",
    "/finance/grants": "/finance/cap-table",
    "/finance/vesting": "/finance/cap-table",
    "/finance/changes": "/finance/cap-table",
    "/finance/expense": "/finance/cap-table",
    "/finance/tax-numbers": "/finance/reports",
    "/petitions": "/decisions",
    "/rules": "/decisions",
    "/finance/capital": "/finance/patronage",
    "/steward/batches": "/steward/grants",
    "/steward/pool": "/steward/grants",
    "/leaving": "/equity",
    "/layoffs": "/equity",
    "/steward/layoffs": "/steward/people",
}
"""Pages that are views of another one: whoever reads them is at that one's place in the menu."""


def menu(here: Here) -> list[tuple[str, str, bool]]:
    """Return the menu for whoever is here: address, words, and whether this is where they are."""
    if here.account is None:
        return []
    entries = MENUS[None if here.role is None else here.role.value]
    if not here.is_founded:
        entries = EARLY.get("" if here.role is None else here.role.value, ())
    if here.account.holder is None:
        own = {path for path, _ in MENUS[None]} | {"/rules"}
        entries = tuple(entry for entry in entries if entry[0] not in own)
    above = max((path for path in UNDER if here.path == path or here.path.startswith(f"{path}/")), key=len, default="")
    # a menu that has the page itself needs not say what it is under
    at = here.path if above in {path for path, _ in entries} else UNDER.get(above, here.path)
    best = max((path for path, _ in entries if at == path or at.startswith(f"{path}/")), key=len, default="")
    return [(path, here.words.say(label), path == best) for path, label in entries]
