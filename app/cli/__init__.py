"""The command ``vestry``: the same words and the same deeds as the API; exit codes never change.

Heavy packages are imported inside the commands that need them, so that ``vestry --help`` answers at once.
"""

from __future__ import annotations

import sys

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
    from app.cli.commands import tree  # noqa: PLC0415 - typer is imported when the command runs, not with the package

    try:
        tree()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
