"""What ``vestry webhook listen`` believes and what it does not, and that it keeps to this machine."""

from __future__ import annotations

import json
import socket
import threading

import httpx2
import pytest

from app.webhooks import signing
from app.webhooks.listening import MOST_BODY_BYTES, Heard, Listener, heard, is_secret

SECRET = signing.new_secret()
BODY = b'{"type":"grant.issued"}'
NOW = 1_772_465_400


def test_what_is_signed_by_the_secret_is_believed_also_while_there_are_two() -> None:
    given = signing.headers([signing.new_secret(), SECRET], "msg_1", NOW, BODY)
    assert heard(SECRET, given, BODY, NOW + 299) == Heard("msg_1", event={"type": "grant.issued"})


@pytest.mark.parametrize(
    ("change", "body", "now", "why"),
    [
        ({}, BODY + b" ", NOW, "by this secret"),
        ({"webhook-id": "msg_2"}, BODY, NOW, "by this secret"),
        ({"webhook-signature": "v1,ü v2"}, BODY, NOW, "by this secret"),
        ({}, BODY, NOW + 301, "five minutes"),
        ({}, BODY, NOW - 301, "five minutes"),
        ({"webhook-timestamp": "²"}, BODY, NOW, "five minutes"),
        ({"webhook-timestamp": ""}, BODY, NOW, "it has no"),
    ],
)
def test_what_is_not_is_refused_with_the_reason(change: dict[str, str], body: bytes, now: int, why: str) -> None:
    message = heard(SECRET, signing.headers([SECRET], "msg_1", NOW, BODY) | change, body, now)
    assert (why in message.wrong, message.event) == (True, None)


def test_a_secret_is_one_of_ours() -> None:
    assert is_secret(SECRET)
    assert not any(is_secret(text) for text in ("", "whsec_", "whsec_ü", "whsec_a", "vestry_00", SECRET[6:]))


def test_it_listens_on_this_machine_for_so_many() -> None:
    told: list[Heard] = []
    listener = Listener(SECRET, 0, told.append, lambda: NOW)
    host, port = listener.address.removeprefix("http://").rstrip("/").split(":")
    assert host == "127.0.0.1"
    listening = threading.Thread(target=listener.listen, args=(2,))
    listening.start()
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1))
        assert b" 413 " in line.recv(1_000)
    for secret, status in ((SECRET, 204), (signing.new_secret(), 401)):
        answer = httpx2.post(listener.address, content=BODY, headers=signing.headers([secret], "msg_1", NOW, BODY))
        assert answer.status_code == status
    listening.join(10)
    assert [json.dumps(one.event) for one in told] == ['{"type": "grant.issued"}', "null"]
