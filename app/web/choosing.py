"""People chosen in a form by their names, out of a list that a browser offers while one writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy.orm import Session

from app.imports.sessions.mapping import person
from app.people import vault
from app.web.site import Here
from ledger.equity.values import Holder
from ledger.errors import Invalid
from ledger.reading import every


def providers(db: Session) -> dict[str, str]:
    """Return what each provider is to be chosen by, to the holder."""
    return labels(db, [one.id for one in every(db, Holder) if one.licensed])


def labels(db: Session, among: Collection[str] | None = None) -> dict[str, str]:
    """Return what each holder, or each of some, is to be chosen by: the name; where two have one, the id beside it."""
    called = vault.names(db, among)
    often = Counter(person(name) for name in called.values())
    return {name if often[person(name)] == 1 else f"{name} ({holder})": holder for holder, name in called.items()}


def holder_in(db: Session, here: Here, name: str) -> str:
    """Return the holder whose name somebody wrote.

    Raises:
        Invalid: Nobody on record is called so.
    """
    written = here.form.get(name, "").strip()
    known = {person(label): holder for label, holder in labels(db).items()}
    if person(written) not in known:
        raise Invalid(here.words.say("Nobody on record is called “{label}”.", label=written[:200]), field=name)
    return known[person(written)]
