"""Examples for what has none of its own: files, answers that need no token, and what stands in addresses."""

from __future__ import annotations

from typing import Any

ROWS = "Session ID,Clinician,Start,Minutes,Category\r\nS-1042,pro-17,2026-03-02T15:30:00Z,53,INDIVIDUAL\r\n"

FILES: dict[str, Any] = {
    "application/octet-stream": "a file as it is saved",
    "application/pdf": "%PDF-1.7 …",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "PK\u0003\u0004…",
    "application/x-ndjson": '{"external_id": "S-1042", "provider": "p-17", "start": "2026-03-02T15:30Z"}\n',
    "application/zip": "PK\u0003\u0004…",
    "multipart/form-data": {"file": ROWS, "map": '[providers]\n"pro-17" = "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"\n'},
    "text/csv": ROWS,
    "text/event-stream": 'id: 3\nevent: progress\ndata: {"done": 300, "total": 1000}\n\n',
    "text/plain": "vestry.example.org\n4812\nnyxxqwTY5hNLXwo/o+iqb2+KTB3cLRpvD5vj49D2pbE=\n",
}
"""How a file of each kind begins."""

BODY = "01KJQ3YT5RWX6M1YFV0B1WJ6Q8"

IDS = {
    "case": "lay",
    "class_id": "cls",
    "comment": "cmt",
    "delivery": "msg",
    "disclosure": "dsc",
    "dispute": "dsp",
    "draft_id": "dft",
    "engagement_id": "eng",
    "holder": "hld",
    "import_id": "imp",
    "instrument": "sec",
    "job": "job",
    "member": "hld",
    "petition": "pet",
    "plan_id": "pln",
    "proposal": "prp",
    "provider": "hld",
    "seat": "sea",
    "security": "sec",
    "token_id": "tok",
    "webhook": "whk",
}
"""What the ids that stand in addresses begin with, by the parameter's name."""

ADDRESSES: dict[str, Any] = {
    "before": 1,
    "cursor": "WzEsImhvbGRlciIsNDEsMF0",
    "kind": "grant.issued",
    "known_at": 4812,
    "known_root": "9f2c71ab04d8e6134b5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1",
    "known_size": 4812,
    "key": "fees",
    "label": "ES-12",
    "n": 17,
    "since": 4000,
    "size": 4812,
    "tz": "America/New_York",
    "year": 2025,
} | {name: f"{prefix}_{BODY}" for name, prefix in IDS.items()}
"""What else may stand there."""


def complete(schema: dict[str, Any]) -> None:
    """Add an example to whatever in a description of the API has none and is known here."""
    schemas: dict[str, Any] = schema["components"]["schemas"]
    for methods in schema["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                _complete_parameter(parameter)
            for told in [operation.get("requestBody", {}), *operation["responses"].values()]:
                for media_type, content in told.get("content", {}).items():
                    _complete_content(media_type, content, schemas)


def _complete_parameter(parameter: dict[str, Any]) -> None:
    name, schema = parameter["name"], parameter["schema"]
    # every id is declared alike; what it begins with is known by its name alone
    own = _of_schema(schema, {})
    if name in ADDRESSES and (name in IDS or not own):
        schema["examples"] = [ADDRESSES[name]]
    elif own:
        schema["examples"] = own


def _complete_content(media_type: str, content: dict[str, Any], schemas: dict[str, Any]) -> None:
    if {"example", "examples"} & content.keys():
        return
    found = _of_schema(content["schema"], schemas)
    if found:
        content["examples"] = {"success": {"value": found[0]}}
    elif media_type in FILES:
        content["examples"] = {"file": {"value": FILES[media_type]}}


def _of_schema(schema: dict[str, Any], schemas: dict[str, Any]) -> list[Any]:
    """Return the examples that a schema carries, itself or by what it refers to."""
    if "$ref" in schema:
        return _of_schema(schemas.get(schema["$ref"].rpartition("/")[2], {}), schemas)
    if schema.get("type") == "array" and (found := _of_schema(schema.get("items", {}), schemas)):
        return [[found[0]]]
    return list(schema.get("examples", []))
