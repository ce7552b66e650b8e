"""What can go wrong with a letter, in plain words and with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.web.words import Words


class Trouble(StrEnum):
    """What went wrong."""

    UNKNOWN_HOST = "UNKNOWN_HOST"
    REFUSED = "REFUSED"
    SILENT = "SILENT"
    CERTIFICATE = "CERTIFICATE"
    NOT_TLS = "NOT_TLS"
    NO_STARTTLS = "NO_STARTTLS"
    LOGIN = "LOGIN"
    SENDER = "SENDER"
    ADDRESSEE = "ADDRESSEE"
    LATER = "LATER"
    MESSAGE = "MESSAGE"
    CUT_OFF = "CUT_OFF"
    OTHER = "OTHER"
    TOO_LATE = "TOO_LATE"
    DROPPED = "DROPPED"


SENTENCES: Mapping[Trouble, str] = {
    Trouble.UNKNOWN_HOST: "There is no mail server of this name (DNS). Check the name in VESTRY_SMTP_URL.",
    Trouble.REFUSED: "The mail server takes no connection at this port. Check the port, and whether the server runs.",
    Trouble.SILENT: "The mail server does not answer. A firewall may be in between; many hosts block port 25.",
    Trouble.CERTIFICATE: "The mail server's certificate can't be trusted: it is for another name, expired, or nobody "
    "known has signed it.",
    Trouble.NOT_TLS: "The mail server does not speak TLS from the start. Use smtp:// instead of smtps://, or port 465.",
    Trouble.NO_STARTTLS: "The mail server offers no encryption (STARTTLS), and a password is never sent without. "
    "Use smtps:// or another port.",
    Trouble.LOGIN: "The mail server does not accept the user name and password of VESTRY_SMTP_URL.",
    Trouble.SENDER: "The mail server does not let us write in this name. Set VESTRY_MAIL_FROM to an address that is "
    "yours there.",
    Trouble.ADDRESSEE: "The mail server does not take letters for this address. Check it for a slip.",
    Trouble.LATER: "The mail server asks to try again later.",
    Trouble.MESSAGE: "The mail server refused the letter itself.",
    Trouble.CUT_OFF: "The mail server ended the connection. It may expect TLS from the start: smtps://.",
    Trouble.OTHER: "The mail server could not be reached.",
    Trouble.TOO_LATE: "It could not be sent in time, and by now nobody needs it.",
    Trouble.DROPPED: "It was taken out of the queue.",
}


def told(words: Words, trouble: Trouble) -> str:
    """Return what went wrong, in a reader's words."""
    return words.say(SENTENCES[trouble])
