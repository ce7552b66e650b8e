"""Which papers there are: a grant's letter, what somebody holds, how something was decided, the cap table.

Each is made from the record as known before one entry, so it can be made again, to the letter, whenever somebody asks
whether a paper is one of ours. What was issued is kept by its fingerprint, without a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import reports
from app.people import tables, vault
from app.reports.captable import PERCENT_PLACES
from app.web import motion_words, outcome, rule_words
from app.web.outcome import Told
from app.web.paper import Column, Paper, Section
from app.web.words import Words
from app.web.words import words as words_of
from governance.records import Closing, Enactment, EnactmentOutcome, Notice, RollCopied, Version
from governance.rules import Ruleset
from ledger.equity.captable.by_class import ClassRow
from ledger.equity.captable.summary import cap_table
from ledger.equity.securities import Position, position
from ledger.equity.values import AwardType, EventKind, Schedule, Security, SecurityKind
from ledger.equity.vesting.table import decode, vesting_days
from ledger.errors import NotFound
from ledger.reading import every, known
from ledger.types import Act, Cut, decimal_text

AWARDS = {
    AwardType.NSO: "Option (NSO)",
    AwardType.ISO: "Option (ISO)",
    AwardType.OPTION: "Option",
    AwardType.RSU: "Share unit (RSU)",
    AwardType.RSA: "Restricted shares",
    AwardType.CSAR: "Appreciation right, paid in cash",
    AwardType.SSAR: "Appreciation right, paid in shares",
}
"""Type of award to what it is called."""

EFFECTS = {
    EnactmentOutcome.ENACTED: "It took effect.",
    EnactmentOutcome.REFUSED: "It could not be carried out.",
    EnactmentOutcome.STOPPED: "Members stopped it.",
    EnactmentOutcome.LAPSED: "It lapsed: what it was to change had changed.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which paper.

    Attributes:
        kind: One of ``KINDS``.
        about: Id of what it is about; empty for the whole company.
        cut: As of which day, known before which entry.
        language: In which it is written.
    """

    kind: str
    about: str
    cut: Cut
    language: str


def make(db: Session, asked: Asked) -> Paper:
    """Return a paper, the same whenever it is asked for.

    Raises:
        NotFound: There is no such paper, or nothing it could be about by then.
    """
    if asked.kind not in KINDS:
        raise NotFound("There is no such paper.")
    return KINDS[asked.kind](db, asked, words_of(asked.language))


def _paper(
    db: Session, asked: Asked, title: str, sentence: str, *sections: Section | None, as_of: date | None = None
) -> Paper:
    cut = asked.cut if as_of is None else Cut(as_of, asked.cut.known_at)
    kept = tuple(one for one in sections if one is not None)
    return Paper(asked.kind, asked.about, title, sentence, kept, reports.source_of(db, cut), asked.language)


def _units(units: int, decimals: int, words: Words) -> str:
    return words.number(decimal_text(units, decimals))


def grant_letter(db: Session, asked: Asked, words: Words) -> Paper:
    """Return what was granted, to whom and on which terms, with every step of its vesting."""
    found = position(db, asked.about, asked.cut)
    award, security = found.award, found.security
    if award is None or security.kind is not SecurityKind.AWARD:
        raise NotFound("This is no grant.", field="security")
    decimals = _places(found)
    name = vault.names(db, [security.holder])[security.holder]
    quantity = _units(security.quantity, decimals, words)
    facts = {
        words.say("Granted to"): name,
        words.say("What it is"): words.say(AWARDS[award.award_type])
        if award.award_type in AWARDS
        else award.award_type,
        words.say("Units"): quantity,
        words.say("Granted on"): words.day(found.issued_on),
        words.say("Price of a share"): None if security.price is None else _price(security),
        words.say("Plan"): None if found.plan is None else found.plan.name,
        words.say("Share class"): None if found.share_class is None else found.share_class.name,
        words.say("Vesting begins on"): None if award.vesting_start is None else words.day(award.vesting_start),
        words.say("Expires on"): None if award.expires_on is None else words.day(award.expires_on),
        words.say("Approved by the board on"): (
            None if security.board_approved_on is None else words.day(security.board_approved_on)
        ),
        words.say("Resolution"): security.resolution_ref,
        words.say("Accepted on"): next((words.day(one.on) for one in found.happened(EventKind.ACCEPTED)), None),
    }
    sentence = words.say(
        "{company} grants {name} {units} units.", company=_company(db, asked), name=name, units=quantity
    )
    terms = Section(words.say("Terms"), facts=tuple((label, text) for label, text in facts.items() if text))
    title = words.say("Grant letter {label}", label=security.label)
    gone = sum(one.value.quantity for one in found.happened(EventKind.FORFEITED, EventKind.CANCELLED))
    if gone:
        lost = words.say("{units} of them were forfeited or cancelled later.", units=_units(gone, decimals, words))
        sentence = f"{sentence} {lost}"
    notes = Section(
        words.say("What this means"),
        lines=(
            words.say("Each step below is written into the record; no later version of this program can move it."),
            words.say("Units are not cash, and nobody knows what they will be worth."),
        ),
    )
    steps, since = _steps(db, asked, decimals, words), _since(found, decimals, words)
    return _paper(db, asked, title, sentence, terms, notes, steps, since)


def _company(db: Session, asked: Asked) -> str:
    return reports.source_of(db, asked.cut).legal_name


def _places(of: Position) -> int:
    return of.share_class.decimals if of.share_class is not None else 0


def _price(security: Security) -> str:
    assert security.price is not None
    return f"{security.price.text} {security.price.currency}"


def _steps(db: Session, asked: Asked, decimals: int, words: Words) -> Section | None:
    """Return the steps as they were promised on the day of the grant."""
    promised = known(db, Schedule, asked.cut, security=asked.about)
    steps = vesting_days(decode(promised[0].value.instalments)) if promised else ()
    if not steps:
        return None
    columns = (Column(words.say("Date")), Column(words.say("Yours in all"), is_number=True))
    rows = tuple((words.day(on), _units(units, decimals, words)) for on, units in steps)
    return Section(words.say("When it becomes yours"), columns=columns, rows=rows)


def _since(of: Position, decimals: int, words: Words) -> Section | None:
    """Return what has happened to a grant since, oldest first."""
    rows = tuple(
        (
            words.day(one.on),
            words.say(one.value.kind.value.replace("_", " ").capitalize()),
            _units(one.value.quantity, decimals, words) if one.value.quantity else "",
            words.number(one.n),
        )
        for one in of.events
    )
    columns = (
        Column(words.say("Date")),
        Column(words.say("What happened")),
        Column(words.say("Units"), is_number=True),
        Column(words.say("Entry"), is_number=True),
    )
    return Section(words.say("Since then"), columns=columns, rows=rows) if rows else None


def statement(db: Session, asked: Asked, words: Words) -> Paper:
    """Return what somebody holds on a day, security by security."""
    cut = asked.cut
    held = [position(db, one.value.id, cut) for one in known(db, Security, cut, holder=asked.about)]
    decimals = max((_places(one) for one in held), default=0)
    name = vault.names(db, [asked.about])[asked.about]
    rows, sums = [], [0, 0, 0]
    for one in held:
        of = _places(one)
        amounts = [one.security.quantity, min(one.vested(cut.as_of), one.security.quantity), one.outstanding]
        rows.append((one.security.label, words.day(one.issued_on), *(_units(each, of, words) for each in amounts)))
        sums = [total + each * 10 ** (decimals - of) for total, each in zip(sums, amounts, strict=True)]
    columns = (
        Column(words.say("Label")),
        Column(words.say("Granted on")),
        Column(words.say("Units"), is_number=True),
        Column(words.say("Vested"), is_number=True),
        Column(words.say("Left today"), is_number=True),
    )
    total = (words.say("Total"), "", *(_units(each, decimals, words) for each in sums)) if rows else ()
    day = words.day(cut.as_of)
    sentence = words.say("On {day}, {name} holds what stands below.", day=day, name=name)
    if not rows:
        sentence = words.say("On {day}, {name} holds nothing.", day=day, name=name)
    table = Section(words.say("Securities"), columns=columns, rows=tuple(rows), total=total) if rows else None
    return _paper(db, asked, words.say("Statement of holdings"), sentence, table)


def decision(db: Session, asked: Asked, words: Words) -> Paper:
    """Return how something was decided: what was asked, by which rule, what it came to, and what followed."""
    cut = Cut(date.max, asked.cut.known_at)
    closings = every(db, Closing, cut, proposal=asked.about)
    if not closings:
        raise NotFound("This vote is not closed.", field="proposal")
    done = closings[-1]
    announced = every(db, Notice, cut, proposal=asked.about)[-1]
    told = outcome.told(db, done, Ruleset.from_json(announced.rule), _names(db, asked.about, cut), words)
    [text] = every(db, Version, cut, proposal=asked.about, number=announced.version)
    effect = next(iter(every(db, Enactment, cut, proposal=asked.about)), None)
    sections = (
        Section(words.say("What was asked"), lines=tuple(line for line in text.text.split("\n") if line.strip())),
        _motions(db, text, words),
        _rule(announced, words),
        *_bodies(told, words),
        *_rounds(told, words),
        None if effect is None else _effect(effect, words),
        _where(done, announced, words),
    )
    return _paper(db, asked, text.title, told.sentence, *sections)


def _motions(db: Session, text: Version, words: Words) -> Section | None:
    told = motion_words.told(db, text.motions, words)
    lines = [line for one in told for line in (one.name, *one.sentences)]
    return Section(words.say("What it changes"), lines=tuple(lines)) if lines else None


def _rule(announced: Notice, words: Words) -> Section:
    rules = Ruleset.from_json(announced.rule)
    facts = (
        *rule_words.bodies(rules, words),
        (words.say("Voting opened"), words.time(announced.opens_at, announced.zone)),
        (words.say("Voting closed"), words.time(announced.closes_at, announced.zone)),
        (words.say("Members on"), words.day(announced.record_date)),
    )
    return Section(words.say("The rule"), facts=facts)


def _bodies(told: Told, words: Words) -> tuple[Section, ...]:
    """Return what each body words; of small ones only whether it passed there."""
    return tuple(
        Section(
            one.name,
            lines=tuple(f"{line[0].upper()}{line[1:]}" for line in (one.verdict, one.sentence) if line),
            facts=one.figures,
        )
        for one in told.bodies
    )


def _rounds(told: Told, words: Words) -> tuple[Section, ...]:
    """Return how an election was counted, in sentences, round by round from the first."""
    if told.count is None:
        return ()
    rounds = tuple(Section(one.heading, lines=one.sentences) for one in reversed(told.count.rounds))
    steps = (*told.count.steps, *told.count.ties)
    return (*rounds, Section(words.say("How the count went"), lines=steps)) if steps else rounds


def _names(db: Session, about: str, cut: Cut) -> dict[str, str]:
    """Return the key of each that could be chosen with its name: people by the names they have in the vault."""
    listed = every(db, RollCopied, cut, proposal=about)[-1].options
    called = vault.names(db, [one["key"] for one in listed if one["key"] == one["title"]])
    return {one["key"]: called.get(one["key"], str(one["title"])) for one in listed}


def _effect(effect: Enactment, words: Words) -> Section:
    facts = [(words.say("Entries"), ", ".join(words.number(n) for n in effect.entries))] if effect.entries else []
    lines = (words.say(EFFECTS[effect.outcome]), *([effect.reason] if effect.reason else []))
    return Section(words.say("What followed"), lines=lines, facts=tuple(facts))


def _where(done: Closing, announced: Notice, words: Words) -> Section:
    facts = (
        (words.say("Proposal"), announced.proposal),
        (words.say("What the notice froze"), announced.digest),
        (words.say("File to count it again"), done.audit),
    )
    return Section(words.say("Check it yourself"), facts=facts)


def whole_cap_table(db: Session, asked: Asked, words: Words) -> Paper:
    """Return the cap table by class on a day."""
    table = cap_table(db, asked.cut)

    def cells(one: ClassRow) -> tuple[str, ...]:
        return (
            one.name,
            _units(one.outstanding, one.decimals, words),
            _units(one.awards, one.decimals, words),
            "" if one.available is None else _units(one.available, one.decimals, words),
            _units(one.fully_diluted, table.decimals, words),
            "" if one.percentage is None else f"{decimal_text(one.percentage, PERCENT_PLACES)} %",
        )

    columns = (
        Column(words.say("Class")),
        Column(words.say("Issued"), is_number=True),
        Column(words.say("Granted"), is_number=True),
        Column(words.say("Available"), is_number=True),
        Column(words.say("If all were given out"), is_number=True),
        Column(words.say("Share of it"), is_number=True),
    )
    day = words.day(asked.cut.as_of)
    if not table.rows:
        return _paper(db, asked, words.say("Cap table"), words.say("On {day}, nothing has been issued.", day=day))
    total = (words.say("Total"), *cells(table.total)[1:])
    section = Section(words.say("By class"), columns=columns, rows=tuple(map(cells, table.rows)), total=total)
    notes = Section(words.say("Notes"), lines=tuple(table.warnings)) if table.warnings else None
    sentence = words.say("Who holds what of {company} on {day}, class by class.", company=_company(db, asked), day=day)
    return _paper(db, asked, words.say("Cap table"), sentence, section, notes)


KINDS: Mapping[str, Callable[[Session, Asked, Words], Paper]] = {
    "grant-letter": grant_letter,
    "statement": statement,
    "decision": decision,
    "cap-table": whole_cap_table,
}
"""Every paper by its kind."""


def note_issued(db: Session, act: Act, paper: Paper) -> None:
    """Keep the fingerprint of a paper that is handed out; kept before, it changes nothing."""
    columns = tables.paper.c
    if db.execute(select(columns.fingerprint).where(columns.fingerprint == paper.fingerprint)).first() is None:
        row = {
            "fingerprint": paper.fingerprint,
            "kind": paper.kind,
            "about": paper.about,
            "as_of": paper.source.as_of,
            "known_at": paper.source.known_at,
            "language": paper.language,
            "issued_at": act.at,
        }
        db.execute(insert(tables.paper), [row])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the record says of a fingerprint.

    Attributes:
        issued_at: When such a paper was first handed out, microseconds since 1970.
        is_same: Whether the record still gives the same paper, to the letter.
    """

    kind: str
    as_of: date
    known_at: int
    issued_at: int
    is_same: bool


def check(db: Session, fingerprint: str) -> Verdict | None:
    """Return what the record says of the paper with a fingerprint; None if it is none of ours, or was altered."""
    row = db.execute(select(tables.paper).where(tables.paper.c.fingerprint == fingerprint)).first()
    if row is None:
        return None
    try:
        made = make(db, Asked(row.kind, row.about, Cut(row.as_of, row.known_at), row.language)).fingerprint
    except NotFound:
        made = ""
    return Verdict(row.kind, row.as_of, row.known_at, row.issued_at, made == fingerprint)
