"""The journal over HTTP: whoever reads it can check it without trusting the service."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.checkpoints import Signer
from app.db import Runner
from app.publishing import publish
from app.witnesses import Cosigned
from ledger.entries import read_payload
from ledger.merkle import consistency_holds, inclusion_holds, leaf_hash, root_of
from ledger.notes import open_checkpoint
from ledger.tlog_proof import TlogProof
from tests.api.client import Company, Office, problem


def every_page(company: Company, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """Read a whole list, page by page."""
    found: list[dict[str, Any]] = []
    asked = dict(parameters)
    while True:
        page = company.steward.told(path, **asked)
        found += page["data"]
        assert page["has_more"] is (page["next"] is not None)
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


def test_whoever_reads_every_entry_gets_the_head_by_their_own_reckoning(company: Company) -> None:
    company.granted()
    entries = every_page(company, "/entries", limit=4)
    assert [entry["n"] for entry in entries] == list(range(len(entries)))
    leaves = [leaf_hash(entry["payload"].encode()) for entry in entries]
    assert [leaf.hex() for leaf in leaves] == [entry["leaf"] for entry in entries]
    head = company.steward.told("/head")
    assert head == {"size": len(entries), "root": root_of(leaves).hex()}
    for entry in entries:
        said = read_payload(entry["payload"].encode())
        assert (said.kind, said.actor, said.n) == (entry["kind"], entry["actor"], entry["n"])


def test_entries_of_one_kind(company: Company) -> None:
    company.holder()
    company.holder()
    kinds = [entry["kind"] for entry in every_page(company, "/entries", limit=1, kind="holder.added")]
    assert kinds == ["holder.added"] * 3


def test_postings_are_told_in_shares(company: Company) -> None:
    company.granted()
    [entry] = company.steward.told("/entries", kind="grant.issued")["data"]
    amounts = {posting["account"].partition(":")[0]: posting["amount"] for posting in entry["postings"]}
    assert amounts == {"pool": "-4800", "award": "4800"}


def test_a_proof_shows_an_entry_in_any_later_head(company: Company) -> None:
    company.granted()
    size = company.steward.told("/head")["size"]
    for at in (7, size):
        for n in (0, 3, 6):
            proof = company.steward.told(f"/entries/{n}/proof", size=at)
            assert proof["size"] == at
            assert inclusion_holds(
                index=n,
                size=at,
                leaf=bytes.fromhex(proof["leaf"]),
                proof=[bytes.fromhex(node) for node in proof["path"]],
                root=bytes.fromhex(company.steward.told("/head", size=at)["root"]),
            )
    assert company.steward.told("/entries/0/proof")["size"] == size
    problem(company.steward.get("/entries/5/proof", size=5), 404, "not_found")
    problem(company.steward.get("/entries/0/proof", size=size + 1), 404, "not_found")


def test_a_proof_shows_that_the_journal_was_only_added_to(company: Company) -> None:
    before = company.steward.told("/head")
    company.granted()
    proof = company.steward.told("/head/consistency", since=before["size"])
    assert proof["root"] == before["root"]
    assert consistency_holds(
        size=proof["size"],
        root=bytes.fromhex(proof["root"]),
        later_size=proof["later_size"],
        later_root=bytes.fromhex(company.steward.told("/head")["root"]),
        proof=[bytes.fromhex(node) for node in proof["path"]],
    )
    problem(company.steward.get("/head/consistency", since=before["size"], size=before["size"] - 1), 422, "invalid")
    problem(company.steward.get("/head", size=1000), 404, "not_found")


def test_signed_checkpoints_are_listed_and_an_entry_is_proved_in_one_file(
    company: Company, engine: Engine, tmp_path: Path
) -> None:
    steward, runner = company.steward, Runner(engine)
    problem(steward.get("/entries/1/proof.tlog"), 404, "not_found")
    cosigned = Cosigned(Signer(tmp_path / "log.signing-key", "vestry.example.org"), (), 0)
    sizes = []
    for _ in range(2):
        sizes.append(steward.told("/head")["size"])
        publish(runner, cosigned)
        company.holder()
    first, second = sizes
    assert [one["size"] for one in every_page(company, "/checkpoints", limit=1)] == [second, first]
    key = cosigned.signer.verifier()
    one = steward.told(f"/checkpoints/{first}")
    assert open_checkpoint(one["note"], key).root.hex() == one["root"] == steward.told("/head", size=first)["root"]
    grown = steward.told(f"/checkpoints/{second}/consistency", since=first)
    assert (grown["size"], grown["later_size"]) == (first, second)
    answer = steward.get("/entries/1/proof.tlog")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="entry-1.tlog-proof"'
    payload = steward.told("/entries/1")["payload"]
    assert TlogProof.read(answer.text).check(payload.encode(), key)[0].size == second
    problem(steward.get(f"/checkpoints/{second + 1}"), 404, "not_found")
    problem(steward.get(f"/checkpoints/{first}/consistency", since=second), 422, "invalid")
    problem(steward.get(f"/entries/{second}/proof.tlog"), 404, "not_found")


def test_an_entry_is_reversed_and_both_stay(company: Company) -> None:
    receipt = company.steward.post("/holders", {"kind": "ENTITY", "name": "Fund", "on": "2025-01-01"}).json()
    [n] = receipt["entries"]
    undone = company.steward.post(f"/entries/{n}/reverse", {"reason": "Twice."}).json()
    assert (undone["data"]["undid"], undone["entries"]) == ([n], [n + 1])
    assert company.steward.told(f"/entries/{n}")["reversed_by"] == n + 1
    assert company.steward.told(f"/entries/{n + 1}")["reverses"] == n
    problem(company.steward.get(f"/holders/{receipt['data']['id']}"), 404, "not_found")
    problem(company.steward.post(f"/entries/{n}/reverse", {"reason": "Again."}), 409, "not_reversible")
    problem(company.steward.post(f"/entries/{n + 1}/reverse", {"reason": "Back."}), 409, "not_reversible")
    problem(company.steward.post("/entries/1000/reverse", {"reason": "Nothing."}), 404, "not_found")


def test_what_others_rest_on_is_not_reversed(company: Company) -> None:
    company.granted()
    [plan] = company.steward.told("/entries", kind="plan.adopted")["data"]
    problem(company.steward.post(f"/entries/{plan['n']}/reverse", {"reason": "No."}), 409, "not_reversible")


@pytest.mark.parametrize("tampering", ["UPDATE vault SET document = salt", "UPDATE holder SET licensed = 1 - licensed"])
def test_the_verifier_passes_and_fails_after_one_row_was_changed(
    company: Company, engine: Engine, tampering: str
) -> None:
    company.granted()
    head = company.steward.told("/head")
    told = company.steward.told("/verify", known_size=head["size"], known_root=head["root"])
    assert (told["ok"], told["fault"], told["root"]) == (True, None, head["root"])
    with engine.begin() as connection:
        drop = {
            "sqlite": "DROP TRIGGER holder_no_update",
            "postgresql": "ALTER TABLE holder DISABLE TRIGGER holder_no_change",
        }
        connection.execute(text(drop[engine.dialect.name]))
        connection.execute(text(tampering))
    told = company.steward.told("/verify")
    assert told["ok"] is False
    assert told["fault"]["table"] == tampering.split()[1]


def test_a_head_that_was_noted_and_is_another_now_is_found(company: Company) -> None:
    noted = {"known_size": "3", "known_root": sha256(b"another record").hexdigest()}
    assert company.steward.told("/verify", **noted)["ok"] is False
    problem(company.steward.get("/verify", known_size="3"), 422, "invalid")
    problem(company.steward.get("/verify", known_size="3", known_root="9f2c"), 422, "invalid")


def test_lists_come_in_pages_that_lose_nothing(company: Company) -> None:
    ids = [company.ava["id"], *(company.holder(f"Holder {n}") for n in range(4))]
    first = company.steward.get("/holders", limit=2)
    assert first.headers["link"] == f'</v1/holders?limit=2&cursor={first.json()["next"]}>; rel="next"'
    late = company.holder("Late")
    assert [holder["id"] for holder in every_page(company, "/holders", limit=2)] == [*ids, late]
    assert len(company.steward.told("/holders", limit=6)["data"]) == 6
    assert company.steward.told("/holders", limit=6)["next"] is None


def test_a_cursor_belongs_to_its_list(company: Company, office: Office) -> None:
    for n in range(3):
        company.holder(f"Holder {n}")
    cursor = company.steward.told("/holders", limit=1)["next"]
    problem(company.steward.get("/securities", cursor=cursor), 400, "cursor_invalid")
    problem(company.steward.get("/entries", cursor=cursor), 400, "cursor_invalid")
    for wrong in ("x", "AAAA", cursor[:-2], cursor + "A", "WzEsImhvbGRlciIsLTEsMF0", "WzIsImhvbGRlciIsMSwwXQ"):
        problem(company.steward.get("/holders", cursor=wrong), 400, "cursor_invalid")
    problem(company.steward.get("/holders", cursor="="), 422, "invalid")
    for limit in (0, 501, "x"):
        problem(company.steward.get("/holders", limit=limit), 422, "invalid")
