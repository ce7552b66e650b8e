"""The guards no metadata can say, as triggers, alike on SQLite and PostgreSQL (journal.md, "Tables and guards").

1. Nothing in an append-only table is updated, deleted or truncated.
2. A posting extends its account's chain: next version, right running balance, not below the floor; and it and every
   record go only into an entry that no head has sealed.
   Rows of a batch, many thousands, are looked at together where the database can (PostgreSQL).
3. Entries are numbered without a gap.
4. A head covers exactly all entries, is larger than the one before, and each entry it seals balances per asset.
5. An entry without its sealing head can't be committed: the deferred foreign key ``entry.head``, in the tables.
"""

from __future__ import annotations

from alembic import op

UNSEALED = "(SELECT coalesce(max(size), 0) FROM head)"

POSTING_CHECKS = (
    (f"NEW.n < {UNSEALED}", "a sealed entry takes no more postings"),
    (
        "NEW.version <> 1 + (SELECT coalesce(max(version), 0) FROM posting WHERE account = NEW.account)",
        "a posting must be the next of its account",
    ),
    (
        "NEW.after <> NEW.amount + coalesce((SELECT p.after FROM posting p WHERE p.account = NEW.account"
        " ORDER BY p.version DESC LIMIT 1), 0)",
        "the running balance is wrong",
    ),
    (
        "NEW.after < (SELECT floor FROM account WHERE id = NEW.account)",
        "an account would fall below its floor",
    ),
    (
        "NEW.effective_on <> (SELECT effective_on FROM entry WHERE n = NEW.n)",
        "a posting counts from the day of its entry",
    ),
)

ENTRY_CHECKS = (
    ("NEW.n <> (SELECT coalesce(max(n) + 1, 0) FROM entry)", "entries are numbered without a gap"),
    (f"NEW.n < {UNSEALED}", "this number is sealed"),
)

HEAD_CHECKS = (
    ("NEW.size <> (SELECT coalesce(max(n) + 1, 0) FROM entry)", "a head covers exactly all entries"),
    (f"NEW.size <= {UNSEALED}", "a head must be larger than the one before"),
    (
        f"EXISTS (SELECT 1 FROM entry WHERE n >= {UNSEALED} AND head <> NEW.size)",
        "every new entry must name this head",
    ),
    (
        f"EXISTS (SELECT 1 FROM posting p JOIN account a ON a.id = p.account WHERE p.n >= {UNSEALED}"
        " GROUP BY p.n, a.asset HAVING sum(p.amount) <> 0)",
        "the postings of an entry must cancel out",
    ),
)

ACCOUNT_CHECKS = (
    ("NEW.id <> (SELECT coalesce(max(id) + 1, 0) FROM account)", "accounts are numbered without a gap"),
    (f"NEW.opened_n < {UNSEALED}", "a sealed entry opens no more accounts"),
)

SEALED = "a sealed entry makes no more records"
NOT_THERE = "a row of a batch needs its entry"

SEALED_CHECKS = ((f"NEW.n < {UNSEALED}", SEALED),)

BATCH_CHECKS = (*SEALED_CHECKS, ("NOT EXISTS (SELECT 1 FROM entry WHERE n = NEW.n)", NOT_THERE))
"""What stands for a foreign key besides: it would be asked of every row."""

BATCH_CHECKS_TOGETHER = (
    (f"EXISTS (SELECT 1 FROM added WHERE n < {UNSEALED})", SEALED),
    (
        "EXISTS (SELECT 1 FROM (SELECT DISTINCT n FROM added) a"
        " WHERE NOT EXISTS (SELECT 1 FROM entry e WHERE e.n = a.n))",
        NOT_THERE,
    ),
)


def guard_journal() -> None:
    """Put guards 1 to 4 on the journal's own tables."""
    for table, checks in (
        ("entry", ENTRY_CHECKS),
        ("account", ACCOUNT_CHECKS),
        ("posting", POSTING_CHECKS),
        ("head", HEAD_CHECKS),
    ):
        guard_history(table)
        _check_inserts(table, checks)


def guard_records(*tables: str) -> None:
    """Make tables of records append-only, and take rows only for an entry that is not sealed."""
    for table in tables:
        guard_history(table)
        _check_inserts(table, SEALED_CHECKS)


def guard_batches(*tables: str) -> None:
    """Do the same for tables whose rows come in batches; PostgreSQL looks once at all rows of a statement."""
    for table in tables:
        guard_history(table)
        if op.get_bind().dialect.name == "sqlite":
            _check_inserts(table, BATCH_CHECKS)
            continue
        _make_function(table, BATCH_CHECKS_TOGETHER)
        op.execute(
            f"CREATE TRIGGER {table}_fits AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION vestry_{table}_fits()"
        )


def guard_history(table: str) -> None:
    """Refuse update, delete and (PostgreSQL) truncate on a table."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION vestry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION vestry_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION vestry_refuse()"
    )


def _check_inserts(table: str, checks: tuple[tuple[str, str], ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        body = " ".join(f"SELECT RAISE(ABORT, '{message}') WHERE {wrong};" for wrong, message in checks)
        op.execute(f"CREATE TRIGGER {table}_fits BEFORE INSERT ON {table} BEGIN {body} END")
        return
    _make_function(table, checks)
    op.execute(
        f"CREATE TRIGGER {table}_fits BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION vestry_{table}_fits()"
    )


def _make_function(table: str, checks: tuple[tuple[str, str], ...]) -> None:
    body = " ".join(
        f"IF {wrong} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF;"
        for wrong, message in checks
    )
    op.execute(
        f"CREATE FUNCTION vestry_{table}_fits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"
    )


def drop_functions(*tables: str) -> None:
    """Remove the functions of guards whose tables are gone (PostgreSQL; SQLite drops triggers with their table)."""
    if op.get_bind().dialect.name == "postgresql":
        for table in tables:
            op.execute(f"DROP FUNCTION IF EXISTS vestry_{table}_fits()")
