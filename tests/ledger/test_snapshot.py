"""What a reading session has read once it does not read again; it finds the same as one that reads everything anew."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.db import Runner
from ledger import reading
from ledger.equity.values import Engagement, Holder
from ledger.reading import every, find, known, of_the_record
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


def test_what_another_process_writes_shows_at_once(engine: Engine) -> None:
    runner, other = Runner(engine), Runner(engine)
    runner.run(lambda db: make.company(db).id)

    def read(db: Session) -> tuple[int, int]:
        return len(every(db, Holder)), _counted(db)

    for expected in (0, 1, 2):
        assert runner.read(read) == runner.read(read) == (expected, expected)
        other.run(lambda db: make.holder(db).id)
    assert runner.read(read) == (3, 3)


def test_a_conclusion_is_drawn_once_from_the_same_record_and_never_while_writing(engine: Engine) -> None:
    runner = Runner(engine)
    runner.run(lambda db: make.holder(db).id)
    DRAWN.clear()
    assert [runner.read(_counted), runner.read(_counted), len(DRAWN)] == [1, 1, 1]

    def write(db: Session) -> tuple[int, int]:
        before = _counted(db)
        make.holder(db)
        return before, _counted(db)

    assert runner.run(write) == (1, 2)
    assert runner.read(_counted) == 2


def test_what_is_kept_has_an_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_KEPT", 3)
    runner = Runner(engine)
    ids = [runner.run(lambda db: make.holder(db).id) for _ in range(4)]
    for _ in range(3):
        assert [one.id for one in runner.read(every, Holder)] == ids


DRAWN: list[int] = []


@of_the_record
def _counted(db: Session) -> int:
    DRAWN.append(1)
    return len(every(db, Holder))


def test_what_a_snapshot_returns_is_the_callers_own(engine: Engine) -> None:
    runner = Runner(engine)
    runner.run(lambda db: make.holder(db).id)

    def read(db: Session) -> int:
        every(db, Holder).clear()
        known(db, Holder).clear()
        return len(every(db, Holder))

    assert runner.read(read) == 1
