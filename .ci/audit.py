"""Whether a pinned dependency has a known vulnerability.

Asks PyPI, and where that tells nothing, OSV. A closed network may reach neither; then nothing is claimed, and it is
said. Exit code 1 names what has to be mended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SOURCES = ("pypi", "osv")
PIP_AUDIT = "pip-audit>=2.9,<3"
SECONDS = 120


def asked(source: str) -> list[dict[str, Any]]:
    """Return what a source says of the pinned dependencies that it knows; none if it can't be reached."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "uv", "tool", "run", "--quiet", "--from", PIP_AUDIT, "pip-audit"]
        command += ["--requirement", "requirements.lock", "--no-deps", "--disable-pip"]
        command += ["--vulnerability-service", source, "--format", "json", "--output", str(report)]
        try:
            # it ends with 1 both where it found something and where it could not ask: the report tells which
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return []
        text = report.read_text("utf-8") if report.exists() else ""
    return [one for one in json.loads(text)["dependencies"] if "vulns" in one] if text else []


def main() -> int:
    """Print what is known, and return the exit code."""
    for source in SOURCES:
        told = asked(source)
        if not told:
            continue
        found = [(one, known) for one in told for known in one["vulns"]]
        for one, known in found:
            mended = ", ".join(known["fix_versions"]) or "no release"
            print(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")
        print(f"{len(told)} pinned dependencies looked up ({source}), {len(found)} known vulnerabilities")
        return 1 if found else 0
    print("No source of known vulnerabilities can be reached from here; nothing was audited.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
