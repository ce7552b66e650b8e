"""What Lanternleaf decided together: its members, its first policies, its votes, two elections; who voted is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app import voting
from app.demo.cast import SEED, Provider
from app.policy_values import checked
from governance import candidacies, closing, comments, policies, proposals, rolls, seats, stances
from governance.effects import is_due
from governance.notices import Dates
from governance.policies import Setting
from governance.proposals import Content
from governance.records import ProposalKind, Recommendation
from governance.tally.methods import Form
from ledger import members
from ledger.members import MemberClass
from ledger.types import Act, Json

if TYPE_CHECKING:
    from app.demo.build import Diary

OPENED = date(2024, 6, 24)
"""The first members were admitted; from then on they decide."""

BEFORE = date(2024, 6, 10)
ZONE = "America/New_York"
STEWARD, BOARD = "usr_steward", "usr_board"
FOUNDERS = ("hld_founder_001", "hld_founder_002", "hld_founder_003")
INVESTORS = ("hld_investor_001", "hld_investor_002")
SEATS = (
    *((f"Provider seat {number}", MemberClass.PROVIDER) for number in range(1, 9)),
    *((f"Steward seat {number}", MemberClass.STEWARD) for number in range(1, 3)),
)
FIRST: Mapping[str, dict[str, Any]] = {
    "fees": {"fees": [{"name": "Platform", "percent": "12.5", "per": "payment"}]},
    "rates": {
        "rates": [
            {"code": "90837", "amount": {"amount": "128.00", "currency": "USD"}},
            {"code": "90834", "amount": {"amount": "96.00", "currency": "USD"}},
        ]
    },
    "layoff_protection": {"waive_cliff": True, "extra_months": 6, "notice_days": 60, "handover_days": 0},
    "documents.benefits": {"title": "Benefits", "text": "Health cover for everybody who delivers ten sessions a week."},
    "bylaws": {"title": "Bylaws", "text": "One member, one vote. Providers are the majority of the board."},
}
"""What the founders set before anybody was a member."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote as it went.

    Attributes:
        said: How many said yes, no and neither; of an election, how many voted.
        days: From the notice to the opening, to the close, and to the effect.
        by_board: Whether the board put it forward; else a provider did, and others had to want it.
    """

    name: str
    kind: ProposalKind
    title: str
    text: str
    announced_on: date
    said: tuple[int, int, int]
    motions: tuple[Mapping[str, Json], ...] = ()
    days: tuple[int, int] = (15, 8)
    seats: int = 1
    candidates: int = 0
    by_board: bool = True
    review: str = ""
    effective_on: date | None = None
    founders_say: str = "yes"
    comments: tuple[str, ...] = field(default=())

    @property
    def opens(self) -> date:
        """The day on which it opens, at nine."""
        return self.announced_on + timedelta(days=self.days[0])

    @property
    def closes(self) -> date:
        """The day on which it closes, at six in the evening."""
        return self.opens + timedelta(days=self.days[1])


def _set(key: str, value: Mapping[str, Any], version: int, expires_on: date | None = None) -> Mapping[str, Json]:
    motion: dict[str, Json] = {"kind": "set_policy", "key": key, "value": dict(value), "expected_version": version}
    return motion if expires_on is None else motion | {"expires_on": expires_on.isoformat()}


CREDIT: Mapping[str, Any] = {"ceiling_day": 8, "ceiling_week": 22}
SHARING = {"recipient": "Scribewell", "purpose": "AI note-taking", "data": ["audio of consenting sessions"]}
LOWER_FEE = {"fees": [{"name": "Platform", "percent": "11", "per": "payment"}]}
STRONGER = {"waive_cliff": True, "extra_months": 6, "notice_days": 60, "handover_days": 10}
SURPLUS = {"statutory_reserve": "3/10", "alpha": "0", "cash_share": "3/10"}
NOTICE = {"title": "No-shows", "text": "A client who does not come is charged; the provider is paid in full."}
MATCHING = {"title": "Matching", "text": "Clients choose; nobody is matched by the earliest free hour."}

CONCERN = "I can live with it, if we look at it again in a year."

VOTES: Sequence[Vote] = (
    Vote(
        "fee",
        ProposalKind.FEE_OR_RATE,
        "Lower the platform fee to 11 %",
        "The fee pays for billing and little else. Eleven per cent cover it.",
        date(2024, 9, 16),
        (24, 9, 2),
        (_set("fees", LOWER_FEE, 1),),
        days=(31, 8),
        by_board=False,
        review="The fee also pays for the reserve. We would rather look at it after the first full year.",
        comments=(
            "I pay more than that for my own office.",
            "What would be cut?",
            "Mr. K. in Albany told me the same.",
        ),
    ),
    Vote(
        "first board",
        ProposalKind.ELECTION,
        "Three providers for the board",
        "The provider seats are filled for two years.",
        date(2024, 8, 26),
        (76, 0, 0),
        days=(22, 15),
        seats=3,
        candidates=5,
    ),
    Vote(
        "surplus",
        ProposalKind.SURPLUS,
        "Thirty per cent of the surplus into the reserve",
        "So that a bad quarter costs nobody their work.",
        date(2024, 11, 4),
        (81, 22, 4),
        (_set("surplus", SURPLUS, 0),),
    ),
    Vote(
        "pool",
        ProposalKind.POOL_INCREASE,
        "Half a million more shares for providers",
        "Ninety providers will join this year. The pool would be empty by June.",
        date(2024, 12, 9),
        (92, 11, 6),
        ({"kind": "enlarge_pool", "plan": "pln_providers", "units": "500000", "expected_total": "1500000"},),
        days=(21, 14),
        effective_on=date(2025, 2, 3),
    ),
    Vote(
        "layoffs",
        ProposalKind.LAYOFF_PROTOCOL,
        "Ten paid days to hand clients over",
        "Nobody should have to leave clients from one day to the next.",
        date(2025, 2, 10),
        (88, 12, 3),
        (_set("layoff_protection", STRONGER, 1),),
        days=(31, 8),
    ),
    Vote(
        "no-shows",
        ProposalKind.BENEFITS,
        "Paid no-shows",
        "Whoever keeps an hour free is paid for it.",
        date(2025, 3, 17),
        (97, 8, 5),
        (_set("documents.no-shows", NOTICE, 0),),
        by_board=False,
        review="We support it; the cost is small.",
    ),
    Vote(
        "matching",
        ProposalKind.BENEFITS,
        "Clients choose their provider",
        "The earliest free hour is no reason for a match.",
        date(2025, 4, 21),
        (30, 30, 12),
        (_set("documents.matching", MATCHING, 0),),
    ),
    Vote(
        "scribe",
        ProposalKind.DATA_SHARING,
        "Let Scribewell write notes from audio",
        "It saves minutes a session. It hears everything.",
        date(2025, 5, 5),
        (61, 39, 9),
        (_set("data_sharing.scribewell", SHARING, 0, date(2026, 5, 31)),),
        days=(31, 8),
    ),
    Vote(
        "ceiling",
        ProposalKind.CASELOAD_LOWER,
        "A ceiling of 22 sessions a week",
        "Twenty-five was never meant to be reached. It is reached.",
        date(2025, 7, 21),
        (104, 37, 8),
        (_set("credit", CREDIT, 1),),
        days=(15, 7),
        effective_on=date(2025, 8, 26),
        by_board=False,
        review="The board recommends it: nobody works better after the twenty-second hour.",
        comments=("I would have gone for 20.", "Leave the choice to each of us."),
    ),
    Vote(
        "bylaws",
        ProposalKind.BYLAWS,
        "The board meets in the open",
        "Members may listen, and minutes stand here within a week.",
        date(2025, 9, 2),
        (42, 21, 25),
        (_set("bylaws", {"title": "Bylaws", "text": "The board meets in the open."}, 1),),
        days=(20, 10),
    ),
    Vote(
        "office",
        ProposalKind.ADVISORY,
        "Should we rent rooms in Concord?",
        "Eleven providers would use them.",
        date(2025, 9, 15),
        (58, 31, 10),
        days=(8, 7),
        review="We will look for two rooms, and tell what they cost before anything is signed.",
    ),
    Vote(
        "hours",
        ProposalKind.ADVISORY,
        "Should the help desk answer on Saturdays?",
        "Many of us see clients then.",
        date(2025, 10, 6),
        (73, 9, 4),
        days=(8, 7),
    ),
    Vote(
        "sale",
        ProposalKind.CORPORATE_ACTION,
        "Sell the platform to Headstart",
        "The offer ends the equity plan. All that is granted would vest on the day.",
        date(2025, 10, 13),
        (39, 96, 7),
        ({"kind": "terminate_plan", "plan": "pln_providers"},),
        days=(31, 8),
        founders_say="no",
        comments=("We built this so that it could not be sold over our heads.",),
    ),
    Vote(
        "second board",
        ProposalKind.ELECTION,
        "Five more for the board",
        "So that eight of the ten seats are providers'.",
        date(2025, 10, 20),
        (112, 0, 0),
        days=(22, 15),
        seats=5,
        candidates=9,
    ),
)


Deed = Callable[[Session, Act], None]
"""What happens on a day of the diary."""


def write(diary: Diary, providers: Sequence[Provider], last_days: Mapping[str, date]) -> None:
    """Write members, first policies, votes and elections into the diary."""
    diary.write(BEFORE, _first_policies, actor=STEWARD, authority="charter:2023")
    _admit(diary, providers, last_days)
    ids: dict[str, str] = {}
    for vote in VOTES:
        hold(diary, vote, ids, [one.person.id for one in providers], last_days)


def _first_policies(db: Session, act: Act) -> None:
    for key, value in FIRST.items():
        setting = Setting(key, checked(key, value), OPENED)
        policies.set_first(db, act, setting, on=BEFORE, has_members=members.has_members(db))
    for name, reserved in SEATS:
        seat = seats.create_seat(
            db,
            act,
            name,
            reserved_for=reserved.value,
            term_months=24,
            on=BEFORE,
            has_members=members.has_members(db),
        )
        if reserved is MemberClass.STEWARD:
            seats.name_first(db, act, seat.id, FOUNDERS[int(name[-1]) - 1], on=BEFORE, has_members=False)


def _admit(diary: Diary, providers: Sequence[Provider], last_days: Mapping[str, date]) -> None:
    people = [
        *((who, MemberClass.STEWARD, OPENED) for who in FOUNDERS),
        *((who, MemberClass.INVESTOR, OPENED) for who in INVESTORS),
        *((one.person.id, MemberClass.PROVIDER, max(one.joined_on, OPENED)) for one in providers),
    ]
    for who, member_class, on in people:
        diary.write(on, _admitting(who, member_class, on), actor=STEWARD, authority="board:members")
        if who in last_days and last_days[who] > on:
            diary.write(last_days[who], _leaving(who, last_days[who]), actor=STEWARD, authority="board:members")


def _admitting(who: str, member_class: MemberClass, on: date) -> Deed:
    def deed(db: Session, act: Act) -> None:
        members.admit(db, act, who, member_class, on=on, buy_in_due=0 if member_class.value == "INVESTOR" else 25_000)

    return deed


def _leaving(who: str, on: date) -> Deed:
    def deed(db: Session, act: Act) -> None:
        members.end_membership(db, act, who, on=on, reason="Left the cooperative.")

    return deed


def hold(
    diary: Diary, vote: Vote, ids: dict[str, str], providers: Sequence[str], last_days: Mapping[str, date]
) -> None:
    """Write one vote into the diary, from its draft to its effect."""
    random = Random(f"{SEED}:{vote.name}")
    staying = [who for who in providers if last_days.get(who, date.max) > vote.closes]
    author = FOUNDERS[0] if vote.by_board else staying[0]
    drafted_on = vote.announced_on if vote.by_board else vote.announced_on - timedelta(days=24)

    def drafting(db: Session, act: Act) -> None:
        motions = vote.motions
        if vote.kind is ProposalKind.ELECTION:
            free = [seat.id for seat in seats.seats(db) if seats.director_of(db, seat.id, vote.closes) is None]
            motions = ({"kind": "seat_directors", "seats": [*free[: vote.seats]]},)
        content = Content(vote.title, vote.text, motions, seats=vote.seats)
        by_board = f"board:{vote.announced_on:%Y-%m}" if vote.by_board else None
        made = voting.put_forward(db, act, vote.kind, content, author=author, board_ref=by_board)
        ids[vote.name] = made.id
        rules = voting.rules_today(db, made.id, act.now)
        proposals.publish(db, act, made.id, author=author, rules=rules, on=drafted_on)
        for words in vote.comments:
            _comment(db, act, made.id, random.choice(staying[:100]), words, drafted_on)

    diary.write(drafted_on, drafting, actor=author, authority="role:member")
    if not vote.by_board:
        _gather(diary, vote, ids, staying[1:], drafted_on)
    elif vote.review:
        # an advisory poll is answered when it is over
        answered = vote.closes + timedelta(days=9)
        diary.write(answered, _reviewing(vote, ids, answered), actor=BOARD, authority="board:answer")
    diary.write(vote.announced_on, _announcing(vote, ids), actor=STEWARD, authority="role:board")
    if vote.candidates:
        standing = random.sample(staying[:120], vote.candidates)
        diary.write(
            vote.announced_on + timedelta(days=2), _candidates(vote, ids, standing), actor=STEWARD, authority="-"
        )
    diary.write(vote.opens + timedelta(days=1), _casting(vote, ids, staying, random), actor=STEWARD, authority="-")
    diary.write(vote.closes + timedelta(days=1), _closing(vote, ids), actor="system", authority="role:worker")
    effect = vote.effective_on or vote.closes + timedelta(days=65 if vote.kind is ProposalKind.FEE_OR_RATE else 9)
    diary.write(effect, _taking_effect(vote, ids), actor="system", authority="role:worker")


def _comment(db: Session, act: Act, proposal: str, who: str, words: str, on: date) -> None:
    mine = Act(who, "role:member", act.now, act.entropy)
    said = comments.say(db, mine, proposal, who, words, members=members.members_on(db, on), on=on)
    if words.startswith("Mr. "):
        moderator = Act(STEWARD, "role:board", act.now, act.entropy)
        comments.moderate(
            db, moderator, said.id, is_shown=False, is_erased=True, reason="It names somebody's client.", on=on
        )


def _gather(diary: Diary, vote: Vote, ids: Mapping[str, str], people: Sequence[str], drafted_on: date) -> None:
    """Write down that enough members want it decided, and what the board says."""
    wanted_on = drafted_on + timedelta(days=3)

    def wanting(db: Session, act: Act) -> None:
        everybody = members.members_on(db, wanted_on)
        rules = voting.rules_today(db, ids[vote.name], act.now)
        for who in [one for one in people if one in everybody][: -(-len(everybody) // 10)]:
            mine = Act(who, "role:member", act.now, act.entropy)
            stances.want(db, mine, ids[vote.name], who, members=everybody, rules=rules, on=wanted_on)

    diary.write(wanted_on, wanting, actor=STEWARD, authority="-")
    reviewed_on = drafted_on + timedelta(days=14)
    diary.write(reviewed_on, _reviewing(vote, ids, reviewed_on), actor=BOARD, authority="board:review")


def _reviewing(vote: Vote, ids: Mapping[str, str], on: date) -> Deed:
    def deed(db: Session, act: Act) -> None:
        said = Recommendation.AGAINST if vote.name == "fee" else Recommendation.FOR
        rules = voting.rules_today(db, ids[vote.name], act.now)
        proposals.review(db, act, ids[vote.name], said, vote.review, rules=rules, on=on)

    return deed


def _announcing(vote: Vote, ids: Mapping[str, str]) -> Deed:
    def deed(db: Session, act: Act) -> None:
        opens, closes = datetime.combine(vote.opens, time(9)), datetime.combine(vote.closes, time(18))
        record_date = vote.announced_on + timedelta(days=2)
        dates = Dates(record_date, opens, closes, ZONE, vote.effective_on)
        voting.announce(db, act, ids[vote.name], dates)

    return deed


def _candidates(vote: Vote, ids: Mapping[str, str], standing: Sequence[str]) -> Deed:
    def deed(db: Session, act: Act) -> None:
        on = vote.announced_on + timedelta(days=2)
        everybody = members.members_on(db, on)
        for who in standing:
            mine = Act(who, "role:member", act.now, act.entropy)
            words = "I see clients four days a week, and want to keep it that way."
            candidacies.stand(db, mine, ids[vote.name], who, words, members=everybody, on=on)

    return deed


def _casting(vote: Vote, ids: Mapping[str, str], staying: Sequence[str], random: Random) -> Deed:
    def deed(db: Session, act: Act) -> None:
        id = ids[vote.name]
        voting.bring_up_to_date(db, act, id)
        on_roll = {line.member for line in rolls.lines_of(db, id)}
        voters = random.sample([who for who in staying if who in on_roll], sum(vote.said))
        for who, choice in zip(voters, _choices(vote, db, random), strict=True):
            _cast(db, act, id, who, choice)
        for who in FOUNDERS:
            if who in on_roll and vote.kind is ProposalKind.POOL_INCREASE:
                _cast(db, act, id, who, vote.founders_say)
        for who in INVESTORS:
            if who in on_roll and vote.kind is ProposalKind.POOL_INCREASE:
                _cast(db, act, id, who, "yes")

    return deed


def _cast(db: Session, act: Act, proposal: str, who: str, choice: Json) -> None:
    voting.cast(db, Act(who, "role:member", act.now, act.entropy), proposal, who, choice)


def _choices(vote: Vote, db: Session, random: Random) -> list[Json]:
    rules = policies.rules_in_force(db, vote.kind, vote.opens)
    if rules.method.form is Form.CONSENT:
        consenting, concerned, aside = vote.said
        concern: Json = {"say": "concern", "reason": CONCERN}
        return [*["consent"] * consenting, *[concern] * concerned, *["stand_aside"] * aside]
    if rules.method.form is not Form.RANKING:
        yes, no, neither = vote.said
        return [*["yes"] * yes, *["no"] * no, *["abstain"] * neither]
    standing: list[str] = []
    for one in proposals.proposals(db):
        if proposals.version(db, one.id).title == vote.title:
            standing = rolls.candidates(db, one.id)
    # who stands first in the list is better known
    weighed = {who: 1 / (place + 2) for place, who in enumerate(standing)}
    return [
        [[who] for who in sorted(standing, key=lambda one: -weighed[one] * random.random())[: random.randint(2, 5)]]
        for _ in range(vote.said[0])
    ]


def _closing(vote: Vote, ids: Mapping[str, str]) -> Deed:
    def deed(db: Session, act: Act) -> None:
        closing.close(db, act, ids[vote.name])

    return deed


def _taking_effect(vote: Vote, ids: Mapping[str, str]) -> Deed:
    def deed(db: Session, act: Act) -> None:
        if is_due(db, act, ids[vote.name]):
            voting.bring_up_to_date(db, act, ids[vote.name])

    return deed
