"""The guards no metadata can say, as triggers, alike on SQLite and PostgreSQL (journal.md, "Tables and guards").

1. Nothing in an append-only table is updated, deleted or truncated.
2. A posting extends its account's chain: next version, right running balance, not below the floor; and it and every
   record go only into an entry that no head has sealed.
   Rows of a batch, many thousands, are looked at together where the database can (PostgreSQL).
3. Entries are numbered without a gap.
4. A head covers exactly all entries, is larger than the one before, and each entry it seals balances per asset.
5. An entry without its sealing head can't be committed: the deferred foreign key ``entry.head``, in the tables.
6. Once there are members, what belongs to them (policies, credit, pools, the board) is set by what they passed and has
   not taken effect yet, and by nothing else.
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


FOUNDED = "EXISTS (SELECT 1 FROM membership)"
"""From the first member on; before, somebody has to set the first policies."""


def _has_passed(proposal: str, needle: str = "''") -> str:
    """Return the SQL that asks whether a proposal has passed, not taken effect yet, and says what ``needle`` names."""
    return (
        "EXISTS (SELECT 1 FROM closing c JOIN proposal_version v ON v.proposal = c.proposal"
        f" WHERE c.outcome = 'PASSED' AND c.proposal = {proposal}"
        " AND v.number = (SELECT max(w.number) FROM proposal_version w WHERE w.proposal = c.proposal)"
        f" AND ({needle} = '' OR replace(v.motions, {needle}, '') <> v.motions)"
        " AND NOT EXISTS (SELECT 1 FROM enactment d WHERE d.proposal = c.proposal))"
    )


NEW_SEAT = '\'"kind":"add_seat"\''

BY_RESOLUTION = "this belongs to the members: only what has passed sets it, once"

POLICY_CHECKS = (
    (
        "NEW.version <> 1 + (SELECT coalesce(max(version), 0) FROM policy WHERE key = NEW.key)",
        "a policy must be the next of its key",
    ),
    (f"NEW.proposal IS NULL AND {FOUNDED}", BY_RESOLUTION),
    (
        "NEW.proposal IS NOT NULL AND NOT " + _has_passed("NEW.proposal", "'\"key\":\"' || NEW.key || '\"'"),
        BY_RESOLUTION,
    ),
)

SEAT_CHECKS = ((f"{FOUNDED} AND NOT {_has_passed('c.proposal', NEW_SEAT)}", BY_RESOLUTION),)

SEAT_TERM_CHECKS = (
    (f"NEW.proposal IS NULL AND {FOUNDED}", BY_RESOLUTION),
    (f"NEW.proposal IS NOT NULL AND NOT {_has_passed('NEW.proposal')}", BY_RESOLUTION),
)

SEAT_VACATED_CHECKS = ((f"NEW.proposal IS NOT NULL AND NOT {_has_passed('NEW.proposal')}", BY_RESOLUTION),)
"""Without a proposal: a director who steps down."""

POOL_KINDS = "('plan.adopted', 'plan.adjusted')"

MEMBERS_CHECKS = (
    (
        f"{FOUNDED} AND EXISTS (SELECT 1 FROM credit_rule r WHERE r.n >= {UNSEALED} AND NOT EXISTS"
        " (SELECT 1 FROM policy p WHERE p.n = r.n AND p.id = r.id AND p.key = 'credit'))",
        BY_RESOLUTION,
    ),
    (
        f"{FOUNDED} AND EXISTS (SELECT 1 FROM entry e JOIN posting p ON p.n = e.n JOIN account a ON a.id = p.account"
        f" WHERE e.n >= {UNSEALED} AND a.path LIKE 'pool:%' AND (e.kind IN {POOL_KINDS}"
        f" OR (SELECT r.kind FROM entry r WHERE r.n = e.reverses) IN {POOL_KINDS}) AND NOT "
        + _has_passed("c.proposal", "'\"plan\":\"' || substr(a.path, 6) || '\"'")
        + ")",
        BY_RESOLUTION,
    ),
)
"""Looked at when a head seals the entry: by then all that stands in it is there."""


BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
"""What a guard looks for is a few rows among millions, and its plan is made before that is known."""

QUICKER = f"""
CREATE OR REPLACE FUNCTION vestry_entry_fits_together() RETURNS trigger LANGUAGE plpgsql
{BY_INDEX} AS $$
DECLARE lowest bigint; highest bigint; counted bigint;
BEGIN
    SELECT min(n), max(n), count(*) INTO lowest, highest, counted FROM added;
    IF highest - lowest + 1 <> counted
        OR lowest <> (SELECT coalesce(max(n) + 1, 0) FROM entry WHERE n < lowest) THEN
        RAISE EXCEPTION 'entries are numbered without a gap' USING ERRCODE = 'check_violation';
    END IF;
    IF lowest < (SELECT coalesce(max(size), 0) FROM head) THEN
        RAISE EXCEPTION 'this number is sealed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION vestry_posting_fits_together() RETURNS trigger LANGUAGE plpgsql
{BY_INDEX} AS $$
DECLARE sealed bigint; wrong text;
BEGIN
    sealed := (SELECT coalesce(max(size), 0) FROM head);
    SELECT complaint INTO wrong FROM (
        SELECT CASE
            WHEN added.n < sealed THEN 'a sealed entry takes no more postings'
            WHEN added.version < 1 OR added.version > 1 AND earlier.version IS NULL
                THEN 'a posting must be the next of its account'
            WHEN added.after <> added.amount + coalesce(earlier.after, 0) THEN 'the running balance is wrong'
            WHEN added.after < account.floor THEN 'an account would fall below its floor'
            WHEN added.effective_on <> entry.effective_on THEN 'a posting counts from the day of its entry'
        END AS complaint
        FROM added
        LEFT JOIN posting AS earlier ON earlier.account = added.account AND earlier.version = added.version - 1
        LEFT JOIN account ON account.id = added.account
        LEFT JOIN entry ON entry.n = added.n
    ) looked WHERE complaint IS NOT NULL LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
"""Guards 2 and 3 on PostgreSQL, asked once of all rows of a statement.

The key (account, version) lets no version be used twice, so a posting whose predecessor is there is the next one.
"""


def quicken_guards() -> None:
    """On PostgreSQL, look at all entries and postings of a statement together, and at a head's own entries only."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(QUICKER)
    for table in ("entry", "posting"):
        op.execute(f"DROP TRIGGER {table}_fits ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_fits AFTER INSERT ON {table} REFERENCING NEW TABLE AS added "
            f"FOR EACH STATEMENT EXECUTE FUNCTION vestry_{table}_fits_together()"
        )
    for name, checks in (("fits", HEAD_CHECKS), ("passed", MEMBERS_CHECKS)):
        _replace_head_function(name, tuple((_bounded(wrong), message) for wrong, message in checks), quick=True)


def slow_guards() -> None:
    """Undo ``quicken_guards``."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in ("entry", "posting"):
        op.execute(f"DROP TRIGGER {table}_fits ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_fits BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION vestry_{table}_fits()"
        )
        op.execute(f"DROP FUNCTION vestry_{table}_fits_together()")
    for name, checks in (("fits", HEAD_CHECKS), ("passed", MEMBERS_CHECKS)):
        _replace_head_function(name, checks, quick=False)


def _bounded(wrong: str) -> str:
    """Return a check of a head that says up to where it looks: a planner that knows only where from reads it all."""
    for row in ("p.n", "r.n", "e.n", "n"):
        wrong = wrong.replace(f" {row} >= {UNSEALED}", f" {row} >= sealed AND {row} < NEW.size")
    return wrong.replace(UNSEALED, "sealed")


def _replace_head_function(name: str, checks: tuple[tuple[str, str], ...], *, quick: bool) -> None:
    body = " ".join(
        f"IF {wrong} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF;"
        for wrong, message in checks
    )
    settings, sealed = (BY_INDEX, f"DECLARE sealed bigint := {UNSEALED};") if quick else ("", "")
    op.execute(
        f"CREATE OR REPLACE FUNCTION vestry_head_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"{settings} AS $$ {sealed} BEGIN {body} RETURN NEW; END $$"
    )


def guard_members() -> None:
    """Put guard 6 on what belongs to the members."""
    for table, checks in (
        ("policy", POLICY_CHECKS),
        ("seat", SEAT_CHECKS),
        ("seat_term", SEAT_TERM_CHECKS),
        ("seat_vacated", SEAT_VACATED_CHECKS),
        ("head", MEMBERS_CHECKS),
    ):
        _check_inserts(table, checks, "passed")


def unguard_members() -> None:
    """Take off of guard 6 what stands on a table of an earlier migration."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER head_passed")
        return
    op.execute("DROP TRIGGER head_passed ON head")
    for table in ("policy", "seat", "seat_term", "seat_vacated", "head"):
        op.execute(f"DROP FUNCTION vestry_{table}_passed() CASCADE")


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


def _check_inserts(table: str, checks: tuple[tuple[str, str], ...], name: str = "fits") -> None:
    if op.get_bind().dialect.name == "sqlite":
        body = " ".join(f"SELECT RAISE(ABORT, '{message}') WHERE {wrong};" for wrong, message in checks)
        op.execute(f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table} BEGIN {body} END")
        return
    _make_function(table, checks, name)
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION vestry_{table}_{name}()"
    )


def _make_function(table: str, checks: tuple[tuple[str, str], ...], name: str = "fits") -> None:
    body = " ".join(
        f"IF {wrong} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF;"
        for wrong, message in checks
    )
    op.execute(
        f"CREATE FUNCTION vestry_{table}_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN {body} RETURN NEW; END $$"
    )


def drop_functions(*tables: str) -> None:
    """Remove the functions of guards whose tables are gone (PostgreSQL; SQLite drops triggers with their table)."""
    if op.get_bind().dialect.name == "postgresql":
        for table in tables:
            op.execute(f"DROP FUNCTION IF EXISTS vestry_{table}_fits()")
