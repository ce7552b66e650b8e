"""The hash tree of the journal: RFC 6962, byte for byte, and nothing invented.

A leaf is ``SHA-256(0x00 ‖ bytes)``, a node ``SHA-256(0x01 ‖ left ‖ right)`` (RFC 6962 §2.1). Every function here is
pure: hashes in, hashes out. Proof verification follows RFC 9162 §2.1.3.2 and §2.1.4.2, which restate the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from ledger.errors import Tampered

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """Return the leaf hash of ``data``."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """The roots of the perfect subtrees that cover the first ``size`` leaves, largest first.

    At most 64 hashes; all that the next append and the root need.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a range whose number of hashes is not the number of one bits of its size."""
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise Tampered(
                f"A range over {self.size} leaves has {self.size.bit_count()} hashes, not {len(self.hashes)}."
            )

    def extended(self, leaves: Sequence[bytes]) -> CompactRange:
        """Return the range after appending ``leaves`` (leaf hashes, in order)."""
        size, stack = self.size, list(self.hashes)
        for leaf in leaves:
            carry, node = size, leaf
            while carry & 1:
                node = node_hash(stack.pop(), node)
                carry >>= 1
            stack.append(node)
            size += 1
        return CompactRange(size, tuple(stack))

    def root(self) -> bytes:
        """Return the root of the tree over the leaves covered; the hash of nothing when there are none."""
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node

    def encode(self) -> bytes:
        """Return the hashes one after the other, as the ``head`` table stores them."""
        return b"".join(self.hashes)

    @classmethod
    def decode(cls, size: int, data: bytes) -> CompactRange:
        """Read what ``encode`` wrote.

        Raises:
            Tampered: The number of bytes does not fit the size.
        """
        if len(data) != 32 * size.bit_count():
            raise Tampered(f"The head of size {size} stores {len(data)} bytes of range.")
        return cls(size, tuple(data[i : i + 32] for i in range(0, len(data), 32)))


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    return CompactRange().extended(leaves).root()


def _split(size: int) -> int:
    """Return the largest power of two below ``size`` (RFC 6962 §2.1)."""
    return 1 << ((size - 1).bit_length() - 1)


Roots: TypeAlias = Callable[[int, int], bytes]
"""Tells the root over the leaves from one up to, not including, another: over a part that a tree of RFC 6962 has."""


def inclusion_path(index: int, size: int, roots: Roots) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree over the first ``size`` leaves, lowest sibling first.

    Raises:
        ValueError: There is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"No leaf {index} in a tree of {size}.")
    first, end, path = 0, size, list[bytes]()
    while end - first > 1:
        k = first + _split(end - first)
        if index < k:
            path.append(roots(k, end))
            end = k
        else:
            path.append(roots(first, k))
            first = k
    return path[::-1]


def consistency_path(old: int, size: int, roots: Roots) -> list[bytes]:
    """Return the proof that the tree over the first ``old`` leaves is a prefix of the tree over the first ``size``.

    Raises:
        ValueError: ``old`` is zero or more than ``size``.
    """
    if not 0 < old <= size:
        raise ValueError(f"No tree of size {old} inside one of {size}.")
    first, end, path = 0, size, list[bytes]()
    while end != old:
        k = first + _split(end - first)
        if old <= k:
            path.append(roots(k, end))
            end = k
        else:
            path.append(roots(first, k))
            first = k
    # whoever asks has the earlier root already, where it is that of a part of its own
    return [*([roots(first, end)] if first else []), *path[::-1]]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of leaf ``index`` in the tree over ``leaves``; see ``inclusion_path``."""
    return inclusion_path(index, len(leaves), lambda first, end: root_of(leaves[first:end]))


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Return the proof that the first ``size`` leaves are a prefix of all; see ``consistency_path``."""
    return consistency_path(size, len(leaves), lambda first, end: root_of(leaves[first:end]))


def inclusion_holds(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether ``proof`` shows that ``leaf`` is leaf ``index`` of the tree of ``size`` with ``root``."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def consistency_holds(*, size: int, root: bytes, later_size: int, later_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether ``proof`` shows that the tree of ``size`` is a prefix of the one of ``later_size``.

    A ``size`` of zero proves nothing and never holds.
    """
    if not 0 < size <= later_size:
        return False
    if size == later_size:
        return not proof and root == later_root
    path = [root, *proof] if size & (size - 1) == 0 else list(proof)
    if not path:
        return False
    position, last = size - 1, later_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == root and new == later_root
