"""What Lanternleaf's members decide today beside the usual votes: petitions, a ranking, a secret vote, what waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app import petitions, voting
from app.demo.votes import BOARD, FOUNDERS, STEWARD, ZONE, Vote, hold
from governance import candidacies, comments, proposals, rolls, seats, stances
from governance.notices import Dates
from governance.proposals import Content
from governance.records import ProposalKind
from governance.rules import default_rules, needed_members
from governance.tally.methods import Method
from ledger import members
from ledger.members import MemberClass
from ledger.types import Act, Json

if TYPE_CHECKING:
    from app.demo.build import Diary

PLACES = {
    "albany": "A room in Albany",
    "buffalo": "A room in Buffalo",
    "online": "Nowhere: better cameras for all",
    "wait": "Wait another year",
}
RANKED = replace(default_rules(ProposalKind.ADVISORY), method=Method.SCHULZE)
SECRET = replace(default_rules(ProposalKind.CASELOAD_LOWER), secret=True)
CONSENTED = replace(default_rules(ProposalKind.SURPLUS), method=Method.CONSENT, notice_days=7)
LOWER: Json = {"ceiling_day": 8, "ceiling_week": 20}
MORE_IN_MONEY: Json = {"statutory_reserve": "3/10", "alpha": "0", "cash_share": "2/5"}
STANDING = "I know the books, and would rather explain them than defend them."

Ids = dict[str, str]
Deed = Callable[[Session, Act], None]


def write(diary: Diary, providers: Sequence[str], today: date) -> None:
    """Write them into the diary; ``providers`` are members who are not shown around."""
    ids: Ids = {}
    for vote in (*_rules(today), _by_consent(today)):
        hold(diary, vote, ids, providers, {})
    _ranking(diary, ids, providers, today)
    _secret(diary, ids, today)
    _election(diary, ids, today)
    _ideas(diary, ids, providers, today)
    _ready(diary, ids, providers, today)


def _before(today: date, days: int) -> date:
    return today - timedelta(days=days)


def _rules(today: date) -> Sequence[Vote]:
    """Return the votes that changed two rules, and one in which too few took part."""

    def ruling(kind: ProposalKind, rules: Json) -> tuple[dict[str, Json], ...]:
        return ({"kind": "set_policy", "key": f"rules.{kind.value}", "value": rules, "expected_version": 0},)

    return (
        Vote(
            "ask by ranking",
            ProposalKind.ADVISORY,
            "Ask open questions by ranking",
            "Yes or no says too little. Let us rank what could be done.",
            _before(today, 48),
            (82, 11, 5),
            ruling(ProposalKind.ADVISORY, RANKED.to_json()),
            days=(8, 7),
            review="We will put such questions so from now on.",
            # the question about rooms is still put the old way
            effective_on=_before(today, 10),
        ),
        Vote(
            "secret ceiling",
            ProposalKind.CASELOAD_LOWER,
            "Vote on ceilings in secret",
            "How much somebody can work is nobody else's business, and neither is their vote on it.",
            _before(today, 52),
            (94, 17, 6),
            ruling(ProposalKind.CASELOAD_LOWER, SECRET.to_json()),
            days=(15, 7),
        ),
        Vote(
            "consent on surplus",
            ProposalKind.SURPLUS,
            "Divide the surplus by consent",
            "A bare majority should not decide over everybody's money. Nobody has to love it; nobody may object.",
            _before(today, 52),
            (78, 22, 9),
            ruling(ProposalKind.SURPLUS, CONSENTED.to_json()),
            days=(15, 7),
        ),
        Vote(
            "library",
            ProposalKind.BENEFITS,
            "A shared library of tests",
            "Most of us buy the same five tests.",
            _before(today, 40),
            (18, 5, 2),
            (_document("library", "Library", "The cooperative buys five tests for all."),),
        ),
    )


def _by_consent(today: date) -> Vote:
    """Return a vote that nobody objected to, and that takes effect soon."""
    return Vote(
        "more in money",
        ProposalKind.SURPLUS,
        "Forty per cent of patronage in money",
        "Thirty pay the tax on it, and little more. The rest stays in our accounts, as before.",
        _before(today, 19),
        (61, 7, 4),
        ({"kind": "set_policy", "key": "surplus", "value": MORE_IN_MONEY, "expected_version": 1},),
        days=(8, 7),
        comments=("My landlord takes no written notices.",),
    )


def _document(key: str, title: str, text: str) -> dict[str, Json]:
    value: Json = {"title": title, "text": text}
    return {"kind": "set_policy", "key": f"documents.{key}", "value": value, "expected_version": 0}


def _putting(ids: Ids, name: str, kind: ProposalKind, content: Content, *, by_board: bool) -> Deed:
    def deed(db: Session, act: Act) -> None:
        on = act.now.date()
        made = voting.put_forward(
            db, act, kind, content, author=act.actor, board_ref=f"board:{on:%Y-%m}" if by_board else None
        )
        rules = voting.rules_today(db, made.id, act.now)
        proposals.publish(db, act, made.id, author=act.actor, rules=rules, on=on)
        ids[name] = made.id

    return deed


def _announcing(ids: Ids, name: str, record_date: date, opens: date, closes: date) -> Deed:
    def deed(db: Session, act: Act) -> None:
        dates = Dates(record_date, datetime.combine(opens, time(9)), datetime.combine(closes, time(18)), ZONE)
        voting.announce(db, act, ids[name], dates)

    return deed


def _ranking(diary: Diary, ids: Ids, providers: Sequence[str], today: date) -> None:
    """Write an open vote in which four options are ranked."""
    content = Content("Where do we want to meet clients?", "The lease in Concord ends with the year.", (), PLACES)
    on, opens = _before(today, 10), _before(today, 3)
    put = _putting(ids, "places", ProposalKind.ADVISORY, content, by_board=True)
    diary.write(on, put, actor=FOUNDERS[0], authority="role:member")
    tell = _announcing(ids, "places", on + timedelta(days=2), opens, today + timedelta(days=6))
    diary.write(on, tell, actor=STEWARD, authority="role:board")
    keys = list(PLACES)

    def voting_on(db: Session, act: Act) -> None:
        for number, who in enumerate(providers[:60]):
            first, length = number % 3, 2 + number % 3
            ranked: Json = [[key] for key in [*keys[first:], *keys[:first]][:length]]
            voting.cast(db, Act(who, "role:member", act.now, act.entropy), ids["places"], who, ranked)

    diary.write(opens + timedelta(days=1), voting_on, actor=STEWARD, authority="-")


def _secret(diary: Diary, ids: Ids, today: date) -> None:
    """Write a secret vote whose passes are given out today."""
    motion: dict[str, Json] = {"kind": "set_policy", "key": "credit", "value": LOWER, "expected_version": 2}
    content = Content("A ceiling of 20 sessions a week", "Twenty-two is still reached by a fifth of us.", (motion,))
    on = _before(today, 12)
    put = _putting(ids, "twenty", ProposalKind.CASELOAD_LOWER, content, by_board=True)
    diary.write(on, put, actor=FOUNDERS[0], authority="role:member")
    tell = _announcing(ids, "twenty", _before(today, 4), today + timedelta(days=4), today + timedelta(days=11))
    diary.write(on, tell, actor=STEWARD, authority="role:board")


def _election(diary: Diary, ids: Ids, today: date) -> None:
    """Write an election that still takes candidates, where a steward's seat is free."""
    on, opens, closes = _before(today, 3), today + timedelta(days=19), today + timedelta(days=34)

    def calling(db: Session, act: Act) -> None:
        free = [
            one.id
            for one in seats.seats(db)
            if one.reserved_for == MemberClass.STEWARD.value and seats.director_of(db, one.id, closes) is None
        ]
        if not free:
            return
        motion: dict[str, Json] = {"kind": "seat_directors", "seats": [*free[:1]]}
        content = Content("A steward for the board", "The term has ended. Whoever wants to can still stand.", (motion,))
        _putting(ids, "steward seat", ProposalKind.ELECTION, content, by_board=True)(db, act)
        _announcing(ids, "steward seat", today + timedelta(days=5), opens, closes)(db, act)
        mine, known = Act(FOUNDERS[2], "role:member", act.now, act.entropy), members.members_on(db, on)
        candidacies.stand(db, mine, ids["steward seat"], mine.actor, STANDING, members=known, on=on)

    diary.write(on, calling, actor=FOUNDERS[0], authority="role:member")


def _ideas(diary: Diary, ids: Ids, providers: Sequence[str], today: date) -> None:
    """Write an idea that a few more have to want, a petition that runs, and one that forced a vote."""
    on = _before(today, 17)
    ideas = (
        ("breaks", "Ten minutes between sessions, paid", "Nobody can listen for six hours without a break."),
        ("chairs", "Chairs for those who work at home", "The office has good ones. We sit on kitchen chairs."),
        ("training", "Two training days a year", "They are asked of us for the license, and cost us two days' pay."),
    )
    for place, (name, title, text) in enumerate(ideas):
        content = Content(title, text, (_document(name, title, text),))
        put = _putting(ids, name, ProposalKind.BENEFITS, content, by_board=False)
        diary.write(on, put, actor=providers[place], authority="role:member")

    def wanting(db: Session, act: Act) -> None:
        everybody = members.members_on(db, on)
        rules = voting.rules_today(db, ids["breaks"], act.now)
        for who in providers[10 : 6 + needed_members(rules.interest, len(everybody))]:
            mine = Act(who, "role:member", act.now, act.entropy)
            stances.want(db, mine, ids["breaks"], who, members=everybody, rules=rules, on=on)

    diary.write(on, wanting, actor=STEWARD, authority="-")
    _petition(diary, ids, "chairs", providers[1:12], on, is_enough=False)
    _petition(diary, ids, "training", providers[2:100], on, is_enough=True)


def _petition(diary: Diary, ids: Ids, name: str, signers: Sequence[str], on: date, *, is_enough: bool) -> None:
    """Write a petition that its author opens, and who signs it on the day after."""
    asked: list[str] = []
    needed: list[int] = []

    def asking(db: Session, act: Act) -> None:
        made = petitions.open_petition(db, act, ids[name], act.actor)
        asked.append(made.id)
        needed.append(made.needed)

    def signing(db: Session, act: Act) -> None:
        for who in signers[: needed[0] if is_enough else needed[0] // 3]:
            petitions.sign(db, Act(who, "role:member", act.now, act.entropy), asked[0], who)

    diary.write(on, asking, actor=signers[0], authority="role:member")
    diary.write(on + timedelta(days=1), signing, actor=STEWARD, authority="-")


def _ready(diary: Diary, ids: Ids, providers: Sequence[str], today: date) -> None:
    """Write a proposal in its second version, ready to be announced: with comments, and a declared interest."""
    on = _before(today, 6)
    first = Content("Pay the license fee", "The state asks for it every two years.", (_license("half"),))
    put = _putting(ids, "license", ProposalKind.BENEFITS, first, by_board=True)
    diary.write(on, put, actor=FOUNDERS[0], authority="role:member")

    def discussing(db: Session, act: Act) -> None:
        on, known = act.now.date(), members.members_on(db, act.now.date())

        def say(who: str, words: str, parent: str | None = None) -> str:
            mine = Act(who, "role:member", act.now, act.entropy)
            said = comments.say(db, mine, ids["license"], who, words, members=known, on=on, parent=parent)
            return said.id

        asked = say(providers[20], "Why only half of it?")
        say(FOUNDERS[0], "You are right. The new version says all of it.", asked)
        heated = say(providers[21], "Whoever wrote this has never paid for anything.")
        board = Act(BOARD, "role:board", act.now, act.entropy)
        why = "It is about a person, not about the proposal."
        comments.moderate(db, board, heated, is_shown=False, is_erased=False, reason=why, on=on)
        mine = Act(providers[22], "role:member", act.now, act.entropy)
        interest = "My partner works for the licensing board."
        rolls.declare_conflict(db, mine, ids["license"], mine.actor, interest, is_recused=True, on=on)

    def amending(db: Session, act: Act) -> None:
        second = Content("Pay the license fee", "The state asks for it every two years. All of it.", (_license("all"),))
        voting.amend(db, act, ids["license"], second, author=act.actor)

    diary.write(on + timedelta(days=1), discussing, actor=STEWARD, authority="-")
    diary.write(on + timedelta(days=2), amending, actor=FOUNDERS[0], authority="role:member")


def _license(part: str) -> dict[str, Json]:
    return _document("license-fee", "License fee", f"The cooperative pays {part} of the fee for the state license.")
