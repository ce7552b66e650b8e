"""Securities as issuances of the format: shares, grants, notes and warrants, with every instalment written out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.imports.ocf.remarks import FIELD, OPEN_TRIGGER, Object
from app.reports.ocf.book import Book, Held
from app.reports.ocf.items import item, vestings
from app.reports.ocf.terms import has_item, start_condition, terms_id
from ledger.equity.grants import FULL_TERM
from ledger.equity.values import Award, Security, SecurityKind
from ledger.equity.vesting.table import Mark, Table, completed, encode, total
from ledger.types import Price

FAMILIES = {
    SecurityKind.STOCK: "STOCK",
    SecurityKind.AWARD: "EQUITY_COMPENSATION",
    SecurityKind.CONVERTIBLE: "CONVERTIBLE",
    SecurityKind.WARRANT: "WARRANT",
}
"""What the format calls the kinds of securities in the names of its transactions."""

_PLAIN = {Mark.SCHEDULED, Mark.AWAITED}
"""What an instalment is when its day tells everything: 9999-12-31 is an awaited one's."""


def issuance(book: Book, held: Held, on: date, id: str, *, from_treasury: bool = False) -> Object:
    """Return the issuance of a security, as it was issued on a day."""
    fields = {**_common(book, held, on), **_FIELDS[held.security.kind](book, held)}
    ours = {**_remarks(book, held), "from_treasury": from_treasury or None}
    if held.security.from_security is not None:
        ours |= _earlier(held)
    made = item(f"TX_{FAMILIES[held.security.kind]}_ISSUANCE", id, ours, **fields)
    if held.security.kind is SecurityKind.AWARD:
        made.setdefault("expiration_date", None)
    _write_out(made, book, held, held.instalments(on))
    return made


def balance_issuance(book: Book, held: Held, on: date, id: str, label: str) -> Object:
    """Return the issuance of what is left of a security that keeps its id in the ledger."""
    made = issuance(book, held, on, id)
    class_id = held.security.class_id
    assert class_id is not None
    made |= {"quantity": book.text(held.outstanding, class_id), "custom_id": label}
    if held.award is not None:
        _write_out(made, book, held, _squared(held.instalments(on), held.outstanding))
        earlier = {name: value for name, value in _earlier(held).items() if value is not None}
        made[FIELD] = {**made.get(FIELD, {}), **earlier}
    return made


def vesting_facts(held: Held, id: str, as_of: date) -> Iterator[Object]:
    """Yield when a new grant's vesting started, if it has by ``as_of``, and which of its conditions were met."""
    award = held.award
    if award is None or award.vesting is None:
        return
    condition = start_condition(award.vesting)
    if award.vesting_start is not None and condition is not None and award.vesting_start <= as_of:
        yield vesting_fact(held.id, f"{id}-start", condition, award.vesting_start, is_start=True)
    for number, (name, day) in enumerate(sorted((award.events or {}).items())):
        yield vesting_fact(held.id, f"{id}-event-{number}", name, date.fromisoformat(day), is_start=False)


def vesting_fact(security_id: str, id: str, condition: str, on: date, *, is_start: bool) -> Object:
    """Return the transaction that says when vesting started or a condition was met."""
    kind = "TX_VESTING_START" if is_start else "TX_VESTING_EVENT"
    return item(kind, id, date=on, security_id=security_id, vesting_condition_id=condition)


def _earlier(held: Held) -> Object:
    """Return the facts about vesting that a security has from the one it came out of.

    They are dated before its issuance, so they can't be transactions of its own.
    """
    if held.award is None:
        return {}
    start, events = held.award.vesting_start, held.award.events
    return {"vesting_start": start.isoformat() if start else None, "events": events or None}


def moved(made: Object, table: Table, decimals: int, promised: list[Any] | None) -> Object:
    """Return an issuance whose instalments have moved since: the new ones, and what was promised at first.

    ``promised`` is None where the format itself says what moved them.
    """
    first = {"promised": promised} if promised else {}
    ours = {**first, **made.get(FIELD, {})}
    made = {**made, "vestings": vestings(table, decimals)}
    return {**made, FIELD: ours} if ours else made


def _common(book: Book, held: Held, on: date) -> Object:
    security = held.security
    exemptions = [{"description": security.exemption, "jurisdiction": "US"}] if security.exemption else []
    return {
        "date": on,
        "security_id": held.id,
        "custom_id": security.label,
        "stakeholder_id": book.name(security.holder),
        "board_approval_date": security.board_approved_on,
        "security_law_exemptions": exemptions,
    }


def _shares(book: Book, held: Held) -> Object:
    security = held.security
    return {
        "stock_class_id": book.name(security.class_id or ""),
        "stock_plan_id": security.plan_id and book.name(security.plan_id),
        "quantity": book.text(security.quantity, security.class_id),
        "share_price": held.price or book.nothing(),
        "stock_legend_ids": [],
        "issuance_type": "RSA" if held.award else None,
    }


def _grant(book: Book, held: Held) -> Object:
    security, award = held.security, held.award
    assert award is not None
    has_base = award.award_type.needs_price and not award.award_type.is_option
    windows = [
        {"reason": reason, "period": window[0], "period_type": window[1]}
        for reason, window in sorted((award.windows or {}).items())
        if window != FULL_TERM
    ]
    return {
        "stock_class_id": book.name(security.class_id or ""),
        "stock_plan_id": security.plan_id and book.name(security.plan_id),
        "compensation_type": award.award_type.value,
        "quantity": book.text(security.quantity, security.class_id),
        "base_price" if has_base else "exercise_price": held.price,
        "early_exercisable": award.early_exercisable or None,
        "expiration_date": award.expires_on,
        "termination_exercise_windows": windows,
    }


def _note(_: Book, held: Held) -> Object:
    terms = held.security.terms or {}
    return {
        "convertible_type": terms.get("type"),
        "investment_amount": Price.decode(terms["amount"]),
        "seniority": terms.get("seniority", 1),
        "pro_rata": terms.get("pro_rata"),
        "conversion_triggers": terms.get("triggers") or [_open_trigger("CONVERTIBLE_CONVERSION_RIGHT")],
    }


def _warrant(book: Book, held: Held) -> Object:
    security, terms = held.security, held.security.terms or {}
    purchase = terms.get("purchase_price")
    return {
        "quantity": book.text(security.quantity, terms.get("class_id")) if security.quantity else None,
        "exercise_price": held.price,
        "purchase_price": Price.decode(purchase) if purchase else book.nothing(),
        "exercise_triggers": terms.get("triggers") or [],
        "warrant_expiration_date": terms.get("expires_on"),
    }


_FIELDS = {
    SecurityKind.STOCK: _shares,
    SecurityKind.AWARD: _grant,
    SecurityKind.CONVERTIBLE: _note,
    SecurityKind.WARRANT: _warrant,
}


def _remarks(book: Book, held: Held) -> Object:
    """Return what the format can't say of a security."""
    security, terms = held.security, held.security.terms or {}
    remarks: Object = {"resolution_ref": security.resolution_ref}
    if security.kind is SecurityKind.STOCK and security.price is None:
        remarks["priceless"] = True
    if security.kind is SecurityKind.CONVERTIBLE and not terms.get("triggers"):
        remarks["triggers"] = []
    if security.kind is SecurityKind.WARRANT:
        remarks["class_id"] = book.name(terms["class_id"]) if "class_id" in terms else None
        remarks["priceless"] = None if "purchase_price" in terms else True
    return remarks if held.award is None else remarks | _award_remarks(book, security, held.award)


def _award_remarks(book: Book, security: Security, award: Award) -> Object:
    plan = book.plans.get(security.plan_id or "")
    full_terms = {reason: window for reason, window in (award.windows or {}).items() if window == FULL_TERM}
    is_written = award.vesting is not None and not has_item(award.vesting)
    return {
        "engagement": award.engagement and award.engagement.value,
        "held_to_grant_date": award.held_to_grant_date
        if award.held_to_grant_date != (plan is not None and plan.holds_to_grant_date)
        else None,
        "valuation_id": award.valuation_id and book.name(award.valuation_id),
        "vesting": award.vesting if is_written else None,
        "vesting_start": award.vesting_start if is_written else None,
        "windows": full_terms or None,
    }


def _write_out(made: Object, book: Book, held: Held, table: Table) -> None:
    """Let an issuance carry its instalments, and the terms that they come from where the format has them."""
    if held.award is None or not table:
        return
    class_id, vesting = held.security.class_id, held.award.vesting
    assert class_id is not None
    made["vestings"] = vestings(table, book.classes[class_id].decimals)
    if has_item(vesting):
        of = terms_id(vesting)
        made["vesting_terms_id"] = book.terms.get(of, of)
    if any(row.mark not in _PLAIN for row in table):
        made[FIELD] = {**made.get(FIELD, {}), "promised": encode(table)}


def _squared(table: Table, quantity: int) -> Table:
    """Return a table that adds up to what is left, its last instalments cut or what is missing awaited."""
    rows, over = list(table), total(table) - quantity
    while over > 0:
        last = rows.pop()
        if last.quantity > over:
            rows.append(last._replace(quantity=last.quantity - over))
        over -= last.quantity
    return completed(tuple(rows), quantity)


def _open_trigger(right: str) -> Object:
    """Return a trigger that says nothing, for the format wants one."""
    mechanism = {"type": "CUSTOM_CONVERSION", "custom_conversion_description": "As agreed."}
    return {
        "type": "UNSPECIFIED",
        "trigger_id": OPEN_TRIGGER,
        "conversion_right": {"type": right, "conversion_mechanism": mechanism},
    }
