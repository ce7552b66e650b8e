"""What is asked and told of proposals, their versions, the board's word and notices; two routers speak of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, Strict
from sqlalchemy.orm import Session

from app import voting
from app.api.fields import Day, Document, Id, Line, Order, Told, shown
from app.api.prose import Prose
from governance import proposals
from governance.differences import Mark
from governance.lifecycle import State, local_time
from governance.notices import Dates
from governance.proposals import Content
from governance.records import BoardReview, Notice, Proposal, ProposalKind, Recommendation, Version
from ledger.errors import Invalid
from ledger.types import moment_at

PROPOSAL_ID = "prp_01KJQ3YT5RWX6M1YFV0B1WJ6Q8"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MOTION: dict[str, Any] = {
    "kind": "set_policy",
    "key": "fees",
    "value": {"fees": [{"name": "platform", "percent": "12.5", "per": "session"}]},
    "expected_version": 1,
}
CONTENT: dict[str, Any] = {
    "title": "Set the platform fee to 12.5 %",
    "text": "## Why?\n\nThe reserve is full.",
    "motions": [MOTION],
}
SUMMARY: dict[str, Any] = {
    "id": PROPOSAL_ID,
    "kind": "FEE_OR_RATE",
    "state": "NOTICE",
    "title": "Set the platform fee to 12.5 %",
    "version": 2,
    "author": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "board_ref": None,
    "repeals": None,
}
VERSION: dict[str, Any] = CONTENT | {
    "number": 2,
    "options": [],
    "seats": 1,
    "author": "hld_01KJQ3YT5RWX6M1YFV0B1WJ6Q8",
    "digest": HASH,
}
NOTICE: dict[str, Any] = {
    "version": 2,
    "record_date": "2026-04-14",
    "opens": "2026-04-15T09:00",
    "closes": "2026-04-22T18:00",
    "zone": "America/New_York",
    "opens_at": "2026-04-15T13:00:00Z",
    "closes_at": "2026-04-22T22:00:00Z",
    "effective_on": "2026-06-21",
    "rule": {"kind": "FEE_OR_RATE", "method": "majority", "notice_days": 30},
    "digest": HASH,
    "lot": HASH,
    "petition": None,
}
REVIEW: dict[str, Any] = {"recommendation": "FOR", "reasons": "It can be paid from the reserve."}

LocalTime = Annotated[
    str,
    Strict(),
    Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$"),
]
"""What the clock on the wall shows where the company is."""

OptionKey = Annotated[str, Strict(), Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]


class Option(Told):
    """What can be chosen."""

    model_config = shown({"key": "monthly", "title": "Every month"}) | {"extra": "forbid"}

    key: OptionKey
    title: Line


class ContentIn(Order):
    """What is proposed."""

    model_config = shown(CONTENT)

    title: Line
    text: Prose
    motions: Annotated[list[Document], Field(max_length=20)] = Field(default_factory=list)
    """What takes effect if it passes, each with its `kind`; none for a question."""
    options: Annotated[list[Option], Field(max_length=40)] = Field(default_factory=list)
    """What can be chosen, where the rule is not yes or no; in an election whoever stands."""
    seats: Annotated[int, Strict(), Field(ge=1, le=40)] = 1
    """How many are elected."""

    def content(self) -> Content:
        """Return what is proposed.

        Raises:
            Invalid: Two options have one key.
        """
        options = {one.key: one.title for one in self.options}
        if len(options) < len(self.options):
            raise Invalid("Each option has a key of its own.", field="options")
        return Content(self.title, self.text, tuple(self.motions), options or None, self.seats)


class ProposalIn(ContentIn):
    """Something is put forward."""

    model_config = shown({"kind": "FEE_OR_RATE"} | CONTENT)

    kind: ProposalKind
    """What is decided: it says who votes, by which rule, after how long."""
    repeals: Id | None = None
    """The proposal whose effect this one would undo."""


class BoardProposalIn(ProposalIn):
    """The board puts something forward."""

    model_config = shown({"kind": "FEE_OR_RATE", "board_ref": "board:2026-02"} | CONTENT)

    board_ref: Line
    """The board's resolution. No interest has to be gathered then."""


class NoticeIn(Order):
    """When the vote is held, by the clock where the company is."""

    model_config = shown({"record_date": "2026-04-14", "opens": "2026-04-15T09:00", "closes": "2026-04-22T18:00"})

    record_date: Day
    """Whoever is a member at its end may vote."""
    opens: LocalTime
    closes: LocalTime
    """The vote is open until just before."""
    effective_on: Day | None = None
    """When it takes effect if it passes; as early as its rule allows, if left out."""

    def dates(self, zone: str) -> Dates:
        """Return the dates in a zone.

        Raises:
            Invalid: There is no such day.
        """
        return Dates(
            self.record_date, _time(self.opens, "opens"), _time(self.closes, "closes"), zone, self.effective_on
        )


def _time(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"There is no such day: {text}.", field=field) from None


class BoardReviewIn(Order):
    """What the board says to a proposal. It can't stop one."""

    model_config = shown(REVIEW)

    recommendation: Recommendation
    reasons: Prose


class ProposalOut(Told):
    """A proposal in short."""

    model_config = shown(SUMMARY)

    id: str
    kind: ProposalKind
    state: State
    """Where it stands now."""
    title: str
    version: int
    """The number of the newest version."""
    author: str
    board_ref: str | None
    repeals: str | None

    @classmethod
    def of(cls, db: Session, made: Proposal, now: datetime) -> ProposalOut:
        """Return a proposal as the API tells it."""
        said = proposals.version(db, made.id)
        return cls(
            id=made.id,
            kind=made.kind,
            state=voting.state_now(db, made.id, now),
            title=said.title,
            version=said.number,
            author=made.author,
            board_ref=made.board_ref,
            repeals=made.repeals,
        )


class VersionOut(Told):
    """What a proposal says, or said."""

    model_config = shown(VERSION)

    number: int
    title: str
    text: str
    motions: list[dict[str, Any]]
    options: list[Option]
    seats: int
    author: str
    digest: str
    """SHA-256 over all of it."""

    @classmethod
    def of(cls, said: Version) -> VersionOut:
        """Return a version as the API tells it."""
        return cls(
            number=said.number,
            title=said.title,
            text=said.text,
            motions=said.motions,
            options=[Option(**one) for one in said.options],
            seats=said.seats,
            author=said.author,
            digest=said.digest,
        )


class NoticeOut(Told):
    """A vote that is announced: text, motions, rule and dates are frozen."""

    model_config = shown(NOTICE)

    version: int
    record_date: date
    opens: str
    """By the clock on the wall in `zone`."""
    closes: str
    zone: str
    opens_at: datetime
    closes_at: datetime
    effective_on: date | None
    """When it takes effect if it passes; null for a question."""
    rule: dict[str, Any]
    """Who decides, with how many: the rule as it was when the vote was announced."""
    digest: str
    """SHA-256 over the version, the rule and the dates."""
    lot: str
    """SHA-256 of the seed by which ties are decided; the seed is told when the vote closes."""
    petition: str | None
    """The petition that forced it."""

    @classmethod
    def of(cls, announced: Notice) -> NoticeOut:
        """Return a notice as the API tells it."""
        opens, closes = (local_time(at, announced.zone) for at in (announced.opens_at, announced.closes_at))
        return cls(
            version=announced.version,
            record_date=announced.record_date,
            opens=f"{opens:%Y-%m-%dT%H:%M}",
            closes=f"{closes:%Y-%m-%dT%H:%M}",
            zone=announced.zone,
            opens_at=moment_at(announced.opens_at),
            closes_at=moment_at(announced.closes_at),
            effective_on=announced.effective_on,
            rule=announced.rule,
            digest=announced.digest,
            lot=announced.lot,
            petition=announced.petition,
        )


class BoardReviewOut(Told):
    """What the board says, with its reasons."""

    model_config = shown(REVIEW)

    recommendation: Recommendation
    reasons: str

    @classmethod
    def of(cls, said: BoardReview) -> BoardReviewOut:
        """Return a review as the API tells it."""
        return cls(recommendation=said.recommendation, reasons=said.reasons)


class InterestOut(Told):
    """How many members want it decided."""

    interested: int
    needed: int
    """As many as their number and the rule ask for today."""


class ProposalInFull(ProposalOut):
    """A proposal with all that is known of it."""

    model_config = shown(
        SUMMARY
        | {
            "content": VERSION,
            "interest": {"interested": 24, "needed": 24},
            "review": REVIEW,
            "notice": NOTICE,
            "withdrawn_because": None,
        }
    )

    content: VersionOut
    """The newest version."""
    interest: InterestOut
    review: BoardReviewOut | None
    notice: NoticeOut | None
    """Of the newest version: a change makes one void."""
    withdrawn_because: str | None


class LineOut(Told):
    """A line of the text."""

    mark: Mark
    text: str


class FieldChangeOut(Told):
    """A field that says something else; each value as JSON text, null where the field was not there."""

    field: str
    before: str | None
    after: str | None


class DifferencesOut(Told):
    """What one version says otherwise than another."""

    model_config = shown(
        {
            "before": 1,
            "after": 2,
            "fields": [{"field": "motions[0].value.fees[0].percent", "before": '"13"', "after": '"12.5"'}],
            "lines": [{"mark": "SAME", "text": "## Why?"}, {"mark": "ADDED", "text": "The reserve is full."}],
        }
    )

    before: int
    after: int
    fields: list[FieldChangeOut]
    lines: list[LineOut]


class TemplateOut(Told):
    """Where to start with a proposal of a kind, and the rule by which it would be decided today."""

    model_config = shown(CONTENT | {"kind": "FEE_OR_RATE", "seats": 1, "rule": NOTICE["rule"]})

    kind: ProposalKind
    title: str
    text: str
    motions: list[dict[str, Any]]
    seats: int
    rule: dict[str, Any]
