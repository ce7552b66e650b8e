"""A primary is lost, its line to the standby stalled, and nothing that was acknowledged; asynchronously, some is."""

from __future__ import annotations

import asyncio

import pytest

from tests.drills.cluster import Cluster
from tests.drills.failover import Outcome, drill


@pytest.mark.parametrize("time", range(3))
def test_a_lost_primary_costs_no_acknowledged_write_and_no_published_checkpoint(cluster: Cluster, time: int) -> None:
    outcome = asyncio.run(drill(cluster, synchronous=True))
    assert outcome.acknowledged >= 30
    assert outcome.published > 1
    assert outcome == Outcome(outcome.acknowledged, published=outcome.published)


def test_the_drill_bites_where_the_standby_is_not_waited_for(cluster: Cluster) -> None:
    outcome = asyncio.run(drill(cluster, synchronous=False))
    assert outcome.lost > 0
    assert outcome.forked > 0
    assert outcome.refused
