"""Entries like others before them are known by their form alone: nothing slips through by looking like them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any, cast

import pytest

from app.evidence import verify_evidence
from app.evidence.verify_evidence import Checkpoint, Ledger, Misfit, Tree, leaf
from tests.bench.bench_evidence import UNIT, payloads

LINES = list(payloads(60))


def read(lines: Sequence[bytes]) -> Ledger:
    """Return what the verifier reads, of lines that were signed as they are."""
    tree = Tree()
    tree.add([leaf(line) for line in lines])
    ledger = Ledger([Checkpoint("checkpoint", len(lines), tree.root())], verify_evidence.WANTED)
    data = b"".join(line + b"\n" for line in lines)
    ledger.read(cast(verify_evidence.Files, {"entries.ndjson": partial(BytesIO, data)}))
    return ledger


def test_what_is_known_by_its_form_says_the_same_as_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    quick, whole = read(LINES), verify_evidence.entry_of
    taken_apart: list[int] = []

    def seen(text: str, n: int) -> dict[str, Any]:
        taken_apart.append(n)
        return whole(text, n)

    monkeypatch.setattr(verify_evidence, "entry_of", seen)
    assert read(LINES).accounts == quick.accounts
    assert len(taken_apart) < len(LINES) - 20
    taken_apart.clear()
    monkeypatch.setattr(verify_evidence, "MOST_SHAPES", 0)
    slow = read(LINES)
    assert taken_apart == [*range(len(LINES))]
    assert (slow.accounts, slow.records, slow.postings) == (quick.accounts, quick.records, quick.postings)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b'"quantity":100', b'"quantity":100,"quantity":900', "it is not in canonical form"),
        (b'"quantity":100', b'"quantity": 100', "it is not in canonical form"),
        (b'"quantity":100', b'"quantity":-0', "it is not in canonical form"),
        (b'"quantity":100', b'"quantity":1e2', "can't be read: 1e2 is no whole number"),
        (b'"quantity":100', b'"quantity":9007199254740993', "is too large to be exact"),
        (b'"kind":"EXERCISED","quantity":100', b'"quantity":100,"kind":"EXERCISED"', "it is not in canonical form"),
        (b"EXERCISED", b"EXER\tCISED", "can't be read: Invalid control character"),
        (b"EXERCISED", b"EXERCIS\\u0045D", "it is not in canonical form"),
        (b'"security_event",{', b'"security",{', "body: its records can't be read: 'id'"),
        (b'"v":1}', b'"v":1} ', "it is not in canonical form"),
        (b'"v":1}', b'"v":2}', "v: it is of a version"),
        (b'"n":49', b'"n":50', "n: it says 50"),
        (b'"n":49', b'"n":049', "can't be read"),
        (b'"award.exercised"', b'"award.doubled"', "kind: 'award.doubled' is none"),
        (b'"nonce":"', b'"nonce":"A', "nonce: it is not 16 bytes"),
        (b'"eff":"2023-08-26"', b'"eff":"2023-02-30"', "eff: '2023-02-30' is no day"),
        (b",100]]", b",101]]", f"in {UNIT} they do not cancel out; +1 is left"),
        (b",100]]", b",0]]", "postings: ["),
        (b"certificate:", b"wallet:", "wallet:sec_01J67K6XC0QF00000000000004 is no account"),
        (UNIT.encode() + b'",100', b'UNIT:cls_other",100', "and UNIT:cls_other is posted to it"),
        (b'"reverses":null', b'"reverses":49', "reverses: entry 49 can't be undone by it"),
    ],
)
def test_a_change_of_one_is_named(before: bytes, after: bytes, words: str) -> None:
    assert before in LINES[49]
    with pytest.raises(Misfit, match="entry 49") as caught:
        read([*LINES[:49], LINES[49].replace(before, after), *LINES[50:]])
    assert words in str(caught.value)
