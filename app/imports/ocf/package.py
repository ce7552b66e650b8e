"""Read a package: the manifest, the files it lists and their items, each kept exactly as it was written.

An item holds its own bytes and parses them on demand. So 100,000 grants take little more memory than their text, and
whatever is exported again is what came in, digit for digit.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.models import Version, check_manifest
from app.imports.ocf.models.shape import shown
from app.imports.ocf.remarks import encoded, is_set_aside, read_remark, restored, set_aside
from app.imports.ocf.source import Limits, Source, Unreadable, open_source, unsafe

FILE_TYPES = {
    "stock_classes_files": "OCF_STOCK_CLASSES_FILE",
    "stock_legend_templates_files": "OCF_STOCK_LEGEND_TEMPLATES_FILE",
    "stock_plans_files": "OCF_STOCK_PLANS_FILE",
    "vesting_terms_files": "OCF_VESTING_TERMS_FILE",
    "valuations_files": "OCF_VALUATIONS_FILE",
    "stakeholders_files": "OCF_STAKEHOLDERS_FILE",
    "financings_files": "OCF_FINANCINGS_FILE",
    "documents_files": "OCF_DOCUMENTS_FILE",
    "transactions_files": "OCF_TRANSACTIONS_FILE",
}
"""The lists of the manifest, in the order in which they are read, and the type of the files in each."""

_ITEM: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MALFORMED = (msgspec.MsgspecError, ValueError, RecursionError)


class NotJson(ValueError):
    """Bytes that are no well-formed JSON."""


def parsed(raw: bytes | msgspec.Raw) -> Any:  # noqa: ANN401  # JSON may be anything
    """Return JSON as Python values, exactly: fractions as ``Decimal``, whole numbers of any size.

    Raises:
        NotJson: It is not well-formed JSON in UTF-8.
    """
    try:
        return _ITEM.decode(raw)
    except _MALFORMED as error:
        raise NotJson(str(error)) from error


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One object or transaction of the package, as written; what ``remarks`` say of it is back in its place.

    Attributes:
        file: Path of its file inside the package.
        position: Its place in that file, from 0; in the manifest, its place among the comments.
        object_type: As written; empty when there is none.
        id: As written; empty when there is none.
        raw: Its JSON text.
        order: Its number among those whose true order is known (``order``); -1 for the others.
    """

    file: str
    position: int
    object_type: str
    id: str
    raw: msgspec.Raw = field(repr=False)
    order: int = -1

    @property
    def data(self) -> dict[str, Any]:
        """The item parsed; parsed anew each time, so keep what you need of it and let the rest go."""
        data: dict[str, Any] = parsed(self.raw)
        return data


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file that the manifest lists and that was read.

    Attributes:
        path: Inside the package.
        listed_in: The list of the manifest.
        extra: Fields beside ``file_type`` and ``items``, as JSON text, kept so that nothing is lost.
    """

    path: str
    listed_in: str
    extra: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Package:
    """All that was read, in the manifest's order.

    Attributes:
        manifest: The manifest, parsed; empty when there is none.
        version: The version by whose schemas the items are checked.
        issuer: The company, out of the manifest.
        as_of: The day as of which the package says it is.
        items: All items of all listed files, and last those that stand in comments of the manifest.
        findings: What was wrong with files and manifest.
    """

    manifest: dict[str, Any] = field(default_factory=dict)
    version: Version = Version.MAIN
    issuer: Item | None = None
    as_of: date | None = None
    files: tuple[PackageFile, ...] = ()
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_package(path: Path, limits: Limits | None = None) -> Package:
    """Read a folder or an ``.ocf.zip``; whatever is wrong with it is among the findings, never an exception."""
    limits = limits or Limits()
    try:
        with open_source(path, limits) as source:
            manifest = _the_manifest(source, limits)
            return _with_files(_with_manifest(manifest), manifest.name, source, limits)
    except Unreadable as refusal:
        return Package(findings=(refusal.finding,))


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the package as its own fields, each still JSON text."""

    name: str
    fields: dict[str, msgspec.Raw]
    md5: str

    def get(self, key: str) -> Any:  # noqa: ANN401  # JSON may be anything
        return parsed(self.fields[key]) if key in self.fields else None


def _read_file(source: Source, name: str, most: int) -> tuple[_File, int]:
    """Return a file and its size in bytes.

    Raises:
        Unreadable: See ``Source.read``; or it is no JSON object.
    """
    data = source.read(name, most)
    try:
        fields = _FIELDS.decode(data.removeprefix(_BYTE_ORDER_MARK))
        for key, raw in fields.items():
            if key != "items":
                parsed(raw)
    except _MALFORMED as error:
        raise Unreadable(Code.NOT_JSON, f"{name} is not a JSON object in UTF-8: {error}.", name) from error
    return _File(name, fields, hashlib.md5(data, usedforsecurity=False).hexdigest()), len(data)


def _the_manifest(source: Source, limits: Limits) -> _File:
    """Return the one file that says it is the manifest, wherever in the package it lies."""
    named = [name for name in source.names if name.endswith(".ocf.json")]
    found = [file for name in named if (file := _peeked(source, name, limits)) is not None]
    if len(found) > 1:
        names = " and ".join(file.name for file in found)
        raise Unreadable(Code.MANY_MANIFESTS, f"There are {len(found)} manifests, {names}. Keep the one that counts.")
    if not found:
        message = "There is no manifest: no *.ocf.json file has the file_type OCF_MANIFEST_FILE."
        raise Unreadable(Code.NO_MANIFEST, message)
    return found[0]


def _peeked(source: Source, name: str, limits: Limits) -> _File | None:
    """Return the file if it is a manifest; what is wrong with another one comes up if that is read."""
    try:
        file, _ = _read_file(source, name, limits.manifest_bytes)
    except Unreadable:
        if name.rpartition("/")[2].lower().startswith("manifest"):
            raise
        return None
    return file if file.get("file_type") == "OCF_MANIFEST_FILE" else None


def _with_manifest(file: _File) -> Package:
    manifest, aside = _without_items(file.name, {key: file.get(key) for key in file.fields})
    written = manifest.get("ocf_version")
    version = Version.V1_2_0 if written == Version.V1_2_0 else Version.MAIN
    findings = check_manifest(manifest, version, file=file.name)
    issuer = None
    if isinstance(manifest.get("issuer"), dict):
        issuer = _read_item(file.name, 0, manifest["issuer"], file.fields["issuer"])
    as_of = as_date(manifest.get("as_of"))
    return Package(manifest, version, issuer, as_of, items=aside, findings=tuple(findings))


def _without_items(name: str, manifest: dict[str, Any]) -> tuple[dict[str, Any], tuple[Item, ...]]:
    """Return the manifest as it was before it was made to fit, and the items that stand in its comments."""
    comments = manifest.get("comments")
    if not isinstance(comments, list):
        return manifest, ()
    items = (_item(name, n, data, msgspec.Raw(encoded(data))) for n, (_, data) in enumerate(set_aside(comments)))
    others = [each for each in comments if not is_set_aside(read_remark(each) or {})]
    return restored({**manifest, "comments": others}) or manifest, tuple(items)


def _with_files(package: Package, manifest: str, source: Source, limits: Limits) -> Package:
    files: list[PackageFile] = []
    items: list[Item] = []
    findings = list(package.findings)
    there, seen, left = set(source.names), {manifest}, limits.total_bytes
    for listed_in, path, md5 in _listed(package.manifest):
        try:
            name = _place(manifest, path, there, seen)
            seen.add(name)
            file, size = _read_file(source, name, left)
            left -= size
            findings += _check_file(file, listed_in, md5)
            items += _items_of(file, findings)
            extra = {key: bytes(raw) for key, raw in file.fields.items() if key not in ("file_type", "items")}
            files.append(PackageFile(name, listed_in, extra))
        except Unreadable as refusal:
            findings.append(refusal.finding)
    message = "is not listed in the manifest, not read"
    rest = (name for name in source.names if name.endswith(".ocf.json") and name not in seen)
    findings += (Finding(Severity.WARNING, Code.NOT_LISTED, "", f"{name} {message}.", name) for name in rest)
    return replace(package, files=tuple(files), items=(*items, *package.items), findings=tuple(findings))


def _listed(manifest: dict[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield list, path and MD5 of each file; entries that are no such thing are among the manifest's flaws already."""
    for listed_in in FILE_TYPES:
        entries = manifest.get(listed_in)
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("filepath"), str):
                yield listed_in, entry["filepath"], entry.get("md5")


def _place(manifest: str, path: str, there: set[str], seen: set[str]) -> str:
    """Return the name of a listed file; paths are relative to the manifest's folder."""
    below = path
    while below.startswith("./"):
        below = below[2:]
    if unsafe(below):
        raise Unreadable(Code.UNSAFE_PATH, f"The manifest lists {shown(path)}, which is not inside the package.", path)
    name = f"{manifest.rpartition('/')[0]}/{below}".removeprefix("/")
    if name in seen:
        raise Unreadable(Code.DUPLICATE_FILE, f"The manifest lists {name} more than once.", name)
    if name not in there:
        raise Unreadable(Code.MISSING_FILE, f"The manifest lists {name}, which is not in the package.", name)
    return name


def _check_file(file: _File, listed_in: str, md5: object) -> Iterator[Finding]:
    """Yield what is wrong with a file as a whole.

    Raises:
        Unreadable: It is not of the type under which it is listed.
    """
    kind, wanted = file.get("file_type"), FILE_TYPES[listed_in]
    if kind != wanted:
        message = f"{file.name} has file_type {shown(kind)}; under {listed_in} it should be {wanted}."
        raise Unreadable(Code.WRONG_FILE_TYPE, message, file.name)
    if isinstance(md5, str) and md5.lower() != file.md5:
        message = f"{file.name} has MD5 {file.md5}, the manifest says {shown(md5)}: one of them was changed later."
        yield Finding(Severity.WARNING, Code.CHECKSUM, "", message, file.name)
    for key in file.fields:
        if key not in ("file_type", "items"):
            message = f"{file.name} has the field {shown(key)}, which is not in the schema; kept as it is."
            yield Finding(Severity.WARNING, Code.UNKNOWN_FIELD, "", message, file.name, f"/{key}")


def _items_of(file: _File, findings: list[Finding]) -> Iterator[Item]:
    try:
        written = _ITEMS.decode(file.fields.get("items", msgspec.Raw(b"null")))
    except _MALFORMED as error:
        raise Unreadable(Code.WRONG_TYPE, f"{file.name} has no list of items.", file.name) from error
    for position, raw in enumerate(written):
        try:
            data = parsed(raw)
        except NotJson as error:
            message = f"Item {position} of {file.name} is not well-formed: {error}."
            findings.append(Finding(Severity.ERROR, Code.NOT_JSON, "", message, file.name, f"/items/{position}"))
            continue
        if isinstance(data, dict):
            item = _read_item(file.name, position, data, raw)
            if item is not None:
                yield item
        else:
            message = f"Item {position} of {file.name} is not an object."
            findings.append(Finding(Severity.ERROR, Code.WRONG_TYPE, "", message, file.name, f"/items/{position}"))


def _read_item(file: str, position: int, data: dict[str, Any], raw: msgspec.Raw) -> Item | None:
    """Return an item with what a remark of ours says of it put back; None if it only stands in for another one."""
    whole = restored(data)
    if whole is None or whole is data:
        return None if whole is None else _item(file, position, data, raw)
    return _item(file, position, whole, msgspec.Raw(encoded(whole)))


def _item(file: str, position: int, data: dict[str, Any], raw: msgspec.Raw) -> Item:
    kind, object_id = data.get("object_type"), data.get("id")
    kind = sys.intern(kind) if isinstance(kind, str) else ""
    return Item(file, position, kind, object_id if isinstance(object_id, str) else "", raw)


def as_date(value: object) -> date | None:
    """Return the date that a value writes, if it writes one."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None
