"""What the service does by itself, where there is nothing to do."""

from __future__ import annotations

from sqlalchemy import Engine

from app import worker
from app.db import Runner


def test_before_a_company_is_on_record_nothing_is_due(engine: Engine) -> None:
    assert worker.catch_up(Runner(engine)) == []
