"""Somebody who receives webhooks, and the service that sends them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.conftest import company, office, service
from tests.webhooks.receiver import Receiver, receiver

__all__ = ["company", "office", "service"]


@pytest.fixture
def ehr() -> Iterator[Receiver]:
    """Yield a program that receives webhooks."""
    with receiver() as one:
        yield one
