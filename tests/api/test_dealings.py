"""Every deed on a security is within reach, and does over HTTP what it does inside."""

from __future__ import annotations

from typing import Any

from tests.api.client import COMMON, Company, problem

LATER = "2027-06-01"
"""Half of the grant has vested: 27 months of 48."""


def shown(security: dict[str, Any], *names: str) -> tuple[Any, ...]:
    """Return some fields of a security."""
    return tuple(security[name] for name in names)


def left(company: Company) -> str:
    """Return what the pool has left in the end."""
    return str(company.steward.told(f"/plans/{company.plan['id']}", as_of="2030-01-01")["available"])


def test_vested_options_are_exercised_into_a_certificate(company: Company) -> None:
    grant = company.granted()
    path = f"/securities/{grant['id']}/exercise"
    problem(company.steward.post(path, {"quantity": "2701", "on": LATER}), 409, "not_allowed_now")
    done = company.steward.done(path, {"quantity": "700", "on": LATER})
    [certificate] = done["results"]
    assert shown(certificate, "label", "kind", "outstanding", "from_security") == ("CS-1", "STOCK", "700", grant["id"])
    assert shown(done["security"], "outstanding", "vested", "exercisable") == ("4100", "2700", "2000")
    problem(company.steward.post(path, {"quantity": "1", "on": "2027-05-31"}), 409, "later_change_exists")


def test_rsus_are_settled_less_what_is_withheld_for_tax(company: Company) -> None:
    grant = company.granted(award_type="RSU", price=None)
    path = f"/securities/{grant['id']}/settle"
    done = company.steward.done(path, {"quantity": "1000", "withheld": "350", "certificate": "CS-9", "on": LATER})
    assert shown(done["results"][0], "label", "outstanding") == ("CS-9", "650")
    assert left(company) == "1495550"
    wrong = {"quantity": "100", "withheld": "100", "on": LATER}
    assert problem(company.steward.post(path, wrong), 422, "terms_invalid")["errors"][0]["pointer"] == "/withheld"


def test_a_certificate_is_transferred_in_part(company: Company) -> None:
    shares, ben = company.shares(), company.holder()
    order = {"to": ben, "quantity": "400", "price": {"amount": "1.20", "currency": "USD"}, "on": LATER}
    done = company.steward.done(f"/securities/{shares['id']}/transfer", order)
    gone, kept = done["results"]
    assert shown(done["security"], "outstanding") == ("0",)
    assert shown(gone, "holder", "outstanding", "from_security") == (ben, "400", shares["id"])
    assert done["security"]["events"][-1]["price"] == order["price"]
    assert shown(kept, "holder", "outstanding") == (company.ava["id"], "600")
    of_ben = company.steward.told("/securities", holder=ben)["data"]
    assert [security["id"] for security in of_ben] == [gone["id"]]


def test_preferred_shares_become_common_at_the_ratio_in_force(company: Company) -> None:
    preferred = COMMON | {"name": "Seed", "kind": "PREFERRED", "prefix": "PS-", "converts_to": company.common["id"]}
    seed = company.steward.done("/share-classes", preferred)
    company.steward.done(f"/share-classes/{seed['id']}/ratio", {"numerator": 3, "denominator": 2, "on": "2025-01-01"})
    shares = company.shares(class_id=seed["id"])
    done = company.steward.done(f"/securities/{shares['id']}/convert", {"quantity": "100", "on": LATER})
    common, rest = done["results"]
    assert shown(common, "class_id", "outstanding") == (company.common["id"], "150")
    assert shown(rest, "class_id", "outstanding") == (seed["id"], "900")


def test_shares_are_bought_back_and_cancelled(company: Company) -> None:
    shares = company.shares()
    order = {"quantity": "250", "price": {"amount": "0.62", "currency": "USD"}, "into_treasury": True, "on": LATER}
    [rest] = company.steward.done(f"/securities/{shares['id']}/repurchase", order)["results"]
    assert rest["outstanding"] == "750"
    cancelled = company.steward.done(f"/securities/{rest['id']}/cancel", {"reason": "Given up.", "on": LATER})
    assert (cancelled["security"]["outstanding"], cancelled["results"]) == ("0", [])
    company.shares(quantity="250", from_treasury=True, on=LATER)


def test_part_of_a_grant_is_cancelled_and_returns_to_the_pool(company: Company) -> None:
    grant = company.granted()
    order = {"quantity": "800", "reason": "By agreement.", "on": LATER}
    done = company.steward.done(f"/securities/{grant['id']}/cancel", order)
    assert (done["security"]["outstanding"], done["results"]) == ("4000", [])
    assert left(company) == "1496000"


def test_certificates_are_divided_and_put_together(company: Company) -> None:
    shares = company.shares()
    parts = [{"quantity": "600"}, {"quantity": "400", "label": "CS-12"}]
    done = company.steward.done(f"/securities/{shares['id']}/reissue", {"parts": parts, "on": LATER})
    assert [shown(each, "label", "outstanding") for each in done["results"]] == [("CS-2", "600"), ("CS-12", "400")]
    one = company.steward.done(
        "/securities/consolidate", {"securities": [each["id"] for each in done["results"]], "on": LATER}
    )
    assert shown(one, "label", "outstanding") == ("CS-13", "1000")


def test_an_option_is_repriced_to_the_new_valuation(company: Company) -> None:
    grant = company.granted()
    price = {"amount": "0.31", "currency": "USD"}
    path = f"/securities/{grant['id']}/reprice"
    refused = company.steward.post(path, {"price": price, "on": "2025-09-01"})
    assert problem(refused, 422, "terms_invalid")["errors"][0]["pointer"] == "/price"
    lower = {"class_id": company.common["id"], "price": price, "on": "2025-09-01", "expires_on": "2026-08-31"}
    company.steward.done("/valuations", lower)
    done = company.steward.done(path, {"price": price, "reason": "The valuation fell.", "on": "2025-09-01"})
    assert shown(done["security"], "price", "price_now") == (grant["price"], price)
    assert len(company.steward.told("/valuations", class_id=company.common["id"])["data"]) == 2


def test_a_split_multiplies_shares_and_divides_prices(company: Company) -> None:
    grant, shares = company.granted(), company.shares()
    path = f"/share-classes/{company.common['id']}"
    company.steward.done(f"{path}/splits", {"numerator": 2, "denominator": 1, "on": LATER})
    assert company.steward.told(f"/securities/{shares['id']}", as_of=LATER)["outstanding"] == "2000"
    after = company.steward.told(f"/securities/{grant['id']}", as_of=LATER)
    assert (after["outstanding"], after["price_now"]["amount"]) == ("9600", "0.31")
    assert company.steward.told(path, as_of=LATER)["authorised"] == "20000000"
    problem(
        company.steward.post(f"{path}/splits", {"numerator": 2, "denominator": 2, "on": LATER}), 422, "terms_invalid"
    )


def test_the_charter_authorises_more_and_never_less_than_is_issued(company: Company) -> None:
    path = f"/share-classes/{company.common['id']}"
    company.steward.done(f"{path}/authorised", {"authorised": "14000000", "on": "2025-03-01"})
    assert company.steward.told(path)["authorised"] == "14000000"
    refused = company.steward.post(f"{path}/authorised", {"authorised": "1499999", "on": "2025-03-02"})
    problem(refused, 409, "authorised_exhausted")


def test_vesting_pauses_for_a_leave_that_the_plan_lets_pause_it(company: Company) -> None:
    plan = company.steward.done(
        "/plans",
        {
            "name": "Pausing",
            "class_id": company.common["id"],
            "reserved": "9000",
            "pauses_for_leave": True,
            "on": "2024-01-10",
        },
    )
    grant = company.granted(plan_id=plan["id"])
    path = f"/securities/{grant['id']}"
    leave = {"leave": "PARENTAL", "on": "2025-09-01", "until": "2025-12-15"}
    problem(company.steward.post(f"{path}/pause", leave), 409, "vesting_protected_leave")
    paused = company.steward.done(f"{path}/pause", leave | {"leave": "UNPAID_PERSONAL"})
    assert paused["instalments"][0]["mark"] == "paused"
    resumed = company.steward.done(f"{path}/resume", {"on": "2025-12-01"})
    assert resumed["instalments"][0] == {"date": "2026-06-01", "quantity": "1200", "mark": "scheduled"}


def test_units_are_accelerated(company: Company) -> None:
    grant = company.granted()
    path = f"/securities/{grant['id']}/accelerate"
    done = company.steward.done(path, {"quantity": "600", "reason": "Layoff.", "on": "2025-05-20"})
    assert shown(done, "vested", "unvested") == ("600", "4200")
    everything = company.steward.done(path, {"order": "ALL", "reason": "Sale.", "on": "2025-05-21"})
    assert everything["unvested"] == "0"


def test_a_milestone_and_a_late_start_bring_instalments(company: Company) -> None:
    waiting = {
        "id": "licence",
        "name": "On licensing",
        "description": "All at once, on the day of the licence.",
        "allocation_type": "CUMULATIVE_ROUNDING",
        "vesting_conditions": [
            {
                "id": "licensed",
                "description": "A licence to practise.",
                "portion": {"numerator": "1", "denominator": "1"},
                "trigger": {"type": "VESTING_EVENT"},
                "next_condition_ids": [],
            }
        ],
    }
    grant = company.granted(vesting=waiting)
    assert grant["instalments"][0]["mark"] == "awaited"
    path = f"/securities/{grant['id']}/milestones"
    unknown = {"condition": "nothing", "happened_on": "2025-06-01", "on": "2025-06-01"}
    assert company.steward.post(path, unknown).status_code == 422
    done = company.steward.done(path, unknown | {"condition": "licensed"})
    assert shown(done, "vested", "unvested") == ("4800", "0")
    refused = company.steward.post(
        f"/securities/{grant['id']}/vesting-start", {"vesting_start": "2025-06-01", "on": "2025-06-01"}
    )
    problem(refused, 409, "not_allowed_now")


def test_who_leaves_keeps_what_has_vested_until_the_window_closes(company: Company) -> None:
    grant = company.granted()
    left_on = {"reason": "VOLUNTARY_OTHER", "on": LATER}
    told = company.steward.done(f"/holders/{company.ava['id']}/leave", left_on)
    assert shown(told["engagements"][0], "ended_on", "reason") == (LATER, "VOLUNTARY_OTHER")
    assert shown(told["securities"][0], "outstanding", "exercisable", "exercisable_until") == (
        "2700",
        "2700",
        "2028-06-01",
    )
    assert left(company) == "1497300"
    problem(company.steward.post(f"/holders/{company.ava['id']}/leave", left_on), 409, "not_allowed_now")
    problem(company.steward.post(f"/securities/{grant['id']}/expire", {"on": "2028-06-01"}), 409, "not_allowed_now")
    assert company.steward.done("/securities/expire-due", {"on": "2028-06-02"}) == {"securities": [grant["id"]]}
    assert company.steward.done("/securities/expire-due", {"on": "2028-06-02"}) == {"securities": []}
    assert left(company) == "1500000"


def test_a_dismissal_for_cause_waits_for_its_appeal(company: Company) -> None:
    company.granted()
    path = f"/holders/{company.ava['id']}"
    order = {"reason": "INVOLUNTARY_WITH_CAUSE", "on": "2026-06-01", "second_approver": "usr_board"}
    early = company.steward.post(f"{path}/leave", order | {"appeal_until": "2026-06-30"})
    assert early.status_code == 422
    alone = company.steward.post(
        f"{path}/leave", order | {"appeal_until": "2026-07-15", "second_approver": "usr_steward"}
    )
    problem(alone, 403, "four_eyes")
    company.steward.done(f"{path}/leave", order | {"appeal_until": "2026-07-15"})
    problem(company.steward.post(f"{path}/cause/confirm", {"on": "2026-07-01"}), 409, "not_allowed_now")
    back = company.steward.done(f"{path}/cause/overturn", {"reason": "Not proven.", "on": "2026-07-10"})
    assert back["securities"][0]["outstanding"] == "4800"
    assert back["engagements"][-1]["ended_on"] is None


def test_an_employee_becomes_a_contractor(company: Company) -> None:
    engagement = company.steward.told(f"/holders/{company.ava['id']}")["engagements"][0]
    made = company.steward.done(f"/engagements/{engagement['id']}/change", {"to": "W2", "on": "2025-07-01"})
    assert shown(made, "kind", "starts_on", "ended_on") == ("W2", "2025-07-01", None)
    problem(company.steward.post("/engagements/eng_none/change", {"to": "W2", "on": "2025-07-01"}), 404, "not_found")


def test_a_safe_is_recorded_and_becomes_shares(company: Company) -> None:
    fund = company.holder("Harbour Fund", "ENTITY")
    amount = {"amount": "250000", "currency": "USD"}
    safe = company.steward.done(
        "/instruments/notes", {"holder": fund, "kind": "SAFE", "amount": amount, "on": "2025-02-10"}
    )
    assert shown(safe, "label", "kind", "is_live") == ("SAFE-1", "CONVERTIBLE", True)
    assert safe["amount"] == {"amount": "250000.00", "currency": "USD"}
    shares = {"class_id": company.common["id"], "quantity": "100000", "price": {"amount": "1.00", "currency": "USD"}}
    order = {"shares": [shares], "part": "100000", "on": LATER}
    done = company.steward.done(f"/instruments/{safe['id']}/convert", order)
    assert done["instrument"]["is_live"] is False
    assert done["instruments"][0]["amount"]["amount"] == "150000.00"
    assert shown(done["certificates"][0], "holder", "outstanding") == (fund, "100000")
    balance = done["instruments"][0]["id"]
    refused = company.steward.post(f"/instruments/{balance}/convert", order | {"part": "150000.01"})
    assert refused.status_code == 409
    cancelled = company.steward.done(f"/instruments/{balance}/cancel", {"reason": "Repaid.", "on": LATER})
    assert cancelled["instrument"]["is_live"] is False


def test_a_warrant_is_transferred_and_exercised(company: Company) -> None:
    ben = company.holder()
    order = {
        "holder": company.ava["id"],
        "class_id": company.common["id"],
        "quantity": "10000",
        "exercise_price": {"amount": "1.00", "currency": "USD"},
        "expires_on": "2030-02-09",
        "on": "2025-02-10",
    }
    warrant = company.steward.done("/instruments/warrants", order)
    assert shown(warrant, "kind", "quantity", "expires_on") == ("WARRANT", "10000", "2030-02-09")
    moved = company.steward.done(
        f"/instruments/{warrant['id']}/transfer", {"to": ben, "part": "4000", "on": "2026-01-01"}
    )
    gone, kept = moved["instruments"]
    assert (shown(gone, "holder", "quantity"), shown(kept, "holder", "quantity")) == (
        (ben, "4000"),
        (company.ava["id"], "6000"),
    )
    shares = [{"class_id": company.common["id"], "quantity": "4000"}]
    done = company.steward.done(f"/instruments/{gone['id']}/exercise", {"shares": shares, "on": LATER})
    assert shown(done["certificates"][0], "holder", "outstanding") == (ben, "4000")
    assert company.steward.told(f"/instruments/{gone['id']}", as_of="2026-06-01")["is_live"] is True
    assert company.steward.told(f"/instruments/{gone['id']}", as_of=LATER)["is_live"] is False


def test_an_instrument_is_retracted_and_is_no_certificate(company: Company) -> None:
    note = company.steward.done(
        "/instruments/notes",
        {
            "holder": company.ava["id"],
            "kind": "NOTE",
            "amount": {"amount": "5", "currency": "USD"},
            "on": "2025-02-10",
        },
    )
    problem(
        company.steward.post(f"/securities/{note['id']}/exercise", {"quantity": "1", "on": LATER}),
        409,
        "not_allowed_now",
    )
    gone = company.steward.done(f"/instruments/{note['id']}/retract", {"reason": "Wrong holder.", "on": "2025-02-11"})
    assert gone["is_live"] is False
    problem(company.steward.get(f"/instruments/{company.shares()['id']}"), 404, "not_found")


def test_total_assets_are_stated(company: Company) -> None:
    figure = {"total_assets": {"amount": "6200000", "currency": "USD"}, "stated_on": "2024-12-31"}
    assert company.steward.done("/issuer/total-assets", figure) == figure
    assert company.steward.told("/issuer")["legal_name"] == "Lanternleaf Care Cooperative"


def test_what_a_grant_is_worth_for_the_accounts_is_recorded_and_amended(company: Company) -> None:
    grant = company.granted()
    order = {"security": grant["id"], "price": {"amount": "0.3412", "currency": "USD"}, "method": "BLACK_SCHOLES"}
    made = company.steward.done("/fair-values", order | {"source": "report:2025-03"})
    assert made["on"] == grant["issued_on"]
    company.steward.done("/fair-values", order | {"source": "report:2025-09", "on": "2025-09-01"})
    told = company.steward.told("/fair-values", security=grant["id"])["data"]
    assert [one["source"] for one in told] == ["report:2025-03", "report:2025-09"]
    euro = order | {"source": "report:2025-03", "price": {"amount": "1", "currency": "EUR"}}
    problem(company.steward.post("/fair-values", euro), 422, "invalid")
    problem(
        company.steward.post("/fair-values", order | {"source": "x", "on": "2020-01-01"}), 422, "dates_out_of_order"
    )
    problem(company.steward.post("/fair-values", order | {"source": "x", "security": "sec_none"}), 404, "not_found")
