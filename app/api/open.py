"""What anyone may ask without a token: whether the service is well, what it is, and what a problem means."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from app.api.describe import OTHERWISE, operation_id, problems
from app.api.fields import Told, shown
from app.api.service import ServiceAtHand
from app.errors import NO_SUCH_ADDRESS, ProblemType, problem_types
from ledger import journal

VERSION = version("vestry")

router = APIRouter(tags=["service"], generate_unique_id_function=operation_id)


class Health(Told):
    """The service answers, and so does its database."""

    model_config = shown({"status": "ok"})

    status: str


class Head(Told):
    """How far the journal goes, and the hash that stands for all of it."""

    size: int
    """Entries; the number of the next one."""
    root: str
    """Root of the RFC 6962 tree over them, hex."""


class Info(Told):
    """What this service is."""

    model_config = shown(
        {
            "name": "vestry",
            "version": "0.1.0",
            "schema_revision": "0001",
            "database": "sqlite",
            "head": {
                "size": 4812,
                "root": "9f2c71ab04d8e6134b5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1",
            },
        }
    )

    name: str
    version: str
    schema_revision: str
    database: str
    head: Head


class Explanation(Told):
    """A kind of problem: where a problem's `type` leads."""

    model_config = shown(
        {
            "type": "/problems/pool-exhausted",
            "code": "pool_exhausted",
            "status": 409,
            "title": "A plan's pool has too few units left on this day or on a later one.",
        }
    )

    type: str
    code: str
    status: int
    title: str


NO_SUCH_KIND = {404: problems([NO_SUCH_ADDRESS])} | OTHERWISE


@router.get("/healthz", responses=OTHERWISE)
async def health(service: ServiceAtHand) -> Health:
    """Check that the service and its database answer."""
    await service.door.read(_answers)
    return Health(status="ok")


def _answers(db: Session) -> None:
    db.execute(text("SELECT 1"))


@router.get("/v1/_info", responses=OTHERWISE)
async def info(service: ServiceAtHand) -> Info:
    """Get version, schema revision and the journal's head."""
    return await service.door.read(_info)


def _info(db: Session) -> Info:
    size = journal.size(db)
    return Info(
        name="vestry",
        version=VERSION,
        schema_revision=str(db.execute(text("SELECT version_num FROM alembic_version")).scalar_one()),
        database=db.get_bind().dialect.name,
        head=Head(size=size, root=journal.head_at(db, size).root().hex()),
    )


@router.get("/problems", responses=OTHERWISE)
async def list_problems() -> list[Explanation]:
    """List every kind of problem."""
    return [_explained(each) for each in problem_types()]


@router.get("/problems/{kind}", responses=NO_SUCH_KIND)
async def explain_problem(kind: Annotated[str, Path(examples=["pool-exhausted"])]) -> Explanation:
    """Explain a kind of problem."""
    for each in problem_types():
        if each.url == f"/problems/{kind}":
            return _explained(each)
    raise HTTPException(404)


def _explained(kind: ProblemType) -> Explanation:
    return Explanation(type=kind.url, code=kind.code, status=kind.status, title=kind.title)
