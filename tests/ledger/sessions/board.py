"""Builders for what the board states before capital is paid out."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ledger.sessions import solvency
from ledger.sessions.records import SolvencyStatement
from ledger.sessions.solvency import SolvencyOrder
from tests import make


def solvent(db: Session, on: date, cents: int = 10_000_000, **changes: Any) -> SolvencyStatement:
    """A statement that so many cents can be paid out for 120 days."""
    order: dict[str, Any] = {"assets": cents + 500, "liabilities": 500, "pays_debts": True, "resolution_ref": "board:1"}
    return solvency.state_solvency(db, make.act("usr_board"), SolvencyOrder(**(order | changes)), on=on)
