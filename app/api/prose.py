"""Words of several lines: texts, comments, reasons."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Strict, StringConstraints
from pydantic_core import PydanticCustomError


def _check_prose(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text_form", "Text must be Unicode.") from None
    if "\x00" in value:
        raise PydanticCustomError("text_form", "Text must not hold the character NUL.")
    return value


Prose = Annotated[str, Strict(), StringConstraints(min_length=1, max_length=20_000), AfterValidator(_check_prose)]
"""A text of several lines; how long it may be at most, its deed knows."""
