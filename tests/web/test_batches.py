"""A batch of grants from its spreadsheet to its holders: checked row by row, approved as a whole, issued as a whole."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from app.people import holders
from app.people.roles import Role
from ledger.equity import register
from ledger.equity.values import Award, EngagementKind, GrantDraft, Group, HolderKind
from ledger.reading import every
from tests import make
from tests.web.browser import Browser, Site, title_of, words_of
from tests.web.officers import officer

TODAY = make.NOW.date().isoformat()
HEADER = "Grantee,Options,Vesting Commencement Date,Strike Price"
NAMES = ("Ana Ruiz", "Béla Núñez", "Chi Okafor")


@dataclass(frozen=True)
class Office:
    """A steward, somebody of the board, and three people to whom something may be granted."""

    site: Site
    steward: Browser
    board: Browser
    people: tuple[str, ...]
    plan: str

    def form(self, **changes: str) -> dict[str, str]:
        """Return what the form says beside the file."""
        plain = {
            "plan_id": self.plan,
            "award_type": "RSU",
            "vesting": "4y/1y/monthly",
            "grant_date": TODAY,
            "board_approved_on": TODAY,
            "resolution_ref": "board:2026-03",
            "exemption": "REG_D_506B",
        }
        return plain | changes

    def check(self, data: bytes, **changes: str) -> str:
        """Return what the check of a file says, as HTML."""
        answer = self.steward.upload("/steward/batches/check/upload", self.form(**changes), file=data)
        assert answer.status_code == 200, words_of(answer)[:600]
        return answer.text

    def refused(self, data: bytes, **changes: str) -> str:
        """Return why a file is not read."""
        answer = self.steward.upload("/steward/batches/check/upload", self.form(**changes), file=data)
        assert answer.status_code == 422, words_of(answer)[:600]
        assert title_of(answer).startswith("Error:")
        return words_of(answer)

    def draft(self, data: bytes, **changes: str) -> str:
        """Check a file, confirm what was found, and return the batch."""
        return self.steward.send("/steward/batches/check", **hidden(self.check(data, **changes))).rpartition("/")[2]

    def drafts(self) -> list[GrantDraft]:
        """Return all versions of all drafts."""
        return self.site.runner.read(every, GrantDraft)


def hidden(html: str) -> dict[str, str | list[str]]:
    """Return the hidden fields of the form that confirms a check."""
    form = re.search(r'action="/steward/batches/check">(.*?)</form>', html, re.DOTALL)
    assert form is not None
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))


def rows(*lines: str, header: str = HEADER) -> bytes:
    """Return a CSV file."""
    return "\n".join((header, *lines)).encode()


def workbook(*lines: Sequence[object]) -> bytes:
    """Return a workbook."""
    out = io.BytesIO()
    book = Workbook(out)
    sheet = book.add_worksheet("Grants 2026")
    for at, line in enumerate(lines):
        sheet.write_row(at, 0, line)
    book.close()
    return out.getvalue()


@pytest.fixture
def office(site: Site) -> Office:
    """Return a cooperative with a pool and people."""

    def deed(db: Session) -> tuple[str, str, tuple[str, ...], str]:
        make.company(db)
        steward, board = make.holder(db).id, make.holder(db).id
        people = []
        for name in NAMES:
            document = {"name": name, "email": f"{name[:3].casefold()}@example.test"}
            one = holders.add_named_holder(
                db, make.act(), document, kind=HolderKind.INDIVIDUAL, on=make.BEGINNING, licensed=True
            )
            register.engage(
                db, make.act(), one.id, kind=EngagementKind.C1099, shown_as=Group.PROVIDER, on=make.BEGINNING
            )
            people.append(one.id)
        return steward, board, tuple(people), make.plan(db).id

    steward, board, people, plan = site.runner.run(deed)
    return Office(site, officer(site, steward, Role.STEWARD), officer(site, board, Role.BOARD), people, plan)


def test_a_check_counts_as_the_spreadsheet_does_and_records_nothing(office: Office) -> None:
    seen = office.check(rows("ana ruiz,4800,2026-03-01,", "", "Anna Ruiz,100,2026-03-01,", "Chi Okafor,none,3/4/2026,"))
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", seen))
    assert "3 rows were read. One grant would be drafted. 2 rows are kept out" in told
    assert "4 Grantee Nobody on record is called so. Did you mean Ana Ruiz?" in told
    assert "5 Options This is no number of units" in told
    assert "5 Vesting Commencement Date This day can be read in two ways. Write it like 2026-03-02" in told
    assert "The pool holds 2,000,000 units. This batch takes 4,800; 1,995,200 are left" in told
    assert office.drafts() == []


def test_a_workbook_is_approved_to_the_letter_and_issued(office: Office) -> None:
    data = workbook(
        ("Name", "Shares", "Vesting Start", "Kind"),
        ("Ana Ruiz", 4_800, "2026-03-01", "RSU"),
        ("Béla Núñez", 1_200.0, "Mar 1, 2026", "Restricted Stock Unit"),
    )
    batch = office.draft(data)
    assert len(office.drafts()) == 2
    shown = office.board.get(f"/board/batches/{batch}")
    assert "Béla Núñez" in words_of(shown)
    assert "1,200" in words_of(shown)
    digest = re.search(r'name="content_hash" value="(\w+)"', shown.text)
    assert digest is not None
    form: dict[str, str | list[str]] = {"content_hash": digest[1], "resolution_ref": "board:2026-03"}
    stale = office.board.post(f"/board/batches/{batch}/approve", form | {"content_hash": "0" * 64})
    assert stale.status_code == 409
    assert "terms have changed" in words_of(stale)
    assert office.board.post(f"/board/batches/{batch}/approve", form).status_code == 303
    assert "a batch of 2 grants" in office.steward.see("/steward")
    office.steward.send(f"/steward/batches/{batch}/issue")
    assert len(office.site.runner.read(every, Award)) == 2
    assert office.steward.send(f"/steward/batches/{batch}/issue") == f"/steward/batches/{batch}"
    assert len(office.site.runner.read(every, Award)) == 2
    assert "ES-" in words_of(office.site.browser(office.people[0]).get("/equity"))


def test_the_same_file_again_adds_nothing(office: Office) -> None:
    data = rows("Ana Ruiz,4800,2026-03-01,", "Béla Núñez,100,2026-03-01,")
    office.draft(data)
    again = office.check(data)
    assert "There is nothing new to record." in again
    assert "2 are on record already" in again
    other = office.check(data, grant_date="2026-03-05")
    assert other.count('class="tag bad">Conflict') == 2
    assert len(office.drafts()) == 2


def test_a_returned_batch_is_mended_in_place(office: Office) -> None:
    batch = office.draft(rows("Ana Ruiz,4800,2026-03-01,", "Chi Okafor,100,2026-03-01,"))
    assert title_of(office.board.post(f"/board/batches/{batch}/return", {"reason": " "})).startswith("Error:")
    office.board.send(f"/board/batches/{batch}/return", reason="Chi was promised <1,000>.")
    assert "Chi was promised <1,000>." in office.steward.see(f"/steward/batches/{batch}")
    assert "Returned by the board: a batch of 2 grants" in office.steward.see("/steward")
    mended = office.draft(rows("Ana Ruiz,4800,2026-03-01,", "Chi Okafor,1000,2026-03-01,"))
    found = office.drafts()
    assert len({one.id for one in found}) == 2
    assert sorted(one.version for one in found) == [1, 1, 2, 2]
    assert "1,000" in office.board.see(f"/board/batches/{mended}")
    assert f"/board/batches/{batch}" not in office.board.get("/board").text


def test_nobody_decides_on_their_own_batch(office: Office) -> None:
    batch = office.draft(rows("Ana Ruiz,4800,2026-03-01,"))
    ana = officer(office.site, office.people[0], Role.BOARD)
    assert "Somebody else approves it" in ana.see(f"/board/batches/{batch}")
    digest = re.search(r'name="content_hash" value="(\w+)"', office.board.get(f"/board/batches/{batch}").text)
    assert digest is not None
    form: dict[str, str | list[str]] = {"content_hash": digest[1], "resolution_ref": "board:2026-03"}
    assert ana.post(f"/board/batches/{batch}/approve", form).status_code == 403
    assert office.steward.post(f"/steward/batches/{batch}/issue", {}).status_code == 409
    assert office.site.runner.read(every, Award) == []


def test_what_changed_since_the_check_is_shown_before_it_is_recorded(office: Office) -> None:
    data = rows("Ana Ruiz,4800,2026-03-01,")
    waits = hidden(office.check(data))
    office.draft(data)
    stale = office.steward.post("/steward/batches/check", waits)
    assert stale.status_code == 409
    assert "has changed since you checked this file" in words_of(stale)
    assert "There is nothing new to record." in words_of(stale)
    assert office.steward.post("/steward/batches/check", waits | {"rows": "AAAA"}).status_code in {303, 422}
    assert len(office.drafts()) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",100,2026-03-01,", "It is not said who receives it."),
        ("Ana Ruiz,0,2026-03-01,", "This is no number of units"),
        ("Ana Ruiz,,2026-03-01,", "This is no number of units"),
        ("Ana Ruiz,10,2026-02-30,", "This is not a day."),
        ("Ana Ruiz,10,,", "There is no day."),
        ("Ana Ruiz,10,2026-03-01,cheap", "This is no price."),
        ("Ana Ruiz,10,2026-03-01,0.62", "An RSU is not bought; leave the price out."),
        ("Ana Ruiz,9000000,2026-03-01,", "The pool has too little left"),
        ("Ana Ruiz,10,2026-03-01,,9,9", "The row has more cells than the first one."),
        ("Ana Ruiz,10,2026-03-01,\nANA RUIZ,10,2026-03-01,", "Row 2 is the same grant"),
    ],
)
def test_a_row_is_refused_with_what_to_do(office: Office, line: str, told: str) -> None:
    assert told in office.check(rows(line))
    assert office.drafts() == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "There is nothing in this file."),
        (rows(), "This file has no rows of grants."),
        (b"%PDF-1.7\x00\x01\x02", "This is neither a spreadsheet nor text."),
        (b"\xd0\xcf\x11\xe0 old", "This workbook has a password"),
        (rows("x" * 30, header="Name") * 1, "The first row lacks a column: Quantity."),
        (rows("Ana,5", header="Name,Quanttity"), "The column Quanttity is spelled nearly so"),
        (rows("Ana,5,x", header="Name,Quantity,Client Name"), "Column 3 looks like one about clients"),
        (rows("Ana,5,6", header="Name,Quantity,Shares"), "Two columns mean the same: Shares and Quantity."),
        (rows(*["Ana Ruiz,1,2026-03-01,"] * 151), "This file is too large"),
        (b"Name,Quantity\n" + b"x" * (3 << 20), "This file is too large"),
        (rows('"Ana,5'), "A quotation mark that opens in this row is never closed"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(office: Office, data: bytes, told: str) -> None:
    assert told in office.refused(data, resolution_ref="board:kept")
    assert (
        "board:kept"
        in office.steward.upload(
            "/steward/batches/check/upload", office.form(resolution_ref="board:kept"), file=data
        ).text
    )


def test_a_workbook_that_swells_is_not_opened(office: Office) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", "<c r='XFD1048576'/>")
    assert "This file is too large" in office.refused(out.getvalue())


def test_other_encodings_are_read_and_named(office: Office) -> None:
    text = "Grantee;Options;Vesting Start\nBéla Núñez;1,200;1 March 2026"
    for encoding, called in (("cp1252", "Latin-1"), ("utf-16", "UTF-16"), ("utf-8-sig", "UTF-8")):
        seen = office.check(text.encode(encoding))
        assert called in seen
        assert "Draft one grant" in seen


def test_the_problems_are_a_spreadsheet_that_runs_nothing(office: Office) -> None:
    seen = office.check(rows("=1+1,5,2026-03-01,", header="Grantee,Options,Vesting Start,=Strike Price"))
    form = re.search(r'action="/steward/batches/problems">(.*?)</form>', seen, re.DOTALL)
    assert form is not None
    answer = office.steward.post(
        "/steward/batches/problems", dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    )
    assert answer.headers["content-type"].startswith("text/csv")
    assert "2,Grantee,Nobody on record is called so." in answer.text
    assert not re.search(r"(^|,)=", answer.text, re.MULTILINE)


def test_the_template_has_the_columns_and_is_read(office: Office) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(office.steward.get("/steward/batches/template").content))
    header = book.get_sheet_by_name("Grants").to_python()[0]
    assert header[:3] == ["Name", "Email", "Quantity"]
    line = dict.fromkeys(header, "") | {"Email": "ana@example.test", "Quantity": "50", "Schedule": "at once"}
    assert "Draft one grant" in office.check(workbook(header, [line[name] for name in header]))
