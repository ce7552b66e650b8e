"""A package as files: one file for each list of the manifest, an item a line, and the manifest with every MD5."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from app.imports.ocf.models import Version
from app.imports.ocf.package import FILE_TYPES
from app.imports.ocf.remarks import Object, encoded

MANIFEST = "Manifest.ocf.json"

NAMES: Mapping[str, str] = {
    "stock_classes_files": "StockClasses.ocf.json",
    "stock_legend_templates_files": "StockLegends.ocf.json",
    "stock_plans_files": "StockPlans.ocf.json",
    "vesting_terms_files": "VestingTerms.ocf.json",
    "valuations_files": "Valuations.ocf.json",
    "stakeholders_files": "Stakeholders.ocf.json",
    "financings_files": "Financings.ocf.json",
    "documents_files": "Documents.ocf.json",
    "transactions_files": "Transactions.ocf.json",
}
"""What the file of each list is called."""

_OPTIONAL = ("financings_files", "documents_files")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can say: the same package is the same file whenever it is written."""


def files_of(lists: Mapping[str, Iterable[bytes]], manifest: Object, version: Version) -> dict[str, bytes]:
    """Return the files of a package by name, the manifest first.

    Args:
        lists: The items of each list, as JSON.
        manifest: Everything in it but version, type and lists of files.
        version: Of the format.
    """
    files = {NAMES[of]: _file(FILE_TYPES[of], lists.get(of, ())) for of in FILE_TYPES if of not in _OPTIONAL}
    files |= {NAMES[of]: _file(FILE_TYPES[of], lists[of]) for of in _OPTIONAL if lists.get(of)}
    listed = {
        of: [{"filepath": f"./{NAMES[of]}", "md5": _md5(files[NAMES[of]])}] if NAMES[of] in files else []
        for of in FILE_TYPES
        if of not in _OPTIONAL or NAMES[of] in files
    }
    head = {**manifest, **listed, "ocf_version": version.value, "file_type": "OCF_MANIFEST_FILE"}
    return {MANIFEST: msgspec.json.format(encoded(head), indent=2) + b"\n", **files}


def _file(file_type: str, items: Iterable[bytes]) -> bytes:
    lines = b",\n".join(items)
    return b'{"file_type": "%b", "items": [\n%b\n]}\n' % (file_type.encode(), lines)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a package as a zip that comes out the same, byte for byte, whenever and wherever it is written."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.external_attr = 0o644 << 16
            member.create_system = 3  # Unix, wherever it is written
            archive.writestr(member, data)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a package as a folder, which is made if it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (path / name).write_bytes(data)
