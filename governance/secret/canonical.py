"""JSON in one form, the same bytes in Python and in a browser: sorted keys, no spaces, not ASCII-escaped, no floats.

Keys are ASCII, since languages sort other ones differently. Whole numbers stay within 2^53 - 1, which every reader
keeps exact. What is read has to be what would be written: doubled keys, spaces, other escapes and ``1.0`` fail that.
"""

from __future__ import annotations

import base64
import binascii
import json

from governance.secret.errors import NotCanonical
from ledger.types import MOST_UNITS, Json


def write(value: Json) -> bytes:
    """Return the one form of a value.

    Raises:
        NotCanonical: It holds a float, a key that is not ASCII, half a character, or too large a number.
    """
    _check(value)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotCanonical("A text holds half a character.") from None


def read(data: bytes) -> Json:
    """Return what JSON in its one form says.

    Raises:
        NotCanonical: It is no JSON, or not in that form.
    """
    try:
        value: Json = json.loads(data.decode())
        written = write(value)
    except (ValueError, RecursionError):
        raise NotCanonical("This is no JSON.") from None
    if written != data:
        raise NotCanonical("The JSON is not in its one form: sorted keys, each once, no spaces, whole numbers.")
    return value


def _check(value: object) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical("A key is ASCII text.")
            _check(one)
    elif isinstance(value, list):
        for one in value:
            _check(one)
    elif type(value) is int:
        if abs(value) > MOST_UNITS:
            raise NotCanonical("A number is too large to be exact everywhere.")
    elif value is not None and not isinstance(value, str | bool):
        raise NotCanonical("There are texts, whole numbers, true, false and nothing, and no floats.")


def to_base64(data: bytes) -> str:
    """Return standard base64, padded."""
    return base64.b64encode(data).decode()


def from_base64(text: object) -> bytes:
    """Return the bytes of base64 in its one form.

    Raises:
        NotCanonical: It is something else.
    """
    if not isinstance(text, str):
        raise NotCanonical("Bytes are written as base64.")
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise NotCanonical("Bytes are written as base64.") from None
    if to_base64(data) != text:
        raise NotCanonical("The base64 is not in its one form.")
    return data
