from __future__ import annotations

import copy
import json
from typing import Any

import gmpy2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.secret.blind import (
    SigningKey,
    blind,
    blind_sign,
    check_blinded,
    finalize,
    prepare_randomize,
    pss_encode,
    verify,
)
from governance.secret.errors import BlindedValueInvalid, KeyUnfit, PassSignatureInvalid, SigningFailed
from tests.cases import cases_dir

VARIANTS = ("PSS-Randomized", "PSSZERO-Randomized", "PSS-Deterministic", "PSSZERO-Deterministic")
KEY = SigningKey.generate(2048)
N = KEY.public.public_numbers().n


def key_of(case: dict[str, Any]) -> RSAPrivateKey:
    p, q, n, e, d = (int(case[name], 16) for name in ("p", "q", "n", "e", "d"))
    public = rsa.RSAPublicNumbers(e, n)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_variant_of_the_rfc_comes_out_byte_for_byte(variant: str) -> None:
    cases = json.loads((cases_dir() / "ballots" / "rfc9474.json").read_bytes())
    [case] = [one for one in cases if one["name"] == f"RSABSSA-SHA384-{variant}"]
    raw = {name: bytes.fromhex(value) for name, value in case.items() if name not in {"name", "e"}}
    key = SigningKey(key_of(case))
    message = prepare_randomize(raw["msg"], raw["msg_prefix"]) if raw["msg_prefix"] else raw["msg"]
    assert message == raw["prepared_msg"]
    assert pss_encode(message, key.public.key_size - 1, raw["salt"]) == raw["encoded_msg"]
    inverse = int(case["inv"], 16)
    made = blind(key.public, message, salt=raw["salt"], r=pow(inverse, -1, int(case["n"], 16)))
    assert (made.blinded, made.inverse) == (raw["blinded_msg"], inverse)
    assert blind_sign(key, made.blinded) == raw["blind_sig"]
    assert finalize(key.public, message, raw["blind_sig"], inverse, salt_bytes=len(raw["salt"])) == raw["sig"]
    assert verify(key.public, message, raw["sig"], salt_bytes=len(raw["salt"]))


@pytest.mark.parametrize("bits", [2048, 3072])
def test_a_blinded_message_comes_back_as_a_signature_of_it(bits: int) -> None:
    key = SigningKey.from_der(SigningKey.generate(bits).to_der())
    message = prepare_randomize(b"a pass")
    made = blind(key.public, message)
    signature = finalize(key.public, message, blind_sign(key, made.blinded), made.inverse)
    assert len(signature) == bits // 8
    assert verify(key.public, message, signature)
    assert not verify(key.public, message + b"!", signature)
    assert not verify(key.public, message, signature, salt_bytes=0)


def test_every_request_fits_every_signature() -> None:
    # an unbounded reader of the registrar's table, with the key, finds for each pair the factor that would explain it
    requests, signatures = [], []
    for number in range(4):
        message = prepare_randomize(b"voter %d" % number)
        made = blind(KEY.public, message)
        signed = blind_sign(KEY, made.blinded)
        requests.append((made.blinded, signed))
        signatures.append((message, finalize(KEY.public, message, signed, made.inverse)))
    for blinded, signed in requests:
        for message, signature in signatures:
            encoded = pow(int.from_bytes(signature), 65537, N)
            r = int.from_bytes(signed) * pow(int.from_bytes(signature), -1, N) % N
            assert encoded * pow(r, 65537, N) % N == int.from_bytes(blinded)
            assert finalize(KEY.public, message, signed, pow(r, -1, N)) == signature


@pytest.mark.parametrize(
    "junk",
    [
        (0).to_bytes(256),
        (1).to_bytes(256),
        (N - 1).to_bytes(256),
        N.to_bytes(256),
        b"\xff" * 256,
        b"",
        (5).to_bytes(255),
        (5).to_bytes(257),
    ],
    ids=["0", "1", "n-1", "n", "above n", "nothing", "too short", "too long"],
)
def test_what_could_not_be_signed_is_refused_before_anything_else(junk: bytes) -> None:
    with pytest.raises(BlindedValueInvalid):
        check_blinded(KEY.public, junk)
    with pytest.raises(BlindedValueInvalid):
        blind_sign(KEY, junk)


@pytest.mark.parametrize("part", ["_d_p", "_d_q", "_q_inverse"])
def test_a_fault_in_half_of_the_arithmetic_is_caught_before_it_gives_the_key_away(part: str) -> None:
    hurt = SigningKey.from_der(KEY.to_der())
    setattr(hurt, part, getattr(hurt, part) ^ 2)
    blinded = blind(KEY.public, prepare_randomize(b"a pass")).blinded
    wrong = hurt.power(gmpy2.mpz(int.from_bytes(blinded)))
    if part != "_q_inverse":
        # released, it would have been worth the key: one prime falls out
        assert gmpy2.gcd(pow(wrong, 65537, N) - int.from_bytes(blinded), N) != 1
    with pytest.raises(SigningFailed):
        blind_sign(hurt, blinded)


@settings(max_examples=20)
@given(st.integers(2, N - 2))
def test_signing_is_a_function_of_the_request_whatever_masks_it(number: int) -> None:
    first = blind_sign(KEY, number.to_bytes(256))
    assert first == blind_sign(KEY, number.to_bytes(256))
    assert pow(int.from_bytes(first), 65537, N) == number


def test_an_answer_to_another_request_makes_no_pass() -> None:
    message = prepare_randomize(b"mine")
    mine, other = blind(KEY.public, message), blind(KEY.public, message)
    with pytest.raises(PassSignatureInvalid):
        finalize(KEY.public, message, blind_sign(KEY, other.blinded), mine.inverse)
    with pytest.raises(PassSignatureInvalid):
        finalize(KEY.public, message, blind_sign(KEY, mine.blinded)[1:], mine.inverse)


def test_a_key_shows_itself_to_nobody() -> None:
    assert repr(KEY) == str(KEY) == "SigningKey(2048 bits)"
    with pytest.raises(TypeError, match="on purpose"):
        copy.copy(KEY)
    made = blind(KEY.public, prepare_randomize(b"a pass"))
    assert str(made.inverse) not in repr(made)


def test_a_small_key_or_another_exponent_is_refused() -> None:
    with pytest.raises(KeyUnfit):
        SigningKey(rsa.generate_private_key(65537, 1024))
    with pytest.raises(KeyUnfit):
        SigningKey(rsa.generate_private_key(3, 2048))
    with pytest.raises(KeyUnfit):
        SigningKey.from_der(b"junk")
