"""When a digest is due: at eight by the clock on the wall, also on the days on which clocks jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.mail.digests import Span, span_at
from app.mail.kinds import Digest
from ledger.types import micros_of

HOUR = 3_600_000_000


def at(*when: int) -> int:
    return micros_of(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "day", "due", "hours"),
    [
        ("America/New_York", date(2026, 3, 7), at(2026, 3, 7, 13), 24),
        ("America/New_York", date(2026, 3, 8), at(2026, 3, 8, 12), 23),  # clocks go forward at two
        ("America/New_York", date(2026, 11, 1), at(2026, 11, 1, 13), 25),  # and back
        ("Europe/Madrid", date(2026, 3, 29), at(2026, 3, 29, 6), 23),
        ("Australia/Lord_Howe", date(2026, 10, 4), at(2026, 10, 3, 21), 23.5),  # by half an hour
        ("Asia/Kathmandu", date(2026, 5, 1), at(2026, 5, 1, 2, 15), 24),
    ],
)
def test_a_daily_digest_is_due_at_eight_and_tells_of_all_since_the_last(
    zone: str, day: date, due: int, hours: float
) -> None:
    assert span_at(Digest.DAILY, zone, due) == Span(day, due - int(hours * HOUR), due)
    assert span_at(Digest.DAILY, zone, due - 1) is None
    assert span_at(Digest.DAILY, zone, due + 13 * HOUR) is None


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Madrid", "Pacific/Apia", "America/Sao_Paulo", "UTC"])
def test_spans_follow_each_other_without_a_gap_all_year(zone: str) -> None:
    for often, days in ((Digest.DAILY, 1), (Digest.WEEKLY, 7)):
        moment, until, seen = datetime(2025, 12, 29, tzinfo=UTC), None, 0
        while moment < datetime(2027, 1, 4, tzinfo=UTC):
            span = span_at(often, zone, micros_of(moment))
            if span is not None and span.until != until:
                assert until is None or span.since == until
                until, seen = span.until, seen + 1
            moment += timedelta(hours=1)
        assert seen in {371 // days, 371 // days + 1}


def test_a_weekly_digest_is_written_on_monday_or_soon_after_and_not_at_the_end_of_the_week() -> None:
    monday = at(2026, 3, 9, 12)
    for hours, is_due in ((-1, False), (0, True), (71, True), (72, False), (120, False)):
        span = span_at(Digest.WEEKLY, "America/New_York", monday + hours * HOUR)
        assert (span is not None) is is_due
        assert span is None or span.day == date(2026, 3, 9)
