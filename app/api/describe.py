"""What the API says of itself: an example for every response and every problem, in OpenAPI's words."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app import errors
from app.api import examples, subjects
from app.api.fields import Asked, Attachment, Page, Receipt, Told
from app.api.samples import SAMPLES
from app.api.superseded import SUPERSEDED
from app.errors import ProblemType, problem_type, problem_types
from app.people.tokens import MEANING, Scope
from app.problems import KEY_HEADER, MEDIA_TYPE, Problem, ProblemPart
from ledger import errors as ledger_errors
from ledger.errors import Refusal

PREFIX = "/v1"
"""Where every noun stands."""

PROBLEM = {"$ref": "#/components/schemas/Problem"}

ETAG = {
    "description": "The bytes' SHA-256 in quotes; a strong validator.",
    "schema": {"type": "string", "examples": ['"9f2c71ab04d8e6134b5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1"']},
}

NAMES = {
    "app__api__checks__CheckOut": "CheckOut",
    "app__api__dealings__Outcome": "DealingOutcome",
    "app__api__patr_forms__CheckOut": "FormCheckOut",
    "app__imports__ocf__findings__Severity": "PackageSeverity",
    "app__imports__sessions__reasons__Severity": "SessionSeverity",
    "governance__differences__Mark": "DifferenceMark",
    "governance__records__Outcome": "VoteOutcome",
    "ledger__equity__vesting__table__Mark": "VestingMark",
}
"""What schemas are called whose classes have one name: generators name their classes by these."""

EXAMPLES: dict[str, dict[str, Any]] = {}
"""Examples of successful responses by name; operations that answer alike share one."""

WEBHOOKS: dict[str, Any] = {}
"""What is sent to others of our own accord, by name: path items, as OpenAPI 3.1 has them."""

ALWAYS: tuple[type[Refusal], ...] = (errors.TokenInvalid, errors.ScopeMissing, ledger_errors.Invalid)
"""What any operation may refuse."""


@dataclass(frozen=True, slots=True)
class Description:
    """An operation as OpenAPI tells it.

    Attributes:
        answered: The model it answers with, or a choice of models and files.
        refuses: What it may refuse beyond what any operation may.
        body: What it takes where that is no JSON.
        beside: The model it answers with where it is to be carried out as a job; None where it can't be.
    """

    path: str
    method: str
    answered: Any
    refuses: tuple[type[Refusal], ...]
    body: dict[str, Any] | None = None
    beside: type[BaseModel] | None = None

    @property
    def status(self) -> int:
        """The status of success."""
        return 201 if self.method == "POST" else 200

    @property
    def model(self) -> Any:  # noqa: ANN401 - a model class
        """The model of the response that is JSON; None for one that is only ever a file."""
        return next((arm for arm in self._arms() if _is_model(arm)), None)

    def _arms(self) -> Collection[Any]:
        return get_args(self.answered) or [self.answered]

    @property
    def _file(self) -> type[Attachment] | None:
        """What it answers with that is a file."""
        return next((arm for arm in self._arms() if isinstance(arm, type) and issubclass(arm, Attachment)), None)

    @property
    def success(self) -> str:
        """What a success means."""
        return "Done, and on record." if self.method == "POST" else "As asked."

    def responses(self) -> dict[int | str, dict[str, Any]]:
        """Return every documented response, with an example of each success and each problem."""
        told: dict[int | str, dict[str, Any]] = {self.status: self._success()}
        if self.method == "GET":
            told[304] = {"description": "Still the answer whose `ETag` is sent as `If-None-Match`."}
        if self.beside is not None:
            told[202] = self._job(self.beside)
        by_status: dict[int, list[ProblemType]] = defaultdict(list)
        if self.method == "POST":
            by_status[errors.MALFORMED.status].append(errors.MALFORMED)
        for refusal in self._refusals():
            kind = problem_type(refusal)
            by_status[kind.status].append(kind)
        for status, kinds in sorted(by_status.items()):
            told[status] = problems(kinds)
        told[429] = TOO_MANY
        return told | OTHERWISE

    def _job(self, model: type[BaseModel]) -> dict[str, Any]:
        EXAMPLES[model.__name__] = {"value": example_of(model)}
        text = "Where the job is, as a path."
        location = {"description": text, "schema": {"type": "string", "examples": [f"/v1/jobs/job_{examples.BODY}"]}}
        return {
            "model": model,
            "description": "To be carried out as a job, as `Prefer: respond-async` asks.",
            "content": {"application/json": {"examples": {"success": _example(model.__name__)}}},
            "headers": {"Location": location},
        }

    def _refusals(self) -> Iterator[type[Refusal]]:
        yield from ALWAYS
        if "{" in self.path or ledger_errors.NotFound in self.refuses:
            yield ledger_errors.NotFound
        if self.method == "POST":
            yield errors.KeyMissing
            yield errors.KeyReused
        elif self.model is not None and issubclass(self.model, Page):
            yield errors.CursorInvalid
        yield from (refusal for refusal in self.refuses if refusal not in {*ALWAYS, ledger_errors.NotFound})

    def _success(self) -> dict[str, Any]:
        etag = {"ETag": ETAG}
        if self.model is None:
            assert self._file is not None
            described = {self._file.described_as: {"schema": {"type": "string", "format": "binary"}}}
            return {"content": described, "headers": etag}
        name = re.sub(r"\W+", "_", self.model.__name__).strip("_")
        EXAMPLES[name] = {"value": example_of(self.model)}
        told: dict[str, Any] = {"content": {"application/json": {"examples": {"success": _example(name)}}}}
        if self._file is not None:
            for kind in self._file.beside_json:
                of = {"type": "string"} if kind.startswith("text/") else {"type": "string", "format": "binary"}
                told["content"][kind] = {"schema": of}
        if self.method == "GET":
            told["headers"] = etag
        else:
            text = "Present where this is the answer to an earlier request with the same key."
            told["headers"] = {"Idempotency-Replayed": {"description": text, "schema": {"const": "true"}}}
        return told


def operation_id(route: APIRoute) -> str:
    """Return an operation's id: the name of the function it carries out."""
    return route.name


def problems(kinds: Collection[ProblemType], text: str | None = None) -> dict[str, Any]:
    """Return the description of a response that tells one of some kinds of problem."""
    examples = {kind.code: _example(kind.code) for kind in kinds}
    description = text or " Or: ".join(kind.title for kind in kinds)
    return {"description": description, "content": {MEDIA_TYPE: {"schema": PROBLEM, "examples": examples}}}


def _example(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/examples/{name}"}


OTHERWISE: dict[int | str, dict[str, Any]] = {
    "default": problems([errors.MALFORMED, errors.INTERNAL, errors.UNAVAILABLE], "Any other problem.")
}
"""The description of every response that has none of its own."""


WAIT = {"description": "Seconds to wait.", "schema": {"type": "integer", "examples": [3]}}

TOO_MANY: dict[str, Any] = problems([errors.TOO_MANY_REQUESTS]) | {"headers": {"Retry-After": WAIT}}
"""The description of the answer to one request too many."""


def example_of_problem(kind: ProblemType) -> dict[str, Any]:
    """Return an example of a kind of problem, as it is answered."""
    detail, parts = SAMPLES.get(kind.code, (kind.title, []))
    told = {"type": kind.url, "title": kind.title, "status": kind.status, "detail": detail}
    told |= {"instance": "/v1/securities/sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "code": kind.code}
    return told | {"request_id": "req_01KJQ3YTC8B2S1XQ9M3W0N5J7D", "errors": parts}


def _problem(kind: ProblemType) -> dict[str, Any]:
    return {"summary": kind.title, "description": kind.remedy, "value": example_of_problem(kind)}


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
    """Let ``app.openapi()`` include the examples and the schema of a problem, to which every operation refers."""

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
            _add_texts(schema["components"]["schemas"])
            conditions_of_writes(schema)
            for (method, path), by in SUPERSEDED.items():
                if path in schema["paths"]:
                    by.describe(schema["paths"][path][method.lower()])
            told = EXAMPLES | {kind.code: _problem(kind) for kind in problem_types()}
            # what else there is, and in what order, depends on who imported what
            used = set(re.findall(r"#/components/examples/(\w+)", str(schema["paths"])))
            schema["components"]["examples"] = {name: told[name] for name in sorted(used)}
            schema["components"]["securitySchemes"]["token"]["x-scopes"] = {str(one): MEANING[one] for one in Scope}
            examples.complete(schema)
            _rename(schema)
            schema["webhooks"] = WEBHOOKS
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _rename(schema: dict[str, Any]) -> None:
    """Give schemas a name of their own whose classes share one."""
    schemas: dict[str, Any] = schema["components"]["schemas"]
    for old, new in NAMES.items():
        if old in schemas:
            schemas[new] = schemas.pop(old) | {"title": new}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            where, _, name = str(part.get("$ref", "")).rpartition("/")
            if name in NAMES:
                part["$ref"] = f"{where}/{NAMES[name]}"
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []


def conditions_of_writes(schema: dict[str, Any]) -> None:
    """Have each write's key be required, and add ``If-Match`` to those about what can be read.

    The door asks for the key itself: its absence is a problem of its own, and a dry run's need not be there.
    """
    for methods in schema["paths"].values():
        for parameter in methods.get("post", {}).get("parameters", []):
            parameter["required"] |= parameter["name"] == KEY_HEADER
    for path, methods in schema["paths"].items():
        subject = subjects.subject_of(path.removeprefix(PREFIX)) if "post" in methods else None
        if subject is not None:
            text = subjects.TEXT.format(path=PREFIX + subject)
            methods["post"].setdefault("parameters", []).append(subjects.HEADER | {"description": text})
            methods["post"]["responses"]["412"] = problems([problem_type(errors.PreconditionFailed)])


def _add_texts(schemas: dict[str, Any]) -> None:
    """Describe each field by the docstring below it.

    Pydantic can do so itself, but while the classes are made: reading the sources doubled the time to start.
    """
    waiting: list[type[BaseModel]] = [Asked, Told, Problem, ProblemPart]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        name = re.sub(r"\W", "_", model.__name__)
        properties = schemas.get(name, {}).get("properties", {})
        for ancestor in model.__mro__:
            for field, description in _texts_in(ancestor.__module__).get(ancestor.__name__, {}).items():
                if field in properties:
                    properties[field].setdefault("description", description)


@cache
def _texts_in(module: str) -> dict[str, dict[str, str]]:
    """Return the docstring below each field of each class in a module."""
    source = sys.modules[module]
    tree = ast.parse(inspect.getsource(source)) if module.startswith("app.") else ast.Module([], [])
    return {each.name: dict(_field_texts(each)) for each in tree.body if isinstance(each, ast.ClassDef)}


def _field_texts(of: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(of.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
