"""The cap table by holder (reports.md R2): who holds what, what of it has vested, and their part of the company.

A pure fold over holdings. It knows no names: a holder is an id, and whoever shows the table puts names beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from ledger.apportionment import HUNDRED_PER_CENT, apportion, percentages
from ledger.equity.captable.by_class import CapTable, Line, Piece, rescaled
from ledger.equity.values import ClassKind, Group, ShareClass
from ledger.errors import Tampered
from ledger.types import decimal_text


class Standing(StrEnum):
    """What somebody holds a unit as."""

    SHARE = "share"
    """On a certificate."""
    AWARD = "award"
    """Granted, neither exercised nor settled."""
    UNDELIVERED = "undelivered"
    """Exercised or settled by an imported record that names no certificate for it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What is left of one security, in minor units of its class.

    Attributes:
        since: The day it was issued.
        unvested: What of it has yet to vest.
        exercisable: What may be exercised or settled on the day of the table; nothing of a certificate.
    """

    holder: str
    class_id: str
    plan_id: str | None
    standing: Standing
    units: int
    since: date
    unvested: int = 0
    exercisable: int = 0


@dataclass(frozen=True, slots=True)
class HolderRow:
    """One holder; quantities are in the table's decimal places, those by class in the class's own.

    Attributes:
        holder: Empty in the last two rows, which nobody holds.
        group: ``founder``, ``provider``, ``staff``, ``investor`` or ``other``; ``ex-…`` once they have left.
        outstanding: Shares, one number for each class of the table.
        vested: Shares and grants that are the holder's for good.
        unvested: Shares and grants that have yet to vest; with ``vested`` it is all they hold.
        percentage: Of all fully diluted, in steps of 0.0001 %; None where there is nothing.
        member_class: The class of their membership share; None without one.
    """

    holder: str
    group: str
    outstanding: tuple[int, ...]
    awards: int = 0
    vested: int = 0
    unvested: int = 0
    exercisable: int = 0
    fully_diluted: int = 0
    percentage: int | None = None
    member_class: str | None = None
    member_since: date | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HolderTable:
    """The cap table by holder, in order of id, with what the pools have left and the totals."""

    decimals: int
    classes: tuple[ShareClass, ...]
    rows: tuple[HolderRow, ...]
    available: HolderRow
    total: HolderRow


@dataclass(slots=True)
class _Sums:
    """What one holder has, so far."""

    outstanding: dict[str, int] = field(default_factory=dict)
    awards: int = 0
    unvested: int = 0
    exercisable: int = 0
    held: int = 0
    member: tuple[date, str] | None = None
    notes: list[str] = field(default_factory=list)


def holder_table_of(
    table: CapTable, classes: Sequence[ShareClass], holdings: Iterable[Holding], groups: Mapping[str, str]
) -> HolderTable:
    """Return the table of holders that belongs to a table of classes.

    Args:
        table: By class, as of the same cut.
        classes: Its classes, in the order of the columns.
        holdings: Everything that is left of any security.
        groups: Holder to group, for those who are or were engaged.

    Raises:
        Tampered: The holders of a class do not add up to it: the record is not what its entries say.
    """
    by_id = {each.id: each for each in classes}
    sums: dict[str, _Sums] = {}
    pieces: dict[str, dict[str, int]] = {}
    for each in holdings:
        _add(sums.setdefault(each.holder, _Sums()), each, by_id[each.class_id], table.decimals)
        if each.standing is not Standing.UNDELIVERED:
            piece = pieces.setdefault(_piece(each), {})
            piece[each.holder] = piece.get(each.holder, 0) + each.units
    diluted = _diluted(table, pieces)
    rows = [_row(holder, sums[holder], classes, groups, diluted.get(holder, 0)) for holder in sorted(sums)]
    left = sum(units for piece, units in table.converted.items() if piece.startswith(Piece.pool("")))
    available = HolderRow("", "", (0,) * len(classes), fully_diluted=left)
    shares = percentages({row.holder: row.fully_diluted for row in (*rows, available)}) or {}
    *finished, available = (replace(row, percentage=shares.get(row.holder)) for row in (*rows, available))
    total = _total((*finished, available), len(classes))
    _refuse_misfit(total, table, classes)
    return HolderTable(table.decimals, tuple(classes), tuple(finished), available, total)


def group_of(running: Iterable[Group], ended: Sequence[Group]) -> str:
    """Return the group that someone is shown under.

    Args:
        running: The groups of their engagements on the day; of several, the first in the order of ``Group`` counts.
        ended: Those of engagements that are over, latest last; they count when none is running.
    """
    now = set(running)
    if now:
        return next(group.value for group in Group if group in now)
    return f"ex-{ended[-1].value}" if ended else Group.OTHER.value


def _piece(of: Holding) -> str:
    return Piece.shares(of.class_id) if of.standing is Standing.SHARE else Piece.awards(of.class_id, of.plan_id)


def _add(to: _Sums, each: Holding, share_class: ShareClass, decimals: int) -> None:
    if each.standing is Standing.UNDELIVERED:
        shares = decimal_text(each.units, share_class.decimals)
        to.notes.append(f"{shares} of {share_class.name} exercised or settled without a certificate on record.")
        return
    to.held += rescaled(each.units, share_class.decimals, decimals)
    to.unvested += rescaled(each.unvested, share_class.decimals, decimals)
    to.exercisable += rescaled(each.exercisable, share_class.decimals, decimals)
    if each.standing is Standing.AWARD:
        to.awards += rescaled(each.units, share_class.decimals, decimals)
        return
    to.outstanding[share_class.id] = to.outstanding.get(share_class.id, 0) + each.units
    if share_class.kind is ClassKind.MEMBER_SHARE:
        to.member = min(filter(None, (to.member, (each.since, share_class.name))))


def _diluted(table: CapTable, pieces: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return what each holder has as converted: each piece of the company, shared out among those who hold it."""
    diluted: dict[str, int] = {}
    for name, holders in pieces.items():
        for holder, units in apportion(table.converted[name], holders).items():
            diluted[holder] = diluted.get(holder, 0) + units
    return diluted


def _row(
    holder: str, sums: _Sums, classes: Sequence[ShareClass], groups: Mapping[str, str], fully_diluted: int
) -> HolderRow:
    since, member_class = sums.member or (None, None)
    return HolderRow(
        holder,
        groups.get(holder, Group.OTHER.value),
        tuple(sums.outstanding.get(each.id, 0) for each in classes),
        sums.awards,
        sums.held - sums.unvested,
        sums.unvested,
        sums.exercisable,
        fully_diluted,
        None,
        member_class,
        since,
        tuple(sums.notes),
    )


def _total(rows: Sequence[HolderRow], classes: int) -> HolderRow:
    return HolderRow(
        "",
        "",
        tuple(sum(row.outstanding[place] for row in rows) for place in range(classes)),
        sum(row.awards for row in rows),
        sum(row.vested for row in rows),
        sum(row.unvested for row in rows),
        sum(row.exercisable for row in rows),
        sum(row.fully_diluted for row in rows),
        HUNDRED_PER_CENT if any(row.percentage for row in rows) else None,
    )


def _refuse_misfit(total: HolderRow, table: CapTable, classes: Sequence[ShareClass]) -> None:
    by_class = {row.id: row.outstanding for row in table.rows if row.line in {Line.SHARE_CLASS, Line.MEMBER_SHARE}}
    for share_class, units in zip(classes, total.outstanding, strict=True):
        if units != by_class[share_class.id]:
            has, should = (decimal_text(each, share_class.decimals) for each in (units, by_class[share_class.id]))
            raise Tampered(f"The holders of {share_class.name} have {has} shares in all; the class has {should}.")
    if (total.awards, total.fully_diluted) != (table.total.awards, table.total.fully_diluted):
        raise Tampered("What the holders were granted does not add up to the plans.")
