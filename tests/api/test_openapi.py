"""The API's description of itself: complete, readable, and true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource

from app.api import published
from app.reports import MEDIA

BANNED = re.compile(r"\b(supply|fungible|utilization|productivity|headcount)\b", re.IGNORECASE)
FILES = {
    "text/csv",
    "text/plain",
    "application/zip",
    "application/x-ndjson",
    "application/octet-stream",
    MEDIA["pdf"],
    "text/event-stream",
    MEDIA["xlsx"],
}


@pytest.fixture(scope="module")
def text() -> str:
    """Return the description as the routes have it."""
    return published.written()


@pytest.fixture(scope="module")
def schema(text: str) -> dict[str, Any]:
    """Return the description."""
    described: dict[str, Any] = json.loads(text)
    return described


def operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation."""
    for methods in schema["paths"].values():
        yield from methods.values()


def json_bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schema of the body, where it is JSON: a file is described by itself."""
    content = operation.get("requestBody", {}).get("content", {})
    yield from (described["schema"] for kind, described in content.items() if kind == "application/json")


def valid(schema: dict[str, Any], example: object, against: dict[str, Any]) -> bool:
    """Return whether an example is what a schema of the description says."""
    root = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema)
    registry: Registry[Any] = Registry().with_resource("urn:api", root)
    full = {"$ref": f"urn:api{against['$ref']}"} if "$ref" in against else against
    return bool(Draft202012Validator(full, registry=registry).is_valid(example))


def test_the_published_file_says_what_the_routes_say(text: str) -> None:
    current = text == published.FILE.read_text()
    assert current, f"A route has changed and the published description has not. Write it anew: {published.RENEW}"


def test_another_validator_finds_it_sound(schema: dict[str, Any]) -> None:
    validate(schema)


def lacking(schema: dict[str, Any]) -> Iterator[str]:
    """Yield each request, response, parameter and header of the description that has no example."""
    models = schema["components"]["schemas"]

    def carries(told: dict[str, Any]) -> bool:
        if "$ref" in told:
            return carries(models[told["$ref"].rpartition("/")[2]])
        return bool({"example", "examples", "enum", "const", "default"} & told.keys())

    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            where = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", []):
                if not carries(parameter) and not carries(parameter["schema"]):
                    yield f"{where}: the parameter {parameter['name']}"
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if not carries(content) and not carries(content["schema"]):
                    yield f"{where}: the request as {kind}"
            for status, response in operation["responses"].items():
                for kind, content in response.get("content", {}).items():
                    if not {"example", "examples"} & content.keys():
                        yield f"{where}: the answer {status} as {kind}"
                for name, header in response.get("headers", {}).items():
                    if not carries(header) and not carries(header["schema"]):
                        yield f"{where}: the header {name} of {status}"


def test_nothing_lacks_an_example(schema: dict[str, Any]) -> None:
    assert list(lacking(schema)) == []


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    components = schema["components"]
    for kind, name in set(re.findall(r"#/components/(\w+)/([\w.-]+)", str(schema))):
        assert name in components[kind]


def test_the_way_in_says_what_each_scope_is_for(schema: dict[str, Any]) -> None:
    scopes = schema["components"]["securitySchemes"]["token"]["x-scopes"]
    named = {scope for one in operations(schema) for way in one.get("security", []) for scope in way["token"]}
    assert named <= scopes.keys()
    assert all(scopes.values())


def test_every_schema_has_a_name_of_its_own(schema: dict[str, Any]) -> None:
    """Generators name classes by titles; of two alike they drop one, and each operation that needs it."""
    titles = [model.get("title", name) for name, model in schema["components"]["schemas"].items()]
    assert len(set(titles)) == len(titles)
    assert not [name for name in schema["components"]["schemas"] if "__" in name]


def test_it_is_openapi_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert schema["servers"]
    assert {tag["name"] for tag in schema["tags"]} == {tag for one in operations(schema) for tag in one["tags"]}
    assert all(tag["description"] for tag in schema["tags"])


def test_every_operation_has_a_readable_name_and_a_summary(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(schema)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert all(operation["summary"][0].isupper() for operation in operations(schema))


def test_each_problem_says_what_is_wrong_this_time(schema: dict[str, Any]) -> None:
    told = [one["value"] for one in schema["components"]["examples"].values() if "code" in one["value"]]
    assert len(told) > 50
    assert not [one["code"] for one in told if one["detail"] == one["title"]]


def test_every_request_has_an_example_that_is_valid(schema: dict[str, Any]) -> None:
    seen = 0
    for operation in operations(schema):
        for body in json_bodies(operation):
            model = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
            assert model["examples"], operation["operationId"]
            assert all(valid(schema, example, body) for example in model["examples"]), operation["operationId"]
            seen += 1
    assert seen > 40


def test_every_response_has_an_example_that_is_valid(schema: dict[str, Any]) -> None:
    for operation in operations(schema):
        assert {"401", "403", "422", "default"} <= set(operation["responses"]) or "security" not in operation
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                if media_type in FILES or "security" not in operation:
                    continue
                assert content["examples"], (operation["operationId"], status)
                for example in content["examples"].values():
                    value = schema["components"]["examples"][example["$ref"].rpartition("/")[2]]["value"]
                    assert valid(schema, value, content["schema"]), (operation["operationId"], status)


def test_what_is_sent_to_webhooks_is_described_with_examples(schema: dict[str, Any]) -> None:
    told = schema["webhooks"]["event"]["post"]
    [content] = told["requestBody"]["content"].values()
    assert all(valid(schema, one["value"], content["schema"]) for one in content["examples"].values())
    assert [one["name"] for one in told["parameters"]] == ["webhook-id", "webhook-timestamp", "webhook-signature"]


def test_problems_have_their_own_media_type_and_no_other_shape(schema: dict[str, Any]) -> None:
    for operation in operations(schema):
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                assert set(response["content"]) == {"application/problem+json"}
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_quantities_and_money_are_strings_everywhere(schema: dict[str, Any]) -> None:
    exact = {"quantity", "amount", "outstanding", "vested", "unvested", "exercisable", "authorised", "available"}
    for name, model in schema["components"]["schemas"].items():
        for field, described in model.get("properties", {}).items():
            if field in exact:
                arms = described.get("anyOf", [described])
                kinds = {arm.get("type", arm.get("$ref")) for arm in arms}
                assert kinds <= {"string", "null", "#/components/schemas/Money"}, (name, field)


def test_no_banned_word_is_used(schema: dict[str, Any]) -> None:
    assert not BANNED.search(str(schema))


def test_bodies_take_no_field_that_is_not_described(schema: dict[str, Any]) -> None:
    for operation in operations(schema):
        for body in json_bodies(operation):
            name = body["$ref"].rpartition("/")[2]
            assert schema["components"]["schemas"][name]["additionalProperties"] is False
