"""A vote with a witness: no pass is made without it, and while it is down a voter only has to ask again."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.secret.keys import KeyFile
from app.secret.signing import Signer
from app.secret.witness import RemoteWitness
from governance.secret import canonical, voter
from governance.secret.blind import SigningKey, blind_sign
from governance.secret.canonical import from_base64, to_base64
from tests.secret.live import listening
from tests.secret.precinct import Precinct


def a_witness() -> Starlette:
    """Return a witness that signs whatever it is asked for."""
    key = SigningKey.generate(2048)
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo

    async def tell(_: Request) -> JSONResponse:
        return JSONResponse({"spki": to_base64(key.public.public_bytes(encoding, form))})

    async def cosign(request: Request) -> JSONResponse:
        blinded = from_base64((await request.json())["blinded"])
        return JSONResponse({"blind_sig": to_base64(blind_sign(key, blinded))})

    return Starlette(routes=[Route("/key", tell, methods=["POST"]), Route("/cosign", cosign, methods=["POST"])])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_while_the_witness_is_down_the_same_request_waits_for_it(precinct: Precinct) -> None:
    witness, keys = a_witness(), KeyFile(precinct.votes.settings.key_path)
    with listening(witness) as address:
        precinct.votes.signer = Signer(keys, RemoteWitness(address, "t"))
        precinct.announce().issue()
        assert len(precinct.fetch(precinct.members[0]).pass_sigs) == 2
    request = voter.request(precinct.manifest)
    down = precinct.ask(precinct.members[1], request)
    assert (down.status_code, down.json()["type"]) == (503, "urn:vestry:witness_down")
    pasted = canonical.write(request.body()).decode()
    assert precinct.send_by_hand(precinct.members[1], pasted).status_code == 503
    assert precinct.ask(precinct.members[1], voter.request(precinct.manifest)).status_code == 409
    with listening(witness) as address:
        precinct.votes.signer = Signer(keys, RemoteWitness(address, "t"))
        answer = precinct.ask(precinct.members[1], request)
    signed = [from_base64(one) for one in answer.json()["blind_sigs"]]
    voter.check_pass(precinct.manifest, voter.finish(precinct.manifest, request, signed))
