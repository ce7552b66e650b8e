"""Where webhooks may go: each way to an address inside is refused, and the one that was judged is connected to."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.config import Settings
from app.webhooks.sending import MOST_ANSWER, Trouble, post
from app.webhooks.setup import WebhooksUnset, outgoing_of
from app.webhooks.targets import Allowed, Target, TargetRefused, TargetUnknown, addresses_for, target_of
from ledger.errors import Invalid
from tests.webhooks.receiver import Receiver, receiver

PUBLIC = Allowed()
HERE = Allowed((ipaddress.ip_network("127.0.0.0/8"),), http=True)

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.7",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.64.0.1",  # carrier-grade NAT
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.2.1",
    "240.0.0.1",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.7",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
]
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    target = Target("https", "ehr.example.org", 443, "/")
    with pytest.raises(TargetRefused):
        addresses_for(target, PUBLIC, lambda _host, _port: [address])
    with pytest.raises(TargetRefused):
        addresses_for(target, PUBLIC, lambda _host, _port: ["8.8.8.8", address])


def test_the_public_internet_is_not() -> None:
    target = Target("https", "ehr.example.org", 443, "/")
    assert addresses_for(target, PUBLIC, lambda _host, _port: OUTSIDE) == (
        "93.184.216.34",
        "8.8.8.8",
        "2606:4700::1111",
    )
    with pytest.raises(TargetUnknown):
        addresses_for(target, PUBLIC, lambda _host, _port: [])


def test_what_is_allowed_is_this_and_nothing_beside_it() -> None:
    target = Target("http", "hooks.internal", 80, "/")
    assert addresses_for(target, HERE, lambda _host, _port: ["127.0.0.1"]) == ("127.0.0.1",)
    assert addresses_for(target, HERE, lambda _host, _port: ["::ffff:127.0.0.1"]) == ("::ffff:7f00:1",)
    with pytest.raises(TargetRefused):
        addresses_for(target, HERE, lambda _host, _port: ["10.0.0.7"])


REFUSED = [
    "http://ehr.example.org/",
    "ftp://ehr.example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "//ehr.example.org/",
    "ehr.example.org",
    "",
    "https://",
    "https://:443/",
    "https://user:secret@ehr.example.org/",
    "https://ehr.example.org@127.0.0.1/",
    "https://ehr.example.org/#part",
    "https://ehr.example.org:99999/",
    "https://ehr.example.org:0/",
    "https://ehr.example.org/a\r\nX-More: 1",
    "https://ehr.example.org/a b",
    "https://ehr.example.org/\x00",
    "https://ehr.example.org\\@127.0.0.1/",
    "https://éhr.example.org/",
    "https://[::1/",
    "https://" + "a" * 600 + ".example.org/",
    "https://localhost/",
    "https://localhost./",
    "https://db/",
    "https://vault.internal/",
    "https://printer.local/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    *(f"https://[{one}]/" if ":" in one else f"https://{one}/" for one in INSIDE if "%" not in one),
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_none_of_ours_is_refused_when_it_is_written(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        target_of(url, PUBLIC)
    assert refused.value.field == "url"


def test_an_address_is_taken_apart_once() -> None:
    told = target_of("https://EHR.example.org:8443/vestry?tenant=7", PUBLIC)
    assert told == Target("https", "ehr.example.org", 8443, "/vestry?tenant=7")
    assert target_of("https://ehr.example.org", PUBLIC) == Target("https", "ehr.example.org", 443, "/")
    assert target_of("http://localhost:9000/x", HERE) == Target("http", "localhost", 9000, "/x")


def test_networks_in_the_settings_have_to_be_some() -> None:
    allowed = outgoing_of(Settings(webhook_networks="10.20.0.0/16 fd00::/8")).allowed
    assert allowed.has(ipaddress.ip_address("10.20.3.4"))
    assert not allowed.has(ipaddress.ip_address("10.21.3.4"))
    with pytest.raises(WebhooksUnset, match="VESTRY_WEBHOOK_NETWORKS"):
        outgoing_of(Settings(webhook_networks="everything"))


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Receiver, ssl.SSLContext]]:
    """Yield a receiver over TLS that is hooks.example.org, and a context that believes it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.org")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = Path(tmp_path_factory.mktemp("tls") / "hooks.pem")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    mine = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mine.load_cert_chain(path)
    with receiver(mine) as one:
        yield one, ssl.create_default_context(cafile=str(path))


def test_the_certificate_is_that_of_the_name_though_the_address_is_connected_to(
    certified: tuple[Receiver, ssl.SSLContext],
) -> None:
    one, trusting = certified
    target = Target("https", "hooks.example.org", one.port, "/in?a=1")
    assert post(target, ["127.0.0.1"], b"{}", {}, context=trusting).status == 204
    path, headers, _ = one.got[-1]
    assert (path, headers["host"]) == ("/in?a=1", f"hooks.example.org:{one.port}")
    other = Target("https", "other.example.org", one.port, "/")
    assert post(other, ["127.0.0.1"], b"{}", {}, context=trusting).trouble is Trouble.TLS
    assert post(target, ["127.0.0.1"], b"{}", {}).trouble is Trouble.TLS


def test_of_several_addresses_the_first_that_answers_is_taken(ehr: Receiver) -> None:
    assert post(target_of(ehr.url, HERE), ["127.0.0.2", "127.0.0.1"], b"{}", {}).status == 204


def test_a_redirect_is_not_followed_and_little_is_kept_of_the_answer(ehr: Receiver) -> None:
    ehr.answers, ehr.says = [(302, {"Location": ehr.url})], b"Go\x00\x1b[31m there " + b"x" * 9_000
    answer = post(target_of(ehr.url, HERE), ["127.0.0.1"], b"{}", {})
    assert (answer.trouble, answer.status, len(ehr.got)) == (Trouble.STATUS, 302, 1)
    assert answer.text.startswith("Go")
    assert len(answer.text) == MOST_ANSWER
    assert answer.text.isprintable()


def test_whoever_takes_too_long_is_cut_off(ehr: Receiver) -> None:
    ehr.waits = 1.0
    for seconds in (0.1, 0.0):
        assert post(target_of(ehr.url, HERE), ["127.0.0.1"], b"{}", {}, seconds=seconds).trouble is Trouble.TIMEOUT


def test_nobody_there_and_a_header_that_breaks_the_line(ehr: Receiver) -> None:
    nobody = Target("http", "127.0.0.1", 1, "/")
    assert post(nobody, ["127.0.0.1"], b"{}", {}).trouble is Trouble.CONNECTION
    broken = {"webhook-id": "a\r\nX-More: 1"}
    assert post(target_of(ehr.url, HERE), ["127.0.0.1"], b"{}", broken).trouble is Trouble.CONNECTION
    assert ehr.got == []
