"""Blind signatures: RFC 9474, RSABSSA with SHA-384, as the pass of a secret ballot needs them.

A voter hides a message under a random factor (``blind``), the registrar signs what it can't read (``blind_sign``), the
voter takes the factor off (``finalize``) and holds an ordinary RSASSA-PSS signature. Any signature fits any request, so
what the registrar stores tells nothing. The four variants of the RFC differ in whether a random prefix goes in front
(``prepare_randomize``) and in the salt's length; ours is RSABSSA-SHA384-PSS-Randomized, a prefix and 48 bytes of salt.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha384
from math import gcd
from typing import NoReturn

import gmpy2
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from governance.secret.errors import BlindedValueInvalid, KeyUnfit, PassSignatureInvalid, SigningFailed

SUITE = "RSABSSA-SHA384-PSS-Randomized"
RSA_BITS = 3072
SMALLEST_BITS = 2048
EXPONENT = 65537
PREFIX_BYTES = 32
SALT_BYTES = 48
MASK_BITS = 64
_HASH_BYTES = 48


@dataclass(frozen=True, slots=True)
class Blinded:
    """A message as the registrar sees it, and the voter's secret to take the blinding off again.

    Attributes:
        blinded: As long as the modulus.
        inverse: Of the blinding factor; whoever has it can link the request to the signature.
    """

    blinded: bytes
    inverse: int

    def __repr__(self) -> str:
        """Leave the secret out."""
        return f"Blinded({self.blinded.hex()[:16]}…)"


def modulus_bytes(public: RSAPublicKey) -> int:
    """Return the length of every blinded value and signature under a key."""
    return (public.key_size + 7) // 8


def prepare_randomize(message: bytes, prefix: bytes | None = None) -> bytes:
    """Return what is signed: the message behind 32 random bytes (RFC 9474 §4.1)."""
    prefix = secrets.token_bytes(PREFIX_BYTES) if prefix is None else prefix
    if len(prefix) != PREFIX_BYTES:
        raise ValueError(f"A prefix has {PREFIX_BYTES} bytes.")
    return prefix + message


def blind(public: RSAPublicKey, input_msg: bytes, *, salt: bytes | None = None, r: int | None = None) -> Blinded:
    """Return a message hidden under a random factor (RFC 9474 §4.2).

    Args:
        public: The registrar's key.
        input_msg: From ``prepare_randomize``.
        salt: 48 random bytes if left out; none at all (``b""``) in the RFC's PSSZERO variants.
        r: The blinding factor; random if left out. Only known answers give one.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    n, e = public.public_numbers().n, public.public_numbers().e
    encoded = int.from_bytes(pss_encode(input_msg, public.key_size - 1, salt))
    r = 2 + secrets.randbelow(n - 3) if r is None else r
    if gcd(encoded, n) != 1 or gcd(r, n) != 1:
        raise KeyUnfit("The registrar's key is not the product of two large primes.")
    hidden = encoded * int(gmpy2.powmod(r, e, n)) % n
    return Blinded(hidden.to_bytes(modulus_bytes(public)), _masked_inverse(r, n))


def _masked_inverse(r: int, n: int) -> int:
    """Return the inverse of a secret; what the algorithm takes its time over is the product with a random number."""
    mask = 2 + secrets.randbelow(n - 3)
    return int(mask * gmpy2.invert(mask * r % n, n) % n)


def pss_encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """Return EMSA-PSS-ENCODE with SHA-384 and MGF1-SHA-384 (RFC 8017 §9.1.1); ``bits`` is one less than the key's."""
    length = (bits + 7) // 8
    filling = length - len(salt) - _HASH_BYTES - 2
    if filling < 0:
        raise KeyUnfit("The registrar's key is too short for SHA-384.")
    digest = sha384(bytes(8) + sha384(message).digest() + salt).digest()
    block = bytes(filling) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mgf1(digest, len(block)), strict=True))
    masked[0] &= 0xFF >> 8 * length - bits
    return bytes(masked) + digest + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    blocks = range(-(-length // _HASH_BYTES))
    return b"".join(sha384(seed + block.to_bytes(4)).digest() for block in blocks)[:length]


def finalize(
    public: RSAPublicKey, input_msg: bytes, blind_sig: bytes, inverse: int, *, salt_bytes: int = SALT_BYTES
) -> bytes:
    """Return the signature without its blinding (RFC 9474 §4.4).

    Raises:
        PassSignatureInvalid: It is no signature of this message under this key.
    """
    if len(blind_sig) != modulus_bytes(public):
        raise PassSignatureInvalid("The registrar's answer has the wrong length.", field="blind_sigs")
    n = public.public_numbers().n
    signature = (int.from_bytes(blind_sig) * inverse % n).to_bytes(modulus_bytes(public))
    if not verify(public, input_msg, signature, salt_bytes=salt_bytes):
        raise PassSignatureInvalid("The registrar's answer does not make a pass of this poll.", field="blind_sigs")
    return signature


def verify(public: RSAPublicKey, input_msg: bytes, signature: bytes, *, salt_bytes: int = SALT_BYTES) -> bool:
    """Return whether it is an RSASSA-PSS signature of this message with a salt of exactly this length."""
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=salt_bytes)
    try:
        public.verify(signature, input_msg, scheme, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


class SigningKey:
    """The registrar's key for one poll: used for nothing else, shown nowhere, destroyed when passes are frozen."""

    __slots__ = ("_d_p", "_d_q", "_e", "_key", "_n", "_p", "_q", "_q_inverse", "length")

    def __init__(self, key: RSAPrivateKey) -> None:
        """Take a key of 2048 bits or more, with the exponent 65537.

        Raises:
            KeyUnfit: It is another.
        """
        numbers = key.private_numbers()
        self._e = numbers.public_numbers.e
        if self._e != EXPONENT or key.key_size < SMALLEST_BITS or key.key_size % 8:
            raise KeyUnfit(f"A registrar's key has the exponent {EXPONENT} and {SMALLEST_BITS} bits or more.")
        self._key = key
        self._n = gmpy2.mpz(numbers.public_numbers.n)
        self._p, self._q = gmpy2.mpz(numbers.p), gmpy2.mpz(numbers.q)
        self._d_p, self._d_q = gmpy2.mpz(numbers.dmp1), gmpy2.mpz(numbers.dmq1)
        self._q_inverse = gmpy2.mpz(numbers.iqmp)
        self.length = key.key_size // 8

    @classmethod
    def generate(cls, bits: int = RSA_BITS) -> SigningKey:
        """Return a fresh key."""
        return cls(generate_private_key(EXPONENT, bits))

    @classmethod
    def from_der(cls, der: bytes) -> SigningKey:
        """Return the key that ``to_der`` wrote.

        Raises:
            KeyUnfit: It holds none that passes can be signed with.
        """
        try:
            key = serialization.load_der_private_key(der, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyUnfit("The registrar's key can't be read.") from None
        if not isinstance(key, RSAPrivateKey):
            raise KeyUnfit("This is no RSA key.")
        return cls(key)

    def to_der(self) -> bytes:
        """Return the key as PKCS #8, not encrypted."""
        return self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def public(self) -> RSAPublicKey:
        """What everybody verifies passes with."""
        return self._key.public_key()

    def __repr__(self) -> str:
        """Tell the size alone."""
        return f"SigningKey({8 * self.length} bits)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("A signing key is written with to_der, on purpose, or not at all.")

    def power(self, base: gmpy2.mpz) -> gmpy2.mpz:
        """Return ``base`` to the private exponent, by CRT, with exponents that differ from call to call."""
        halves = []
        for prime, exponent in ((self._p, self._d_p), (self._q, self._d_q)):
            masked = exponent + (prime - 1) * (secrets.randbits(MASK_BITS) | 1)
            halves.append(gmpy2.powmod_sec(base % prime, masked, prime))
        by_p, by_q = halves
        return by_q + self._q * ((by_p - by_q) * self._q_inverse % self._p)

    def checked_power(self, message: gmpy2.mpz) -> gmpy2.mpz:
        """Return the raw signature of a number, reckoned under a fresh blinding of our own.

        Raises:
            SigningFailed: The result does not verify, as after a fault in the machine; it is not told.
        """
        r = 2 + secrets.randbelow(int(self._n) - 3)
        # everybody knows this exponent, so how long the power takes tells nothing
        base = message * gmpy2.powmod(r, self._e, self._n) % self._n
        signed = self.power(base) * _masked_inverse(r, int(self._n)) % self._n
        if gmpy2.powmod(signed, self._e, self._n) != message:
            raise SigningFailed("A signature came out wrong and was withheld. Try again.")
        return signed


def check_blinded(public: RSAPublicKey, blinded: bytes) -> int:
    """Return the number that is to be signed: asked before anybody's one pass is spent on it.

    Raises:
        BlindedValueInvalid: It has the wrong length, or is not between 1 and n - 1, both excluded.
    """
    length = modulus_bytes(public)
    if len(blinded) != length:
        raise BlindedValueInvalid(f"A blinded value has exactly {length} bytes.", field="blinded")
    message = int.from_bytes(blinded)
    if not 1 < message < public.public_numbers().n - 1:
        raise BlindedValueInvalid("The blinded value is out of range.", field="blinded")
    return message


def is_blind_signature(public: RSAPublicKey, blinded: bytes, signed: bytes) -> bool:
    """Return whether somebody signed this value with this key."""
    n, e = public.public_numbers().n, public.public_numbers().e
    return len(signed) == modulus_bytes(public) and pow(int.from_bytes(signed), e, n) == int.from_bytes(blinded)


def blind_sign(key: SigningKey, blinded: bytes) -> bytes:
    """Return the blind signature (RFC 9474 §4.3): the same for the same value, however often it is asked for.

    Raises:
        BlindedValueInvalid: It has the wrong length or is out of range.
        SigningFailed: A fault was caught; nothing is released.
    """
    return int(key.checked_power(gmpy2.mpz(check_blinded(key.public, blinded)))).to_bytes(key.length)
