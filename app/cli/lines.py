"""Lists for machines: one object of JSON a line, so that whoever reads them can begin with the first."""

from __future__ import annotations

import json
from collections.abc import Iterable

import typer


def print_lines(found: Iterable[object]) -> None:
    """Print a list, each on a line of its own; nothing at all where it is empty."""
    for one in found:
        typer.echo(json.dumps(one, ensure_ascii=False))
