"""Ids and labels for what is imported: those of the package wherever they may stand in the journal.

An id is for ever, in every hash and every report; a name can be erased. So an id that is made of the holder's name or
is an e-mail address does not become one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.types import Act

LONGEST = 120
_WORD = re.compile(r"[^\W\d_]{3,}")


def words_of(name: object) -> frozenset[str]:
    """Return the words that a name is made of, three letters or more, without capitals."""
    if isinstance(name, Mapping):
        return frozenset().union(*(words_of(value) for value in name.values()))
    return frozenset(word.casefold() for word in _WORD.findall(name)) if isinstance(name, str) else frozenset()


def names_someone(id: str, words: frozenset[str]) -> bool:
    """Return whether an id has a word of a name in it: ``emilyEmployee``, ``lovelace-2``."""
    folded = id.casefold()
    return any(word in folded for word in words)


def is_valid(id: str) -> bool:
    """Return whether an id may stand in the journal: printable, not too long, no space around it."""
    return 0 < len(id) <= LONGEST and id.isprintable() and id == id.strip() and "@" not in id


@dataclass(slots=True)
class Names:
    """The ids and labels given so far.

    Attributes:
        act: Gives the ids of our own.
        ids: Ours by the package's, for everything that may be referred to.
        taken: Ids, names and labels that are used, each kind apart.
        numbers: The last number put behind a name or label.
    """

    act: Act
    ids: dict[str, str] = field(default_factory=dict)
    taken: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def give(self, kind: str, id: str, words: frozenset[str] = frozenset()) -> str:
        """Return the id for a thing of the package: its own, or one of ours where that can't be.

        Args:
            kind: The prefix of our ids for such things; ids of one kind are unique.
            id: The package's.
            words: Of the name that the id must not tell.
        """
        used = self.taken.setdefault(kind, set())
        is_kept = is_valid(id) and id not in used and not names_someone(id, words)
        given = id if is_kept else self.act.new_id(kind)
        used.add(given)
        self.ids[f"{kind} {id}"] = given
        return given

    def ours(self, kind: str, id: str) -> str:
        """Return the id that a thing of the package was given."""
        return self.ids[f"{kind} {id}"]

    def unique(self, kind: str, wanted: str) -> str:
        """Return a name or label that nothing of its kind has: the one wanted, or that with a number behind it."""
        used = self.taken.setdefault(kind, set())
        name = wanted
        while name in used:
            number = self.numbers[kind, wanted] = self.numbers.get((kind, wanted), 1) + 1
            name = f"{wanted} ({number})"
        used.add(name)
        return name

    def label(self, wanted: Any) -> str:  # noqa: ANN401 - JSON may be anything
        """Return the label of a security."""
        return self.unique("label", wanted.strip() if isinstance(wanted, str) and wanted.strip() else "(none)")
