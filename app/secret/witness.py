"""The council's witness, as the registrar asks it: a second registrar, in a process that the operator does not run.

Every pass of its votes carries its signature, too, so nobody makes passes without it (``governance.secret.witness``).
"""

from __future__ import annotations

import urllib.error
import urllib.request

import orjson

from app.secret.links import SECONDS, OtherUnfit, OtherUnreachable
from governance.errors import VotingClosed
from governance.secret.canonical import from_base64, to_base64
from governance.secret.errors import NotCanonical, PassTaken

MOST_ANSWER = 1_000_000


class RemoteWitness:
    """The witness over HTTP."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._token = token

    def public_key(self, proposal: str, bits: int) -> bytes:
        """Return its key for a vote (SubjectPublicKeyInfo, DER).

        Raises:
            OtherUnreachable: It does not answer, or refuses.
        """
        return self._asked("key", {"proposal": proposal, "bits": bits}, "spki")

    def cosign(self, proposal: str, number: int, blinded: bytes) -> bytes:
        """Return its signature for a number on the roll.

        Raises:
            OtherUnreachable: It does not answer, or refuses.
            PassTaken: It has signed another value for this number.
            VotingClosed: Its key is gone.
        """
        asked = {"proposal": proposal, "number": number, "blinded": to_base64(blinded)}
        return self._asked("cosign", asked, "blind_sig")

    def settle(self, proposal: str) -> None:
        """Let it destroy its key, now that every pass is signed.

        Raises:
            OtherUnreachable: It does not answer, or refuses.
        """
        self._answer("settle", {"proposal": proposal})

    def _asked(self, what: str, body: object, wanted: str) -> bytes:
        try:
            return from_base64(orjson.loads(self._answer(what, body))[wanted])
        except (ValueError, KeyError, TypeError, NotCanonical):
            raise OtherUnfit("The witness answers something else than it was asked for.") from None

    def _answer(self, what: str, body: object) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(f"{self._address}/{what}", orjson.dumps(body), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                told: bytes = answer.read(MOST_ANSWER)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except (OSError, ValueError) as error:
            raise OtherUnreachable(f"The witness does not answer: {error}.") from None
        return told


def _refusal(error: urllib.error.HTTPError) -> Exception:
    try:
        told = orjson.loads(error.read(MOST_ANSWER))
        code, detail = str(told["type"]).removeprefix("urn:vestry:"), str(told["detail"])
    except (OSError, ValueError, KeyError, TypeError):
        code, detail = "", f"it answers {error.code}"
    if code == PassTaken.code:
        return PassTaken("The witness has signed another pass for this number.", field="blinded")
    if code == VotingClosed.code:
        return VotingClosed("The time for passes is over, and the witness's key is gone.", field="proposal")
    if error.code >= 500:
        return OtherUnreachable(f"The witness is not well: {detail}")
    return OtherUnfit(f"The witness refuses: {detail}")
