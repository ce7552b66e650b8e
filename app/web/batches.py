"""Batches of grants as a steward makes them: from a spreadsheet, checked before anything is recorded, then issued."""

from __future__ import annotations

import csv
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from io import StringIO

import orjson
from sqlalchemy.orm import Session

from app import grant_batches
from app.grant_batches import Batch, BatchState
from app.imports.grants.cells import AT_ONCE
from app.imports.grants.check import Defaults, judged
from app.imports.grants.columns import Layout
from app.imports.grants.matching import Fate, Line, digest_of, register_of
from app.imports.grants.reading import MOST_BYTES, Row, Sheet, read_sheet
from app.imports.grants.template import template
from app.imports.grants.troubles import Found, SheetRefused
from app.imports.sessions.listing import inert
from app.people import accounts, vault
from app.people.roles import Role
from app.web import grant_terms
from app.web.batch_words import to_do, what
from app.web.forms import choice_in, day_in, file_in, line_in, still
from app.web.granting import OFFERED
from app.web.member import today_of
from app.web.pool_words import Valued, valued
from app.web.site import File, Go, Here, Pages, View
from ledger.equity.grants import GrantOrder
from ledger.equity.rule701 import EXEMPTION
from ledger.equity.values import AwardType, Plan, ShareClass
from ledger.equity.vesting.templates import DEFAULT, TEMPLATES
from ledger.errors import Invalid
from ledger.reading import every, find
from ledger.types import Act, decimal_text

pages = Pages()

FIELDS = ("plan_id", "award_type", "vesting", "grant_date", "board_approved_on", "resolution_ref", "exemption")
"""What the form says beside the file; the check carries it on."""

MOST_SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Checked:
    """A spreadsheet after its check.

    Attributes:
        seen: The digest of what was found, so that nothing else is confirmed.
        packed: The rows themselves, which wait on the page and nowhere else.
    """

    layout: Layout
    lines: list[Line]
    encoding: str
    seen: str
    packed: str

    def count(self, fate: Fate) -> int:
        """Return how many rows have a fate."""
        return sum(one.fate == fate for one in self.lines)

    @property
    def found(self) -> list[Found]:
        """Every problem, in the order of the rows."""
        return [found for one in self.lines for found in one.found]


@dataclass(frozen=True, slots=True)
class Term:
    """A grant of a batch with every term; units as decimal text."""

    draft: str
    label: str
    name: str
    what: AwardType
    units: str
    price: str
    vesting: str
    vesting_start: str
    of: GrantOrder


@pages.get("/steward/batches", Role.STEWARD)
def batches(db: Session, here: Here) -> View:
    """Check a spreadsheet; below, the batches so far."""
    plans = [one for one in every(db, Plan) if not one.implied]
    today = today_of(db, here)
    first = {
        "plan_id": plans[0].id if plans else "",
        "award_type": AwardType.NSO.value,
        "vesting": DEFAULT,
        "grant_date": today.isoformat(),
        "board_approved_on": today.isoformat(),
        "resolution_ref": f"board:{today:%Y-%m}",
        "exemption": EXEMPTION,
    }
    made = grant_batches.batches(db)
    return View(
        "batches.html",
        {
            "plans": [(one.id, one.name) for one in plans],
            "offered": OFFERED,
            "at_once": AT_ONCE,
            "first": first,
            "batches": made,
            "called": called(db, made),
        },
    )


def called(db: Session, of: list[Batch]) -> dict[str, str]:
    """Return the names of who drafted and returned batches."""
    return called_by(db, {one.made_by for one in of} | {one.returned_by for one in of if one.returned_by})


def called_by(db: Session, actors: set[str]) -> dict[str, str]:
    """Return the names of actors; an id where nobody is known by it."""
    by_account = {each.actor: each.name for each in accounts.accounts(db)} | vault.names(db, actors)
    return {actor: by_account.get(actor, actor) for actor in actors}


@pages.get("/steward/batches/template", Role.STEWARD)
def take_template(db: Session, here: Here) -> File:
    """A workbook with the columns, to be filled in."""
    del db, here
    return File(template(), XLSX, "grants.xlsx")


@pages.post("/steward/batches/check/upload", Role.STEWARD, again=batches, authority="role:steward", long=True)
def check(db: Session, act: Act, here: Here) -> View:
    """Check a spreadsheet row by row. Nothing of it is recorded or kept; it waits on the page alone."""
    del act
    data = file_in(here, "file")
    try:
        return _shown(db, here, _checked(db, here, read_sheet(data)))
    except SheetRefused as refusal:
        raise _refused(refusal.found, here) from None


def _refused(found: Found, here: Here) -> Invalid:
    place = here.words.say("Row {row}:", row=here.words.number(found.row)) + " " if found.row else ""
    return Invalid(f"{place}{what(found, here.words)} {to_do(found, here.words)}", field="file")


def _defaults(here: Here) -> Defaults:
    vesting = here.form.get("vesting", "")
    if vesting not in (*TEMPLATES, AT_ONCE):
        raise Invalid(here.words.say("Choose one of the list."), field="vesting")
    return Defaults(
        line_in(here, "plan_id"),
        choice_in(here, "award_type", AwardType),
        vesting,
        day_in(here, "grant_date"),
        day_in(here, "board_approved_on"),
        line_in(here, "resolution_ref"),
        here.form.get("exemption", ""),
    )


def _checked(db: Session, here: Here, sheet: Sheet) -> Checked:
    layout, rows = judged(sheet, register_of(db), _defaults(here))
    lines = grant_batches.lines(db, rows)
    return Checked(layout, lines, sheet.encoding, digest_of(lines), _packed(sheet))


def _packed(sheet: Sheet) -> str:
    told = [sheet.encoding, *([row.number, *row.cells] for row in (sheet.header, *sheet.rows))]
    return b64encode(zlib.compress(orjson.dumps(told))).decode()


def _unpacked(here: Here) -> Sheet:
    """Return the rows that wait on a page.

    Raises:
        Invalid: Somebody wrote them otherwise.
    """
    try:
        unpacker = zlib.decompressobj()
        told = orjson.loads(unpacker.decompress(b64decode(here.form.get("rows", "")), MOST_BYTES))
        encoding, header, *rows = told
        found = [Row(int(number), tuple(map(str, cells))) for number, *cells in (header, *rows)]
        return Sheet(found[0], tuple(found[1:]), str(encoding))
    except (ValueError, TypeError, zlib.error):
        raise Invalid(here.words.say("This check is over. Check the file again."), field="file") from None


def _shown(db: Session, here: Here, checked: Checked) -> View:
    """Return the page of a check."""
    words, kept = here.words, [one for one in checked.lines if one.is_kept]
    orders = [one.order for one in kept if one.order is not None]
    problems = [(one.row, one.column, what(one, words), to_do(one, words)) for one in checked.found]
    places = {one.id: find(db, ShareClass, one.class_id).decimals for one in every(db, Plan)}
    rows = [
        (one, decimal_text(one.order.quantity, places[one.order.plan_id]) if one.order else "") for one in checked.lines
    ]
    return View(
        "batch_check.html",
        {
            "checked": checked,
            "kept": kept,
            "rows": rows,
            "problems": problems[:MOST_SHOWN],
            "more": len(problems) - MOST_SHOWN,
            "rooms": grant_batches.rooms(db, orders),
            "valued": [] if not orders else _valued(db, here, {one.plan_id for one in orders}),
            "fields": [(name, here.form.get(name, "")) for name in FIELDS],
        },
    )


def _valued(db: Session, here: Here, plans: set[str]) -> list[Valued]:
    return valued(db, {find(db, Plan, one).class_id for one in plans}, today_of(db, here))


@pages.post("/steward/batches/problems", Role.STEWARD, again=batches, authority="role:steward")
def problems(db: Session, act: Act, here: Here) -> File:
    """Take the problems of a check away as a spreadsheet: row, column, what is wrong, what to do."""
    del act
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    words = here.words
    writer.writerow((words.say("Row"), words.say("Column"), words.say("Problem"), words.say("What to do")))
    for one in _checked(db, here, _unpacked(here)).found:
        cells = (str(one.row or ""), one.column, what(one, words), to_do(one, words))
        writer.writerow([inert(cell) for cell in cells])
    return File(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "problems.csv")


@pages.get("/steward/batches/check", Role.STEWARD)
def check_again(db: Session, here: Here) -> View | Go:
    """What a check shows now, after something changed meanwhile."""
    if "rows" not in here.form:
        return Go("/steward/batches")
    return _shown(db, here, _checked(db, here, _unpacked(here)))


@pages.post("/steward/batches/check", Role.STEWARD, again=check_again, authority="role:steward", long=True)
def confirm(db: Session, act: Act, here: Here) -> Go:
    """Record exactly what a check has shown, as one batch."""
    checked = _checked(db, here, _unpacked(here))
    changed = here.words.say("Something on record has changed since you checked this file. Read what is found now.")
    still(here, checked.seen, changed)
    made = grant_batches.keep(db, act, checked.lines, on=today_of(db, here))
    note = here.words.several(
        "One draft is recorded. Somebody of the board reads it.",
        "{count} drafts are recorded. Somebody of the board reads them.",
        len(made.drafts),
    )
    return Go(f"/steward/batches/{made.id}", note)


def terms_of(db: Session, here: Here, batch: Batch) -> list[Term]:
    """Return every term of every grant of a batch."""
    names = vault.names(db, {one.holder for one in batch.drafts})
    found = []
    for one in batch.drafts:
        order = GrantOrder.from_terms(one.terms)
        places = find(db, ShareClass, find(db, Plan, order.plan_id).class_id).decimals
        price = "" if order.price is None else f"{order.price.text} {order.price.currency}"
        vesting = grant_terms.template_of(order.vesting) or here.words.say("Terms of its own, as the record holds them")
        start = "" if order.vesting_start is None else here.words.day(order.vesting_start)
        units = decimal_text(order.quantity, places)
        told = (order.label, names[one.holder], order.award_type, units, price, vesting, start)
        found.append(Term(one.id, *told, order))
    return found


def shown_batch(db: Session, here: Here, batch: Batch) -> dict[str, object]:
    """Return what a page of a batch shows, to a steward and to the board."""
    terms = terms_of(db, here, batch)
    orders = [one.of for one in terms if one.draft not in batch.issued]
    return {
        "batch": batch,
        "terms": terms,
        "rooms": grant_batches.rooms(db, orders),
        "valued": _valued(db, here, {one.plan_id for one in orders}),
        "called": called(db, [batch]),
    }


@pages.get("/steward/batches/{batch}", Role.STEWARD)
def show_batch(db: Session, here: Here, batch: str) -> View:
    """A batch: its exact terms, how far it has come, and how it goes on."""
    return View("batch.html", shown_batch(db, here, grant_batches.batch(db, batch)) | {"board": False})


@pages.post("/steward/batches/{batch}/issue", Role.STEWARD, again=show_batch, authority="role:steward")
def issue(db: Session, act: Act, here: Here, batch: str) -> Go:
    """Issue all that the board approved: from now on each is a promise."""
    if grant_batches.batch(db, batch).state is BatchState.ISSUED:
        return Go(f"/steward/batches/{batch}", here.words.say("It has been issued already."))
    made = grant_batches.issue(db, act, batch)
    note = here.words.several(
        "One grant is issued. It waits for its holder to accept it.",
        "{count} grants are issued. They wait for their holders to accept them.",
        len(made),
    )
    return Go(f"/steward/batches/{batch}", note)
