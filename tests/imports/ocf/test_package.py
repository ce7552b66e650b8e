"""A package is read completely and safely, whoever made it; what is wrong with it is said, never thrown."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.imports.ocf import check
from app.imports.ocf.findings import Code, Finding, Severity
from app.imports.ocf.models import Version
from app.imports.ocf.package import Package, parsed, read_package
from app.imports.ocf.source import Limits
from tests.cases import cases_dir
from tests.imports.ocf.packages import CLASSES, HOLDERS, files, folder, shares, zipped

ITEMS = [*HOLDERS, *CLASSES, shares("s1"), shares("s2")]


def codes(package: Package) -> list[tuple[Severity, Code]]:
    return [(finding.severity, finding.code) for finding in package.findings]


def only(package: Package) -> Finding:
    (finding,) = package.findings
    return finding


def test_a_folder_and_a_zip_of_it_read_alike(tmp_path: Path) -> None:
    contents = files(*ITEMS)
    a, b = read_package(folder(tmp_path / "p", contents)), read_package(zipped(tmp_path / "p.ocf.zip", contents))
    nested = read_package(zipped(tmp_path / "n.zip", {f"export/{name}": data for name, data in contents.items()}))
    for package in (a, b, nested):
        assert package.findings == ()
        assert package.version is Version.V1_2_0
        assert sorted(item.id for item in package.items) == sorted(i["id"] for i in ITEMS)
        assert package.issuer is not None
        assert package.issuer.data["legal_name"] == "Sample Cooperative"


def test_items_keep_their_order_and_every_character(tmp_path: Path) -> None:
    contents = files(*ITEMS)
    text = '{"object_type":"TX_X","id":"u","n":1.10,"big":123456789012345678901234567890, "e":1E3}'
    transactions = f'{{"file_type":"OCF_TRANSACTIONS_FILE","items":[ {text} ,{json.dumps(shares("s"))}]}}'
    package = read_package(folder(tmp_path, contents | {"transactions_files.ocf.json": transactions.encode()}))
    first, second = [item for item in package.items if item.file.startswith("transactions")]
    assert bytes(first.raw).decode() == text
    assert first.data["big"] == 123456789012345678901234567890
    assert str(first.data["n"]) == "1.10"
    assert (first.position, second.position) == (0, 1)
    assert second.data == shares("s")


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ({"transactions_files.ocf.json": None}, Code.MISSING_FILE, "transactions_files.ocf.json"),
        ({"transactions_files.ocf.json": b"{"}, Code.NOT_JSON, "transactions_files.ocf.json"),
        ({"transactions_files.ocf.json": b"[]"}, Code.NOT_JSON, "transactions_files.ocf.json"),
        ({"transactions_files.ocf.json": b"[" * 100_000 + b"]" * 100_000}, Code.NOT_JSON, "transactions_files"),
        ({"transactions_files.ocf.json": b'{"items":[]}'}, Code.WRONG_FILE_TYPE, "OCF_TRANSACTIONS_FILE"),
        ({"transactions_files.ocf.json": b'{"file_type":"OCF_TRANSACTIONS_FILE"}'}, Code.WRONG_TYPE, "list of items"),
        ({"Manifest.ocf.json": None}, Code.NO_MANIFEST, "OCF_MANIFEST_FILE"),
        ({"Manifest.ocf.json": b"not json"}, Code.NOT_JSON, "Manifest.ocf.json"),
        ({"old/Manifest.ocf.json": files()["Manifest.ocf.json"]}, Code.MANY_MANIFESTS, "old/Manifest.ocf.json"),
    ],
)
def test_a_broken_package_is_refused_and_the_file_named(
    tmp_path: Path, change: dict[str, bytes | None], code: Code, named: str
) -> None:
    contents = {name: data for name, data in (files(*ITEMS) | change).items() if data is not None}
    for package in (read_package(folder(tmp_path / "p", contents)), read_package(zipped(tmp_path / "z", contents))):
        errors = [f for f in package.findings if f.severity is Severity.ERROR]
        assert [error.code for error in errors] == [code]
        assert named in errors[0].message


@pytest.mark.parametrize("path", ["../x.ocf.json", "/etc/passwd", "a/../../x.ocf.json", "C:/x.ocf.json", "..\\x", ""])
def test_the_manifest_cannot_point_out_of_the_package(tmp_path: Path, path: str) -> None:
    (tmp_path / "x.ocf.json").write_bytes(files()["transactions_files.ocf.json"])
    contents = files(*ITEMS, transactions_files=[{"filepath": path, "md5": "0" * 32}])
    package = read_package(folder(tmp_path / "p", contents))
    assert (Severity.ERROR, Code.UNSAFE_PATH) in codes(package)
    assert all(item.object_type != "TX_STOCK_ISSUANCE" for item in package.items)


def test_a_file_listed_twice_is_an_error_and_one_not_listed_a_warning(tmp_path: Path) -> None:
    entry = {"filepath": "transactions_files.ocf.json", "md5": "0" * 32}
    contents = files(*ITEMS, transactions_files=[entry, {**entry, "filepath": "./transactions_files.ocf.json"}])
    package = read_package(folder(tmp_path, contents | {"Other.ocf.json": b"{}", "note.txt": b""}))
    assert codes(package) == [
        (Severity.WARNING, Code.CHECKSUM),
        (Severity.ERROR, Code.DUPLICATE_FILE),
        (Severity.WARNING, Code.NOT_LISTED),
    ]
    assert "Other.ocf.json is not listed in the manifest, not read" in package.findings[-1].message


def test_links_are_not_followed(tmp_path: Path) -> None:
    at = folder(tmp_path / "p", files(*ITEMS))
    outside = tmp_path / "outside.json"
    (at / "transactions_files.ocf.json").rename(outside)
    (at / "transactions_files.ocf.json").symlink_to(outside)
    assert only(read_package(at)).code is Code.UNSAFE_PATH


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    at = folder(tmp_path / "p", files(*ITEMS))
    (at / "transactions_files.ocf.json").unlink()
    os.mkfifo(at / "transactions_files.ocf.json")
    assert only(read_package(at)).code is Code.UNREADABLE


def test_a_zip_that_climbs_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    for name in ("../evil.ocf.json", "/evil.ocf.json", "a/../../evil.txt", "c:\\evil"):
        package = read_package(zipped(tmp_path / "z", files(*ITEMS) | {name: b"{}"}))
        assert codes(package) == [(Severity.ERROR, Code.UNSAFE_PATH)]


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z", files(*ITEMS))
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.ocf.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert only(read_package(path)).code is Code.UNSAFE_PATH


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_two_members_of_one_name_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z", files(*ITEMS))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("Manifest.ocf.json", files()["Manifest.ocf.json"])
    assert only(read_package(path)).code is Code.DUPLICATE_FILE


def test_a_zip_that_swells_is_refused_without_unpacking_it_all(tmp_path: Path) -> None:
    bomb = b'{"file_type":"OCF_TRANSACTIONS_FILE","items":[' + b" " * (30 << 20) + b"]}"
    package = read_package(zipped(tmp_path / "z", files(*ITEMS) | {"transactions_files.ocf.json": bomb}))
    assert (Severity.ERROR, Code.TOO_LARGE) in codes(package)
    plain = read_package(folder(tmp_path / "p", files(*ITEMS) | {"transactions_files.ocf.json": bomb}))
    assert codes(plain) == [(Severity.WARNING, Code.CHECKSUM)]


def test_sizes_and_numbers_of_files_are_limited(tmp_path: Path) -> None:
    contents = files(*ITEMS)
    at, archive = folder(tmp_path / "p", contents), zipped(tmp_path / "z", contents)
    few, small = Limits(files=3), Limits(total_bytes=1500)
    assert codes(read_package(at, few)) == codes(read_package(archive, few)) == [(Severity.ERROR, Code.TOO_LARGE)]
    assert (Severity.ERROR, Code.TOO_LARGE) in codes(read_package(at, small))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "z", files(*ITEMS)).read_bytes())
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    for start in range(len(data) - 4):
        if data[start : start + 4] == b"PK\x01\x02" and start >= at:
            data[start + 8] |= 1
    (tmp_path / "z").write_bytes(data)
    assert {f.code for f in read_package(tmp_path / "z").findings} >= {Code.ENCRYPTED}


@pytest.mark.parametrize("name", ["nothing.ocf.zip", "text.ocf.zip"])
def test_no_package_at_all_is_a_finding_too(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.ocf.zip").write_bytes(b"PK nothing of the kind")
    assert only(read_package(tmp_path / name)).code is Code.UNREADABLE


def test_what_stands_beside_the_items_is_kept(tmp_path: Path) -> None:
    contents = files(*ITEMS, note="x")
    held = b'{"file_type":"OCF_TRANSACTIONS_FILE","items":[],"made_by":"us"}'
    package = read_package(folder(tmp_path, contents | {"transactions_files.ocf.json": held}))
    assert package.manifest["note"] == "x"
    assert [file.extra for file in package.files if file.extra] == [{"made_by": b'"us"'}]
    assert {f.pointer for f in package.findings if f.code is Code.UNKNOWN_FIELD} == {"/note", "/made_by"}


def test_a_manifest_without_company_or_with_lists_that_are_none_is_an_error(tmp_path: Path) -> None:
    package = read_package(folder(tmp_path, files(issuer=None, stakeholders_files=[{"md5": 1}], valuations_files={})))
    errors = {f.pointer for f in package.findings if f.severity is Severity.ERROR}
    assert errors == {"/issuer", "/stakeholders_files/0/filepath", "/valuations_files"}


def test_an_old_version_is_a_warning() -> None:
    package = read_package(cases_dir() / "ocf" / "testbed" / "acme_holdings_limited")
    assert {severity for severity, _ in codes(package)} == {Severity.WARNING}
    assert (Severity.WARNING, Code.UNKNOWN_VERSION) in codes(package)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
texts = st.one_of(st.binary(max_size=60), json_values.map(lambda v: json.dumps(v).encode()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*files(), "x.ocf.json"]), texts, min_size=1, max_size=3), st.booleans())
def test_nothing_in_the_files_makes_the_reader_fail(tmp_path: Path, changes: dict[str, bytes], pack: bool) -> None:
    contents = files(*ITEMS) | changes
    at = tmp_path / os.urandom(8).hex()
    package = check((zipped if pack else folder)(at, contents)).package
    assert all(isinstance(f, Finding) for f in package.findings)
    assert all(parsed(item.raw) == item.data for item in package.items)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=6))
def test_no_damage_to_a_zip_makes_the_reader_fail(tmp_path: Path, at: int, noise: bytes) -> None:
    path = tmp_path / "z"
    data = zipped(path, files(*ITEMS)).read_bytes()
    place = at % len(data)
    path.write_bytes(data[:place] + noise + data[place + len(noise) :])
    check(path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["issuer", "as_of", "ocf_version", "transactions_files", "stock_plans_files"]), json_values)
def test_nothing_in_the_manifest_makes_the_reader_fail(tmp_path: Path, name: str, value: object) -> None:
    check(folder(tmp_path / os.urandom(8).hex(), files(*ITEMS, **{name: value})))
