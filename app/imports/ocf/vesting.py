"""What a grant of the package promises: its terms as the ledger keeps them, and its instalments."""

from __future__ import annotations

from typing import Any

from app.imports.ocf.remarks import FIELD, Object
from ledger.equity.vesting.plain import PlainTerms
from ledger.equity.vesting.terms import VestingTerms
from ledger.errors import Refusal
from ledger.types import Json


def terms_of(item: Object) -> Json:
    """Return vesting terms as a grant keeps them: what decides what vests, without the words; None if unreadable.

    Terms that were plain ones when they were exported are plain ones again.
    """
    ours = item.get(FIELD)
    try:
        if isinstance(ours, dict) and "plain" in ours:
            return dict(PlainTerms.parse(ours["plain"]).as_dict())
        written: dict[str, Any] = VestingTerms.parse(item, ignore_unknown=True).as_dict()
    except Refusal:
        return None
    for condition in written["vesting_conditions"]:
        condition.pop("description", None)
    return {name: written[name] for name in ("allocation_type", "vesting_conditions")}
