"""What the service answers, as plain records; a field that a later version adds is passed over."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")


def _known(record: type[T], told: Json, **read: Any) -> T:
    """Return a record of those fields that it has."""
    names = {field.name for field in fields(record)}  # type: ignore[arg-type]
    return record(**{name: value for name, value in told.items() if name in names} | read)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row, and what to do about it."""

    code: str
    column: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a row.

    Attributes:
        row: Its number, from 1; in a file, as the spreadsheet counts.
        external_id: Of rows that were handed in; a file's rows are known by their numbers.
        result: ``created``, ``unchanged``, ``collapsed``, ``conflict``, ``rejected`` or ``not_a_session``.
        id: What the session is called from now on.
    """

    row: int
    external_id: str | None
    result: str
    id: str | None
    problem: RowProblem | None

    @classmethod
    def of(cls, told: Json, *, after: int = 0) -> Row:
        """Return it as the service tells it, numbered on from ``after``."""
        problem = told["problem"] and _known(RowProblem, told["problem"])
        return _known(cls, told, row=told["row"] + after, problem=problem)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a file became what."""

    rows_read: int
    accepted: int
    collapsed: int
    duplicate: int
    rejected: int
    non_session: int
    held: int
    late: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.

    Attributes:
        import_id: None where there was nothing to add.
        earlier_import_id: The import in which the very same file was handed in before.
        dry_run: Whether all this is only what would have been.
    """

    import_id: str | None
    earlier_import_id: str | None
    source: str
    counts: Counts
    dry_run: bool

    @classmethod
    def of(cls, told: Json) -> Imported:
        """Return it as a receipt tells it."""
        return _known(cls, told["data"], counts=_known(Counts, told["data"]["counts"]), dry_run=told["dry_run"])


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is carried out beside.

    Attributes:
        state: ``queued``, ``running``, ``succeeded``, ``failed`` or ``cancelled``.
        done: How many rows of this stage are done.
        total: Of how many; None where it can't be told.
        problem: Why it failed, as the service tells problems.
    """

    id: str
    task: str
    state: str
    dry_run: bool
    stage: str | None
    done: int
    total: int | None
    result_url: str | None
    rows_url: str | None
    errors_url: str | None
    events_url: str
    problem: Json | None

    @property
    def has_ended(self) -> bool:
        """Whether it is over, one way or another."""
        return self.state in {"succeeded", "failed", "cancelled"}

    @classmethod
    def of(cls, told: Json) -> Job:
        """Return it as the service tells it."""
        return _known(cls, told | told["progress"])


@dataclass(frozen=True, slots=True)
class Session:
    """A session, or a day's tally, as it stands in a provider's own record; below zero where it undoes another."""

    session: str
    local_date: date
    category: str
    modality: str
    attendance: str
    count: int
    minutes: int
    month: str
    kind: str
    entry: int
    place: int

    @classmethod
    def of(cls, told: Json) -> Session:
        """Return it as the service tells it."""
        return _known(cls, told, local_date=date.fromisoformat(told["local_date"]))


@dataclass(frozen=True, slots=True)
class Holding:
    """A grant or certificate of one's own, as it stands on a day; quantities are exact decimal strings.

    Attributes:
        instalments: Day, quantity and what has become of it; what waits for an event is dated 9999-12-31.
        vests_next: The next day on which something vests, and how much; None where nothing more has a day.
        price: The price a share, and its currency; None where there is none.
    """

    id: str
    label: str
    kind: str
    award_type: str | None
    class_id: str | None
    issued_on: date
    quantity: str
    outstanding: str
    vested: str
    unvested: str
    exercisable: str
    exercisable_until: date | None
    price: tuple[str, str] | None
    to_accept: bool
    vests_next: tuple[date, str] | None
    instalments: tuple[tuple[date, str, str], ...]

    @classmethod
    def of(cls, told: Json) -> Holding:
        """Return it as the service tells it."""
        until, price, next = told["exercisable_until"], told["price_now"], told["next"]
        return _known(
            cls,
            told,
            issued_on=date.fromisoformat(told["issued_on"]),
            exercisable_until=until and date.fromisoformat(until),
            price=price and (price["amount"], price["currency"]),
            vests_next=next and (date.fromisoformat(next["date"]), next["quantity"]),
            instalments=tuple(
                (date.fromisoformat(one["date"]), one["quantity"], one["mark"]) for one in told["instalments"]
            ),
        )


@dataclass(frozen=True, slots=True)
class Equity:
    """What somebody holds or held, on a day, the oldest first."""

    holder: str
    as_of: date
    securities: tuple[Holding, ...]

    @classmethod
    def of(cls, told: Json) -> Equity:
        """Return it as the service tells it."""
        securities = tuple(Holding.of(one) for one in told["securities"])
        return _known(cls, told, as_of=date.fromisoformat(told["as_of"]), securities=securities)


@dataclass(frozen=True, slots=True)
class Week:
    """What of a week counts; sessions are exact, such as ``20`` or ``39/2``."""

    week: date
    credited_sessions: str
    credited_minutes: int
    indirect_minutes: int
    plateau_minutes: int

    @classmethod
    def of(cls, told: Json) -> Week:
        """Return it as the service tells it."""
        return _known(cls, told, week=date.fromisoformat(told["week"]))


@dataclass(frozen=True, slots=True)
class Statement:
    """What a provider delivered in a month, and what of it counts."""

    provider: str
    month: str
    known_at: int
    state: str
    due_by: date
    sessions: int
    minutes: int
    not_delivered: int
    credited_sessions: str
    credited_minutes: int
    late_minutes: int
    weeks: tuple[Week, ...]

    @classmethod
    def of(cls, told: Json) -> Statement:
        """Return it as the service tells it."""
        weeks = tuple(Week.of(week) for week in told["weeks"])
        return _known(cls, told, due_by=date.fromisoformat(told["due_by"]), weeks=weeks)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sessions of a group of people in a closed month; None where a figure is withheld."""

    group: str
    people: int | None
    sessions: int | None
    minutes: int | None

    @classmethod
    def of(cls, told: Json) -> Totals:
        """Return them as the service tells them."""
        return _known(cls, told)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; the numbers of the entries have no gap.

    Attributes:
        id: Of what it is about; None where only those concerned may know.
        reverses: Number of the entry that counts no more.
    """

    type: str
    timestamp: datetime
    id: str | None
    entry: int
    reverses: int | None

    @classmethod
    def of(cls, told: Json) -> Event:
        """Return it as the service tells it."""
        return _known(cls, told | told["data"], timestamp=datetime.fromisoformat(told["timestamp"]))
