"""The proof that an entry is in a log, in one file that is checked without asking anybody: C2SP ``tlog-proof``.

It holds the entry's number, the hashes beside its way up to the root, and the checkpoint in which the log signed that
root. The entry itself is not in it. Everything here is pure: text in, text out.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.cosignatures import Cosignature, WitnessKey, open_cosigned
from ledger.errors import Tampered
from ledger.merkle import HASH_BYTES, inclusion_holds, leaf_hash
from ledger.notes import MOST_BYTES, NUMBER, Checkpoint, VerifierKey, decoded

HEADER = "c2sp.org/tlog-proof@v1"
ENDING = ".tlog-proof"
MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A number, a path and a checkpoint; nothing in it is to be believed before ``check``.

    Attributes:
        index: Number of the entry, from 0.
        path: The hashes beside its way up, from the leaf's sibling on.
        checkpoint: The signed note, as the log gave it.
        extra: Whatever the log says besides, which nobody vouches for.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def encode(self) -> str:
        """Return it as a file has it."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines += [f"index {self.index}", *(b64encode(node).decode() for node in self.path)]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"

    @classmethod
    def read(cls, text: str) -> TlogProof:
        """Read what ``encode`` wrote.

        Raises:
            Tampered: It is no such proof.
        """
        if len(text) > MOST_BYTES:
            raise Tampered("This is no proof: it is too long.")
        proof, gap, checkpoint = text.partition("\n\n")
        lines = proof.split("\n")
        if not gap or lines[0] != HEADER:
            raise Tampered(
                f"This is no proof: it begins with the line {HEADER}, and a checkpoint follows an empty one."
            )
        extra = decoded(lines.pop(1)[6:], "extra data") if lines[1:] and lines[1].startswith("extra ") else b""
        word, _, number = lines[1].partition(" ") if lines[1:] else ("", "", "")
        if word != "index" or not NUMBER.fullmatch(number):
            raise Tampered("The proof does not say the number of its entry: index, a space, the number.")
        path = tuple(decoded(line, f"hash {at} of the proof") for at, line in enumerate(lines[2:], 1))
        if len(path) > MOST_HASHES or any(len(node) != HASH_BYTES for node in path):
            raise Tampered(f"A proof has at most {MOST_HASHES} hashes, of {HASH_BYTES} bytes each.")
        return cls(int(number), path, checkpoint, extra)

    def check(
        self, data: bytes, key: VerifierKey, witnesses: Sequence[WitnessKey] = ()
    ) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
        """Return the checkpoint under which ``data`` is on record, and which of the witnesses cosigned it.

        Args:
            data: The exact bytes of the entry.
            key: What the log signs with.
            witnesses: Whose cosignatures are looked for; how many are enough is for the caller to say.

        Raises:
            Tampered: Another key signed the checkpoint, or the bytes are not those of the entry.
        """
        signed, found = open_cosigned(self.checkpoint, key, witnesses)
        leaf = leaf_hash(data)
        if self.index >= signed.size:
            raise Tampered(f"The proof is of entry {self.index}, and its checkpoint has {signed.size} entries.")
        if not inclusion_holds(index=self.index, size=signed.size, leaf=leaf, proof=self.path, root=signed.root):
            raise Tampered(f"These bytes are not entry {self.index} of the log: they or the proof were changed.")
        return signed, found
