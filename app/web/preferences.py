"""How somebody reads and what they hear of: language, zone, letters, their e-mail address. For every account."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.mail.kinds import OF_MEMBERS, OFFERED, Choice, Digest, Topic
from app.mail.readers import company_zone, house_of
from app.people import address_changes, preferences
from app.people.accounts import Account
from app.people.roles import Role
from app.web.forms import choice_in, line_in
from app.web.site import Anybody, Go, Here, Pages, Signed, View
from ledger.errors import NotAllowedNow, NotFound
from ledger.types import Act

pages = Pages(early=True)
PATH = "/settings/mail"

NAMES: Mapping[Topic, str] = {
    Topic.VOTE: "A vote has opened",
    Topic.CLOSING: "A vote closes soon",
    Topic.RESULT: "How a vote ended",
    Topic.IDEA: "Something was put forward",
    Topic.GRANT: "A grant waits for you",
    Topic.VESTED: "Equity became yours",
    Topic.IMPORT: "An import left rows out",
    Topic.CHECKPOINT: "A checkpoint of the record",
    Topic.DIGEST: "The digest",
}
"""Topic to what it is called."""

MEANINGS: Mapping[Topic, str] = {
    Topic.VOTE: "One in which you may vote.",
    Topic.CLOSING: "Once, and only if you have not voted.",
    Topic.RESULT: "The outcome, and what became of it. Never how anybody voted.",
    Topic.IDEA: "Ideas that members would like to have decided.",
    Topic.GRANT: "To read, and to accept or decline.",
    Topic.VESTED: "Once a month, for all your grants.",
    Topic.IMPORT: "Of a file that you handed in.",
    Topic.CHECKPOINT: "A signed text to keep, once a day if the record has grown: it proves if history is rewritten.",
}


def called(here: Here, topic: Topic) -> str:
    """Return what a topic is called."""
    return here.words.say(NAMES[topic])


def me(here: Here) -> Account:
    """Return who is signed in.

    Raises:
        NotFound: Nobody is.
    """
    if here.account is None:
        raise NotFound("Sign in first.")
    return here.account


def topics_of(here: Here) -> tuple[Topic, ...]:
    """Return what whoever is here may hear of: what happens to members, to whoever imports, to the record."""
    of_members = OF_MEMBERS if me(here).holder is not None else ()
    of_imports = (Topic.IMPORT,) if Role.FINANCE in here.roles or not of_members else ()
    return (*of_members, *of_imports, Topic.CHECKPOINT)


@pages.get(PATH, Signed)
def show(db: Session, here: Here) -> View:
    """What somebody chose."""
    mine = me(here)
    chosen = preferences.preferences_of(db, mine.id)
    topics = [
        (topic, called(here, topic), here.words.say(MEANINGS[topic]), _chosen(here, topic, chosen))
        for topic in topics_of(here)
    ]
    return View(
        "preferences.html",
        {
            "chosen": chosen,
            "topics": topics,
            "choices": [choice.value for choice in Choice],
            "offered": {topic: {one.value for one in offered} for topic, offered in OFFERED.items()},
            "zones": preferences.zones(),
            "company_zone": company_zone(db),
            "waiting": address_changes.waiting(db, mine.id, Act("reader", "role:reader", here.now).at),
        },
    )


def _chosen(here: Here, topic: Topic, chosen: preferences.Preferences) -> str:
    return here.form.get(f"topic-{topic.value}", chosen.choices[topic].value)


@pages.post(f"{PATH}/reading", Signed, again=show)
def choose_reading(db: Session, act: Act, here: Here) -> Go:
    """Read in another language and another zone."""
    del act
    language, zone = here.form.get("language") or None, here.form.get("zone") or None
    preferences.choose_reading(db, me(here).id, language=language, zone=zone)
    return Go(PATH, here.words.say("Saved. From now on you read everything like this."), language=language)


@pages.post(f"{PATH}/letters", Signed, again=show)
def choose_letters(db: Session, act: Act, here: Here) -> Go:
    """Hear of some things at once, of some in a digest, of some not at all."""
    del act
    choices = {topic: choice_in(here, f"topic-{topic.value}", Choice) for topic in topics_of(here)}
    preferences.choose_letters(db, me(here).id, choices, choice_in(here, "digest", Digest))
    return Go(PATH, here.words.say("Saved. You hear of things like this from now on."))


@pages.post(f"{PATH}/address", Signed, again=show)
def change_address(db: Session, act: Act, here: Here) -> Go:
    """Give another e-mail address; it counts once the link sent to it was opened."""
    if not here.mails:
        text = here.words.say("There is no mail server here to check an address with. An administrator can set it.")
        raise NotAllowedNow(text, field="email")
    to = address_changes.ask(db, act, house_of(db, here.origin), me(here).id, line_in(here, "email"))
    note = here.words.say("A link is on its way to {address}. Open it, and the address is yours.", address=to)
    return Go(PATH, note)


@pages.get("/address/{secret}", Anybody)
def show_link(db: Session, here: Here, secret: str) -> View:
    """What the link to a new address leads to: a button, so that no program that looks at links uses it up."""
    del db, here
    return View("address.html", {"secret": secret})


@pages.post("/address/{secret}", Anybody, again=show_link, guarded=True)
def confirm_address(db: Session, act: Act, here: Here, secret: str) -> Go:
    """Show that an address is one's own, by the link that was sent to it."""
    account = address_changes.confirm(db, act, house_of(db, here.origin), secret)
    note = here.words.say("Letters to {name} now go to {address}.", name=account.name, address=account.email)
    return Go(PATH, note)
