"""Routes of the API that are put together when they are first asked for.

FastAPI looks into each parameter and each model as it makes a route. For all routes together that took half of the time
to start, and memory in each process, for what is mostly never asked of this one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, get_type_hints

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from app.api import describe
from app.api.fields import Order
from ledger.errors import Invalid

HANDED = {"db", "act", "token", "upload", "now"}
"""Parameters that the door fills in itself; ``now`` of what reads, for deeds know it from their act."""

Hints = dict[str, Any]
"""The annotations of a function, by parameter; ``return`` is what it answers."""


class LateRoute(Route):
    """A route whose endpoint FastAPI takes apart on the first request.

    Requests have no use for what only the API's description tells: models and examples of responses.

    Attributes:
        carries_out: The function that says what is done.
    """

    def __init__(self, tag: str, method: str, path: str, endpoint: Callable[..., Any]) -> None:
        super().__init__(describe.PREFIX + path, endpoint, methods=[method])
        self.method = method
        self.methods = {method}  # HEAD is up to the gate
        self.app = self._first
        self.carries_out = endpoint
        self._tag = tag

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether this is the route of a request, and let the request know it, as FastAPI's own routes do."""
        match, found = super().matches(scope)
        return match, found if match is Match.NONE else {**found, "route": self}

    async def _first(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.app = self.made.app
        await self.app(scope, receive, send)

    @cached_property
    def made(self) -> APIRoute:
        """The route that answers requests."""
        return self._make(response_model=None, response_class=Response)

    def described(self) -> APIRoute:
        """Return the route with all that the API's description tells of it."""
        summary, _, text = inspect.cleandoc(self.carries_out.__doc__ or "").partition("\n")
        return self._make(summary=summary.removesuffix("."), description=text.strip(), **self.told())

    def told(self) -> dict[str, Any]:
        """Return what the description tells of it beside what can be read from the endpoint, in FastAPI's words."""
        raise NotImplementedError

    def _make(self, **options: Any) -> APIRoute:
        options |= {"tags": [self._tag], "generate_unique_id_function": describe.operation_id}
        return APIRoute(self.path, self.endpoint, methods=[self.method], **options)


class Operation(LateRoute):
    """A route whose endpoint is made of a plain function on a session."""

    def __init__(
        self,
        tag: str,
        method: str,
        path: str,
        endpoint: Callable[..., Any],
        *,
        wrapped: Callable[..., Any],
        handed: Hints,
        describing: Callable[[Hints], describe.Description],
    ) -> None:
        endpoint.__name__ = wrapped.__name__
        super().__init__(tag, method, path, endpoint)
        self.carries_out = wrapped
        self._handed, self._describing = handed, describing

    @cached_property
    def hints(self) -> Hints:
        """What the function asks for."""
        return get_type_hints(self.carries_out, include_extras=True)

    @cached_property
    def body_fields(self) -> frozenset[str]:
        """The names of the fields its body may have."""
        for hint in self.hints.values():
            if inspect.isclass(hint) and issubclass(hint, Order):
                return frozenset(hint.model_fields)
        return frozenset()

    def refuse_unknown(self, request: Request) -> None:
        """Refuse a parameter that its address does not take; see below."""
        refuse_unknown(request, self._parameters)

    @cached_property
    def _parameters(self) -> frozenset[str]:
        return frozenset(_query_names(self.made.dependant))

    def told(self) -> dict[str, Any]:
        """Return what the description tells of it."""
        description = self._describing(self.hints)
        return {
            "status_code": description.status,
            "response_model": description.model,
            "response_class": JSONResponse if description.model is not None else Response,
            "response_description": description.success,
            "responses": description.responses(),
            "openapi_extra": description.body,
        }

    def _make(self, **options: Any) -> APIRoute:
        self.endpoint.__signature__ = self._signature()  # type: ignore[attr-defined]
        return super()._make(**options)

    def _signature(self) -> inspect.Signature:
        """Return what FastAPI is to see: the door's own dependencies, then what the wrapped function asks for."""
        own = get_type_hints(self.endpoint, include_extras=True)
        keyword = inspect.Parameter.KEYWORD_ONLY
        handed = self._handed.items()
        parameters = [
            inspect.Parameter(name, keyword, annotation=own[name] if of is None else Annotated[own[name], of])
            for name, of in handed
        ]
        for name, parameter in inspect.signature(self.carries_out).parameters.items():
            if name not in HANDED:
                parameters.append(parameter.replace(kind=keyword, annotation=self.hints[name]))
        return inspect.Signature(parameters)


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_query_names(inner) for inner in dependant.dependencies))


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Refuse a parameter that is none: a mistyped ``dry_run`` must not become the real thing.

    Raises:
        Invalid: There is such a one.
    """
    for name in request.query_params:
        if name not in known:
            takes = ", ".join(sorted(known)) or "none"
            raise Invalid(f"There is no such parameter here; possible are: {takes}.", field=name)
