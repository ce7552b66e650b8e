"""The forms of what a proposal does: fields for each beginning, and the motion that the answers come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app import enactments
from app.people import vault
from app.policy_values import Credit, raises_ceiling, read
from app.web import grant_terms, rule_form
from app.web.asked_fields import As, Block, Field, chosen_in, lines_in, ticked_in, whole_in
from app.web.forms import day_in, line_in, units_in
from app.web.member import today_of
from app.web.motion_words import RESERVED, reserved_words
from app.web.policy_forms import FORMS, slug
from app.web.site import Here
from app.web.starts import KEYS, KIND, Start
from governance import policies, seats
from governance.policies import RULES, rules_in_force
from governance.records import ProposalKind
from governance.tally.methods import Form
from ledger.equity.register import issuer
from ledger.equity.values import Plan, ShareClass
from ledger.errors import Invalid, NotFound
from ledger.members import MemberClass
from ledger.reading import every, find
from ledger.types import decimal_text

NEW = "new"
"""What an address says in place of a key that is not there yet."""
MOST_TERM = 72


@dataclass(frozen=True, slots=True)
class About:
    """What a form is about.

    Attributes:
        key: The policy it changes; ``documents.`` or ``data_sharing.`` with nothing after the dot for a new one.
        motion: What was proposed so far, where a proposal is changed.
        version: What counts now, so that a change meanwhile is noticed: a policy's version, a pool's size.
    """

    start: Start
    kind: ProposalKind
    key: str = ""
    motion: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the answers come to.

    Attributes:
        options: Key to title of what can be chosen.
        seats: How many are elected.
    """

    motions: tuple[dict[str, Any], ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    seats: int = 1


def about(db: Session, here: Here, start: Start, *, asked: str = "", motion: Mapping[str, Any] | None = None) -> About:
    """Return what a form is about.

    Args:
        db: The session.
        here: The visit.
        start: The beginning.
        asked: The policy that somebody would change, where the beginning leaves that open.
        motion: Of the proposal that is changed.

    Raises:
        NotFound: There is no such policy, or no such kind of proposal.
    """
    said = motion or {}
    key = KEYS.get(start, "")
    if start in {Start.SHARING, Start.DOCUMENT}:
        beginning = "data_sharing." if start is Start.SHARING else "documents."
        key = str(said.get("key", "")) or (asked if asked.startswith(beginning) else beginning)
    if start is Start.RULE:
        key = str(said.get("key", "")) or (asked if asked.startswith(RULES) else f"{RULES}{asked}")
        if key.removeprefix(RULES) not in {one.value for one in ProposalKind}:
            raise NotFound("There is no such kind of proposal.")
        return About(start, ProposalKind(key.removeprefix(RULES)), key, said, _version(db, here, start, key, said))
    if start not in KIND:
        raise NotFound("There is no such form.")
    return About(start, KIND[start], key, said, _version(db, here, start, key, said))


def _version(db: Session, here: Here, start: Start, key: str, motion: Mapping[str, Any]) -> str:
    if start is Start.POOL:
        return ";".join(f"{plan.id}={_reserved(db, here, plan)}" for plan in _plans(db))
    del motion
    return str(len(policies.history(db, key))) if key and not key.endswith(".") else ""


def _plans(db: Session) -> list[Plan]:
    return [one for one in every(db, Plan) if not one.implied]


def _reserved(db: Session, here: Here, plan: Plan) -> str:
    decimals = find(db, ShareClass, plan.class_id).decimals
    return decimal_text(enactments.reserved_units(db, plan.id, today_of(db, here)), decimals)


def newest(db: Session, of: About) -> Mapping[str, Any]:
    """Return what the newest version of the policy says; nothing where there is none."""
    found = policies.history(db, of.key) if of.key and not of.key.endswith(".") else []
    return found[-1].value if found else {}


def blocks(db: Session, here: Here, of: About) -> list[Block]:
    """Return what the form asks about what happens if it passes."""
    if of.start is Start.RULE:
        return rule_form.blocks(here, _rule(db, here, of))
    form = FORMS.get(of.key.partition(".")[0])
    if form is not None:
        now = newest(db, of)
        asked = form[0](here, of.motion.get("value", now), now, issuer(db).currency)
        return asked if of.start is not Start.SHARING else [*asked, _last_day(here, of)]
    ask = _ASKS.get(of.start)
    return [] if ask is None else ask(db, here, of)


def _rule(db: Session, here: Here, of: About) -> rule_form.Asked:
    now = rules_in_force(db, of.kind, today_of(db, here))
    return rule_form.Asked(now, of.motion.get("value"))


def _last_day(here: Here, of: About) -> Block:
    until = Field(
        "expires_on",
        here.words.say("Last day"),
        str(of.motion.get("expires_on") or ""),
        As.DAY,
        hint=here.words.say("Twelve months after it takes effect at the latest. Then the members are asked again."),
    )
    return Block((until,))


def effect(db: Session, here: Here, of: About) -> Effect:
    """Return what the answers come to.

    Raises:
        Invalid: A field can't be read, or says something that can't be.
    """
    if of.start is Start.RULE:
        value: dict[str, Any] = rule_form.value_in(here, _rule(db, here, of)).to_json()
        return Effect((_set(of.key, value, len(policies.history(db, of.key))),))
    form = FORMS.get(of.key.partition(".")[0])
    if form is None:
        reads = _READS.get(of.start)
        return Effect() if reads is None else reads(db, here, of)
    value = dict(form[1](here, issuer(db).currency))
    key = of.key
    if key.endswith("."):
        key += slug(str(value.get("title") or value.get("recipient")), NEW)
    if key == "credit":
        # what the form does not ask about stays as it is
        value = dict(of.motion.get("value", newest(db, of))) | value
        _check_ceiling(db, here, of, value)
    motion = _set(key, value, len(policies.history(db, key)))
    if of.start is Start.SHARING:
        motion["expires_on"] = day_in(here, "expires_on").isoformat()
    return Effect((motion,))


def _set(key: str, value: dict[str, Any], expected: int) -> dict[str, Any]:
    return {"kind": "set_policy", "key": key, "value": value, "expected_version": expected}


def _check_ceiling(db: Session, here: Here, of: About, value: Mapping[str, Any]) -> None:
    """Refuse a higher ceiling where a lower one was chosen: it takes more of the providers."""
    before, then = newest(db, of), read("credit", value)
    assert isinstance(then, Credit)
    now = read("credit", before) if before else None
    assert now is None or isinstance(now, Credit)
    if of.start is Start.CEILING_LOWER and raises_ceiling(now, then):
        text = here.words.say(
            "This raises the ceiling. That takes more of the providers: choose “Raise the caseload ceiling”."
        )
        raise Invalid(text, field="ceiling_week")


def _ask_pool(db: Session, here: Here, of: About) -> list[Block]:
    plans = tuple(
        (
            one.id,
            here.words.say(
                "{plan}: {units} units are set aside now",
                plan=one.name,
                units=here.words.number(_reserved(db, here, one)),
            ),
        )
        for one in _plans(db)
    )
    fields = (
        Field("plan", here.words.say("Which pool"), str(of.motion.get("plan", "")), As.CHOOSE, options=plans),
        Field("units", here.words.say("Units to add"), str(of.motion.get("units", "")), As.NUMBER),
    )
    return [Block(fields)]


def _read_pool(db: Session, here: Here, of: About) -> Effect:
    del of
    chosen = chosen_in(here, "plan", tuple((one.id, "") for one in _plans(db)))
    plan = find(db, Plan, chosen)
    decimals = find(db, ShareClass, plan.class_id).decimals
    units = decimal_text(units_in(here, "units", decimals), decimals)
    motion = {"kind": "enlarge_pool", "plan": plan.id, "units": units, "expected_total": _reserved(db, here, plan)}
    return Effect((motion,))


def _drafts(db: Session, here: Here) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            one.draft.id,
            here.words.say(
                "{label} for {name}: {units} units",
                label=one.order.label,
                name=one.name,
                units=here.words.number(one.units),
            ),
        )
        for one in grant_terms.open_drafts(db)
    )


def _ask_grants(db: Session, here: Here, of: About) -> list[Block]:
    named = "\n".join(str(one["id"]) for one in of.motion.get("drafts", ()))
    label = here.words.say("Which drafts")
    return [Block((Field("drafts", label, named, As.MANY, options=_drafts(db, here)),))]


def _read_grants(db: Session, here: Here, of: About) -> Effect:
    del of
    newest_of = {one.draft.id: one.draft for one in grant_terms.open_drafts(db)}
    ticked = ticked_in(here, "drafts", _drafts(db, here))
    named = [{"id": one, "terms_hash": newest_of[one].terms_hash} for one in ticked]
    return Effect(({"kind": "approve_grants", "drafts": named},))


def _seats(db: Session, here: Here) -> tuple[tuple[str, str], ...]:
    on, found = today_of(db, here), []
    sitting = {one.seat.id: one.term for one in seats.directors(db, on)}
    called = vault.names(db, {one.member for one in sitting.values()})
    for seat in seats.seats(db):
        term = sitting.get(seat.id)
        if term is None:
            found.append((seat.id, here.words.say("{seat}: free", seat=seat.name)))
        else:
            text = here.words.say(
                "{seat}: {name}, until {on}",
                seat=seat.name,
                name=called.get(term.member, term.member),
                on=here.words.day(term.ends_on),
            )
            found.append((seat.id, text))
    return tuple(found)


def _ask_election(db: Session, here: Here, of: About) -> list[Block]:
    hint = here.words.say("All of them for the same members. A seat that is taken is filled when its term is over.")
    named = "\n".join(of.motion.get("seats", ()))
    return [
        Block((Field("seats", here.words.say("Which seats"), named, As.MANY, hint=hint, options=_seats(db, here)),))
    ]


def _read_election(db: Session, here: Here, of: About) -> Effect:
    del of
    ticked = ticked_in(here, "seats", _seats(db, here))
    if len({one.reserved_for for one in seats.seats(db) if one.id in ticked}) > 1:
        text = here.words.say("These seats are for different members. Hold an election for each.")
        raise Invalid(text, field="seats")
    return Effect(({"kind": "seat_directors", "seats": ticked},), seats=len(ticked))


def _directors(db: Session, here: Here) -> tuple[tuple[str, str], ...]:
    on = today_of(db, here)
    sitting = {one.seat.id for one in seats.directors(db, on)}
    return tuple(one for one in _seats(db, here) if one[0] in sitting)


def _ask_recall(db: Session, here: Here, of: About) -> list[Block]:
    hint = here.words.say("It takes as many votes as they were elected with.")
    seat = Field(
        "seat",
        here.words.say("Who"),
        str(of.motion.get("seat", "")),
        As.CHOOSE,
        hint=hint,
        options=_directors(db, here),
    )
    return [Block((seat,))]


def _read_recall(db: Session, here: Here, of: About) -> Effect:
    del of
    seat = chosen_in(here, "seat", _directors(db, here))
    term = seats.director_of(db, seat, today_of(db, here))
    assert term is not None
    return Effect(({"kind": "remove_director", "seat": seat, "member": term.member},))


def _ask_seat(db: Session, here: Here, of: About) -> list[Block]:
    del db
    whom = (("", here.words.say("For any member")), *((one.value, reserved_words(one, here.words)) for one in RESERVED))
    fields = (
        Field("seat-name", here.words.say("What the seat is called"), str(of.motion.get("name", ""))),
        Field(
            "reserved_for",
            here.words.say("For whom"),
            str(of.motion.get("reserved_for") or ""),
            As.CHOOSE,
            options=whom,
        ),
        Field("term_months", here.words.say("Months of a term"), str(of.motion.get("term_months", 24)), As.NUMBER),
    )
    return [Block(fields)]


def _read_seat(db: Session, here: Here, of: About) -> Effect:
    del of
    name, reserved = line_in(here, "seat-name"), here.form.get("reserved_for", "")
    if any(one.name == name for one in seats.seats(db)):
        raise Invalid(here.words.say("There is a seat of this name."), field="seat-name")
    months = whole_in(here, "term_months", 1, MOST_TERM)
    whom = MemberClass(reserved).value if reserved in {one.value for one in MemberClass} else None
    return Effect(({"kind": "add_seat", "name": name, "reserved_for": whom, "term_months": months},))


def _ask_plan(db: Session, here: Here, of: About) -> list[Block]:
    plans = tuple((one.id, one.name) for one in _plans(db))
    label = here.words.say("Which plan")
    return [Block((Field("plan", label, str(of.motion.get("plan", "")), As.CHOOSE, options=plans),))]


def _read_plan(db: Session, here: Here, of: About) -> Effect:
    del of
    plan = chosen_in(here, "plan", tuple((one.id, one.name) for one in _plans(db)))
    return Effect(({"kind": "terminate_plan", "plan": plan},))


def has_options(db: Session, here: Here, kind: ProposalKind) -> bool:
    """Return whether members choose among options, by the rule in force, and do not say yes or no."""
    form = rules_in_force(db, kind, today_of(db, here)).method.form
    return kind is not ProposalKind.ELECTION and form not in {Form.YES_NO, Form.CONSENT}


def _ask_options(db: Session, here: Here, of: About) -> list[Block]:
    if not has_options(db, here, of.kind):
        return []
    hint = here.words.say("One on each line, two at least. They are shown in this order.")
    listed = "\n".join(one["title"] for one in of.motion.get("options", ()))
    return [Block((Field("options", here.words.say("What can be chosen"), listed, As.AREA, hint=hint),))]


def _read_options(db: Session, here: Here, of: About) -> Effect:
    if not has_options(db, here, of.kind):
        return Effect()
    options: dict[str, str] = {}
    for number, title in enumerate(lines_in(here, "options"), 1):
        key = slug(title, f"option-{number}")
        options[key if key not in options else f"option-{number}"] = title
    if len(options) < 2:
        raise Invalid(here.words.say("Write two or more, one on each line."), field="options")
    return Effect(options=options)


_ASKS: Mapping[Start, Callable[[Session, Here, About], list[Block]]] = {
    Start.POOL: _ask_pool,
    Start.GRANTS: _ask_grants,
    Start.ELECTION: _ask_election,
    Start.RECALL: _ask_recall,
    Start.SEAT: _ask_seat,
    Start.PLAN_END: _ask_plan,
    Start.ASK: _ask_options,
}
_READS: Mapping[Start, Callable[[Session, Here, About], Effect]] = {
    Start.POOL: _read_pool,
    Start.GRANTS: _read_grants,
    Start.ELECTION: _read_election,
    Start.RECALL: _read_recall,
    Start.SEAT: _read_seat,
    Start.PLAN_END: _read_plan,
    Start.ASK: _read_options,
}
