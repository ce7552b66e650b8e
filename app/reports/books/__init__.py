"""The record's postings as books that other programs keep: hledger, beancount, and QuickBooks' journal.

A posting of the journal is a posting there, so their balances are ours on any day. Shares, awards and pools are counted
in units of their class; money in its currency. An account of the journal is credited by what is posted to it: so it
is an equity account, and what the members' claims stand for, the net book value, is an asset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.reports.books.facts import Books, books_of
from app.reports.books.plain_text import as_beancount, as_hledger
from app.reports.books.quickbooks import as_quickbooks
from app.reports.report import Report, file_name

BOOKS: Mapping[str, tuple[str, Callable[[Books], bytes]]] = {
    "hledger": ("journal", as_hledger),
    "beancount": ("beancount", as_beancount),
    "quickbooks": ("csv", as_quickbooks),
}
"""Program to the ending of its file and what writes it."""

__all__ = ["BOOKS", "Books", "books_of", "name_of"]


def name_of(books: Books, program: str, data: bytes) -> str:
    """Return the name of a file of books, made like those of reports."""
    return file_name(Report(f"books-{program}", books.source, (), ()), data, BOOKS[program][0])
