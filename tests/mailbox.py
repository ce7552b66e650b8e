"""A real mail server in a thread, which keeps what it is sent."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "Lanternleaf <mail@lanternleaf.example>"


@dataclass
class Mailbox:
    """What the server was sent, and what it refuses.

    Attributes:
        refused: Address to what it answers to letters for it.
    """

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """What VESTRY_SMTP_URL says."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - so the library calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse an address."""
        del server, session, options
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a letter."""
        del server, session
        content = envelope.content
        assert isinstance(content, bytes)
        made = message_from_bytes(content, policy=default)
        assert isinstance(made, EmailMessage)
        self.letters.append(made)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the letters to an address, as they came."""
        return [one for one in self.letters if one["To"] == address]


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def mailbox(port: int | None = None) -> Iterator[Mailbox]:
    """Run a mail server for a while."""
    box = Mailbox(port or free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def text_of(letter: EmailMessage) -> str:
    """Return the plain text of a letter."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(letter: EmailMessage) -> str:
    """Return the HTML of a letter."""
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def address_in(letter: EmailMessage, path: str) -> str:
    """Return the address in a letter whose path begins so, as somebody would click on it."""
    found = re.search(rf"https?://[^/\s]+{re.escape(path)}\S*", text_of(letter))
    assert found is not None, text_of(letter)
    return found[0]


def link_in(letter: EmailMessage, path: str) -> str:
    """Return the same from ``/`` on."""
    return "/" + address_in(letter, path).split("/", 3)[3]
