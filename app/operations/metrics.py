"""Figures for Prometheus, at ``/metrics`` for whoever shows the token of the settings; without one there are none.

No label is an id or a name. With several workers, each adds to files in ``PROMETHEUS_MULTIPROC_DIR``, and any of them
tells the sum; what the database knows is asked when the figures are.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app import archive
from app.mail.tables import mail
from app.operations.together import FOLDER
from app.webhooks.tables import webhook_delivery
from ledger import journal

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "vestry_requests", "Requests answered, by route as declared.", ["route", "method", "status"], registry=REGISTRY
)
DURATION = Histogram(
    "vestry_request_seconds", "From a request to the end of its answer.", ["route"], buckets=SECONDS, registry=REGISTRY
)
DATABASE_ERRORS = Counter(
    "vestry_database_errors", "Requests that the database could not serve: busy or out of reach.", registry=REGISTRY
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database knows."""

    journal_entries: int
    """Entries of the journal."""
    checkpoint_entries: int
    """Entries that the newest checkpoint stands for."""
    checkpoint_age_seconds: float
    """Since the newest checkpoint was signed; -1 where none ever was."""
    mail_waiting: int
    """Letters that are neither sent nor given up."""
    webhooks_waiting: int
    """Deliveries to webhooks that are neither done nor given up."""


def count(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    REQUESTS.labels(route, method, str(status)).inc()
    DURATION.labels(route).observe(seconds)


def figures(db: Session, now: datetime) -> Figures:
    """Return what the database knows at this moment."""
    letters, deliveries = mail.c, webhook_delivery.c
    waiting = select(func.count()).select_from(mail).where(letters.sent_at.is_(None), letters.given_up_at.is_(None))
    sending = select(func.count()).select_from(webhook_delivery)
    sending = sending.where(deliveries.done_at.is_(None), deliveries.given_up_at.is_(None))
    signed = next(iter(archive.listed(db, limit=1)), None)
    return Figures(
        journal_entries=journal.size(db),
        checkpoint_entries=0 if signed is None else signed.size,
        checkpoint_age_seconds=-1.0 if signed is None else max(0.0, (now - signed.at).total_seconds()),
        mail_waiting=db.execute(waiting).scalar_one(),
        webhooks_waiting=db.execute(sending).scalar_one(),
    )


class _Asked(Collector):
    """The figures of the database, as the registry takes them."""

    def __init__(self, told: Figures) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        for field in fields(self._told):
            about = field.name.replace("_", " ")
            yield GaugeMetricFamily(f"vestry_{field.name}", about, value=getattr(self._told, field.name))


async def tell(request: Request) -> Response:
    """Answer with the figures; to whoever shows no token, as if there were nothing here."""
    service = request.app.state.service
    token = service.settings.metrics_token.get_secret_value()
    shown = request.headers.get("authorization", "")
    if not token or not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        return PlainTextResponse("Not found\n", 404)
    told = await run_in_threadpool(service.reports.read, figures, service.now())
    text = generate_latest(_of_all_workers()) + generate_latest(_registry_of(told))
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _of_all_workers() -> CollectorRegistry:
    if FOLDER not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _registry_of(told: Figures) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Asked(told))
    return registry


ROUTES = [Route("/metrics", tell, methods=["GET"], include_in_schema=False)]
