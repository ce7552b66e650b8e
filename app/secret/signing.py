"""Signs passes: with the registrar's key, and where a vote has a witness with the witness's as well."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from app.secret.keys import KeyFile
from app.secret.links import OtherUnfit, OtherUnreachable
from governance.secret.blind import SigningKey, blind_sign, is_blind_signature
from governance.secret.registrar import Reservation
from ledger.errors import Refusal

log = logging.getLogger("vestry.secret")

MOST_KEYS = 8
"""Keys that are kept ready; reading one costs more than signing with it."""


class Witness(Protocol):
    """Another registrar, whom the council runs."""

    def public_key(self, proposal: str, bits: int) -> bytes:
        """Return its key for a vote (SubjectPublicKeyInfo, DER), made when it is first asked for."""

    def cosign(self, proposal: str, number: int, blinded: bytes) -> bytes:
        """Return its signature for a number on the roll; the same again for the same value, never for another."""

    def settle(self, proposal: str) -> None:
        """Let it know that every pass is signed, so that it destroys its key."""


class Signer:
    """Signs what voters send, blindly."""

    def __init__(self, keys: KeyFile, witness: Witness | None = None) -> None:
        self._keys = keys
        self._witness = witness
        self._ready: OrderedDict[str, SigningKey] = OrderedDict()

    def witness_keys(self, proposal: str, bits: int) -> list[tuple[str, bytes]]:
        """Return name and public key of the witness, if there is one."""
        return [] if self._witness is None else [("witness", self._witness.public_key(proposal, bits))]

    def sign(self, sealed: bytes, reserved: Reservation) -> Sequence[bytes]:
        """Return the signatures of a reserved pass, one a registrar.

        Args:
            sealed: The registrar's key, encrypted.
            reserved: What is to be signed.

        Raises:
            OtherUnreachable: The witness does not answer, or signs with another key than the one announced.
            PassTaken: The witness has signed another value for this number.
            VotingClosed: The witness has destroyed its key.
        """
        mine = blind_sign(self._key(reserved.proposal, sealed), reserved.blinded[0])
        if len(reserved.blinded) == 1:
            return [mine]
        if self._witness is None:
            raise OtherUnfit("This vote has a witness, and none is set up here (VESTRY_WITNESS_URL).")
        its = self._witness.cosign(reserved.proposal, reserved.number, reserved.blinded[1])
        if not is_blind_signature(reserved.keys[1], reserved.blinded[1], its):
            # kept, it would cost the voter their pass
            raise OtherUnfit("The witness signs with another key than the one that was announced.")
        return [mine, its]

    def _key(self, proposal: str, sealed: bytes) -> SigningKey:
        key = self._ready.pop(proposal, None)
        if key is None:
            key = SigningKey.from_der(self._keys.unseal(sealed, of=proposal))
        self._ready[proposal] = key
        while len(self._ready) > MOST_KEYS:
            self._ready.popitem(last=False)
        return key

    def forget(self, proposal: str) -> None:
        """Let a key go: the passes of its vote are settled; the witness hears of it, and goes by the clock if not."""
        self._ready.pop(proposal, None)
        if self._witness is not None:
            try:
                self._witness.settle(proposal)
            except (OtherUnreachable, Refusal) as error:
                log.warning("the witness of %s has not heard that its passes are settled: %s", proposal, error)
