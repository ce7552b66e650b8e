"""Passkeys on pages: a script asks the device, and an ordinary form brings its answer; without one, there are links."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.people import passkeys
from app.people.passkeys import party_at
from app.web.admission import local
from app.web.door import arrived, sign_in
from app.web.forms import line_in
from app.web.settings import settings
from app.web.site import Anybody, Data, Go, Here, Pages, Signed
from ledger.types import Act

pages = Pages(early=True)


@pages.post("/sign-in/passkey/options", Anybody, long=True, guarded=True)
def ask_for_passkey(db: Session, act: Act, here: Here) -> Data:
    """What the script needs to ask a device."""
    return Data(passkeys.request_options(db, act, party_at(here.origin)))


@pages.post("/sign-in/passkey", Anybody, again=sign_in, long=True, guarded=True)
def use_passkey(db: Session, act: Act, here: Here) -> Go:
    """Sign in by a device."""
    account, cookie = passkeys.sign_in(db, act, party_at(here.origin), here.form.get("answer", ""))
    return arrived(db, act, here, account, cookie, to=local(here.form.get("next", "")))


@pages.post("/settings/passkeys/options", Signed, long=True)
def begin_passkey(db: Session, act: Act, here: Here) -> Data:
    """What the script needs to let a device make a passkey."""
    assert here.account is not None
    return Data(passkeys.creation_options(db, act, here.account, party_at(here.origin), here.company))


@pages.post("/settings/passkeys", Signed, again=settings, long=True)
def add_passkey(db: Session, act: Act, here: Here) -> Go:
    """Let a device in from now on."""
    assert here.account is not None
    name = line_in(here, "name")
    passkeys.add(db, act, here.account, party_at(here.origin), name=name, answer=here.form.get("answer", ""))
    return Go("/settings#passkeys", here.words.say("From now on you can sign in with {name}.", name=name))


@pages.post("/settings/passkeys/remove", Signed, again=settings)
def remove_passkey(db: Session, act: Act, here: Here) -> Go:
    """Let a device in no more."""
    assert here.account is not None
    passkeys.remove(db, act, here.account.id, here.form.get("passkey", ""))
    return Go("/settings#passkeys", here.words.say("The passkey is removed. It lets nobody in any more."))
