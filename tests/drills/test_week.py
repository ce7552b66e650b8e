"""A week of full load, at a five-hundredth of its size: nothing is lost, nothing doubled, and the record verifies."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.drills.clients import Size
from tests.drills.week import lived


def test_what_clients_were_told_in_a_week_is_on_record_once(postgresql_url: str, tmp_path: Path) -> None:
    week, wrong, _ = asyncio.run(lived(postgresql_url, tmp_path, Size(parts=500)))
    assert wrong == []
    assert week.accepted > 1_000
    assert week.duplicate > 100
    assert week.sent_again > 10
    assert week.signed > 1
