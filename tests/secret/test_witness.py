"""A vote with a witness: two signatures on each pass, and what happens when it is down, late, or not itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.config import Settings
from app.migrate import WITNESS, check, downgrade, upgrade
from app.secret import record
from app.secret.keys import KeyFile
from app.secret.links import Inside
from app.secret.published import by_registrar
from app.secret.signing import Signer
from app.secret.signing import Witness as AnyWitness
from app.secret.witness import RemoteWitness
from app.secret.witness_app import create_witness
from app.secret.witness_process import WitnessUnset, open_witness
from governance import closing
from governance.lifecycle import issues_until, local_time
from governance.proposals import notice
from governance.records import Outcome
from governance.secret import audit_poll, canonical, polls, voter
from governance.secret.blind import blind
from governance.secret.canonical import from_base64, to_base64
from governance.secret.witness import LATE_SECONDS
from tests.governance import hall
from tests.secret.live import listening
from tests.secret.precinct import CLOSES, ISSUING, OPENS, Precinct
from tests.secret.test_apart import free_port, process, status
from tests.secret.test_record import laid_out

TOKEN = "0123456789abcdef"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Council:
    """Whoever runs the witness."""

    def __init__(self, precinct: Precinct, folder: Path) -> None:
        self.precinct = precinct
        folder.mkdir(exist_ok=True)
        settings = Settings(witness_database_url=f"sqlite:///{folder}/witness.db", witness_token=TOKEN)  # type: ignore[arg-type]
        self.engine, self.witness = open_witness(settings, lambda: precinct.moments[0])
        self.witness.registrar = Inside(lambda path: precinct.runner.read(by_registrar, path))
        self.page = TestClient(create_witness(self.witness))
        self.address = ""

    @contextmanager
    def there(self, token: str = TOKEN) -> Iterator[None]:
        """Let the witness listen, and the registrar know where."""
        with listening(create_witness(self.witness)) as self.address:
            self.precinct.votes.signer = signer(self.precinct, RemoteWitness(self.address, token))
            yield

    def cosign(self, number: int, blinded: bytes) -> httpx2.Response:
        """Ask it for a signature, as the registrar does."""
        asked = {"proposal": self.precinct.proposal, "number": number, "blinded": to_base64(blinded)}
        return self.page.post("/cosign", json=asked, headers={"Authorization": f"Bearer {TOKEN}"})


def signer(precinct: Precinct, witness: AnyWitness | None) -> Signer:
    return Signer(KeyFile(precinct.votes.settings.key_path), witness)


@pytest.fixture
def council(precinct: Precinct, tmp_path: Path) -> Iterator[Council]:
    made = Council(precinct, tmp_path / "council")
    yield made
    made.engine.dispose()


def issue_to(precinct: Precinct) -> datetime:
    """Return when passes end, local."""
    announced = precinct.runner.read(notice, precinct.proposal)
    assert announced is not None
    return local_time(issues_until(announced), announced.zone).replace(tzinfo=None)


def test_a_vote_with_two_registrars_from_notice_to_audit(precinct: Precinct, council: Council, tmp_path: Path) -> None:
    with council.there():
        precinct.announce().issue()
        assert [one.name for one in precinct.manifest.registrars] == ["registrar", "witness"]
        passes = precinct.fetch_all()
        assert {len(one.pass_sigs) for one in passes} == {2}
        assert council.page.get(f"/polls/{precinct.poll}/cosigned.json").status_code == 404
        precinct.turn_to(issue_to(precinct) + timedelta(minutes=1))
    signed = council.page.get(f"/polls/{precinct.poll}/cosigned.json").json()
    issued = precinct.box.get(f"/polls/{precinct.poll}/issued.json").json()
    assert signed == {"cosigned": issued["issued"], "poll": precinct.poll}
    [told] = council.page.get("/witness.json").json()["votes"]
    assert (told["cosigned"], told["roll_size"], told["key"]) == (12, 24, "destroyed")
    assert precinct.manifest.fingerprint in council.page.get("/").text
    precinct.turn_to(OPENS + timedelta(minutes=1))
    for number, held in enumerate(passes[:11]):
        precinct.cast(held, "yes" if number else "no")
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    files = dict(precinct.runner.read(record.files_of, precinct.poll, precinct.votes.other_box()))
    files["cosigned.json"] = council.page.get(f"/polls/{precinct.poll}/cosigned.json").content
    audit = audit_poll.Audit(audit_poll.load(laid_out(files, tmp_path / "record")))
    audit.run()
    assert audit.findings == []
    [bound] = [line for line in audit.told if line.startswith("stuffing bound")]
    assert "witness       signed for 12 numbers" in audit.told
    made_up = [*issued["issued"][1:], next(one for one in range(1, 25) if one not in issued["issued"])]
    lied = audit_poll.Audit(files | {"cosigned.json": canonical.write({"cosigned": made_up, "poll": precinct.poll})})
    lied.run()
    assert len([one for one in lied.findings if one.startswith("cosigned.json")]) == 2
    assert bound == "stuffing bound = issued - counted = 12 - 11 = 1, and only if registrar and witness join in"


@on_sqlite
def test_one_number_one_value_also_when_the_key_is_gone(precinct: Precinct, council: Council) -> None:
    with council.there():
        precinct.announce().issue()
        key = precinct.manifest.registrar_keys[1]
        one, other = (blind(key, bytes([at]) * 40).blinded for at in range(2))
        first = council.cosign(7, one)
        assert (first.status_code, council.cosign(7, one).json()) == (200, first.json())
        assert council.cosign(7, other).status_code == 409
        assert council.cosign(25, other).status_code == 403
        assert council.cosign(8, b"\0" * 256).status_code == 422
        assert council.page.post("/cosign", json={}).status_code == 403
        precinct.turn_to(issue_to(precinct) + timedelta(minutes=1))
    assert council.cosign(7, one).json() == first.json()
    late = council.cosign(9, other)
    assert (late.status_code, late.json()["type"]) == (409, "urn:vestry:voting_closed")
    with council.engine.connect() as connection:
        assert connection.execute(text("SELECT sealed FROM witness_poll")).scalars().all() == [None]


@on_sqlite
def test_without_the_registrar_the_witness_destroys_its_key_by_the_clock(precinct: Precinct, council: Council) -> None:
    with council.there():
        precinct.announce().issue()
    council.witness.catch_up()
    precinct.moments[0] = hall.at(issue_to(precinct)) + timedelta(seconds=LATE_SECONDS)
    assert council.witness.catch_up() == 1
    assert council.page.get("/witness.json").json()["votes"][0]["key"] == "destroyed"


@on_sqlite
def test_while_the_witness_is_down_the_same_request_waits_for_it(precinct: Precinct, council: Council) -> None:
    with council.there():
        precinct.announce().issue()
        assert len(precinct.fetch(precinct.members[0]).pass_sigs) == 2
    request = voter.request(precinct.manifest)
    down = precinct.ask(precinct.members[1], request)
    assert (down.status_code, down.json()["type"]) == (503, "urn:vestry:witness_down")
    pasted = canonical.write(request.body()).decode()
    assert precinct.send_by_hand(precinct.members[1], pasted).status_code == 503
    assert precinct.ask(precinct.members[1], voter.request(precinct.manifest)).status_code == 409
    with council.there():
        answer = precinct.ask(precinct.members[1], request)
    signed = [from_base64(one) for one in answer.json()["blind_sigs"]]
    voter.check_pass(precinct.manifest, voter.finish(precinct.manifest, request, signed))


@on_sqlite
def test_what_was_asked_for_before_the_end_is_signed_before_the_keys_go(precinct: Precinct, council: Council) -> None:
    with council.there():
        precinct.announce().issue()
        precinct.fetch_all(10)
    request = voter.request(precinct.manifest)
    assert precinct.ask(precinct.members[20], request).status_code == 503
    precinct.turn_to(issue_to(precinct) + timedelta(minutes=1))
    assert precinct.runner.read(polls.settled, precinct.proposal) is None
    with council.there():
        precinct.turn_to(issue_to(precinct) + timedelta(minutes=2))
        settled = precinct.runner.read(polls.settled, precinct.proposal)
        assert settled is not None
        assert settled.passes == 11
        assert precinct.ask(precinct.members[20], request).status_code == 200


@on_sqlite
def test_a_pass_that_the_witness_never_signed_is_none(precinct: Precinct, council: Council) -> None:
    with council.there():
        precinct.announce().issue()
        precinct.fetch_all(10)
    request = voter.request(precinct.manifest)
    assert precinct.ask(precinct.members[20], request).status_code == 503
    precinct.turn_to(issue_to(precinct) + timedelta(hours=2, minutes=1))
    settled = precinct.runner.read(polls.settled, precinct.proposal)
    assert settled is not None
    assert (settled.passes, settled.is_void) == (10, False)
    late = precinct.ask(precinct.members[20], request)
    assert (late.status_code, late.json()["type"]) == (409, "urn:vestry:voting_closed")


class Liar:
    """A witness whose signatures are none."""

    def public_key(self, proposal: str, bits: int) -> bytes:
        raise NotImplementedError

    def cosign(self, proposal: str, number: int, blinded: bytes) -> bytes:
        del proposal, number
        return b"\1" * len(blinded)

    def settle(self, proposal: str) -> None:
        raise NotImplementedError


@on_sqlite
def test_a_witness_that_is_not_itself_costs_nobody_a_pass(precinct: Precinct, council: Council, tmp_path: Path) -> None:
    with council.there():
        precinct.announce().issue()
    request, other = voter.request(precinct.manifest), Council(precinct, tmp_path / "other")

    def refused() -> bool:
        answer = precinct.ask(precinct.members[0], request)
        return (answer.status_code, answer.json()["type"]) == (503, "urn:vestry:witness_unfit")

    with council.there("another token"):
        assert refused()
    with other.there():
        assert refused()
        # set up anew, it has made another key, and is told which one was announced
        RemoteWitness(other.address, TOKEN).public_key(precinct.proposal, 2048)
        assert refused()
    for witness in (None, Liar()):
        precinct.votes.signer = signer(precinct, witness)
        assert refused()
    with council.there():
        assert precinct.ask(precinct.members[0], request).status_code == 200
    other.engine.dispose()


@on_sqlite
def test_a_vote_whose_witness_never_came_is_void_and_not_stuck(precinct: Precinct) -> None:
    precinct.votes.signer = signer(precinct, RemoteWitness("http://127.0.0.1:9", TOKEN))
    precinct.announce()
    precinct.turn_to(ISSUING)
    assert precinct.runner.read(polls.poll_of, precinct.proposal) is None
    precinct.turn_to(CLOSES + timedelta(minutes=1))
    told = precinct.runner.read(closing.closing, precinct.proposal)
    assert told is not None
    assert told.outcome is Outcome.NO_QUORUM


def test_its_tables_are_those_that_the_migrations_make(council: Council) -> None:
    check(council.engine, of=WITNESS)
    downgrade(council.engine, of=WITNESS)
    upgrade(council.engine, of=WITNESS)


def test_a_witness_without_its_own_settings_does_not_start() -> None:
    url = "postgresql://council@/witness"
    for settings, named in (
        (Settings(), "VESTRY_WITNESS_DATABASE_URL"),
        (Settings(witness_database_url=url, key_file=""), "VESTRY_KEY_FILE"),
        (Settings(witness_database_url="sqlite://", witness_token="short"), "VESTRY_WITNESS_TOKEN"),  # type: ignore[arg-type]
    ):
        with pytest.raises(WitnessUnset, match=named):
            open_witness(settings)


def test_the_witness_starts_as_a_process_and_logs_nobody(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "witness.log"
    address = f"http://127.0.0.1:{port}"
    own = {"VESTRY_WITNESS_DATABASE_URL": "sqlite:///witness.db", "VESTRY_WITNESS_TOKEN": TOKEN}
    with process(tmp_path, log, "witness", "serve", "--port", str(port), **own):
        assert status(f"{address}/") == 200
        assert status(f"{address}/witness.json") == 200
        assert status(f"{address}/cosign", b"{}") == 403
        asked = RemoteWitness(address, TOKEN)
        assert asked.public_key("prp_1", 2048) == asked.public_key("prp_1", 2048)
    assert "127.0.0.1:" not in log.read_text()
    assert (tmp_path / "witness.key").stat().st_mode & 0o077 == 0
