"""What the settings say, and what a mail server's refusals mean, in plain words."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from app.config import Settings
from app.mail import sending
from app.mail.queue import Waiting
from app.mail.sending import MailUnset, Post, Tls, Undelivered
from app.mail.troubles import SENTENCES, Trouble
from ledger.errors import Invalid
from tests.mailbox import SENDER, free_port, mailbox, text_of

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
LETTER = Waiting("mai_1", "ana@example.org", "en", "Hello", "Hello Ana,", "<p>Hello Ana,</p>", None, 1)


def post_of(url: str, sender: str = SENDER) -> Post | None:
    return sending.post_of(Settings(smtp_url=url, mail_from=sender))


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example.org", 25, Tls.IF_OFFERED),
        ("smtp://ana:p%40ss@mail.example.org", 587, Tls.ALWAYS),
        ("smtp://mail.example.org:2525?starttls=always", 2525, Tls.ALWAYS),
        ("smtp://mail.example.org?starttls=never", 25, Tls.NEVER),
        ("smtps://ana:p%40ss@mail.example.org", 465, Tls.FROM_START),
    ],
)
def test_an_address_says_where_the_server_is_and_how_it_is_reached(url: str, port: int, tls: Tls) -> None:
    found = post_of(url)
    assert found is not None
    assert (found.host, found.port, found.tls) == ("mail.example.org", port, tls)
    assert found.password in {None, "p@ss"}


def test_without_an_address_there_is_no_mail() -> None:
    assert post_of("") is None


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("mail.example.org", SENDER),
        ("http://mail.example.org", SENDER),
        ("smtp://mail.example.org:abc", SENDER),
        ("smtp://mail.example.org?starttls=perhaps", SENDER),
        ("smtp://mail.example.org", ""),
        ("smtp://mail.example.org", "Lanternleaf"),
        ("smtp://mail.example.org", "Lanternleaf <a@b.org>\r\nBcc: all@example.org"),
    ],
)
def test_settings_that_can_not_be_read_are_told_before_the_service_starts(url: str, sender: str) -> None:
    with pytest.raises(MailUnset):
        post_of(url, sender)


@contextmanager
def talking(*answers: bytes) -> Iterator[Post]:
    """A server that says what it is told to, one line for each of ours."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(10)

    def talk() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            for answer in answers:
                connection.sendall(answer + b"\r\n")
                lines.readline()

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield Post("127.0.0.1", listening.getsockname()[1], Tls.NEVER, None, None, SENDER)
    finally:
        thread.join()
        listening.close()


def trouble_with(post: Post) -> Undelivered:
    with pytest.raises(Undelivered) as told:
        sending.send(sending.connect(post), LETTER, post, NOW)
    return told.value


def test_a_server_that_is_not_there() -> None:
    assert trouble_with(Post("127.0.0.1", free_port(), Tls.NEVER, None, None, SENDER)).trouble is Trouble.REFUSED
    unknown = Post("mail.invalid", 25, Tls.NEVER, None, None, SENDER)
    assert trouble_with(unknown).trouble in {Trouble.UNKNOWN_HOST, Trouble.SILENT}


def test_a_server_that_refuses_the_sender_or_ends_the_connection() -> None:
    with talking(b"220 hello", b"250 hello", b"553 not yours") as post:
        found = trouble_with(post)
    assert (found.trouble, found.answer, found.is_servers) == (Trouble.SENDER, "553 not yours", True)
    with talking(b"220 hello") as post:
        assert trouble_with(post).trouble is Trouble.CUT_OFF


def test_no_password_is_sent_in_the_clear() -> None:
    with mailbox() as box:
        with_password = Post("localhost", box.port, Tls.ALWAYS, "ana", "secret", SENDER)
        with pytest.raises(Undelivered) as told:
            sending.connect(with_password)
    # a server on this machine may be plain; this one knows no passwords
    assert told.value.trouble is Trouble.NO_STARTTLS


def test_what_speaks_no_tls_is_told_so() -> None:
    with mailbox() as box, pytest.raises(Undelivered) as told:
        sending.connect(Post("127.0.0.1", box.port, Tls.FROM_START, None, None, SENDER))
    assert told.value.trouble is Trouble.NOT_TLS


@pytest.mark.parametrize(
    ("error", "trouble", "is_final"),
    [
        (socket.gaierror(-2, "Name or service not known"), Trouble.UNKNOWN_HOST, False),
        (TimeoutError(), Trouble.SILENT, False),
        (smtplib.SMTPAuthenticationError(535, b"no"), Trouble.LOGIN, False),
        (smtplib.SMTPRecipientsRefused({"a@b.org": (550, b"unknown")}), Trouble.ADDRESSEE, True),
        (smtplib.SMTPRecipientsRefused({"a@b.org": (451, b"greylisted")}), Trouble.LATER, False),
        (smtplib.SMTPSenderRefused(451, b"busy", "x@b.org"), Trouble.LATER, False),
        (smtplib.SMTPDataError(554, b"spam"), Trouble.MESSAGE, True),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), Trouble.NOT_TLS, False),
        (OSError(101, "Network is unreachable"), Trouble.OTHER, False),
    ],
)
def test_each_refusal_is_told_in_plain_words(error: Exception, trouble: Trouble, is_final: bool) -> None:
    found = sending.explained(error)
    assert (found.trouble, found.is_final) == (trouble, is_final)
    assert SENTENCES[found.trouble].endswith(".")


def test_a_letter_is_plain_text_beside_html_and_holds_one_header_a_line() -> None:
    post = post_of("smtp://127.0.0.1")
    assert post is not None
    made = sending.message(LETTER, post, NOW)
    assert made.get_content_type() == "multipart/alternative"
    assert text_of(made).strip() == "Hello Ana,"
    assert (made["From"], made["Auto-Submitted"]) == (SENDER, "auto-generated")
    wicked = "ana@example.org\r\nBcc: all@example.org"
    with pytest.raises(Invalid):
        sending.message(Waiting("mai_1", wicked, "en", "Hello", "", "", None, 1), post, NOW)
    with pytest.raises(ValueError, match="linefeed"):
        sending.message(Waiting("mai_1", "a@b.org", "en", "Hello\r\nBcc: all@example.org", "", "", None, 1), post, NOW)
