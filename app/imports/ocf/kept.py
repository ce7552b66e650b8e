"""Every imported item, kept whole in the vault, with a record in the journal that proves it.

The journal holds type, place and digest of an item, and the id where it tells nothing; what the item says, names and
addresses among it, can be erased without changing a hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.imports.ocf.names import is_valid
from app.imports.ocf.package import Item
from app.people.vault import SALT_BYTES, Sealed, VaultKind, digest_of
from ledger.equity.values import SourceItem
from ledger.types import Act

IMPORTED = "ocf_entries"
"""The fact, in the first entry of an import, that says how many entries it has."""


DERIVED = "derived"
"""The fact, in an entry of an import, that no item of the package stands behind it but others imply it."""


@dataclass(slots=True)
class Keeping:
    """Originals on their way into the vault, some hundreds at a time.

    Attributes:
        keep: Puts them there; None while entries are only counted.
    """

    act: Act
    keep: Callable[[list[Sealed]], None] | None
    waiting: list[Sealed] = field(default_factory=list)

    def original(self, item: Item, subject: str, *, id: str | None = None) -> SourceItem:
        """Take an item in, and return the record of it.

        Args:
            item: The item.
            subject: The holder it is about, by whose erasure it goes too; else the id of what it is about.
            id: What stands in the journal for the item's id, where that is not to.
        """
        return self.document(bytes(item.raw), item.object_type, f"{item.file}#{item.position}", subject, id or item.id)

    def document(self, document: bytes, object_type: str, place: str, subject: str, id: str) -> SourceItem:
        """Take JSON in, and return the record of it; words that can't stand in the journal are left out of it."""
        object_type, id = (word if is_valid(word) else "(none)" for word in (object_type, id))
        if self.keep is None:
            return SourceItem(object_type, id, place, "")
        salt = self.act.entropy(SALT_BYTES)
        digest = digest_of(salt, document)
        self.waiting.append(Sealed(digest, subject, VaultKind.SOURCE, salt, document))
        if len(self.waiting) >= 500:
            self.flush()
        return SourceItem(object_type, id, place, digest, subject if subject != id else None)

    def identity(self, sealed: Sealed) -> None:
        """Take in who a holder is."""
        if self.keep is not None:
            self.waiting.append(sealed)

    def flush(self) -> None:
        """Put what waits into the vault."""
        if self.keep is not None and self.waiting:
            self.keep(self.waiting)
            self.waiting = []
