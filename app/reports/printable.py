"""What can be printed: texts in letters that the typesetter has, with places to break words that are too long."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

DRAWN = (
    "\\n -~\u00a0-\u00ac\u00ae-\u024f\u0386-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u0481\u048a-\u04ff"
    "\u05d0-\u05ea\u0621-\u063a\u0640-\u064a\u0660-\u0669\u067e\u0686\u0698\u06a9\u06af\u06be\u06cc\u06f0-\u06f9\u1e00-\u1eff\u2010-\u2027"
    "\u2030-\u2040\u2070\u2071\u2074-\u208e\u20a0-\u20bf\u2190-\u22ff\u25a0-\u25ff"
)
"""What the typesetter's own fonts have letters for: Latin, Greek, Cyrillic, Hebrew, Arabic and Persian, and signs. They
are the only ones used, so that the same paper is the same bytes on every machine."""
NOT_DRAWN = re.compile(f"[^{DRAWN}]")

LONG_WORD = re.compile(r"\S{40}")
"""As much of a word as surely fits into a line."""


def printable(said: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the same with places to break a word that is longer than a line, and a box for what can't be drawn."""
    if isinstance(said, dict):
        return {name: printable(value) for name, value in said.items()}
    if isinstance(said, list):
        return [printable(value) for value in said]
    return LONG_WORD.sub(lambda word: f"{word[0]}\u200b", drawn(said)) if isinstance(said, str) else said


def drawn(text: str) -> str:
    """Return a text with a box in place of each letter that can't be drawn; nothing in it turns the text around it."""
    return NOT_DRAWN.sub("□", unicodedata.normalize("NFC", text))
