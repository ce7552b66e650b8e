"""What the API says of itself: an example for every response and every problem, in OpenAPI's words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app import errors
from app.api.fields import Page, Receipt
from app.errors import ProblemType, problem_type
from app.problems import MEDIA_TYPE, Problem
from ledger import errors as ledger_errors
from ledger.errors import Refusal

PREFIX = "/v1"
"""Where every noun stands."""

PROBLEM = {"$ref": "#/components/schemas/Problem"}

ALWAYS: tuple[type[Refusal], ...] = (errors.TokenInvalid, errors.ScopeMissing, ledger_errors.Invalid)
"""What any operation may refuse."""


@dataclass(frozen=True, slots=True)
class Description:
    """An operation as OpenAPI tells it.

    Attributes:
        answered: The model it answers with, or a choice of models and files.
        refuses: What it may refuse beyond what any operation may.
    """

    path: str
    method: str
    answered: Any
    refuses: tuple[type[Refusal], ...]

    @property
    def status(self) -> int:
        """The status of success."""
        return 201 if self.method == "POST" else 200

    @property
    def model(self) -> Any:  # noqa: ANN401 - a model class
        """The model of the response that is JSON."""
        [model] = [arm for arm in get_args(self.answered) or [self.answered] if _is_model(arm)]
        return model

    @property
    def success(self) -> str:
        """What a success means."""
        return "Done, and on record." if self.method == "POST" else "As asked."

    def responses(self) -> dict[int | str, dict[str, Any]]:
        """Return every documented response, with an example of each success and each problem."""
        told: dict[int | str, dict[str, Any]] = {self.status: self._success()}
        by_status: dict[int, list[ProblemType]] = defaultdict(list)
        for refusal in self._refusals():
            kind = problem_type(refusal)
            by_status[kind.status].append(kind)
        for status, kinds in sorted(by_status.items()):
            told[status] = problems(kinds, PREFIX + self.path)
        return told | otherwise(PREFIX + self.path)

    def _refusals(self) -> Iterator[type[Refusal]]:
        yield from ALWAYS
        if "{" in self.path:
            yield ledger_errors.NotFound
        if self.method == "POST":
            yield errors.KeyReused
        yield from (refusal for refusal in self.refuses if refusal not in {*ALWAYS, ledger_errors.NotFound})

    def _success(self) -> dict[str, Any]:
        told: dict[str, Any] = {"content": {"application/json": {"example": example_of(self.model)}}}
        if self.method == "POST":
            text = "Present where this is the answer to an earlier request with the same key."
            told["headers"] = {"Idempotency-Replayed": {"description": text, "schema": {"const": "true"}}}
        return told


def otherwise(path: str) -> dict[int | str, dict[str, Any]]:
    """Return the description of every response that has none of its own."""
    rest = [errors.MALFORMED, errors.INTERNAL, errors.UNAVAILABLE]
    return {"default": problems(rest, path, "Any other problem.")}


def problems(kinds: list[ProblemType], path: str, text: str | None = None) -> dict[str, Any]:
    """Return the description of a response that tells one of some kinds of problem."""
    examples = {kind.code: {"summary": kind.title, "value": _problem(kind, path)} for kind in kinds}
    description = text or " Or: ".join(kind.title for kind in kinds)
    return {"description": description, "content": {MEDIA_TYPE: {"schema": PROBLEM, "examples": examples}}}


def _problem(kind: ProblemType, path: str) -> dict[str, Any]:
    return {
        "type": kind.url,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.title,
        "instance": re.sub(r"\{(\w+)\}", r"\1_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", path),
        "code": kind.code,
        "request_id": "req_01KJQ3YTC8B2S1XQ9M3W0N5J7D",
        "errors": [],
    }


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return an example of a response: the first that its model carries, in the envelope if it comes in one.

    Raises:
        LookupError: It carries none.
    """
    generic = model.__pydantic_generic_metadata__
    if generic["origin"] is Receipt:
        return {"entries": [17], "dry_run": False, "data": example_of(generic["args"][0])}
    if generic["origin"] is Page:
        return {"data": [example_of(generic["args"][0])], "next": "WzEsImhvbGRlciIsNDEsMF0", "has_more": True}
    extra = model.model_config.get("json_schema_extra")
    if isinstance(extra, dict) and isinstance(examples := extra.get("examples"), list):
        return dict(examples[0])  # type: ignore[arg-type]
    raise LookupError(f"{model.__name__} has no example.")


def _is_model(arm: object) -> bool:
    return isinstance(arm, type) and issubclass(arm, BaseModel)


def describe_itself(app: FastAPI) -> None:
    """Let ``app.openapi()`` include the schema of a problem, to which every operation refers."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
                servers=app.servers,
            )
            _, problem = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
            schema["components"]["schemas"] |= problem["$defs"]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
