"""What a whole secret vote leaves behind: in no log a ballot, and in no two databases a way from a member to one."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import Engine, MetaData, select

from app.secret import sealed_box
from governance.secret import voter
from governance.secret.canonical import from_base64, to_base64
from governance.secret.formats import Record, record_id
from tests.secret.precinct import CLOSES, OPENS, Precinct

OF_THE_TEST = ("httpx", "httpcore", "asyncio")
"""Who logs for the browser, which is the test itself."""


def dump(engine: Engine) -> dict[str, str]:
    """Return all that stands in a database, table by table; bytes in hex and in base64."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        rows = {name: connection.execute(select(table)).all() for name, table in found.tables.items()}
    return {name: "\n".join(_said(value) for row in all_of_it for value in row) for name, all_of_it in rows.items()}


def _said(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        return f"{data.hex()} {to_base64(data)} {data.decode('utf-8', 'replace')}"
    return str(value)


def traces(held: voter.Pass, record: Record) -> set[str]:
    """Return all by which a ballot is known."""
    line = json.loads(record.line())
    return {
        held.id.hex(),
        held.code,
        record_id(held.input_msg, record.ballot).hex(),
        line["pk"],
        line["prefix"],
        line["sig"],
        *line["pass_sigs"],
    }


def where(what: set[str], tables: dict[str, str]) -> set[str]:
    """Return the tables in which any of it stands."""
    return {name for name, said in tables.items() if any(one in said for one in what)}


def test_a_whole_vote_leaves_no_ballot_in_a_log_and_no_way_from_a_member_to_one(
    precinct: Precinct, engine: Engine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    precinct.announce().issue()
    requests = [voter.request(precinct.manifest) for _ in range(12)]
    passes = []
    for member, request in zip(precinct.members, requests, strict=False):
        signed = precinct.ask(member, request).json()["blind_sigs"]
        passes.append(voter.finish(precinct.manifest, request, [from_base64(one) for one in signed]))
    precinct.turn_to(OPENS + timedelta(minutes=1))
    cast = [precinct.cast(held, ("yes", "no")[at % 2]) for at, held in enumerate(passes)]
    # a lost answer, a second thought, one that comes too late and one that is none
    assert precinct.send(cast[0].padded()).status_code == 202
    again = precinct.cast(passes[1], "abstain", 3)
    assert precinct.send(voter.make_record(precinct.manifest, passes[1], "no", 2).padded()).status_code == 409
    forged = Record(cast[2].ballot, cast[3].pass_sigs, cast[2].pk, cast[2].prefix, cast[2].sig)
    assert precinct.send(forged.padded()).status_code == 422
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    late = voter.make_record(precinct.manifest, passes[4], "no", 2)
    assert [precinct.send(one.padded()).status_code for one in (cast[4], late)] == [202, 409]

    ballots = set[str]().union(*(traces(held, one) for held, one in zip(passes, cast, strict=True)))
    ballots |= traces(passes[1], again)
    logged = [one.getMessage() for one in caplog.records if not one.name.startswith(OF_THE_TEST)]
    written = "\n".join([*logged, *capfd.readouterr()])
    assert {one for one in ballots if one in written} == set()

    box = sealed_box.open_database(precinct.votes.settings)
    of_registrar, of_box = dump(engine), dump(box)
    box.dispose()
    # the dumps do find what stands there
    blinded = {to_base64(one.blinded) for request in requests for one in request.blinded}
    assert where(set(precinct.members), of_registrar)
    assert where(ballots, of_box) == {"box_record"}
    # after the close the registrar copies what the box published, and no table with a ballot names a member
    assert where(ballots, of_registrar) == {"poll_record"}
    people = {*precinct.members, *blinded}
    assert where(people, of_box | {"poll_record": of_registrar["poll_record"]}) == set()
