"""The registers of a package as entries: the company, its classes, plans, holders and valuations.

What the format does not tell is as an export of ours said, or else assumed here, and a finding says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import Any, TypeVar

from app.imports.ocf.findings import Code, Severity
from app.imports.ocf.kept import DERIVED, IMPORTED
from app.imports.ocf.making import Making, PlanMade
from app.imports.ocf.names import words_of
from app.imports.ocf.package import FILE_TYPES, Item, parsed
from app.imports.ocf.remarks import FIELD, encoded
from app.imports.ocf.story import Plan
from app.imports.ocf.transactions import number
from app.imports.ocf.values import day, ours, price, ratio, text, whole
from app.people.vault import VaultKind, sealed
from ledger.entries import Draft
from ledger.equity import classes, register
from ledger.equity.classes import ClassEntry, ClassOrder, PlanOrder
from ledger.equity.originals import KeptEntry
from ledger.equity.register import IssuerOrder, RegisterEntry
from ledger.equity.values import ClassKind, Holder, HolderKind, IssuerKind, ReturnRule, ShareClass, Valuation
from ledger.equity.values import Plan as PlanRecord
from ledger.equity.vesting.months import add_months
from ledger.errors import NotFound
from ledger.records import Record

W = TypeVar("W", bound=StrEnum)

DEFAULT_CURRENCY = "USD"
A_DAY = timedelta(days=1)
_REBUILT = ("ocf_version", "file_type", "issuer", *FILE_TYPES)
"""What of a manifest is made anew for every package."""


def issuer_entry(making: Making, item: Item, on: date, *, time_zone: str, entries: int) -> Draft:
    """Return the entry of the company, with the manifest.

    Args:
        making: The ledger in the making.
        item: The company's.
        on: The day from which the record is.
        time_zone: What to assume where the package says none.
        entries: How many the whole import has.
    """
    data, said = item.data, ours(item.data)
    assumed = said.get("assumed", ())
    order = IssuerOrder(
        text(data.get("legal_name")) or "(none)",
        _word(IssuerKind, said.get("kind"), IssuerKind.MSO),
        said.get("time_zone", time_zone),
        said.get("currency") or _currency(making),
        said.get("fiscal_year_end", "12-31"),
        None if "formation_date" in assumed else day(data.get("formation_date")),
        None if "country_of_formation" in assumed else text(data.get("country_of_formation")),
    )
    if "time_zone" not in said:
        message = f"The format knows no time zone, fiscal year or kind of company; assumed: {order.time_zone}, "
        message += f"{order.fiscal_year_end}, {order.kind}, and {order.currency} as its currency."
        making.say(Severity.INFO, Code.ASSUMED, item.id, message)
    made = register.issuer_from(order, making.names.give("iss", item.id))
    records = (made, making.keeping.original(item, made.id, id=made.id), _manifest(making, item, made.id))
    return Draft(RegisterEntry.ISSUER_REGISTERED, day(said.get("on")) or on, records, facts={IMPORTED: entries})


def _word(of: type[W], written: object, default: W) -> W:
    """Return a word of a closed vocabulary, or the default for any other."""
    return next((member for member in of if member.value == written), default)


def _multiple(written: object) -> str | None:
    """Return a decimal number as it is written, or None for anything else."""
    return str(written) if number(written) is not None else None


def _currency(making: Making) -> str:
    """Return the first currency that the package names."""
    story = making.story
    items = (*story.classes.values(), *story.valuations)
    issuances = (each.item for each in islice(story.securities.values(), 100))
    for item in (*items, *issuances):
        data = item.data
        names = ("price_per_share", "par_value", "share_price", "exercise_price", "investment_amount", "purchase_price")
        found = next((paid for name in names if (paid := price(data.get(name))) is not None), None)
        if found is not None:
            return found.currency
    return DEFAULT_CURRENCY


def _manifest(making: Making, item: Item, subject: str) -> Record:
    """Return the record of the manifest, less what is made anew for every package."""
    package = making.package
    rest = {name: value for name, value in package.manifest.items() if name not in _REBUILT}
    extra = {file.path: {name: parsed(raw) for name, raw in file.extra.items()} for file in package.files}
    extra = {path: fields for path, fields in extra.items() if fields}
    if extra:
        rest[FIELD] = {**rest.get(FIELD, {}), "files": extra}
    place = f"{item.file}#0"
    return making.keeping.document(encoded(rest), "OCF_MANIFEST_FILE", place, subject, subject)


def in_order(story_classes: Mapping[str, Item]) -> list[str]:
    """Return the ids of classes, each after the one it converts into; of a circle, the last link does not count."""
    order: list[str] = []
    for id in story_classes:
        chain: list[str] = []
        following: str | None = id
        while following is not None and following not in order and following not in chain:
            chain.append(following)
            following = converts_to(story_classes[following].data, story_classes)
        order += reversed(chain)
    return order


def converts_to(data: Mapping[str, Any], known: Mapping[str, Item]) -> str | None:
    """Return the class that a class converts into at a ratio, if the package has it."""
    right = _right(data)
    target = right.get("converts_to_stock_class_id") if right else None
    return target if isinstance(target, str) and target in known else None


def _right(data: Mapping[str, Any]) -> dict[str, Any] | None:
    rights = data.get("conversion_rights")
    for right in rights if isinstance(rights, list) else ():
        mechanism = right.get("conversion_mechanism") if isinstance(right, dict) else None
        if isinstance(mechanism, dict) and mechanism.get("type") == "RATIO_CONVERSION":
            return dict(right)
    return None


def class_entry(making: Making, item: Item, on: date) -> Draft:
    """Return the entry that authorises a class of shares."""
    data, said, story = item.data, ours(item.data), making.story
    right, target = _right(data), converts_to(data, story.classes)
    exact = ratio(right["conversion_mechanism"].get("ratio")) if right and target in making.classes else None
    decimals = max(story.decimals.get(item.id, 0), whole(said.get("decimals"), 0))
    limit = story.authorised.get(item.id)
    order = ClassOrder(
        making.names.unique("class name", text(data.get("name")) or item.id),
        _word(ClassKind, said.get("kind"), _word(ClassKind, data.get("class_type"), ClassKind.COMMON)),
        text(data.get("default_id_prefix")) or "CS-",
        None if limit is None else int(Fraction(limit) * 10**decimals),
        decimals,
        whole(data.get("seniority"), 1),
        whole(said.get("votes_per_share", data.get("votes_per_share")), 0),
        making.classes[target].id if target in making.classes and exact else None,
        exact or (1, 1),
        _multiple(data.get("liquidation_preference_multiple")),
        price(data.get("price_per_share")),
        price(data.get("par_value")),
        bool(said.get("licensed_only", False)),
    )
    made = classes.class_from(order, making.names.give("cls", item.id))
    making.classes[item.id] = made
    making.authorised[made.id] = order.authorised or 0
    making.ratios[made.id] = Fraction(*order.ratio)
    draft = classes.class_draft(made, order.authorised, day(said.get("on")) or on)
    return _with(draft, making.keeping.original(item, made.id))


def plan_entry(making: Making, plan: Plan, share_class: ShareClass, on: date, *, has_pool: bool) -> Draft:
    """Return the entry that adopts a plan.

    Args:
        making: The ledger in the making.
        plan: As the package tells it.
        share_class: The class of the grants under it.
        on: The day from which the record is.
        has_pool: Whether the package says, now or later, what is reserved for it; else only its grants are known.
    """
    data = plan.item.data if plan.item else {}
    said = ours(data)
    is_own = making.classes[plan.class_id] is share_class
    reserved = making.units(plan.reserved, share_class) if is_own else 0
    rule = plan.return_rule if plan.return_rule in ReturnRule.__members__ else None
    order = PlanOrder(
        making.names.unique("plan name", plan.name if is_own else f"{plan.name}, {share_class.name}"),
        share_class.id,
        reserved,
        ReturnRule(rule or (ReturnRule.RETURN_TO_POOL if plan.takes_back else ReturnRule.RETIRE)),
        bool(said.get("holds_to_grant_date", False)),
        bool(said.get("pauses_for_leave", False)),
        not (has_pool and is_own),
        text(said.get("resolution_ref")),
        text(said.get("counsel_memo_ref")),
    )
    id = making.names.give("pln", plan.id if is_own else f"{plan.id}/{share_class.id}")
    made = classes.plan_from(order, id, day(data.get("board_approval_date")))
    is_known = is_own and plan.reserved is not None
    making.plans[plan.id, share_class.id] = PlanMade(made, reserved if is_known else None)
    draft = classes.plan_draft(made, share_class, reserved, day(said.get("on")) or on)
    if plan.item is None or not is_own:
        return replace(draft, facts={DERIVED: True})
    return _with(draft, making.keeping.original(plan.item, id))


def implied_plan_entry(making: Making, plan: PlanRecord, on: date) -> Draft:
    """Return the entry of a plan that an export of ours knew only from its grants.

    Raises:
        NotFound: The package does not have its class.
    """
    share_class = making.classes.get(plan.class_id)
    if share_class is None:
        raise NotFound(f"The package has no share class {plan.class_id!r}.", field="class_id")
    name = making.names.unique("plan name", plan.name)
    made = replace(plan, id=making.names.give("pln", plan.id), name=name, class_id=share_class.id, implied=True)
    making.plans[plan.id, share_class.id] = PlanMade(made, None)
    return Draft(ClassEntry.PLAN_ADOPTED, on, (made,), facts={DERIVED: True})


def holder_entry(making: Making, item: Item, on: date) -> Draft:
    """Return the entry of a holder; who they are goes into the vault."""
    data, said = item.data, ours(item.data)
    is_named = not said.get("nameless")
    words = words_of(data.get("name")) if is_named else frozenset()
    id = making.names.give("hld", item.id, words)
    making.words[item.id] = words
    proof = None
    if is_named and making.keeping.keep is not None:
        document = sealed(making.names.act, VaultKind.IDENTITY, id, _identity(item, data, said))
        making.keeping.identity(document)
        proof = document.digest
    kind = HolderKind.ENTITY if data.get("stakeholder_type") == "INSTITUTION" else HolderKind.INDIVIDUAL
    made = Holder(id, kind, bool(said.get("licensed", False)), proof)
    records = (made, making.keeping.original(item, id, id=id))
    return Draft(RegisterEntry.HOLDER_ADDED, day(said.get("on")) or on, records)


def _identity(item: Item, data: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    name = data.get("name")
    legal = text(name.get("legal_name")) if isinstance(name, dict) else None
    identity: dict[str, Any] = {"name": legal or item.id}
    contact = data.get("contact_info")
    emails = contact.get("emails") if isinstance(contact, dict) else None
    for email in emails if isinstance(emails, list) else ():
        if isinstance(email, dict) and isinstance(email.get("email_address"), str):
            identity["email"] = email["email_address"]
            break
    others = said.get("identity")
    return {**(others if isinstance(others, dict) else {}), **identity}


def valuation_entry(making: Making, item: Item) -> Draft:
    """Return the entry of a valuation; it holds for a year at most, less a day, where the package does not say."""
    data, said = item.data, ours(item.data)
    worth, on = price(data.get("price_per_share")), day(data.get("effective_date"))
    share_class = making.classes[str(data.get("stock_class_id"))]
    assert on is not None
    if worth is None:
        return Draft(KeptEntry.KEPT, on, (making.keeping.original(item, item.id),))
    until = day(said.get("expires_on")) or add_months(on, 12) - A_DAY
    id = making.names.give("val", item.id)
    made = Valuation(id, share_class.id, worth, until, day(data.get("board_approval_date")))
    return Draft(ClassEntry.VALUATION_RECORDED, on, (made, making.keeping.original(item, id)))


def _with(draft: Draft, *records: Record) -> Draft:
    return replace(draft, records=(*draft.records, *records))
