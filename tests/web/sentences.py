"""Every sentence that the pages say, found where it is said, in templates and modules, so that none stays English."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from jinja2 import nodes

from app import mail
from app.people import address_changes
from app.people.roles import Role
from app.reports.catalogue import CATALOGUE
from app.ties import wording
from app.web import render, starts
from ledger.equity.values import EventKind

SPEAKING = (Path(address_changes.__file__),)
"""Modules that say something, beside the pages and the letters."""

CHAMBERS = ("Members", "Providers", "Stockholders", "Board")

MADE_OF: Mapping[str, tuple[str, ...]] = {
    "role.value.title()": tuple(role.value.title() for role in Role),
    "chamber.name.capitalize()": CHAMBERS,
    "event.kind.value.replace(…).capitalize()": tuple(kind.value.replace("_", " ").capitalize() for kind in EventKind),
    "one.value.kind.value.replace('_', ' ').capitalize()": tuple(
        kind.value.replace("_", " ").capitalize() for kind in EventKind
    ),
    "checks.py: title": tuple(wording.TITLES.values()),
    "checks.py: sentence": tuple(wording.SENTENCES.values()),
    "checks.py: covers": tuple(wording.COVERS.values()),
    "reports.html: shelf.title": tuple(title for title, _ in CATALOGUE),
    "reports.html: one.purpose": tuple(one.purpose for _, listed in CATALOGUE for one in listed),
    "starts.py: question": tuple(sorted({one for asked in starts.QUESTIONS.values() for one in asked})),
    "starts.py: group": tuple(starts.GROUPS),
    "render.py: label": tuple(label for menu in (*render.MENUS.values(), *render.EARLY.values()) for _, label in menu),
}
"""How what stands in place of a sentence ends, to the sentences that it may be."""

Bound: TypeAlias = Mapping[str, list[ast.expr]]
"""Name in a module to what it may be: the values of a table, or what a loop over a list takes it through."""

BoundInTemplate: TypeAlias = Mapping[str, list[nodes.Node]]


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a page says: a sentence, or what stands in place of one."""

    where: str
    text: str
    is_sentence: bool = True


def sentences() -> set[str]:
    """Return every sentence that the pages may say.

    Raises:
        LookupError: A sentence is made of something that is not in ``MADE_OF``.
    """
    return {one for said in [*_in_templates(), *_in_modules()] for one in _may_be(said)}


def _may_be(said: Said) -> tuple[str, ...]:
    if said.is_sentence:
        return (said.text,)
    for end, listed in MADE_OF.items():
        if f"{said.where}: {said.text}".endswith(end):
            return listed
    raise LookupError(f"What may {said.text!r} of {said.where} say? Write it into MADE_OF.")


def _in_templates() -> Iterator[Said]:
    folder = render.FOLDER / "templates"
    for path in sorted([*folder.glob("*.html"), *(folder / "mail").glob("*.*")]):
        tree = render.environment().parse(path.read_text())
        bound = _bound_in_template(tree)
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"_", "several"}:
                for argument in call.args[: 1 if call.node.name == "_" else 2]:
                    yield from _of_template(path.name, argument, bound)


def _bound_in_template(tree: nodes.Template) -> BoundInTemplate:
    found: dict[str, list[nodes.Node]] = {}
    for one in tree.find_all(nodes.Assign):
        if isinstance(one.target, nodes.Name) and isinstance(one.node, nodes.Dict):
            found[one.target.name] = [pair.value for pair in one.node.items]
    for loop in tree.find_all(nodes.For):
        if isinstance(loop.iter, nodes.Tuple | nodes.List):
            targets = loop.target.items if isinstance(loop.target, nodes.Tuple) else [loop.target]
            for place, target in enumerate(targets):
                if isinstance(target, nodes.Name):
                    rows = [row.items[place] if isinstance(row, nodes.Tuple) else row for row in loop.iter.items]
                    found[target.name] = [*found.get(target.name, []), *rows]
    return found


def _of_template(where: str, said: nodes.Node, bound: BoundInTemplate) -> Iterator[Said]:
    """Return the sentences that an expression of a template may be."""
    may_be = _choices_in_template(said, bound)
    if isinstance(said, nodes.Const):
        yield Said(where, str(said.value))
    elif may_be is None:
        yield Said(where, _spelled(said), is_sentence=False)
    else:
        for one in may_be:
            yield from _of_template(where, one, bound)


def _choices_in_template(said: nodes.Node, bound: BoundInTemplate) -> Iterable[nodes.Node] | None:
    """Return what an expression chooses from, or None if that can't be told from the template."""
    if isinstance(said, nodes.CondExpr):
        return [one for one in (said.expr1, said.expr2) if one is not None]
    if isinstance(said, nodes.Name):
        return bound.get(said.name)
    if isinstance(said, nodes.Dict):
        return [pair.value for pair in said.items]
    if isinstance(said, nodes.Getitem):
        return _choices_in_template(said.node, bound)
    if isinstance(said, nodes.Call) and isinstance(said.node, nodes.Getattr) and said.node.attr == "get":
        table = _choices_in_template(said.node.node, bound)
        return None if table is None else [*table, *said.args[1:]]
    return None


def _spelled(of: nodes.Node) -> str:
    """Return an expression of a template about as it was written."""
    if isinstance(of, nodes.Name):
        return of.name
    if isinstance(of, nodes.Getattr):
        return f"{_spelled(of.node)}.{of.attr}"
    if isinstance(of, nodes.Getitem):
        return f"{_spelled(of.node)}[{_spelled(of.arg)}]"
    if isinstance(of, nodes.Call):
        return f"{_spelled(of.node)}({'…' if of.args else ''})"
    return type(of).__name__


def _in_modules() -> Iterator[Said]:
    pages, letters = Path(render.__file__).parent, Path(mail.__file__).parent
    for path in sorted([*pages.rglob("*.py"), *letters.glob("*.py"), *SPEAKING]):
        tree = ast.parse(path.read_text())
        bound = _bound_in_module(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _speaks(call.func):
                for argument in call.args[: 1 if call.func.attr == "say" else 2]:
                    yield from _of_module(path.name, argument, bound)


def _speaks(of: ast.Attribute) -> bool:
    """Return whether it is the reader's words that say something; a comment is said by others."""
    return of.attr in {"say", "several"} and ast.unparse(of.value).rpartition(".")[2] == "words"


def _bound_in_module(tree: ast.Module) -> Bound:
    found: dict[str, list[ast.expr]] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None:
            target = one.targets[0] if isinstance(one, ast.Assign) else one.target
            if isinstance(target, ast.Name):
                found[target.id] = [*found.get(target.id, []), *_listed(one.value)]
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For | ast.comprehension):
            rows = found.get(loop.iter.id, []) if isinstance(loop.iter, ast.Name) else _listed(loop.iter)
            targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
            for place, name in enumerate(targets):
                if isinstance(name, ast.Name):
                    taken = [row.elts[place] if isinstance(row, ast.Tuple) else row for row in rows]
                    found[name.id] = [*found.get(name.id, []), *taken]
    return found


def _listed(of: ast.expr) -> list[ast.expr]:
    """Return the values of a table or a list that is written out, or of a choice between two texts."""
    if isinstance(of, ast.Dict):
        return of.values
    if isinstance(of, ast.Tuple | ast.List):
        return of.elts
    is_text = isinstance(of, ast.Constant) and isinstance(of.value, str)
    return [of] if is_text or isinstance(of, ast.IfExp) else []


def _of_module(where: str, said: ast.expr, bound: Bound) -> Iterator[Said]:
    """Return the sentences that an expression of a module may be."""
    if isinstance(said, ast.Constant):
        yield Said(where, str(said.value))
        return
    table = said.value if isinstance(said, ast.Subscript) else said
    if isinstance(said, ast.IfExp):
        may_be = [said.body, said.orelse]
    elif isinstance(table, ast.Name):
        may_be = bound.get(table.id, [])
    else:
        may_be = _listed(table)
    if not may_be:
        yield Said(where, ast.unparse(said), is_sentence=False)
    for one in may_be:
        yield from _of_module(where, one, bound)
