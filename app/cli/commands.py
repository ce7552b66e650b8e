"""The tree of commands."""

from __future__ import annotations

import typer

from app.cli.asking import get
from app.cli.box import box_app
from app.cli.capital import capital_app
from app.cli.checkpoint import checkpoint_app
from app.cli.checks import check
from app.cli.decisions import decision_app, grant_app
from app.cli.disclosures import disclosure_app
from app.cli.exports import export_app
from app.cli.imports import import_app
from app.cli.listening import listen
from app.cli.mail import mail_app
from app.cli.openapi import openapi
from app.cli.operations import backup, config_app, doctor, ops_app, restore
from app.cli.patronage import patronage_app
from app.cli.people import people_app
from app.cli.proposals import ballot_app, close_due, policy_app, proposal_app
from app.cli.reports import report_app
from app.cli.service import demo, migrate, serve, token_app
from app.cli.sessions import import_sessions, sessions_app, strip, undo
from app.cli.tally import tally
from app.cli.tax_numbers import tax_number_app
from app.cli.terms import vesting
from app.cli.users import user_app
from app.cli.verification import verify
from app.cli.vote import vote_app
from app.cli.webhooks import webhook_app
from app.cli.witness import witness_app

tree = typer.Typer(
    name="vestry",
    help="The equity record of a cooperative whose therapists own part of it: who holds what, since when, on whose "
    "authority. \n\nStart with: vestry demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (demo, serve, migrate, doctor, backup, restore, check, verify, tally, vesting, openapi, get):
    tree.command()(command)
import_app.command("sessions")(import_sessions)
import_app.command()(strip)
import_app.command()(undo)
tree.add_typer(import_app, name="import")
tree.add_typer(sessions_app, name="sessions")
tree.add_typer(patronage_app, name="patronage")
tree.command("close-due")(close_due)
tree.add_typer(proposal_app, name="proposal")
tree.add_typer(decision_app, name="decision")
tree.add_typer(grant_app, name="grant")
tree.add_typer(ballot_app, name="ballot")
tree.add_typer(policy_app, name="policy")
tree.add_typer(vote_app, name="vote")
tree.add_typer(box_app, name="box")
tree.add_typer(witness_app, name="witness")
tree.add_typer(capital_app, name="capital")
tree.add_typer(people_app, name="people")
tree.add_typer(user_app, name="user")
tree.add_typer(mail_app, name="mail")
tree.add_typer(export_app, name="export")
tree.add_typer(report_app, name="report")
tree.add_typer(disclosure_app, name="disclosure")
tree.add_typer(tax_number_app, name="tax-number")
tree.add_typer(checkpoint_app, name="checkpoint")
tree.add_typer(config_app, name="config")
tree.add_typer(ops_app, name="ops")
tree.add_typer(token_app, name="token")
webhook_app.command()(listen)
tree.add_typer(webhook_app, name="webhook")
