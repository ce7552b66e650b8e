"""The witness as an application of its own: three doors for the registrar, and for everybody what it is and signed."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import clock
from app.db import Runner
from app.errors import problem_type
from app.secret.keys import KeyFile
from app.secret.links import Other, OtherUnreachable
from app.secret.signing import Signer
from app.web.render import FOLDER, environment
from app.web.words import language_of, words
from governance.errors import VotingNotOpen
from governance.secret import witness
from governance.secret.blind import SMALLEST_BITS, SigningKey
from governance.secret.canonical import from_base64, to_base64
from governance.secret.errors import NotCanonical, PollUnsound
from governance.secret.manifest import rsa_key
from governance.secret.registrar import Reservation
from governance.secret.witness import Witnessed
from ledger.errors import NotFound, Refusal

MOST_BODY = 64 * 1024
MOST_BITS = 4096
HEADERS: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
}
OPEN = {"Access-Control-Allow-Origin": "*"}
WHAT = (
    "A second registrar, run by the council, not by the operator. No pass of its votes is good without its signature."
)


@dataclass(slots=True)
class Witness:
    """What the witness answers with.

    Attributes:
        registrar: What the service publishes: which votes were announced, and how.
        sweep: Leaves nothing in the database's files of a key that was destroyed.
    """

    runner: Runner
    keys: KeyFile
    token: str
    registrar: Other
    sweep: Callable[[], None]
    now: Callable[[], datetime] = clock.now

    def _at(self) -> int:
        return int(self.now().timestamp())

    def key(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Return the public key of a vote, which is made when it is first asked for."""
        proposal, bits = str(asked["proposal"]), int(asked["bits"])
        try:
            return {"spki": to_base64(self.runner.read(witness.find_vote, proposal).spki)}
        except NotFound:
            pass
        if not SMALLEST_BITS <= bits <= MOST_BITS or bits % 8:
            raise PollUnsound(f"Keys have {SMALLEST_BITS} to {MOST_BITS} bits.", field="bits")
        made = SigningKey.generate(bits)
        spki = made.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        sealed = self.keys.seal(made.to_der(), of=proposal)
        return {"spki": to_base64(self.runner.run(witness.keep_key, proposal, spki, sealed))}

    def cosign(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Return the signature of a number, once what was announced is known."""
        proposal, number, blinded = str(asked["proposal"]), int(asked["number"]), from_base64(asked["blinded"])
        try:
            of, signed = self.runner.run(witness.reserve, proposal, number, blinded, at=self._at())
        except VotingNotOpen:
            self.hear(proposal)
            of, signed = self.runner.run(witness.reserve, proposal, number, blinded, at=self._at())
        return {"blind_sig": to_base64(signed or self._sign(of, number, blinded))}

    def _sign(self, of: Witnessed, number: int, blinded: bytes) -> bytes:
        assert of.sealed is not None
        reserved = Reservation(of.proposal, number, (blinded,), None, (rsa_key(to_base64(of.spki)),))
        [signed] = Signer(self.keys).sign(of.sealed, reserved)
        return self.runner.run(witness.keep, of.proposal, number, signed)

    def settle(self, asked: Mapping[str, Any]) -> dict[str, bool]:
        """Destroy the key of a vote whose passes are all signed, if their time is over."""
        return {"is_gone": self._forget(str(asked["proposal"]))}

    def _forget(self, proposal: str) -> bool:
        of = self.runner.read(witness.find_vote, proposal)
        if of.sealed is None:
            return True
        for number, blinded in self.runner.read(witness.unsigned, proposal):
            self._sign(of, number, blinded)
        is_gone = self.runner.run(witness.forget, proposal, at=self._at())
        self.sweep()
        return is_gone

    def hear(self, proposal: str) -> None:
        """Read what was announced of a vote, if anything was.

        Raises:
            OtherUnreachable: The service does not answer, or tells otherwise than it names.
            PollUnsound: It was announced with another key, or otherwise before.
        """
        index = orjson.loads(self.registrar.get("/polls/index.json") or b"[]")
        for one in index:
            if one["proposal"] == proposal:
                manifest = self.registrar.get(f"/polls/{one['poll']}/manifest.json")
                if manifest is None:
                    raise OtherUnreachable("The service names a vote that it does not tell of.")
                self.runner.run(witness.bind, manifest)

    def catch_up(self) -> int:
        """Do what is due without being asked; returns how many votes were carried on."""
        done = 0
        for one in self.runner.read(witness.votes):
            if one.manifest is None:
                self.hear(one.proposal)
            elif witness.is_late(one, at=self._at()):
                done += self._forget(one.proposal)
        return done

    def told(self) -> list[dict[str, Any]]:
        """Return what everybody may know of its votes, the newest first."""
        told = [_told(one, self.runner.read(witness.numbers_signed, one.proposal)) for one in self._announced()]
        return sorted(told, key=lambda one: one["issue_to"], reverse=True)

    def _announced(self) -> list[Witnessed]:
        return [one for one in self.runner.read(witness.votes) if one.manifest is not None]


def _told(of: Witnessed, numbers: object) -> dict[str, Any]:
    manifest = of.manifest
    assert manifest is not None
    return {
        "poll": manifest.poll_hash.hex(),
        "fingerprint": manifest.fingerprint,
        "title": manifest.title,
        "proposal": of.proposal,
        "spki": to_base64(of.spki),
        "issue_to": manifest.issue_to,
        "roll_size": manifest.roll_size,
        "cosigned": len(numbers),  # type: ignore[arg-type]
        "key": "destroyed" if of.sealed is None else "in use",
    }


def create_witness(door: Witness) -> Starlette:
    """Return the application."""

    def asked(deed: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:  # noqa: ANN401 - an endpoint
        async def answer(request: Request) -> Response:
            if not hmac.compare_digest(
                request.headers.get("authorization", "").encode(), f"Bearer {door.token}".encode()
            ):
                return _problem("forbidden", "This is for the registrar, by its token (VESTRY_WITNESS_TOKEN).", 403)
            body = await request.body()
            try:
                if len(body) > MOST_BODY:
                    raise PollUnsound("This is too long.")
                return JSONResponse(await run_in_threadpool(deed, orjson.loads(body)), headers=HEADERS)
            except (ValueError, KeyError, TypeError, AttributeError, NotCanonical):
                return _problem("malformed", "This is not what a registrar asks.", 422)
            except Refusal as refusal:
                return _problem(refusal.code, str(refusal), problem_type(type(refusal)).status)
            except OtherUnreachable as error:
                return _problem("service_down", str(error), 503)

        return answer

    async def page(request: Request) -> Response:
        told = await run_in_threadpool(door.told)
        says = words(language_of(None, request.headers.get("accept-language", "")))
        values = {
            "_": says.say,
            "language": says.language,
            "time": lambda at: says.time(datetime.fromtimestamp(at, UTC), "UTC"),
            "number": says.number,
            "votes": told,
        }
        text = environment().get_template("witness.html").render(values)
        return Response(text, 200, HEADERS, media_type="text/html; charset=utf-8")

    async def as_json(_: Request) -> Response:
        told = {"what": WHAT, "votes": await run_in_threadpool(door.told)}
        return Response(orjson.dumps(told), 200, {**HEADERS, **OPEN}, media_type="application/json")

    async def signed(request: Request) -> Response:
        found = await run_in_threadpool(door.runner.read, witness.signed_list, request.path_params["poll"])
        status = 404 if found is None else 200
        return Response(found, status, {**HEADERS, **OPEN}, media_type="application/json")

    async def style(_: Request) -> Response:
        return Response((FOLDER / "static" / "style.css").read_bytes(), 200, HEADERS, media_type="text/css")

    return Starlette(
        routes=[
            Route("/key", asked(door.key), methods=["POST"]),
            Route("/cosign", asked(door.cosign), methods=["POST"]),
            Route("/settle", asked(door.settle), methods=["POST"]),
            Route("/", page, methods=["GET"]),
            Route("/style.css", style, methods=["GET"]),
            Route("/witness.json", as_json, methods=["GET"]),
            Route("/polls/{poll}/cosigned.json", signed, methods=["GET"]),
        ]
    )


def _problem(code: str, detail: str, status: int) -> Response:
    told = {"type": f"urn:vestry:{code}", "title": code.replace("_", " "), "status": status, "detail": detail}
    return JSONResponse(told, status, HEADERS, media_type="application/problem+json")
