"""Tables of letters; none is part of the journal. What is personal in them goes when it is sent, or with the person."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from ledger.base import Whole, Words, metadata
from ledger.tables import STRICT

mail = Table(
    "mail",
    metadata,
    Column("id", Words, primary_key=True),
    Column("key", Words, nullable=False, unique=True, comment="what it is about and for whom: no letter is sent twice"),
    Column("kind", Words, nullable=False),
    Column("account", Words, comment="whom it is for"),
    Column("topic", Words, comment="by which they can stop it; none for what can't be stopped"),
    Column("address", Words, comment="none once it is sent"),
    Column("language", Words, nullable=False),
    Column("zone", Words, nullable=False),
    Column("subject", Words, comment="none once it is sent, like the words themselves"),
    Column("text", Words),
    Column("html", Words),
    Column("stop_address", Words, comment="where one click stops its kind"),
    Column("attached", Words, comment="what travels as a file of its own; none for nothing, or once it is sent"),
    Column("queued_at", Whole, nullable=False),
    Column("due_at", Whole, nullable=False, comment="not before this moment: later after each failure"),
    Column("until", Whole, comment="from then on nobody needs it any more"),
    Column("attempts", Whole, nullable=False),
    Column("claimed_until", Whole, comment="some worker sends it now"),
    Column("sent_at", Whole),
    Column("given_up_at", Whole),
    Column("problem", Words, comment="what went wrong last, in plain words"),
    Index(None, "account"),
    Index(None, "due_at"),
    **STRICT,
)
"""Letters that wait, were sent, or could not be."""

mail_round = Table(
    "mail_round",
    metadata,
    Column("key", Words, primary_key=True, comment="what happened, such as vote_opened:prp_…"),
    Column("made_at", Whole, nullable=False),
    **STRICT,
)
"""What everybody concerned has been told of: nobody looks for it again."""

mail_choice = Table(
    "mail_choice",
    metadata,
    Column("account", Words, nullable=False),
    Column("topic", Words, nullable=False),
    Column("choice", Words, nullable=False),
    PrimaryKeyConstraint("account", "topic"),
    **STRICT,
)
"""What somebody wants to hear of and how, where it is not as usual."""

mail_stop = Table(
    "mail_stop",
    metadata,
    Column(
        "token", Words, primary_key=True, comment="kept as it is: each letter holds it, and all it does is stop one"
    ),
    Column("account", Words, nullable=False),
    Column("topic", Words, nullable=False),
    UniqueConstraint("account", "topic"),
    **STRICT,
)
"""By what somebody stops a kind of letter without signing in."""
