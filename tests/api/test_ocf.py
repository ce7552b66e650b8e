"""The founder's main job over HTTP: bring a real cap table, read it as of any day, take it along again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from app.people.tokens import Scope
from tests.api.client import Office, Person
from tests.cases import cases_dir

TESTBED = cases_dir() / "ocf" / "testbed"


def zipped(folder: Path) -> bytes:
    """A folder as an ``.ocf.zip``."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in sorted(folder.glob("*.ocf.json")):
            archive.write(path, path.name)
    return data.getvalue()


def _sent(person: Person, content: bytes, **parameters: str) -> tuple[int, dict[str, object]]:
    headers = person.writing | {"Content-Type": "application/zip"}
    response = person.http.post("/v1/ocf-imports", content=content, params=parameters, headers=headers)
    return response.status_code, response.json()


def test_a_real_cap_table_is_brought_read_and_taken_along(office: Office) -> None:
    founder = office.person("usr_founder")
    package = zipped(TESTBED / "acme_holdings_limited")
    status, tried = _sent(founder, package, dry_run="true")
    assert (status, tried["dry_run"]) == (201, True)
    assert founder.told("/entries")["data"] == []
    status, done = _sent(founder, package)
    assert status == 201, done
    rows = founder.told("/captable", as_of="2023-06-29")["rows"]
    assert {row["class_name"]: row["outstanding"] for row in rows if row["class_type"] == "share_class"} == {
        "Ordinary A": "145000",
        "Ordinary B": "50000",
        "Preferred": "15000",
    }
    assert founder.told("/verify")["ok"] is True
    taken = founder.get("/ocf", as_of="2023-06-29")
    assert taken.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        assert "Manifest.ocf.json" in archive.namelist()
    assert _sent(founder, package)[0] == 409


def test_a_broken_package_is_refused_by_name_and_nothing_is_written(office: Office) -> None:
    founder = office.person("usr_founder")
    status, problem = _sent(founder, zipped(TESTBED / "invalidCompany"))
    assert (status, problem["code"]) == (422, "package_refused")
    assert "st_01" in str(problem["detail"])
    status, problem = _sent(founder, b"not a zip at all")
    assert (status, problem["code"]) == (422, "package_refused")
    assert founder.told("/entries")["data"] == []


def test_names_leave_only_with_who_may_see_them(office: Office) -> None:
    _sent(office.person("usr_founder"), zipped(TESTBED / "acme_holdings_limited"))
    finance = office.person("usr_finance", Scope.CAPTABLE_READ)
    assert finance.get("/ocf").status_code == 403
