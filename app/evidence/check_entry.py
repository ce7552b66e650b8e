"""Check one entry of a cooperative's record from the file that its page gives: Python and the package ``cryptography``.

    python3 check_entry.py FILE KEY

Nothing is asked of the service. KEY is what it signs with: note it early, or ask somebody you trust for theirs. Ends
with 0 and prints the entry if all fits, with 1 if anything was changed.
"""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def check(file: str, key: str) -> str:
    """Return what the file proves; anything that does not fit is an error."""
    proof, note = file.split("\n\n", 1)
    header, entry, index, *path = proof.split("\n")
    signed, signatures = note.rsplit("\n\n", 1)
    origin, size, root = signed.split("\n")[:3]
    name, _, public = key.strip().split("+", 2)
    if header != "c2sp.org/tlog-proof@v1" or not entry.startswith("extra ") or origin != name:
        raise ValueError("this is another kind of file, or of another record")

    # who holds the key has signed this root (the first byte names the algorithm, the first four the key)
    line = next(one for one in signatures.split("\n") if one.startswith(f"\u2014 {name} "))
    signature = b64decode(line.split(" ")[2])[4:]
    Ed25519PublicKey.from_public_bytes(b64decode(public)[1:]).verify(signature, f"{signed}\n".encode())

    # the entry, hashed with the hashes beside its way up, is under this root (RFC 9162, 2.1.3.2)
    data = b64decode(entry.removeprefix("extra "))
    number = int(index.removeprefix("index "))
    at, last, node = number, int(size) - 1, sha256(b"\0" + data).digest()
    for other in path:
        if at % 2 or at == last:
            node = sha256(b"\1" + b64decode(other) + node).digest()
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            node = sha256(b"\1" + node + b64decode(other)).digest()
        at, last = at // 2, last // 2
    if last != 0 or number >= int(size) or b64encode(node).decode() != root:
        raise ValueError("the entry is not under the root that was signed")
    return f"Entry {number} is among the first {size} of {origin}:\n{data.decode()}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("python3 check_entry.py FILE KEY")
    try:
        print(check(Path(sys.argv[1]).read_bytes().decode(), sys.argv[2]))
    except (InvalidSignature, StopIteration):
        sys.exit("It does not fit: another key signed it, or the checkpoint was changed.")
    except (LookupError, OSError, ValueError) as wrong:
        sys.exit(f"It does not fit: {wrong}.")
