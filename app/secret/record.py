"""A secret vote that is over as files, in the form that ``audit_poll.py`` checks and counts again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.secret.links import Other
from governance import closing, rolls
from governance.records import Closing
from governance.secret import canonical, polls
from governance.secret.box_files import LogKind, head_of, read_log
from governance.secret.counting import count_poll, result_file
from governance.secret.errors import PollUnsound
from governance.secret.formats import check_record, last_of_each_pass
from governance.secret.manifest import Manifest
from ledger.errors import NotFound


def files_of(db: Session, hash: str, box: Other) -> Mapping[str, bytes]:
    """Return the files of a secret vote by name: what the box publishes, with the roll and the result.

    The roll names members: hand it to those alone who may see it.

    Raises:
        NotFound: There is no such vote, or it is not over.
        PollUnsound: Counted again, the box comes to something else than what the record tells.
    """
    poll = polls.find_poll(db, hash)
    closed, passes = closing.closing(db, poll.proposal), polls.settled(db, poll.proposal)
    if closed is None or passes is None or passes.is_void:
        raise NotFound("This vote is not over yet, or it was void: there is no record of it to count.", field="poll")
    manifest = polls.manifest_of(poll)
    log, lines = _told(box, hash, "log.json"), _told(box, hash, "box.jsonl")
    batches = [entry["batch"] for entry in read_log(log) if entry["kind"] == LogKind.BATCH]
    hashes = {f"hashes/{one}.txt": _told(box, hash, f"hashes/{one}.txt") for one in batches}
    return {
        "manifest.json": manifest.to_bytes(),
        "roll.txt": polls.roll_text(db, poll.proposal),
        "issued.json": polls.issued_list(db, poll.proposal) or b"",
        "log.json": log,
        **hashes,
        "box.jsonl": lines,
        "result.json": _result(manifest, closed, _winners(db, closed, manifest), passes.passes, lines, log),
    }


def _told(box: Other, hash: str, name: str) -> bytes:
    found = box.get(f"/polls/{hash}/{name}")
    if found is None:
        raise PollUnsound(f"The box does not tell its {name}.", field="box")
    return found


def _winners(db: Session, closed: Closing, manifest: Manifest) -> list[str]:
    """Return what was chosen by the ids that stand in ballots, which are the places on the roll's list."""
    roll = rolls.copied(db, closed.proposal)
    keys = [] if roll is None else [one["key"] for one in roll.options]
    return [manifest.option_ids[keys.index(one)] for one in closed.winners]


def _result(manifest: Manifest, closed: Closing, winners: list[str], passes: int, lines: bytes, log: bytes) -> bytes:
    counting = last_of_each_pass([(1, check_record(manifest, line)) for line in lines.splitlines()])
    seed = bytes.fromhex(closed.seed)
    counted = count_poll(manifest, [one.choice for one in counting], seed)
    if [*counted.winners] != winners or counted.verdict.value.upper() != closed.outcome.value:
        raise PollUnsound("What lies in the box comes to something else than the result on record.", field="box")
    return result_file(manifest, counted, passes, seed, head_of(canonical.write(read_log(log)[-1]).decode()))
