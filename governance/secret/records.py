"""Records of secret votes: what the journal holds of them, and nothing that links a voter to a ballot."""

from __future__ import annotations

from dataclasses import dataclass

from governance.records import Proposal
from ledger.records import Record, record


@record("poll", unique=[("proposal",), ("hash",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class Poll(Record):
    """A secret vote is under way: its passes are given out.

    Attributes:
        hash: SHA-256 over the manifest, hex; its first twenty digits are the fingerprint that members are told.
        manifest: Canonical JSON, to the letter (``governance.secret.formats``).
    """

    proposal: str
    hash: str
    manifest: str


@record("poll_number", unique=[("proposal", "number"), ("proposal", "member")], is_bulk=True)
@dataclass(frozen=True, slots=True)
class PollNumber(Record):
    """Under which number somebody stands on the roll of a secret vote; numbers are drawn, not given in any order."""

    proposal: str
    number: int
    member: str


@record("poll_settled", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class PollSettled(Record):
    """The passes are counted, and no more can be made: the keys are gone.

    Attributes:
        passes: How many were given out.
        issued: SHA-256 over ``issued.json``, hex.
        is_void: Whether they are too few for a secret vote.
    """

    proposal: str
    passes: int
    issued: str
    is_void: bool


@record("poll_issued", unique=[("proposal", "number")], is_bulk=True)
@dataclass(frozen=True, slots=True)
class PollIssued(Record):
    """The number under which somebody fetched a pass."""

    proposal: str
    number: int


@record("poll_batch", unique=[("proposal", "batch")], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class PollBatch(Record):
    """Ballots that the box sealed together.

    Attributes:
        records: How many.
        root: Over their ids, hex.
    """

    proposal: str
    batch: int
    records: int
    root: str


@record("poll_closed", unique=[("proposal",)], references={"proposal": Proposal})
@dataclass(frozen=True, slots=True)
class PollClosed(Record):
    """The box is opened.

    Attributes:
        records: How many ballots it held, those included that were cast anew later.
        log: SHA-256 over the box's whole log, hex.
    """

    proposal: str
    records: int
    log: str


@record("poll_record", unique=[("proposal", "record")], index=[("proposal", "batch")], is_bulk=True)
@dataclass(frozen=True, slots=True)
class PollRecord(Record):
    """A ballot as it lay in the box: signed by a pass, and by nobody's name.

    Attributes:
        record: SHA-256 over the line, hex.
        batch: In which it was sealed.
        line: The whole of it, canonical JSON.
    """

    proposal: str
    record: str
    batch: int
    line: str
