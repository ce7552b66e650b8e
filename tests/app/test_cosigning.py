"""Witnesses cosign checkpoints: somebody else's witness does, and refuses our fork; bad ones change nothing."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.checkpoints import Signed, Signer
from app.config import Settings
from app.cosigning import LONGEST_PAUSE, ask, is_time
from app.db import Runner, make_engine
from app.evidence.verify_evidence import checkpoint_of, key_of, witness_of
from app.main import create_app
from app.witnesses import Cosigned, Standing, Trouble, Witness, WitnessesUnset, witnesses_of
from ledger import journal
from ledger.cosignatures import WitnessKey, cosigned, open_cosigned
from ledger.entries import Draft
from ledger.errors import NotFound
from ledger.merkle import EMPTY_ROOT, CompactRange
from ledger.notes import DASH, Checkpoint, SignerKey, halves, signed
from tests import make
from tests.app.outside_witness import Outside, installed
from tests.secret.live import listening

NAME = "vestry.example.org"
SEED = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
OURS = WitnessKey("witness.example.org/mine", SEED.public_key().public_bytes_raw())


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Outside:
    return installed(tmp_path_factory.mktemp("outside"))


@pytest.fixture
def runner(sqlite_url: str) -> Iterator[Runner]:
    engine = make_engine(sqlite_url)
    yield Runner(engine)
    engine.dispose()


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "log.signing-key", NAME)


def _grow(runner: Runner, signer: Signer, *words: str) -> str:
    for word in words:
        draft = Draft("journal.reversed", date(2026, 3, 2), (), (), {"reason": word})
        runner.run(journal.append, make.act(), draft)
    note = runner.read(signer.publish)
    assert note is not None
    return note


def _with_the_same_key(signer: Signer, folder: Path) -> Signer:
    """Return what an operator has who holds the key and forgets what it signed."""
    folder.mkdir()
    text = signer.beside(".signing-key").read_text()
    (folder / "log.signing-key").write_text(text)
    empty = signed(Checkpoint(NAME, 0, EMPTY_ROOT), SignerKey.read(text))
    (folder / "log.signed").write_text(Signed(empty, CompactRange()).encode())
    return Signer(folder / "log.signing-key", NAME)


def test_an_outside_witness_cosigns_what_grows_and_refuses_our_fork(
    outside: Outside, runner: Runner, signer: Signer, tmp_path: Path, sqlite_template: Path
) -> None:
    _grow(runner, signer, "one", "two", "three")
    (tmp_path / "witness").mkdir()
    with outside.serving(tmp_path / "witness", signer.verifier()) as witness:
        ours = Cosigned(signer, [witness], 1)
        for words in ((), ("four", "five"), ("six",)):
            if words:
                _grow(runner, signer, *words)
                assert ours.newest()[1] == ()
            standing = ask(runner, ours, witness)
            assert (standing.trouble, standing.size) == (None, runner.read(journal.size)), standing.told
        note, _ = ours.newest()
        assert ours.quorate() == note
        checkpoint, (by,) = open_cosigned(note, signer.verifier(), [witness.key])
        assert (checkpoint.size, by.key) == (6, witness.key)
        assert abs(by.at - time.time()) < 60

        # their own verifier takes the log's signature and the quorum
        (tmp_path / "note").write_text(note)
        keys = ("--log-key", str(signer.verifier()), "--witness-key", str(witness.key), "--quorum", "1")
        checked = outside.run("aics_tlog", "verify-checkpoint", "--note", str(tmp_path / "note"), *keys)
        assert checked.returncode == 0, checked.stdout + checked.stderr

        # and so does the verifier that auditors run without us
        log_key, seer = key_of(str(signer.verifier()), ""), witness_of(str(witness.key), "")
        assert [*checkpoint_of(note.encode(), log_key, "checkpoint", [seer]).seen] == [seer]

        # a worker that knows nothing of it asks anew, and is told where the witness stands
        ours.keep(witness, Standing())
        assert ask(runner, ours, witness).size == 6

        (tmp_path / "fork.db").write_bytes(sqlite_template.read_bytes())
        engine = make_engine(f"sqlite:///{tmp_path / 'fork.db'}")
        other, forger = Runner(engine), _with_the_same_key(signer, tmp_path / "forger")
        _grow(other, forger, "one", "two", "THREE", "four", "five", "six")
        forked = Cosigned(forger, [witness], 1)
        for words, status in (((), "422"), (("seven", "eight"), "422")):
            if words:
                _grow(other, forger, *words)
            refused = ask(other, forked, witness)
            assert refused.trouble is Trouble.FORK
            assert refused.told.startswith(status)
        assert forked.newest()[1] == ()
        with pytest.raises(NotFound):
            forked.quorate()
        engine.dispose()


Answered = Callable[[str], tuple[int, bytes]]


def _line(text: str, *, key: Ed25519PrivateKey = SEED, of: WitnessKey = OURS, at: int | None = None) -> bytes:
    at = int(time.time()) if at is None else at
    data = of.id + at.to_bytes(8, "big") + key.sign(cosigned(text, at).encode())
    return f"{DASH}{of.name} {b64encode(data).decode()}\n".encode()


OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
BAD: list[tuple[str, Trouble, Answered]] = [
    ("signs with another key", Trouble.UNFIT, lambda text: (200, _line(text, key=OTHER))),
    ("signs something else", Trouble.UNFIT, lambda text: (200, _line(text.replace("\n3\n", "\n4\n")))),
    ("signs as somebody else", Trouble.UNFIT, lambda text: (200, _line(text, of=replace(OURS, name="x")))),
    ("signs in the far future", Trouble.UNFIT, lambda text: (200, _line(text, at=2**40))),
    ("signs nothing", Trouble.UNFIT, lambda text: (200, b"")),
    ("talks rubbish", Trouble.UNFIT, lambda text: (200, bytes(range(256)) * 9)),
    ("never ends", Trouble.SILENT, lambda text: (200, b"x" * 100_000)),
    ("sends us elsewhere", Trouble.UNFIT, lambda text: (302, b"")),
    ("does not know our journal", Trouble.STRANGER, lambda text: (404, b"unknown")),
    ("does not know our key", Trouble.KEY, lambda text: (403, b"no")),
    ("has another root of this size", Trouble.FORK, lambda text: (409, b"3\n")),
    ("refuses the proof", Trouble.FORK, lambda text: (422, b"no")),
    ("has seen more", Trouble.AHEAD, lambda text: (409, b"7\n")),
    ("says where it stands in no number", Trouble.UNFIT, lambda text: (409, b"-1\n")),
    ("is not well", Trouble.SILENT, lambda text: (503, b"later")),
]


def test_a_witness_that_is_down_lying_or_wrong_changes_only_what_is_known_of_it(runner: Runner, signer: Signer) -> None:
    note = _grow(runner, signer, "one", "two", "three")
    now: list[Answered] = []

    async def add(request: Request) -> Response:
        head, _, sent = (await request.body()).decode().partition("\n\n")
        assert head.startswith("old ")
        status, body = now[0](halves(sent)[0])
        return Response(body, status, {"Location": "/elsewhere"})

    found = {}
    with listening(Starlette(routes=[Route("/add-checkpoint", add, methods=["POST"])])) as address:
        witness = Witness(OURS, address)
        ours = Cosigned(signer, [witness], 1)
        for name, _, answered in BAD:
            now[:] = [answered]
            found[name] = ask(runner, ours, witness).trouble
            assert ours.newest() == (note, ()), name
        assert found == {name: trouble for name, trouble, _ in BAD}
        assert ours.standing(witness).tries == len(BAD)

        now[:] = [lambda text: (200, b"\xe2\x80\x94 somebody AAAAAAAA\n" + _line(text))]
        assert ask(runner, ours, witness) == ours.standing(witness)
        assert [one.key for one in ours.newest()[1]] == [OURS]
        _grow(runner, signer, "four")
        now[:] = [lambda text: (409, b"2\n")]
        assert ask(runner, ours, witness).trouble is Trouble.FORGOT
    gone = ask(runner, ours, witness)
    assert (gone.trouble, gone.size) == (Trouble.SILENT, 3)
    # the newest is served without its word, and the one that it cosigned stays
    assert ours.newest()[1] == ()
    assert "\n3\n" in ours.quorate()


def test_a_witness_is_asked_again_later_and_later() -> None:
    waits = [next(s for s in range(2_000) if is_time(Standing(tries=tries), s)) for tries in range(10)]
    assert waits[:4] == [0, 10, 20, 40]
    assert waits[-1] == LONGEST_PAUSE


def test_the_checkpoint_is_served_with_what_witnesses_say(runner: Runner, sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=sqlite_url,
        public_url="https://vestry.test",
        signing_key_file=str(tmp_path / "log.signing-key"),
        checkpoint_witnesses=f"https://witness.example.org {OURS}",
    )
    signer = Signer(settings.signing_key_path, settings.log_origin)
    note = _grow(runner, signer, "one")
    line = _line(halves(note)[0]).decode()
    with TestClient(create_app(settings), base_url="https://vestry.test") as http:
        assert http.get("/checkpoint").text == note
        assert http.get("/checkpoint/witnessed").status_code == 404
        Cosigned(signer, witnesses_of(settings), 1).keep(witnesses_of(settings)[0], Standing(size=1, line=line, at=1))
        assert http.get("/checkpoint").text == http.get("/checkpoint/witnessed").text == note + line


@pytest.mark.parametrize(
    ("witnesses", "quorum", "says"),
    [
        ("https://witness.example.org", 1, "by address and key"),
        (f"witness.example.org {OURS}", 1, "no address"),
        (f"file:///etc/passwd {OURS}", 1, "no address"),
        ("https://witness.example.org a+b+c", 1, "not base64"),
        (f"https://a.example {OURS}, https://b.example {OURS}", 1, "one witness twice"),
        (f"https://a.example {OURS}", 2, "from 1 to 1"),
        (f"https://a.example {OURS}", 0, "from 1 to 1"),
    ],
)
def test_settings_that_name_no_witness_are_refused(witnesses: str, quorum: int, says: str) -> None:
    with pytest.raises(WitnessesUnset, match=says):
        witnesses_of(Settings(checkpoint_witnesses=witnesses, checkpoint_quorum=quorum))
