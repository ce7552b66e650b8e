"""The pass to a secret vote: fetched by a script of ours in the voter's own browser, kept there, and taken to the box.

What the script does can be read in ``static/vote.js``; without it a pass is fetched by hand (``app.secret.by_hand``).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.secret import program
from app.web import deciding
from app.web.site import Here, Own, Pages, View
from governance.lifecycle import State, issues_until
from ledger.errors import NotFound

pages = Pages()

HEADERS = {
    # the box must not learn where a voter comes from
    "Referrer-Policy": "no-referrer",
    # what this page opens may ask it for the pass; the box's page asks, and no other is answered
    "Cross-Origin-Opener-Policy": "unsafe-none",
}


@pages.get("/decisions/{proposal}/pass", Own, long=True)
def own_pass(db: Session, here: Here, proposal: str) -> View:
    """Fetch one's pass and keep it safe; once voting is open, take it to the box."""
    found = deciding.find(db, here, proposal)
    secret = deciding.secret(db, found)
    if secret is None or found.announced is None:
        raise NotFound("No passes are given out for this vote.", field="proposal")
    return View(
        "pass.html",
        {
            "of": found,
            "secret": secret,
            "is_issuing": found.state is State.ISSUING,
            "is_open": found.state is State.OPEN,
            "until": issues_until(found.announced),
            "program": program.address(),
            "names": dict(secret.options),
        },
        headers=HEADERS,
    )
