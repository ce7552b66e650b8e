"""Disputes by case number: no steward learns whose they are, the council hears appeals, nobody decides twice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from app.people import vault
from app.people.roles import Role
from ledger.reading import every
from ledger.sessions import months
from ledger.sessions.disputes import DisputeState
from ledger.sessions.records import DisputeAbout, DisputeOpened
from tests.web.acting import acting
from tests.web.browser import Browser, Site, title_of, words_of

PERIOD = "2025-11"
PROVIDER = "hld_provider_002"


@dataclass(frozen=True)
class Case:
    """A case that a provider has just opened, and who may look at it."""

    site: Site
    steward: Browser
    council: Browser
    provider: Browser
    id: str
    name: str

    @property
    def path(self) -> str:
        """Its page."""
        return f"/disputes/{self.id}"

    def state(self) -> DisputeState:
        """Return how far it has come."""
        return self.site.runner.read(months.dispute_by_id, self.id).state


@pytest.fixture
def case(sample: Site) -> Case:
    """Return a case about November of the sample cooperative."""

    def deed(db: Session) -> tuple[str, str]:
        on = sample.moments[0].date()
        made = months.open_dispute(
            db, sample.act(PROVIDER), PROVIDER, PERIOD, about=DisputeAbout.MISSING, minutes=100, on=on
        )
        return made.id, vault.names(db, [PROVIDER])[PROVIDER]

    id, name = sample.runner.run(deed)
    steward, council = acting(sample, Role.STEWARD), acting(sample, Role.COUNCIL)
    return Case(sample, steward, council, sample.browser(PROVIDER), id, name)


def test_a_case_goes_from_review_to_the_councils_word(case: Case) -> None:
    assert case.id in case.steward.see("/disputes")
    case.steward.send(case.path, to="IN_REVIEW")
    refused = case.steward.post(case.path, {"to": "REJECTED", "finding": ""})
    assert refused.status_code == 422
    assert title_of(refused).startswith("Error:")
    case.steward.send(case.path, to="REJECTED", finding="NO_TRACE")
    assert "The practice system knows nothing of it" in case.provider.see(f"/sessions/{PERIOD}")
    assert case.name not in case.council.see(case.path)
    case.provider.send(f"/sessions/{PERIOD}/appeal", dispute=case.id)
    assert case.name in case.council.see(case.path)
    assert case.name not in case.steward.see(case.path)
    assert case.steward.post(case.path, {"to": "COUNCIL_REJECTED", "finding": "NO_TRACE"}).status_code == 404
    case.council.send(case.path, to="COUNCIL_ACCEPTED", finding="RECORD_WRONG")
    assert case.state() is DisputeState.COUNCIL_ACCEPTED
    assert "The council found for the provider" in case.provider.see(f"/sessions/{PERIOD}")


def test_a_steward_sees_no_author_and_the_council_does_not_review(case: Case) -> None:
    for path in ("/disputes", case.path, "/steward"):
        page = case.steward.get(path)
        assert case.name not in page.text
        assert PROVIDER not in page.text
    assert case.council.post(case.path, {"to": "IN_REVIEW"}).status_code == 404
    assert case.steward.post(case.path, {"to": "ACCEPTED"}).status_code == 409
    assert case.state() is DisputeState.OPEN


def test_nobody_appeals_a_case_that_is_not_theirs(case: Case) -> None:
    case.steward.send(case.path, to="IN_REVIEW")
    case.steward.send(case.path, to="REJECTED", finding="RECORD_RIGHT")
    other = case.site.browser("hld_provider_003")
    assert other.post(f"/sessions/{PERIOD}/appeal", {"dispute": case.id}).status_code == 404
    assert "Appeal to the council" in case.provider.see(f"/sessions/{PERIOD}")
    assert case.state() is DisputeState.REJECTED
    assert len(case.site.runner.read(every, DisputeOpened, id=case.id)) == 1
    assert other.get("/disputes").status_code == 404
    assert "This is not" not in words_of(case.steward.get("/disputes"))
