"""One's own tax number, as on Form W-9: stated, corrected, and shown by its last four digits only."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.mail.tax_numbers import OWN_PAGE
from app.people import stated
from app.people.stated import TaxKind
from app.people.tax_numbers import last_four, number_of
from app.web.forms import choice_in, line_in
from app.web.site import Go, Here, Own, Pages, View
from ledger.errors import Invalid
from ledger.types import Act

pages = Pages()


@pages.get(OWN_PAGE, Own)
def own_number(db: Session, here: Here) -> View:
    """What is on record, and a form to state it; what was written in it does not come back."""
    number = number_of(db, here.me)
    return View(
        "tax_number.html",
        {
            "known": number is not None,
            "end": None if number is None else last_four(number),
            "statement": stated.stated(db, here.me),
            "kinds": [kind.value for kind in TaxKind],
        },
    )


@pages.post(OWN_PAGE, Own, again=own_number)
def state_number(db: Session, act: Act, here: Here) -> Go:
    """State one's own tax number, or another one in its place."""
    kind, number = choice_in(here, "kind", TaxKind), line_in(here, "number")
    stated.read_number(kind, number)
    if here.form.get("is_mine") != "yes":
        raise Invalid(here.words.say("Say that it is yours, and right."), field="is_mine")
    made = stated.state(db, act, here.me, kind, number)
    note = here.words.say("Your tax number that ends with {end} is on record.", end=made.last_four)
    return Go(OWN_PAGE, note)
