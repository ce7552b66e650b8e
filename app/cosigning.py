"""Asking the witnesses: each new checkpoint is sent to them with the proof that it goes on from what they saw last.

C2SP ``tlog-witness``. Each is asked on its own, in a thread of its own, and nothing waits for it: a witness that is
down, slow or lying changes nothing but what is known of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.message import Message
from http.client import HTTPException
from typing import IO

import anyio.to_thread
from anyio import CapacityLimiter
from sqlalchemy.orm import Session

from app import clock
from app.db import Runner
from app.witnesses import Cosigned, Standing, Trouble, Witness
from ledger import proofs
from ledger.cosignatures import MOST_PROOF, cosignatures, request, seen_size
from ledger.errors import NotFound, Tampered
from ledger.notes import Checkpoint, halves

EVERY_SECONDS = 5.0
SECONDS = 10.0
"""How long a witness may be silent, and a third of how long it may take in all."""
LONGEST_PAUSE = 900
TURNS = 3
"""How often a witness is asked at once: each time it may say that it stands elsewhere than was thought."""
MOST_ANSWER = 65_536
AHEAD_OF_US = 300
"""How many seconds a witness's clock may go before ours."""

log = logging.getLogger("vestry.witnesses")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answered: the status of HTTP, and the body."""

    status: int
    body: bytes

    @property
    def words(self) -> str:
        """The answer on one line, for whoever looks after the service."""
        text = " ".join(self.body.decode("utf-8", "replace").split())
        return f"{self.status} {''.join(one for one in text if one.isprintable())[:200]}".strip()


class Silent(Exception):
    """The witness does not answer."""


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes where it was sent and nowhere else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


_OPENER = urllib.request.build_opener(_Straight)


def post(address: str, body: bytes, seconds: float = SECONDS) -> Answer:
    """Send a request to a witness.

    Raises:
        Silent: It does not answer in time, or with more than can be read.
    """
    until = time.monotonic() + 3 * seconds
    sent = urllib.request.Request(
        f"{address}/add-checkpoint", body, {"Content-Type": "text/plain; charset=utf-8"}, method="POST"
    )
    try:
        try:
            answer = _OPENER.open(sent, timeout=seconds)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            told = b""
            while part := answer.read1(4096):
                told += part
                if len(told) > MOST_ANSWER or time.monotonic() > until:
                    raise Silent("it answers without end")
            return Answer(answer.status, told)
    except (OSError, HTTPException, ValueError) as error:
        raise Silent(str(getattr(error, "reason", error)) or type(error).__name__) from None


def proof_between(db: Session, old: int, size: int) -> Sequence[bytes]:
    """Return the proof that the first ``size`` entries begin with the first ``old``; none is needed from nothing."""
    if old in {0, size}:
        return ()
    return proofs.consistency(db, old, size).path


def ask(runner: Runner, cosigned: Cosigned, witness: Witness, *, seconds: float = SECONDS) -> Standing:
    """Ask a witness to cosign the newest checkpoint, and keep what it says; nothing is asked that it has said.

    Raises:
        NotFound: Nothing was ever signed.
    """
    before = cosigned.standing(witness)
    note = cosigned.signer.latest()
    text, _ = halves(note)
    size = Checkpoint.read(text).size
    if size == 0 or (before.size == size and before.trouble is None and _holds(witness, text, before.line)):
        return before
    after = _asked(runner, witness, before, note, text, size, seconds)
    if after.trouble is Trouble.AHEAD and cosigned.signer.latest() != note:
        # meanwhile a newer one was signed, and another worker had it cosigned
        return before
    _tell(witness, before, after)
    cosigned.keep(witness, after)
    return after


def _holds(witness: Witness, text: str, line: str) -> bool:
    try:
        return bool(cosignatures(text, line, [witness.key]))
    except Tampered:
        return False


def _asked(
    runner: Runner, witness: Witness, before: Standing, note: str, text: str, size: int, seconds: float
) -> Standing:
    """Ask, once more where the witness says that it stands elsewhere, and return what came of it."""
    now = int(clock.now().timestamp())

    def in_vain(trouble: Trouble, told: str) -> Standing:
        return replace(before, trouble=trouble, told=told, tries=before.tries + 1, tried_at=now)

    if before.size > size:
        return in_vain(Trouble.AHEAD, f"it has cosigned {before.size}")
    old, is_other_root = before.size, False
    answer = Answer(0, b"")
    for _ in range(TURNS):
        try:
            answer = post(
                witness.address, request(old, runner.read(proof_between, old, size)[:MOST_PROOF], note), seconds
            )
        except Silent as silent:
            return in_vain(Trouble.SILENT, str(silent)[:200])
        seen = seen_size(answer.body) if answer.status == 409 else None
        if seen is None or seen == old:
            # of the same size, earlier versions of the protocol refuse another root by 409
            is_other_root = seen == size
            break
        if seen < before.size:
            return in_vain(Trouble.FORGOT, answer.words)
        if seen > size:
            return in_vain(Trouble.AHEAD, answer.words)
        old = seen
    if answer.status == 200:
        return _accepted(witness, text, size, answer, now) or in_vain(Trouble.UNFIT, answer.words)
    return in_vain(Trouble.FORK if is_other_root else _trouble_of(answer.status), answer.words)


def _trouble_of(status: int) -> Trouble:
    """Return what a witness means by a status that is no cosignature."""
    if status >= 500 or status in {408, 429}:
        return Trouble.SILENT
    return {422: Trouble.FORK, 403: Trouble.KEY, 404: Trouble.STRANGER}.get(status, Trouble.UNFIT)


def _accepted(witness: Witness, text: str, size: int, answer: Answer, now: int) -> Standing | None:
    """Return what a witness has said now; None where it is not its cosignature."""
    try:
        found = cosignatures(text, answer.body.decode(), [witness.key])
    except (Tampered, UnicodeDecodeError):
        return None
    if not found or found[0].at > now + AHEAD_OF_US:
        return None
    return Standing(size=size, line=found[0].line, at=found[0].at, tried_at=now)


def _tell(witness: Witness, before: Standing, after: Standing) -> None:
    """Write into the log what is new of a witness, once."""
    if after.trouble is before.trouble:
        return
    if after.trouble is None:
        log.info("%s cosigns again", witness.key.name)
    elif after.is_grave:
        log.critical("%s refuses the checkpoint, %s: %s", witness.key.name, after.trouble.value, after.told)
    else:
        log.warning("%s has not cosigned, %s: %s", witness.key.name, after.trouble.value, after.told)


def is_time(standing: Standing, now: float, every: float = EVERY_SECONDS) -> bool:
    """Return whether a witness may be asked again: the longer in vain, the later."""
    return now >= standing.tried_at + (min(every * 2**standing.tries, LONGEST_PAUSE) if standing.tries else 0)


async def work(runner: Runner, cosigned: Cosigned, witness: Witness, *, every: float = EVERY_SECONDS) -> None:
    """Ask a witness whenever there is a new checkpoint, until cancelled; what goes wrong once is tried again."""
    alone = CapacityLimiter(1)

    def once() -> None:
        if is_time(cosigned.standing(witness), clock.now().timestamp(), every):
            ask(runner, cosigned, witness)

    while True:
        try:
            # the service stops without waiting for a witness that takes its time
            await anyio.to_thread.run_sync(once, abandon_on_cancel=True, limiter=alone)
        except (NotFound, Tampered):
            pass  # nothing is signed, which is told where it is signed
        except Exception:
            log.exception("%s could not be asked; it will be tried again", witness.key.name)
        await asyncio.sleep(every)
