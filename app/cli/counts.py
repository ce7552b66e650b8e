"""A count as a terminal shows it: every round in words and aligned columns, and what came out last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from governance.audit_file import Recount
from governance.records import Outcome
from governance.rules import Ruleset
from governance.tally.case_file import Capped, Consent
from governance.tally.elections import Election
from governance.tally.methods import Form
from governance.tally.result import Result, Round
from governance.tally.rule import Basis, Counts, Verdict, YesNo, YesNoRule

_BASES = {
    Basis.CAST: "the votes cast",
    Basis.PRESENT: "everybody who took part",
    Basis.ELIGIBLE: "everybody on the roll",
}
_QUORUMS = {
    Counts.ALL: "",
    Counts.DECIDED: ", abstentions not counted",
    Counts.NOT_AGAINST: ", votes against not counted",
    Counts.FOR: ", votes for alone counted",
}
_VERDICTS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.NO_QUORUM: "no quorum",
    Verdict.OBJECTED: "objected",
    Verdict.BLOCKED: "blocked",
}


def words_of(verdict: Verdict) -> str:
    """Return a verdict in words."""
    return _VERDICTS[verdict]


def rule_in_words(rule: YesNoRule, eligible: int) -> str:
    """Return what a rule asks for, such as ``more than 1/2 of the votes cast; quorum 61 of 243``."""
    said = f"{'more than' if rule.strict else 'at least'} {rule.threshold} of {_BASES[rule.basis]}"
    if rule.quorum is None:
        return f"{said}; no quorum needed"
    needed = rule.quorum.needed(eligible)
    return f"{said}; quorum {needed:,} of {eligible:,}{_QUORUMS[rule.quorum.counts]}"


def votes_in_words(votes: YesNo) -> str:
    """Return how many were for it, against it, and neither; fractions where investors' votes are capped."""
    return f"{number(votes.yes)} yes, {number(votes.no)} no, {number(votes.abstain)} abstain"


def number(value: int | Fraction) -> str:
    """Return a number exactly: whole ones with commas, others as a fraction."""
    return f"{int(value):,}" if value == int(value) else str(Fraction(value))


def votes_json(votes: YesNo) -> dict[str, str]:
    """Return votes as an audit file has them: exact, in text."""
    return {"yes": str(Fraction(votes.yes)), "no": str(Fraction(votes.no)), "abstain": str(Fraction(votes.abstain))}


def body_lines(name: str, verdict: Verdict, votes: YesNo, rule: YesNoRule, eligible: int) -> Iterator[str]:
    """Return how a vote between yes and no came out in one chamber, by what rule."""
    yield f"{name or 'The vote'}: {words_of(verdict)}"
    yield f"  {votes_in_words(votes)}; {eligible:,} on the roll"
    yield f"  needs {rule_in_words(rule, eligible)}"


def said_in_words(said: Mapping[str, int]) -> str:
    """Return how many said what, by consent or among options."""
    return ", ".join(f"{times:,} {word.replace('_', ' ')}" for word, times in said.items() if times) or "nobody spoke"


def consent_lines(vote: Consent) -> Iterator[str]:
    """Return how a vote by consent came out."""
    rule = vote.rule
    yield f"By consent: {words_of(vote.verdict)}"
    yield f"  {said_in_words(vote.said)}; {vote.eligible:,} asked"
    needed = "silence is consent" if rule.quorum is None else f"quorum {rule.quorum.needed(vote.eligible):,}"
    yield f"  stands {rule.most_objections} objections and {rule.most_blocks} blocks; {needed}"


def weight_lines(capped: Capped) -> Iterator[str]:
    """Return weights under a cap, and what share each then has."""
    weights = capped.weights
    total, width = sum(weights.values()), max(len(name) for name in weights)
    yield f"Weights capped at {capped.cap} of what all had before"
    for name, weight in weights.items():
        share = weight / total if total else Fraction(0)
        yield f"  {name:{width}}  {number(weight):>12}  {share} of what is left"


def recount_lines(found: Recount, rules: Ruleset) -> Iterator[str]:
    """Return what a recount of an audit file comes to in each chamber, and what it could not count."""
    yield f"Vote on {found.manifest['proposal']}"
    by_name = {one.name: one.rule for one in rules.chambers}
    for one in found.counted.chambers:
        yield ""
        if rules.method.form is Form.YES_NO:
            yield from body_lines(one.name, one.verdict, one.votes, by_name[one.name], one.roll)
        else:
            yield f"{one.name}: {words_of(one.verdict)}"
            yield f"  {said_in_words(one.said)}; {one.roll:,} on the roll"
        if one.investor_weight != 1:
            yield f"  each of {one.investors:,} investors weighs {one.investor_weight}"
    for told in found.told["chambers"]:
        if told["name"] in found.hidden:
            yield ""
            yield f"{told['name']}: {told['verdict'].replace('_', ' ')}, as the file says; too few voted to tell how"


def outcome_in_words(outcome: Outcome) -> str:
    """Return how all chambers decided together, in words."""
    return outcome.value.lower().replace("_", " ")


def election_heading(election: Election) -> Iterator[str]:
    """Return what was elected, from how many ballots."""
    seats = "1 seat" if election.seats == 1 else f"{election.seats:,} seats"
    yield election.title or "Election"
    yield f"  {election.method.value}, {seats}, {len(election.options):,} candidates, {election.ballots:,} ballots" + (
        f", {election.blank:,} blank" if election.blank else ""
    )
    if election.withdrawn:
        yield f"  withdrawn: {', '.join(election.withdrawn)}"


def result_lines(result: Result) -> Iterator[str]:
    """Return every round, ties and the order of a count, and who is chosen in the last line."""
    if (quota := result.details.get("quota")) is not None:
        yield f"  quota {quota}"
    for at, step in enumerate(result.rounds, 1):
        yield ""
        yield from _round_lines(result, at, step)
    if isinstance(result.details.get("pairs"), dict):
        yield ""
        yield from _pair_lines(result.details["pairs"])  # type: ignore[arg-type]
    if result.ties:
        yield ""
    for tie in result.ties:
        yield f"Tie: {', '.join(tie.options)}. Decided by {tie.how}: {tie.taken}"
    if result.order:
        yield ""
        yield "Order: " + ", ".join(" = ".join(place) for place in result.order)
    yield ""
    yield f"Chosen: {', '.join(result.winners) or 'nobody'}"


def _round_lines(result: Result, at: int, step: Round) -> Iterator[str]:
    yield f"Round {at}: {step.event}"
    votes = {option: result.votes_text(votes) for option, votes in step.votes.items()}
    lost = result.votes_text(step.lost)
    width = max(len(name) for name in (*votes, _LOST * bool(step.lost)))
    digits = max([len(text) for text in votes.values()] + [len(lost)])
    for option, text in sorted(votes.items(), key=lambda one: -step.votes[one[0]]):
        marks = " elected" * (option in step.elected) + " excluded" * (option in step.excluded)
        yield f"  {option:{width}}  {text:>{digits}} {marks}".rstrip()
    if step.lost:
        yield f"  {_LOST:{width}}  {lost:>{digits}}"


_LOST = "no further choice"


def _pair_lines(pairs: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Return the table of pairs: how many prefer whoever begins the line to whoever has the column's number."""
    names = list(pairs)
    width = max(len(name) for name in names) + len(str(len(names))) + 2
    digits = max([len(str(votes)) for row in pairs.values() for votes in row.values()] + [len(str(len(names)))])
    yield "Preferred to:"
    yield " " * (width + 2) + "".join(f"  {at:>{digits}}" for at in range(1, len(names) + 1))
    for at, name in enumerate(names, 1):
        cells = "".join(f"  {pairs[name].get(other, '–'):>{digits}}" for other in names)
        yield f"  {f'{at}. {name}':{width}}{cells}"
