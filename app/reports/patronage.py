"""Patronage as files: what is paid to whom after a declaration, and what Form 1099-PATR says of a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.reports.report import Amount, Cell, Report, Source
from ledger.sessions.notices import Form1099Patr
from ledger.sessions.records import Allocation, PatronageDraft

CENTS = 2

PAYMENTS = ("declaration", "member_id", "name", "currency", "cash", "retained", "notice")
FORMS = (
    "year",
    "member_id",
    "name",
    "box1_patronage_dividends",
    "box2_nonpatronage",
    "box3_per_unit_retains",
    "box4_tax_withheld",
    "box5_redeemed_nonqualified",
)


def payments(draft: PatronageDraft, parts: Iterable[Allocation], source: Source, names: Mapping[str, str]) -> Report:
    """Return what is paid to whom, by name; whoever gets no money is left out."""
    paid = sorted((part for part in parts if part.cash), key=lambda part: _key(part.member, names))
    rows = tuple(
        (
            draft.id,
            part.member,
            names.get(part.member, part.member),
            draft.currency,
            Amount(part.cash, CENTS),
            Amount(part.retained, CENTS),
            part.notice.value if part.notice is not None else None,
        )
        for part in paid
    )
    return Report("payments", source, PAYMENTS, rows)


def patr_forms(forms: Mapping[str, Form1099Patr], source: Source, names: Mapping[str, str]) -> Report:
    """Return the figures of each form that is filed, by name."""
    due = sorted(
        ((member, form) for member, form in forms.items() if form.is_due), key=lambda each: _key(each[0], names)
    )
    rows: list[tuple[Cell, ...]] = []
    for member, form in due:
        boxes = (form.dividends, form.non_patronage, form.retains, form.withheld, form.redeemed)
        who = (source.as_of.year, member, names.get(member, member))
        rows.append((*who, *(Amount(cents, CENTS) for cents in boxes)))
    return Report("1099-patr", source, FORMS, tuple(rows))


def _key(member: str, names: Mapping[str, str]) -> tuple[str, str]:
    return names.get(member, member).casefold(), member
