"""The command ``vestry``: the same words and the same deeds as the API; exit codes never change.

Heavy packages are imported inside the commands that need them, so that ``vestry --help`` answers at once.
"""

from __future__ import annotations

import gc
import sys

NEW_OBJECTS = 50_000
"""After how many the rings among them are looked for; while modules are imported, looking every 700 finds nothing."""

EXIT_CODES = {
    0: "ok",
    1: "failure",
    2: "usage",
    3: "not found",
    4: "refused input",
    5: "conflict",
    6: "does not verify",
}
"""With 7, pending migration, and 130, interrupted: what scripts may rely on."""


def main() -> None:
    """Run the command line."""
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    from app.cli.commands import tree  # noqa: PLC0415 - typer is imported when the command runs, not with the package

    try:
        tree()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
