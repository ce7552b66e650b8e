"""An election as a file tells it: what could be chosen, how often each choice was made, and how it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.tally.ballots import Choice
from governance.tally.counting import count_options
from governance.tally.methods import Form, Method
from governance.tally.result import Result
from governance.tally.schulze import Strength, schulze
from ledger.errors import Invalid


@dataclass(frozen=True, slots=True)
class Election:
    """A choice among options, ready to be counted.

    Attributes:
        title: As the file names it; may be empty.
        method: How it is counted.
        options: What could be chosen, each once; who has withdrawn is not among them.
        groups: How many made each choice (``ballots.positions``), blank ballots left out where they rank nobody.
        seats: How many are chosen.
        lot: All options in the order of the lot; None for none: the order of the options, or all that stay equal.
        blank: How many ranked nobody that still stands.
        withdrawn: Who stood on the ballot and no longer stands.
        strength: How Schulze's method measures a link.
    """

    title: str
    method: Method
    options: tuple[str, ...]
    groups: Mapping[Choice, int]
    seats: int = 1
    lot: tuple[str, ...] | None = None
    blank: int = 0
    withdrawn: tuple[str, ...] = ()
    strength: Strength = Strength.WINNING

    def __post_init__(self) -> None:
        """Refuse what can't be counted: nothing to choose, an option twice, no seat, a lot of other options."""
        if self.method.form in {Form.YES_NO, Form.CONSENT}:
            raise Invalid(f"{self.method.value} is no method for a choice among options.", field="method")
        if not self.options:
            raise Invalid("There is nothing to choose from.", field="candidates")
        if len(set(self.options)) < len(self.options):
            raise Invalid("Two candidates have the same name; tell them apart.", field="candidates")
        if self.seats < 1:
            raise Invalid("An election fills one seat or more.", field="seats")
        if self.lot is not None and sorted(self.lot) != sorted(self.options):
            raise Invalid("The lot names each candidate once, and nobody else.", field="lot")

    @property
    def ballots(self) -> int:
        """How many voted, blank ballots among them."""
        return sum(self.groups.values()) + self.blank

    def count(self) -> Result:
        """Return what it comes to, with every round."""
        if self.method is Method.SCHULZE:
            return schulze(self.options, self.groups, self.lot, self.strength)
        return count_options(self.method, self.options, self.groups, seats=self.seats, lot=self.lot)
