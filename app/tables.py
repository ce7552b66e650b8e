"""Every table of the service in one metadata: import this, and migrations, verifier and tests see all of them."""

from __future__ import annotations

from app.people import tables as people_tables
from ledger.equity import values
from ledger.tables import build_all

MODULES = (values, people_tables)
"""Imported for what they declare."""

build_all()
