"""The first pass: every line judged by itself, and what holds put into a table."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from app.imports.sessions.findings import SAID, FileRefused, Finding
from app.imports.sessions.fingerprints import LENGTH, Prints, joined
from app.imports.sessions.kinds import Kinds
from app.imports.sessions.lines import Defect, Line, Lines
from app.imports.sessions.listing import Findings
from app.imports.sessions.mapping import ImportMap
from app.imports.sessions.people import NOBODY, People, shown
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.sources import FORMS, Source
from app.imports.sessions.table import Table
from app.imports.sessions.times import UNREADABLE, Clocks, Days, Place, split
from ledger.sessions.weeks import today

EARLIEST = date(2000, 1, 1).toordinal()
"""Nobody's practice software has older sessions; such a date is a slip."""

MOST_ROWS = 10_000_000
MOST_ID_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a batch is judged.

    Attributes:
        tz: IANA zone of providers who have none of their own in the map.
        today: The last day on which a session can have been delivered.
        org_key: The organisation's secret, for fingerprints; 16 bytes or more.
        lock_days: How many days back a session still counts in its own period.
        now: The moment of the check, aware; where it is given, ``today`` is what it is where each provider works.
    """

    mapping: ImportMap
    tz: str
    today: date
    org_key: bytes = field(repr=False)
    lock_days: int = 90
    now: datetime | None = None

    @property
    def lock_from(self) -> date:
        """The first day that is not late."""
        return self.today - timedelta(days=self.lock_days)

    def place(self, zone: str) -> Place:
        """Return a zone and the day it is there.

        Raises:
            UnknownZone: There is no such zone.
        """
        return Place(zone, self.today if self.now is None else today(self.now, zone))


class Moment(NamedTuple):
    """When a session began: an ordinal day and a minute of it, and how far their zone is ahead of UTC if told."""

    day: int
    clock: int
    offset: int | None


class Reading:
    """The first pass over a batch.

    Attributes:
        table: The rows that hold.
        findings: What is wrong with the others.
        not_sessions: The rows that are no sessions.
        rejected: The numbers of the rows that do not hold.
        rows_read: Rows with anything in them, the header apart.
        system: What the rows come from, part of every fingerprint.
    """

    def __init__(self, rules: Rules, source: Source, labels: Mapping[str, str]) -> None:
        """Begin.

        Args:
            rules: By what rows are judged.
            source: Where they come from.
            labels: Field to the name of its column.

        Raises:
            UnknownZone: There is no such zone.
        """
        self.table = Table()
        self.findings = Findings()
        self.not_sessions = array("I")
        self.rejected = array("I")
        self.rows_read = 0
        self.people = People(rules.mapping, rules.tz, rules.place)
        self.kinds = Kinds(rules.mapping)
        self.prints = Prints(rules.org_key)
        self.system = rules.mapping.system or source.value
        self.mapping = rules.mapping
        self._labels = labels
        self._days = Days(month_first=rules.mapping.month_first or FORMS[source].month_first)
        self._clocks = Clocks()
        self._external_rows: dict[int, int] = {}
        self.table.kind_list, self.table.provider_ids = self.kinds.found, self.people.ids

    def take(self, lines: Lines) -> None:
        """Read lines to their end.

        This loop is all that happens a million times; a row in which anything is out of the ordinary goes to
        ``_unusual``.

        Raises:
            FileRefused: Reading had to stop, or there are too many rows.
        """
        kinds, people, places = self.kinds, self.people, self.people.places
        days, clocks, table = self._days, self._clocks, self.table
        add_row, add_provider, add_day = table.rows.append, table.providers.append, table.days.append
        add_clock, add_kind = table.clocks.append, table.kinds.append
        for line in islice(lines, MOST_ROWS):
            if isinstance(line, Defect):
                self._defect(line)
                continue
            row, external, name, date_cell, start = line[:5]
            kind, who, text = kinds[line[5:]], people[name or ""], start or date_cell or ""
            day_text, clock_text = (text[:10], text[10:]) if text[4:5] == "-" else split(text)
            day = days[day_text]
            clock, offset = clocks[clock_text]
            if (
                (kind < 0 or who < 0 or not EARLIEST <= day <= places[who].today)
                or (clock >= 0 and places[who].offsets[day] is None)
                or (clock == UNREADABLE or offset is not None)
            ):
                moment = self._unusual(line, kind, who, Moment(day, clock, offset))
                if moment is None:
                    continue
                day, clock, _ = moment
            if external and not self._is_new(row, str(external)):
                continue
            add_row(row)
            add_provider(who)
            add_day(day)
            add_clock(clock)
            add_kind(kind)
        self.rejected = self.findings.rows()
        self.rows_read = len(table) + len(self.not_sessions) + len(self.rejected)
        if next(lines, None) is not None:
            raise FileRefused(Finding(Reason.FILE_TOO_LARGE, detail=f"{MOST_ROWS:,} rows"))

    def _defect(self, defect: Defect) -> None:
        if defect.reason is Reason.NOT_A_SESSION:
            self.not_sessions.append(defect.row)
        elif SAID[defect.reason].severity is Severity.REFUSED:
            raise FileRefused(Finding(defect.reason, defect.row, defect.column))
        else:
            self.findings.add(defect.row, defect.reason, defect.column)

    def _unusual(self, line: Line, kind: int, who: int, moment: Moment) -> Moment | None:
        """Return when a row's session began, by the provider's clock; nothing if the row is done with."""
        row, _, name, date_cell, start = line[:5]
        problem = self.kinds.problems[~kind] if kind < 0 else None
        if problem is not None and problem.reason is Reason.NOT_A_SESSION:
            self.not_sessions.append(row)
            return None
        if moment.day == UNREADABLE and start and date_cell:
            # day and time stand in columns of their own
            moment = Moment(self._days[date_cell], *self._clocks[start])
        place = self.people.places[who] if who >= 0 else self.people.home
        reason = _impossible(moment, place) if start or date_cell else Reason.DATE_MISSING
        field, clinician = "start" if start or "date" not in self._labels else "date", ""
        if reason is None:
            moment, reason = _local(moment, place)
        if reason is None and problem is not None:
            reason, field = problem.reason, problem.field
        # last, because the name is shown: where a neighbour does not fit its column, this may be no clinician
        if reason is None and who < 0:
            reason, field = Reason.PROVIDER_MISSING if who == NOBODY else Reason.PROVIDER_UNKNOWN, "provider"
            clinician = shown(name or "")
        if reason is None:
            return moment
        self.findings.add(row, reason, self._labels.get(field, ""), name=clinician)
        return None

    def _is_new(self, row: int, external: str) -> bool:
        """Keep the fingerprint of the external id of the row that comes next into the table; say if it came before."""
        column = self._labels.get("external_id", "")
        if len(external) > MOST_ID_LENGTH:
            self.findings.add(row, Reason.EXTERNAL_ID_INVALID, column)
            return False
        found, at = self.prints.of(joined(self.system, "id", external)), len(self.table)
        # half a fingerprint tells them apart well enough, in half the memory
        before = self._external_rows.setdefault(int.from_bytes(found[: LENGTH // 2]), at)
        if before == at:
            self.table.set_external(at, found)
            return True
        self.findings.add(row, Reason.EXTERNAL_ID_TWICE, column, other=self.table.rows[before])
        return False


def _impossible(moment: Moment, place: Place) -> Reason | None:
    """Return why a moment can't be one of a delivered session, as far as can be told before it is brought there."""
    if moment.day == UNREADABLE:
        return Reason.DATE_UNREADABLE
    if moment.clock == UNREADABLE:
        return Reason.TIME_UNREADABLE
    if moment.day < EARLIEST:
        return Reason.DATE_TOO_OLD
    # a moment told in another zone may be today at the provider's although it is tomorrow there
    return Reason.DATE_IN_FUTURE if moment.day > place.today + (moment.offset is not None) else None


def _local(moment: Moment, place: Place) -> tuple[Moment, Reason | None]:
    """Return a possible moment by the clock of a place, and why there is none."""
    if moment.offset is not None:
        moment = Moment(*place.local(moment.day, moment.clock, moment.offset), None)
        return moment, Reason.DATE_IN_FUTURE if moment.day > place.today else None
    skipped = moment.clock >= 0 and place.skips(moment.day, moment.clock)
    return moment, Reason.TIME_SKIPPED if skipped else None
