"""Patronage and capital over HTTP: by two people, to the cent and the unit, each part for its member alone."""

from __future__ import annotations

import pytest

from app.people.tokens import Scope
from tests.api.client import COMMON, PLAN, Body, problem
from tests.api.practice import JULY, Practice

MINUTES = {"A": 61_250, "B": 48_300, "C": 48_300, "D": 37_905, "E": 22_410, "F": 9_135}
TABLE = {"A": "26946.76", "B": "21249.45", "C": "21249.45", "D": "16676.20", "E": "9859.22", "F": "4018.92"}
"""cooperative-finance.md §2.6: $100,000.00 by minutes."""
POOL: Body = {"first_day": "2025-07-01", "last_day": "2025-07-31", "on": "2026-03-02"}

SOLVENT: Body = {
    "assets": {"amount": "2000.00", "currency": "USD"},
    "liabilities": {"amount": "500.00", "currency": "USD"},
    "pays_debts": True,
    "resolution_ref": "board:2031-01",
}


def usd(amount: str) -> Body:
    """So many dollars."""
    return {"amount": amount, "currency": "USD"}


def worked(practice: Practice, minutes: dict[str, int]) -> dict[str, str]:
    """Members who worked so many minutes in July, which is closed; name to id."""
    ids = {name: practice.provider(f"Member {name}") for name in minutes}
    rows = []
    for name, total in minutes.items():
        rows += tallies(ids[name], total)
    for first in range(0, len(rows), 1_000):
        practice.handed_in(*rows[first : first + 1_000])
    practice.closed()
    return ids


def tallies(provider: str, total: int) -> list[Body]:
    """Tallies of 960 minutes a day at most, as one provider can deliver them."""
    rows, day = [], 0
    while total:
        part = min(total, 960)
        row = {"provider": provider, "category": "INDIVIDUAL", "modality": "VIDEO", "minutes": part}
        rows.append(row | {"date": f"2025-07-{1 + day:02}", "count": max(1, -(-part // 480))})
        total, day = total - part, day + 1
    return rows


def surplus(practice: Practice, net: str = "100000.00", **changes: object) -> Body:
    """A year's surplus, all of it from members' work."""
    body: Body = {"fiscal_year": 2025, "net": usd(net), "member_minutes": 1, "all_minutes": 1}
    return practice.finance.done("/surpluses", body | {"resolution_ref": "members:1", "on": "2026-02-20"} | changes)


def previewed(practice: Practice, **changes: object) -> Body:
    """A pool previewed by finance."""
    return practice.finance.done("/patronage-drafts", POOL | changes)


def declared(practice: Practice, draft: Body) -> Body:
    """What was previewed, declared by the board."""
    body = {"terms_hash": draft["terms_hash"], "resolution_ref": "members:2", "on": "2026-03-02"}
    return practice.board.done(f"/patronage-drafts/{draft['id']}/declare", body)


def part_of(practice: Practice, member: str) -> Body:
    """A member's only part, as they see it."""
    [part] = practice.own(member).told(f"/members/{member}/allocations")["data"]
    assert isinstance(part, dict)
    return part


def test_a_small_pool_is_split_to_the_cent_and_each_sees_why(practice: Practice) -> None:
    """Scenario 44: the table of §2.6 at a hundredth: minutes and cents, one digit less."""
    scale = {name: minutes // 5 for name, minutes in MINUTES.items()}
    ids = worked(practice, scale)
    surplus(practice)
    draft = previewed(practice, pool=usd("100000.00"))
    assert (draft["state"], draft["members"], draft["held_back"]) == ("PREVIEWED", 6, "0.00")
    assert not set(ids.values()) & set(str(draft).replace("'", " ").split())
    assert declared(practice, draft)["state"] == "DECLARED"
    parts = {name: part_of(practice, id) for name, id in ids.items()}
    assert {name: part["allocated"]["amount"] for name, part in parts.items()} == TABLE
    assert {name: part["minutes"] for name, part in parts.items()} == scale
    own = practice.own(ids["D"])
    why = own.told(f"/members/{ids['D']}/allocations/{draft['id']}")
    assert (why["all_minutes"], why["rank"], why["exact"]) == (sum(scale.values()), 1, "3790500000/2273")
    again = practice.finance.told(f"/patronage-drafts/{draft['id']}/recompute")
    assert (again["is_same"], again["terms_hash"]) == (True, draft["terms_hash"])
    assert practice.finance.told("/verify")["ok"] is True


def test_two_people_and_exactly_what_was_previewed(practice: Practice) -> None:
    worked(practice, {"A": 600})
    surplus(practice)
    draft = previewed(practice, pool=usd("10.00"))
    path = f"/patronage-drafts/{draft['id']}/declare"
    body = {"terms_hash": draft["terms_hash"], "resolution_ref": "members:2", "on": "2026-03-02"}
    problem(practice.finance.post(path, body), 403, "four_eyes")
    problem(practice.board.post(path, body | {"terms_hash": "0" * 64}), 409, "not_approved")
    tried = practice.board.post(path, body, dry_run="true").json()
    assert (tried["dry_run"], tried["data"]["state"]) == (True, "DECLARED")
    first = practice.board.post(path, body, key="declare")
    assert practice.board.post(path, body, key="declare").content == first.content
    problem(practice.board.post(path, body), 409, "already_exists")
    listed = practice.finance.told("/patronage-drafts")["data"]
    assert [(one["id"], one["state"]) for one in listed] == [(draft["id"], "DECLARED")]


def test_with_consent_a_fifth_is_money_and_without_it_the_notice_is_not_qualified(practice: Practice) -> None:
    """Scenarios 46 and 47."""
    ids = worked(practice, {"A": 600, "B": 600})
    own = practice.own(ids["A"])
    assert own.done(f"/members/{ids['A']}/patronage-consent", {"is_given": True}) == {"is_given": True}
    problem(practice.finance.post(f"/members/{ids['A']}/patronage-consent", {"is_given": True}), 403, "not_yours")
    surplus(practice)
    declared(practice, previewed(practice, pool=usd("2469.14")))
    mine, other = part_of(practice, ids["A"]), part_of(practice, ids["B"])
    assert (mine["allocated"], mine["cash"], mine["retained"]) == (usd("1234.57"), usd("246.92"), usd("987.65"))
    assert (mine["notice"], other["notice"]) == ("QUALIFIED", "NONQUALIFIED")
    account = own.told(f"/members/{ids['A']}/capital-account")
    assert account["account"] == {"value": "987.65", "currency": "USD"}
    assert account["notices"] == [{"fiscal_year": 2025, "retained": usd("987.65")}]
    assert [one["payment"]["amount"] for one in account["if_leaving_today"]] == ["197.53"] * 5


def test_equal_credit_is_split_by_id(practice: Practice) -> None:
    """Scenario 45."""
    ids = worked(practice, {"A": 600, "B": 600, "C": 600})
    surplus(practice)
    declared(practice, previewed(practice, pool=usd("100.00")))
    assert [part_of(practice, id)["allocated"]["amount"] for id in sorted(ids.values())] == ["33.34", "33.33", "33.33"]


def test_only_who_pays_sees_payments_and_only_the_member_their_part(practice: Practice) -> None:
    ids = worked(practice, {"A": 600, "B": 300})
    surplus(practice)
    draft = previewed(practice, pool=usd("90.00"))
    pays = practice.office.person("usr_payroll", Scope.PATRONAGE_PAY)
    assert pays.told(f"/patronage-drafts/{draft['id']}/payments")["data"] == []
    declared(practice, draft)
    paid = pays.told(f"/patronage-drafts/{draft['id']}/payments")["data"]
    assert {one["member"]: one["cash"] for one in paid} == {ids["A"]: usd("12.00"), ids["B"]: usd("6.00")}
    assert [one["member"] for one in paid] == sorted(ids.values())
    problem(practice.steward.get(f"/members/{ids['A']}/allocations"), 403, "scope_missing")
    for path in ("allocations", f"allocations/{draft['id']}", "capital-account"):
        problem(practice.own(ids["B"]).get(f"/members/{ids['A']}/{path}"), 404, "not_found")
    problem(practice.own(practice.ana).get(f"/members/{practice.ana}/allocations/{draft['id']}"), 404, "not_found")


def test_units_are_granted_from_the_pool_and_vest(practice: Practice) -> None:
    ids = worked(practice, {"A": 600, "B": 300})
    common = practice.finance.done("/share-classes", COMMON)
    plan = practice.finance.done("/plans", PLAN | {"class_id": common["id"], "reserved": "1000"})
    vesting = {"months": 12, "cliff_months": 0, "every_months": 3}
    units = {"plan_id": plan["id"], "units": "1001", "vesting": vesting}
    problem(practice.finance.post("/patronage-drafts", POOL | units), 409, "pool_too_large")
    declared(practice, previewed(practice, **units | {"units": "1000"}))
    assert [part_of(practice, id)["units"] for id in ids.values()] == ["667", "333"]
    assert practice.finance.told(f"/plans/{plan['id']}")["available"] == "0"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pool": usd("1.00"), "plan_id": "pln_x", "units": "1"},
        {"plan_id": "pln_x"},
        {"pool": usd("1.001")},
        {"pool": {"amount": "1.00", "currency": "EUR"}},
        {"pool": usd("1.00"), "alpha": "2"},
        {"pool": usd("1.00"), "first_day": "2025-08-01"},
    ],
)
def test_a_pool_is_money_or_units_and_nothing_between(practice: Practice, body: Body) -> None:
    worked(practice, {"A": 600})
    surplus(practice)
    assert practice.finance.post("/patronage-drafts", POOL | body).status_code == 422


def test_an_open_month_nobody_and_too_much_are_refused(practice: Practice) -> None:
    surplus(practice)
    problem(practice.finance.post("/patronage-drafts", POOL | {"pool": usd("1.00")}), 409, "not_allowed_now")
    practice.closed()
    problem(practice.finance.post("/patronage-drafts", POOL | {"pool": usd("1.00")}), 409, "nobody_to_share")
    problem(practice.finance.post("/patronage-drafts", POOL | {"pool": usd("100000.01")}), 409, "pool_too_large")


def test_a_surplus_falls_as_in_the_worked_example(practice: Practice) -> None:
    """cooperative-finance.md §2.2."""
    told = surplus(practice, "840000.00", member_minutes=2_886_000, all_minutes=3_120_000, statutory_reserve="3/10")
    expected = ["840000.00", "777000.00", "63000.00", "233100.00", "0.00", "0.00", "0.00", "543900.00"]
    assert [amount["amount"] for amount in told.values()] == expected
    books = practice.finance.told("/capital")
    assert [books[name]["value"] for name in ("members", "collective", "allocable", "net_book_value")] == [
        "0.00",
        "296100.00",
        "543900.00",
        "840000.00",
    ]
    body = {"fiscal_year": 2025, "net": usd("1.00"), "member_minutes": 1, "all_minutes": 1}
    again = body | {"resolution_ref": "members:1", "on": "2026-02-20"}
    problem(practice.finance.post("/surpluses", again), 409, "already_exists")
    problem(practice.finance.post("/surpluses", again | {"fiscal_year": 2026, "education": "3"}), 422, "policy_invalid")


def test_a_loss_is_told_in_total_and_takes_nobody_below_zero(practice: Practice) -> None:
    ids = worked(practice, {"A": 600, "B": 300})
    practice.finance.done(f"/members/{ids['A']}/contributions", {"payment": usd("50.00"), "on": "2025-01-01"})
    body = POOL | {
        "fiscal_year": 2025,
        "loss": usd("100.00"),
        "collective_share": "2/5",
        "resolution_ref": "members:3",
    }
    told = practice.finance.done("/losses", body)
    assert (told["members"]["value"], told["collective"]["value"]) == ("-40.00", "-60.00")
    account = practice.own(ids["A"]).told(f"/members/{ids['A']}/capital-account")
    assert account["account"]["value"] == "10.00"


def test_notices_are_redeemed_oldest_first(practice: Practice) -> None:
    ids = worked(practice, {"A": 600})
    surplus(practice)
    declared(practice, previewed(practice, pool=usd("100.00")))
    practice.board.done("/solvency-statements", SOLVENT | {"on": "2031-01-01"})
    path = f"/members/{ids['A']}/redemptions"
    body = {"payment": usd("80.01"), "cause": "exit", "on": "2031-01-01"}
    problem(practice.finance.post(path, body), 409, "balance_too_low")
    problem(practice.finance.post(path, body | {"payment": usd("1.00"), "fiscal_year": 2026}), 409, "out_of_turn")
    practice.finance.done(path, body | {"payment": usd("80.00")})
    assert practice.own(ids["A"]).told(f"/members/{ids['A']}/capital-account")["notices"] == []
    problem(practice.own(ids["A"]).post(path, body), 403, "scope_missing")


def test_what_is_disputed_is_held_back(practice: Practice) -> None:
    ids = {name: practice.provider(name) for name in "AB"}
    practice.handed_in(*tallies(ids["A"], 600), *tallies(ids["B"], 300))
    own = practice.own(ids["B"])
    own.done(f"/providers/{ids['B']}/statements/{JULY}/disputes", {"about": "MISSING", "minutes": 100})
    practice.closed(holdback_minutes=100)
    surplus(practice)
    draft = previewed(practice, pool=usd("10.00"))
    assert draft["held_back"] == "1.00"
    declared(practice, draft)
    assert part_of(practice, ids["A"])["allocated"] == usd("6.00")
