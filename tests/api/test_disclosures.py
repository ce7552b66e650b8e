"""Files with tax numbers over HTTP: one token asks, another one's actor approves, and the first takes a copy."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy.orm import Session

from app.people.exports import exports
from app.people.tokens import Scope
from ledger.equity import exercise
from ledger.equity.values import AwardType, EngagementKind
from tests import make
from tests.api.client import Company, problem


def test_what_one_token_asks_for_another_one_s_actor_approves(company: Company) -> None:
    office, runner = company.office, company.office.runner

    def filed(db: Session) -> None:
        staff = make.holder(db, engaged=EngagementKind.W2)
        option = make.option(db, None, staff, award_type=AwardType.ISO, vesting=None, vesting_start=None)
        exercise.exercise(db, make.act(), option.security.id, 400, on=date(2025, 6, 2))
        make.tax_number(db, staff.id, "256-33-1234")

    runner.run(filed)
    finance = office.person("usr_finance", Scope.DISCLOSURES_WRITE, Scope.CAPTABLE_READ)
    second = office.person("usr_second", Scope.DISCLOSURES_APPROVE)
    both = office.person("usr_finance", Scope.DISCLOSURES_APPROVE)
    order = {"report": "iso-exercises", "format": "json", "as_of": "2025-12-31", "reason": "Filing the forms of 2025."}
    made = finance.done("/disclosures", order)
    path = f"/disclosures/{made['id']}"
    assert (made["numbers"], made["state"]) == (1, "WAITING")
    problem(finance.get(f"{path}/file"), 409, "not_allowed_now")
    problem(both.post(f"{path}/approve"), 403, "four_eyes")
    assert second.done(f"{path}/approve")["state"] == "APPROVED"
    file = finance.get(f"{path}/file")
    told = json.loads(file.content)
    assert [row["tin"] for row in told["rows"]] == ["256-33-1234"]
    assert told["handed_out"].startswith("Handed out to usr_finance on 2026-03-02 at 15:30:00 UTC, for: Filing")
    [noted] = runner.read(exports)
    assert (noted.file.report, noted.actor) == ("iso-exercises-with-tax-numbers", "usr_finance")
    [listed] = finance.told("/disclosures")["data"]
    assert (listed["decided_by"], "256-33" in str(listed)) == ("usr_second", False)
    problem(finance.post("/disclosures", order | {"report": "holders"}), 422, "invalid")
