"""No route, no command, no caller and no row sets what belongs to the members (scenario 59, E22 I22.5)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

import app
from governance.records import Enactment, Policy, Seat, SeatTerm, SeatVacated
from ledger import tables
from ledger.sessions.records import CreditRule
from tests import make
from tests.api.client import Body, Company

ROOT = Path(app.__file__).parent.parent

SETTERS: dict[str, set[str]] = {
    "policies.set_first": {"app/api/policies.py", "app/api/credit_policies.py"},
    "policies.adopt": {"app/enactments.py"},
    "choices.credit_rule": {"app/policy_settings.py"},
    "classes.adjust_plan": {"app/api/plans.py", "app/enactments.py"},
    "classes.adopt_plan": {"app/pools.py"},
    "classes.plan_draft": {"app/imports/ocf/registers.py", "ledger/equity/classes.py"},
    "seats.create_seat": {"app/api/board.py"},
    "seats.name_first": {"app/api/board.py"},
    "seats.add_seat": {"app/enactments.py", "governance/seats.py"},
    "seats.fill": {"app/enactments.py"},
    "seats.vacate": {"app/enactments.py", "governance/seats.py"},
}
"""What sets something of the members' -> who calls it: the founding's routes, which refuse afterwards; imports, which
begin a record; and what carries out what passed. No command is among them."""

KINDS = ("plan.adopted", "plan.adjusted")


def calls() -> Iterator[tuple[str, str]]:
    """Yield every call in the source, without the sample cooperative's: its name as written, and the file."""
    for package in ("app", "governance", "ledger"):
        for path in (ROOT / package).rglob("*.py"):
            file = str(path.relative_to(ROOT))
            if not file.startswith("app/demo/"):
                nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                yield from ((ast.unparse(node.func), file) for node in nodes if isinstance(node, ast.Call))


def test_nobody_calls_what_sets_a_policy_a_pool_or_a_seat_but_what_carries_out_votes() -> None:
    found: dict[str, set[str]] = {name: set() for name in SETTERS}
    for written, file in calls():
        for name in SETTERS:
            if written in {name, name.partition(".")[2]}:
                found[name].add(file)
    assert found == SETTERS


def ours(db: Session) -> dict[str, Any]:
    """Return all that belongs to the members, and what entries moved into pools or out of them by decision."""
    entry, posting, account = tables.entry.c, tables.posting.c, tables.account.c
    moved = (
        select(entry.n, posting.amount)
        .select_from(tables.entry)
        .join(tables.posting, posting.n == entry.n)
        .join(tables.account, account.id == posting.account)
        .where(account.path.like("pool:%"))
        .where(entry.kind.in_(KINDS) | entry.reverses.in_(select(entry.n).where(entry.kind.in_(KINDS))))
        .order_by(entry.n)
    )
    records = (Policy, CreditRule, Seat, SeatTerm, SeatVacated, Enactment)
    rows = {of.__spec__.name: db.execute(select(tables.table(of))).all() for of in records}
    return rows | {"pools": db.execute(moved).all()}


TRIGGERS = {
    "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_passed'",
    "postgresql": "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_passed'",
}

PREFIXES = re.compile(r"^(prp|pln|cls|hld|sea|sec|dft|eng|lay|pet|cmt|val)_[0-9A-Z]+$")


class Walk:
    """Somebody who may do everything, at every door."""

    def __init__(self, company: Company) -> None:
        self.company, self.office = company, company.office
        self.anybody = company.office.person("usr_founder")
        seat = company.steward.done("/board/seats", {"name": "Chair", "term_months": 24})
        company.steward.done("/policies/fees", {"value": {"fees": []}, "effective_from": "2026-01-01"})
        grant = company.granted()["id"]
        self.members = [self.office.runner.run(make.member) for _ in range(2)]
        self.own = self.office.person(self.members[0])
        self.known = {
            "pln": company.plan["id"],
            "cls": company.common["id"],
            "hld": self.members[0],
            "sea": seat["id"],
            "sec": grant,
            "plan_id": company.plan["id"],
            "class_id": company.common["id"],
            "holder": self.members[0],
            "member": self.members[0],
            "seat": seat["id"],
            "security": grant,
            "key": "fees",
        }

    def real(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return an example with ids of things that are there."""
        if isinstance(value, dict):
            return {name: self.real(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.real(inner) for inner in value]
        found = PREFIXES.match(value) if isinstance(value, str) else None
        return value if found is None else self.known.get(found[1], value)

    def knock(self, path: str, body: Body | None) -> int:
        """Ask for it as a founder, or as a member where it is a member's own; return the status."""
        who = self.own if path.startswith("/v1/members/") else self.anybody
        response = who.post(path.removeprefix("/v1"), body)
        assert response.status_code < 500, (path, response.text)
        return response.status_code


def bodies(schema: dict[str, Any], operation: dict[str, Any]) -> list[Body | None]:
    """Return the examples of what an operation takes."""
    described = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if described is None:
        return [None]
    model = schema["components"]["schemas"][described["$ref"].rpartition("/")[2]]
    return list(model["examples"])


def test_no_route_sets_what_belongs_to_the_members(company: Company) -> None:
    """Each write of the API is tried as its own description says, on things that are there, and every entry undone."""
    walk = Walk(company)
    runner = company.office.runner
    before, answers = runner.read(ours), []
    schema = company.office.http.get("/v1/openapi.json").json()
    for path, methods in schema["paths"].items():
        if "post" not in methods or path == "/v1/entries/{n}/reverse":
            continue
        address = re.sub(r"\{(\w+)\}", lambda found: str(walk.known.get(found[1], "7")), path)
        for body in bodies(schema, methods["post"]):
            answers.append(walk.knock(address, walk.real(body)))
    assert len(answers) > 100
    # many examples are carried out, so that not everything is refused for another reason
    assert answers.count(201) > 15, answers
    assert runner.read(ours) == before
    size = company.steward.told("/_info")["head"]["size"]
    for n in range(size):
        company.steward.post(f"/entries/{n}/reverse", {"reason": "A founder would rather not."})
    assert runner.read(ours) == before
    assert company.steward.told("/verify")["ok"] is True


def test_every_table_of_the_members_is_guarded_in_the_database(company: Company) -> None:
    """Whatever role the application has: the guards stand on the tables themselves."""
    wanted = {"policy", "seat", "seat_term", "seat_vacated", "head"}

    def guarded(db: Session) -> set[str]:
        return set(db.execute(text(TRIGGERS[db.get_bind().dialect.name])).scalars())

    assert company.office.runner.read(guarded) == wanted
