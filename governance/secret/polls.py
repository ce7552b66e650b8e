"""The conduct of a secret vote, as the journal has it: announced, settled, followed batch by batch, taken in, counted.

Whoever may vote fetches a pass while passes are given out (``registrar``); then the passes are counted, the key that
made them is gone, and only after that the box opens (``box``). What the box seals comes back here and is checked line
by line before it is counted. Nothing here tells who cast which ballot, for nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from governance.audit_file import Vote
from governance.clock import moment
from governance.lifecycle import begins_at, is_secret, issues_until, local_day
from governance.proposals import notice, rules_of, version
from governance.records import Closing, Notice, RollCopied, Version
from governance.rolls import copied, lines_of
from governance.secret import box_files, opened
from governance.secret.box_files import LogKind
from governance.secret.canonical import to_base64
from governance.secret.errors import PollUnsound
from governance.secret.manifest import FORM_OF, LEAST_ROLL, BallotForm, Manifest, Option, Registrar
from governance.secret.records import Poll, PollBatch, PollClosed, PollIssued, PollNumber, PollRecord, PollSettled
from governance.secret.tables import issuance, poll_key
from governance.tally.ballots import MOST_SCORE
from ledger import journal
from ledger.entries import Draft
from ledger.errors import NotAllowedNow, NotFound
from ledger.kinds import declare_final
from ledger.reading import every, newest
from ledger.types import Act

SECOND = 1_000_000
WAIT_FOR_WITNESS = 2 * 3600
"""Seconds after the last request; by then the witness has destroyed its key, too."""


@declare_final
class PollEntry(StrEnum):
    """The kinds of entry about secret votes."""

    ANNOUNCED = "poll.announced"
    """Its passes are given out from now on."""
    SETTLED = "poll.settled"
    """The passes are counted; no more can be made."""
    BATCH = "poll.batch"
    """The box has sealed ballots."""
    TAKEN_IN = "poll.taken_in"
    """The box is opened."""


class Stage(StrEnum):
    """What is due of a secret vote."""

    ANNOUNCE = "ANNOUNCE"
    """Its roll is there: passes can be given out."""
    SETTLE = "SETTLE"
    """The time for passes is over: they are counted, and the key goes."""
    FOLLOW = "FOLLOW"
    """The box is open: what it seals is noted."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys of a secret vote, and who holds them.

    Attributes:
        registrars: Name and public key (SubjectPublicKeyInfo, DER) of each who signs passes.
        box: Public key that signs receipts (P-256; SubjectPublicKeyInfo, DER).
        bits: Length of the registrars' keys.
        client: SHA-384 of the voter's program, hex.
        sealed: The registrar's own signing key, encrypted.
    """

    registrars: tuple[tuple[str, bytes], ...]
    box: bytes
    bits: int
    client: str
    sealed: bytes


def poll_of(db: Session, proposal: str) -> Poll | None:
    """Return the secret vote on a proposal, or None: it is open, or not under way."""
    return newest(db, Poll, proposal=proposal)


def find_poll(db: Session, hash: str) -> Poll:
    """Return a secret vote by the hash of its manifest.

    Raises:
        NotFound: There is none.
    """
    found = newest(db, Poll, hash=hash)
    if found is None:
        raise NotFound("There is no such vote.", field="poll")
    return found


def manifest_of(poll: Poll) -> Manifest:
    """Return what was announced of a secret vote."""
    return Manifest.from_bytes(poll.manifest.encode())


def settled(db: Session, proposal: str) -> PollSettled | None:
    """Return how many passes there are, or None while they are given out."""
    return newest(db, PollSettled, proposal=proposal)


def closed(db: Session, proposal: str) -> PollClosed | None:
    """Return that the box was opened, or None."""
    return newest(db, PollClosed, proposal=proposal)


def number_of(db: Session, proposal: str, member: str) -> int | None:
    """Return under which number somebody stands on the roll, or None."""
    found = newest(db, PollNumber, proposal=proposal, member=member)
    return None if found is None else found.number


def numbers_issued(db: Session, proposal: str) -> list[int]:
    """Return the numbers under which passes were fetched, in order, once they are settled."""
    return sorted(one.number for one in every(db, PollIssued, proposal=proposal))


def roll_text(db: Session, proposal: str) -> bytes:
    """Return the roll as it is hashed: numbers and ids, line by line."""
    return _roll_text((one.number, one.member) for one in every(db, PollNumber, proposal=proposal))


def _roll_text(lines: Iterable[tuple[int, str]]) -> bytes:
    return "".join(f"{number} {member}\n" for number, member in sorted(lines)).encode()


def waiting(db: Session, act: Act) -> list[tuple[str, Stage]]:
    """Return what is due of each secret vote, without doing it."""
    at = moment(db, act)
    found = []
    for announced in every(db, Notice):
        id = announced.proposal
        if not is_secret(announced) or version(db, id).number != announced.version:
            continue
        stage = None if newest(db, Closing, proposal=id) else _stage(db, announced, at)
        if stage is not None:
            found.append((id, stage))
    return found


def _stage(db: Session, announced: Notice, at: int) -> Stage | None:
    id = announced.proposal
    passes = settled(db, id)
    if poll_of(db, id) is None:
        if copied(db, id) is None or passes is not None:
            return None
        # box or witness was not there in time: nobody has a pass, and nobody can get one
        return Stage.SETTLE if at >= issues_until(announced) else Stage.ANNOUNCE
    if passes is None:
        return Stage.SETTLE if at >= issues_until(announced) else None
    if passes.is_void or at < announced.opens_at or closed(db, id) is not None:
        return None
    return Stage.FOLLOW


def issuing(db: Session, act: Act) -> list[tuple[Notice, Poll]]:
    """Return the secret votes for which passes are given out now."""
    at, found = moment(db, act), []
    for poll in every(db, Poll):
        announced = notice(db, poll.proposal)
        if announced is not None and at < issues_until(announced) and settled(db, poll.proposal) is None:
            found.append((announced, poll))
    return found


def announce(db: Session, act: Act, proposal: str, keys: Keys) -> Poll | None:
    """Begin to give out the passes of a secret vote; begun before, it changes nothing.

    With too few people on its roll the vote is void at once, and there is nothing to begin.

    Raises:
        NotAllowedNow: The vote is not secret, its roll was not copied, or the time for passes is over.
    """
    journal.lock(db)
    done = poll_of(db, proposal)
    if done is not None:
        return done
    announced, roll = notice(db, proposal), copied(db, proposal)
    if announced is None or roll is None or not is_secret(announced):
        raise NotAllowedNow("No secret vote on this is announced, or its roll has not been copied.", field="proposal")
    at = moment(db, act)
    if at >= issues_until(announced):
        raise NotAllowedNow("The time to fetch passes is over.", field="proposal")
    if len(lines_of(db, proposal)) < LEAST_ROLL:
        _void(db, act, announced)
        return None
    members = sorted((one.member for one in lines_of(db, proposal)), key=lambda _: act.entropy(16))
    numbers = tuple(PollNumber(proposal, number, member) for number, member in enumerate(members, 1))
    manifest = _manifest(announced, roll, version(db, proposal), numbers, keys)
    made = Poll(proposal, manifest.poll_hash.hex(), manifest.to_bytes().decode())
    db.execute(poll_key.insert(), [{"proposal": proposal, "sealed": keys.sealed}])
    journal.append(
        db, act, Draft(PollEntry.ANNOUNCED, local_day(at, announced.zone), (made,), bulk=_by_number(numbers))
    )
    return made


def _void(db: Session, act: Act, announced: Notice) -> PollSettled:
    """Note that no passes are given out for a vote at all."""
    void = PollSettled(announced.proposal, 0, sha256(b"").hexdigest(), is_void=True)
    journal.append(db, act, Draft(PollEntry.SETTLED, local_day(moment(db, act), announced.zone), (void,)))
    return void


def _by_number(numbers: Sequence[PollNumber]) -> tuple[PollNumber, ...]:
    return tuple(sorted(numbers, key=lambda one: one.number))


def _manifest(
    announced: Notice, roll: RollCopied, said: Version, numbers: Sequence[PollNumber], keys: Keys
) -> Manifest:
    rules = rules_of(announced)
    [chamber] = rules.chambers
    least = {} if rules.least_for is None else {"least_for": rules.least_for}
    form = FORM_OF[rules.method]
    return Manifest(
        poll=announced.proposal,
        title=said.title,
        text_sha256=said.digest,
        form=form,
        method=rules.method,
        options=_options(form, roll),
        max_score=MOST_SCORE if form is BallotForm.SCORE else 0,
        seats=said.seats,
        abstain=True,
        rules=chamber.rule.to_json() | least,
        lot=announced.lot,
        registrars=tuple(Registrar(name, to_base64(spki)) for name, spki in keys.registrars),
        box_key=to_base64(keys.box),
        roll_size=len(numbers),
        roll_sha256=sha256(_roll_text((one.number, one.member) for one in numbers)).hexdigest(),
        client_sha384=keys.client,
        issue_from=begins_at(announced) // SECOND,
        issue_to=issues_until(announced) // SECOND,
        vote_from=announced.opens_at // SECOND,
        vote_to=announced.closes_at // SECOND,
        rsa_bits=keys.bits,
    )


def _options(form: BallotForm, roll: RollCopied) -> tuple[Option, ...]:
    """Return what can be chosen, by ids that stand in a ballot and are short: ``o1``, ``o2`` and so on."""
    if form is BallotForm.SINGLE:
        return (Option("yes", "Yes"), Option("no", "No"))
    return tuple(Option(f"o{place}", str(one["title"])) for place, one in enumerate(roll.options, 1))


def settle(db: Session, act: Act, proposal: str) -> PollSettled:
    """Count the passes of a secret vote and let its key go; done before, it changes nothing.

    A vote whose passes were never given out, because box or witness did not answer, is void.

    Raises:
        NotAllowedNow: Passes are still given out, or some have not been signed yet.
    """
    journal.lock(db)
    done = settled(db, proposal)
    if done is not None:
        return done
    announced, poll = notice(db, proposal), poll_of(db, proposal)
    at = moment(db, act)
    if announced is None or at < issues_until(announced):
        raise NotAllowedNow("Passes are still given out.", field="proposal")
    if poll is None:
        return _void(db, act, announced)
    if unsigned(db, proposal):
        raise NotAllowedNow("Some passes have not been signed yet; try again in a moment.", field="proposal")
    rows = db.execute(select(issuance.c.number).where(issuance.c.proposal == proposal))
    numbers = sorted(rows.scalars())
    told = box_files.issued_file(bytes.fromhex(poll.hash), numbers)
    made = PollSettled(proposal, len(numbers), sha256(told).hexdigest(), len(numbers) < manifest_of(poll).min_passes)
    db.execute(update(poll_key).where(poll_key.c.proposal == proposal).values(sealed=None))
    issued = tuple(PollIssued(proposal, number) for number in numbers)
    journal.append(db, act, Draft(PollEntry.SETTLED, local_day(at, announced.zone), (made,), bulk=issued))
    return made


def unsigned(db: Session, proposal: str) -> list[tuple[int, bytes]]:
    """Return the numbers whose passes are reserved and not signed, with what is to be signed."""
    where = (issuance.c.proposal == proposal, issuance.c.signed.is_(None))
    return [(row.number, row.blinded) for row in db.execute(select(issuance).where(*where))]


def has_waited(db: Session, act: Act, proposal: str) -> bool:
    """Return whether a witness that does not answer was waited for long enough to settle the passes without it."""
    announced = notice(db, proposal)
    assert announced is not None
    return moment(db, act) >= issues_until(announced) + WAIT_FOR_WITNESS * SECOND


def issued_list(db: Session, proposal: str) -> bytes | None:
    """Return ``issued.json``, or None while passes are given out."""
    poll = poll_of(db, proposal)
    if poll is None or settled(db, proposal) is None:
        return None
    return box_files.issued_file(bytes.fromhex(poll.hash), numbers_issued(db, proposal))


def follow(db: Session, act: Act, proposal: str, log: bytes) -> int:
    """Note what the box has sealed since, from its log; returns how many batches are new.

    Raises:
        PollUnsound: The log does not go on where it stood.
    """
    journal.lock(db)
    announced, poll = notice(db, proposal), poll_of(db, proposal)
    assert announced is not None
    assert poll is not None
    told = _read_log(poll, log)
    noted = every(db, PollBatch, proposal=proposal)
    batches = opened.batches_of(proposal, told)
    if batches[: len(noted)] != noted:
        raise PollUnsound("The box's log tells another story than it told before.", field="log")
    day = local_day(moment(db, act), announced.zone)
    new = batches[len(noted) :]
    journal.append(db, act, *(Draft(PollEntry.BATCH, day, (one,)) for one in new))
    return len(new)


def take_in(db: Session, act: Act, proposal: str, log: bytes, lines: Sequence[bytes]) -> PollClosed:
    """Take in what lay in the box, every line of it checked; done before, it changes nothing.

    Raises:
        NotAllowedNow: The vote is still open.
        PollUnsound: Something does not fit; the message says what.
    """
    journal.lock(db)
    done = closed(db, proposal)
    if done is not None:
        return done
    announced, poll, passes = notice(db, proposal), poll_of(db, proposal), settled(db, proposal)
    if announced is None or poll is None or passes is None or moment(db, act) < announced.closes_at:
        raise NotAllowedNow("The box is opened when the vote is over.", field="proposal")
    follow(db, act, proposal, log)
    told = _read_log(poll, log)
    if told[-1]["kind"] != LogKind.CLOSE:
        raise NotAllowedNow("The box has not been closed yet.", field="proposal")
    batches = opened.batches_of(proposal, told)
    records = opened.records_of(proposal, batches, lines)
    wrong = opened.misfit(manifest_of(poll), passes, batches, records)
    if wrong is not None:
        raise PollUnsound(f"What the box holds is not what it told: {wrong}.", field="box")
    made = PollClosed(proposal, len(records), sha256(log).hexdigest())
    day = local_day(moment(db, act), announced.zone)
    journal.append(db, act, Draft(PollEntry.TAKEN_IN, day, (made,), bulk=tuple(records)))
    return made


def _read_log(poll: Poll, log: bytes) -> list[dict[str, Any]]:
    """Return the entries of the box's log, which must be of this vote."""
    told: list[dict[str, Any]] = [*box_files.read_log(log)]
    if told[0]["poll"] != poll.hash:
        raise PollUnsound("This is the log of another vote.", field="log")
    return told


def is_news(db: Session, proposal: str, log: bytes) -> bool:
    """Return whether a box's log tells of batches that were not noted yet."""
    poll = poll_of(db, proposal)
    assert poll is not None
    return len(opened.batches_of(proposal, _read_log(poll, log))) > len(every(db, PollBatch, proposal=proposal))


def is_over(log: bytes) -> bool:
    """Return whether a box's log says that it is closed."""
    return box_files.read_log(log)[-1]["kind"] == LogKind.CLOSE


def is_ready(db: Session, proposal: str) -> bool:
    """Return whether a secret vote can be counted: the box was opened, or the vote is void."""
    passes = settled(db, proposal)
    return closed(db, proposal) is not None or (passes is not None and passes.is_void)


def vote_of(db: Session, announced: Notice, said: Version, roll: RollCopied, seed: bytes) -> Vote:
    """Return a secret vote that is over, as counting takes it."""
    id = announced.proposal
    passes = settled(db, id)
    assert passes is not None
    poll = poll_of(db, id)
    cast = {} if poll is None else opened.counted(manifest_of(poll), every(db, PollRecord, proposal=id))
    vote = opened.vote_of(announced, said.digest, roll, lines_of(db, id), cast, said.seats, seed)
    return replace(vote, is_void=passes.is_void)


def misfit(db: Session, proposal: str) -> str | None:
    """Return what does not fit in a secret vote that is over, or None: roll, passes, batches, and every ballot."""
    poll, passes = poll_of(db, proposal), settled(db, proposal)
    if passes is None or (poll is None and not passes.is_void):
        return "its passes are not on record"
    if poll is None:
        return None
    manifest = manifest_of(poll)
    issued = numbers_issued(db, proposal)
    numbers = every(db, PollNumber, proposal=proposal)
    if manifest.poll_hash.hex() != poll.hash or sha256(roll_text(db, proposal)).hexdigest() != manifest.roll_sha256:
        return "its roll is not the one that was announced"
    if {one.member for one in numbers} != {one.member for one in lines_of(db, proposal)}:
        return "its numbers are not those of the roll"
    if not set(issued) <= {one.number for one in numbers} or len(issued) != passes.passes:
        return "its passes are not those of the roll"
    if sha256(box_files.issued_file(bytes.fromhex(poll.hash), issued)).hexdigest() != passes.issued:
        return "the list of its passes is not the one that was settled"
    return opened.misfit(
        manifest, passes, every(db, PollBatch, proposal=proposal), every(db, PollRecord, proposal=proposal)
    )
