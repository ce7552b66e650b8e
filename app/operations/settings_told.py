"""Every setting with its value and where that came from; what is secret in one is masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.config import Settings, secret_folders

MASK = "***"
PREFIX = "VESTRY_"


@dataclass(frozen=True, slots=True)
class Told:
    """One setting.

    Attributes:
        name: Of its environment variable.
        value: As text, masked; empty where it is not set.
        is_set: Whether somebody set it; otherwise it is the default.
        origin: Where: ``environment``, ``file`` (of a secret folder) or ``default``.
        in_use: What stands in for it where it is not set, if anything does.
    """

    name: str
    value: str
    is_set: bool
    origin: str
    in_use: str


def told(settings: Settings, environment: Mapping[str, str]) -> Iterator[Told]:
    """Yield every setting, in the order in which they are declared."""
    instead = {
        "box_url": settings.box_address,
        "box_database_url": settings.box_database,
        "key_file": str(settings.key_path),
        "signing_key_file": str(settings.signing_key_path),
        "log_name": settings.log_origin,
    }
    files = {path.name.upper() for folder in secret_folders() for path in folder.iterdir()}
    names = dict.fromkeys(files, "file") | {name.upper(): "environment" for name in environment}
    for name in type(settings).model_fields:
        variable = f"{PREFIX}{name.upper()}"
        value = getattr(settings, name)
        origin = names.get(variable, "default")
        yield Told(variable, _masked(value), variable in names, origin, "" if value else _masked(instead.get(name, "")))


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Return variables that begin like ours and are none: most likely misspelt."""
    ours = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in ours)


def _masked(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    text = str(value)
    if "://" not in text or "@" not in text:
        return text
    try:
        return make_url(text).render_as_string(hide_password=True)
    except ArgumentError:
        return f"{text.partition('://')[0]}://{MASK}@{text.rpartition('@')[2]}"
