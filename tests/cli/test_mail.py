"""Whether letters can be sent: told in plain words, from a shell."""

from __future__ import annotations

import pytest

from app.cli import exits
from tests.cli.conftest import Vestry
from tests.mailbox import SENDER, free_port, mailbox


def test_a_letter_is_sent_to_try_it_and_what_does_not_work_is_told(
    vestry: Vestry, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset = vestry("mail", "test", "ana@example.org")
    assert (unset.returncode, "VESTRY_SMTP_URL" in unset.stderr) == (exits.FAILURE, True)
    monkeypatch.setenv("VESTRY_MAIL_FROM", SENDER)
    with mailbox() as box:
        monkeypatch.setenv("VESTRY_SMTP_URL", box.url)
        sent = vestry("mail", "test", "ana@example.org")
        assert sent.returncode == exits.OK, sent.stderr
        assert "not encrypted" in sent.stdout
        assert [one["To"] for one in box.letters] == ["ana@example.org"]
        box.refused["bo@example.org"] = "550 No such user"
        refused = vestry("mail", "test", "bo@example.org")
        assert (refused.returncode, "said: 550 No such user" in refused.stderr) == (exits.FAILURE, True)
        wrong = vestry("mail", "test", "ana@example.org\nBcc: all@example.org")
        assert "not an e-mail address" in wrong.stderr
    monkeypatch.setenv("VESTRY_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    assert "takes no connection at this port" in vestry("mail", "test", "ana@example.org").stderr


def test_the_queue_is_listed_and_a_service_with_unreadable_settings_does_not_start(
    vestry: Vestry, monkeypatch: pytest.MonkeyPatch
) -> None:
    vestry("migrate")
    assert "No letter waits." in vestry("mail", "queue").stderr
    assert vestry("mail", "queue", "--json").stdout == ""
    monkeypatch.setenv("VESTRY_SMTP_URL", "mail.example.org")
    told = vestry("serve")
    assert (told.returncode, "smtp://" in told.stderr) == (exits.FAILURE, True)
    assert "Traceback" not in told.stderr
