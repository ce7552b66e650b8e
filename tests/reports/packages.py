"""Going round: a record out as a package, the package in as another record, and both compared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.db import make_engine
from app.imports.ocf import check
from app.imports.ocf.findings import Severity
from app.imports.ocf.models import Version
from app.imports.ocf.writer import ImportResult, import_package
from app.reports.ocf import VERSIONS, export_package, write_zip
from app.verification import verify_all
from ledger import journal
from ledger.equity.captable.holdings import holder_table
from ledger.equity.captable.movements import pool_balances
from ledger.equity.captable.summary import cap_table
from ledger.types import Act, Cut
from tests.imports.ocf.schemas import oracles

Fresh = Callable[[], Session]
"""Makes an empty, migrated record of its own."""


@contextmanager
def fresh_records(template: Path, at: Path) -> Iterator[Fresh]:
    """Yield what makes records, as files in a folder; they are closed in the end."""
    with ExitStack() as stack:

        def fresh() -> Session:
            path = at / f"record-{len(list(at.glob('record-*.db')))}.db"
            shutil.copyfile(template, path)
            engine = make_engine(f"sqlite:///{path}")
            stack.callback(engine.dispose)
            return stack.enter_context(Session(engine))

        yield fresh


def importing(moment: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Act:
    """An import."""
    return Act("usr_founder", "import:ocf", moment)


def bring_in(db: Session, package: Path) -> ImportResult:
    """Import a package with nothing against it; the record that it makes verifies."""
    checked = check(package)
    assert [finding for finding in checked.findings if finding.severity is Severity.ERROR] == []
    result = import_package(db, importing(), checked)
    assert verify_all(db).fault is None
    return result


def now(db: Session, as_of: date = date(2045, 1, 1)) -> Cut:
    """All that is known, as of a day."""
    return Cut(as_of, journal.size(db))


def assert_valid(files: dict[str, bytes], version: Version) -> None:
    """Every item is what the real schema of its type asks for."""
    for data in files.values():
        content = json.loads(data)
        for item in content.get("items", [content.get("issuer")]):
            assert [*oracles(version)[item["object_type"]].iter_errors(item)] == []


def gone_round(
    db: Session, fresh: Fresh, at: Path, days: Iterable[date], *, as_of: date = date(2045, 1, 1), version: str = "1.2.0"
) -> Session:
    """Export a record, import it, export that: same bytes, same cap table on all days. Return the second record."""
    files = export_package(db, now(db, as_of), version=version, tax_numbers=True)
    assert_valid(files, VERSIONS[version])
    write_zip(at / "out.ocf.zip", files)
    other = fresh()
    bring_in(other, at / "out.ocf.zip")
    other.commit()
    assert export_package(other, now(other, as_of), version=version, tax_numbers=True) == files
    for day in days:
        if day <= as_of:
            assert_same(db, other, day)
    return other


def assert_same(db: Session, other: Session, day: date) -> None:
    """Both records show the same on a day, by class and by holder; holders whose id tells a name have another one."""
    one, two = now(db, day), now(other, day)
    assert cap_table(db, one) == cap_table(other, two)
    mine, theirs = holder_table(db, one), holder_table(other, two)
    assert (mine.total, mine.available) == (theirs.total, theirs.available)
    assert sorted(map(_without_id, mine.rows)) == sorted(map(_without_id, theirs.rows))
    assert pool_balances(db, one) == pool_balances(other, two)


def _without_id(row: object) -> str:
    return repr(row).partition(",")[2]
