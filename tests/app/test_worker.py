"""What the service does by itself, where there is next to nothing to do."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from app import clock, worker
from app.api.idempotency import KEPT_FOR, Answer, Claim, earlier_answer, keep_answer
from app.db import Runner
from ledger.types import micros_of


def test_before_a_company_is_on_record_nothing_is_due(engine: Engine) -> None:
    assert worker.catch_up(Runner(engine)) == []


def test_an_answer_kept_for_a_repeated_request_is_forgotten_after_a_week(engine: Engine) -> None:
    runner, answer = Runner(engine), Answer(201, b"{}")
    late, early = (Claim.of("tok_ehr", key, b"POST") for key in ("late", "early"))
    runner.run(keep_answer, late, answer, at=micros_of(clock.now() - KEPT_FOR - timedelta(seconds=1)))
    runner.run(keep_answer, early, answer, at=micros_of(clock.now() - KEPT_FOR + timedelta(hours=1)))
    worker.catch_up(runner)
    # both in a transaction that may lock what it finds
    assert [runner.run(earlier_answer, one) for one in (late, early)] == [None, answer]
