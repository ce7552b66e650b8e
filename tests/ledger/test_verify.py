"""The verifier finds every column of every row that was changed behind the journal's back (scenario 72)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, Table, inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - builds every table
from governance import records as deciding
from governance.secret import records as secret
from ledger import journal, members, tables
from ledger.base import metadata
from ledger.entries import Draft
from ledger.equity import fair_values, grants, register
from ledger.equity.values import (
    CauseDecision,
    ClassRatio,
    ClassSplit,
    CompanyFigure,
    EngagementEnd,
    EngagementKind,
    Group,
    LeavingReason,
    SourceItem,
)
from ledger.records import SPECS
from ledger.sessions import records as sessions
from ledger.sessions.disputes import DisputeState
from ledger.sessions.notices import NoticeKind
from ledger.sessions.redemption import ExitCause
from ledger.sessions.statements import Answer
from ledger.sessions.values import Attendance, Category, Modality
from ledger.types import Price
from ledger.verify import Verdict, verify
from tests import make

COVERED = ("entry", "head", "account", "posting", *SPECS)


def _filled(db: Session) -> None:
    """A record in which most tables hold a row or two."""
    make.company(db)
    common = make.share_class(db, original_price=Price(1, 2, "USD"))
    plan = make.plan(db, common)
    make.valuation(db, common.id, on=date(2024, 1, 1), approved_on=date(2023, 12, 20))
    ana = make.holder(db, engaged=EngagementKind.W2)
    register.identify_holder(db, make.act(), ana.id, "ab" * 32, on=date(2024, 1, 1))
    granted = make.grant(db, plan, ana)
    grants.accept(db, make.act(ana.id), granted.security.id, on=date(2024, 1, 20))
    value = fair_values.FairValueOrder(
        granted.security.id, Price(250, 2, "USD"), fair_values.FairValueMethod.BLACK_SCHOLES, "report:2024-01"
    )
    fair_values.record_fair_value(db, make.act(), value)
    retracted = make.grant(db, plan, ana)
    grants.retract(db, make.act(), retracted.security.id, on=date(2024, 2, 1), reason="Typed twice.")
    register.engage(db, make.act(), ana.id, kind=EngagementKind.INVESTOR, shown_as=Group.INVESTOR, on=date(2024, 3, 1))
    journal.reverse(db, make.act(), journal.size(db) - 1, reason="Not an investor after all.")
    engagement = register.engagements(db, ana.id)[0][0].id
    others = (
        EngagementEnd(engagement, date(2024, 4, 1), LeavingReason.VOLUNTARY_OTHER, "usr_second", date(2024, 5, 1)),
        CauseDecision(engagement, stands=True),
        ClassRatio(common.id, 2, 1),
        ClassSplit(common.id, 3, 1),
        CompanyFigure(Price(100, 0, "USD"), date(2024, 4, 1)),
        SourceItem("DOCUMENT", "doc-1", "Documents.ocf.json#0", "cd" * 32),
    )
    journal.append(db, make.act(), Draft("company.figure_stated", date(2024, 4, 1), others))
    _worked(db, ana.id, plan.id)
    _decided(db, ana.id)
    _decided_in_secret(db, ana.id)


def _worked(db: Session, ana: str, plan: str) -> None:
    """A row in every table of sessions and patronage, written as one entry: only the rows matter here."""
    day, month = date(2024, 5, 6), "2024-05"
    individual = (Category.INDIVIDUAL, Modality.VIDEO, Attendance.DELIVERED)
    made = (
        sessions.SessionImport("imp_1", "csv", "ef" * 32, {}, {"rows_read": 1, "accepted": 1}, month),
        sessions.Threshold(ana, day, 5, 20),
        sessions.CreditRule("pol_1", "res:1", date(2024, 1, 1), day, {"alpha": "0"}),
        sessions.LeaveTaken("lvt_1", ana, day, day),
        sessions.CouncilService(ana, day, 60),
        sessions.StatementAnswer(ana, date(2024, 5, 1), Answer.ATTESTED, 3, {"sessions": 1}),
        sessions.DisputeOpened("dsp_1", ana, date(2024, 5, 1), sessions.DisputeAbout.DATE, 50),
        sessions.DisputeStep("dsp_1", DisputeState.IN_REVIEW, "usr_steward", sessions.Finding.NO_TRACE),
        sessions.CloseRequest("clr_1", month, 0, "usr_finance"),
        sessions.PeriodClose(month, 3, 0, "usr_finance", "usr_board"),
        sessions.PatronageConsent(ana, is_given=True),
        sessions.PatronageDraft("pat_1", day, day, 100, 3, "usr_finance", {}, "00" * 32, "USD", plan),
        sessions.PatronageDeclaration("pat_1", "usr_board", "res:2"),
        sessions.SurplusStated(2024, 100, "USD", "res:2", {}),
        sessions.Redemption(ana, 2024, 1, "revolving"),
        sessions.SolvencyStatement("slv_1", 200, 100, True, day, "board:3", "usr_board"),
        sessions.ExitSchedule("exs_1", ana, ExitCause.LEFT, day, [["2024-12-31", "2025-03-31", 5]], "board:4"),
        sessions.Payout(ana, 1, "slv_1", "exs_1", "board:5"),
        sessions.CheckCashed("pat_1", ana, day),
    )
    row = sessions.DeliveryRow(ana, day, *individual, 1, 50, "01" * 16, month, sessions.RowKind.ORIGINAL, "imp_1", 1, 0)
    part = sessions.Allocation("pat_1", ana, 50, 100, 20, 80, NoticeKind.QUALIFIED)
    for draft in (
        Draft("sessions.imported", day, made),
        Draft("sessions.delivered", day, bulk=(row,)),
        Draft("patronage.declared", day, bulk=(part,)),
    ):
        journal.append(db, make.act(), draft)


def _decided(db: Session, ana: str) -> None:
    """A row in every table of deciding together, likewise."""
    day = date(2025, 9, 1)
    made = (
        deciding.Proposal("prp_1", deciding.ProposalKind.FEE_OR_RATE, ana, "board:2025-08", "prp_0"),
        deciding.Version("prp_1", 1, "A lower fee", "Why", [{"key": "fees"}], [], 0, ana, "ab" * 32),
        deciding.Published("prp_1"),
        deciding.Withdrawn("prp_1", "Not yet"),
        deciding.InterestReached("prp_1", 1, 10),
        deciding.Stance("stc_1", "prp_1", ana, deciding.Phase.OBJECTION, "Too low"),
        deciding.StanceWithdrawn("stc_1"),
        deciding.Comment("cmt_1", "prp_1", 1, "cmt_0", ana, "cd" * 32),
        deciding.CommentModerated("cmt_1", is_shown=False, is_erased=False, reason="Names a client"),
        deciding.Conflict("prp_1", ana, "I own the vendor", is_recused=True),
        deciding.BoardReview("prp_1", deciding.Recommendation.FOR, "It can be paid"),
        deciding.Candidacy("prp_1", ana, "I listen"),
        deciding.CandidacyWithdrawn("prp_1", ana),
        deciding.Notice("prp_1", 1, {}, "ef" * 32, day, "America/New_York", 1, 2, day, "01" * 32, "ptn_1"),
        deciding.RollCopied("prp_1", 1, 5, [], {"members": 1}),
        deciding.BallotCast("prp_1", ana, 1, "23" * 32),
        deciding.Closing("prp_1", deciding.Outcome.PASSED, [], 1, {"for": 1}, "45" * 32, "67" * 32),
        deciding.Policy("ply_1", "fees", 1, {"rate": "1/10"}, day, day, "prp_1"),
        deciding.Petition("ptn_1", "prp_1", ana, 24, day),
        deciding.PetitionEnded("ptn_1", is_reached=True, signatures=24, vote_by=day),
        deciding.Seat("sea_1", "Seat 1", "PROVIDER", 24),
        deciding.SeatTerm("trm_1", "sea_1", ana, day, day, "90", "prp_1"),
        deciding.SeatVacated("trm_1", day, "Recalled", "prp_1"),
        deciding.LayoffCase("lay_1", "Payer left", day, day, 10, 1),
        deciding.LayoffAffected("lay_1", ana),
        deciding.LayoffView("lay_1", "Too fast"),
        deciding.LayoffWithdrawn("lay_1", "Payer came back"),
    )
    enacted = deciding.Enactment("prp_1", deciding.EnactmentOutcome.ENACTED, "None", [1])
    joined = members.Membership("mem_1", 1, ana, members.MemberClass.PROVIDER, day, 0)
    line = deciding.RollLine("prp_1", "members", ana, "PROVIDER", 1)
    ballot = deciding.Ballot("prp_1", ana, 1, '"yes"', "89" * 16)
    for draft in (
        Draft("sessions.imported", day, made),
        # what a proposal sets it sets before it is enacted
        Draft("sessions.imported", day, (enacted, joined, members.MembershipEnd("mem_1", day, "Moved away."))),
        Draft("sessions.imported", day, bulk=(line,)),
        Draft("sessions.imported", day, bulk=(ballot,)),
        Draft("sessions.imported", day, bulk=(deciding.PetitionSeal("ptn_1", "ab" * 32),)),
    ):
        journal.append(db, make.act(), draft)


def _decided_in_secret(db: Session, ana: str) -> None:
    """A row in every table of secret votes, likewise."""
    day = date(2025, 9, 1)
    made = (
        secret.Poll("prp_1", "ab" * 32, "{}"),
        secret.PollSettled("prp_1", 1, "cd" * 32, is_void=True),
        secret.PollBatch("prp_1", 1, 1, "ef" * 32),
        secret.PollClosed("prp_1", 1, "01" * 32),
    )
    rows = (
        secret.PollNumber("prp_1", 1, ana),
        secret.PollIssued("prp_1", 1),
        secret.PollRecord("prp_1", "23" * 32, 1, "{}"),
    )
    journal.append(db, make.act(), Draft("sessions.imported", day, made))
    for row in rows:
        journal.append(db, make.act(), Draft("sessions.imported", day, bulk=(row,)))


def _verdict(engine: Engine, known_root: tuple[int, str] | None = None) -> Verdict:
    with Session(engine) as db:
        return verify(db, known_root=known_root)


def _unguarded(engine: Engine) -> None:
    """Do what a database administrator can: switch every guard off."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for name in (
                connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            ):
                connection.execute(text(f"DROP TRIGGER {name}"))
            return
        # a table in parts comes before its parts, whose constraints go with its own
        for name in sorted(inspect(connection).get_table_names()):
            connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER ALL"))
            for check in inspect(connection).get_check_constraints(name):
                connection.execute(text(f"ALTER TABLE {name} DROP CONSTRAINT {check['name']}"))


def _changes(value: object) -> Iterator[object]:
    """Yield other values of the same type; for nothing, a text and a number."""
    if value is None:
        yield from ("x", 7, date(2024, 2, 2))
    elif isinstance(value, bytes):
        yield value[:-1] + bytes([value[-1] ^ 1])
    elif isinstance(value, int):
        yield value + 1_000_000
    elif isinstance(value, date):
        yield date(value.year + 1, 1, 1)
    else:
        yield f"{value}x"


def _tamper(db: Session, table: Table, column: str) -> bool:
    """Change one column of the first row; False where the database takes no other value there."""
    row = db.execute(select(table).order_by(*table.primary_key).limit(1)).mappings().one()
    where = [table.c[key.name] == row[key.name] for key in table.primary_key]
    for value in _changes(row[column]):
        try:
            with db.begin_nested():
                db.execute(table.update().where(*where).values({column: value}))
        except (StatementError, TypeError):
            continue
        return True
    return False


def test_an_untouched_record_verifies(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        _filled(db)
        entries, root = journal.size(db), journal.head_at(db, journal.size(db)).root().hex()
    verdict = _verdict(engine)
    assert verdict.fault is None
    assert (verdict.entries, verdict.root) == (entries, root)
    assert verdict.records["grant_draft"] == 2


def test_an_empty_record_verifies(engine: Engine) -> None:
    assert _verdict(engine).fault is None


@pytest.fixture(scope="module")
def tampered(shared_engine: Engine) -> Engine:
    """Return an engine on a filled record without guards; what is changed there must be rolled back."""
    with Session(shared_engine) as db, db.begin():
        _filled(db)
    _unguarded(shared_engine)
    return shared_engine


@pytest.mark.parametrize("name", COVERED)
def test_a_change_of_any_column_is_found(tampered: Engine, name: str) -> None:
    engine = tampered
    table = metadata.tables[name]
    for column in table.columns:
        with Session(engine) as db:
            if engine.dialect.name == "sqlite":
                db.execute(text("PRAGMA ignore_check_constraints = ON"))
                db.execute(text("PRAGMA defer_foreign_keys = ON"))
            assert _tamper(db, table, column.name), f"{column} could not be changed"
            fault = verify(db).fault
            db.rollback()
        assert fault is not None, f"{column} was changed and nobody noticed"
    assert _verdict(engine).fault is None, "what was changed is rolled back"


@pytest.mark.parametrize("name", ["entry", "posting", "head", "holder", "security", "schedule"])
def test_a_row_taken_away_is_missed(engine: Engine, name: str) -> None:
    with Session(engine) as db, db.begin():
        _filled(db)
    _unguarded(engine)
    table = metadata.tables[name]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("COMMIT"))
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(text("BEGIN IMMEDIATE"))
        row = connection.execute(select(table).order_by(*table.primary_key.columns).limit(1)).mappings().one()
        connection.execute(table.delete().where(*(table.c[key.name] == row[key.name] for key in table.primary_key)))
        connection.commit()
    fault = _verdict(engine).fault
    assert fault is not None


def test_a_row_that_no_entry_made_is_found(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        _filled(db)
    _unguarded(engine)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO holder (n, i, id, kind, licensed) VALUES (0, 5, 'hld_ghost', 'ENTITY', 0)")
        )
    fault = _verdict(engine).fault
    assert fault is not None
    assert (fault.table, fault.n) == ("holder", 0)


def test_the_first_entry_that_does_not_fit_is_named(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        _filled(db)
    _unguarded(engine)
    with engine.begin() as connection:
        for n in (9, 4):
            payload = connection.execute(select(tables.entry.c.payload).where(tables.entry.c.n == n)).scalar_one()
            changed = payload.replace(b"board:2026-01", b"board:2026-02")
            connection.execute(tables.entry.update().where(tables.entry.c.n == n).values(payload=changed))
    verdict = _verdict(engine)
    assert verdict.fault is not None
    assert (verdict.fault.table, verdict.fault.n, verdict.entries) == ("entry", 4, 4)


def test_a_rewritten_record_is_exposed_by_a_root_noted_before(engine: Engine) -> None:
    with Session(engine) as db, db.begin():
        make.company(db)
        make.share_class(db)
    noted = (1, "00" * 32)
    assert _verdict(engine).fault is None
    fault = _verdict(engine, noted).fault
    assert fault is not None
    assert "noted earlier" in fault.message
    longer = _verdict(engine, (99, "00" * 32)).fault
    assert longer is not None
    assert "only 2 are left" in longer.message
