"""Settings: read once from the environment, then frozen."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set; each is an environment variable with the prefix ``VESTRY_``."""

    model_config = SettingsConfigDict(env_prefix="VESTRY_", frozen=True)

    database_url: str = "sqlite:///vestry.db"
    """Where the record is kept: ``sqlite:///PATH`` (relative to the working folder) or ``postgresql://…``."""

    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the service: what sign-in links begin with. Over https, cookies are sent encrypted only."""

    smtp_url: str = Field(default="", repr=False)
    """The mail server: ``smtp://user:password@mail.example.org:587``, ``smtps://…``; empty for none.

    Over ``smtp://``, STARTTLS is used where it is offered, and always before a password; ``?starttls=always`` or
    ``?starttls=never`` says otherwise.
    """

    mail_from: str = ""
    """In whose name letters are sent: ``Lanternleaf <mail@lanternleaf.example>``."""

    oidc_issuer: str = ""
    """Where people may sign in instead (OpenID Connect): the issuer, such as ``https://login.example.org``."""

    oidc_client_id: str = ""
    """As whom this service is known there. Its address to come back to is the public address with ``/sign-in/back``."""

    oidc_client_secret: SecretStr = SecretStr("")
    """The secret that goes with it."""

    oidc_label: str = "your work account"
    """What people call it: the button says "Sign in with …"."""
