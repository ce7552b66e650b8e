"""The few building blocks from which every schema of the format is put together.

A checker takes a parsed JSON value and returns its flaws, none when the value is as it should be. Checkers are
made once, when the module is loaded; checking makes no objects for a value that is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from app.imports.ocf.findings import Code


class Flaw(NamedTuple):
    """One way in which a value is not what its schema asks for; ``pointer`` leads there from the value checked."""

    pointer: str
    code: Code
    message: str

    def under(self, name: str | int) -> Flaw:
        """Return the same flaw as seen from the object or list that holds the value."""
        step = str(name).replace("~", "~0").replace("/", "~1")
        return Flaw(f"/{step}{self.pointer}", self.code, self.message)


Checker: TypeAlias = Callable[[object], tuple[Flaw, ...]]
Rule: TypeAlias = Callable[[Mapping[str, object]], tuple[Flaw, ...]]
OK: tuple[Flaw, ...] = ()


class Must(NamedTuple):
    """A field that has to be there."""

    check: Checker


Fields: TypeAlias = Mapping[str, "Checker | Must"]


Spec: TypeAlias = tuple[Fields, tuple[Rule, ...]]
"""What a type of item has beyond ``object_type``, ``id`` and ``comments``, and the rules between its fields."""


def spec(*rules: Rule, **fields: Checker | Must) -> Spec:
    """Write a type's fields and rules as one line of a table."""
    return fields, rules


def words(line: str) -> list[str]:
    """Return the words of a line: how the tables write their word lists."""
    return line.split()


def text(value: object) -> tuple[Flaw, ...]:
    """Any string, the empty one included."""
    return OK if isinstance(value, str) else _wrong_type(value, "text")


def boolean(value: object) -> tuple[Flaw, ...]:
    """True or false."""
    return OK if isinstance(value, bool) else _wrong_type(value, "true or false")


def integer(*, least: int | None = None) -> Checker:
    """Make a checker for whole JSON numbers; 3.0 is one, as JSON Schema has it."""

    def check(value: object) -> tuple[Flaw, ...]:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and not (isinstance(value, Decimal) and value == value.to_integral_value()):
            return _wrong_type(value, "a whole number")
        if least is not None and isinstance(value, int | Decimal) and value < least:
            return (Flaw("", Code.WRONG_VALUE, f"must be {least} or more"),)
        return OK

    return check


def pattern(regex: str, like: str) -> Checker:
    """Make a checker for text that matches ``regex`` as a whole; ``like`` completes "write it like …"."""
    matches = re.compile(regex, re.ASCII).fullmatch

    def check(value: object) -> tuple[Flaw, ...]:
        if not isinstance(value, str):
            return _wrong_type(value, f"text like {like}")
        return OK if matches(value) else (Flaw("", Code.WRONG_FORMAT, f"{shown(value)} should be written like {like}"),)

    return check


def one_of(words: str | Iterable[str]) -> Checker:
    """Make a checker for a closed set of words, given as one string of them or as an iterable."""
    known = frozenset(words.split() if isinstance(words, str) else words)
    wanted = ", ".join(sorted(known))

    def check(value: object) -> tuple[Flaw, ...]:
        if isinstance(value, str) and value in known:
            return OK
        return (Flaw("", Code.WRONG_VALUE, f"{shown(value)} should be one of {wanted}"),)

    return check


def list_of(each: Checker, *, least: int = 0, unique: bool = False) -> Checker:
    """Make a checker for a list of like values."""

    def check(value: object) -> tuple[Flaw, ...]:
        if not isinstance(value, list):
            return _wrong_type(value, "a list")
        flaws = [flaw.under(n) for n, one in enumerate(value) for flaw in each(one)]
        if len(value) < least:
            flaws.append(Flaw("", Code.WRONG_LENGTH, f"needs {least} or more entries"))
        if unique and len({v for v in value if isinstance(v, str)}) < sum(isinstance(v, str) for v in value):
            flaws.append(Flaw("", Code.WRONG_LENGTH, "names something twice"))
        return tuple(flaws)

    return check


def nullable(check: Checker) -> Checker:
    """Make a checker that takes null as well."""
    return lambda value: OK if value is None else check(value)


def record(fields: Fields, *rules: Rule) -> Checker:
    """Make a checker for an object with these fields and no others.

    A placeholder ``{"omitted": true}``, which some platforms export in place of a value they keep back, counts as
    absent.
    """
    checks = {name: field.check if isinstance(field, Must) else field for name, field in fields.items()}
    required = [name for name, field in fields.items() if isinstance(field, Must)]

    def check(value: object) -> tuple[Flaw, ...]:
        if not isinstance(value, dict):
            return _wrong_type(value, "an object")
        flaws: list[Flaw] = []
        for name, inner in value.items():
            known = checks.get(name)
            if known is None:
                flaws.append(Flaw("", Code.UNKNOWN_FIELD, "is not in the schema").under(name))
            elif found := known(inner):
                flaws += (absent(name, held_back=True),) if omitted(inner) else (flaw.under(name) for flaw in found)
        flaws += (absent(name) for name in required if name not in value)
        for rule in rules:
            flaws += rule(value)
        return tuple(flaws)

    return check


def tagged(alternatives: Mapping[str, Checker], key: str = "type") -> Checker:
    """Make a checker for an object that is one of several, told apart by the word in ``key``."""
    word = one_of(alternatives)

    def check(value: object) -> tuple[Flaw, ...]:
        if not isinstance(value, dict):
            return _wrong_type(value, "an object")
        if key not in value:
            return (absent(key),)
        return tuple(flaw.under(key) for flaw in word(value[key])) or alternatives[value[key]](value)

    return check


def exactly_one(*names: str) -> Rule:
    """Make a rule: one of these fields is there, and only one."""

    def rule(value: Mapping[str, object]) -> tuple[Flaw, ...]:
        given = [name for name in names if name in value]
        if len(given) == 1:
            return OK
        code = Code.WRONG_COMBINATION if given else Code.MISSING_FIELD
        return (Flaw(f"/{(given or names)[0]}", code, f"give exactly one of {' and '.join(names)}"),)

    return rule


def not_both(first: str, second: str) -> Rule:
    """Make a rule: these two fields exclude each other."""
    wrong = (Flaw(f"/{second}", Code.WRONG_COMBINATION, f"can't stand beside {first}"),)
    return lambda value: wrong if first in value and second in value else OK


def needs_when(name: str, key: str, words: Iterable[str]) -> Rule:
    """Make a rule: when ``key`` is one of ``words``, the field ``name`` is there."""
    cases = frozenset(words)

    def rule(value: Mapping[str, object]) -> tuple[Flaw, ...]:
        word = value.get(key)
        return (absent(name),) if isinstance(word, str) and word in cases and name not in value else OK

    return rule


def absent(name: str, *, held_back: bool = False) -> Flaw:
    """Return the flaw of a required field that is not there, or holds only a placeholder."""
    message = "is only a placeholder for a value that was kept back" if held_back else "is required"
    return Flaw("", Code.MISSING_FIELD, message).under(name)


def omitted(value: object) -> bool:
    """Return whether the value is only a placeholder for one that was kept back."""
    return isinstance(value, dict) and value == {"omitted": True}


def shown(value: object) -> str:
    """Return the value as a message may show it, never long."""
    written = repr(value) if isinstance(value, str | int | Decimal | None) else type(value).__name__
    return written if len(written) <= 60 else f"{written[:57]}…"


def _wrong_type(value: object, wanted: str) -> tuple[Flaw, ...]:
    hint = ' in quotes, such as "4800"' if isinstance(value, int | Decimal) and wanted.startswith("text") else ""
    return (Flaw("", Code.WRONG_TYPE, f"must be {wanted}{hint}"),)
