"""The council's witness as a process of its own, on a machine, a database and a key file that the operator has not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import Engine, event, make_url, text
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from app import clock, migrate
from app.config import Settings
from app.db import Runner, make_engine
from app.secret.keys import KeyFile
from app.secret.links import Elsewhere, OtherUnreachable
from app.secret.sealed_box import overwrite_what_is_deleted
from app.secret.witness_app import Witness, create_witness
from app.worker import EVERY_SECONDS, stop
from ledger.errors import Refusal

log = logging.getLogger("vestry.witness")
SHORTEST_TOKEN = 16


class WitnessUnset(RuntimeError):
    """A setting is missing without which the witness would be none."""


def open_witness(settings: Settings, now: Callable[[], datetime] = clock.now) -> tuple[Engine, Witness]:
    """Return the witness that the settings name, with its database, brought to its newest shape.

    Raises:
        WitnessUnset: Its database, its key file or its token is not named.
    """
    url, token = settings.witness_database_url, settings.witness_token.get_secret_value()
    if not url:
        raise WitnessUnset("Set VESTRY_WITNESS_DATABASE_URL: the witness's own database, such as sqlite:///witness.db.")
    is_file = make_url(url).get_backend_name() == "sqlite"
    if not is_file and not settings.key_file:
        raise WitnessUnset("Set VESTRY_KEY_FILE: the witness's own, not the service's.")
    if len(token) < SHORTEST_TOKEN:
        raise WitnessUnset(f"Set VESTRY_WITNESS_TOKEN: {SHORTEST_TOKEN} letters or more, the same at the service.")
    engine = make_engine(url)
    if is_file:
        event.listen(engine, "connect", overwrite_what_is_deleted)
    migrate.upgrade(engine, of=migrate.WITNESS)
    keys = KeyFile(settings.model_copy(update={"database_url": url}).key_path)
    return engine, Witness(Runner(engine), keys, token, Elsewhere(settings.public_url), _sweeper(engine), now)


def _sweeper(engine: Engine) -> Callable[[], None]:
    def sweep() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                connection.execute(text("VACUUM witness_poll"))

    return sweep


def create_alone(engine: Engine, witness: Witness) -> Starlette:
    """Return the witness as an application that does by itself what is due."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_work(witness))
        yield
        await stop(task)
        engine.dispose()

    return Starlette(routes=[Mount("/", app=create_witness(witness))], lifespan=lifespan)


async def _work(witness: Witness) -> None:
    while True:
        try:
            await run_in_threadpool(witness.catch_up)
        except (OtherUnreachable, Refusal) as error:
            log.warning("the witness waits: %s", error)
        except Exception:
            log.exception("what is due could not be done; it will be tried again")
        await asyncio.sleep(EVERY_SECONDS)
