"""The second pass: rows judged by each other, provider by provider and day by day.

Rows are taken in the order of a provider's calendar, whatever their order in the file. So what is accepted does not
depend on how an export was sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby

from app.imports.sessions.fingerprints import LENGTH, Prints, joined
from app.imports.sessions.kinds import Kind
from app.imports.sessions.listing import Findings
from app.imports.sessions.reasons import Reason
from app.imports.sessions.table import Fate, Table
from app.imports.sessions.times import DAY_MINUTES, UNTIMED
from ledger.sessions.values import MOST_DAY_MINUTES, Attendance, Category

_INDEX_BITS = 24
_CLOCK_BITS = 11
_DAY_BITS = 22
_PLACE_SHIFT = _INDEX_BITS + 1 + _CLOCK_BITS
_INDEX_MASK = (1 << _INDEX_BITS) - 1
_MISSED = 1 << _INDEX_BITS
_CLOCK_SHIFT = _INDEX_BITS + 1
_CLOCK_MASK = (1 << _CLOCK_BITS) - 1

_CLOCK_TEXTS = (*(b"T%02d:%02d" % divmod(minute, 60) for minute in range(DAY_MINUTES)), b"", b"")
"""Minutes of the day as a fingerprint has them; the last two stand for a row that tells no time."""

_TO_BLAME = {
    Reason.DAY_TOO_LONG: ("minutes", "date", "start"),
    Reason.OVERLAP: ("start", "date"),
    Reason.TALLY_TWICE: ("date", "start"),
}


def settle(table: Table, findings: Findings, prints: Prints, system: str, labels: Mapping[str, str]) -> None:
    """Give each row of a table its fingerprint and its fate, as far as the batch alone tells it.

    One group's rows collapse into one. Sessions that a provider can't have held side by side, days that are too long
    and tallies told twice are held: of two rows that exclude each other the earlier one is taken.

    Args:
        table: All rows that hold each for itself.
        findings: Told of the rows that are held.
        prints: Under the organisation's key.
        system: What the rows come from.
        labels: Field to the name of its column.
    """
    table.fates = bytearray(len(table))
    table.prints = bytearray(len(table) * LENGTH)
    if table.external_prints:
        table.external_prints.extend(bytes(len(table) * LENGTH - len(table.external_prints)))
        table.place_prints = bytearray(len(table) * LENGTH)
    settling = _Settling(table, findings, prints, system, labels)
    for place, keys in groupby(_in_calendar_order(table), key=lambda key: key >> _PLACE_SHIFT):
        settling.day(place >> _DAY_BITS, place & ((1 << _DAY_BITS) - 1), keys)


def to_blame(reason: Reason, labels: Mapping[str, str]) -> str:
    """Return the column that a person looks at first where rows exclude each other; empty if the file has none."""
    return next((labels[field] for field in _TO_BLAME[reason] if field in labels), "")


def _in_calendar_order(table: Table) -> list[int]:
    """Return a key for each row: provider, day, minute, whether nobody came, index; in one number, which sorts fastest.

    Of a group's rows one that tells of a delivered session comes first. Rows without a time come before the others.
    """
    tallies = [kind.is_tally for kind in table.kind_list]
    missed = [kind.attendance is not Attendance.DELIVERED for kind in table.kind_list]
    columns = zip(table.providers, table.days, table.clocks, table.kinds, strict=True)
    keys = [
        (
            (((who << _DAY_BITS | day) << _CLOCK_BITS | (0 if tallies[kind] else clock - UNTIMED)) << 1 | missed[kind])
            << _INDEX_BITS
        )
        | at
        for at, (who, day, clock, kind) in enumerate(columns)
    ]
    keys.sort()
    return keys


class _DayTexts(dict[int, bytes]):
    """Ordinal days as a fingerprint has them."""

    def __missing__(self, day: int) -> bytes:
        self[day] = text = date.fromordinal(day).isoformat().encode()
        return text


class _Settling:
    """The calendar of the provider whose rows are being settled, as far as it is filled."""

    def __init__(
        self, table: Table, findings: Findings, prints: Prints, system: str, labels: Mapping[str, str]
    ) -> None:
        self._table, self._findings, self._prints = table, findings, prints
        self._system, self._labels = system, labels
        self._tails = [_tail(kind) for kind in table.kind_list]
        self._lengths = [kind.minutes for kind in table.kind_list]
        self._is_group = [kind.category is Category.GROUP and not kind.is_tally for kind in table.kind_list]
        self._day_texts = _DayTexts()
        self._provider = -1
        self._prefix = b""
        self._busy_until = 0
        self._busy_at = 0
        self._times: dict[bytes, int] = {}
        self._merged: set[int] = set()

    def day(self, provider: int, day: int, keys: Iterable[int]) -> None:
        """Settle a provider's rows of a day; the loop is all that happens to a usual row."""
        table, total, midnight = self._table, 0, day * DAY_MINUTES
        if provider != self._provider:
            self._provider, self._busy_until = provider, 0
            self._prefix = joined(self._system, table.provider_ids[provider], "")
        seen: dict[bytes, int] = {}
        if self._times or self._merged:
            self._times, self._merged = {}, set()
        busy_until, print_of, tails, lengths = self._busy_until, self._prints.of, self._tails, self._lengths
        kinds, prints, has_ids = table.kinds, table.prints, len(table.external_prints) > 0
        prefix = self._prefix + self._day_texts[day]
        for key in keys:
            at, clock = key & _INDEX_MASK, (key >> _CLOCK_SHIFT & _CLOCK_MASK) + UNTIMED
            number = kinds[at]
            # with a start, a group is known by it, however many rows with ids of their own tell of it
            external = table.external_print(at) if has_ids and not (clock >= 0 and self._is_group[number]) else b""
            message = prefix + _CLOCK_TEXTS[clock] + tails[number]
            found = external or print_of(message)
            if found in seen:
                other = self._other(at, number, clock, message, seen[found])
                if other is None:
                    continue
                found = other
            minutes, start = lengths[number], midnight + clock
            total += minutes
            is_there = clock >= 0 and not key & _MISSED
            if total > MOST_DAY_MINUTES:
                self._hold(at, Reason.DAY_TOO_LONG)
            elif is_there and start < busy_until:
                self._hold(at, Reason.OVERLAP, table.rows[self._busy_at])
            else:
                seen[found] = at
                prints[at * LENGTH : (at + 1) * LENGTH] = found
                if external and clock >= 0:
                    table.place_prints[at * LENGTH : (at + 1) * LENGTH] = print_of(message)
                if is_there:
                    busy_until, self._busy_at = start + minutes, at
                continue
            total -= minutes
        self._busy_until = busy_until

    def _other(self, at: int, number: int, clock: int, message: bytes, first: int) -> bytes | None:
        """Return another fingerprint for a row whose own the row at the index ``first`` has already.

        Returns:
            Nothing if that settles this row's fate.
        """
        is_tally = self._table.kind_list[number].is_tally
        if self._is_group[number]:
            self._collapse(at, first, clock)
        elif clock >= 0 or is_tally:
            self._hold(at, Reason.TALLY_TWICE if is_tally else Reason.OVERLAP, self._table.rows[first])
        else:
            return self._numbered(message)
        return None

    def _numbered(self, message: bytes) -> bytes:
        """Return the fingerprint of one more session of a day whose times are not told.

        The second of two like sessions is the second one in every export, so it is known again.
        """
        self._times[message] = times = self._times.get(message, 1) + 1
        return self._prints.of(b"%b\x1f%d" % (message, times))

    def _collapse(self, at: int, first: int, clock: int) -> None:
        self._table.fates[at] = Fate.COLLAPSED
        if clock < 0 and first not in self._merged:
            self._merged.add(first)
            self._findings.add(self._table.rows[first], Reason.GROUP_WITHOUT_TIME)

    def _hold(self, at: int, reason: Reason, other: int = 0) -> None:
        self._table.fates[at] = Fate.REJECTED
        self._findings.add(self._table.rows[at], reason, to_blame(reason, self._labels), other=other)


def _tail(kind: Kind) -> bytes:
    """Return what a fingerprint has after the time: code and minutes; for a tally its kind, which it has once a day."""
    if kind.is_tally:
        return b"\x1f" + joined(f"tally {kind.category} {kind.modality} {kind.attendance}", "")
    return b"\x1f" + joined(kind.code, kind.told_minutes)
