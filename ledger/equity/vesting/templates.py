"""The vesting terms a cooperative picks from by name (equity.md §3.4)."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.equity.vesting.errors import UnknownTemplate
from ledger.equity.vesting.plain import PlainTerms
from ledger.types import Json

TEMPLATES: Mapping[str, PlainTerms] = MappingProxyType(
    {
        "4y/1y/monthly": PlainTerms(48, 12),
        "4y/0/monthly": PlainTerms(48),
        "2y/6m/monthly": PlainTerms(24, 6),
        "2y/0/monthly": PlainTerms(24),
        "1y quarterly": PlainTerms(12, every_months=3),
    }
)
"""No template knows sessions, ratings or ranks: equity vests with time of membership only (E8 I8.3)."""

DEFAULT = "4y/1y/monthly"


def template(name: str) -> PlainTerms:
    """Return a template's terms.

    Raises:
        UnknownTemplate: No template has this name; the message lists those there are.
    """
    try:
        return TEMPLATES[name]
    except KeyError:
        raise UnknownTemplate(f"There are no vesting terms “{name}”; there are {', '.join(TEMPLATES)}.") from None


def name_of(vesting: Json) -> str | None:
    """Return the name of the template that vesting terms are; None for terms of their own, and for none."""
    return next((name for name, terms in TEMPLATES.items() if dict(terms.as_dict()) == vesting), None)
