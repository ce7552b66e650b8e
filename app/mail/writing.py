"""Everything of which somebody should hear: found without writing, then written and queued, round by round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sqlalchemy.orm import Session

from app.db import Runner
from app.mail import checkpoints, digests, equity, imports, queue, safeguards, votes, webhooks
from app.mail.letters import House
from app.mail.readers import Readers, company_zone, house_of
from app.mail.rounds import Letters, Round
from app.people import preferences
from app.witnesses import Cosigned
from ledger.equity.values import Issuer
from ledger.reading import every
from ledger.types import Act

A_TRANSACTION = 100
"""How many letters are queued at once: nobody waits long for the database meanwhile."""


def write_due(runner: Runner, act: Act, origin: str, cosigned: Cosigned | None = None) -> int:
    """Queue every letter that is due, and return how many are new; ``cosigned`` has the checkpoints to send."""
    count = 0
    for one in runner.read(due, act, cosigned):
        house, letters = runner.read(_letters, one, origin)
        for start in range(0, len(letters), A_TRANSACTION):
            count += runner.run(queue.put, act, house, letters[start : start + A_TRANSACTION])
        runner.run(queue.end_round, act, one.key)
    return count


def due(db: Session, act: Act, cosigned: Cosigned | None = None) -> list[Round]:
    """Return the rounds that nobody has made yet."""
    made = queue.rounds_made(db)
    return [one for one in _all(db, act, cosigned) if one.key not in made]


def _all(db: Session, act: Act, cosigned: Cosigned | None) -> Iterator[Round]:
    of_accounts = chain(safeguards.rounds(db, act), webhooks.rounds(db, act))
    if not every(db, Issuer):
        return of_accounts
    zones = preferences.zones_in_use(db) | {company_zone(db)}
    return chain(
        of_accounts,
        votes.rounds(db, act),
        equity.rounds(db, act),
        imports.rounds(db, act),
        digests.rounds(db, act, zones),
        checkpoints.rounds(db, act, cosigned) if cosigned is not None else (),
    )


def _letters(db: Session, of: Round, origin: str) -> tuple[House, Letters]:
    return house_of(db, origin), of.letters(db, Readers(db))
