"""A count in words and pictures, round by round: what each option had, who went out, where votes moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from app.web.count_told import Counted, Line, RoundTold
from app.web.pictures.bars import TONES, Bar, Goal, bars
from app.web.pictures.flow import LOST, Columns, flow, moves
from app.web.words import Words
from governance.tally.earlier import EARLIER
from governance.tally.methods import Method
from governance.tally.result import LOT, Result, Round, Tie
from ledger.types import decimal_text

MOST_BARS = 80
"""How many bars a page draws: of a long count the final rounds and the first, or it would weigh too much."""

TRANSFERS = frozenset({Method.IRV.value, Method.STV.value, Method.MEEK.value})
"""Methods whose rounds move votes from option to option."""

_HEADINGS: Mapping[str, str] = {
    "approvals": "How many ticked it",
    "sums": "Scores added up",
    "points": "Points added up",
    "runoff": "Runoff between the two highest",
    "options beaten by widest paths": "How many others each one beats",
}

_BY: Mapping[str, str] = {
    EARLIER: "{names} had equally many. An earlier round told them apart: {taken} {did}.",
    LOT: "{names} stood equal. The lot decided: {taken} {did}.",
    "higher sum": "{names} stood equal in the runoff. The higher sum decided: {taken} {did}.",
    "more top scores": "{names} stood equal, and so did their sums. More top scores decided: {taken} {did}.",
}


def rounded(votes: int | Fraction, words: Words) -> str:
    """Return votes as people read them: whole where they are, else with two decimals at most."""
    text = decimal_text(round(Fraction(votes) * 100), 2)
    return words.number(text.rstrip("0").rstrip("."))


def counted(result: Result, names: Mapping[str, str], words: Words) -> Counted:
    """Return a count in words and pictures.

    Args:
        result: What it came to.
        names: Key to name of all that could be chosen, in their order.
        words: The reader's language.
    """
    return _Telling(result, names, words).told()


@dataclass(frozen=True, slots=True)
class _Telling:
    result: Result
    names: Mapping[str, str]
    words: Words

    def told(self) -> Counted:
        pairs = self._pairs()
        ties = tuple(self._tie(one) for one in self.result.ties)
        if self.result.method == Method.RANKED_PAIRS:
            return Counted((), (), (), (), Markup(), pairs, self._locks(), ties)
        moving = self.result.method in TRANSFERS
        rounds = [self._transfer(at) if moving else self._sums(at) for at in range(len(self.result.rounds))]
        columns = tuple(self._heading(at) for at in range(len(rounds)))
        drawn = self._flow() if moving else Markup()
        return Counted(tuple(rounds[::-1]), columns, self._lines(), self._whole(), drawn, pairs, (), ties)

    # numbers and names

    def number(self, votes: int) -> str:
        """Return votes as people read them: whole where they are, else with two decimals at most."""
        if not self.result.scale:
            return self.words.number(votes)
        return rounded(self.size(votes), self.words)

    def exact(self, votes: int) -> str:
        """Return votes to the last decimal."""
        text = self.result.votes_text(votes)
        return self.words.number(text.rstrip("0").rstrip(".") if "." in text else text)

    def size(self, votes: int) -> Fraction:
        return Fraction(votes, 10**self.result.scale)

    def name(self, key: str) -> str:
        return self.names.get(key, key)

    def tone(self, key: str) -> str:
        return TONES[list(self.names).index(key) % len(TONES)] if key in self.names else "f1"

    def several(self, keys: tuple[str, ...]) -> str:
        """Return names one after the other, with a word before the last."""
        called = [self.name(key) for key in keys]
        if len(called) < 2:
            return "".join(called)
        return self.words.say("{first} and {last}", first=", ".join(called[:-1]), last=called[-1])

    # rounds in which votes move

    def _needed(self, step: Round) -> Goal | None:
        if self.result.method == Method.IRV:
            least = sum(step.votes.values()) // 2 + 1
            return Goal(Fraction(least), self.words.say("{votes} needed to win", votes=self.words.number(least)))
        quota = self.result.details.get("quota")
        if quota is None:
            return None
        at = Fraction(str(quota))
        return Goal(at, self.words.say("{votes} needed for a seat", votes=rounded(at, self.words)))

    def _heading(self, at: int) -> str:
        event = self.result.rounds[at].event
        if event in _HEADINGS:
            return self.words.say(_HEADINGS[event])
        return self.words.say("Round {number}", number=self.words.number(at + 1))

    def _out(self, at: int) -> set[str]:
        """Return who had gone out before a round."""
        return {key for step in self.result.rounds[: at + 1] for key in step.excluded}

    def _transfer(self, at: int) -> RoundTold:
        step, words = self.result.rounds[at], self.words
        before = self.result.rounds[at - 1] if at else None
        is_last = at == len(self.result.rounds) - 1
        leaving = () if is_last else self.result.rounds[at + 1].excluded
        goal = self._needed(step)
        rows = []
        for key in self.names:
            if key in self._out(at):
                rows.append(Bar(self.name(key), None, "", more=words.say("out"), is_strong=False))
                continue
            votes = step.votes.get(key, 0)
            gained = max(0, votes - before.votes.get(key, 0)) if before is not None else 0
            more = [f"+{self.number(gained)}"] if gained else []
            more += [words.say("elected")] if key in step.elected and len(self.result.winners) > 1 else []
            more += [words.say("wins")] if key in step.elected and len(self.result.winners) == 1 else []
            more += [words.say("goes out")] if key in leaving else []
            rows.append(
                Bar(
                    self.name(key),
                    self.size(votes),
                    self.number(votes),
                    self.tone(key),
                    self.size(gained),
                    ", ".join(more),
                )
            )
        heading = self._heading(at)
        under = words.say("final") if is_last and at else words.say("first choices") if not at else ""
        picture = bars(f"round-{at + 1}", heading, rows, goal) if self._is_drawn(at) else Markup()
        return RoundTold(heading, under, tuple(self._sentences(at, goal)), picture)

    def _is_drawn(self, at: int) -> bool:
        """Return whether a round has its picture: the final ones and the first do."""
        from_the_end = len(self.result.rounds) - at
        return at == 0 or from_the_end == 1 or (from_the_end + 1) * len(self.names) <= MOST_BARS

    def _sentences(self, at: int, goal: Goal | None) -> list[str]:
        step, words, said = self.result.rounds[at], self.words, []
        if at:
            said.append(self._moved(at))
        elif step.votes and max(step.votes.values()) > 0 and not step.elected and goal is not None:
            most = max(step.votes.values())
            ahead = tuple(key for key, votes in step.votes.items() if votes == most)
            said.append(
                words.say(
                    "{names} had the most first choices, {votes}, which was not enough.",
                    names=self.several(ahead),
                    votes=self.number(most),
                )
            )
        reached = tuple(key for key in step.elected if goal is None or self.size(step.votes.get(key, 0)) >= goal.size)
        rest = tuple(key for key in step.elected if key not in reached)
        if reached and goal is not None:
            if self.result.method == Method.IRV:
                said.append(
                    words.say("{names} has more than half of what is left, and wins.", names=self.several(reached))
                )
            else:
                said.append(words.say("Elected with enough votes: {names}.", names=self.several(reached)))
        if rest and self.result.method == Method.IRV:
            said.append(words.say("{names} is the only one left, and wins.", names=self.several(rest)))
        elif rest:
            text = words.say("As many are left as seats, so they are elected: {names}.", names=self.several(rest))
            said.append(text)
        return [one for one in said if one]

    def _moved(self, at: int) -> str:
        """Return where the votes of a round came from, and where they went."""
        before, step, words = self.result.rounds[at - 1], self.result.rounds[at], self.words
        found = moves(_column(before), _column(step))
        who = step.excluded
        if found is None:
            # by Meek's method all who are elected pass something on at once
            if who:
                return words.say("{names} went out, and all surpluses were shared out anew.", names=self.several(who))
            return words.say("All surpluses were shared out anew.")
        going = [one for one in found if one.source != one.target]
        parts = [
            words.say("{votes} to {name}", votes=self.number(one.votes), name=self.name(one.target))
            for one in going
            if one.target != LOST
        ]
        lost = sum(one.votes for one in going if one.target == LOST)
        total = sum(one.votes for one in going)
        if who:
            if not total:
                return words.say(
                    "{name} went out after round {number}, with no votes to move on.",
                    name=self.several(who),
                    number=words.number(at),
                )
            return words.say(
                "{name} went out after round {number}. Its votes went on, {votes} in all: {moves}.",
                name=self.several(who),
                number=words.number(at),
                votes=self.number(total),
                moves=self._listed(parts, lost),
            )
        source = going[0].source if going else step.event.removeprefix("surplus of ")
        return words.say(
            "{name} had {votes} more than needed, and these went on: {moves}.",
            name=self.name(source),
            votes=self.number(total),
            moves=self._listed(parts, lost),
        )

    def _listed(self, parts: list[str], lost: int) -> str:
        listed = [*parts]
        if lost:
            listed.append(self.words.say("{votes} had no further choice", votes=self.number(lost)))
        return ", ".join(listed) or self.words.number(0)

    # sums

    def _sums(self, at: int) -> RoundTold:
        step, words = self.result.rounds[at], self.words
        ordered = sorted(step.votes, key=lambda key: -step.votes[key])
        rows = [
            Bar(
                self.name(key),
                self.size(step.votes[key]),
                self.number(step.votes[key]),
                self.tone(key),
                more=words.say("chosen") if key in self.result.winners and at == len(self.result.rounds) - 1 else "",
                is_strong=key in self.result.winners,
            )
            for key in ordered
        ]
        said = []
        if step.event == "runoff":
            first, second = ordered[0], ordered[1]
            said.append(
                words.say(
                    "{first} was scored higher by {most}, {second} by {fewer}; {neither} scored both the same.",
                    first=self.name(first),
                    most=self.number(step.votes[first]),
                    second=self.name(second),
                    fewer=self.number(step.votes[second]),
                    neither=self.number(step.lost),
                )
            )
        heading = self._heading(at)
        return RoundTold(heading, "", tuple(said), bars(f"round-{at + 1}", heading, rows))

    # tables

    def _lines(self) -> tuple[Line, ...]:
        found = []
        for key in self.names:
            cells = []
            for at, step in enumerate(self.result.rounds):
                if key in self._out(at) or key not in step.votes:
                    cells.append(("", "", self.words.say("out") if self.result.method in TRANSFERS else "–"))
                    continue
                votes = step.votes[key]
                change = ""
                if at and self.result.method in TRANSFERS:
                    by = votes - self.result.rounds[at - 1].votes.get(key, 0)
                    change = f"({'+' if by > 0 else '−' if by < 0 else ''}{self.exact(abs(by))})"
                cells.append((self.exact(votes), change, self._came_to(key, step)))
            found.append(Line(self.name(key), self.tone(key), tuple(cells)))
        if self.result.method in TRANSFERS:
            cells = [(self.exact(step.lost), "", "") for step in self.result.rounds]
            found.append(Line(self.words.say("No further choice"), "f4", tuple(cells)))
        return tuple(found)

    def _came_to(self, key: str, step: Round) -> str:
        if key not in step.elected:
            return ""
        return self.words.say("elected") if len(self.result.winners) > 1 else self.words.say("wins")

    def _whole(self) -> tuple[str, ...]:
        if self.result.method not in TRANSFERS:
            return ()
        return tuple(self.exact(sum(step.votes.values()) + step.lost) for step in self.result.rounds)

    def _flow(self) -> Markup:
        columns: Columns = [_column(step) for step in self.result.rounds]
        numbers = {votes: self.number(votes) for column in columns for votes in column.values()}
        told = " ".join(" ".join(self._sentences(at, None)) for at in range(1, len(columns)))
        names = {**self.names, LOST: self.words.say("No further choice")}
        return flow(self.words.say("Where votes moved"), told, columns, names, numbers)

    def _pairs(self) -> tuple[tuple[str, tuple[tuple[str, bool] | None, ...]], ...]:
        pairs = self.result.details.get("pairs")
        if not isinstance(pairs, dict):
            return ()
        found = []
        for mine in self.names:
            cells: list[tuple[str, bool] | None] = []
            for other in self.names:
                if mine == other:
                    cells.append(None)
                else:
                    votes, against = int(pairs[mine][other]), int(pairs[other][mine])  # type: ignore[index, call-overload, arg-type]
                    cells.append((self.words.number(votes), votes > against))
            found.append((self.name(mine), tuple(cells)))
        return tuple(found)

    def _locks(self) -> tuple[str, ...]:
        said = []
        for step in self.result.rounds:
            above, below = step.votes
            values = {
                "above": self.name(above),
                "below": self.name(below),
                "most": self.number(step.votes[above]),
                "fewer": self.number(step.votes[below]),
            }
            if step.event.startswith("lock"):
                said.append(self.words.say("{above} over {below}, by {most} to {fewer}: kept.", **values))
            else:
                said.append(
                    self.words.say(
                        "{above} over {below}, by {most} to {fewer}: left out, for it would close a circle.", **values
                    )
                )
        return tuple(said)

    def _tie(self, one: Tie) -> str:
        words = self.words
        went_out = any(one.taken in step.excluded for step in self.result.rounds)
        did = words.say("went out") if went_out else words.say("came first")
        if " over " in one.taken:
            did = words.say("was left out")
        return words.say(
            _BY[one.how], names=self.several(tuple(map(self._pair, one.options))), taken=self._pair(one.taken), did=did
        )

    def _pair(self, text: str) -> str:
        """Return the name of an option, or of a pair of them as ranked pairs name it."""
        above, over, below = text.partition(" over ")
        if not over:
            return self.name(text)
        return self.words.say("{above} over {below}", above=self.name(above), below=self.name(below))


def _column(step: Round) -> dict[str, int]:
    return {**step.votes, LOST: step.lost}
