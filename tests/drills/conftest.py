"""The servers that are lost in drills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.drills.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yield what pairs of servers are made with; skip where there are no programs to do so, fail where CI is set."""
    try:
        with Cluster.made() as made:
            yield made
    except postgres.PostgresMissing as reason:
        postgres.skip_or_fail(str(reason))
