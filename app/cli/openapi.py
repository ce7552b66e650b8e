"""``vestry openapi``: the API's description."""

from __future__ import annotations

import sys
from importlib.resources import files


def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI 3.1), with an example of each request, answer and problem.

    vestry openapi > vestry.json
    """
    sys.stdout.write(files("app.api").joinpath("openapi.json").read_text(encoding="utf-8"))
