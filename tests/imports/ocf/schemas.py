"""The real schemas of the format as an oracle, and items made from them that use every field there is."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from app.imports.ocf.models import Version
from tests.cases import cases_dir

FOLDERS = {Version.V1_2_0: "1.2.0", Version.MAIN: "main"}
_STRINGS = ["text", "2024-02-29", "12.5", "0.25", "US", "USD", "a@b.co", "+1 555 123 4567", "0f" * 16]
_DATE_TIME = "2024-02-29T12:00:00Z"


@cache
def _documents(version: Version) -> dict[str, Any]:
    files = (cases_dir() / "ocf" / f"schema-{FOLDERS[version]}").rglob("*.schema.json")
    return {document["$id"]: document for document in (json.loads(file.read_bytes()) for file in files)}


@cache
def _fast_registry(version: Version) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry(list(_documents(version).items()), draft=jsonschema_rs.Draft7)


def _fast(schema: dict[str, Any], version: Version) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(schema, registry=_fast_registry(version), validate_formats=True)


@cache
def schemas(version: Version) -> dict[str, dict[str, Any]]:
    """Return the schema of every object type of this version."""
    found = {}
    for uri, schema in _documents(version).items():
        if "/schema/objects/" in uri or "/1.2.0/objects/" in uri:
            name = schema["properties"]["object_type"]
            found[name.get("const") or next(n for n in name["enum"] if "PLAN_SECURITY" not in n)] = schema
    return found


@cache
def oracles(version: Version) -> dict[str, jsonschema_rs.Draft7Validator]:
    """Return the validator of every object type: quick enough to judge every change there can be."""
    return {name: _fast(schema, version) for name, schema in schemas(version).items()}


@cache
def second_oracles(version: Version) -> dict[str, Draft7Validator]:
    """Return the same from another validator, a thousand times slower: two witnesses are better than one."""
    resources = ((uri, DRAFT7.create_resource(schema)) for uri, schema in _documents(version).items())
    registry = Registry[Any]().with_resources(resources)
    formats = Draft7Validator.FORMAT_CHECKER
    found = schemas(version).items()
    return {name: Draft7Validator(schema, registry=registry, format_checker=formats) for name, schema in found}


@cache
def samples(version: Version) -> list[dict[str, Any]]:
    """Return every item of the official samples, the manifest's issuer included."""
    files = sorted((cases_dir() / "ocf" / f"samples-{FOLDERS[version]}").glob("*.json"))
    contents = [json.loads(file.read_bytes()) for file in files]
    issuers = [content["issuer"] for content in contents if "issuer" in content]
    return issuers + [item for content in contents for item in content.get("items", [])]


@cache
def made(version: Version) -> list[dict[str, Any]]:
    """Return valid items that together use every field and every alternative of every object type."""
    of_name = {name: _examples_of(schema["$id"], version) for name, schema in schemas(version).items()}
    return [{**item, "object_type": name} for name, items in of_name.items() for item in items]


@cache
def _flat(uri: str, version: Version) -> dict[str, Any]:
    """Return a schema with its ``allOf`` folded in, the outer words winning where they say anything."""
    schema = _documents(version)[uri]
    properties: dict[str, Any] = {}
    for part in schema.get("allOf", []):
        properties |= _flat(part["$ref"], version).get("properties", {})
    properties |= {name: inner for name, inner in schema.get("properties", {}).items() if inner}
    return {**schema, "properties": properties} if properties else schema


@cache
def _examples_of(uri: str, version: Version) -> list[Any]:
    return _examples(_flat(uri, version), version)


def _examples(schema: dict[str, Any], version: Version) -> list[Any]:
    """Return some values of a schema, among them at least one of each alternative."""
    if "$ref" in schema:
        return _examples_of(schema["$ref"], version)
    if "const" in schema or "enum" in schema:
        return [schema["const"]] if "const" in schema else schema["enum"]
    if "properties" in schema:
        return _objects(schema, version)
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return [value for alternative in schema[union] for value in _examples(alternative, version)]
    if schema["type"] == "array":
        return [[value] for value in _examples(schema["items"], version)]
    if schema["type"] == "string":
        check = _fast(schema, version)
        first = [_DATE_TIME] if schema.get("format") == "date-time" else []
        return [next(s for s in [*first, *_STRINGS] if check.is_valid(s))]
    return [{"boolean": True, "integer": 2, "null": None}[schema["type"]]]


def _objects(schema: dict[str, Any], version: Version) -> list[dict[str, Any]]:
    """Return objects with every field; where fields exclude each other, with all but one of them in turn."""
    columns = {name: _examples(inner, version) for name, inner in schema["properties"].items()}
    rows = range(max(map(len, columns.values())))
    full = [{name: values[min(n, len(values) - 1)] for name, values in columns.items()} for n in rows]
    oracle = _fast(schema, version)
    found = []
    for value in full:
        less = ({k: v for k, v in value.items() if k != left_out} for left_out in value)
        found += [value] if oracle.is_valid(value) else [v for v in less if oracle.is_valid(v)][:3]
    return found
