"""Every refusal that a page may show, found where it is raised: its English text, with a place for each value."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.web import render

ROOT = Path(render.__file__).parents[2]

COVERED = (
    "ledger/errors.py",
    "ledger/journal.py",
    "ledger/members.py",
    "ledger/reading.py",
    "ledger/types.py",
    "ledger/equity/*.py",
    "ledger/sessions/*.py",
    "governance/*.py",
    "governance/tally/ballots.py",
    "governance/tally/elections.py",
    "app/*.py",
    "app/imports/sessions/saving.py",
    "app/imports/sessions/undoing.py",
    "app/imports/sessions/waiting.py",
    "app/people/*.py",
    "app/web/*.py",
    "app/webhooks/*.py",
)
"""The modules that do what the forms ask for."""

NOT_ON_PAGES = (
    "governance/audit_file.py",
    "governance/audit_lines.py",
    "ledger/equity/audit.py",
)
"""Modules among them that only the command line and the API meet."""

FEWEST_LETTERS = 12
"""A text with fewer letters of its own says next to nothing, and would be taken for others."""


def refusals() -> set[str]:
    """Return the texts of all refusals that pages can meet: ``There is no month {0}.``."""
    trees = {path: ast.parse(path.read_text()) for path in sorted((ROOT / "ledger").rglob("*.py"))}
    trees |= {
        path: ast.parse(path.read_text())
        for folder in ("governance", "app")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    classes = _classes(trees)
    constants = {name: value for tree in trees.values() for name, value in _assigned(tree.body)}
    left_out = {ROOT / one for one in NOT_ON_PAGES}
    covered = {path for pattern in COVERED for path in ROOT.glob(pattern)} - left_out
    found = {text for path in covered for text in _raised(trees[path], classes, constants)}
    return {text for text in found if sum(letter.isalpha() for letter in text) >= FEWEST_LETTERS}


def _classes(trees: Mapping[Path, ast.Module]) -> set[str]:
    """Return the names of the classes of refusals."""
    bases: dict[str, set[str]] = {}
    for tree in trees.values():
        for one in ast.walk(tree):
            if isinstance(one, ast.ClassDef):
                # a record may be called as a refusal is
                bases.setdefault(one.name, set()).update(ast.unparse(base).rpartition(".")[2] for base in one.bases)
    found = {"Refusal"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for one in body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            yield one.targets[0].id, one.value


def _raised(tree: ast.Module, classes: set[str], constants: Mapping[str, ast.expr]) -> Iterator[str]:
    for name, scope in _scopes(tree):
        local: dict[str, list[ast.expr]] = {}
        for one in ast.walk(scope):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                local.setdefault(one.targets[0].id, []).append(one.value)
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and (_called(call) in classes or (name in classes and _is_super(call))):
                told = [each.value for each in call.keywords if each.arg == "message"] or call.args
                for each in told:
                    yield from _texts(each, local, constants)


def _scopes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Return each function, and each class by its name: within it, ``super`` is known."""
    for one in ast.walk(tree):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            yield "", one
        elif isinstance(one, ast.ClassDef):
            yield one.name, one


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _is_super(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "super().__init__"


def _texts(of: ast.expr, local: Mapping[str, list[ast.expr]], constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """Return what an expression may say; nothing where it is not written here."""
    if isinstance(of, ast.Constant) and isinstance(of.value, str):
        yield of.value.replace("{", "{{").replace("}", "}}")
    elif isinstance(of, ast.JoinedStr):
        yield _skeleton(of)
    elif isinstance(of, ast.IfExp):
        yield from _texts(of.body, local, constants)
        yield from _texts(of.orelse, local, constants)
    elif isinstance(of, ast.BoolOp):
        for each in of.values:
            yield from _texts(each, local, constants)
    elif isinstance(of, ast.Name | ast.Attribute):
        name = of.id if isinstance(of, ast.Name) else of.attr
        bound = local.get(name, []) if isinstance(of, ast.Name) else []
        for each in bound or [constants[name]] if bound or (name in constants and name.isupper()) else []:
            yield from _texts(each, {}, constants)


def _skeleton(of: ast.JoinedStr) -> str:
    parts, places = [], 0
    for part in of.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value).replace("{", "{{").replace("}", "}}"))
        else:
            parts.append(f"{{{places}}}")
            places += 1
    return "".join(parts)
