"""What can go wrong with a secret vote, or be made to go wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from app.secret import sealed_box
from app.secret.keys import KeyFile, KeyFileUnfit
from governance import proposals
from governance.errors import VotingClosed
from governance.lifecycle import State
from governance.secret import box, polls, registrar, tables, voter
from governance.secret.canonical import to_base64
from governance.secret.errors import PassTaken
from governance.secret.formats import LINE_BYTES, Record
from ledger.errors import NotAllowedNow
from tests import make
from tests.governance import hall
from tests.secret.precinct import CLOSES, ISSUING, OPENS, Precinct


def test_junk_costs_nobody_their_pass(precinct: Precinct) -> None:
    precinct.announce().issue()
    who = precinct.members[0]
    good = voter.request(precinct.manifest)
    length = len(good.blinded[0].blinded)
    modulus = precinct.manifest.registrar_keys[0].public_numbers().n
    junk = [bytes(length), (1).to_bytes(length), modulus.to_bytes(length), (modulus - 1).to_bytes(length), b"\x01" * 9]
    for value in junk:
        body = {"blinded": [to_base64(value)]}
        sent = _ask(precinct, who, body)
        assert (sent.status_code, precinct.ask(who, good).status_code if value is junk[-1] else 0) in {
            (422, 0),
            (422, 200),
        }
    assert _ask(precinct, who, {"blinded": []}).status_code == 422
    assert _ask(precinct, who, {"blinded": "x"}).status_code == 422


def _ask(precinct: Precinct, who: str, body: Mapping[str, object]) -> Response:
    class Raw:
        def body(self) -> Mapping[str, object]:
            return body

    return precinct.ask(who, Raw())  # type: ignore[arg-type]


def test_the_same_request_gets_the_same_answer_and_another_gets_none(precinct: Precinct) -> None:
    precinct.announce().issue()
    who, request = precinct.members[0], voter.request(precinct.manifest)
    first = precinct.ask(who, request)
    assert precinct.ask(who, request).json() == first.json()
    other = precinct.ask(who, voter.request(precinct.manifest))
    assert (other.status_code, "device" in other.json()["detail"]) == (409, True)
    for member in precinct.members[1:12]:
        precinct.fetch(member)
    precinct.turn_to(OPENS - timedelta(hours=11))
    # the key is gone, the answer is still there
    assert precinct.runner.read(registrar.sealed_key, precinct.proposal) is None
    assert precinct.ask(who, request).json() == first.json()
    late = precinct.ask(precinct.members[20], voter.request(precinct.manifest))
    assert (late.status_code, "were given out until" in late.json()["detail"]) == (409, True)


def test_of_many_requests_at_once_for_one_pass_one_is_answered(precinct: Precinct) -> None:
    precinct.announce().issue()
    act = make.act(precinct.members[0], now=hall.at(ISSUING))
    requests = [voter.request(precinct.manifest) for _ in range(24)]
    taken: list[object] = []

    def one(request: voter.PassRequest) -> None:
        try:
            blinded = [each.blinded for each in request.blinded]
            taken.append(precinct.runner.run(registrar.reserve, act, precinct.proposal, precinct.members[0], blinded))
        except PassTaken:
            pass

    threads = [threading.Thread(target=one, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_a_pass_reserved_before_a_crash_is_signed_when_passes_are_settled(precinct: Precinct) -> None:
    precinct.announce().issue()
    precinct.fetch_all(10)
    who, request = precinct.members[11], voter.request(precinct.manifest)
    act = make.act(who, now=hall.at(ISSUING))
    blinded = [each.blinded for each in request.blinded]
    precinct.runner.run(registrar.reserve, act, precinct.proposal, who, blinded)
    with pytest.raises(NotAllowedNow, match="still given out"):
        precinct.runner.run(polls.settle, act, precinct.proposal)
    precinct.turn_to(OPENS - timedelta(hours=11))
    answer = precinct.ask(who, request)
    assert answer.status_code == 200
    settled = precinct.runner.read(polls.settled, precinct.proposal)
    assert settled is not None
    assert settled.passes == 11


def test_a_late_signer_changes_no_signature(precinct: Precinct) -> None:
    precinct.announce().issue()
    who = precinct.members[0]
    precinct.fetch(who)
    number = precinct.runner.read(polls.number_of, precinct.proposal, who)
    assert number is not None
    kept = precinct.runner.read(registrar.reservation, precinct.proposal, number)
    assert kept is not None
    assert precinct.runner.run(registrar.keep, precinct.proposal, number, [b"x" * 256]) == kept.signed


def test_nobody_reserves_a_pass_when_the_time_is_over(precinct: Precinct) -> None:
    precinct.announce().issue()
    request = voter.request(precinct.manifest)
    late = make.act(precinct.members[0], now=hall.at(OPENS - timedelta(hours=12)))
    with pytest.raises(VotingClosed):
        precinct.runner.run(
            registrar.reserve,
            late,
            precinct.proposal,
            precinct.members[0],
            [one.blinded for one in request.blinded],
        )


def test_whoever_is_not_on_the_roll_or_not_signed_in_gets_no_pass(precinct: Precinct) -> None:
    precinct.announce().issue()
    stranger = precinct.runner.run(lambda db: make.holder(db).id)
    request = voter.request(precinct.manifest)
    assert precinct.ask(stranger, request).status_code == 403
    path = f"/polls/{precinct.poll}/pass"
    assert (
        precinct.registrar.post(path, json=request.body(), headers={"Origin": "http://vestry.test"}).status_code == 404
    )
    assert precinct.registrar.post(path, json=request.body(), headers={"Origin": "http://evil.test"}).status_code == 403


def test_a_vote_whose_passes_are_given_out_is_not_taken_back(precinct: Precinct) -> None:
    precinct.announce().issue()
    rules = hall.rules(secret=True)

    def state(db: Session) -> State:
        return proposals.state_of(db, precinct.proposal, hall.micros(ISSUING), rules)

    assert precinct.runner.read(state) is State.ISSUING
    act = make.act(precinct.members[0], now=hall.at(ISSUING))
    with pytest.raises(NotAllowedNow, match="Once voting has begun"):
        precinct.runner.run(
            proposals.withdraw,
            act,
            precinct.proposal,
            author=precinct.members[0],
            reason="No.",
            rules=rules,
            on=ISSUING.date(),
        )


def _open(precinct: Precinct) -> list[voter.Pass]:
    precinct.announce().issue()
    passes = precinct.fetch_all()
    precinct.turn_to(OPENS + timedelta(minutes=1))
    return passes


def test_the_same_ballot_again_gets_a_receipt_again_and_an_earlier_one_none(precinct: Precinct) -> None:
    held, *_ = _open(precinct)
    first = precinct.cast(held, "no", 1)
    assert precinct.send(first.padded()).status_code == 202
    precinct.cast(held, "yes", 3)
    old = precinct.send(voter.make_record(precinct.manifest, held, "no", 2).padded())
    assert (old.status_code, old.json()["type"]) == (409, "urn:vestry:seq_taken")


def test_a_ballot_that_is_none_is_refused_by_what_is_wrong_with_it(precinct: Precinct) -> None:
    held, other, *_ = _open(precinct)
    good = voter.make_record(precinct.manifest, held, "yes")
    stolen = Record(good.ballot, other.pass_sigs, good.pk, good.prefix, good.sig)
    edited = Record(good.ballot.replace('"yes"', '"no"'), good.pass_sigs, good.pk, good.prefix, good.sig)
    for record, code in ((stolen, "pass_not_signed"), (edited, "ballot_not_signed")):
        answer = precinct.send(record.padded())
        assert (answer.status_code, answer.json()["type"]) == (422, f"urn:vestry:{code}")
    assert precinct.send(b"x" * (LINE_BYTES + 1)).status_code == 413
    assert precinct.send(b"{}").status_code == 422
    assert precinct.box.post(f"/polls/{'0' * 64}/ballots", content=good.padded()).status_code == 404


def test_the_box_sets_no_cookie_keeps_no_time_and_logs_nobody(
    precinct: Precinct, caplog: pytest.LogCaptureFixture
) -> None:
    held, *_ = _open(precinct)
    caplog.set_level(logging.DEBUG)
    record = voter.make_record(precinct.manifest, held, "yes")
    answer = precinct.send(record.padded())
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    record_id = answer.json()["receipt"]
    logged = "".join(each.getMessage() for each in caplog.records if not each.name.startswith(("httpx", "httpcore")))
    assert held.id.hex() not in logged
    assert held.code not in logged
    assert record_id not in logged
    engine = sealed_box.open_database(precinct.votes.settings)
    names = {
        column["name"] for table in inspect(engine).get_table_names() for column in inspect(engine).get_columns(table)
    }
    assert not {name for name in names if "time" in name or name.endswith("_at") or name in {"member", "address", "ip"}}
    with engine.connect() as connection:
        dump = str(connection.execute(text("SELECT * FROM box_pending")).all())
    engine.dispose()
    assert precinct.members[0] not in dump
    # nor does anything of the registrar's name a ballot
    told = precinct.runner.read(lambda db: str(db.execute(select(tables.issuance)).all()))
    assert held.id.hex() not in told


def test_ballots_are_sealed_by_the_hour_in_the_order_of_their_ids(precinct: Precinct) -> None:
    passes = _open(precinct)
    for held in passes[:6]:
        precinct.cast(held, "yes")
    precinct.turn_to(OPENS + timedelta(minutes=30))
    assert precinct.box.get(f"/polls/{precinct.poll}/hashes/1.txt").status_code == 404
    precinct.turn_to(OPENS + timedelta(hours=2))
    ids = precinct.box.get(f"/polls/{precinct.poll}/hashes/1.txt").text.split()
    assert ids == sorted(ids)
    assert len(ids) == 6
    precinct.cast(passes[7], "no")
    precinct.turn_to(OPENS + timedelta(hours=4))
    # one alone waits for others
    assert precinct.box.get(f"/polls/{precinct.poll}/hashes/2.txt").status_code == 404
    assert precinct.box.get(f"/polls/{precinct.poll}/box.jsonl").status_code == 404
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    assert len(precinct.box.get(f"/polls/{precinct.poll}/box.jsonl").text.splitlines()) == 7


def test_a_key_file_of_somebody_else_opens_nothing(precinct: Precinct) -> None:
    precinct.announce().issue()
    keys = KeyFile(precinct.votes.settings.key_path)
    sealed = precinct.runner.read(registrar.sealed_key, precinct.proposal)
    assert sealed is not None
    assert keys.unseal(sealed, of=precinct.proposal)
    with pytest.raises(KeyFileUnfit):
        keys.unseal(sealed, of="another vote")
    assert precinct.votes.settings.key_path.stat().st_mode & 0o077 == 0


def test_a_box_whose_log_changes_its_story_is_not_believed(precinct: Precinct) -> None:
    passes = _open(precinct)
    for held in passes[:6]:
        precinct.cast(held, "yes")
    precinct.turn_to(OPENS + timedelta(hours=2))
    mine = precinct.votes.at_hand()
    assert mine is not None

    def forged(db: Session) -> None:
        lines = box.log_of(db, precinct.poll)
        db.execute(
            tables.box_log.update().where(tables.box_log.c.i == len(lines) - 1).values(line=lines[-1].replace("6", "5"))
        )

    mine.conduct.runner.run(forged)
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    assert precinct.runner.read(polls.closed, precinct.proposal) is None
