"""What was set once, as it stands later: prices and ratios after splits and repricings, and the deed that reprices.

A split writes no prices. A price is as agreed, and what it has become follows from the splits since; so nothing that
was signed is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import TypeAlias

from sqlalchemy.orm import Session

from ledger import journal
from ledger.entries import Draft
from ledger.equity.classes import in_force_among, splits_of
from ledger.equity.securities import Position, position
from ledger.equity.values import ClassRatio, ClassSplit, EventKind, Security, SecurityEvent, ShareClass, Valuation
from ledger.errors import NotFound, TermsInvalid
from ledger.kinds import declare
from ledger.reading import Known, known, newest
from ledger.types import MOST_UNITS, Act, Cut, Price

MOST_PLACES = 10
"""The decimal places of a price after a split that comes out uneven: as many as the Open Cap Format writes."""

Moment: TypeAlias = tuple[date, int]
"""The day something counts from and the number of its entry, which tells what came first on one day."""


@declare
class PricingEntry(StrEnum):
    """The kinds of entry about prices."""

    REPRICED = "grant.repriced"
    """An option has another exercise price."""


def growth(splits: Iterable[Known[ClassSplit]], since: Moment, on: date) -> Fraction:
    """Return how many shares one share of the moment ``since`` has become by the end of ``on``."""
    grown = Fraction(1)
    for split in splits:
        if since < (split.on, split.n) and split.on <= on:
            grown *= Fraction(split.value.numerator, split.value.denominator)
    return grown


def adjusted(price: Price, grown: Fraction) -> Price:
    """Return a price a share once each share has become ``grown`` shares.

    Exact where ten decimal places can say it; else rounded up at the tenth (or at the finest that fits), so that an
    exercise price never falls below the value it was set at.
    """
    exact = Fraction(price.amount, 10**price.scale) / grown
    places = range(price.scale, max(price.scale, MOST_PLACES) + 1)
    for scale in places:
        if (exact * 10**scale).denominator == 1 and exact * 10**scale <= MOST_UNITS:
            return Price(int(exact * 10**scale), scale, price.currency)
    finest = max(scale for scale in range(places[-1] + 1) if ceil(exact * 10**scale) <= MOST_UNITS)
    return Price(ceil(exact * 10**finest), finest, price.currency)


def price_at(
    issued: Known[Security], events: Iterable[Known[SecurityEvent]], splits: Iterable[Known[ClassSplit]], on: date
) -> Price | None:
    """Return the price a share of a security on a day: as issued or last repriced, after the splits since."""
    price, since = issued.value.price, (issued.on, issued.n)
    for event in events:
        if event.value.kind is EventKind.REPRICED and event.on <= on:
            price, since = event.value.price, (event.on, event.n)
    return None if price is None else adjusted(price, growth(splits, since, on))


def price_of(db: Session, security_id: str, on: date, *, class_id: str | None = None) -> Price | None:
    """Return the price a share of a security on a day, in shares of that day; None where it has none.

    ``class_id`` is the class whose splits count where the security itself names none (a warrant).

    Raises:
        NotFound: No such security.
    """
    issued = known(db, Security, id=security_id)
    if not issued:
        raise NotFound(f"There is no security {security_id!r} on record.", field="security")
    of = class_id or issued[0].value.class_id
    splits = splits_of(db, of) if of else []
    return price_at(issued[0], known(db, SecurityEvent, security=security_id), splits, on)


def fair_value(db: Session, class_id: str, on: date, cut: Cut | None = None) -> Price | None:
    """Return the price of the valuation in force on a day, in shares of that day; None where none is in force.

    With a cut: as was known then.
    """
    in_force = in_force_among(known(db, Valuation, cut, class_id=class_id), on)
    if in_force is None:
        return None
    return adjusted(in_force.value.price, growth(splits_of(db, class_id, cut), (in_force.on, in_force.n), on))


def ratio_in_force(db: Session, share_class: ShareClass, on: date, *, known_at: int = MOST_UNITS) -> Fraction:
    """Return how many shares of ``converts_to`` one share converts into on a day, as known before an entry.

    A split has its own effect on the ratio written down in its entry, so the newest one counts.
    """
    latest = newest(db, ClassRatio, Cut(on, known_at), class_id=share_class.id)
    if latest is not None:
        return Fraction(latest.numerator, latest.denominator)
    return Fraction(share_class.ratio_numerator, share_class.ratio_denominator)


def reprice(db: Session, act: Act, security_id: str, price: Price, *, on: date, reason: str | None = None) -> None:
    """Give what is left of an option another exercise price.

    Raises:
        TermsInvalid: It is no option; no valuation is in force or the price is below it; the price stays what it was.
        LaterChangeExists: The option has changed since ``on``.
        NotAllowedNow: Nothing is left of it.
    """
    journal.lock(db)
    held = position(db, security_id)
    refuse_unless_option(held)
    held.refuse_before(on)
    held.refuse_unless_live()
    assert held.share_class is not None
    refuse_price(held, price, was=price_of(db, security_id, on), fair=fair_value(db, held.share_class.id, on))
    event = SecurityEvent(security_id, EventKind.REPRICED, held.outstanding, price, reason)
    journal.append(db, act, Draft(PricingEntry.REPRICED, on, (event,)))


def refuse_unless_option(held: Position) -> None:
    """Refuse to reprice what has no exercise price.

    Raises:
        TermsInvalid: It is no option.
    """
    if held.award is None or not held.award.award_type.is_option:
        raise TermsInvalid(f"{held.security.label} is no option; only options are repriced.", field="security")


def refuse_price(held: Position, price: Price, *, was: Price | None, fair: Price | None) -> None:
    """Refuse a new exercise price that the law does not allow, or that is no new one.

    ``was`` is the price so far and ``fair`` that of the valuation in force, both in shares of the day.

    Raises:
        TermsInvalid: No valuation is in force (I12.2), the price is below it (I7.4, IRC §409A), or it stays what it
            was.
    """
    if fair is None:
        raise TermsInvalid("No 409A valuation is in force on that day; record one first.", field="on")
    if not price.at_least(fair):
        text = f"The price {price.text} is below the valuation in force, {fair.text}."
        raise TermsInvalid(text, field="price")
    if was is not None and price.at_least(was) and was.at_least(price):
        raise TermsInvalid(f"{held.security.label} already has the price {price.text}.", field="price")
