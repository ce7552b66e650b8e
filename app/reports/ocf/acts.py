"""What happened to securities as transactions of the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.imports.ocf.remarks import OPEN_TRIGGER, Object
from app.reports.ocf.book import USES, Held
from app.reports.ocf.entry import Telling
from app.reports.ocf.issuances import FAMILIES, balance_issuance
from app.reports.ocf.items import item
from ledger.entries import Role
from ledger.equity.values import EventKind, ReturnRule, SecurityEvent, SecurityKind
from ledger.types import Price

REASONS = {
    EventKind.FORFEITED: "Forfeited: it had not vested when the engagement ended.",
    EventKind.EXPIRED: "Expired: it was not exercised in time.",
    EventKind.SETTLED: "Settled without shares: withheld for tax or paid in cash.",
}
"""What the format calls a cancellation, and why there was one."""


Told = Iterator[Object]


def told(telling: Telling, event: SecurityEvent) -> Told:
    """Yield the transactions that say what an event did; none where the format has no words for it."""
    held = telling.book.held[event.security]
    if event.kind is EventKind.FORFEITED:
        held.take_note(event, telling.on)
    how = _HOW.get(event.kind)
    if how is not None:
        yield from how(telling, held, event)


def _accepted(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    yield _act(telling, held, "ACCEPTANCE")


def _retracted(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    yield _act(telling, held, "RETRACTION", reason_text=_reason(event))
    held.outstanding = 0


def _exercised(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    results = _named(telling, event.results)
    if held.security.kind is SecurityKind.WARRANT:
        trigger = (event.detail or {}).get("trigger") or OPEN_TRIGGER
        ours = {"quantity": telling.book.text(event.quantity, class_of(held)) if event.quantity else None}
        yield _act(telling, held, "EXERCISE", ours, trigger_id=trigger, resulting_security_ids=results)
        return
    quantity = _text(telling, held, event.quantity)
    yield _act(telling, held, "EXERCISE", {"price": event.price}, quantity=quantity, resulting_security_ids=results)
    held.outstanding -= event.quantity
    held.used += event.quantity


def _settled(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    """Tell of units settled: those delivered are released, the others cancelled."""
    delivered = (event.detail or {}).get("delivered", event.quantity)
    if delivered:
        yield _act(
            telling,
            held,
            "RELEASE",
            {"priceless": event.price is None or None},
            settlement_date=telling.on,
            release_price=event.price or telling.book.nothing(),
            quantity=_text(telling, held, delivered),
            resulting_security_ids=_named(telling, event.results),
        )
        held.outstanding -= delivered
        held.used += delivered
    if delivered < event.quantity:
        yield from _taken(telling, held, event, event.quantity - delivered)


def _transferred(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    results = _named(telling, event.results)
    ours = {"price": event.price}
    if held.security.kind in {SecurityKind.CONVERTIBLE, SecurityKind.WARRANT}:
        yield _of_instrument(telling, held, event, "TRANSFER", ours, resulting_security_ids=results)
        return
    fields = {"quantity": _text(telling, held, event.quantity), "resulting_security_ids": results}
    yield from _ended(telling, held, event, "TRANSFER", event.quantity, ours, fields)


def _converted(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    results = _named(telling, event.results)
    if held.security.kind is SecurityKind.CONVERTIBLE:
        detail = event.detail or {}
        trigger = detail.get("trigger") or OPEN_TRIGGER
        ours = {"amount": detail.get("amount")}
        fields = {"trigger_id": trigger, "resulting_security_ids": results, "reason_text": _reason(event)}
        yield _act(telling, held, "CONVERSION", ours, balance_security_id=_balance(telling, event), **fields)
        return
    fields = {"quantity_converted": _text(telling, held, event.quantity), "resulting_security_ids": results}
    yield from _ended(telling, held, event, "CONVERSION", event.quantity, {}, fields)


def _repurchased(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    into_treasury = held.security.plan_id is None and telling.happening.goes_to(Role.TREASURY)
    fields = {"price": event.price or telling.book.nothing(), "quantity": _text(telling, held, event.quantity)}
    before = held.id
    yield from _ended(
        telling, held, event, "REPURCHASE", event.quantity, {"into_treasury": into_treasury or None}, fields
    )
    yield from _returned(telling, held, before, event.quantity)


def _cancelled(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    if held.security.kind in {SecurityKind.CONVERTIBLE, SecurityKind.WARRANT}:
        yield _of_instrument(telling, held, event, "CANCELLATION", {}, reason_text=_reason(event))
        return
    yield from _taken(telling, held, event, event.quantity)


def _gone(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    if event.quantity:
        yield from _taken(telling, held, event, event.quantity)


def _taken(telling: Telling, held: Held, event: SecurityEvent, quantity: int) -> Told:
    """Tell of units that go back to the company: cancelled, in the format's words, whatever took them."""
    before = held.id
    detail = {name: value for name, value in (event.detail or {}).items() if name != "balance"}
    ours = {"as": None if event.kind is EventKind.CANCELLED else event.kind.value, "detail": detail or None}
    fields = {"quantity": _text(telling, held, quantity), "reason_text": _reason(event)}
    yield from _ended(telling, held, event, "CANCELLATION", quantity, ours, fields)
    yield from _returned(telling, held, before, quantity)


def _reissued(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    results = _named(telling, event.results)
    split = (event.detail or {}).get("split")
    yield _act(
        telling,
        held,
        "REISSUANCE",
        resulting_security_ids=results,
        reason_text=event.reason,
        split_transaction_id=split,
    )
    held.outstanding = 0


def _repriced(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    ours = {"reason": event.reason}
    yield _act(telling, held, "REPRICING", ours, new_exercise_price=event.price or telling.book.nothing())


def _accelerated(telling: Telling, held: Held, event: SecurityEvent) -> Told:
    quantity = _text(telling, held, event.quantity)
    ours = {"order": (event.detail or {}).get("order"), "reason": event.reason}
    reason = event.reason or "Accelerated: protection in a layoff."
    yield item(
        "TX_VESTING_ACCELERATION",
        telling.id(),
        ours | {"protection": (event.detail or {}).get("protection")},
        date=telling.on,
        security_id=held.id,
        quantity=quantity,
        reason_text=reason,
    )


def _consolidated(telling: Telling, _: Held, event: SecurityEvent) -> Told:
    """Tell, with the first of the certificates, that one was made of all of them."""
    records = telling.happening.records
    events = [r for r in records if isinstance(r, SecurityEvent) and r.kind is EventKind.CONSOLIDATED]
    if event is not events[0]:
        return
    held = [telling.book.held[each.security] for each in events]
    quantities = [_text(telling, each, one.quantity) for each, one in zip(held, events, strict=True)]
    yield item(
        "TX_STOCK_CONSOLIDATION",
        telling.id(),
        {"quantities": quantities},
        date=telling.on,
        security_ids=[each.id for each in held],
        resulting_security_id=_named(telling, event.results)[0],
        reason_text=event.reason,
    )


def _act(telling: Telling, held: Held, verb: str, ours: Object | None = None, **fields: object) -> Object:
    """Return a transaction about a security."""
    kind = f"TX_{FAMILIES[held.security.kind]}_{verb}"
    return item(kind, telling.id(), ours, date=telling.on, security_id=held.id, **fields)


def _ended(
    telling: Telling, held: Held, event: SecurityEvent, verb: str, quantity: int, ours: Object, fields: Object
) -> Told:
    """Tell of an act that ends a security in the format, where what remains is issued again.

    A certificate's balance is on record as one of its own; what remains of a grant keeps its id in the ledger and gets
    another one here.
    """
    balance = _balance(telling, event)
    rest = held.outstanding - quantity
    if event.kind in USES:
        held.used += quantity
    if balance is not None or rest <= 0:
        yield _act(telling, held, verb, ours, balance_security_id=balance, **fields)
        held.outstanding = 0
        return
    new_id = f"{held.security.id}.b{held.parts + 1}"
    yield _act(telling, held, verb, ours, balance_security_id=new_id, **fields)
    held.id, held.outstanding, held.parts = new_id, rest, held.parts + 1
    telling.carried += held.standing.values()
    held.used_before, held.causes, held.promised = held.used, held.causes[-1:], None
    yield balance_issuance(telling.book, held, telling.on, telling.id(), f"{held.security.label}/{held.parts}")


def _returned(telling: Telling, held: Held, id: str, quantity: int) -> Told:
    """Tell that units of a security, by the id it had, went back to their plan's pool."""
    plan = telling.book.plans.get(held.security.plan_id or "")
    if plan is None or plan.implied or plan.return_rule is not ReturnRule.RETURN_TO_POOL:
        return
    yield item(
        "TX_STOCK_PLAN_RETURN_TO_POOL",
        telling.id(),
        date=telling.on,
        security_id=id,
        stock_plan_id=telling.book.name(plan.id),
        quantity=_text(telling, held, quantity),
        reason_text="The plan takes back what is not used.",
    )


def _of_instrument(
    telling: Telling, held: Held, event: SecurityEvent, verb: str, ours: Object, **fields: object
) -> Object:
    """Return an act on all or part of a note or warrant."""
    amount = (event.detail or {}).get("amount")
    if amount is not None:
        fields["amount"] = Price.decode(amount)
    else:
        fields["quantity"] = telling.book.text(event.quantity, class_of(held))
    return _act(telling, held, verb, ours, balance_security_id=_balance(telling, event), **fields)


def class_of(held: Held) -> str | None:
    """Return the class that a security is counted in; that of a warrant is among its terms."""
    class_id: str | None = held.security.class_id or (held.security.terms or {}).get("class_id")
    return class_id


def _balance(telling: Telling, event: SecurityEvent) -> str | None:
    balance = (event.detail or {}).get("balance")
    return None if balance is None else telling.book.name(balance)


def _named(telling: Telling, ids: list[str] | None) -> list[str]:
    return [telling.book.name(id) for id in ids or ()]


def _text(telling: Telling, held: Held, units: int) -> str:
    return telling.book.text(units, held.security.class_id)


def _reason(event: SecurityEvent) -> str:
    return event.reason or REASONS.get(event.kind, "(none)")


_HOW: dict[EventKind, Callable[[Telling, Held, SecurityEvent], Told]] = {
    EventKind.ACCEPTED: _accepted,
    EventKind.RETRACTED: _retracted,
    EventKind.EXERCISED: _exercised,
    EventKind.SETTLED: _settled,
    EventKind.TRANSFERRED: _transferred,
    EventKind.CONVERTED: _converted,
    EventKind.REPURCHASED: _repurchased,
    EventKind.CANCELLED: _cancelled,
    EventKind.FORFEITED: _gone,
    EventKind.EXPIRED: _gone,
    EventKind.CONSOLIDATED: _consolidated,
    EventKind.REISSUED: _reissued,
    EventKind.REPRICED: _repriced,
    EventKind.ACCELERATED: _accelerated,
}
