"""What a secret poll comes to: the same rules and the same counts as an open vote of one chamber."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance.secret import canonical
from governance.secret.manifest import BallotForm, Manifest
from governance.tally.ballots import ABSTAIN, Choice, grouped
from governance.tally.counting import count_options
from governance.tally.lot import lot_order
from governance.tally.result import Result
from governance.tally.rule import Verdict, YesNo
from ledger.types import Json


@dataclass(frozen=True, slots=True)
class PollCount:
    """What a poll came to.

    Attributes:
        verdict: Passed, failed, or no quorum.
        votes: Yes, no and abstentions; of a choice among options, those who chose are ``yes``.
        result: Of a choice among options, with every round.
    """

    verdict: Verdict
    votes: YesNo
    result: Result | None = None

    @property
    def winners(self) -> tuple[str, ...]:
        """What was chosen, where that is the question and enough took part."""
        return self.result.winners if self.result is not None and self.verdict is Verdict.PASSED else ()


def count_poll(manifest: Manifest, choices: Sequence[Json], seed: bytes) -> PollCount:
    """Return what counted choices (one a pass) come to; ``seed`` is that of the lots."""
    said = [one for one in choices if one != ABSTAIN]
    abstained = len(choices) - len(said)
    if manifest.form is BallotForm.SINGLE:
        votes = YesNo(said.count("yes"), said.count("no"), abstained)
        return PollCount(_verdict(manifest, votes), votes)
    ids = manifest.option_ids
    groups = grouped(_positions(manifest, one) for one in said)
    lot = lot_order(seed, ids)
    result = count_options(manifest.method, ids, groups, seats=manifest.seats, lot=lot)
    votes = YesNo(len(said), 0, abstained)
    if not manifest.rule.has_quorum(votes, manifest.roll_size):
        return PollCount(Verdict.NO_QUORUM, votes, result)
    return PollCount(Verdict.PASSED if result.winners and said else Verdict.FAILED, votes, result)


def _verdict(manifest: Manifest, votes: YesNo) -> Verdict:
    if not manifest.rule.has_quorum(votes, manifest.roll_size):
        return Verdict.NO_QUORUM
    enough = manifest.least_for is None or votes.yes >= manifest.least_for
    return Verdict.PASSED if enough and manifest.rule.is_met(votes, manifest.roll_size) else Verdict.FAILED


def _positions(manifest: Manifest, choice: Json) -> Choice:
    ids = manifest.option_ids
    if isinstance(choice, dict):
        return tuple(choice[one] for one in ids)
    assert isinstance(choice, list)
    at = [ids.index(str(one)) for one in choice]
    return tuple((one,) for one in at) if manifest.form is BallotForm.RANKED else tuple(at)


def result_file(manifest: Manifest, counted: PollCount, passes: int, seed: bytes, head: str) -> bytes:
    """Return ``result.json``: what the cooperative says the poll came to, for everybody to count again.

    It names the head of the box's log, so that its last entry, which no other follows, can't be altered either.
    """
    votes = counted.votes
    names = ("yes", "no") if manifest.form is BallotForm.SINGLE else ("chose",)
    said: dict[str, Json] = dict(zip(names, (int(votes.yes), int(votes.no)), strict=False))
    said["abstain"] = int(votes.abstain)
    return canonical.write(
        {
            "count": None if counted.result is None else counted.result.to_json(),
            "counted": int(votes.all),
            "head": head,
            "passes": passes,
            "poll": manifest.poll_hash.hex(),
            "said": said,
            "seed": seed.hex(),
            "verdict": counted.verdict.value,
            "winners": [*counted.winners],
        }
    )
