"""Open Cap Format packages in and out: the cap table as it is, and everything to be imported elsewhere."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy.orm import Session

from app.api.beside import Beside, Prepared
from app.api.door import Door
from app.api.fields import Attachment, Told, shown
from app.api.lists import AsOfAsked
from app.api.service import Now
from app.api.uploads import BINARY, Upload
from app.errors import PackageRefused, ScopeMissing
from app.imports.ocf.findings import Finding, Severity
from app.imports.ocf.writer import import_package
from app.imports.ocf.zipped import check_zip, refuse_errors
from app.jobs.running import Outcome, Tick
from app.people.exports import Taken
from app.people.tokens import Scope, Token
from app.reports.ocf import export_package, write_zip
from ledger.errors import AlreadyExists, Invalid, NotFound
from ledger.types import Act

door = Door("open-cap-format")

ZIPPED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The package, an `.ocf.zip`.",
        "content": {"application/zip": BINARY},
    }
}
"""The body, in OpenAPI's words."""

MOST_FINDINGS = 500
"""How many findings an answer tells."""

FINDING: dict[str, Any] = {
    "severity": "warning",
    "code": "unknown_reference",
    "object_id": "EXERCISE_01",
    "message": "It names the certificate share_issuance_01, which the package does not issue.",
}


class OcfVersion(StrEnum):
    """Which version of the format."""

    RELEASED = "1.2.0"
    """The newest release."""
    MAIN = "main"
    """What is to become the next one."""


class OcfFinding(Told):
    """Something found in a package."""

    model_config = shown(FINDING)

    severity: Severity
    code: str
    object_id: str | None
    message: str

    @classmethod
    def of(cls, finding: Finding) -> OcfFinding:
        """Return a finding as the API tells it."""
        return cls(
            severity=finding.severity,
            code=finding.code.value,
            object_id=finding.object_id or None,
            message=finding.message,
        )


class OcfImported(Told):
    """What became of a package: all of it is on record."""

    model_config = shown({"entries": 38, "findings": [FINDING], "more_findings": 0})

    entries: int
    findings: list[OcfFinding]
    """Warnings; what they are about is kept all the same."""
    more_findings: int
    """How many are not listed."""


def _prepare(db: Session, upload: Upload) -> Prepared:
    del db
    return Prepared(upload.content, None, {})


def _carry_out(db: Session, act: Act, sent: bytes, asked: Mapping[str, Any], tick: Tick) -> Outcome:
    del asked
    tick("checking", 0)
    checked = check_zip(sent)
    refuse_errors(checked)
    tick("recording", 0)
    made = import_package(db, Act(act.actor, "import:ocf", act.now, act.entropy), checked)
    listed = [OcfFinding.of(finding) for finding in checked.findings[:MOST_FINDINGS]]
    told = OcfImported(entries=made.entries, findings=listed, more_findings=len(checked.findings) - len(listed))
    return Outcome(told)


def _untold(stage: str, done: int, of: int | None = None, /) -> None:
    """Tell nobody how far it is."""


@door.upload(
    "/ocf-imports",
    Scope.REGISTER_WRITE,
    beside=Beside(_prepare, _carry_out),
    body=ZIPPED,
    refuses=[AlreadyExists, PackageRefused],
)
def import_ocf(db: Session, act: Act, upload: Upload) -> OcfImported:
    """Import an Open Cap Format package.

    The body is an `.ocf.zip` of version 1.2.0 or main. Every item is checked against its own schema, then references
    and arithmetic; one error refuses the whole package, and nothing is written. The record must be empty. With
    `dry_run=true`, everything is checked and nothing kept. A large package takes a while: with `Prefer: respond-async`
    the answer is a job; the package is kept until it ends.
    """
    told = _carry_out(db, act, upload.content, {}, _untold).told
    assert isinstance(told, OcfImported)
    return told


@door.read("/ocf", Scope.CAPTABLE_READ, long=True, refuses=[NotFound, Invalid])
def export_ocf(
    db: Session,
    token: Token,
    asked: AsOfAsked,
    now: Now,
    version: Annotated[OcfVersion, Query(description="Of the format.")] = OcfVersion.RELEASED,
) -> Attachment:
    """Export everything as an Open Cap Format package, with the last four digits of tax numbers.

    An `.ocf.zip` with names and addresses, hence only for a token that has `people:read` as well. The same `as_of` and
    `known_at` give the same bytes as long as nobody's data is erased.
    """
    if not token.may(Scope.PEOPLE_READ):
        raise ScopeMissing(f"A package names people; this token lacks the scope {Scope.PEOPLE_READ}.")
    cut = asked.cut(db, now)
    files = export_package(db, cut, version=version.value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.ocf.zip"
        write_zip(path, files)
        data = path.read_bytes()
    return Attachment(data, "application/zip", "vestry.ocf.zip", Taken.of("ocf", "zip", cut, data))
