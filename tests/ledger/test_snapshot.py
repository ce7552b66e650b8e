"""What a reading session has read once it does not read again; it finds the same as one that reads everything anew."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.db import Runner
from ledger.equity.values import Engagement, Holder
from ledger.reading import every, find, known
from ledger.types import Cut
from tests import make


def test_a_snapshot_finds_what_every_question_finds_and_asks_less(engine: Engine) -> None:
    runner = Runner(engine)

    def people(db: Session) -> list[str]:
        make.company(db)
        return [make.holder(db).id for _ in range(8)]

    ids = runner.run(people)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    def read(db: Session) -> list[object]:
        cut = Cut(date.max, 5)
        return [
            *(find(db, Holder, id) for id in ids),
            *(known(db, Engagement, holder=id) for id in ids),
            *(every(db, Engagement, cut, holder=id) for id in [*ids, "hld_nobody"]),
            every(db, Holder),
        ]

    found = runner.read(read)
    asked = len(statements)
    again = runner.run(read)
    assert found == again
    assert asked < len(statements) - asked


def test_what_a_snapshot_returns_is_the_callers_own(engine: Engine) -> None:
    runner = Runner(engine)
    runner.run(lambda db: make.holder(db).id)

    def read(db: Session) -> int:
        every(db, Holder).clear()
        known(db, Holder).clear()
        return len(every(db, Holder))

    assert runner.read(read) == 1
