"""The record's postings as files that other bookkeeping programs take in."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from app.people.exports import Taken, note_export
from app.people.roles import Role
from app.reports.books import BOOKS, books_of, name_of
from app.web.asked import cut_in
from app.web.site import File, Here, Pages
from ledger.errors import NotFound

pages = Pages()


@pages.get("/finance/books/{program}", (Role.FINANCE, Role.AUDITOR), long=True)
def books_file(db: Session, here: Here, program: str) -> File:
    """The books for a program, as of a day and as known at an entry; who takes them is noted."""
    if program not in BOOKS:
        raise NotFound("There is no such file.")
    books = books_of(db, cut_in(db, here))
    ending, written = BOOKS[program]
    data = written(books)
    taken = Taken.of(f"books-{program}", ending, books.source.cut, data)
    media = "text/csv; charset=utf-8" if ending == "csv" else "text/plain; charset=utf-8"
    return File(data, media, name_of(books, program, data), partial(note_export, file=taken))
