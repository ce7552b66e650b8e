"""What the service logs: a JSON object a line for machines, a short line for people, and nothing of what was sent.

No line holds a body, a value of an address or a header, or a name. Of an error that nobody expected it tells the kind
and the places in the code, and not its message: that may quote what somebody sent, or a row.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb

ROOT = Path(__file__).resolve().parents[2]
FACTS = "facts"
"""The attribute of a log record that holds its named facts."""

INNERMOST = 12
"""How many places in the code are told of an error."""


def begin(form: str = "auto") -> None:
    """Log to standard error from now on.

    Args:
        form: ``json``, ``text``, or ``auto``: text where somebody looks on, JSON otherwise.
    """
    readable = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ForPeople() if readable else ForMachines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("vestry").setLevel(logging.INFO)


class ForMachines(logging.Formatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line."""
        told: dict[str, object] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= getattr(record, FACTS, {})
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = [*_told(record.exc_info[1])]
        return json.dumps(told, ensure_ascii=False, default=str)


class ForPeople(logging.Formatter):
    """A line to read."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line, and one more for each error."""
        at = datetime.fromtimestamp(record.created, UTC)
        facts = " ".join(f"{name}={value}" for name, value in getattr(record, FACTS, {}).items() if value is not None)
        lines = [f"{at:%H:%M:%S} {record.levelname.lower():<8} {record.name}: {record.getMessage()} {facts}".rstrip()]
        if record.exc_info and record.exc_info[1] is not None:
            lines += [f"    {line}" for line in _told(record.exc_info[1])]
        return "\n".join(lines)


def _told(error: BaseException) -> Iterator[str]:
    """Yield what kind of error it is and where it came up, and the same of what led to it; never what it says."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        places = [f"{_short(frame.f_code.co_filename)}:{line}" for frame, line in walk_tb(found.__traceback__)]
        yield f"{type(found).__module__}.{type(found).__qualname__} at {' > '.join(places[-INNERMOST:])}"
        found = found.__cause__ or found.__context__


def _short(path: str) -> str:
    """Return the path of a module without where it is installed."""
    for root in (f"{ROOT}/", "site-packages/"):
        _, found, rest = path.rpartition(root)
        if found:
            return rest
    return Path(path).name
