"""Another service that people sign in at (OpenID Connect): where it is, and what it says of whoever comes back.

The authorization code flow with PKCE; the ID token's signature, issuer, audience, times and nonce are checked. What the
service says of itself, and its keys, are kept for a while. Every function here may wait for the network: it is called
in a thread, outside any transaction.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from app.config import Settings
from app.errors import ElsewhereDown, ElsewhereRefused

SECONDS = 5
"""How long one answer may take."""

MOST_BYTES = 1024 * 1024
KEPT = timedelta(hours=1)
"""How long what the service says of itself is good."""

NEW_KEYS_EVERY = timedelta(minutes=1)
"""How soon its keys are asked for again when none fits: it may have changed them."""

LEEWAY_SECONDS = 60
"""By how much its clock may differ from ours."""

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the service has: neither none at all nor one by a secret that we share."""

DOWN = "The service that you sign in with can't be reached just now. Try again in some minutes, or use a sign-in link."
REFUSED = "What came back from there does not fit what was asked. Start again, or use a sign-in link."


@dataclass(frozen=True, slots=True)
class Known:
    """Whoever came back, as the service knows them.

    Attributes:
        email: Their address, if the service has verified it.
    """

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Journey:
    """What one sign-in is bound to, from the way out to the way back.

    Attributes:
        state: What comes back in the address, and in the browser's cookie.
        nonce: What comes back in the ID token.
        verifier: What shows that whoever brings the code is who asked for it.
        back: The address to come back to.
    """

    state: str
    nonce: str
    verifier: str
    back: str


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: secrets go where the service said, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Provider:
    """The service that is configured. Attributes as in ``Settings``."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, label: str) -> None:
        self.issuer = issuer
        self.label = label
        self._client = client_id, client_secret
        self._described: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys: tuple[datetime, Any] | None = None
        self._lock = threading.Lock()
        self._opener = urllib.request.build_opener(_Stay)

    def address(self, journey: Journey, now: datetime) -> str:
        """Return where a browser is sent to sign in.

        Raises:
            ElsewhereDown: The service can't be reached.
        """
        asked = {
            "response_type": "code",
            "client_id": self._client[0],
            "redirect_uri": journey.back,
            "scope": "openid email",
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": urlsafe_b64encode(sha256(journey.verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        at = self._endpoint("authorization_endpoint", now)
        return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(asked)}"

    def whoever_brings(self, code: str, journey: Journey, now: datetime) -> Known:
        """Return who signed in there.

        Raises:
            ElsewhereDown: The service can't be reached.
            ElsewhereRefused: The code is none of its, or what it says is not for us, not for now, or not signed by it.
        """
        claims = self._checked(self._token(code, journey, now), journey.nonce, now)
        # some services write a truth as a word
        is_verified = claims.get("email_verified") in (True, "true")
        email = claims.get("email")
        return Known(self.issuer, claims["sub"], email if is_verified and isinstance(email, str) else None)

    def _token(self, code: str, journey: Journey, now: datetime) -> str:
        id, secret = self._client
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": journey.back,
            "code_verifier": journey.verifier,
        }
        headers = {}
        methods = self._description(now).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in methods:
            pair = f"{quote(id, safe='')}:{quote(secret, safe='')}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        else:
            asked |= {"client_id": id, "client_secret": secret}
        told = self._fetch(self._endpoint("token_endpoint", now), urlencode(asked).encode(), headers)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise ElsewhereRefused(REFUSED)
        return token

    def _checked(self, token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        from joserfc import jwt  # noqa: PLC0415 - only where somebody signs in this way
        from joserfc.errors import JoseError  # noqa: PLC0415

        client = self._client[0]
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token, now)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError):
            raise ElsewhereRefused(REFUSED) from None
        if claims.get("azp", client) != client or not claims["sub"]:
            raise ElsewhereRefused(REFUSED)
        return claims

    def _decoded(self, token: str, now: datetime) -> dict[str, Any]:
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        try:
            return jwt.decode(token, self._key_set(now, KEPT), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            return jwt.decode(token, self._key_set(now, NEW_KEYS_EVERY), algorithms=ALGORITHMS).claims

    def _key_set(self, now: datetime, kept: timedelta) -> Any:  # noqa: ANN401 - joserfc's
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        with self._lock:
            if self._keys is not None and now < self._keys[0] + kept:
                return self._keys[1]
        told = self._fetch(self._endpoint("jwks_uri", now))
        try:
            found = KeySet.import_key_set(told)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise ElsewhereDown(DOWN) from None
        with self._lock:
            self._keys = now, found
        return found

    def _endpoint(self, name: str, now: datetime) -> str:
        found = self._description(now).get(name)
        if not isinstance(found, str):
            raise ElsewhereDown(DOWN)
        return found

    def _description(self, now: datetime) -> Mapping[str, Any]:
        with self._lock:
            if self._described is not None and now < self._described[0] + KEPT:
                return self._described[1]
        told = self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self.issuer:
            raise ElsewhereDown(DOWN)
        with self._lock:
            self._described = now, told
        return told

    def _fetch(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at an address; what is posted is a form."""
        if not _is_safe(url):
            raise ElsewhereDown(DOWN)
        request = urllib.request.Request(url, body, {"Accept": "application/json", **(headers or {})})
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                told = json.loads(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            error.close()
            refusal = ElsewhereRefused(REFUSED) if body is not None and error.code < 500 else ElsewhereDown(DOWN)
            raise refusal from None
        except (OSError, ValueError, LookupError):
            raise ElsewhereDown(DOWN) from None
        if not isinstance(told, dict):
            raise ElsewhereDown(DOWN)
        return told


def _is_safe(url: str) -> bool:
    """Return whether an address is encrypted, or this machine's own."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})


def configured(settings: Settings) -> Provider | None:
    """Return the service that people may sign in at; None where none is configured."""
    if not settings.oidc_issuer or not settings.oidc_client_id:
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    return Provider(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_label)
