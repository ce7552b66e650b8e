"""What somebody sets for themselves, whatever they hold or do here: how they come in, and where they are signed in."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.people import accounts, elsewhere, links, passkeys
from app.web.site import Go, Here, Pages, Signed, View
from ledger.errors import NotFound
from ledger.types import Act

pages = Pages(early=True)


@pages.get("/settings", Signed)
def settings(db: Session, here: Here) -> View:
    """How somebody comes in, where they are signed in, and who let them."""
    assert here.account is not None
    return View(
        "settings.html",
        {
            "sessions": accounts.sessions_of(db, here.account.id, here.now),
            "passkeys": passkeys.passkeys_of(db, here.account.id),
            "takes_passkeys": passkeys.party_at(here.origin).takes_passkeys,
            "identities": elsewhere.identities_of(db, here.account.id),
            "idle_days": accounts.IDLE_DAYS,
            "links": links.links_for(db, here.account.id),
        },
    )


@pages.post("/settings/browsers", Signed, again=settings)
def sign_out_another(db: Session, act: Act, here: Here) -> Go:
    """Sign one other browser out."""
    assert here.account is not None
    # what is shown of a browser is the beginning of its digest: nobody signs in with that
    wanted = here.form.get("browser", "")
    mine = accounts.sessions_of(db, here.account.id, here.now)
    found = [one for one in mine if one.short == wanted and one.digest != here.session]
    if not found:
        raise NotFound(here.words.say("This browser is signed out already."))
    accounts.end_session(db, act, found[0].digest)
    return Go("/settings#where", here.words.say("The other browser is signed out."))
