"""Letters on the wire: where the mail server is, how a letter looks to it, and what its refusals mean."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from app.config import Settings
from app.mail.letters import ATTACHED
from app.mail.queue import Waiting
from app.mail.troubles import Trouble
from app.people.addresses import address_of
from ledger.errors import Invalid

TIMEOUT_SECONDS = 20.0
SUBMISSION_PORT, SMTP_PORT, SMTPS_PORT = 587, 25, 465
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class MailUnset(ValueError):
    """The settings do not say where the mail server is, or in whose name letters are written."""


class Tls(StrEnum):
    """How the way to the mail server is encrypted."""

    FROM_START = "FROM_START"
    ALWAYS = "ALWAYS"
    """By STARTTLS, or not at all."""
    IF_OFFERED = "IF_OFFERED"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class Post:
    """The mail server, and in whose name letters are sent.

    Attributes:
        sender: An address, maybe with a name: ``Lanternleaf <mail@lanternleaf.example>``.
    """

    host: str
    port: int
    tls: Tls
    user: str | None
    password: str | None
    sender: str

    @property
    def address(self) -> str:
        """The sender's bare address."""
        return parseaddr(self.sender)[1]


class Undelivered(Exception):
    """A letter could not be sent.

    Attributes:
        answer: What the server said, in its own words; empty if it said nothing.
        is_final: Whether trying again would change nothing.
        is_servers: Whether no letter at all would be sent now.
    """

    def __init__(self, trouble: Trouble, answer: str = "", *, is_final: bool = False, is_servers: bool = True) -> None:
        super().__init__(trouble.value, answer)
        self.trouble = trouble
        self.answer = answer
        self.is_final = is_final
        self.is_servers = is_servers


def post_of(settings: Settings) -> Post | None:
    """Return where letters are handed in; None where no mail server is set, and nothing is sent.

    Raises:
        MailUnset: The settings can't be read.
    """
    if not settings.smtp_url:
        return None
    url = urlsplit(settings.smtp_url)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise MailUnset("VESTRY_SMTP_URL looks like smtp://user:password@mail.example.org:587 or smtps://….")
    try:
        port = url.port
    except ValueError:
        raise MailUnset("The port in VESTRY_SMTP_URL is no number.") from None
    try:
        address_of(parseaddr(settings.mail_from)[1] if settings.mail_from.isprintable() else "")
    except Invalid:
        raise MailUnset("Set VESTRY_MAIL_FROM to the address letters come from: Name <name@example.org>.") from None
    user = unquote(url.username) if url.username else None
    usual = SMTPS_PORT if url.scheme == "smtps" else SUBMISSION_PORT if user else SMTP_PORT
    password = unquote(url.password or "") if user else None
    return Post(url.hostname, port or usual, _tls(url.scheme, url.query, user), user, password, settings.mail_from)


def _tls(scheme: str, query: str, user: str | None) -> Tls:
    if scheme == "smtps":
        return Tls.FROM_START
    told = parse_qs(query).get("starttls", [""])[0]
    if told not in {"", "always", "never"}:
        raise MailUnset("In VESTRY_SMTP_URL, starttls is always or never; left out, it is used where it is offered.")
    if told == "never":
        return Tls.NEVER
    return Tls.ALWAYS if told == "always" or user else Tls.IF_OFFERED


def message(letter: Waiting, post: Post, now: datetime) -> EmailMessage:
    """Return a letter as it travels. A header can't hold more than its own line: that is refused, not sent.

    Raises:
        Invalid: The address is none.
    """
    # mail programs look for the address to stop at on the header's own line
    made = EmailMessage(SMTP.clone(max_line_length=300))
    name, sender = parseaddr(post.sender)
    made["From"] = Address(name, addr_spec=sender)
    made["To"] = Address(addr_spec=address_of(letter.address))
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{letter.id.lower()}@{sender.rpartition('@')[2]}>"
    made["Content-Language"] = letter.language
    made["Auto-Submitted"] = "auto-generated"
    if letter.stop_address is not None:
        made["List-Unsubscribe"] = f"<{letter.stop_address}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(letter.text, cte="quoted-printable")
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.attached is not None:
        # as bytes: what is signed must come out of it as it went in
        data = letter.attached.encode()
        made.add_attachment(data, "text", "plain", filename=ATTACHED, params={"charset": "utf-8"})
    return made


def connect(post: Post) -> smtplib.SMTP:
    """Return a connection over which letters can be sent, signed in where the server wants it.

    Raises:
        Undelivered: The server can't be reached, is not who it says, or does not let us in.
    """
    try:
        return _connect(post)
    except (OSError, smtplib.SMTPException) as error:
        raise explained(error) from error


def _connect(post: Post) -> smtplib.SMTP:
    safe = ssl.create_default_context()
    if post.tls is Tls.FROM_START:
        made: smtplib.SMTP = smtplib.SMTP_SSL(post.host, post.port, timeout=TIMEOUT_SECONDS, context=safe)
    else:
        made = smtplib.SMTP(post.host, post.port, timeout=TIMEOUT_SECONDS)
    try:
        made.ehlo_or_helo_if_needed()
        offers = made.has_extn("starttls")
        if post.tls is Tls.ALWAYS and not offers and post.host not in LOOPBACK:
            raise Undelivered(Trouble.NO_STARTTLS)
        if offers and post.tls in {Tls.ALWAYS, Tls.IF_OFFERED}:
            made.starttls(context=safe)
            made.ehlo()
        if post.user is not None:
            made.login(post.user, post.password or "")
    except BaseException:
        made.close()
        raise
    return made


def is_encrypted(connection: smtplib.SMTP) -> bool:
    """Return whether nobody on the way can read what is sent."""
    return isinstance(connection.sock, ssl.SSLSocket)


def send(connection: smtplib.SMTP, letter: Waiting, post: Post, now: datetime) -> None:
    """Hand a letter to the server.

    Raises:
        Undelivered: The server does not take it.
    """
    try:
        made = message(letter, post, now)
    except (Invalid, ValueError) as error:
        raise Undelivered(Trouble.ADDRESSEE, str(error), is_final=True, is_servers=False) from error
    try:
        connection.send_message(made, from_addr=post.address, to_addrs=[letter.address])
    except (OSError, smtplib.SMTPException) as error:
        raise explained(error) from error


def close(connection: smtplib.SMTP | None) -> None:
    """Say goodbye; a server that is gone already does not mind."""
    if connection is not None:
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()


def explained(error: Exception) -> Undelivered:
    """Return what an error on the way to the server, or its answer, means."""
    if isinstance(error, smtplib.SMTPException):
        return _answered(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Undelivered(Trouble.CERTIFICATE, error.verify_message)
    for kind, trouble in (
        (ssl.SSLError, Trouble.NOT_TLS),
        (socket.gaierror, Trouble.UNKNOWN_HOST),
        (ConnectionRefusedError, Trouble.REFUSED),
        (TimeoutError, Trouble.SILENT),
    ):
        if isinstance(error, kind):
            return Undelivered(trouble)
    return Undelivered(Trouble.OTHER, str(error))


def _answered(error: smtplib.SMTPException) -> Undelivered:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused_address(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(error, _words(error.smtp_code, error.smtp_error))
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Undelivered(Trouble.CUT_OFF)
    is_plain = isinstance(error, smtplib.SMTPNotSupportedError)
    return Undelivered(Trouble.NO_STARTTLS) if is_plain else Undelivered(Trouble.OTHER, str(error))


def _refused_address(code: int, told: bytes | str) -> Undelivered:
    is_final = code >= 500
    trouble = Trouble.ADDRESSEE if is_final else Trouble.LATER
    return Undelivered(trouble, _words(code, told), is_final=is_final, is_servers=False)


def _refused(error: smtplib.SMTPResponseException, told: str) -> Undelivered:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Undelivered(Trouble.LOGIN, told)
    if 400 <= error.smtp_code < 500:
        return Undelivered(Trouble.LATER, told)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Undelivered(Trouble.SENDER, told)
    if isinstance(error, smtplib.SMTPDataError):
        return Undelivered(Trouble.MESSAGE, told, is_final=True, is_servers=False)
    return Undelivered(Trouble.OTHER, told)


def _words(code: int, told: bytes | str) -> str:
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else told
    return f"{code} {' '.join(text.split())}"
