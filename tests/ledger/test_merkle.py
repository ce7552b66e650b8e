"""The tree against RFC 6962's published vectors, and against itself."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Tampered
from ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_holds,
    consistency_proof,
    inclusion_holds,
    inclusion_proof,
    leaf_hash,
    root_of,
)
from tests.cases import cases_dir

JOURNAL_CASES = cases_dir() / "journal"
INCLUSION = sorted((JOURNAL_CASES / "inclusion").rglob("*.json"))
CONSISTENCY = sorted((JOURNAL_CASES / "consistency").rglob("*.json"))
LOG = JOURNAL_CASES / "tessera-log" / "testdata" / "log"

leaves = st.lists(st.binary(max_size=4).map(leaf_hash), min_size=1, max_size=70)


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _proof(case: dict[str, Any]) -> list[bytes]:
    return [_bytes(item) for item in case["proof"] or []]


def _name(path: Path) -> str:
    return str(path.relative_to(JOURNAL_CASES))


def test_the_vectors_are_there() -> None:
    assert len(INCLUSION) >= 90
    assert len(CONSISTENCY) >= 90


@pytest.mark.parametrize("path", INCLUSION, ids=_name)
def test_an_inclusion_vector_is_judged_as_published(path: Path) -> None:
    case = json.loads(path.read_text())
    holds = inclusion_holds(
        index=case["leafIdx"],
        size=case["treeSize"],
        leaf=_bytes(case["leafHash"]),
        proof=_proof(case),
        root=_bytes(case["root"]),
    )
    assert holds is not case["wantErr"]


@pytest.mark.parametrize("path", CONSISTENCY, ids=_name)
def test_a_consistency_vector_is_judged_as_published(path: Path) -> None:
    case = json.loads(path.read_text())
    holds = consistency_holds(
        size=case["size1"],
        root=_bytes(case["root1"]),
        later_size=case["size2"],
        later_root=_bytes(case["root2"]),
        proof=_proof(case),
    )
    assert holds is not case["wantErr"]


def _bundle(size: int) -> list[bytes]:
    """Read the entries of a tile bundle: each two bytes of length, then the entry (C2SP tlog-tiles)."""
    data, entries = (LOG / "tile" / "entries" / "000.p" / str(size)).read_bytes(), []
    while data:
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return entries


@pytest.mark.parametrize("size", range(1, 16))
def test_somebody_elses_log_has_the_root_its_checkpoint_says(size: int) -> None:
    hashes = [leaf_hash(entry) for entry in _bundle(size)]
    assert b"".join(hashes) == (LOG / "tile" / "0" / "000.p" / str(size)).read_bytes()
    lines = (LOG / f"checkpoint.{size}").read_text().splitlines()
    assert lines[1] == str(size)
    assert root_of(hashes) == base64.b64decode(lines[2])


def test_the_tree_over_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_a_range_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(Tampered):
        CompactRange.decode(3, b"\x00" * 32)


@given(leaves, st.data())
def test_every_leaf_has_a_proof_and_no_other_leaf_passes_with_it(hashes: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    proof, root = inclusion_proof(hashes, index), root_of(hashes)
    assert inclusion_holds(index=index, size=len(hashes), leaf=hashes[index], proof=proof, root=root)
    assert not inclusion_holds(index=index, size=len(hashes), leaf=leaf_hash(b"other!"), proof=proof, root=root)


@given(leaves, st.data())
def test_every_earlier_tree_is_a_prefix_and_a_changed_one_is_not(hashes: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(hashes)))
    proof, root = consistency_proof(hashes, size), root_of(hashes)
    before = root_of(hashes[:size])
    other = root_of([leaf_hash(b"other!"), *hashes[1:size]])

    def holds(earlier: bytes) -> bool:
        return consistency_holds(size=size, root=earlier, later_size=len(hashes), later_root=root, proof=proof)

    assert holds(before)
    assert not holds(other)


@given(leaves, st.data())
def test_a_range_grown_in_two_steps_is_the_range_grown_in_one(hashes: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(hashes)))
    grown = CompactRange().extended(hashes[:cut]).extended(hashes[cut:])
    assert grown == CompactRange().extended(hashes)
    assert CompactRange.decode(grown.size, grown.encode()) == grown
