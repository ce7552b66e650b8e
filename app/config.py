"""Settings: read once from the environment, then frozen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


def secret_folders() -> list[Path]:
    """Return where settings may stand as files: what systemd and containers hand to a service."""
    named = (os.environ.get("CREDENTIALS_DIRECTORY"), "/run/secrets")
    return [Path(folder) for folder in named if folder and os.path.isdir(folder)]


class Settings(BaseSettings):
    """What an operator may set: an environment variable with the prefix ``VESTRY_``, or a file of a secret folder.

    Such a file has the name in small letters, like ``/run/secrets/vestry_database_url``.
    """

    model_config = SettingsConfigDict(env_prefix="VESTRY_", frozen=True, secrets_dir=secret_folders())

    database_url: str = "sqlite:///vestry.db"
    """Where the record is kept: ``sqlite:///PATH`` (relative to the working folder) or ``postgresql://…``."""

    replica_url: str = Field(default="", repr=False)
    """A replica of the database (PostgreSQL), on which reports and other long reads are made; empty for none."""

    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the service: what sign-in links begin with. Over https, cookies are sent encrypted only."""

    box_url: str = ""
    """Where people reach the box of secret votes: another host name than the service's, never the same."""

    box_database_url: str = ""
    """Where the box keeps ballots: a database, or a role and schema, that the service's own role can't write."""

    box_elsewhere: bool = False
    """Whether the box is a process of its own (``vestry box serve``) instead of a second host of this one."""

    key_file: str = ""
    """What the keys of secret votes are encrypted with; keep it out of the backups of the databases."""

    signing_key_file: str = ""
    """What checkpoints of the journal are signed with, and beside it what was signed last: in no database's backup."""

    log_name: str = ""
    """What the journal is called in checkpoints; by default the public address without its scheme."""

    checkpoint_witnesses: str = ""
    """Who cosigns checkpoints (C2SP ``tlog-witness``): address and verifier key of each, one after the other."""

    checkpoint_quorum: int = 1
    """How many of them make a checkpoint one that is shown as witnessed."""

    poll_rsa_bits: int = 3072
    """The length of the keys that sign passes."""

    witness_url: str = ""
    """Where the council's witness signs passes, too; empty for none."""

    witness_token: SecretStr = SecretStr("")
    """What the witness lets the registrar in by; the same on both sides."""

    witness_database_url: str = ""
    """Where the council's witness (``vestry witness serve``) keeps what it has signed: a database of its own."""

    smtp_url: str = Field(default="", repr=False)
    """The mail server: ``smtp://user:password@mail.example.org:587``, ``smtps://…``; empty for none.

    Over ``smtp://``, STARTTLS is used where it is offered, and always before a password; ``?starttls=always`` or
    ``?starttls=never`` says otherwise.
    """

    mail_from: str = ""
    """In whose name letters are sent: ``Lanternleaf <mail@lanternleaf.example>``."""

    webhook_networks: str = ""
    """Private networks that webhooks may go to all the same: ``10.20.0.0/16 192.168.7.5/32``, separated by spaces."""

    webhook_http: bool = False
    """Whether webhooks may go unencrypted, over http."""

    log_format: Literal["auto", "json", "text"] = "auto"
    """How log lines look: ``json``, ``text``, or ``auto``: text in a terminal, JSON anywhere else."""

    metrics_token: SecretStr = SecretStr("")
    """What lets Prometheus read ``/metrics`` (``Authorization: Bearer …``); empty for no metrics."""

    oidc_issuer: str = ""
    """Where people may sign in instead (OpenID Connect): the issuer, such as ``https://login.example.org``."""

    oidc_client_id: str = ""
    """As whom this service is known there. Its address to come back to is the public address with ``/sign-in/back``."""

    oidc_client_secret: SecretStr = SecretStr("")
    """The secret that goes with it."""

    oidc_label: str = "your work account"
    """What people call it: the button says "Sign in with …"."""

    commit: str = ""
    """Which commit of the sources runs here, where whoever built it says so: told by ``/v1/_info``."""

    requests_per_token: int = Field(default=3000, ge=0)
    """How many requests of the API a token may send in a minute; 0 for no limit. Each worker counts by itself."""

    requests_per_address: int = Field(default=300, ge=0)
    """How many an address may send that shows no good token; a wrong one counts as ten. 0 for no limit."""

    @field_validator("database_url", "replica_url", "box_database_url", "witness_database_url")
    @classmethod
    def _names_a_database(cls, url: str) -> str:
        try:
            fits = not url or make_url(url).get_backend_name() in {"sqlite", "postgresql", "postgres"}
        except ArgumentError:
            fits = False
        if not fits:
            raise PydanticCustomError(
                "database", "It looks like sqlite:////var/lib/vestry/vestry.db or postgresql://vestry@host/vestry"
            )
        return url

    @property
    def box_address(self) -> str:
        """Where people reach the box; by default on this machine's other name, or under ``box.`` of the public host."""
        if self.box_url:
            return self.box_url.rstrip("/")
        public = urlsplit(self.public_url)
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(public.hostname or "")
        host = other or f"box.{public.hostname}"
        port = f":{public.port}" if public.port else ""
        return urlunsplit((public.scheme, f"{host}{port}", "", "", ""))

    @property
    def box_database(self) -> str:
        """Where the box keeps ballots; by default a file beside SQLite's, a schema of its own on PostgreSQL."""
        if self.box_database_url:
            return self.box_database_url
        url = make_url(self.database_url)
        if url.get_backend_name() == "sqlite":
            path = Path(url.database or "vestry.db")
            return url.set(database=str(path.with_name(f"{path.stem}-box{path.suffix}"))).render_as_string(False)
        return url.update_query_dict({"options": "-csearch_path=box"}).render_as_string(hide_password=False)

    @property
    def key_path(self) -> Path:
        """The key file; by default beside SQLite's file, in the working folder otherwise."""
        return Path(self.key_file) if self.key_file else self._beside(".key")

    @property
    def signing_key_path(self) -> Path:
        """What checkpoints are signed with; by default beside SQLite's file, in the working folder otherwise."""
        return Path(self.signing_key_file) if self.signing_key_file else self._beside(".signing-key")

    @property
    def log_origin(self) -> str:
        """What the journal is called in checkpoints."""
        return self.log_name or self.public_url.partition("://")[2].rstrip("/")

    def _beside(self, suffix: str) -> Path:
        url = make_url(self.database_url)
        is_file = url.get_backend_name() == "sqlite" and url.database
        return Path(str(url.database) if is_file else "vestry").with_suffix(suffix)
