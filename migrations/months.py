"""Tables that PostgreSQL keeps in one table a month (ledger/partitions.py): made, filled, and put back together.

A month's table is made beside the whole one and then attached, which lets others go on reading and writing; there is no
table for what fits nowhere, because to attach a month would then lock that one against all readers. Each month's table
says up to which day sessions belong to it, so one that ended before the days asked for is not read at all.

A session that is handed in again may have been posted to any month, and to look into each of them for each of ten
thousand rows takes seconds. So ``delivery_print`` tells for all months where a row with a fingerprint stands; it takes
the place of the index on fingerprints.
"""

from __future__ import annotations

from alembic import op

from migrations.guards import NOT_THERE, SEALED, UNSEALED

COLUMNS = (
    "n, i, provider, local_date, category, modality, attendance, count, minutes, fingerprint, period, kind, import_id,"
    " undoes_n, undoes_i"
)
PRINTS = "ix_delivery_fingerprint"
INDEXES = {
    "ix_delivery_import_id": "import_id",
    "ix_delivery_provider_local_date": "provider, local_date",
}
FITS = f"""
CREATE OR REPLACE FUNCTION vestry_delivery_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE n < {UNSEALED}) THEN
        RAISE EXCEPTION '{SEALED}' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT n FROM added) a WHERE NOT EXISTS (SELECT 1 FROM entry e WHERE e.n = a.n))
    THEN
        RAISE EXCEPTION '{NOT_THERE}' USING ERRCODE = 'check_violation';
    END IF;
    %s
    RETURN NULL;
END $$;
"""
APART = """
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT n FROM added) a
        WHERE (SELECT count(*) > count(DISTINCT d.i) FROM delivery d WHERE d.n = a.n)) THEN
        RAISE EXCEPTION 'a row of a batch stands in one place' USING ERRCODE = 'unique_violation';
    END IF;
    INSERT INTO delivery_print (key, n, i, period)
        SELECT hashtextextended(fingerprint, 0), n, i, period FROM added;"""
"""A key of a table in parts holds within each part only; the rows of one entry may belong to several months."""

FIND = """
CREATE TABLE delivery_print (key bigint NOT NULL, n bigint NOT NULL, i integer NOT NULL, period text NOT NULL);
INSERT INTO delivery_print SELECT hashtextextended(fingerprint, 0), n, i, period FROM delivery;
CREATE INDEX ix_delivery_print_key ON delivery_print (key);
CREATE TRIGGER delivery_print_no_change BEFORE UPDATE OR DELETE ON delivery_print
    FOR EACH ROW EXECUTE FUNCTION vestry_refuse();
CREATE TRIGGER delivery_print_no_truncate BEFORE TRUNCATE ON delivery_print
    FOR EACH STATEMENT EXECUTE FUNCTION vestry_refuse();
ANALYZE delivery_print;
"""

MONTHS = """
CREATE FUNCTION vestry_delivery_months(months text[], latest date DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE month text; part text; first date; thursday date;
BEGIN
    FOREACH month IN ARRAY months LOOP
        part := 'delivery_' || replace(month, '-', '_');
        CONTINUE WHEN EXISTS (SELECT 1 FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'delivery'::regclass AND relname = part);
        first := to_date(month || '-01', 'YYYY-MM-DD');
        IF to_char(first, 'YYYY-MM') <> month THEN
            RAISE EXCEPTION '% is not a month', month USING ERRCODE = 'check_violation';
        END IF;
        -- a week belongs to the month of its Thursday, so the last one may reach into the next month
        thursday := first + interval '1 month' - interval '1 day';
        thursday := thursday - (extract(isodow FROM thursday)::integer + 3) % 7;
        EXECUTE format('CREATE TABLE %I (LIKE delivery INCLUDING CONSTRAINTS INCLUDING COMMENTS,
            CONSTRAINT ck_delivery_not_before CHECK (local_date <= %L))', part, greatest(thursday + 3, latest));
        EXECUTE format('ALTER TABLE delivery ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            part, month, to_char(first + interval '1 month', 'YYYY-MM'));
        -- what looks at each row comes with the whole table; what looks at a statement does not
        EXECUTE format('CREATE TRIGGER delivery_no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION vestry_refuse()', part);
        EXECUTE format('CREATE TRIGGER delivery_fits AFTER INSERT ON %I REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION vestry_delivery_fits()', part);
    END LOOP;
END $$;
"""

GUARDS = """
CREATE TRIGGER delivery_no_change BEFORE UPDATE OR DELETE ON delivery
    FOR EACH ROW EXECUTE FUNCTION vestry_refuse();
CREATE TRIGGER delivery_no_truncate BEFORE TRUNCATE ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION vestry_refuse();
CREATE TRIGGER delivery_fits AFTER INSERT ON delivery REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION vestry_delivery_fits();
"""

FOREIGN_KEY = "ALTER TABLE delivery ADD CONSTRAINT fk_delivery_provider FOREIGN KEY (provider) REFERENCES holder (id)"


def part_by_month() -> None:
    """Keep session rows in one table a month; all writers and readers wait while rows are moved."""
    _set_aside()
    op.execute(
        "CREATE TABLE delivery (LIKE delivery_moving INCLUDING CONSTRAINTS INCLUDING COMMENTS)"
        " PARTITION BY RANGE (period)"
    )
    op.execute(FITS % APART)
    op.execute(MONTHS)
    op.execute("SELECT vestry_delivery_months(ARRAY[period], max(local_date)) FROM delivery_moving GROUP BY period")
    _move("n, i, period")
    op.execute(FIND)


def put_together() -> None:
    """Keep session rows in one table again."""
    _set_aside()
    op.execute("CREATE TABLE delivery (LIKE delivery_moving INCLUDING CONSTRAINTS INCLUDING COMMENTS)")
    op.execute(FITS % "")
    _move("n, i")
    op.execute(f"CREATE INDEX {PRINTS} ON delivery (fingerprint)")
    op.execute("DROP TABLE delivery_print")
    op.execute("DROP FUNCTION vestry_delivery_months(text[], date)")


def _set_aside() -> None:
    op.execute("ALTER TABLE delivery RENAME TO delivery_moving")
    op.execute("ALTER TABLE delivery_moving DROP CONSTRAINT pk_delivery")
    for name in (PRINTS, *INDEXES):
        op.execute(f"DROP INDEX IF EXISTS {name}")


def _move(key: str) -> None:
    """Fill the new table from the old one, which goes; keys and indexes come last, built of all there is."""
    op.execute(f"INSERT INTO delivery ({COLUMNS}) SELECT {COLUMNS} FROM delivery_moving")
    op.execute("DROP TABLE delivery_moving")
    op.execute(f"ALTER TABLE delivery ADD CONSTRAINT pk_delivery PRIMARY KEY ({key})")
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON delivery ({columns})")
    op.execute(FOREIGN_KEY)
    op.execute(GUARDS)
    op.execute("ANALYZE delivery")
