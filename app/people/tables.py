"""Tables of the vault and of access; none is part of the journal, and the journal names nobody."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, Table

from ledger.base import Bytes, Day, Whole, Words, metadata
from ledger.tables import STRICT

vault = Table(
    "vault",
    metadata,
    Column("digest", Words, primary_key=True, comment="SHA-256 over salt and document, hex, as the journal has it"),
    Column("subject", Words, nullable=False, comment="the holder or item it is about"),
    Column("kind", Words, nullable=False),
    Column("salt", Bytes, nullable=False),
    Column("document", Bytes, nullable=False),
    CheckConstraint("kind IN ('IDENTITY', 'SOURCE')", name="kind_known"),
    Index(None, "subject"),
    **STRICT,
)
"""Names, addresses and imported originals: may be erased without changing a hash."""

token = Table(
    "token",
    metadata,
    Column("id", Words, primary_key=True),
    Column("secret_digest", Words, nullable=False, unique=True, comment="SHA-256 of the secret, hex"),
    Column("actor", Words, nullable=False),
    Column("label", Words, nullable=False),
    Column("scopes", Words, nullable=False, comment="separated by spaces"),
    Column("created_at", Whole, nullable=False),
    Column("expires_at", Whole),
    Column("revoked_at", Whole),
    Column("last_used_at", Whole),
    Column("last_used_from", Words, comment="the address it came from"),
    **STRICT,
)
"""What machines and the command line show to be let in; the secret itself is shown once and not kept."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("credential", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("fingerprint", Words, nullable=False, comment="SHA-256 of method, path and body, hex"),
    Column("status", Whole, nullable=False),
    Column("answer", Bytes, nullable=False),
    Column("recorded_at", Whole, nullable=False),
    PrimaryKeyConstraint("credential", "key"),
    Index(None, "recorded_at"),
    **STRICT,
)
"""Answers to requests already carried out, in the transaction of the deed itself; forgotten after a week."""

fingerprint_key = Table(
    "fingerprint_key",
    metadata,
    Column("id", Whole, primary_key=True, autoincrement=False),
    Column("key", Bytes, nullable=False),
    Column("made_at", Whole, nullable=False),
    CheckConstraint("id = 1", name="only_one"),
    **STRICT,
)
"""The one secret behind the fingerprints of delivered sessions: with another one, every session would look new."""

access_log = Table(
    "access_log",
    metadata,
    Column("id", Words, primary_key=True),
    Column("recorded_at", Whole, nullable=False),
    Column("token", Words, nullable=False),
    Column("actor", Words, nullable=False),
    Column("operation", Words, nullable=False),
    Column("subject", Words, nullable=False, comment="the holder whose data was asked for"),
    Column("status", Whole, nullable=False, comment="what was answered: 403 or 404"),
    Index(None, "subject"),
    **STRICT,
)
"""Attempts to see or do what is only the provider's own: who, whose, and that it was refused."""

export_log = Table(
    "export_log",
    metadata,
    Column("id", Words, primary_key=True),
    Column("recorded_at", Whole, nullable=False),
    Column("actor", Words, nullable=False),
    Column("authority", Words, nullable=False, comment="the role in which they acted"),
    Column("report", Words, nullable=False),
    Column("ending", Words, nullable=False),
    Column("as_of", Day, nullable=False),
    Column("known_at", Whole, nullable=False),
    Column("since", Day),
    Column("sha256", Words, nullable=False, comment="of the file, hex"),
    Column("size", Whole, nullable=False, comment="bytes"),
    Index(None, "as_of"),
    **STRICT,
)
"""Files that were taken away: who, which, of when, and what each hashes to."""

account = Table(
    "sign_in_account",
    metadata,
    Column("id", Words, primary_key=True),
    Column("holder", Words, unique=True, comment="the holder whose account it is; none for an auditor from outside"),
    Column("name", Words, comment="of whom no holder is; a holder's name stands in the vault"),
    Column("email", Words),
    Column("created_at", Whole, nullable=False),
    Column("ended_at", Whole),
    **STRICT,
)
"""Who may sign in."""

account_role = Table(
    "account_role",
    metadata,
    Column("id", Words, primary_key=True),
    Column("account", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("given_by", Words, nullable=False),
    Column("given_at", Whole, nullable=False),
    Column("approved_by", Words, comment="somebody else; none while it waits"),
    Column("approved_at", Whole),
    Column("until", Whole, nullable=False, comment="microseconds since 1970; 90 days on at most"),
    Column("ended_at", Whole),
    Index(None, "account"),
    **STRICT,
)
"""What somebody may do beside what is their own, since when, on whose word, and until when."""

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("secret_digest", Words, primary_key=True, comment="SHA-256 of the secret, hex"),
    Column("account", Words, nullable=False),
    Column("made_by", Words, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("used_at", Whole),
    Index(None, "account"),
    **STRICT,
)
"""Links that let somebody in once."""

web_session = Table(
    "web_session",
    metadata,
    Column("secret_digest", Words, primary_key=True, comment="SHA-256 of what the cookie holds, hex"),
    Column("account", Words, nullable=False),
    Column("role", Words, comment="in which they act now; none for what is their own"),
    Column("created_at", Whole, nullable=False),
    Column("seen_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Column("ended_at", Whole),
    Index(None, "account"),
    **STRICT,
)
"""Browsers that are signed in."""

preference = Table(
    "preference",
    metadata,
    Column("account", Words, primary_key=True),
    Column("language", Words, comment="none for what the browser asks for"),
    Column("zone", Words, comment="IANA name; none for the company's"),
    Column("digest", Words, comment="how often: none for as usual"),
    **STRICT,
)
"""How somebody reads: language, zone, and how often a digest comes."""

address_change = Table(
    "address_change",
    metadata,
    Column("secret_digest", Words, primary_key=True, comment="SHA-256 of what the link to the new address holds, hex"),
    Column("account", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("expires_at", Whole, nullable=False),
    Index(None, "account"),
    **STRICT,
)
"""E-mail addresses that somebody gave and has not shown to be theirs yet."""

calendar_link = Table(
    "calendar_link",
    metadata,
    Column("account", Words, primary_key=True),
    Column("secret_digest", Words, nullable=False, unique=True, comment="SHA-256 of the secret in the address, hex"),
    Column("made_at", Whole, nullable=False),
    **STRICT,
)
"""Addresses at which a calendar program finds somebody's days; each has one, and a new one stops the old."""

passkey = Table(
    "passkey",
    metadata,
    Column("id", Words, primary_key=True, comment="the credential's id, base64url, as the authenticator gave it"),
    Column("account", Words, nullable=False),
    Column("name", Words, nullable=False, comment="what its owner calls it"),
    Column("public_key", Bytes, nullable=False, comment="COSE, as the authenticator gave it"),
    Column("sign_count", Whole, nullable=False),
    Column("created_at", Whole, nullable=False),
    Column("used_at", Whole),
    Index(None, "account"),
    **STRICT,
)
"""What lets somebody in by their device; only its public half is here."""

round_trip = Table(
    "round_trip",
    metadata,
    Column("secret_digest", Words, primary_key=True, comment="SHA-256 of the challenge or state, hex"),
    Column("purpose", Words, nullable=False),
    Column("account", Words, comment="for whom; none while it is not known who signs in"),
    Column("kept", Words, nullable=False, comment="JSON: what is needed when it comes back"),
    Column("expires_at", Whole, nullable=False),
    CheckConstraint("purpose IN ('ADD_PASSKEY', 'USE_PASSKEY', 'PROVIDER')", name="purpose_known"),
    **STRICT,
)
"""What was sent out with a browser and has to come back, once and soon: challenges of passkeys, states of OIDC."""

outside_identity = Table(
    "outside_identity",
    metadata,
    Column("issuer", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("linked_at", Whole, nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
    Index(None, "account"),
    **STRICT,
)
"""As whom somebody is known elsewhere: who signs in there, signs in here."""

paper = Table(
    "paper",
    metadata,
    Column("fingerprint", Words, primary_key=True, comment="SHA-256 over all that it says, hex"),
    Column("kind", Words, nullable=False),
    Column("about", Words, nullable=False, comment="id of what it is about; empty for the company"),
    Column("as_of", Day, nullable=False),
    Column("known_at", Whole, nullable=False),
    Column("language", Words, nullable=False),
    Column("issued_at", Whole, nullable=False),
    **STRICT,
)
"""Papers that were handed out, by fingerprint: what it takes to make them again, and no name."""

dismissal_asked = Table(
    "dismissal_asked",
    metadata,
    Column("id", Words, primary_key=True),
    Column("holder", Words, nullable=False),
    Column("on", Day, nullable=False, comment="the last day"),
    Column("appeal_until", Day, nullable=False),
    Column("asked_by", Words, nullable=False),
    Column("asked_at", Whole, nullable=False),
    Column("decided_by", Words, comment="somebody else; none while it waits"),
    Column("decided_at", Whole),
    Column("is_dismissed", Whole, comment="1 where they were dismissed, 0 where nothing came of it"),
    Index(None, "holder"),
    **STRICT,
)
"""Dismissals for cause that somebody asks for, and what a second person said to it."""

disclosure = Table(
    "disclosure",
    metadata,
    Column("id", Words, primary_key=True),
    Column("report", Words, nullable=False),
    Column("ending", Words, nullable=False),
    Column("as_of", Day, nullable=False),
    Column("known_at", Whole, nullable=False),
    Column("reason", Words, nullable=False),
    Column("content", Words, nullable=False, comment="SHA-256 of what it would hold, hex: what is approved"),
    Column("numbers", Whole, nullable=False, comment="how many tax numbers that are"),
    Column("asked_by", Words, nullable=False),
    Column("asked_at", Whole, nullable=False),
    Column("decided_by", Words, comment="somebody else, unless it was withdrawn; none while it waits"),
    Column("decided_at", Whole),
    Column("is_approved", Whole, comment="1 where the file may be taken, 0 where nothing came of it"),
    Column("until", Whole, nullable=False, comment="until when it waits, or may be taken"),
    **STRICT,
)
"""Files with tax numbers that somebody asks for, and what a second person said to it; no tax number stands here."""

tax_number = Table(
    "tax_number",
    metadata,
    Column("id", Words, primary_key=True),
    Column("holder", Words, nullable=False, comment="whose it is; erased by this word"),
    Column("kind", Words, nullable=False),
    Column("number", Words, nullable=False, comment="whole; files with it leave when two people say so"),
    Column("mark", Whole, nullable=False, comment="how many entries there were when it was stated"),
    Column("stated_by", Words, nullable=False),
    Column("stated_at", Whole, nullable=False),
    CheckConstraint("kind IN ('SSN', 'ITIN', 'EIN')", name="kind_known"),
    Index(None, "holder"),
    **STRICT,
)
"""Tax numbers that people stated; the newest of each counts, and erasing a person erases all of theirs."""
