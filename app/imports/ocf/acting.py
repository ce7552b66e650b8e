"""What happens to securities of the package, one entry a step: units leave them, and others come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.imports.ocf.instruments import instrument_entry
from app.imports.ocf.issuing import Issued, issue
from app.imports.ocf.making import Made, Making
from app.imports.ocf.names import is_valid
from app.imports.ocf.story import Step
from app.imports.ocf.transactions import UNITS, Quantity, StepKind, Transaction
from app.imports.ocf.values import ours, price
from ledger.entries import Draft, Posting, Role, account, netted, unit
from ledger.equity.certificates import CertificateEntry, living, parted
from ledger.equity.exercise import ExerciseEntry
from ledger.equity.expiry import ExpiryEntry
from ledger.equity.grants import GrantEntry
from ledger.equity.leaving import LeavingEntry
from ledger.equity.pricing import PricingEntry
from ledger.equity.values import EventKind, Schedule, ScheduleCause, SecurityEvent, ShareClass
from ledger.equity.vesting.later import AccelerationOrder, accelerate
from ledger.equity.vesting.table import Mark, Table, encode, tidy, unvested
from ledger.equity.vesting_changes import VestingEntry
from ledger.records import Record
from ledger.types import Price

Entry = tuple[str, EventKind]

ENTRIES: Mapping[StepKind, Entry] = {
    StepKind.ACCEPT: (GrantEntry.ACCEPTED, EventKind.ACCEPTED),
    StepKind.EXERCISE: (ExerciseEntry.EXERCISED, EventKind.EXERCISED),
    StepKind.RELEASE: (ExerciseEntry.SETTLED, EventKind.SETTLED),
    StepKind.TRANSFER: (CertificateEntry.TRANSFERRED, EventKind.TRANSFERRED),
    StepKind.CONVERT: (CertificateEntry.CONVERTED, EventKind.CONVERTED),
    StepKind.CANCEL: (CertificateEntry.CANCELLED, EventKind.CANCELLED),
    StepKind.REPURCHASE: (CertificateEntry.REPURCHASED, EventKind.REPURCHASED),
    StepKind.RETRACT: (GrantEntry.RETRACTED, EventKind.RETRACTED),
    StepKind.REISSUE: (CertificateEntry.REISSUED, EventKind.REISSUED),
    StepKind.CONSOLIDATE: (CertificateEntry.CONSOLIDATED, EventKind.CONSOLIDATED),
    StepKind.REPRICE: (PricingEntry.REPRICED, EventKind.REPRICED),
}
"""The entry and the event that each step is."""

CANCELLED_AS: Mapping[str, Entry] = {
    EventKind.FORFEITED.value: (LeavingEntry.LEFT, EventKind.FORFEITED),
    EventKind.EXPIRED.value: (ExpiryEntry.EXPIRED, EventKind.EXPIRED),
    EventKind.SETTLED.value: (ExerciseEntry.SETTLED, EventKind.SETTLED),
}
"""What a cancellation was before an export of ours put it into the format's words."""

WHOLE = (StepKind.RETRACT, StepKind.REISSUE, StepKind.CONSOLIDATE)
"""Steps that take all that is left."""

USES = (EventKind.EXERCISED, EventKind.SETTLED, EventKind.EXPIRED)
"""Events whose units stay in a grant's table as used."""


@dataclass(frozen=True, slots=True)
class Act:
    """A step about units of securities, measured in minor units of their class.

    Attributes:
        event: What it is.
        sources: The securities that it acts on.
        had: What they had left.
        taken: What it takes of that.
    """

    making: Making
    step: Step
    main: Transaction
    data: Mapping[str, Any]
    event: EventKind
    sources: tuple[Made, ...]
    of: ShareClass
    had: int
    taken: int

    @property
    def on(self) -> date:
        """The day it counts from."""
        return self.step.date

    @property
    def rest(self) -> int:
        """What it leaves to the holder."""
        return self.had - self.taken

    @property
    def ends(self) -> bool:
        """Whether nothing stays on the securities: all is taken, or what remains is issued again."""
        return self.step.balance is not None or not self.rest


def act_entry(making: Making, step: Step, kept: tuple[Record, ...]) -> Draft:
    """Return the entry of a step that does something to securities."""
    main = step.main
    assert main is not None
    data = step.main_item.data
    if step.kind in (StepKind.ACCEPT, StepKind.REPRICE):
        return _noted(making, step, main, data, kept)
    if main.family not in UNITS:
        return instrument_entry(making, step, main, data, kept)
    act = _measured(making, step, main, data)
    # what is exercised stays in its table as used, and comes out as shares that vest no more
    is_parted = step.kind not in (StepKind.EXERCISE, StepKind.RELEASE)
    tables = [_divided(act, made) if is_parted else NOTHING for made in act.sources]
    issued, postings = _issued(act, tables[0])
    ending = [_ended(act, made, table, issued) for made, table in zip(act.sources, tables, strict=True)]
    postings += [each for posts, _ in ending for each in posts]
    postings += _counterpart(act, issued)
    made_records = [record for each in issued for record in each.records]
    told = [record for _, records in ending for record in records]
    kind = CANCELLED_AS.get(str(ours(data).get("as")), ENTRIES[step.kind])[0]
    return Draft(kind, step.date, (*made_records, *told, *kept), netted(postings))


def _noted(making: Making, step: Step, main: Transaction, data: Mapping[str, Any], kept: tuple[Record, ...]) -> Draft:
    """Return the entry of a step that moves nothing."""
    kind, event = ENTRIES[step.kind]
    made = making.held[main.sources[0]]
    is_price = step.kind is StepKind.REPRICE
    new = price(data.get("new_exercise_price")) if is_price else None
    told = SecurityEvent(made.id, event, made.outstanding if is_price else 0, new)
    return Draft(kind, step.date, (told, *kept))


def _measured(making: Making, step: Step, main: Transaction, data: Mapping[str, Any]) -> Act:
    sources = tuple(making.held[id] for id in main.sources)
    of = making.class_of(making.story.securities[main.sources[0]])
    had = sum(made.outstanding for made in sources)
    balance = making.units(step.balance.size, of) if step.balance else 0
    if step.kind in WHOLE:
        taken = had
    elif main.size is None:
        taken = had - balance
    else:
        taken = min(making.units(main.size, of), had)
    _, event = CANCELLED_AS.get(str(ours(data).get("as")), ENTRIES[step.kind])
    return Act(making, step, main, data, event, sources, of, had, taken)


@dataclass(frozen=True, slots=True)
class Divided:
    """The instalments of a security as an act parts them: what was used, taken, and remains; and what was forfeited."""

    used: Table
    taken: Table
    rest: Table
    forfeited: Table


NOTHING = Divided((), (), (), ())


def _divided(act: Act, made: Made) -> Divided:
    """Return how an act divides what a security promises; cancelling and buying back take the latest instalments."""
    table = made.instalments()
    used, unused = parted(living(table), made.used, act.on)
    forfeited = tuple(row for row in table if row.mark is Mark.FORFEITED)
    if act.step.kind in (StepKind.CANCEL, StepKind.REPURCHASE) and act.event not in USES:
        rest, taken = parted(unused, act.rest, act.on)
    else:
        taken, rest = parted(unused, act.taken, act.on)
    return Divided(used, taken, rest, forfeited)


def _issued(act: Act, table: Divided) -> tuple[list[Issued], list[Posting]]:
    """Return the securities that come out of an act, and the postings that put their units into them."""
    first, rows = act.sources[0], table.taken
    issued = []
    for issuance in act.step.issued:
        if issuance is act.step.balance:
            rows_of_it = table.rest
        else:
            rows_of_it, rows = parted(rows, act.making.units(issuance.size, act.of), act.on)
        issued.append(issue(act.making, issuance, act.on, came_from=first, inherited=rows_of_it))
    return issued, [each.given() for each in issued]


def _ended(act: Act, made: Made, table: Divided, issued: list[Issued]) -> tuple[list[Posting], list[Record]]:
    """Return the postings that take units out of a security, and the records of what happened to it."""
    out = made.outstanding if act.ends else act.taken
    taken = made.outstanding if len(act.sources) > 1 else act.taken
    made.outstanding -= out
    if act.event in USES:
        made.used += taken
    balance = act.making.held[act.step.balance.security_id].id if act.step.balance else None
    results = [each.made.id for each in issued if each.made.id != balance]
    said = ours(act.data)
    detail = {**_detail(said.get("detail")), **({"balance": balance} if balance else {})}
    if act.main.split_id and is_valid(act.main.split_id):
        detail["split"] = act.main.split_id
    if act.step.kind is StepKind.RELEASE:
        delivered = sum(each.made.outstanding for each in issued)
        detail |= {"delivered": delivered, "withheld": act.taken - delivered}
    event = SecurityEvent(made.id, act.event, taken, _price(act, made), results=results or None, detail=detail or None)
    return [Posting(made.account, unit(act.of.id), -out)], [event, *_schedule(act, made, table)]


_TOLD = {"cash": list, "delivered": int, "ended": str, "repurchasable": int, "withheld": int}


def _detail(said: object) -> dict[str, Any]:
    """Return what else an export of ours tells of units that went back."""
    told = said if isinstance(said, dict) else {}
    return {name: told[name] for name, kind in _TOLD.items() if isinstance(told.get(name), kind)}


def _price(act: Act, made: Made) -> Price | None:
    """Return what was paid a share."""
    said = ours(act.data)
    match act.step.kind:
        case StepKind.REPURCHASE:
            return price(act.data.get("price"))
        case StepKind.RELEASE:
            return None if said.get("priceless") else price(act.data.get("release_price"))
        case StepKind.EXERCISE:
            return price(said.get("price")) or made.price
        case _:
            return price(said.get("price"))


def _schedule(act: Act, made: Made, table: Divided) -> list[Schedule]:
    """Return the table that a security keeps: what was used and forfeited, and what remains on it."""
    if not made.table or table is NOTHING:
        return []
    rest = () if act.ends else table.rest
    gone = table.taken if act.event in USES else ()
    cause = ScheduleCause.TRANSFERRED
    forfeited = table.forfeited
    if act.event is EventKind.FORFEITED:
        cause = ScheduleCause.FORFEITED
        forfeited += tuple(row._replace(mark=Mark.FORFEITED) for row in table.taken)
    elif act.step.kind in (StepKind.CANCEL, StepKind.REPURCHASE):
        cause = ScheduleCause.CANCELLED
    kept = tidy([*table.used, *gone, *rest, *forfeited])
    return [made.write(Schedule(made.id, cause, encode(kept)))]


def _counterpart(act: Act, issued: list[Issued]) -> list[Posting]:
    """Return the other side: where the units taken go to, and where those beyond them come from."""
    making, of = act.making, act.of
    plan = making.plan_of(making.story.securities[act.main.sources[0]])
    others = [each for each in act.step.issued if each is not act.step.balance]
    came_out = sum(making.units(each.size, making.class_of(each)) for each in others)
    match act.step.kind:
        case StepKind.CANCEL | StepKind.REPURCHASE | StepKind.RETRACT:
            into_treasury = bool(ours(act.data).get("into_treasury"))
            target = making.target(of, plan, act.step.returned_to)
            return [Posting(account(Role.TREASURY, of.id) if into_treasury else target, unit(of.id), act.taken)]
        case StepKind.EXERCISE | StepKind.RELEASE:
            is_missing = len(others) < len(act.main.results) or not act.main.results
            undelivered = account(Role.UNDELIVERED, act.sources[0].id)
            withheld = making.target(of, plan, _own_plan(act))
            return [Posting(undelivered if is_missing else withheld, unit(of.id), act.taken - came_out)]
        case StepKind.CONVERT:
            drawn = [
                Posting(making.home(making.class_of(each), making.plan_of(each)), unit(making.class_of(each).id), -size)
                for each in others
                if (size := making.units(each.size, making.class_of(each)))
            ]
            return [Posting(making.target(of, None, ""), unit(of.id), act.taken), *drawn]
        case _:
            home = making.home(of, making.plan_of(others[0]) if others else plan)
            return [Posting(home, unit(of.id), act.taken - came_out)]


def _own_plan(act: Act) -> str:
    """Return the plan of the security acted on if its rule takes back what is not delivered; empty if not."""
    story = act.making.story
    plan = story.plans.get(story.securities[act.main.sources[0]].plan_id)
    return plan.id if plan and plan.takes_back else ""


def acceleration_entry(
    making: Making, security_id: str, on: date, size: Quantity, data: Mapping[str, Any], kept: tuple[Record, ...]
) -> Draft:
    """Return the entry by which units of a security vest early: the next ones, where nothing else is said.

    More than is still to vest can't be; then all of it does.
    """
    made, said = making.held[security_id], ours(data)
    of = making.class_of(making.story.securities[security_id])
    table = made.instalments()
    most = unvested(table, on) if made.outstanding else 0
    taken = min(making.units(size, of), most)
    written = str(said.get("order"))
    order = AccelerationOrder(written) if written in AccelerationOrder.__members__ else AccelerationOrder.EARLIEST
    detail: dict[str, Any] = {"order": order.value} | ({"protection": True} if said.get("protection") else {})
    event = SecurityEvent(made.id, EventKind.ACCELERATED, taken, detail=detail)
    if not taken:
        return Draft(VestingEntry.ACCELERATED, on, (event, *kept))
    table = accelerate(table, None if order is AccelerationOrder.ALL and taken == most else taken, on, order)
    schedule = made.write(Schedule(made.id, ScheduleCause.ACCELERATED, encode(table)))
    return Draft(VestingEntry.ACCELERATED, on, (schedule, event, *kept))
