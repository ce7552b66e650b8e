"""Fingerprints are what sessions.md §5.5 says: a keyed digest of source, provider, start, code and minutes."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.sessions.check import check_file
from app.imports.sessions.fingerprints import Prints, fingerprint, joined
from app.imports.sessions.sources import Source
from tests.imports.sessions.files import ANA, KEY, plain, rules, simplepractice


@given(st.binary(min_size=16, max_size=200), st.binary())
def test_a_fingerprint_is_the_beginning_of_an_hmac(key: bytes, message: bytes) -> None:
    assert Prints(key).of(message) == hmac.digest(key, message, "sha256")[:16]


def test_a_check_makes_the_fingerprints_that_anyone_with_the_key_can_make() -> None:
    data = plain("provider,start,minutes,code,modality", f"{ANA},2025-06-02T10:00:30,55,90837,VIDEO")
    (only,) = check_file(data, Source.PLAIN, rules())
    expected = fingerprint(KEY, "plain", ANA, "2025-06-02T10:00", "90837", "55")
    assert only.delivery.fingerprint == expected
    assert len(expected) == 32
    (dated,) = check_file(
        plain("provider,date,minutes,category,modality", f"{ANA},2025-06-02,55,GROUP,VIDEO"), Source.PLAIN, rules()
    )
    assert dated.delivery.fingerprint == fingerprint(KEY, "plain", ANA, "2025-06-02", "GROUP", "55")
    (clinic,) = check_file(
        simplepractice(["06/02/2025 10:00", "Ana Díaz, LCSW", "90837"]), Source.SIMPLEPRACTICE, rules()
    )
    assert clinic.delivery.fingerprint == fingerprint(KEY, "simplepractice", ANA, "2025-06-02T10:00", "90837", "")


@given(st.lists(st.text(alphabet="ab\x1f", max_size=3), min_size=1, max_size=4))
def test_parts_do_not_run_into_each_other(parts: list[str]) -> None:
    assert joined(*parts).count(b"\x1f") == len(parts) - 1


def test_a_key_must_be_long_enough_to_keep_anything_secret() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Prints(b"short")
