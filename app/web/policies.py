"""Our rules: what belongs to the members, what counts now and since when, what it said before, how to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.web import policy_words, rule_words
from app.web.member import today_of
from app.web.motion_words import Change
from app.web.site import Here, Own, Pages, View
from app.web.starts import start_of_key
from governance import policies, proposals
from governance.differences import Line, changed_lines
from governance.policies import RULES
from governance.records import Policy, ProposalKind
from ledger.errors import NotFound
from ledger.members import members_on

pages = Pages()


@dataclass(frozen=True, slots=True)
class Shown:
    """A version of a policy.

    Attributes:
        rows: What it says, line by line.
        text: Of a document, its words.
        by: What members passed, by title; None where the founders set it.
        changes: What it changed, line by line,
        lines: and of a document, the lines of both.
        is_now: Whether it counts today.
    """

    of: Policy
    rows: Mapping[str, str]
    text: str
    by: str | None
    changes: tuple[Change, ...] = ()
    lines: tuple[Line, ...] = ()
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Ours:
    """A policy in the list: what counts now, or that nothing does any more."""

    key: str
    name: str
    now: Shown | None
    change: str
    versions: int


@pages.get("/rules", Own, long=True)
def rules(db: Session, here: Here) -> View:
    """Everything that belongs to the members, with what counts now."""
    on = today_of(db, here)
    found = [_ours(db, here, key, on) for key in policies.keys(db) if not key.startswith(RULES)]
    missing = [
        (policy_words.name_of(key, here.words), _change(key))
        for key in policy_words.NAMES
        if key not in {one.key for one in found}
    ]
    return View("rules.html", {"ours": found, "missing": missing, "may": here.me in members_on(db, on)})


def _ours(db: Session, here: Here, key: str, on: date) -> Ours:
    versions = policies.history(db, key)
    now = policies.version_on(versions, on)
    shown = None if now is None else _shown(db, here, now)
    name = policy_words.name_of(key, here.words, versions[-1].value)
    return Ours(key, name, shown, _change(key), len(versions))


def _change(key: str) -> str:
    """Return where a change of a policy is put forward, with what counts now filled in."""
    return f"/decisions/new/{start_of_key(key).value}?about={key}"


def _shown(db: Session, here: Here, of: Policy) -> Shown:
    told = dict(policy_words.rows(of.key, of.value, here.words))
    text = str(of.value["text"]) if "text" in of.value else ""
    if text:
        told = {}
    by = None if of.proposal is None else proposals.version(db, of.proposal).title
    return Shown(of, told, text, by)


@pages.get("/rules/decisions", Own, long=True)
def how_we_decide(db: Session, here: Here) -> View:
    """By which rule each kind of proposal is decided today, and since when."""
    on, found = today_of(db, here), []
    for kind in ProposalKind:
        in_force = policies.rules_in_force(db, kind, on)
        set_by = policies.in_force(db, f"{RULES}{kind.value}", on)
        found.append(
            (
                kind.value,
                policy_words.kind(kind, here.words),
                rule_words.bodies(in_force, here.words),
                rule_words.times(in_force, here.words),
                None if set_by is None else _shown(db, here, set_by),
            )
        )
    return View("rules_decisions.html", {"kinds": found, "may": here.me in members_on(db, on)})


@pages.get("/rules/{key}", Own, long=True)
def history(db: Session, here: Here, key: str) -> View:
    """One policy: what it says in full, and every version before, each with what it changed."""
    versions = policies.history(db, key)
    if not versions:
        raise NotFound("There is no such rule.", field="key")
    on = today_of(db, here)
    now = policies.version_on(versions, on)
    steps, before = [], None
    for one in versions:
        steps.append(_step(db, here, one, before, is_now=one == now))
        before = one
    name = policy_words.name_of(key, here.words, versions[-1].value)
    values = {"name": name, "key": key, "steps": steps[::-1], "change": _change(key), "today": on}
    return View("rule.html", values | {"may": here.me in members_on(db, on)})


def _step(db: Session, here: Here, of: Policy, before: Policy | None, *, is_now: bool) -> Shown:
    shown = _shown(db, here, of)
    if before is None:
        return Shown(of, shown.rows, shown.text, shown.by, is_now=is_now)
    old = _shown(db, here, before)
    labels = {**shown.rows, **old.rows}
    changes = [Change(label, old.rows.get(label), shown.rows.get(label)) for label in labels]
    changed = tuple(one for one in changes if one.before != one.after)
    lines = changed_lines(old.text, shown.text) if shown.text or old.text else ()
    return Shown(of, shown.rows, shown.text, shown.by, changed, lines, is_now)
