"""What anyone may ask without a token: whether the service is well, what it is, and what a problem means."""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Path, Request
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.api.describe import OTHERWISE, example_of_problem, operation_id, problems
from app.api.fields import Told, shown
from app.api.service import ServiceAtHand
from app.errors import NO_SUCH_ADDRESS, ProblemType, problem_types
from app.problems import Problem
from app.remedies import REMEDIES
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
            "commit": None,
            "schema_revision": "0001",
            "database": "sqlite",
            "features": {"mail": True, "sign_in_elsewhere": False, "box_elsewhere": False, "witnesses": True},
            "head": {
                "size": 4812,
                "root": "9f2c71ab04d8e6134b5f0a4a3e8a7a6f6f8a4c1ddc2d1a6f0f9be3e3d0f6a5b1",
            },
        }
    )

    name: str
    version: str
    commit: str | None
    """Of the sources it was built from, where that is known."""
    schema_revision: str
    database: str
    features: dict[str, bool]
    """What is set up here: `mail` for letters, `sign_in_elsewhere` by OpenID Connect, `box_elsewhere` where secret
    ballots are kept by a process of their own, `witnesses` that cosign checkpoints."""
    head: Head


class Explanation(Told):
    """A kind of problem: where a problem's `type` leads."""

    model_config = shown(
        {
            "type": "/problems/pool-exhausted",
            "code": "pool_exhausted",
            "status": 409,
            "title": "A plan's pool has too few units left on this day or on a later one.",
            "remedy": REMEDIES["pool_exhausted"],
            "example": Problem.model_config["json_schema_extra"]["examples"][0],  # type: ignore[index]
        }
    )

    type: str
    code: str
    status: int
    title: str
    remedy: str
    """What to do about it."""
    example: Problem


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
    """Get version, schema revision, what is set up here, and the journal's head."""
    features = {
        "mail": service.post is not None,
        "sign_in_elsewhere": service.provider is not None,
        "box_elsewhere": service.settings.box_elsewhere,
        "witnesses": bool(service.cosigned.witnesses),
    }
    return await service.door.read(_info, service.settings.commit or None, features)


def _info(db: Session, commit: str | None, features: dict[str, bool]) -> Info:
    size = journal.size(db)
    return Info(
        name="vestry",
        version=VERSION,
        commit=commit,
        schema_revision=str(db.execute(text("SELECT version_num FROM alembic_version")).scalar_one()),
        database=db.get_bind().dialect.name,
        features=features,
        head=Head(size=size, root=journal.head_at(db, size).root().hex()),
    )


@router.get("/problems", responses=OTHERWISE)
async def list_problems() -> list[Explanation]:
    """List every kind of problem."""
    return [_explained(each) for each in problem_types()]


@router.get("/problems/{kind}", responses=NO_SUCH_KIND, response_model=Explanation)
async def explain_problem(
    request: Request, kind: Annotated[str, Path(examples=["pool-exhausted"])]
) -> Explanation | Response:
    """Explain a kind of problem: what to do about it, with an example.

    A browser is led to a page that says the same.
    """
    for each in problem_types():
        if each.url == f"/problems/{kind}":
            if "text/html" in request.headers.get("accept", ""):
                return RedirectResponse(f"/help{each.url}", HTTPStatus.SEE_OTHER, {"Vary": "Accept"})
            return _explained(each)
    raise HTTPException(404)


def _explained(kind: ProblemType) -> Explanation:
    return Explanation(
        type=kind.url,
        code=kind.code,
        status=kind.status,
        title=kind.title,
        remedy=kind.remedy,
        example=Problem(**example_of_problem(kind)),
    )
