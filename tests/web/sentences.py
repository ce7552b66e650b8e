"""Every sentence that the pages say, found where it is said, in templates and modules, so that none stays English."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import nodes

from app.people.roles import Role
from app.web import render
from ledger.equity.values import EventKind

CHAMBERS = ("Members", "Providers", "Stockholders", "Board")

MADE_OF: Mapping[str, tuple[str, ...]] = {
    "base.html: here.role.value.title()": tuple(role.value.title() for role in Role),
    "roles.html: role.value.title()": tuple(role.value.title() for role in Role),
    "decision.html: chamber.name.capitalize()": CHAMBERS,
    "grant.html: event.kind.value.replace(…).capitalize()": tuple(
        kind.value.replace("_", " ").capitalize() for kind in EventKind
    ),
    "render.py: label": tuple(label for menu in render.MENUS.values() for _, label in menu),
}
"""What stands where a sentence is not written out, to the sentences that it may be."""


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
    found: set[str] = set()
    for said in [*_in_templates(), *_in_modules()]:
        found.update((said.text,) if said.is_sentence else MADE_OF[f"{said.where}: {said.text}"])
    return found


def _in_templates() -> Iterator[Said]:
    environment = render.environment()
    for path in sorted((render.FOLDER / "templates").glob("*.html")):
        tree = environment.parse(path.read_text())
        named = {
            one.target.name: one.node
            for one in tree.find_all(nodes.Assign)
            if isinstance(one.target, nodes.Name) and isinstance(one.node, nodes.Dict)
        }
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in {"_", "several"}:
                for argument in call.args[: 1 if call.node.name == "_" else 2]:
                    yield from _of_template(path.name, argument, named)


def _of_template(where: str, said: nodes.Expr, named: Mapping[str, nodes.Expr]) -> Iterator[Said]:
    """Return the sentences that an expression of a template may be."""
    if isinstance(said, nodes.Const):
        yield Said(where, str(said.value))
    elif isinstance(said, nodes.CondExpr):
        for one in (said.expr1, said.expr2):
            if one is not None:
                yield from _of_template(where, one, named)
    elif isinstance(said, nodes.Getitem):
        yield from _of_table(where, said, said.node, named)
    elif isinstance(said, nodes.Call) and isinstance(said.node, nodes.Getattr) and said.node.attr == "get":
        yield from _of_table(where, said, said.node.node, named)
        for otherwise in said.args[1:]:
            yield from _of_template(where, otherwise, named)
    else:
        yield Said(where, _spelled(said), is_sentence=False)


def _of_table(where: str, said: nodes.Expr, table: nodes.Node, named: Mapping[str, nodes.Expr]) -> Iterator[Said]:
    if isinstance(table, nodes.Name):
        table = named.get(table.name, table)
    if not isinstance(table, nodes.Dict):
        yield Said(where, _spelled(said), is_sentence=False)
        return
    for pair in table.items:
        yield from _of_template(where, pair.value, named)


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
    for path in sorted(Path(render.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text())
        named = {
            one.targets[0].id: one.value
            for one in ast.walk(tree)
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and isinstance(one.value, ast.Dict)
        } | {
            one.target.id: one.value
            for one in ast.walk(tree)
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(one.value, ast.Dict)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _speaks(call.func):
                for argument in call.args[: 1 if call.func.attr == "say" else 2]:
                    yield from _of_module(path.name, argument, named)


def _speaks(of: ast.Attribute) -> bool:
    """Return whether it is the reader's words that say something; a comment is said by others."""
    return of.attr in {"say", "several"} and ast.unparse(of.value).rpartition(".")[2] == "words"


def _of_module(where: str, said: ast.expr, named: Mapping[str, ast.Dict]) -> Iterator[Said]:
    """Return the sentences that an expression of a module may be."""
    if isinstance(said, ast.Constant):
        yield Said(where, str(said.value))
    elif isinstance(said, ast.IfExp):
        for one in (said.body, said.orelse):
            yield from _of_module(where, one, named)
    elif isinstance(said, ast.Subscript) and _table(said.value, named) is not None:
        table = _table(said.value, named)
        assert table is not None
        for value in table.values:
            yield from _of_module(where, value, named)
    else:
        yield Said(where, ast.unparse(said), is_sentence=False)


def _table(of: ast.expr, named: Mapping[str, ast.Dict]) -> ast.Dict | None:
    if isinstance(of, ast.Name):
        return named.get(of.id)
    return of if isinstance(of, ast.Dict) else None
