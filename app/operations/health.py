"""Whether the process answers, and whether it can do its work: for what starts services and leads requests to them.

Neither asks who wants to know, and neither tells more than which of four things is well.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app import migrate
from app.checkpoints import Signer
from ledger import journal
from ledger.errors import NotFound, Refusal, Tampered
from ledger.notes import open_checkpoint

WELL, WRONG = "ok", "wrong"

HEADERS = {"Cache-Control": "no-store"}


async def lives(_: Request) -> Response:
    """Answer, which is all that is asked."""
    return PlainTextResponse("ok\n", headers=HEADERS)


async def ready(request: Request) -> Response:
    """Answer 200 where the service can do its work and 503 where it can't, and what it is that stops it."""
    service = request.app.state.service
    try:
        checks = await run_in_threadpool(service.reports.read, examine, service.cosigned.signer)
    except SQLAlchemyError:
        checks = {"database": WRONG}
    is_ready = WRONG not in checks.values()
    return JSONResponse({"ready": is_ready, "checks": checks}, 200 if is_ready else 503, HEADERS)


def examine(db: Session, signer: Signer) -> dict[str, str]:
    """Return of each thing whether it is well: nothing after the first that is not, since the others lean on it."""
    looks: dict[str, Callable[[], bool]] = {
        "database": lambda: True,
        "schema": lambda: migrate.revision_of(db.connection()) == migrate.newest(),
        "journal": lambda: _is_readable(db),
        "signing": lambda: _goes_on(db, signer),
    }
    found: dict[str, str] = {}
    for name, look in looks.items():
        found[name] = WELL if look() else WRONG
        if found[name] == WRONG:
            break
    return found


def _is_readable(db: Session) -> bool:
    size = journal.size(db)
    try:
        return journal.head_at(db, size).size == size
    except (NotFound, Tampered, ValueError):
        return False


def _goes_on(db: Session, signer: Signer) -> bool:
    """Return whether the journal begins with what was signed last; what was never signed stops nobody."""
    try:
        last = open_checkpoint(signer.latest(), signer.verifier())
    except NotFound:
        return True
    except Refusal:
        return False
    return last.size <= journal.size(db) and journal.head_at(db, last.size).root() == last.root


ROUTES = [
    Route("/livez", lives, methods=["GET"], include_in_schema=False),
    Route("/readyz", ready, methods=["GET"], include_in_schema=False),
]
