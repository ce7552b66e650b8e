"""The steward's first page: what needs them, how far the pool reaches, which votes are open, what was recorded last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import grant_batches, voting
from app.grant_batches import BatchState
from app.people.roles import Role
from app.web import charts, grant_terms
from app.web.charts import Part
from app.web.member import today_of
from app.web.site import Here, Pages, View
from app.web.words import Words
from governance import ballots, proposals
from governance.ballots import Turnout
from ledger import journal
from ledger.equity.captable.holdings import unvested_by_plan
from ledger.equity.captable.movements import pool_balances
from ledger.equity.captable.pools import PoolBalance
from ledger.sessions import months
from ledger.types import Cut, decimal_text

pages = Pages()

NEWEST = 8
"""How many entries stand on the first page."""

TO_DO = frozenset({BatchState.APPROVED, BatchState.RETURNED})
"""What becomes of a batch that is the steward's to go on with."""

A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Pool:
    """A plan's pool as the first page shows it.

    Attributes:
        runway: How long it lasts, and what that assumes.
    """

    plan: str
    name: str
    parts: tuple[Part, ...]
    reserved: str
    picture: Markup
    runway: str


@dataclass(frozen=True, slots=True)
class OpenVote:
    """A vote that is open now.

    Attributes:
        turnouts: How many of each body have voted; how they voted nobody knows yet. Empty before the roll is copied.
        pictures: The same as bars.
    """

    id: str
    title: str
    closes_at: int
    turnouts: tuple[Turnout, ...]
    pictures: tuple[Markup, ...]

    @property
    def short(self) -> list[Turnout]:
        """The bodies of which fewer have voted than have to."""
        return [one for one in self.turnouts if one.is_short]


@pages.get("/steward", Role.STEWARD, long=True)
def overview(db: Session, here: Here) -> View:
    """What needs a steward, then how things stand."""
    on, size = today_of(db, here), journal.size(db)
    drafts = grant_terms.single_drafts(db)
    return View(
        "steward.html",
        {
            "ready": [one for one in drafts if one.approval is not None],
            "waiting": [one for one in drafts if one.approval is None],
            "batches": [one for one in grant_batches.batches(db) if one.state in TO_DO],
            "votes": open_votes(db, here),
            "disputes": sum(dispute.state.is_open for _, dispute in months.cases(db)),
            "pools": pools(db, Cut(on, size), here.words),
            "entries": list(journal.entries_between(db, max(0, size - NEWEST), size))[::-1],
            "size": size,
            "on": on,
        },
    )


def open_votes(db: Session, here: Here) -> list[OpenVote]:
    """Return the votes that are open now, with how many took part."""
    return [
        OpenVote(
            one.proposal,
            proposals.version(db, one.proposal).title,
            one.closes_at,
            told := ballots.turnouts(db, one),
            tuple(charts.meter(each.voted, each.roll, each.needed, here.words) for each in told),
        )
        for one in voting.open_votes(db, here.now)
    ]


def pools(db: Session, cut: Cut, words: Words) -> list[Pool]:
    """Return every plan's pool as a cut sees it; plans that only an import names have none."""
    now = [one for one in pool_balances(db, cut) if one.reserved is not None]
    year_ago = {one.plan.id: one.granted for one in pool_balances(db, Cut(cut.as_of - A_YEAR, cut.known_at))}
    unvested = unvested_by_plan(db, cut)
    return [
        _pool(one, unvested.get(one.plan.id, 0), one.granted - year_ago.get(one.plan.id, 0), cut.as_of, words)
        for one in now
    ]


def _pool(of: PoolBalance, unvested: int, granted: int, on: date, words: Words) -> Pool:
    assert of.reserved is not None
    assert of.available is not None
    delivered = of.reserved - of.available - of.outstanding - of.retired_not_returned

    def part(label: str, units: int, ink: str) -> Part:
        return Part(label, units, words.number(decimal_text(units, of.decimals)), ink)

    parts = (
        part(words.say("Turned into shares"), delivered, "f3"),
        part(words.say("Granted and vested"), of.outstanding - unvested, "f1"),
        part(words.say("Granted, not vested"), unvested, "f2"),
        part(words.say("Available"), of.available, "f1s"),
    )
    return Pool(
        of.plan.id,
        of.plan.name,
        parts,
        words.number(decimal_text(of.reserved, of.decimals)),
        charts.bar(words.say("The pool of {plan}", plan=of.plan.name), parts),
        runway(of.available, granted, of.decimals, on, words),
    )


def runway(available: int, granted: int, decimals: int, on: date, words: Words) -> str:
    """Return how long a pool lasts in one sentence, with what that assumes.

    Args:
        available: What may still be granted, in minor units.
        granted: What was granted in the twelve months before.
        decimals: Of the class.
        on: The last day of those twelve months.
        words: The reader's language.
    """
    left = words.number(decimal_text(available, decimals))
    if available <= 0:
        return words.say("Nothing is left to grant. Members decide whether the pool grows: put a proposal forward.")
    if granted <= 0:
        return words.say(
            "{left} units are available. Nothing was granted in the twelve months to {on}, so no pace is known.",
            left=left,
            on=words.day(on),
        )
    return words.several(
        "{left} units are available: about one month, if as many are granted as in the twelve months to {on} ({pace}).",
        "{left} units are available: about {count} months, if as many are granted as in the twelve months to {on} "
        "({pace}).",
        max(1, 12 * available // granted),
        left=left,
        on=words.day(on),
        pace=words.number(decimal_text(granted, decimals)),
    )
