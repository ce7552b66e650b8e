"""Capital paid out over HTTP and from a shell: the board states, finance promises and pays, members see their own."""

from __future__ import annotations

import json

from sqlalchemy import Engine

from app.cli import exits
from app.people.tokens import Scope
from tests.api.client import Body, problem
from tests.api.practice import Practice
from tests.api.test_patronage import SOLVENT, declared, previewed, surplus, usd, worked
from tests.cli.conftest import Vestry, launcher, vestry

__all__ = ["launcher", "vestry"]

LEFT: Body = {"cause": "LEFT", "on": "2026-02-01"}
PARTS = ["186.21", "186.21", "186.20", "186.20", "186.20"]
"""cooperative-finance.md §2.5: $931.02 over five years."""


def credited(practice: Practice) -> str:
    """A member with a capital account of $931.02, of which $431.02 are notices."""
    [member] = worked(practice, {"A": 600}).values()
    practice.finance.done(f"/members/{member}/contributions", {"payment": usd("500.00"), "on": "2024-01-15"})
    surplus(practice)
    declared(practice, previewed(practice, pool=usd("538.78")))
    return member


def who_left(practice: Practice) -> str:
    """The same, who left."""
    member = credited(practice)
    practice.finance.done(f"/holders/{member}/leave", {"reason": "VOLUNTARY_OTHER", "on": "2026-01-31"})
    return member


def paid(parts: list[Body]) -> list[str]:
    """The amounts of payments."""
    return [str(part["payment"]["amount"]) for part in parts]


def test_an_exit_is_promised_seen_and_paid(practice: Practice) -> None:
    member = who_left(practice)
    exits_of = f"/members/{member}/exits"
    tried = practice.finance.post(exits_of, LEFT, dry_run="true").json()
    assert (tried["dry_run"], practice.finance.told(exits_of)["data"]) == (True, [])
    promised = practice.finance.done(exits_of, LEFT)
    assert paid(promised["promised"]) == paid(promised["unpaid"]) == PARTS
    assert (promised["promised"][0]["opens_on"], promised["promised"][0]["due_on"]) == ("2026-12-31", "2027-03-31")
    account = practice.own(member).told(f"/members/{member}/capital-account")
    assert (account["account"]["value"], paid(account["promised"])) == ("931.02", PARTS)
    assert account["if_leaving_today"] == []

    path, day = f"/exits/{promised['id']}/payments", "2027-02-01"
    told = problem(practice.finance.post(path, {"on": "2026-12-30"}), 409, "out_of_turn")
    assert "from 2026-12-31 to 2027-03-31" in told["detail"]
    problem(practice.finance.post(path, {"on": day}), 409, "not_solvent")
    stated = practice.board.done("/solvency-statements", SOLVENT | {"on": day})
    assert (stated["good_until"], stated["payable"]) == ("2027-06-01", usd("1500.00"))
    problem(practice.board.post(path, {"on": day}), 403, "four_eyes")
    first = practice.finance.post(path, {"on": day}, key="once")
    assert first.json()["data"] == {"payment": usd("186.21")}
    assert practice.finance.post(path, {"on": day}, key="once").content == first.content
    [left] = practice.finance.told(exits_of)["data"]
    assert paid(left["unpaid"]) == PARTS[1:]
    [listed] = practice.finance.told("/solvency-statements")["data"]
    assert listed["payable"] == usd("1313.79")
    problem(practice.finance.post(path, {"on": day, "payment": usd("800.00")}), 409, "out_of_turn")
    early = {"on": day, "payment": usd("744.82"), "resolution": "board:7"}
    problem(practice.finance.post(path, early), 409, "balance_too_low")
    practice.finance.done(path, early | {"payment": usd("744.81")})
    assert practice.finance.told("/capital")["members"]["value"] == "0.00"
    assert practice.finance.told("/verify")["ok"] is True


def test_finance_sees_what_is_due_and_nobody_else_whose_it_is(practice: Practice) -> None:
    member = credited(practice)
    assert practice.finance.told("/capital/dues")["data"] == []
    [revolving] = practice.finance.told("/capital/dues", until="2030-01-01")["data"]
    assert (revolving["fiscal_year"], revolving["payment"], revolving["due_on"]) == (2025, usd("431.02"), "2030-12-31")
    practice.finance.done(f"/holders/{member}/leave", {"reason": "VOLUNTARY_OTHER", "on": "2026-01-31"})
    schedule = practice.finance.done(f"/members/{member}/exits", LEFT)["id"]
    told = practice.finance.told("/capital/dues", until="2028-01-01")
    assert [(due["schedule"], due["member"]) for due in told["data"]] == [(schedule, member)] * 2
    assert told["total"] == usd("372.42")
    reads = practice.office.person("usr_reader", Scope.PATRONAGE_READ, Scope.CAPITAL_WRITE)
    problem(reads.get("/capital/dues"), 403, "scope_missing")
    problem(reads.get(f"/members/{member}/exits"), 403, "scope_missing")
    problem(reads.post("/solvency-statements", SOLVENT | {"on": "2027-02-01"}), 403, "scope_missing")


def test_what_does_not_fit_is_refused_with_the_reason(practice: Practice) -> None:
    member = credited(practice)
    path = f"/members/{member}/exits"
    assert "has not left" in problem(practice.finance.post(path, LEFT), 409, "not_allowed_now")["detail"]
    problem(practice.finance.post(path, LEFT | {"cause": "HARDSHIP"}), 422, "invalid")
    problem(practice.finance.post(path, LEFT | {"cause": "BORED"}), 422, "invalid")
    problem(practice.finance.post("/members/hld_nobody/exits", LEFT), 404, "not_found")
    problem(practice.finance.post("/exits/exs_none/payments", {"on": "2027-02-01"}), 404, "not_found")
    statement = SOLVENT | {"on": "2027-02-01"}
    problem(
        practice.board.post("/solvency-statements", statement | {"good_until": "2027-06-02"}), 422, "dates_out_of_order"
    )
    problem(practice.board.post("/solvency-statements", statement | {"assets": usd("1.001")}), 422, "quantity_invalid")
    debts = {name: value for name, value in statement.items() if name != "liabilities"}
    assert practice.board.done("/solvency-statements", debts)["payable"] == usd("2000.00")


def test_a_cashed_check_makes_a_notice_qualified_and_the_form_says_so(practice: Practice) -> None:
    """Scenarios 47 and 48."""
    member = credited(practice)
    [draft] = practice.finance.told("/patronage-drafts")["data"]
    [form] = practice.finance.told("/patronage-forms/2026")["data"]
    assert (form["member"], form["dividends"], form["redeemed"]) == (member, usd("107.76"), usd("0.00"))
    path, check = f"/patronage-drafts/{draft['id']}/checks-cashed", {"member": member, "on": "2026-12-15"}
    assert "2026-12-14" in problem(practice.finance.post(path, check), 409, "not_allowed_now")["detail"]
    practice.finance.done(path, check | {"on": "2026-12-14"})
    problem(practice.finance.post(path, check), 409, "already_exists")
    [form] = practice.finance.told("/patronage-forms/2026")["data"]
    assert form["dividends"] == usd("538.78")
    assert practice.finance.told("/patronage-forms/2025")["data"] == []


def test_a_shell_does_it_too(engine: Engine, practice: Practice, vestry: Vestry) -> None:
    member, address = who_left(practice), engine.url.render_as_string(hide_password=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        done = vestry("capital", *arguments, database=address)
        return done.returncode, done.stdout, done.stderr

    code, told, said = run("exit", member, "--cause", "LEFT", "--actor", "usr_finance", "--on", "2026-02-01", "--json")
    assert code == exits.OK, said
    schedule = json.loads(told)["id"]
    pay = ("pay", schedule, "--on", "2027-02-01")
    assert run(*pay, "--actor", "usr_finance")[0] == exits.CONFLICT
    figures = ("--assets", "2000.00", "--liabilities", "500", "--pays-debts")
    stated = run("solvency", *figures, "--resolution", "board:1", "--actor", "usr_board", "--on", "2027-02-01")
    assert stated[0] == exits.OK, stated[2]
    assert run(*pay, "--actor", "usr_finance", "--dry-run")[1].startswith("186.21 USD")
    assert run(*pay, "--actor", "usr_finance")[0] == exits.OK
    code, told, _ = run("dues", "--until", "2028-03-31", "--json")
    due = json.loads(told)
    assert (code, due["member"], due["due_on"], due["amount"]) == (exits.OK, member, "2028-03-30", "186.21")
    assert member in run("dues", "--until", "2028-03-31")[1]
    refused = run("redeem", member, "--amount", "1.00", "--cause", "revolving", "--actor", "x", "--on", "2027-02-01")
    assert (refused[0], refused[2].count("\n")) == (exits.CONFLICT, 2)
    assert run("dues", "--until", "soon")[0] == exits.REFUSED
