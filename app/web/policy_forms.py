"""The forms of policies: which fields each has, with what counts now beside them, and what an answer comes to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from app.web import policy_words
from app.web.asked_fields import (
    As,
    Block,
    Field,
    chosen_in,
    lines_in,
    percent_in,
    rows_of,
    share_in,
    share_text,
    text_in,
    whole_in,
)
from app.web.site import Here
from ledger.errors import Invalid
from ledger.sessions.values import Category
from ledger.types import Price

Value = Mapping[str, Any]
Asks = Callable[[Here, Value, Value, str], list[Block]]
"""What a policy would say as the fields stand, what it says now, and the company's currency."""
Reads = Callable[[Here, str], dict[str, Any]]


def _now(here: Here, text: object) -> str:
    return here.words.say("Now: {value}", value=text)


def _fees(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    listed = list(value.get("fees", ()))
    told = policy_words.rows("fees", now or {"fees": []}, here.words)
    pers = tuple((key, policy_words.per(key, here.words)) for key in policy_words.PER)
    rows, blocks = rows_of(here, len(listed)), []
    for at in range(rows):
        one = listed[at] if at < len(listed) else {}
        name, amount = str(one.get("name", "")), one.get("amount") or {}
        fields = (
            Field(
                f"fee-{at}-name",
                here.words.say("Name of the fee"),
                name,
                is_needed=False,
            ),
            Field(
                f"fee-{at}-percent",
                here.words.say("Percent"),
                one.get("percent") or "",
                As.NUMBER,
                now=_now(here, told[name]) if name in told else "",
                is_needed=False,
            ),
            Field(
                f"fee-{at}-amount",
                here.words.say("Or an amount in {currency}", currency=currency),
                str(amount.get("amount", "")),
                As.NUMBER,
                is_needed=False,
            ),
            Field(f"fee-{at}-per", here.words.say("Taken"), str(one.get("per", "payment")), As.CHOOSE, options=pers),
        )
        blocks.append(Block(fields, here.words.say("Fee {number}", number=at + 1), rows if at == rows - 1 else 0))
    return blocks


def _read_fees(here: Here, currency: str) -> dict[str, Any]:
    found = []
    for at in range(rows_of(here, 0)):
        name, percent, amount = (text_in(here, f"fee-{at}-{what}") for what in ("name", "percent", "amount"))
        if not name:
            if percent or amount:
                raise Invalid(here.words.say("Give this fee a name."), field=f"fee-{at}-name")
            continue
        if not percent and not amount:
            raise Invalid(here.words.say("Write a percentage, or an amount."), field=f"fee-{at}-percent")
        one: dict[str, Any] = {"name": name, "per": here.form.get(f"fee-{at}-per", "payment")}
        if percent:
            one["percent"] = percent_in(here, f"fee-{at}-percent")
        if amount:
            one["amount"] = _money_in(here, f"fee-{at}-amount", currency)
        found.append(one)
    return {"fees": found}


def _money_in(here: Here, name: str, currency: str) -> dict[str, str]:
    try:
        price = Price.parse(text_in(here, name).replace(",", ""), currency)
    except Invalid:
        raise Invalid(here.words.say("Write an amount, such as 35.00."), field=name) from None
    return {"amount": price.text, "currency": currency}


def _rates(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    listed = list(value.get("rates", ()))
    paid = {one["code"]: one["amount"] for one in (now or {}).get("rates", ())}
    rows, blocks = rows_of(here, len(listed)), []
    for at in range(rows):
        one = listed[at] if at < len(listed) else {}
        code, amount = str(one.get("code", "")), one.get("amount") or {}
        beside = _now(here, f"{paid[code]['amount']} {paid[code]['currency']}") if code in paid else ""
        fields = (
            Field(f"rate-{at}-code", here.words.say("Kind of session, or its code"), code, is_needed=False),
            Field(
                f"rate-{at}-amount",
                here.words.say("What it pays, in {currency}", currency=currency),
                str(amount.get("amount", "")),
                As.NUMBER,
                now=beside,
                is_needed=False,
            ),
        )
        blocks.append(Block(fields, here.words.say("Rate {number}", number=at + 1), rows if at == rows - 1 else 0))
    return blocks


def _read_rates(here: Here, currency: str) -> dict[str, Any]:
    found = []
    for at in range(rows_of(here, 0)):
        code, amount = text_in(here, f"rate-{at}-code"), text_in(here, f"rate-{at}-amount")
        if not code and amount:
            raise Invalid(here.words.say("Say which kind of session pays this."), field=f"rate-{at}-code")
        if code:
            found.append({"code": code, "amount": _money_in(here, f"rate-{at}-amount", currency)})
    return {"rates": found}


HALVES = tuple((key, f"{share_text(key)} %") for key in ("0", "1/2", "1"))
"""What a session may count to which nobody came."""


def _credit(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    del currency

    def plain(name: str) -> tuple[str, str]:
        none = here.words.say("no ceiling")
        before = now.get(name)
        return ("" if value.get(name) is None else str(value[name])), _now(here, none if before is None else before)

    def shares(name: str, otherwise: str) -> tuple[str, str]:
        return share_text(value.get(name) or otherwise), _now(here, f"{share_text(now.get(name) or otherwise)} %")

    ceilings = tuple(
        Field(
            name,
            label,
            plain(name)[0],
            As.NUMBER,
            hint=here.words.say("Leave it empty for no ceiling."),
            now=plain(name)[1],
            is_needed=False,
        )
        for name, label in (
            ("ceiling_day", here.words.say("Most sessions a day")),
            ("ceiling_week", here.words.say("Most sessions a week")),
        )
    )
    _, beside = shares("no_show_factor", "0")
    counts = (
        Field(
            "no_show_factor",
            here.words.say("A session to which nobody came counts"),
            str(Fraction(value.get("no_show_factor") or "0")),
            As.CHOOSE,
            now=beside,
            options=HALVES,
        ),
        *(
            Field(name, label, str(value.get(name, first)), As.NUMBER, now=_now(here, now.get(name, first)))
            for name, label, first in (
                ("indirect_minutes_per_hour", here.words.say("Minutes of notes and calls counted for each hour"), 10),
                ("council_minutes_per_week", here.words.say("Minutes a week counted for council work, at most"), 120),
                ("leave_weeks", here.words.say("Weeks of protected leave that count"), 12),
            )
        ),
    )
    factors, old = value.get("factors", {}), now.get("factors", {})
    kinds = tuple(
        Field(
            f"factor-{one.value}",
            policy_words.category(one, here.words),
            share_text(factors.get(one.value, "1")),
            As.NUMBER,
            now=_now(here, f"{share_text(old.get(one.value, '1'))} %"),
        )
        for one in Category
    )
    legend = here.words.say("How much of a minute counts, in percent, by kind of session")
    return [
        Block(ceilings, here.words.say("The ceiling")),
        Block(counts, here.words.say("What else counts")),
        Block(kinds, legend),
    ]


def _read_credit(here: Here, currency: str) -> dict[str, Any]:
    del currency
    found: dict[str, Any] = {}
    for name in ("ceiling_day", "ceiling_week"):
        found[name] = whole_in(here, name, 1, 1_000) if text_in(here, name) else None
    found["no_show_factor"] = chosen_in(here, "no_show_factor", HALVES)
    for name, most in (("indirect_minutes_per_hour", 60), ("council_minutes_per_week", 3_600), ("leave_weeks", 104)):
        found[name] = whole_in(here, name, 0, most)
    factors = {one.value: share_in(here, f"factor-{one.value}") for one in Category}
    found["factors"] = {kind: share for kind, share in factors.items() if Fraction(share) != 1}
    return found


def _layoffs(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    del currency
    waived = here.words.say("yes") if now.get("waive_cliff") else here.words.say("no")
    fields = [
        Field(
            "waive_cliff",
            here.words.say("The first year's wait is waived"),
            "yes" if value.get("waive_cliff") else "",
            As.TICK,
            now=_now(here, waived),
        )
    ]
    for name, label in (
        ("extra_months", here.words.say("Months of vesting added")),
        ("notice_days", here.words.say("Days of notice, at least")),
        ("handover_days", here.words.say("Paid days to hand clients over")),
    ):
        fields.append(Field(name, label, str(value.get(name, 0)), As.NUMBER, now=_now(here, now.get(name, 0))))
    return [Block(tuple(fields))]


def _read_layoffs(here: Here, currency: str) -> dict[str, Any]:
    del currency
    return {
        "waive_cliff": here.form.get("waive_cliff") == "yes",
        "extra_months": whole_in(here, "extra_months", 0, 48),
        "notice_days": whole_in(here, "notice_days", 0, 365),
        "handover_days": whole_in(here, "handover_days", 0, 365),
    }


_SHARES = ("statutory_reserve", "prudent_reserve", "education", "alpha", "cash_share")


def _surplus(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    del currency
    first = dict.fromkeys(_SHARES, "0") | {"statutory_reserve": "1/10", "cash_share": "1/2"}
    labels = list(policy_words.rows("surplus", first, here.words))
    fields = tuple(
        Field(
            name,
            label,
            share_text(value.get(name, first[name])),
            As.NUMBER,
            hint=here.words.say("In percent, or as a fraction such as 1/3."),
            now=_now(here, f"{share_text(now.get(name, '0'))} %") if now else "",
        )
        for name, label in zip(_SHARES, labels, strict=True)
    )
    return [Block(fields)]


def _read_surplus(here: Here, currency: str) -> dict[str, Any]:
    del currency
    found = {name: share_in(here, name) for name in _SHARES}
    if sum(Fraction(found[name]) for name in _SHARES[:3]) > 1:
        raise Invalid(here.words.say("The reserves come to more than all."), field=_SHARES[0])
    if Fraction(found["cash_share"]) < Fraction(1, 5):
        raise Invalid(here.words.say("The law asks for at least 20 % in money."), field="cash_share")
    return found


def _sharing(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    del currency
    fields = (
        Field(
            "recipient",
            here.words.say("Who gets it"),
            str(value.get("recipient", "")),
            now=_now(here, now["recipient"]) if now else "",
        ),
        Field(
            "purpose",
            here.words.say("For what, and nothing else"),
            str(value.get("purpose", "")),
            now=_now(here, now["purpose"]) if now else "",
        ),
        Field(
            "data",
            here.words.say("Which data"),
            "\n".join(value.get("data", ())),
            As.AREA,
            hint=here.words.say("One kind on each line. Name no client."),
            now=_now(here, "; ".join(now["data"])) if now else "",
        ),
    )
    return [Block(fields)]


def _read_sharing(here: Here, currency: str) -> dict[str, Any]:
    del currency
    for name in ("recipient", "purpose"):
        if not text_in(here, name):
            raise Invalid(here.words.say("Write something here."), field=name)
    data = lines_in(here, "data")
    if not data:
        raise Invalid(here.words.say("Name at least one kind of data."), field="data")
    return {"recipient": text_in(here, "recipient"), "purpose": text_in(here, "purpose"), "data": data}


def _document(here: Here, value: Value, now: Value, currency: str) -> list[Block]:
    del currency, now
    fields = (
        Field("doc-title", here.words.say("What it is called"), str(value.get("title", ""))),
        Field(
            "doc-text",
            here.words.say("The whole new text"),
            str(value.get("text", "")),
            As.AREA,
            hint=here.words.say(
                "Change what is to change; the rest stays. The next step shows every line that differs."
            ),
        ),
    )
    return [Block(fields)]


def _read_document(here: Here, currency: str) -> dict[str, Any]:
    del currency
    for name in ("doc-title", "doc-text"):
        if not text_in(here, name):
            raise Invalid(here.words.say("Write something here."), field=name)
    return {"title": text_in(here, "doc-title"), "text": text_in(here, "doc-text")}


FORMS: Mapping[str, tuple[Asks, Reads]] = {
    "fees": (_fees, _read_fees),
    "rates": (_rates, _read_rates),
    "credit": (_credit, _read_credit),
    "layoff_protection": (_layoffs, _read_layoffs),
    "surplus": (_surplus, _read_surplus),
    "data_sharing": (_sharing, _read_sharing),
    "documents": (_document, _read_document),
    "bylaws": (_document, _read_document),
}
"""Beginning of a policy's key to what its form asks and how it is read."""


def slug(text: str, otherwise: str) -> str:
    """Return a name for a key or an option, from what it is called: lower case, at most 40 characters."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return plain or otherwise
