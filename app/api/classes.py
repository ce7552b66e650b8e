"""Share classes: what the charter authorises, and at what ratio one converts into another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app.api.door import Door
from app.api.fields import Day, Flag, Id, Line, Money, Order, Page, Part, Quantity, Ratio, Told, Whole, price_of, shown
from app.api.lists import AsOfAsked, PagingAsked, page_of
from app.api.quantities import units_in
from app.api.service import Now
from app.people.tokens import Scope
from ledger import journal
from ledger.equity import classes, splits
from ledger.equity.values import ClassKind, ShareClass
from ledger.errors import AlreadyExists, AuthorisedExhausted, Conflict, LaterChangeExists, TermsInvalid
from ledger.reading import Known, find
from ledger.types import Act, decimal_text

door = Door("share-classes")

EXAMPLE = {
    "name": "Seed preferred",
    "kind": "PREFERRED",
    "prefix": "PS-",
    "decimals": 0,
    "seniority": 2,
    "votes_per_share": 1,
    "converts_to": "cls_01KJP5H2M9E3T1ZC4QXV6R8W7N",
    "ratio": {"numerator": 1, "denominator": 1},
    "liquidation_multiple": "1.5",
    "original_price": {"amount": "1.00", "currency": "USD"},
    "par_value": {"amount": "0.0001", "currency": "USD"},
    "licensed_only": False,
}


class ClassIn(Order):
    """A class of shares to be authorised."""

    model_config = shown(EXAMPLE | {"authorised": "3000000", "on": "2023-01-05"})

    name: Line
    kind: ClassKind
    prefix: Line
    """Of the labels of its certificates: `CS-` makes `CS-1`."""
    authorised: Quantity | None = None
    """What the charter authorises; null where it sets no maximum."""
    decimals: Annotated[int, Strict(), Field(ge=0, le=6)] = 0
    """How many decimal places its quantities may have, for good."""
    seniority: Whole = 1
    """1 is paid last."""
    votes_per_share: Whole = 1
    converts_to: Id | None = None
    """The class its shares convert into."""
    ratio: Ratio = Ratio(numerator=1, denominator=1)
    """Shares of that class for one share."""
    liquidation_multiple: Annotated[str, Strict(), Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})?$")] | None = None
    """Times the issue price, paid first on a liquidation."""
    original_price: Money | None = None
    par_value: Money | None = None
    licensed_only: Flag = False
    """Held only by holders with a licence."""
    on: Day


class ClassOut(Told):
    """A class of shares."""

    model_config = shown({"id": "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"} | EXAMPLE)

    id: str
    name: str
    kind: ClassKind
    prefix: str
    decimals: int
    seniority: int
    votes_per_share: int
    converts_to: str | None
    ratio: Ratio
    """As first set; a split or an agreement may have changed it since."""
    liquidation_multiple: str | None
    original_price: Money | None
    par_value: Money | None
    licensed_only: bool

    @classmethod
    def of(cls, made: ShareClass) -> ClassOut:
        """Return a class as the API tells it."""
        return cls(
            id=made.id,
            name=made.name,
            kind=made.kind,
            prefix=made.prefix,
            decimals=made.decimals,
            seniority=made.seniority,
            votes_per_share=made.votes_per_share,
            converts_to=made.converts_to,
            ratio=Ratio(numerator=made.ratio_numerator, denominator=made.ratio_denominator),
            liquidation_multiple=made.liquidation_multiple,
            original_price=Money.of(made.original_price),
            par_value=Money.of(made.par_value),
            licensed_only=made.licensed_only,
        )


class ClassFigures(ClassOut):
    """A class of shares with its figures as of a day."""

    model_config = shown(
        {"id": "cls_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"} | EXAMPLE | {"authorised": "3000000", "unissued": "1000000"}
    )

    authorised: str | None
    """What the charter authorises; null where it sets no maximum."""
    unissued: str | None
    """Authorised, and neither issued nor reserved."""


class AuthorisedIn(Order):
    """What the charter authorises from a day on, in all."""

    model_config = shown({"authorised": "14000000", "on": "2025-02-10"})

    authorised: Quantity
    on: Day


class RatioIn(Order):
    """At what ratio a share converts from a day on."""

    model_config = shown({"numerator": 3, "denominator": 2, "on": "2025-02-10"})

    numerator: Part
    denominator: Part
    on: Day


class SplitIn(Order):
    """How many new shares for how many old ones."""

    model_config = shown({"numerator": 3, "denominator": 1, "on": "2026-03-02"})

    numerator: Part
    denominator: Part
    on: Day


@door.write("/share-classes", Scope.REGISTER_WRITE, refuses=[AlreadyExists, TermsInvalid])
def authorise_class(db: Session, act: Act, order: ClassIn) -> ClassOut:
    """Authorise a class of shares."""
    draft = ShareClass("", order.name, order.kind, order.prefix, order.decimals, 1, 1)
    wanted = classes.ClassOrder(
        name=order.name,
        kind=order.kind,
        prefix=order.prefix,
        authorised=None if order.authorised is None else units_in(draft, order.authorised, field="authorised", least=0),
        decimals=order.decimals,
        seniority=order.seniority,
        votes_per_share=order.votes_per_share,
        converts_to=order.converts_to,
        ratio=(order.ratio.numerator, order.ratio.denominator),
        liquidation_multiple=order.liquidation_multiple,
        original_price=price_of(order.original_price),
        par_value=price_of(order.par_value),
        licensed_only=order.licensed_only,
    )
    return ClassOut.of(classes.authorise_class(db, act, wanted, on=order.on))


@door.read("/share-classes", Scope.CAPTABLE_READ)
def list_classes(db: Session, page: PagingAsked) -> Page[ClassOut]:
    """List share classes."""
    return page_of(db, ShareClass, page, _told)


def _told(item: Known[ShareClass]) -> ClassOut:
    return ClassOut.of(item.value)


@door.read("/share-classes/{class_id}", Scope.CAPTABLE_READ)
def get_class(db: Session, class_id: Id, asked: AsOfAsked, now: Now) -> ClassFigures:
    """Get a share class with what is authorised and unissued."""
    cut = asked.cut(db, now)
    found = find(db, ShareClass, class_id, cut)
    authorised = unissued = None
    if not found.unlimited:
        authorised = decimal_text(classes.authorised_units(db, class_id, cut), found.decimals)
        unissued = decimal_text(journal.balance(db, classes.unissued(found), cut), found.decimals)
    return ClassFigures(**dict(ClassOut.of(found)), authorised=authorised, unissued=unissued)


@door.write("/share-classes/{class_id}/authorised", Scope.REGISTER_WRITE, refuses=[AuthorisedExhausted, Conflict])
def adjust_authorised(db: Session, act: Act, class_id: Id, order: AuthorisedIn) -> ClassOut:
    """Authorise another number of shares of a class."""
    of = find(db, ShareClass, class_id)
    wanted = units_in(of, order.authorised, field="authorised", least=0)
    classes.adjust_authorised(db, act, class_id, wanted, on=order.on)
    return ClassOut.of(of)


@door.write("/share-classes/{class_id}/ratio", Scope.REGISTER_WRITE)
def set_ratio(db: Session, act: Act, class_id: Id, order: RatioIn) -> ClassOut:
    """Set the conversion ratio of a class."""
    classes.set_ratio(db, act, class_id, order.numerator, order.denominator, on=order.on)
    return ClassOut.of(find(db, ShareClass, class_id))


@door.write("/share-classes/{class_id}/splits", Scope.EQUITY_WRITE, refuses=[TermsInvalid, LaterChangeExists])
def split_class(db: Session, act: Act, class_id: Id, order: SplitIn) -> ClassOut:
    """Split a class.

    Every share, held, reserved or authorised, becomes so many; prices and conversion ratios follow.
    """
    splits.split_class(db, act, class_id, order.numerator, order.denominator, on=order.on)
    return ClassOut.of(find(db, ShareClass, class_id))
