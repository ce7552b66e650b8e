"""Which of some five hundred routes may fit an address, found by how the address begins.

Starlette tries one pattern after the other, which takes longer than to read a row. Where none of those found fits for
certain, it is left to look at all of them, and to say what is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

Beginning = tuple[str, ...]
"""Up to two parts of an address, such as ``("v1", "holders")``."""


class Lookup:
    """A router's routes, by how their addresses begin; what stands first of those that fit still comes first."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._found: dict[Beginning, Sequence[BaseRoute]] = {}
        self._count = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the route that it is for."""
        if scope["type"] == "http":
            scope.setdefault("router", self._router)
            for route in self._fitting(scope["path"].removeprefix(scope.get("root_path", ""))):
                match, more = route.matches(scope)
                if match is Match.FULL:
                    scope.update(more)
                    await route.handle(scope, receive, send)
                    return
        await self._router.app(scope, receive, send)

    def _fitting(self, path: str) -> Sequence[BaseRoute]:
        if self._count != len(self._router.routes):  # a route was added since
            self._found, self._count = _by_beginning(self._router.routes), len(self._router.routes)
        parts = path.split("/", 3)[1:3]
        return self._found.get((*parts,)) or self._found.get((*parts[:1],)) or self._found[()]


def _by_beginning(routes: Sequence[BaseRoute]) -> dict[Beginning, Sequence[BaseRoute]]:
    """Return the routes that may fit an address, by the longest beginning that any of them names."""
    named: defaultdict[Beginning, list[int]] = defaultdict(list)
    for place, route in enumerate(routes):
        named[_beginning(route)].append(place)
    named.setdefault((), [])
    for beginning in [*named]:
        named.setdefault(beginning[:1], [])
    found: dict[Beginning, Sequence[BaseRoute]] = {}
    for beginning in named:
        shorter = {beginning[:length] for length in range(len(beginning) + 1)}
        found[beginning] = [routes[place] for place in sorted(place for each in shorter for place in named[each])]
    return found


def _beginning(route: BaseRoute) -> Beginning:
    """Return the parts that the addresses of a route begin with, as far as they are always the same."""
    if not isinstance(route, Route):
        return ()
    parts = route.path.split("/", 3)[1:3]
    return (*(parts[: next((place for place, part in enumerate(parts) if "{" in part), 2)]),)
