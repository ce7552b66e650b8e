"""Every table and every kind of entry of the service: import this, and migrations and verifier know all of them."""

from __future__ import annotations

from app import archive
from app.imports import tables as imports_tables
from app.jobs import tables as jobs_tables
from app.mail import tables as mail_tables
from app.people import tables as people_tables
from app.webhooks import tables as webhook_tables
from governance import (
    ballots,
    candidacies,
    closing,
    comments,
    effects,
    layoffs,
    petitions,
    policies,
    proposals,
    rolls,
    seats,
)
from governance import records as governance_records
from governance import tables as governance_tables
from governance.secret import polls as secret_polls
from governance.secret import records as secret_records
from governance.secret import tables as secret_tables
from ledger import members
from ledger.equity import (
    certificates,
    classes,
    conversions,
    exercise,
    expiry,
    fair_values,
    grants,
    leaving,
    originals,
    pricing,
    register,
    reissues,
    returns,
    splits,
    stock,
    transfers,
    values,
    vesting_changes,
)
from ledger.sessions import (
    capital,
    choices,
    declarations,
    deliveries,
    months,
    patr_forms,
    payouts,
    records,
    solvency,
)
from ledger.tables import build_all

MODULES = (
    archive,
    mail_tables,
    people_tables,
    imports_tables,
    jobs_tables,
    webhook_tables,
    governance_records,
    governance_tables,
    ballots,
    candidacies,
    capital,
    certificates,
    choices,
    classes,
    closing,
    comments,
    conversions,
    declarations,
    deliveries,
    effects,
    exercise,
    expiry,
    fair_values,
    grants,
    layoffs,
    leaving,
    members,
    months,
    originals,
    patr_forms,
    payouts,
    petitions,
    policies,
    pricing,
    proposals,
    records,
    register,
    reissues,
    returns,
    rolls,
    seats,
    secret_polls,
    secret_records,
    secret_tables,
    solvency,
    splits,
    stock,
    transfers,
    values,
    vesting_changes,
)
"""Imported for what they declare; a test finds one that is missing."""

build_all()
