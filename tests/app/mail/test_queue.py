"""The queue, on both databases: once in, once claimed, tried again later and later, and gone with its reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.db import Runner
from app.mail import queue
from app.mail.kinds import Choice, Kind, Topic
from app.mail.letters import House, Letter, Reader
from app.mail.tables import mail, mail_stop
from app.mail.troubles import Trouble
from app.people import accounts, address_changes, calendars, preferences
from app.people.erasure import erase_holder
from app.web.words import words
from ledger.errors import NotFound
from tests import make

HOUSE = House("Lanternleaf", "https://vestry.test")
ANA = Reader("acc_ana", None, "Ana <b>", "ana@example.org", words("en"), "UTC")


def letter(key: str = "vote:prp_1:ana", topic: Topic | None = Topic.VOTE) -> Letter:
    return Letter(
        Kind.VOTE, key, topic, "A vote", ("A vote has opened.",), "You are on its roll.", "/decisions/1", "Vote"
    )


def put(db: Session, /, *letters: Letter, to: Reader = ANA) -> int:
    return queue.put(db, make.act(), HOUSE, [(to, one) for one in letters])


def test_a_letter_is_put_in_once_and_several_workers_send_it_once(engine: Engine) -> None:
    runner = Runner(engine)
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda _: runner.run(put, letter(), letter("vote:prp_1:bo")), range(4)))
        assert sum(added) == 2
        ids = runner.read(queue.due, make.NOW)
        assert len(ids) == 2
        taken = list(pool.map(lambda id: runner.run(queue.claim, id, make.NOW), ids * 4))
    assert len([one for one in taken if one is not None]) == 2
    assert runner.read(queue.due, make.NOW) == []
    # a worker that died in between: another one sends it, under the same id
    later = make.NOW + queue.CLAIM
    assert runner.read(queue.due, later) == ids


def test_what_fails_waits_longer_each_time_until_it_is_given_up(db: Session) -> None:
    put(db, letter())
    [id] = queue.due(db, make.NOW)
    now, pauses = make.NOW, []
    while queue.claim(db, id, now) is not None:
        queue.failed(db, id, now, Trouble.SILENT, "", is_final=False)
        [waiting] = queue.listed(db)
        if waiting.given_up_at is not None:
            break
        assert queue.claim(db, id, now) is None
        pauses.append(timedelta(microseconds=waiting.due_at) - timedelta(microseconds=make.act(now=now).at))
        now += pauses[-1]
    assert pauses == list(queue.PAUSES)
    assert queue.due(db, now + timedelta(days=9)) == []
    queue.try_again(db, make.act(now=now), id)
    assert queue.due(db, now) == [id]


def test_what_is_sent_is_known_by_its_key_alone_and_forgotten_after_a_while(db: Session) -> None:
    put(db, letter())
    [id] = queue.due(db, make.NOW)
    assert queue.claim(db, id, make.NOW) is not None
    queue.sent(db, id, make.NOW)
    [row] = db.execute(select(mail)).mappings()
    assert [row[name] for name in ("address", "subject", "text", "html", "stop_address")] == [None] * 5
    assert put(db, letter()) == 0
    with pytest.raises(NotFound):
        queue.try_again(db, make.act(), id)
    assert not queue.has_old(db, make.NOW + timedelta(days=89))
    assert queue.trim(db, make.NOW + timedelta(days=91)) == 1


def test_what_nobody_needs_any_more_is_not_sent(db: Session) -> None:
    until = make.act().at + 1
    put(db, Letter(Kind.VOTE, "vote:1", Topic.VOTE, "A vote", ("Now.",), "Roll.", until=until))
    [id] = queue.due(db, make.NOW)
    assert queue.claim(db, id, make.NOW + timedelta(seconds=1)) is None
    [gone] = queue.listed(db)
    assert gone.trouble is Trouble.TOO_LATE


def test_who_stops_a_topic_gets_nothing_of_it_that_waits_and_all_else(db: Session) -> None:
    put(db, letter(), letter("grant:1", Topic.GRANT), letter("link:1", None))
    preferences.stop(db, ANA.account, [Topic.VOTE])
    assert set(db.execute(select(mail.c.key)).scalars()) == {"grant:1", "link:1"}
    chosen = preferences.preferences_of(db, ANA.account).choices
    assert (chosen[Topic.VOTE], chosen[Topic.GRANT]) == (Choice.NONE, Choice.EMAIL)


def test_what_waits_follows_an_address_but_no_link_does_and_who_left_gets_nothing(db: Session) -> None:
    make.company(db)
    account = accounts.create_account(db, make.act(), name="Bo", email="old@example.org")
    bo = Reader(account.id, None, "Bo", "old@example.org", words("en"), "UTC")
    link = Letter(Kind.SIGN_IN, "link:1", None, "Your link", ("Here.",), "You asked.")
    put(db, letter(), link, Letter(Kind.SECURITY, "role:1", None, "A role", ("You have it.",), "Safety."), to=bo)
    address_changes.set_address(db, make.act(), HOUSE, account.id, "new@example.org")
    rows = {(row["kind"], row["address"]) for row in db.execute(select(mail)).mappings()}
    assert rows == {("VOTE", "new@example.org"), ("SECURITY", "old@example.org")}
    ids = queue.due(db, make.NOW)
    accounts.end_account(db, make.act(), account.id)
    assert [queue.claim(db, id, make.NOW) for id in ids] == [None] * len(ids)


def test_names_are_escaped_in_html_and_a_subject_is_one_short_line(db: Session) -> None:
    put(db, Letter(Kind.VOTE, "k", Topic.VOTE, "Vote:\r\nBcc: x \u202e" + "ñ" * 300, ("<script>",), "Roll."))
    [row] = db.execute(select(mail)).mappings()
    assert "Ana &lt;b&gt;" in row["html"]
    assert "<script>" not in row["html"]
    assert "Hello Ana <b>," in row["text"]
    assert len(row["subject"]) <= 120
    assert row["subject"].startswith("Vote: Bcc: x ñ")


def test_with_a_person_everything_about_their_letters_goes(db: Session) -> None:
    make.company(db)
    gone = make.holder(db, engaged=None)
    account = accounts.create_account(db, make.act(), holder=gone.id)
    address_changes.set_address(db, make.act(), HOUSE, account.id, "gone@example.org")
    preferences.choose_reading(db, account.id, language="es", zone="Europe/Madrid")
    preferences.stop(db, account.id, [Topic.VOTE])
    secret = calendars.make_link(db, make.act(), account.id)
    put(db, letter(), to=Reader(account.id, gone.id, "Gone", "gone@example.org", words("es"), "UTC"))
    erase_holder(db, make.act(), gone.id, on=date(2040, 1, 1), reason="Asked for it.")
    assert accounts.find_account(db, account.id).email is None
    assert preferences.preferences_of(db, account.id) == preferences.AS_USUAL
    assert db.execute(select(mail)).all() == []
    assert db.execute(select(mail_stop)).all() == []
    with pytest.raises(NotFound):
        calendars.whose(db, secret)
