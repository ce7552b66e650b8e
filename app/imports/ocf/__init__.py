"""Open Cap Format packages, read and checked; nothing here touches the database.

``check(path)`` is the way in: it returns the package, everything found, and the story that the ledger is to tell.
"""

from app.imports.ocf.checking import CheckedPackage, check

__all__ = ["CheckedPackage", "check"]
