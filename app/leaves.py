"""A leave of somebody: what pauses of all they hold, and how it goes on."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from ledger import journal
from ledger.equity import vesting_changes
from ledger.equity.securities import Position, position
from ledger.equity.values import Security
from ledger.equity.vesting.leave import Leave
from ledger.errors import NotAllowedNow
from ledger.reading import every
from ledger.types import Act


def vesting_of(db: Session, holder: str, on: date) -> list[Position]:
    """Return what somebody holds of which something has yet to vest."""
    held = [position(db, one.id) for one in every(db, Security, holder=holder)]
    return [one for one in held if one.outstanding and one.unvested(on)]


def begin(db: Session, act: Act, holder: str, leave: Leave, *, on: date, until: date) -> int:
    """Pause the vesting of all that somebody holds, and return of how many grants; see ``vesting_changes.pause``.

    Raises:
        NotAllowedNow: Nothing they hold has yet to vest.
        ProtectedLeave: No plan may pause for it.
        PauseRefused: The plan of one of them does not pause for it.
    """
    journal.lock(db)
    found = vesting_of(db, holder, on)
    if not found:
        raise NotAllowedNow("Nothing they hold has yet to vest, so nothing pauses.")
    for one in found:
        vesting_changes.pause(db, act, one.security.id, leave=leave, on=on, until=until)
    return len(found)


def end(db: Session, act: Act, holder: str, *, on: date) -> int:
    """Let all that a leave paused go on, and return of how many grants; see ``vesting_changes.resume``.

    Raises:
        NotAllowedNow: Nothing is paused.
    """
    journal.lock(db)
    found = [one for one in vesting_of(db, holder, on) if vesting_changes.open_pause(one) is not None]
    if not found:
        raise NotAllowedNow("No leave has paused anything they hold.")
    for one in found:
        vesting_changes.resume(db, act, one.security.id, on=on)
    return len(found)
