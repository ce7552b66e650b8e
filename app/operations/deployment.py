"""The files an operator needs to install Vestry: a systemd unit, a container, a proxy; they come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ledger.errors import NotFound

FILES = Path(__file__).parent / "files"

NAMES: Mapping[str, str] = {
    "systemd": "vestry.service",
    "backup-service": "vestry-backup.service",
    "backup-timer": "vestry-backup.timer",
    "command": "vestry-command",
    "container": "Containerfile",
    "compose": "compose.yaml",
    "proxy": "Caddyfile",
}
"""What a file is called here, and the name that it is installed under."""


def text_of(name: str) -> str:
    """Return a file.

    Raises:
        NotFound: There is none of this name.
    """
    if name not in NAMES:
        raise NotFound(f"There is no file {name!r}; there are {', '.join(NAMES)}.")
    return (FILES / NAMES[name]).read_text(encoding="utf-8")
