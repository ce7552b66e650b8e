"""Asks the service on this machine whether it is ready, for a container's health: ``python -m app.operations.ready``.

A module, since not every engine of containers hands on a quoted script as it is written.
"""

from __future__ import annotations

import sys
from urllib.request import urlopen

ADDRESS = "http://127.0.0.1:8000/readyz"


def main(address: str = ADDRESS) -> str | None:
    """Return why it is not ready; None if it is."""
    try:
        with urlopen(address, timeout=4):
            return None
    except OSError as error:  # an answer that says no is one, too
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
