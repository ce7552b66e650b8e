"""The reconciliations that auditors do, over HTTP: each a check with its figures."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Told, shown
from app.api.lists import AsOfAsked
from app.api.service import Now
from app.people.tokens import Scope
from app.ties import Finding, findings
from app.ties.wording import COVERS
from ledger.errors import NotFound

door = Door("checks")

CHECK = {
    "number": 2,
    "name": "pools",
    "ok": True,
    "claim": "What left each pool adds up to what it has left",
    "covers": "A plan known only from an imported record has no pool to check.",
    "told": "Reserved 2,000,000; available, outstanding, issued and retired 2,000,000",
    "figures": {"reserved": "2000000", "parts": "2000000"},
    "offenders": [],
    "others": 0,
}


class CheckOut(Told):
    """What one check found."""

    model_config = shown(CHECK)

    number: int
    """From 1 to 23, as auditors count them."""
    name: str
    ok: bool
    claim: str
    """What must hold."""
    covers: str | None
    """What it covers, where that needs saying."""
    told: str
    """The figures in a sentence."""
    figures: dict[str, str]
    """Decimal strings or words, by the names of their places in the sentence."""
    offenders: list[str]
    """Labels, days or entries that do not fit: the first few."""
    others: int
    """How many more there are."""

    @classmethod
    def of(cls, found: Finding) -> CheckOut:
        """Return a finding as the API tells it."""
        return cls(
            number=found.number,
            name=found.name,
            ok=found.holds,
            claim=found.title,
            covers=COVERS.get(found.name),
            told=found.told,
            figures=dict(found.figures),
            offenders=list(found.offenders),
            others=found.others,
        )


class ChecksOut(Told):
    """What every check found."""

    model_config = shown({"ok": True, "as_of": "2025-12-31", "known_at": 4812, "checks": [CHECK]})

    ok: bool
    """Whether all hold: only then can a month be closed."""
    as_of: date
    known_at: int
    checks: list[CheckOut]


@door.read("/checks", Scope.CAPTABLE_READ, long=True, refuses=[NotFound])
def get_checks(db: Session, asked: AsOfAsked, now: Now) -> ChecksOut:
    """Get what every check finds.

    The same `as_of` and `known_at` give the same findings for ever, whatever is recorded later.
    """
    cut = asked.cut(db, now)
    found = findings(db, cut)
    return ChecksOut(
        ok=all(one.holds for one in found),
        as_of=cut.as_of,
        known_at=cut.known_at,
        checks=[CheckOut.of(one) for one in found],
    )
