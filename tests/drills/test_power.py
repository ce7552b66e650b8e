"""The power goes a thousand times, and what SQLite has acknowledged is there when it is back; NORMAL loses some.

``VESTRY_DRILL_CUTS`` makes it another number of times.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.drills.power import CUTS_IN_A_LIFE, Machine

LIVES = int(os.environ.get("VESTRY_DRILL_CUTS", "1000")) // CUTS_IN_A_LIFE


@pytest.mark.parametrize("quarter", range(4))
def test_no_acknowledged_commit_is_lost_to_a_power_cut_and_no_checkpoint_is_ahead_of_what_survives(
    sqlite_template: Path, tmp_path: Path, quarter: int
) -> None:
    machine = Machine(sqlite_template.read_bytes())
    assert machine.settings() == ("wal", 2)  # FULL
    seeds = range(quarter, LIVES, 4)
    for seed in seeds:
        machine.live(seed, tmp_path)
    toll = machine.toll
    print(toll)
    assert (toll.cuts, toll.lost, toll.corrupt, toll.ahead) == (len(seeds) * CUTS_IN_A_LIFE, 0, 0, 0)
    assert toll.acknowledged > toll.cuts
    assert toll.published > len(seeds)


def test_the_drill_bites_where_commits_do_not_wait_for_the_disk(sqlite_template: Path, tmp_path: Path) -> None:
    machine = Machine(sqlite_template.read_bytes(), synchronous="NORMAL")
    assert machine.settings() == ("wal", 1)
    for seed in range(8):
        machine.live(seed, tmp_path)
    toll = machine.toll
    print(toll)
    assert toll.lost > 0
    assert toll.ahead > 0
    assert toll.corrupt == 0
