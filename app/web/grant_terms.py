"""A grant before it is one: its terms in a sentence, its schedule as a picture, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import grant_batches
from app.people import vault
from app.web import charts, refusals
from app.web.charts import Step
from app.web.pool_words import valued
from app.web.words import Words
from ledger import journal
from ledger.equity import grants
from ledger.equity.classes import pool
from ledger.equity.grants import GrantOrder
from ledger.equity.pricing import fair_value
from ledger.equity.promises import promised
from ledger.equity.register import engaged_as
from ledger.equity.values import (
    Approval,
    Award,
    EventKind,
    GrantDraft,
    Holder,
    Plan,
    Security,
    SecurityEvent,
    SecurityKind,
    ShareClass,
)
from ledger.equity.vesting.table import Table, vesting_days
from ledger.equity.vesting.templates import name_of
from ledger.errors import TermsInvalid
from ledger.reading import every, find
from ledger.types import Json, Price, decimal_text

AT_ONCE = "at once"
"""What a form says where nothing has to vest."""


class Weight(StrEnum):
    """What a check comes to; the values are the stylesheet's."""

    OK = "ok"
    """Nothing speaks against it."""
    WARN = "warn"
    """Somebody should look; nothing refuses it."""
    NO = "no"
    """It would be refused when it is issued."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in a sentence."""

    weight: Weight
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A grant as its drafter and its approver see it; units as decimal text.

    Attributes:
        vesting: The name of its template, or what it says if it has none.
        rows: The days on which more becomes the holder's: day, how much, how much in all.
    """

    order: GrantOrder
    name: str
    plan: str
    units: str
    price: str | None
    vesting: str
    expires_on: date | None
    sentence: str
    picture: Markup
    rows: tuple[tuple[date, str, str], ...]
    checks: tuple[Check, ...]


def template_of(vesting: Json) -> str | None:
    """Return the name of the template that vesting terms are, ``AT_ONCE`` for none, None for terms of their own."""
    return AT_ONCE if vesting is None else name_of(vesting)


def preview(db: Session, order: GrantOrder, today: date, words: Words) -> Preview:
    """Return what a grant would be.

    Args:
        db: The session.
        order: What is to be granted.
        today: Which day it is where the company is.
        words: The reader's language.

    Raises:
        NotFound: No such holder or plan.
        VestingError: Its terms can't be read, or come to more than was granted.
    """
    find(db, Holder, order.holder)
    plan = find(db, Plan, order.plan_id)
    of = find(db, ShareClass, plan.class_id)
    table = promised(
        order.vesting,
        order.quantity,
        order.grant_date,
        start=order.vesting_start,
        held_to_grant_date=plan.holds_to_grant_date,
    )
    name = vault.names(db, [order.holder])[order.holder]
    steps = [Step(*each) for each in vesting_days(table)]
    expires_on = order.expires_on
    if expires_on is None and order.award_type.needs_price:
        expires_on = grants.default_expiry(order.grant_date)
    return Preview(
        order,
        name,
        plan.name,
        decimal_text(order.quantity, of.decimals),
        None if order.price is None else f"{order.price.text} {order.price.currency}",
        template_of(order.vesting) or words.say("Terms of its own, as the record holds them"),
        expires_on,
        sentence(name, steps, order.quantity, of.decimals, words),
        charts.staircase(steps, today, order.quantity, words, of.decimals),
        tuple(_rows(steps, of.decimals)),
        tuple(_checks(db, order, plan, of, table, words)),
    )


def _gains(steps: Sequence[Step]) -> list[int]:
    return [step.units - before for step, before in zip(steps, [0, *(one.units for one in steps)], strict=False)]


def _rows(steps: Sequence[Step], decimals: int) -> list[tuple[date, str, str]]:
    return [
        (step.on, decimal_text(gain, decimals), decimal_text(step.units, decimals))
        for step, gain in zip(steps, _gains(steps), strict=True)
    ]


def sentence(name: str, steps: Sequence[Step], quantity: int, decimals: int, words: Words) -> str:
    """Return a grant in plain words: how much, from when on, until when.

    Args:
        name: Who receives it.
        steps: The totals that are theirs, by day; empty where all of it waits for an event.
        quantity: All that is granted, in minor units.
        decimals: Of the class.
        words: The reader's language.
    """

    def told(units: int) -> str:
        return words.number(decimal_text(units, decimals))

    parts = [words.say("{name} receives {units} units.", name=name, units=told(quantity))]
    if not steps:
        return " ".join([*parts, words.say("They become theirs when what the terms name has happened.")])
    first, last, gains = steps[0], steps[-1], _gains(steps)
    if len(steps) == 1:
        return " ".join([*parts, words.say("All of them become theirs on {on}.", on=words.day(first.on))])
    parts.append(
        words.say(
            "Nothing becomes theirs before {on}; on that day {units} do.", on=words.day(first.on), units=told(gains[0])
        )
    )
    least, most = min(gains[1:]), max(gains[1:])
    each = told(least) if least == most else words.say("{least} to {most}", least=told(least), most=told(most))
    count = len(steps) - 1
    parts.append(
        words.several(
            "After that comes one more step of {each}, on {until}.",
            "After that come {count} more steps of {each} each, until {until}.",
            count,
            each=each,
            until=words.day(last.on),
        )
    )
    return " ".join(parts)


def _checks(db: Session, order: GrantOrder, plan: Plan, of: ShareClass, table: Table, words: Words) -> list[Check]:
    found = [_adds_up(order, of, table, words), _by_law(db, order, of, words), _engaged(db, order, words)]
    found += _valuation(db, order, of, words)
    if not plan.implied:
        found.insert(0, _room(db, order, plan, of, words))
    unaccepted = waiting_of(db, order.holder)
    if unaccepted:
        text = words.say(
            "They have not accepted {labels} yet. You can still go on.",
            labels=", ".join(one.label for one in unaccepted),
        )
        found.append(Check(Weight.WARN, text))
    return found


def _room(db: Session, order: GrantOrder, plan: Plan, of: ShareClass, words: Words) -> Check:
    left = journal.lowest_from(db, pool(plan.id), order.grant_date)
    before = words.number(decimal_text(left, of.decimals))
    if left < order.quantity:
        text = words.say("The pool has too little: {left} from that day on.", left=before)
        return Check(Weight.NO, text)
    after = words.number(decimal_text(left - order.quantity, of.decimals))
    return Check(Weight.OK, words.say("The pool has room: {left} before, {after} after.", left=before, after=after))


def _adds_up(order: GrantOrder, of: ShareClass, table: Table, words: Words) -> Check:
    total = sum(one.quantity for one in table)
    told = words.number(decimal_text(total, of.decimals))
    if total == order.quantity:
        return Check(Weight.OK, words.say("The schedule adds up to exactly {units}.", units=told))
    return Check(Weight.NO, words.say("The schedule adds up to {units}, not to what is granted.", units=told))


def _by_law(db: Session, order: GrantOrder, of: ShareClass, words: Words) -> Check:
    fair: Price | None = fair_value(db, of.id, order.grant_date)
    engaged = engaged_as(db, order.holder, order.grant_date)
    try:
        grants.refuse_terms(order, of, find(db, Holder, order.holder), engaged, fair)
    except TermsInvalid as refusal:
        return Check(Weight.NO, refusals.told(words, str(refusal)))
    if fair is None or not order.award_type.needs_price:
        return Check(Weight.OK, words.say("Kind, class and holder fit together."))
    text = words.say("The price is not below the valuation in force, {fair}.", fair=f"{fair.text} {fair.currency}")
    return Check(Weight.OK, text)


def _valuation(db: Session, order: GrantOrder, of: ShareClass, words: Words) -> list[Check]:
    """Return a warning if what is granted needs a valuation, and the last one is older than twelve months."""
    [last] = valued(db, {of.id}, order.grant_date)
    if not (order.award_type.needs_price and last.is_old and last.since):
        return []
    text = words.say(
        "The last valuation is of {since}, more than twelve months ago. Record a new one before you grant options.",
        since=words.day(last.since),
    )
    return [Check(Weight.WARN, text)]


def _engaged(db: Session, order: GrantOrder, words: Words) -> Check:
    if engaged_as(db, order.holder, order.grant_date):
        return Check(Weight.OK, words.say("They work with the company on the day of the grant."))
    return Check(Weight.WARN, words.say("They are not engaged on the day of the grant. Is this the right person?"))


def waiting_of(db: Session, holder: str) -> list[Security]:
    """Return the grants that somebody has not accepted, as far as anything happened to none of them."""
    return [
        one
        for one in every(db, Security, holder=holder, kind=SecurityKind.AWARD)
        if not any(
            event.kind in {EventKind.ACCEPTED, EventKind.CANCELLED, EventKind.RETRACTED, EventKind.LEFT}
            for event in every(db, SecurityEvent, security=one.id)
        )
    ]


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft of which nothing has been issued yet.

    Attributes:
        approval: Of exactly these terms; None while it waits.
    """

    draft: GrantDraft
    order: GrantOrder
    name: str
    units: str
    approval: Approval | None


def open_drafts(db: Session) -> list[OpenDraft]:
    """Return the drafts that were not issued, each in its newest version, oldest first."""
    issued = {one.draft_id for one in every(db, Award)}
    newest: dict[str, GrantDraft] = {}
    for one in every(db, GrantDraft):
        if one.id not in issued and one.version >= (newest[one.id].version if one.id in newest else 0):
            newest[one.id] = one
    called = vault.names(db, [one.holder for one in newest.values()])
    return [opened(db, one, called[one.holder]) for one in newest.values()]


def single_drafts(db: Session) -> list[OpenDraft]:
    """Return the open drafts that are in no batch."""
    batched = grant_batches.members(db)
    return [one for one in open_drafts(db) if one.draft.id not in batched]


def opened(db: Session, draft: GrantDraft, name: str) -> OpenDraft:
    """Return a draft with its order and its approval."""
    order = GrantOrder.from_terms(draft.terms)
    decimals = find(db, ShareClass, find(db, Plan, order.plan_id).class_id).decimals
    return OpenDraft(draft, order, name, decimal_text(order.quantity, decimals), grants.approval_of(db, draft))
