"""Nobody is sent again what they have, and nobody changes what they have not seen."""

from __future__ import annotations

from httpx2 import Response

from app.api import subjects
from app.api.conditions import still_matches
from app.people.tokens import Scope
from tests.api.client import Body, Company, Person, problem


def tag_of(person: Person, path: str, **parameters: object) -> str:
    """Return the tag with which something is read."""
    return person.get(path, **parameters).headers["etag"]


def again(person: Person, path: str, tag: str) -> Response:
    """Ask for something, having what the tag is of."""
    return person.http.get(f"/v1{path}", headers=person.headers | {"If-None-Match": tag})


def order(person: Person, path: str, tag: str, body: Body, **more: str) -> Response:
    """Give an order about what was seen under a tag."""
    return person.http.post(f"/v1{path}", json=body, headers=person.writing | {"If-Match": tag} | more)


def test_what_has_not_changed_is_not_sent_again(company: Company) -> None:
    path = f"/holders/{company.ava['id']}"
    first = company.steward.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = again(company.steward, path, named)
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    for named in ('"other"', tag.strip('"'), ""):
        assert again(company.steward, path, named).json() == first.json()
    company.steward.done(f"{path}/identity", {"name": "Ava Okonkwo-Hart", "on": "2025-03-01"})
    assert again(company.steward, path, tag).status_code == 200


def test_a_day_that_is_over_stays_as_it_was(company: Company) -> None:
    company.shares()
    known = company.steward.told("/head")["size"]
    then = {"as_of": "2025-03-10", "known_at": known}
    tag = tag_of(company.steward, "/captable", **then)
    today = tag_of(company.steward, "/captable")
    company.shares(quantity="500")
    assert tag_of(company.steward, "/captable", **then) == tag
    assert tag_of(company.steward, "/captable") != today


def test_another_token_s_answer_has_another_tag(company: Company) -> None:
    path = f"/holders/{company.ava['id']}"
    nameless = company.office.person("usr_auditor", Scope.CAPTABLE_READ)
    assert tag_of(nameless, path) != tag_of(company.steward, path)
    assert company.steward.get(path).headers["vary"] == "Authorization"


def test_only_the_head_of_an_answer(company: Company) -> None:
    headers = company.steward.headers
    for path in ("/v1/holders", "/v1/_info", "/v1/captable", "/v1/nothing"):
        whole = company.office.http.get(path, headers=headers)
        head = company.office.http.head(path, headers=headers)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers.get("etag") == whole.headers.get("etag")


def test_an_order_about_what_was_seen_is_carried_out(company: Company) -> None:
    draft = company.draft()
    path = f"/grant-drafts/{draft['id']}"
    tag = tag_of(company.board, path)
    approval = {"terms_hash": draft["terms_hash"], "resolution_ref": "board:2025-03", "on": "2025-03-10"}
    assert order(company.board, f"{path}/approve", tag, approval).status_code == 201
    stale = order(company.board, f"{path}/issue", tag, {})
    assert "read it again" in problem(stale, 412, "precondition_failed")["detail"]


def test_what_has_changed_is_left_as_it_is(company: Company) -> None:
    path = f"/holders/{company.ava['id']}"
    tag = tag_of(company.steward, path)
    first, second = {"name": "Ava Hart", "on": "2025-03-01"}, {"name": "Ava Smith", "on": "2025-03-02"}
    assert order(company.steward, f"{path}/identity", tag, first).status_code == 201
    problem(order(company.steward, f"{path}/identity", tag, second), 412, "precondition_failed")
    assert company.steward.told(path)["name"] == "Ava Hart"


def test_a_repeated_order_is_answered_as_the_first_time(company: Company) -> None:
    path = f"/holders/{company.ava['id']}"
    tag, change = tag_of(company.steward, path), {"name": "Ava Hart", "on": "2025-03-01"}
    done = [order(company.steward, f"{path}/identity", tag, change, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert [one.status_code for one in done] == [201, 201]
    assert done[1].headers["idempotency-replayed"] == "true"


def test_a_condition_that_can_not_hold_is_none_that_holds(company: Company) -> None:
    fund, hart = {"kind": "ENTITY", "name": "Fund", "on": "2025-01-01"}, {"name": "Ava Hart", "on": "2025-03-01"}
    problem(order(company.steward, "/holders", "*", fund), 412, "precondition_failed")
    problem(order(company.steward, "/holders/hld_nobody/identity", "*", hart), 412, "precondition_failed")
    assert order(company.steward, f"/holders/{company.ava['id']}/identity", "*", hart).status_code == 201


def test_orders_are_about_what_is_read_at_the_beginning_of_their_address() -> None:
    assert subjects.subject_of("/grant-drafts/{draft_id}/approve") == "/grant-drafts/{draft_id}"
    assert subjects.subject_of("/board/seats/{seat}/director") == "/board"
    assert subjects.subject_of("/securities/consolidate") is None


def test_a_weak_tag_is_none_to_change_by() -> None:
    assert still_matches('"a", "b"', '"b"')
    assert not still_matches('W/"a"', '"a"')
    assert not still_matches("a", '"a"')
