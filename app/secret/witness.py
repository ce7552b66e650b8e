"""The council's witness: a second registrar, in a process that the operator does not run.

Every pass of its votes carries its signature, too, so nobody makes passes without it. It signs one value for each
number of the roll, keeps its own list, and holds its own key.
"""

from __future__ import annotations

import urllib.error
import urllib.request

import orjson

from app.secret.links import SECONDS, OtherUnreachable
from governance.secret.canonical import from_base64, to_base64
from governance.secret.errors import NotCanonical, PassTaken


class RemoteWitness:
    """The witness as the registrar asks it, over HTTP."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._token = token

    def public_key(self, proposal: str) -> bytes:
        """Return its key for a vote (SubjectPublicKeyInfo, DER).

        Raises:
            OtherUnreachable: It does not answer.
        """
        return self._asked("key", {"proposal": proposal}, "spki")

    def cosign(self, proposal: str, number: int, blinded: bytes) -> bytes:
        """Return its signature for a number on the roll.

        Raises:
            OtherUnreachable: It does not answer.
            PassTaken: It has signed another value for this number.
        """
        asked = {"proposal": proposal, "number": number, "blinded": to_base64(blinded)}
        return self._asked("cosign", asked, "blind_sig")

    def _asked(self, what: str, body: object, wanted: str) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(f"{self._address}/{what}", orjson.dumps(body), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return from_base64(orjson.loads(answer.read(1_000_000))[wanted])
        except urllib.error.HTTPError as error:
            if error.code == 409:
                raise PassTaken("The witness has signed another pass for this number.", field="blinded") from None
            raise OtherUnreachable(f"The witness answers {error.code}.") from None
        except (OSError, ValueError, KeyError, NotCanonical) as error:
            raise OtherUnreachable(f"The witness does not answer: {error}.") from None
