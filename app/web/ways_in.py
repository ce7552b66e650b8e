"""Sign-in links by e-mail, asked for by whoever wants to come in; the answer is the same whoever asks."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.mail import ways_in
from app.mail.readers import house_of
from app.web.admission import local
from app.web.door import sign_in
from app.web.forms import line_in
from app.web.site import Anybody, Go, Here, Pages
from ledger.errors import NotAllowedNow
from ledger.types import Act

pages = Pages(early=True)


@pages.post("/sign-in/link", Anybody, again=sign_in, guarded=True)
def send_link(db: Session, act: Act, here: Here) -> Go:
    """Have a link sent to one's address."""
    if not here.mails:
        raise NotAllowedNow(here.words.say("This service has no mail server. Ask an administrator for a link."))
    asked = line_in(here, "email")
    to = local(here.form.get("next", ""), "")
    ways_in.ask_for_link(
        db, act, house_of(db, here.origin), asked, language=here.words.language, next_page="" if to == "/" else to
    )
    note = here.words.say(
        "If this address is known here, a link is on its way. Look into your mail in a minute or two."
    )
    return Go("/sign-in", note)
