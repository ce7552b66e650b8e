"""Money that was posted, as the journal entries that QuickBooks Online imports from a CSV file.

Its columns are those of Intuit's sample (Settings, Import data, Journal entries): one row a line, lines of one number
make one journal entry, and debits equal credits in each. Members are told by their ids.
"""

from __future__ import annotations

import csv
import io

from app.reports.books.facts import CENTS, Books, Leg, is_money
from ledger.types import decimal_text

COLUMNS = ("JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Currency")

NAMES = {
    "book": "Net book value",
    "capital": "Members' capital accounts",
    "collective": "Collective account",
    "allocable": "Patronage to be allocated",
}
"""First word of an account of the journal to the account in the books; make them there before the import."""


def as_quickbooks(books: Books) -> bytes:
    """Return the journal: UTF-8 CSV with a header; days as month/day/year, as the import asks for by default."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in books.transactions:
        for leg in one.legs:
            if is_money(leg.asset):
                debit, credit = _sides(leg)
                account, member = _account(leg.account)
                described = f"{one.kind}, entry {one.n}{f', {member}' if member else ''}"
                currency = leg.asset.partition(":")[2]
                rows.writerow([one.n, f"{one.on:%m/%d/%Y}", account, debit, credit, described, currency])
    return out.getvalue().encode()


def _sides(leg: Leg) -> tuple[str, str]:
    amount = decimal_text(abs(leg.amount), CENTS)
    return ("", amount) if leg.amount > 0 else (amount, "")


def _account(path: str) -> tuple[str, str]:
    """Return the account in the books, and whose part of it; empty of an account that is nobody's in particular."""
    first, _, rest = path.partition(":")
    return NAMES.get(first, first.capitalize()), rest if first == "capital" else ""
