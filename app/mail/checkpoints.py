"""Checkpoints by mail: whoever asks gets the newest one whole, once a day at eight if the record has grown.

A letter that somebody keeps can't be changed by whoever runs the service, so a rewritten history is caught by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from functools import partial

from sqlalchemy.orm import Session

from app.mail.kinds import Kind, Topic
from app.mail.letters import ATTACHED, Letter, Reader
from app.mail.readers import Readers, company_zone
from app.mail.rounds import Letters, Round
from app.witnesses import Cosigned
from governance.lifecycle import local_day, moment
from ledger.errors import NotFound, Tampered
from ledger.notes import Checkpoint, halves
from ledger.types import Act

HOUR = time(8)


def rounds(db: Session, act: Act, cosigned: Cosigned) -> Iterator[Round]:
    """Yield this day's round, from eight in the morning on where the company is."""
    zone = company_zone(db)
    today = local_day(act.at, zone)
    if act.at >= moment(datetime.combine(today, HOUR), zone):
        yield Round(f"checkpoint:{today}", partial(_round, cosigned=cosigned))


def _round(db: Session, readers: Readers, *, cosigned: Cosigned) -> Letters:
    del db
    try:
        (note, _), key = cosigned.newest(), str(cosigned.signer.verifier())
    except (NotFound, Tampered):
        return []  # what is wrong with it is told where it is signed
    signed = Checkpoint.read(halves(note)[0])
    return [(to, _letter(to, signed, note, key)) for to in readers.who_want(Topic.CHECKPOINT)] if signed.size else []


def _letter(to: Reader, signed: Checkpoint, note: str, key: str) -> Letter:
    return Letter(
        Kind.CHECKPOINT,
        # of the same checkpoint nobody hears twice: a day on which nothing was recorded brings no letter
        f"checkpoint:{to.account}:{signed.size}:{signed.root.hex()[:16]}",
        Topic.CHECKPOINT,
        to.words.say("Checkpoint of the record: {n} entries", n=to.words.number(signed.size)),
        (
            to.words.say(
                "Keep this letter: if the record is ever rewritten, the signed text in it proves that. It tells how "
                "many entries the record has and which root stands for them, and nothing of what is in them.",
            ),
            to.words.say("To check later that the record still begins with them, save the attached file and run:"),
            f"vestry verify --checkpoint {ATTACHED} --key {key}",
        ),
        to.words.say("You get this because you asked for checkpoints of the record."),
        "/checkpoints",
        to.words.say("How far the record goes"),
        exact=note,
    )
