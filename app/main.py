"""The service, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from app import checkpoint_routes, cosigning, gate, problems, publishing, worker
from app import tables as tables  # noqa: PLC0414 - for the kinds of entry it declares, which the verifier must know
from app.api import published, routers
from app.api.service import Service
from app.config import Settings
from app.evidence import routes as evidence
from app.jobs import running
from app.lookup import Lookup
from app.mail import postman
from app.operations import health, memory, metrics, watch
from app.secret import by_hand, passes, program, record_file
from app.secret.setup import SecretVotes, TwoHosts, host_of, signer_of
from app.web import pages
from app.webhooks import courier


def create_app(settings: Settings | None = None, *, works: bool = False) -> FastAPI:
    """Return the service for the database that the settings name; the environment's when none are given.

    With ``works`` it also does by itself what is due (``app.worker``).
    """
    service = Service(settings or Settings())
    votes = SecretVotes(service.settings, service.reports, signer_of(service.settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(one) for one in _works(service, votes)] if works else []
        yield
        for task in tasks:
            await worker.stop(task)
        votes.close()
        await service.close()

    app = published.bare(lifespan=lifespan)
    app.state.service = service
    app.state.secret_votes = votes
    app.add_middleware(gate.Gate)
    app.add_middleware(watch.Watch)
    problems.install(app)
    routers.include_all(app)
    pages.include_all(app)
    app.router.routes.extend([*passes.ROUTES, *by_hand.ROUTES, *record_file.ROUTES, *program.ROUTES])
    app.router.routes.extend([*health.ROUTES, *metrics.ROUTES])
    app.router.routes.extend([*checkpoint_routes.ROUTES, *evidence.ROUTES, *published.ROUTES])
    app.router.middleware_stack = Lookup(app.router)
    if not service.settings.box_elsewhere:
        # outermost: of what comes to the box, the service learns nothing
        app.add_middleware(TwoHosts, host=host_of(service.settings.box_address), box=votes.box_app)
    return app


def _works(service: Service, votes: SecretVotes) -> Iterator[Coroutine[Any, Any, None]]:
    yield worker.work(service.reports, votes)
    yield memory.work()
    yield running.work(service.reports, service.jobs, service.now)
    yield publishing.work(service.reports, service.cosigned)
    for witness in service.cosigned.witnesses:
        yield cosigning.work(service.reports, service.cosigned, witness)
    yield courier.work(service.reports, service.outgoing)
    if service.post is not None:
        yield postman.work(service.reports, service.post, service.settings.public_url, service.cosigned)
