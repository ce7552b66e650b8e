"""What lay in the box of a secret vote: checked line by line, and read as choices that can be counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

from governance.audit_file import Vote
from governance.records import Notice, RollCopied, RollLine
from governance.rules import Ruleset
from governance.secret import box_files, formats
from governance.secret.errors import PollUnsound, RecordInvalid
from governance.secret.manifest import Manifest
from governance.secret.records import PollBatch, PollRecord, PollSettled
from governance.tally.ballots import ABSTAIN, read_choice
from governance.tally.methods import Form
from ledger.types import Json


def batches_of(proposal: str, log: Sequence[Mapping[str, Any]]) -> list[PollBatch]:
    """Return what a box's log says of its batches, in order."""
    return [
        PollBatch(proposal, one["batch"], one["records"], one["root"])
        for one in log
        if one["kind"] == box_files.LogKind.BATCH
    ]


def records_of(proposal: str, batches: Sequence[PollBatch], lines: Sequence[bytes]) -> list[PollRecord]:
    """Return the lines of a box as records: they stand batch by batch, and within a batch by their ids.

    Raises:
        PollUnsound: There are more or fewer than the batches have.
    """
    if sum(one.records for one in batches) != len(lines):
        raise PollUnsound("The box holds more or fewer ballots than it sealed.", field="box")
    rest = iter(lines)
    return [
        PollRecord(proposal, sha256(line).hexdigest(), batch.batch, line.decode("utf-8", "replace"))
        for batch in batches
        for line in islice(rest, batch.records)
    ]


def misfit(
    manifest: Manifest, passes: PollSettled, batches: Sequence[PollBatch], records: Sequence[PollRecord]
) -> str | None:
    """Return what does not fit in an opened box, or None.

    Every ballot is signed by a pass, every batch is what was noted when it was sealed, no ballot was cast twice under
    one number of its pass, and no more passes voted than were given out.
    """
    seen: set[tuple[str, int]] = set()
    ids: dict[int, list[str]] = {}
    for place, one in enumerate(records, 1):
        try:
            found = formats.check_record(manifest, one.line.encode())
        except RecordInvalid as refusal:
            return f"ballot {place}: {refusal}"
        if (found.pass_id, found.seq) in seen:
            return f"ballot {place} stands there twice"
        seen.add((found.pass_id, found.seq))
        ids.setdefault(one.batch, []).append(found.record_id)
    for batch in batches:
        mine = sorted(ids.pop(batch.batch, []))
        if len(mine) != batch.records or box_files.batch_root(mine) != batch.root:
            return f"batch {batch.batch} is not what was sealed"
    if ids:
        return "it holds ballots of no batch"
    if len({pass_id for pass_id, _ in seen}) > passes.passes:
        return "more passes voted than were given out"
    return None


def counted(manifest: Manifest, records: Sequence[PollRecord]) -> dict[str, Json]:
    """Return each pass's last choice, by the pass's id."""
    cast = [(one.batch, formats.check_record(manifest, one.line.encode())) for one in records]
    return {one.pass_id: one.choice for one in formats.last_of_each_pass(cast)}


def vote_of(
    announced: Notice,
    content_digest: str,
    roll: RollCopied,
    lines: Sequence[RollLine],
    cast: Mapping[str, Json],
    seats: int,
    seed: bytes,
) -> Vote:
    """Return a secret vote as counting takes it: passes stand for the people whom nobody can name.

    Args:
        announced: Its notice.
        content_digest: Of what was voted on.
        roll: Who could vote,
        lines: and where.
        cast: Pass to its last choice, as a ballot holds it.
        seats: How many are chosen.
        seed: Of the lots.
    """
    [chamber] = Ruleset.from_json(announced.rule).chambers
    options = tuple(str(one["key"]) for one in roll.options)
    choices = {who: _choice(announced, options, said) for who, said in cast.items()}
    rest = len(lines) - len(choices)
    voters = [RollLine(announced.proposal, chamber.name, who, "", 1) for who in choices]
    others = [RollLine(announced.proposal, chamber.name, f"rest {number}", "", 1) for number in range(rest)]
    return Vote(announced, content_digest, roll, [*voters, *others], choices, seats, seed)


def _choice(announced: Notice, options: Sequence[str], said: Any) -> Json:  # noqa: ANN401 - JSON
    """Return a choice as our counting knows it, by the keys of the options instead of their numbers."""
    method = Ruleset.from_json(announced.rule).method
    if said == ABSTAIN or method.form is Form.YES_NO:
        return read_choice(method, options, said)
    keys: Mapping[str, str] = {f"o{place}": key for place, key in enumerate(options, 1)}
    if method.form is Form.RANKING:
        raw: Any = [[keys[one]] for one in said]
    elif method.form is Form.APPROVAL:
        raw = [keys[one] for one in said]
    else:
        raw = {keys[one]: score for one, score in said.items()}
    return read_choice(method, options, raw)
