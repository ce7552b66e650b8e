"""Where a problem's ``type`` leads somebody with a browser: what it means, what to do, and an example."""

from __future__ import annotations

import json
from http import HTTPStatus

from sqlalchemy.orm import Session

from app.api.describe import example_of_problem
from app.errors import problem_types
from app.web.site import Anybody, Here, Pages, View

pages = Pages(early=True)


@pages.get("/help/problems/{kind}", Anybody)
def explained(db: Session, here: Here, kind: str) -> View:
    """Explain a kind of problem, in English as all that the API says."""
    for each in problem_types():
        if each.url == f"/problems/{kind}":
            example = json.dumps(example_of_problem(each), indent=2, ensure_ascii=False)
            return View("problem.html", {"kind": each, "example": example})
    return View("no_such_page.html", {}, HTTPStatus.NOT_FOUND)
