"""Registrar and box put together: in one process with two host names, or each by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import Settings
from app.db import Runner
from app.secret import program, published, sealed_box
from app.secret.box_app import BoxDoor, create_box
from app.secret.conduct import BoxConduct, RegistrarConduct
from app.secret.keys import KeyFile
from app.secret.links import Elsewhere, Inside, Other
from app.secret.signing import Signer
from app.secret.witness import RemoteWitness
from governance.secret import polls
from ledger.types import Act

ACTOR, AUTHORITY = "system", "role:worker"


@dataclass(frozen=True, slots=True)
class BoxAtHand:
    """The box of this process."""

    engine: Engine
    app: Starlette
    conduct: BoxConduct

    def published(self, path: str) -> bytes | None:
        """Return what the box publishes under a path, or None."""
        if path == "/box-key":
            return self.conduct.key
        return self.conduct.runner.read(published.by_box, path)


def open_box(settings: Settings, registrar: Other) -> BoxAtHand:
    """Return the box that the settings name, which hears of votes from the registrar."""
    engine = sealed_box.open_database(settings)
    runner = Runner(engine)
    key = sealed_box.key_of(runner, KeyFile(settings.key_path))
    public = sealed_box.public_key_of(key)
    conduct = BoxConduct(runner, registrar, public, sealed_box.sweeper(engine))
    return BoxAtHand(engine, create_box(BoxDoor(runner, key, public)), conduct)


def signer_of(settings: Settings) -> Signer:
    """Return what signs passes as the settings say, with a witness where they name one."""
    witness = (
        RemoteWitness(settings.witness_url, settings.witness_token.get_secret_value()) if settings.witness_url else None
    )
    return Signer(KeyFile(settings.key_path), witness)


@dataclass(slots=True)
class SecretVotes:
    """The secret votes of a service: its registrar, and its box where that is not elsewhere."""

    settings: Settings
    runner: Runner
    signer: Signer
    box: BoxAtHand | None = None

    def at_hand(self) -> BoxAtHand | None:
        """Return the box of this process, opened when it is first needed; None where it is elsewhere."""
        if self.box is None and not self.settings.box_elsewhere:
            self.box = open_box(self.settings, Inside(self._published))
        return self.box

    def _published(self, path: str) -> bytes | None:
        return self.runner.read(published.by_registrar, path)

    def other_box(self) -> Other:
        """Return the box as the registrar hears of it."""
        mine = self.at_hand()
        return Elsewhere(self.settings.box_address) if mine is None else Inside(mine.published)

    def is_needed(self, now: datetime) -> bool:
        """Return whether there is a secret vote at all: until then no box is opened."""
        return self.box is not None or bool(self.runner.read(polls.waiting, Act(ACTOR, AUTHORITY, now)))

    def catch_up(self, now: datetime) -> int:
        """Do everything that is due of secret votes, at registrar and box, until nothing is."""
        if not self.is_needed(now):
            return 0
        conduct = RegistrarConduct(
            self.runner,
            self.signer,
            KeyFile(self.settings.key_path),
            self.other_box(),
            program.client_sha384(),
            self.settings.poll_rsa_bits,
        )
        done = 0
        while step := self._once(conduct, now):
            done += step
        return done

    def _once(self, conduct: RegistrarConduct, now: datetime) -> int:
        step = conduct.catch_up(Act(ACTOR, AUTHORITY, now))
        mine = self.at_hand()
        return step + (0 if mine is None else mine.conduct.catch_up(now))

    def box_app(self) -> ASGIApp:
        """Return the box of this process as an application."""
        mine = self.at_hand()
        assert mine is not None
        return mine.app

    def close(self) -> None:
        """Let go of the box's database."""
        if self.box is not None:
            self.box.engine.dispose()


class TwoHosts:
    """Leads what comes to the box's host name to the box, before anything of the service sees it."""

    def __init__(self, app: ASGIApp, host: str, box: Callable[[], ASGIApp]) -> None:
        self._app = app
        self._host = host
        self._box = box

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the one or the other."""
        if scope["type"] == "http" and Headers(scope=scope).get("host", "").lower() == self._host:
            await self._box()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def host_of(address: str) -> str:
    """Return the host of an address, with its port where it has one, as browsers send it."""
    return urlsplit(address).netloc.lower()
