"""What happens if a proposal passes, in plain words: each motion as a sentence and, line by line, now and then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.people import vault
from app.policy_values import checked
from app.web import policy_words
from app.web.words import Words
from governance import policies
from governance.differences import Line, changed_lines
from governance.records import Seat
from ledger.equity import grants
from ledger.equity.grants import GrantOrder
from ledger.equity.values import Plan, ShareClass
from ledger.members import MemberClass
from ledger.reading import find
from ledger.types import decimal_text

RESERVED = {
    MemberClass.PROVIDER: "For providers",
    MemberClass.STEWARD: "For stewards",
    MemberClass.STAFF: "For staff",
    MemberClass.INVESTOR: "For investors",
}
"""For whom a seat on the board is reserved."""


def reserved_words(of: MemberClass, words: Words) -> str:
    """Return for whom a seat is reserved."""
    return words.say(RESERVED[of])


@dataclass(frozen=True, slots=True)
class Change:
    """One line that says something else.

    Attributes:
        before: None where it was not there.
        after: None where it is not there any more.
    """

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a motion does.

    Attributes:
        name: In a few words.
        sentences: In full.
        changes: Line by line, now and then.
        lines: Of a document, the lines of both texts.
    """

    name: str
    sentences: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    lines: tuple[Line, ...] = ()


def told(db: Session, motions: Iterable[Mapping[str, Any]], words: Words) -> list[Told]:
    """Return what motions do, in their order."""
    return [_DEEDS[str(one["kind"])](db, one, words) for one in motions]


def _set_policy(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    key = str(motion["key"])
    # in its one form, with what it leaves open filled in, as the record will hold it
    value = checked(key, motion["value"])
    replaced = [one for one in policies.history(db, key) if one.version == motion["expected_version"]]
    old = replaced[0].value if replaced else None
    before = {} if old is None else policy_words.rows(key, old, words)
    after = policy_words.rows(key, value, words)
    lines: tuple[Line, ...] = ()
    if "text" in value:
        text = words.say("Text")
        was = before.pop(text, "")
        lines = changed_lines(was, after.pop(text))
    # labels in the order of what will stand there, then what no longer will
    labels = [*after, *(label for label in before if label not in after)]
    changes = [Change(label, before.get(label), after.get(label)) for label in labels]
    changed = tuple(one for one in changes if one.before != one.after)
    name = policy_words.name_of(key, words, value)
    sentences = [_sentence(one, words) for one in changed] if len(changed) <= 4 else []
    if old is None:
        sentences.insert(0, words.say("This is new: there is no such rule now."))
    if not changed and not any(line.mark.value != "SAME" for line in lines):
        sentences.append(words.say("Nothing in it changes."))
    if motion.get("expires_on"):
        sentences.append(words.say("It ends after {on}.", on=motion["expires_on"]))
    return Told(name, tuple(sentences), changed, lines)


def set_words(db: Session, key: str, since: int, words: Words) -> list[str]:
    """Return how the newest version of a policy differs from an earlier one, in sentences; none where it does not."""
    versions = {one.version: one.value for one in policies.history(db, key)}
    if not versions or max(versions) == since:
        return []
    before = policy_words.rows(key, versions[since], words) if since in versions else {}
    after = policy_words.rows(key, versions[max(versions)], words)
    name = policy_words.name_of(key, words, versions[max(versions)])
    changes = [Change(label, before.get(label), after.get(label)) for label in {**after, **before}]
    told = [_sentence(one, words) for one in changes if one.before != one.after]
    return [words.say("“{name}” has changed meanwhile.", name=name), *told[:6]]


def _sentence(of: Change, words: Words) -> str:
    if of.before is None:
        return words.say("{label}: {after}, new.", label=of.label, after=_short(of.after))
    if of.after is None:
        return words.say("{label}: no longer there; it was {before}.", label=of.label, before=_short(of.before))
    return words.say(
        "{label}: from {before} to {after}.", label=of.label, before=_short(of.before), after=_short(of.after)
    )


def _short(text: str | None) -> str:
    return (text or "").rstrip(".")


def _enlarge_pool(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    plan = find(db, Plan, motion["plan"])
    decimals = find(db, ShareClass, plan.class_id).decimals
    grown = _sum(motion["expected_total"], motion["units"], decimals)
    before, after = words.number(motion["expected_total"]), words.number(grown)
    told = words.say(
        "The pool of {plan} grows by {units} units, from {before} to {after}.",
        plan=plan.name,
        units=words.number(motion["units"]),
        before=before,
        after=after,
    )
    return Told(words.say("A larger pool"), (told,), (Change(words.say("Units set aside"), before, after),))


def _sum(first: str, second: str, decimals: int) -> str:
    def minor(text: str) -> int:
        whole, _, rest = text.partition(".")
        return int(whole + rest.ljust(decimals, "0")[:decimals])

    return decimal_text(minor(first) + minor(second), decimals)


def _approve_grants(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    orders = [GrantOrder.from_terms(grants.newest_draft(db, one["id"]).terms) for one in motion["drafts"]]
    units: dict[str, int] = {}
    for order in orders:
        units[order.plan_id] = units.get(order.plan_id, 0) + order.quantity
    told = [words.several("One drafted grant is approved.", "{count} drafted grants are approved.", len(orders))]
    for id, sum_of in units.items():
        plan = find(db, Plan, id)
        decimals = find(db, ShareClass, plan.class_id).decimals
        told.append(
            words.say(
                "{units} units in all, from the pool of {plan}.",
                units=words.number(decimal_text(sum_of, decimals)),
                plan=plan.name,
            )
        )
    told.append(words.say("All of them are issued, or none."))
    return Told(words.say("A batch of grants"), tuple(told))


def _seat_directors(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    seats = [find(db, Seat, id) for id in motion["seats"]]
    named = ", ".join(one.name for one in seats)
    told = words.several(
        "One seat on the board is filled by whoever is elected: {seats}.",
        "{count} seats on the board are filled by those who are elected: {seats}.",
        len(seats),
        seats=named,
    )
    reserved = {one.reserved_for for one in seats} - {None}
    more = (words.say("Only providers can stand."),) if reserved == {MemberClass.PROVIDER.value} else ()
    return Told(words.say("Elections to the board"), (told, *more))


def _remove_director(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    seat, member = find(db, Seat, motion["seat"]), motion["member"]
    name = vault.names(db, [member]).get(member, member)
    return Told(
        words.say("Recalling a director"),
        (words.say("{name} no longer sits on the board; {seat} is free.", name=name, seat=seat.name),),
    )


def _add_seat(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    del db
    told = words.several(
        "The board gets another seat, “{name}”, for terms of one month.",
        "The board gets another seat, “{name}”, for terms of {count} months.",
        motion["term_months"],
        name=motion["name"],
    )
    reserved = motion.get("reserved_for")
    whom = () if reserved is None else (f"{reserved_words(MemberClass(reserved), words)}.",)
    return Told(words.say("Another seat on the board"), (told, *whom))


def _terminate_plan(db: Session, motion: Mapping[str, Any], words: Words) -> Told:
    plan = find(db, Plan, motion["plan"])
    told = words.say(
        "{plan} ends. All that was granted under it vests at once, and what its pool has left goes back.",
        plan=plan.name,
    )
    return Told(words.say("The end of a plan"), (told,))


_DEEDS = {
    "set_policy": _set_policy,
    "enlarge_pool": _enlarge_pool,
    "approve_grants": _approve_grants,
    "seat_directors": _seat_directors,
    "remove_director": _remove_director,
    "add_seat": _add_seat,
    "terminate_plan": _terminate_plan,
}
