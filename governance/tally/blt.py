"""BLT, the file of ranked ballots that most counting programs read and write.

The format of Hill, Wichmann and Woodall (1987), as OpenSTV and OpaVote use it::

    4 2                     four candidates, two seats
    -2                      the second has withdrawn
    3 1 3 4 0               three ballots: the first, then the third, then the fourth
    2 2=4 - 1 0             two that rank two of them equal, skip a place, and put the first next
    0                       the end of the ballots
    "Adam"                  a name for each candidate, withdrawn ones too
    …
    "Title"

A comment begins with ``#`` or stands between ``/*`` and ``*/``. The file does not say by which method it is counted,
and no name of a voter is in it. Numbers of ballots (``(17) 1 3 0``) and other options in brackets are refused: programs
differ in what they mean by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.tally.ballots import Choice, Ranking
from governance.tally.elections import Election
from governance.tally.methods import Form, Method
from ledger.errors import Invalid

_TOKEN = re.compile(r'"[^"]*"|#.*|[^\s"#]+|"')
_PLACE = re.compile(r"[1-9][0-9]{0,8}(?:=[1-9][0-9]{0,8})*")
_WITHDRAWN = re.compile(r"-[1-9][0-9]{0,8}")
_WEIGHT = re.compile(r"[0-9]{1,18}")
SKIPPED = "-"
MOST_STRINGS_AFTER_NAMES = 3
"""A title, and where the count comes from and a remark, which Wichmann's programs add."""


def read_blt(data: bytes, method: Method | None = None) -> Election:
    """Return the election of a BLT file.

    Args:
        data: The file, in UTF-8 or, as older programs write it, Latin-1.
        method: How to count it; without one, the Scottish rules, and instant runoff for a single seat.

    Raises:
        Invalid: It can't be read, or ranks candidates as the method does not allow; the message names the line.
    """
    return _Reader(_text(data), method).election()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _tokens(text: str) -> Iterator[tuple[int, list[str]]]:
    """Return the tokens of each line that has some, with the line's number, comments left out."""
    for number, line in enumerate(_uncommented(text).split("\n"), 1):
        tokens = _TOKEN.findall(line) if '"' in line or "#" in line else line.split()
        kept = [one for one in tokens if not one.startswith("#")]
        if kept:
            yield number, kept


def _uncommented(text: str) -> str:
    if "/*" not in text:
        return text
    # lines keep their numbers
    return re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n") + " ", text, flags=re.DOTALL)


class _Reader:
    def __init__(self, text: str, method: Method | None) -> None:
        self._stream = ((number, token) for number, tokens in _tokens(text) for token in tokens)
        self._line = 0
        self._method = method or Method.STV
        self._is_named = method is not None
        self._withdrawn: set[int] = set()
        self._count = 0
        self._blank = 0

    def election(self) -> Election:
        """Read the whole file."""
        self._count, seats = self._number("the number of candidates"), self._number("the number of seats")
        if not self._is_named and seats == 1:
            self._method = Method.IRV
        if self._method.form is not Form.RANKING:
            raise Invalid(f"A BLT file holds rankings, and {self._method.value} counts something else.", field="method")
        weight = self._next("ballots")
        while _WITHDRAWN.fullmatch(weight):
            self._withdrawn.add(self._candidate(weight[1:]))
            weight = self._next("ballots")
        ballots = self._ballots(weight)
        names, title = self._names()
        if len(set(names)) < len(names):
            raise self._refusal("two candidates have the same name; tell them apart")
        standing = [one for one in range(self._count) if one not in self._withdrawn]
        position = {one: number for number, one in enumerate(standing)}
        options = tuple(names[one] for one in standing)
        withdrawn = tuple(names[one] for one in sorted(self._withdrawn))
        groups = self._standing(ballots, position)
        return Election(title, self._method, options, groups, seats, None, self._blank, withdrawn)

    def _ballots(self, weight: str) -> dict[Ranking, int]:
        groups: dict[Ranking, int] = {}
        known: dict[str, tuple[int, ...]] = {}
        while weight != "0":
            if not _WEIGHT.fullmatch(weight) or not int(weight):
                raise self._refusal(f"{weight} is not how often a ballot was cast; write a whole number")
            start, places = self._line, []
            while (token := self._next("the 0 that ends a ballot")) != "0":
                if token == SKIPPED:
                    continue
                if token not in known:
                    known[token] = self._place(token)
                places.append(known[token])
            if self._line != start:
                self._line = start
                raise self._refusal("a ballot ends with 0 on its own line")
            ranking = tuple(places)
            self._refuse_twice(ranking)
            groups[ranking] = groups.get(ranking, 0) + int(weight)
            weight = self._next("the 0 that ends the ballots")
        return groups

    def _place(self, token: str) -> tuple[int, ...]:
        if not _PLACE.fullmatch(token):
            raise self._refusal(f"{token} is no place in a ranking")
        tied = tuple(sorted(self._candidate(one) for one in token.split("=")))
        if len(tied) > 1 and not self._method.allows_shared_places:
            raise self._refusal(f"{token} ranks candidates equal, which {self._method.value} does not allow")
        return tied

    def _refuse_twice(self, ranking: Ranking) -> None:
        ranked = [one for place in ranking for one in place]
        if len(set(ranked)) < len(ranked):
            raise self._refusal("a candidate stands twice on a ballot")

    def _standing(self, ballots: dict[Ranking, int], position: dict[int, int]) -> dict[Choice, int]:
        """Return the ballots without whoever has withdrawn; those that then rank nobody are blank."""
        groups: dict[Choice, int] = {}
        for ranking, weight in ballots.items():
            left = tuple(
                kept for place in ranking if (kept := tuple(position[one] for one in place if one in position))
            )
            if left:
                groups[left] = groups.get(left, 0) + weight
            else:
                self._blank += weight
        return groups

    def _candidate(self, token: str) -> int:
        number = int(token)
        if number > self._count:
            raise self._refusal(f"there is no candidate {number}, only {self._count}")
        return number - 1

    def _number(self, what: str) -> int:
        token = self._next(what)
        if not _WEIGHT.fullmatch(token) or not int(token):
            raise self._refusal(f"{token} is not {what}; a BLT file begins with both, such as 4 2")
        return int(token)

    def _names(self) -> tuple[list[str], str]:
        """Return the names of candidates and the title: a line each, or one string after the other."""
        lines: dict[int, list[str]] = {}
        for line, token in self._stream:
            self._line = line
            if token == '"':
                raise self._refusal("a name ends with a quotation mark on its own line")
            lines.setdefault(line, []).append(token.strip('"').strip())
        strings = [one for line in lines.values() for one in line]
        if len(lines) >= self._count:
            # councils write a party beside each name, in a string of its own
            strings = [" ".join(line) for line in lines.values()]
        if len(strings) < self._count:
            raise self._refusal(f"{len(strings)} names, and {self._count} candidates")
        if len(strings) > self._count + MOST_STRINGS_AFTER_NAMES:
            raise self._refusal(f"{len(strings)} names and titles, and {self._count} candidates")
        return strings[: self._count], "".join(strings[self._count : self._count + 1])

    def _next(self, what: str) -> str:
        found = next(self._stream, None)
        if found is None:
            raise self._refusal(f"the file ends before {what}")
        self._line, token = found
        return token

    def _refusal(self, why: str) -> Invalid:
        return Invalid(f"Line {max(self._line, 1)}: {why}.")


def write_blt(election: Election) -> bytes:
    """Return an election of rankings as BLT, in UTF-8: ballots sorted, so that no order tells anything.

    A quotation mark in a name is written as an apostrophe, since the format has no place for it. Who has withdrawn is
    left out, and so are the method and the lot.

    Raises:
        Invalid: Its ballots are no rankings.
    """
    if election.method.form is not Form.RANKING:
        raise Invalid(f"A BLT file holds rankings, and {election.method.value} counts something else.", field="method")
    groups: dict[Ranking, int] = {}
    for ranking, weight in election.groups.items():
        same = tuple(tuple(sorted(place)) for place in ranking)
        groups[same] = groups.get(same, 0) + weight
    lines = [f"{len(election.options)} {election.seats}"]
    for ranking, weight in sorted(groups.items()):
        places = " ".join("=".join(str(one + 1) for one in place) for place in ranking)
        lines.append(f"{weight} {places} 0")
    if election.blank:
        lines.append(f"{election.blank} 0")
    lines += ["0", *(_quoted(name) for name in (*election.options, election.title))]
    return "\n".join(lines).encode() + b"\n"


def _quoted(name: str) -> str:
    return '"' + " ".join(name.replace('"', "'").split()) + '"'
