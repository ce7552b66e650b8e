"""What a secret vote came to, beside its count: how many passes lie unused, and whether they could have turned it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from governance import closing
from governance.secret import audit_poll, opened, polls
from governance.secret.records import PollRecord
from ledger.reading import every, of_the_record


@dataclass(frozen=True, slots=True)
class SecretOutcome:
    """How far a result can be relied on.

    Attributes:
        poll: Hash of the manifest, hex; None where no passes were ever given out.
        log: SHA-256 over the box's whole log, hex; None where nothing was counted.
        passes: How many were given out.
        counted: How many voted.
        margin: How many more ballots could have turned it at the least; None where none could.
        registrars: Who would have to join in to fill unused passes in.
        is_void: Whether too few fetched a pass, so that nothing was counted.
    """

    poll: str | None
    log: str | None
    passes: int
    counted: int
    margin: int | None
    registrars: tuple[str, ...]
    is_void: bool

    @property
    def unused(self) -> int:
        """How many votes could have been stuffed at the most: passes that were given out and not used."""
        return self.passes - self.counted

    @property
    def is_close(self) -> bool:
        """Whether the margin is not larger than the unused passes."""
        return self.margin is not None and self.margin <= self.unused


@of_the_record
def secret_outcome(db: Session, proposal: str) -> SecretOutcome | None:
    """Return what there is to say of the result of a secret vote; None of an open one, or one that is not over."""
    done, passes, poll = closing.closing(db, proposal), polls.settled(db, proposal), polls.poll_of(db, proposal)
    if done is None or passes is None:
        return None
    if poll is None or passes.is_void:
        hash, names = (None, ()) if poll is None else (poll.hash, _names(poll.manifest))
        return SecretOutcome(hash, None, passes.passes, 0, None, names, passes.is_void)
    cast = opened.counted(polls.manifest_of(poll), every(db, PollRecord, proposal=proposal))
    raw = orjson.loads(poll.manifest)
    mine = audit_poll.count(raw, [*cast.values()], bytes.fromhex(done.seed))
    margin = audit_poll.margin_of(raw, mine)
    box = polls.closed(db, proposal)
    log = None if box is None else box.log
    return SecretOutcome(poll.hash, log, passes.passes, len(cast), margin, _names(poll.manifest), is_void=False)


def _names(manifest: str) -> tuple[str, ...]:
    return tuple(one["name"] for one in orjson.loads(manifest)["registrars"])
