"""Which column says what: the headers that spreadsheets of grants use, and those that must not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from app.imports.grants.troubles import Found, SheetRefused, Trouble
from app.imports.sessions.columns import normal
from app.imports.sessions.words import speaks_of_clients


class Field(StrEnum):
    """What a column may say about a grant."""

    HOLDER = "holder"
    EMAIL = "email"
    QUANTITY = "quantity"
    LABEL = "label"
    KIND = "award_type"
    PLAN = "plan_id"
    VESTING = "vesting"
    VESTING_START = "vesting_start"
    PRICE = "price"
    GRANT_DATE = "grant_date"
    BOARD_APPROVED_ON = "board_approved_on"
    RESOLUTION = "resolution_ref"
    EXEMPTION = "exemption"


HEADERS: Mapping[Field, tuple[str, ...]] = {
    Field.HOLDER: (
        "Name",
        "Holder",
        "Grantee",
        "Holder Name",
        "Grantee Name",
        "Stakeholder",
        "Stakeholder Name",
        "Recipient",
        "Optionee",
        "Full Name",
        "Employee",
        "Provider",
        "Therapist",
    ),
    Field.EMAIL: ("Email", "E-mail", "Email Address", "Holder Email", "Grantee Email", "Stakeholder Email"),
    Field.QUANTITY: (
        "Quantity",
        "Options",
        "Shares",
        "Units",
        "Number of Options",
        "Number of Shares",
        "Options Granted",
        "Shares Granted",
        "Quantity Issued",
        "Quantity Granted",
        "Grant Size",
        "RSUs",
    ),
    Field.LABEL: ("Label", "Grant ID", "Grant Number", "Security ID", "Certificate", "Certificate ID", "Award ID"),
    Field.KIND: ("Kind", "Type", "Award Type", "Grant Type", "Equity Type", "Security Type", "Option Type"),
    Field.PLAN: ("Plan", "Equity Plan", "Plan Name", "Pool", "Incentive Plan"),
    Field.VESTING: ("Schedule", "Vesting", "Vesting Schedule", "Vesting Template", "Vesting Terms"),
    Field.VESTING_START: (
        "Vesting Start",
        "Commencement",
        "Vesting Start Date",
        "Vesting Commencement",
        "Vesting Commencement Date",
        "VCD",
        "Start Date",
        "Vests From",
    ),
    Field.PRICE: (
        "Exercise Price",
        "Strike Price",
        "Exercise",
        "Strike",
        "Price",
        "Price Per Share",
        "Base Price",
        "Exercise Price Per Share",
    ),
    Field.GRANT_DATE: ("Grant Date", "Issue Date", "Date of Grant", "Day of Grant", "Issued", "Date Granted"),
    Field.BOARD_APPROVED_ON: (
        "Board Approval Date",
        "Board Approval",
        "Approval Date",
        "Board Approved",
        "Board Approved On",
        "Date Approved",
        "Approved On",
    ),
    Field.RESOLUTION: ("Resolution", "Board Resolution", "Resolution Ref", "Resolution Reference", "Minutes"),
    Field.EXEMPTION: ("Exemption", "Securities Exemption", "Federal Exemption"),
}
"""Field to the headers it may stand under; the first is ours, as the template has it."""

NEEDED = (Field.HOLDER, Field.QUANTITY)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands in a file.

    Attributes:
        width: How many cells the header has.
        places: Field to the place of its column, from 0.
        called: Field to what the file calls it.
        ignored: Headers that mean nothing here; they are not read.
        near: Ignored header to ours that it may have been meant as.
    """

    width: int
    places: Mapping[Field, int]
    called: Mapping[Field, str]
    ignored: tuple[str, ...]
    near: Mapping[str, str]

    def cell(self, cells: Sequence[str], field: Field) -> str:
        """Return what a row says about a field; empty where it says nothing."""
        place = self.places.get(field)
        return cells[place] if place is not None and place < len(cells) else ""


def lay_out(header: Sequence[str]) -> Layout:
    """Return where each field stands.

    Raises:
        SheetRefused: A column looks like one about clients, two mean the same, or one that is needed is missing.
    """
    known = {normal(name): field for field, names in HEADERS.items() for name in names}
    places: dict[Field, int] = {}
    ignored: list[str] = []
    for place, written in enumerate(header):
        field = known.get(normal(written))
        if field is None:
            if speaks_of_clients(written):
                raise SheetRefused(Found(Trouble.OF_CLIENTS, 1, f"{place + 1}"))
            ignored += [written] if written else []
        elif field in places:
            raise SheetRefused(Found(Trouble.COLUMN_TWICE, 1, written, header[places[field]]))
        else:
            places[field] = place
    near = _near(ignored, places)
    if Field.HOLDER not in places and Field.EMAIL not in places:
        _refuse_missing(Field.HOLDER, near)
    if Field.QUANTITY not in places:
        _refuse_missing(Field.QUANTITY, near)
    return Layout(len(header), places, {one: header[at] for one, at in places.items()}, tuple(ignored), near)


def _refuse_missing(field: Field, near: Mapping[str, str]) -> None:
    ours = HEADERS[field][0]
    meant = next((written for written, name in near.items() if name in HEADERS[field]), "")
    raise SheetRefused(Found(Trouble.COLUMN_MISSING, 1, ours, meant))


def _near(ignored: Sequence[str], places: Mapping[Field, int]) -> dict[str, str]:
    """Return which of ours an unknown header is spelled nearly as, as far as that column is not there."""
    open_names = {normal(name): name for field, names in HEADERS.items() if field not in places for name in names}
    found = {}
    for written in ignored:
        for match in get_close_matches(normal(written), open_names, 1, 0.75):
            found[written] = open_names[match]
    return found
