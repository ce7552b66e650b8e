"""Check first, then save: a file of delivered sessions becomes rows that hold, counts that add up, and findings.

Nothing is stored here, and only the allowed columns are ever looked at. What a check hands back tells of providers,
days and minutes, and of no client.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from app.imports.sessions.checked import Checked, Counts
from app.imports.sessions.columns import Layout
from app.imports.sessions.doubts import require_plausible
from app.imports.sessions.findings import FileRefused, Finding
from app.imports.sessions.lines import FIELDS, Lines
from app.imports.sessions.listing import Findings
from app.imports.sessions.reading import Reading, Rules
from app.imports.sessions.reasons import Reason, Severity
from app.imports.sessions.settling import settle, to_blame
from app.imports.sessions.sniff import Container, Sniffed, opened, sniff
from app.imports.sessions.sources import FORMS, Source, read_lines
from app.imports.sessions.sources.objects import sent_lines
from app.imports.sessions.table import Fate, Table
from ledger.sessions.values import MOST_DAY_MINUTES, Delivery

Known: TypeAlias = Callable[[Sequence[str]], Mapping[str, Delivery]]
"""Fingerprints to what is on record under them and not reversed; asked about some thousands at a time."""

MinutesOn: TypeAlias = Callable[[Collection[str], date, date, int], Mapping[tuple[str, date], int]]
"""Providers, first day, last day and least minutes to what is on record: provider and day to minutes, of the days
between that have so many. Asked once, and only of days that the rows of a batch could make too long."""

_ASKED_AT_ONCE = 5_000
_DAY_BITS = 22
_DAY_MASK = (1 << _DAY_BITS) - 1
_TOLD_EACH = 10_000


def nothing_known(fingerprints: Sequence[str]) -> Mapping[str, Delivery]:
    """Return what is on record where nothing is."""
    del fingerprints
    return {}


def no_minutes(providers: Collection[str], first: date, last: date, least: int) -> Mapping[tuple[str, date], int]:
    """Return how long the days on record are where nothing is."""
    del providers, first, last, least
    return {}


def check_file(
    data: Path | bytes,
    source: Source,
    rules: Rules,
    known: Known = nothing_known,
    progress: Callable[[int], object] | None = None,
    minutes_on: MinutesOn = no_minutes,
) -> Checked:
    """Return what a file tells, row by row; nothing is stored.

    Args:
        data: The file or its bytes. It is read twice, and memory does not grow with what is dropped.
        source: Where it comes from; rows stripped by ``strip_file`` keep their source.
        rules: By what it is judged.
        known: What is on record already.
        progress: Told the number of rows read, from time to time.
        minutes_on: How long the days on record are.

    Raises:
        FileRefused: It is not a file of this source, or its columns are shifted.
        UnknownZone: There is no such time zone.
    """
    checked = _file(data, source, rules, known, progress, minutes_on)
    if isinstance(checked, Finding):
        # raised here, where no cell is near: a traceback may be logged with all that its frames hold
        raise FileRefused(checked)
    return checked


def check_rows(
    rows: Iterable[object],
    rules: Rules,
    source: Source = Source.PLAIN,
    known: Known = nothing_known,
    minutes_on: MinutesOn = no_minutes,
) -> Checked:
    """Return what rows tell that came as JSON objects and are parsed already; they are numbered from 1.

    Raises:
        FileRefused: There are too many.
        UnknownZone: There is no such time zone.
    """
    labels = {field: field for field in FIELDS}
    layout = Layout(0, {}, labels)
    checked = _quietly(lambda: _checked(sent_lines(rows), layout, None, source, rules, known, minutes_on))
    if isinstance(checked, Finding):
        raise FileRefused(checked)
    return checked


def _file(
    data: Path | bytes,
    source: Source,
    rules: Rules,
    known: Known,
    progress: Callable[[int], object] | None,
    minutes_on: MinutesOn,
) -> Checked | Finding:
    def read() -> Checked:
        with opened(data) as file:
            sniffed = sniff(file)
            heading = FORMS[source].heading.with_columns(rules.mapping.columns)
            layout, lines = read_lines(file, sniffed, source, heading)
            _require_provider(layout, rules)
            told = _telling(lines, progress) if progress else lines
            return _checked(told, layout, sniffed, source, rules, known, minutes_on)

    return _quietly(read)


def _quietly(read: Callable[[], Checked]) -> Checked | Finding:
    try:
        return read()
    except FileRefused as refusal:
        return refusal.finding


def _telling(lines: Lines, progress: Callable[[int], object]) -> Lines:
    for number, line in enumerate(lines, 1):
        if number % _TOLD_EACH == 0:
            progress(number)
        yield line


def _require_provider(layout: Layout, rules: Rules) -> None:
    if "provider" not in layout.labels and rules.mapping.defaults.provider is None:
        raise FileRefused(Finding(Reason.PROVIDER_NOT_GIVEN, row=1))


def _checked(
    lines: Lines,
    layout: Layout,
    sniffed: Sniffed | None,
    source: Source,
    rules: Rules,
    known: Known,
    minutes_on: MinutesOn,
) -> Checked:
    reading = Reading(rules, source, layout.labels)
    reading.take(lines)
    if sniffed is not None and sniffed.container in (Container.CSV, Container.XLSX):
        require_plausible(reading, names_clinicians=FORMS[source].names_clinicians)
    elif sniffed is not None and 0 < reading.rows_read == reading.findings.count(Reason.ROW_MALFORMED):
        raise FileRefused(Finding(Reason.JSON_BROKEN))
    settle(reading.table, reading.findings, reading.prints, reading.system, layout.labels)
    _compare(reading.table, reading.findings, known)
    _hold_recorded_without_id(reading.table, reading.findings, known)
    _hold_long_days(reading.table, reading.findings, minutes_on, to_blame(Reason.DAY_TOO_LONG, layout.labels))
    counts = _counts(reading, rules.lock_from.toordinal())
    _remark(reading, layout, counts)
    if FORMS[source].names_clinicians and "attendance" not in layout.labels and not rules.mapping.defaults.attendance:
        reading.findings.about_file(Finding(Reason.ATTENDANCE_ASSUMED))
    unread = (reading.rejected, reading.not_sessions)
    return Checked(
        source,
        reading.system,
        counts,
        reading.findings,
        sniffed,
        layout.dropped,
        rules.lock_from,
        reading.table,
        unread,
    )


def _compare(table: Table, findings: Findings, known: Known) -> None:
    """Find the rows that are on record already, and those that are there with other details."""
    waiting = table.having(Fate.ACCEPTED)
    while batch := list(islice(waiting, _ASKED_AT_ONCE)):
        recorded = known([table.fingerprint(at) for at in batch])
        for at in batch if recorded else ():
            before = recorded.get(table.fingerprint(at))
            if before is not None and before == table.delivery(at):
                table.fates[at] = Fate.DUPLICATE
            elif before is not None:
                table.fates[at] = Fate.CHANGED
                findings.add(table.rows[at], Reason.CHANGED)


def _hold_recorded_without_id(table: Table, findings: Findings, known: Known) -> None:
    """Hold the rows with an external id whose session was sent without one before: it would count twice.

    One clinician holds one session at a time, so what is on record at that minute, of that code and length, is this
    one; a person reverses it, or leaves the row out. Groups are known by their place anyway, and never come here.
    """
    waiting = (at for at in table.having(Fate.ACCEPTED) if table.place_print(at)) if table.place_prints else iter(())
    while batch := list(islice(waiting, _ASKED_AT_ONCE)):
        recorded = known([table.place_print(at) for at in batch])
        for at in batch if recorded else ():
            if table.place_print(at) in recorded:
                table.fates[at] = Fate.CHANGED
                findings.add(table.rows[at], Reason.RECORDED_WITHOUT_ID)


def _hold_long_days(table: Table, findings: Findings, minutes_on: MinutesOn, column: str) -> None:
    """Hold the rows with which a provider's day, counted with what is on record, would be too long.

    As in the second pass, the earlier rows of a day are taken, whatever the order of the file.
    """
    totals = _on_record(table, minutes_on)
    if not totals:
        return
    places = ((table.providers[at] << _DAY_BITS | table.days[at], at) for at in table.having(Fate.ACCEPTED))
    on_full_days = sorted((key, table.clocks[at], at) for key, at in places if key in totals)
    for key, _, at in on_full_days:
        total = totals[key] + table.kind_list[table.kinds[at]].minutes
        if total <= MOST_DAY_MINUTES:
            totals[key] = total
            continue
        table.fates[at] = Fate.REJECTED
        findings.add(table.rows[at], Reason.DAY_TOO_LONG, column)


def _on_record(table: Table, minutes_on: MinutesOn) -> dict[int, int]:
    """Return the minutes on record of the days that the rows of a batch may make too long."""
    added = _added(table)
    if not added:
        return {}
    days = {key & _DAY_MASK for key in added}
    providers = {table.provider_ids[number] for number in {key >> _DAY_BITS for key in added}}
    least = MOST_DAY_MINUTES - max(added.values()) + 1
    full = minutes_on(providers, date.fromordinal(min(days)), date.fromordinal(max(days)), least)
    numbers = {id: number for number, id in enumerate(table.provider_ids)}
    return {numbers[who] << _DAY_BITS | day.toordinal(): total for (who, day), total in full.items()}


def _added(table: Table) -> dict[int, int]:
    """Return what each provider's day gets; provider and day are one number, of which there may be a million."""
    added: dict[int, int] = {}
    lengths = [kind.minutes for kind in table.kind_list]
    for who, day, kind, fate in zip(table.providers, table.days, table.kinds, table.fates, strict=True):
        if not fate:
            key = who << _DAY_BITS | day
            added[key] = added.get(key, 0) + lengths[kind]
    return added


def _counts(reading: Reading, lock_from: int) -> Counts:
    table, fates = reading.table, reading.table.fates
    late = sum(day < lock_from and not fate for day, fate in zip(table.days, fates, strict=True))
    return Counts(
        rows_read=reading.rows_read,
        accepted=fates.count(Fate.ACCEPTED),
        collapsed=fates.count(Fate.COLLAPSED),
        duplicate=fates.count(Fate.DUPLICATE),
        rejected=len(reading.rejected) + fates.count(Fate.REJECTED) + fates.count(Fate.CHANGED),
        non_session=len(reading.not_sessions),
        held=reading.findings.of(Severity.HELD),
        late=late,
    )


def _remark(reading: Reading, layout: Layout, counts: Counts) -> None:
    """Say what is worth knowing although it keeps nothing from being recorded."""
    findings, table = reading.findings, reading.table
    if layout.dropped:
        findings.about_file(Finding(Reason.COLUMNS_DROPPED, detail=", ".join(dict.fromkeys(layout.dropped))))
    for code in reading.mapping.misfits():
        findings.about_file(Finding(Reason.CODE_TIME_MISMATCH, name=code))
    if counts.late:
        findings.about_file(Finding(Reason.LATE, detail=f"{counts.late:,}"))
    misfits = {number: kind.code for number, kind in enumerate(table.kind_list) if kind.is_misfit}
    for row, kind, fate in zip(table.rows, table.kinds, table.fates, strict=True) if misfits else ():
        if kind in misfits and fate == Fate.ACCEPTED:
            findings.add(row, Reason.CODE_TIME_MISMATCH, "minutes", name=misfits[kind])
