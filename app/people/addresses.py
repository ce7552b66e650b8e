"""E-mail addresses: what is one, and how somebody's becomes another."""

from __future__ import annotations

import re

from ledger.errors import Invalid

LONGEST = 200
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def address_of(text: str) -> str:
    """Return a bare e-mail address without the spaces around it; nothing that could end a header's line is one.

    Raises:
        Invalid: It is none.
    """
    found = text.strip()
    if len(found) > LONGEST or not _ADDRESS.fullmatch(found):
        raise Invalid("This is not an e-mail address. It looks like name@example.org.", field="email")
    return found
