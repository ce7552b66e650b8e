"""Small packages on disk, as a test wants them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path
from typing import Any

from app.imports.ocf import CheckedPackage, check
from app.imports.ocf.findings import Code, Severity
from app.imports.ocf.package import FILE_TYPES

ISSUER = {
    "object_type": "ISSUER",
    "id": "issuer",
    "legal_name": "Sample Cooperative",
    "formation_date": "2020-01-01",
    "country_of_formation": "US",
}
HOLDERS: list[dict[str, Any]] = [
    {"object_type": "STAKEHOLDER", "id": id, "name": {"legal_name": id.title()}, "stakeholder_type": "INDIVIDUAL"}
    for id in ("ada", "ben")
]
CLASSES: list[dict[str, Any]] = [
    {
        "object_type": "STOCK_CLASS",
        "id": id,
        "name": id.title(),
        "class_type": kind,
        "default_id_prefix": id[0].upper(),
        "initial_shares_authorized": "10000",
        "votes_per_share": "1",
        "seniority": "1",
    }
    for id, kind in (("common", "COMMON"), ("preferred", "PREFERRED"))
]
PLAN: dict[str, Any] = {
    "object_type": "STOCK_PLAN",
    "id": "pool",
    "plan_name": "Pool",
    "initial_shares_reserved": "1000",
    "stock_class_ids": ["common"],
}


def shares(security: str, quantity: str = "100", **other: object) -> dict[str, Any]:
    """Return an issuance of shares to Ada on 2024-01-01, with whatever the test wants otherwise."""
    return {
        "object_type": "TX_STOCK_ISSUANCE",
        "id": f"issue-{security}",
        "date": "2024-01-01",
        "security_id": security,
        "custom_id": security.upper(),
        "stakeholder_id": "ada",
        "stock_class_id": "common",
        "quantity": quantity,
        "share_price": {"amount": "1.00", "currency": "USD"},
        "security_law_exemptions": [],
        "stock_legend_ids": [],
    } | other


def grant(security: str, quantity: str = "100", **other: object) -> dict[str, Any]:
    """Return a grant of units from the pool to Ada on 2024-01-01, with whatever the test wants otherwise."""
    return {
        "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
        "id": f"grant-{security}",
        "date": "2024-01-01",
        "security_id": security,
        "custom_id": security.upper(),
        "stakeholder_id": "ada",
        "stock_plan_id": "pool",
        "compensation_type": "RSU",
        "quantity": quantity,
        "security_law_exemptions": [],
        "expiration_date": None,
        "termination_exercise_windows": [],
    } | other


def act(kind: str, security: str, date: str = "2024-06-01", /, **other: object) -> dict[str, Any]:
    """Return a transaction on a security; its id is its kind and the security."""
    name = f"TX_{kind.upper()}"
    return {"object_type": name, "id": f"{kind}-{security}", "date": date, "security_id": security} | other


def files(*items: Mapping[str, Any], **manifest: object) -> dict[str, bytes]:
    """Return the files of a package with these items, each in the file of its kind, by their names."""
    kinds = {
        "STAKEHOLDER": "stakeholders_files",
        "STOCK_CLASS": "stock_classes_files",
        "STOCK_PLAN": "stock_plans_files",
        "VESTING_TERMS": "vesting_terms_files",
        "VALUATION": "valuations_files",
        "STOCK_LEGEND_TEMPLATE": "stock_legend_templates_files",
        "FINANCING": "financings_files",
        "DOCUMENT": "documents_files",
    }
    by_list: dict[str, list[Mapping[str, Any]]] = {name: [] for name in FILE_TYPES}
    for item in items:
        by_list[kinds.get(str(item.get("object_type")), "transactions_files")].append(item)
    contents = {
        f"{name}.ocf.json": json.dumps({"file_type": FILE_TYPES[name], "items": listed}).encode()
        for name, listed in by_list.items()
    }
    listed = {
        name: [{"filepath": f"./{name}.ocf.json", "md5": md5(contents[f"{name}.ocf.json"]).hexdigest()}]
        for name in FILE_TYPES
    }
    head = {"ocf_version": "1.2.0", "file_type": "OCF_MANIFEST_FILE", "issuer": ISSUER}
    dates = {"as_of": "2026-01-01", "generated_at": "2026-01-01T00:00:00Z"}
    return {"Manifest.ocf.json": json.dumps(head | dates | listed | manifest).encode(), **contents}


def folder(at: Path, contents: Mapping[str, bytes]) -> Path:
    """Write files into a new folder and return it."""
    for name, data in contents.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(data)
    return at


def zipped(at: Path, contents: Mapping[str, bytes]) -> Path:
    """Write files into a new zip and return it."""
    with zipfile.ZipFile(at, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return at


def checked(at: Path, *items: Mapping[str, Any], **manifest: object) -> CheckedPackage:
    """Write a package of two holders, two classes and these items, and check it."""
    return check(folder(at, files(*HOLDERS, *CLASSES, *items, **manifest)))


def found(package: CheckedPackage, severity: Severity = Severity.ERROR) -> list[tuple[Code, str]]:
    """Return code and object of what was found with this severity."""
    return [(f.code, f.object_id) for f in package.findings if f.severity is severity]
