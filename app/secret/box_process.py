"""The box as a process of its own, on a database out of the service's reach: it reads what the registrar publishes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from app import clock
from app.config import Settings
from app.secret.conduct import BoxConduct
from app.secret.links import Elsewhere, OtherUnreachable
from app.secret.setup import BoxAtHand, open_box
from app.worker import EVERY_SECONDS, stop

log = logging.getLogger("vestry.box")


class BoxUnset(RuntimeError):
    """A setting is missing without which the box would lean on the service."""


def settings_of_box(settings: Settings) -> Settings:
    """Return the settings with nothing in them of the service but its address.

    Raises:
        BoxUnset: The database or the key file of the box is not named.
    """
    if not settings.box_database_url:
        raise BoxUnset(
            "Set VESTRY_BOX_DATABASE_URL: the box's own database, with a role that the service does not have."
        )
    if make_url(settings.box_database_url).get_backend_name() != "sqlite" and not settings.key_file:
        raise BoxUnset("Set VESTRY_KEY_FILE: the box's own, not the service's.")
    return settings.model_copy(update={"database_url": settings.box_database_url})


def open_alone(settings: Settings) -> BoxAtHand:
    """Return the box of the settings, which hears of votes from the service over HTTP; see ``settings_of_box``."""
    return open_box(settings_of_box(settings), Elsewhere(settings.public_url))


def create_alone(box: BoxAtHand) -> Starlette:
    """Return the box as an application that does by itself what is due."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_work(box.conduct))
        yield
        await stop(task)
        box.engine.dispose()

    return Starlette(routes=[Mount("/", app=box.app)], lifespan=lifespan)


async def _work(conduct: BoxConduct) -> None:
    while True:
        try:
            await run_in_threadpool(lambda: conduct.catch_up(clock.now()))
        except OtherUnreachable as error:
            log.warning("the box waits for the service: %s", error)
        except Exception:
            log.exception("what is due could not be done; it will be tried again")
        await asyncio.sleep(EVERY_SECONDS)
