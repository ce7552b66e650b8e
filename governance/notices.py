"""Notices: a vote announced for its dates, under the rule of the day.

From the notice on, text, motions, rule and dates are frozen under one digest; another word is another version, and its
notice begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import insert
from sqlalchemy.orm import Session

from governance.clock import moment
from governance.errors import EffectTooEarly, MotionInvalid
from governance.lifecycle import BETWEEN_WINDOWS, ISSUING_LEAST, State, end_of, local_day, micros
from governance.lifecycle import moment as moment_of
from governance.proposals import Content, ProposalEntry, require_state, version
from governance.records import Notice, ProposalKind, Version
from governance.rolls import standing_for
from governance.rules import Ruleset, earliest_effect
from governance.secret import offer
from governance.tables import lot_seed
from governance.tally.lot import SEED_BYTES, commitment
from governance.tally.methods import Form
from ledger import journal
from ledger.entries import Draft
from ledger.errors import DatesOutOfOrder, Invalid
from ledger.reading import every
from ledger.records import canonical
from ledger.types import Act, Json


@dataclass(frozen=True, slots=True)
class Dates:
    """When a vote is held, by the wall clock of a zone.

    Attributes:
        record_date: Whoever is a member at its end may vote.
        opens: Local, without a zone of its own.
        closes: The same; the vote is open until just before.
        zone: IANA name.
        effective_on: When it takes effect if it passes; the earliest possible day if left out.
    """

    record_date: date
    opens: datetime
    closes: datetime
    zone: str
    effective_on: date | None = None


def give_notice(
    db: Session, act: Act, id: str, dates: Dates, *, rules: Ruleset, on: date, petition: str | None = None
) -> Notice:
    """Announce the vote on the newest version: from here on text, motions, rule and dates are frozen.

    Args:
        db: The session.
        act: Who, when.
        id: The proposal.
        dates: When.
        rules: The ruleset in force for its kind today; it is written into the notice.
        on: Today, where the company is.
        petition: The petition that forced it.

    Raises:
        NotAllowedNow: It is not ready: too few want it, or the board still has time to speak.
        DatesOutOfOrder: Too soon, too late, or too short; the message says what would do.
        EffectTooEarly: It would take effect before its notice allows; the message says when it may.
        Invalid: What can be chosen does not fit the method of the ruleset.
    """
    journal.lock(db)
    require_state(db, act, id, rules, State.READY)
    said = version(db, id)
    _check_question(said, rules)
    offer.check_options(rules, len(said.options) or len(standing_for(db, id)))
    # a clock that is set back makes no notice shorter
    on = max(on, local_day(moment(db, act), dates.zone))
    opens_at, closes_at = (moment_of(local, dates.zone) for local in (dates.opens, dates.closes))
    _check_dates(dates, opens_at, closes_at, rules, on)
    effective_on = _effect(said, dates, closes_at, rules)
    seed = act.entropy(SEED_BYTES)
    made = Notice(
        id,
        said.number,
        rules.to_json(),
        _frozen(said, rules, dates, opens_at, closes_at, effective_on),
        dates.record_date,
        dates.zone,
        opens_at,
        closes_at,
        effective_on,
        commitment(seed),
        petition,
    )
    db.execute(insert(lot_seed), [{"lot": made.lot, "seed": seed}])
    journal.append(db, act, Draft(ProposalEntry.ANNOUNCED, on, (made,)))
    return made


def _check_question(said: Version, rules: Ruleset) -> None:
    """Refuse a question that the method can't put: options where yes or no is asked, or none where one is chosen."""
    is_yes_no = rules.method.form in {Form.YES_NO, Form.CONSENT}
    if is_yes_no and (said.options or said.seats != 1):
        text = f"By the rule for {rules.kind.value} members vote {rules.method.value}: it has no options and no seats."
        raise Invalid(text, field="options")
    if not is_yes_no and rules.kind is not ProposalKind.ELECTION and not said.options:
        text = f"By the rule for {rules.kind.value} members choose among options, and there are none."
        raise Invalid(text, field="options")
    if said.seats > 1 and not rules.method.elects_several:
        raise Invalid(f"By {rules.method.value} one is chosen, not {said.seats}.", field="seats")


def _check_dates(dates: Dates, opens_at: int, closes_at: int, rules: Ruleset, on: date) -> None:
    days = (dates.opens.date() - on).days
    if days < rules.notice_days:
        text = (
            f"This needs {rules.notice_days} days of notice: it opens {_after(on, rules.notice_days)} at the earliest."
        )
        raise DatesOutOfOrder(text, field="opens")
    if rules.notice_most_days is not None and days > rules.notice_most_days:
        latest = _after(on, rules.notice_most_days)
        raise DatesOutOfOrder(f"It opens {latest} at the latest, or notice is given later.", field="opens")
    if closes_at <= opens_at or (dates.closes - dates.opens).days < rules.voting_days:
        raise DatesOutOfOrder(f"The vote is open for {rules.voting_days} days at least.", field="closes")
    if not on <= dates.record_date < dates.opens.date():
        text = "The record date is today or later, and before the vote opens."
        raise DatesOutOfOrder(text, field="record_date")
    if rules.secret and opens_at - end_of(dates.record_date, dates.zone) < micros(ISSUING_LEAST + BETWEEN_WINDOWS):
        text = "Passes are given out for five days after the record date, and rest for twelve hours: it opens later."
        raise DatesOutOfOrder(text, field="opens")


def _after(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def _effect(said: Version, dates: Dates, closes_at: int, rules: Ruleset) -> date | None:
    if not said.motions:
        if dates.effective_on is not None:
            raise MotionInvalid("Without a motion there is nothing to take effect.", field="effective_on")
        return None
    earliest = earliest_effect(rules, local_day(closes_at - 1, dates.zone))
    if dates.effective_on is not None and dates.effective_on < earliest:
        raise EffectTooEarly(f"This takes effect on {earliest} at the earliest.", field="effective_on")
    return dates.effective_on or earliest


def _frozen(
    said: Version, rules: Ruleset, dates: Dates, opens_at: int, closes_at: int, effective_on: date | None
) -> str:
    return frozen_digest(
        said.digest, rules.to_json(), dates.record_date, dates.zone, (opens_at, closes_at), effective_on
    )


def frozen_digest(
    content: str, rule: Json, record_date: date, zone: str, times: tuple[int, int], effective_on: date | None
) -> str:
    """Return the digest over all that a notice freezes, hex."""
    said: Json = {
        "content": content,
        "rule": rule,
        "record_date": record_date.isoformat(),
        "zone": zone,
        "opens_at": times[0],
        "closes_at": times[1],
        "effective_on": None if effective_on is None else effective_on.isoformat(),
    }
    return sha256(canonical(said)).hexdigest()


def misfit(db: Session) -> tuple[str, str] | None:
    """Return the first proposal whose digests are not those of what it says, with what is wrong; None if all fit."""
    digests: dict[tuple[str, int], str] = {}
    for said in every(db, Version):
        options = {one["key"]: one["title"] for one in said.options}
        content = Content(said.title, said.text, said.motions, options, said.seats)
        if content.digest != said.digest:
            return said.proposal, f"version {said.number} is not what its digest stands for"
        digests[said.proposal, said.number] = said.digest
    for one in every(db, Notice):
        frozen = frozen_digest(
            digests[one.proposal, one.version],
            one.rule,
            one.record_date,
            one.zone,
            (one.opens_at, one.closes_at),
            one.effective_on,
        )
        if frozen != one.digest:
            return one.proposal, "its notice is not what its digest stands for"
    return None
