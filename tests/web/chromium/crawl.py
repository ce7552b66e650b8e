"""Which pages there are for whoever is signed in: those that a link leads to, beginning with the menu."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext
from starlette.routing import Match

from app.web import pages
from app.web.site import PageRoute

ROUTES = [route for each in pages.AUDIENCES for route in each.pages.routes if isinstance(route, PageRoute)]

MOST_BYTES = 100_000


class Links(HTMLParser):
    """Gathers where the links of a page lead."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a link down."""
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


@dataclass
class Crawled:
    """What was found.

    Attributes:
        paths: Pattern of a page to the first address of that kind.
        dead: Links that lead nowhere.
        large: Pages of more than ``MOST_BYTES``.
    """

    paths: dict[str, str] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)


def route_of(path: str) -> PageRoute | None:
    """Return the page that answers at an address, if one does."""
    scope = {"type": "http", "method": "GET", "path": path}
    return next((one for one in ROUTES if one.matches(scope)[0] is Match.FULL), None)


def crawl(context: BrowserContext, begin: Iterable[str]) -> Crawled:
    """Follow links, one of each kind of page, until they lead to no further kind."""
    found, waiting, tried = Crawled(), list(begin), set()
    while waiting:
        link = waiting.pop(0)
        path = urlsplit(link).path
        route = route_of(path)
        if route is None or route.path in tried:
            continue
        tried.add(route.path)
        answer = context.request.get(link)
        if not answer.ok:
            found.dead.append(f"{link}: {answer.status}")
        elif answer.headers["content-type"].startswith("text/html"):
            found.paths[route.path] = link
            found.large += [link] if len(answer.body()) > MOST_BYTES else []
            links = Links()
            links.feed(answer.text())
            ours = [urljoin(link, one) for one in links.found]
            waiting += [one for one in ours if one.startswith("/")]
    return found
