"""A package as somebody sends it: the bytes of an ``.ocf.zip``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.errors import PackageRefused
from app.imports.ocf.checking import CheckedPackage, check
from app.imports.ocf.findings import Severity


def check_zip(content: bytes) -> CheckedPackage:
    """Check an ``.ocf.zip`` completely; never raises for what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.ocf.zip"
        path.write_bytes(content)
        return check(path)


def refuse_errors(checked: CheckedPackage) -> None:
    """Refuse a package with errors.

    Raises:
        PackageRefused: There are some; the first five are told.
    """
    errors = [finding for finding in checked.findings if finding.severity is Severity.ERROR]
    if errors:
        told = "; ".join(f"{one.object_id or one.file}: {one.message}" for one in errors[:5])
        raise PackageRefused(f"{len(errors)} errors, and nothing was written. {told}", field="file")
