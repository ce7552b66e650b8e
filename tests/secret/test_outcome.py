"""How far the result of a secret vote can be relied on: on its page, in JSON, and in files to count again."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.mail import digests
from app.mail import votes as letters
from app.mail.kinds import Choice, Digest, Topic
from app.mail.readers import Readers, house_of
from app.people import accounts, address_changes, preferences
from app.people.tokens import Scope, create_token
from app.secret.outcome import secret_outcome
from ledger.types import Act
from tests import make
from tests.governance import hall
from tests.secret.precinct import CLOSES, OPENS, Precinct

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def held(precinct: Precinct, yes: int, no: int, passes: int = 12) -> str:
    """Hold a vote, and return the address of its page."""
    precinct.announce().issue()
    mine = precinct.fetch_all(passes)
    precinct.turn_to(OPENS + timedelta(minutes=1))
    for at, one in enumerate(mine[: yes + no]):
        precinct.cast(one, "yes" if at < yes else "no")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    return f"/decisions/{precinct.proposal}"


def in_json(precinct: Precinct) -> dict[str, object]:
    act = Act("usr", "role:admin", precinct.moments[0])
    _, token = precinct.runner.run(create_token, act, actor="usr_1", label="t", scopes=[Scope.PROPOSALS_READ])
    told = precinct.registrar.get(
        f"/v1/proposals/{precinct.proposal}/result", headers={"Authorization": f"Bearer {token}"}
    )
    assert told.status_code == 200, told.text
    found: dict[str, object] = told.json()["secret"]
    return found


def test_a_close_result_says_that_the_unused_passes_could_have_turned_it(precinct: Precinct) -> None:
    path = held(precinct, 6, 5)
    page = precinct.see(precinct.members[0], path)
    assert "The margin is not larger than the unused passes." in page
    assert "Whoever holds the key could have filled in unused passes unseen" in page
    told = in_json(precinct)
    assert (told["passes"], told["counted"], told["unused"], told["margin"], told["is_close"]) == (12, 11, 1, 1, True)


def test_a_clear_result_says_so_and_hands_out_all_that_recounts_it(precinct: Precinct, tmp_path: Path) -> None:
    path = held(precinct, 10, 1)
    page = precinct.see(precinct.members[0], path)
    assert "The margin is not larger" not in page
    log = hashlib.sha256(precinct.box.get(f"/polls/{precinct.poll}/log.json").content).hexdigest()
    assert log in page
    file = precinct.get(precinct.members[0], f"{path}/record.zip")
    assert file.headers["content-type"] == "application/zip"
    assert "roll.txt" in zipfile.ZipFile(io.BytesIO(file.content)).namelist()
    assert precinct.registrar.get(f"{path}/record.zip").status_code == 303
    tool, also = (host.get("/audit_poll.py") for host in (precinct.registrar, precinct.box))
    assert (tool.status_code, tool.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert tool.content == also.content
    (tmp_path / "audit_poll.py").write_bytes(tool.content)
    (tmp_path / "vote.zip").write_bytes(file.content)
    command = [sys.executable, "-I", "audit_poll.py", "vote.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "stuffing bound = issued - counted = 12 - 11 = 1" in done.stdout) == (0, True)
    assert log in done.stdout


def test_a_void_vote_is_told_to_be_void_and_what_comes_next(precinct: Precinct) -> None:
    path = held(precinct, 0, 0, passes=9)
    page = precinct.see(precinct.members[0], path)
    assert "Void" in page
    assert "A secret vote needs ten passes, and fewer were fetched" in page
    assert "Run it again" in page
    assert in_json(precinct)["is_void"]
    found = precinct.runner.read(secret_outcome, precinct.proposal)
    assert found is not None
    assert (found.passes, found.counted) == (9, 0)
    assert precinct.get(precinct.members[0], f"{path}/record.zip").status_code == 404


def test_letters_tell_the_fingerprint(precinct: Precinct) -> None:
    precinct.announce().issue()
    member, act = precinct.members[0], Act("system", "role:worker", precinct.moments[0])

    def readable(db: Session) -> str:
        made = accounts.create_account(db, make.act("usr_1"), holder=member)
        address_changes.set_address(
            db, make.act("usr_1"), house_of(db, "http://vestry.test"), made.id, "ana@example.org"
        )
        return made.id

    def written(db: Session) -> list[str]:
        readers = Readers(db)
        return [
            line
            for each in letters.rounds(db, replace(act, now=precinct.moments[0]))
            for _, letter in each.letters(db, readers)
            for line in letter.paragraphs
        ]

    account = precinct.runner.run(readable)
    assert any(precinct.manifest.fingerprint in line for line in precinct.runner.read(written))
    precinct.fetch_all()
    precinct.turn_to(OPENS + timedelta(minutes=1))
    told = precinct.runner.read(written)
    assert any("you vote with the pass that you fetched" in line for line in told)
    precinct.turn_to(CLOSES - timedelta(hours=20))
    told = precinct.runner.read(written)
    assert any(line.startswith("Voting closes soon on") for line in told)
    assert not any("You have not voted yet" in line for line in told)
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    log = hashlib.sha256(precinct.box.get(f"/polls/{precinct.poll}/log.json").content).hexdigest()

    def digested(db: Session) -> list[str]:
        readers, moment = Readers(db), replace(act, now=hall.at(CLOSES + timedelta(days=7)))
        zones = frozenset(to.zone for to, _ in readers.with_digest(Digest.WEEKLY))
        return [
            line.text
            for each in digests.rounds(db, moment, zones)
            for _, letter in each.letters(db, readers)
            for section in letter.sections
            for line in section.lines
        ]

    # a result is told in the digest, unless somebody wants a letter
    assert any(log in line for line in precinct.runner.read(digested))
    precinct.runner.run(preferences.choose_letters, account, {Topic.RESULT: Choice.EMAIL}, Digest.WEEKLY)
    assert any(log in line for line in precinct.runner.read(written))
