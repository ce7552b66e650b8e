"""Starts ``vestry`` many times for the price of one: a process that has imported all of it, and forks for each run.

Importing takes longer than most commands do. Each run is still a process of its own: what it changes about itself is
gone with it, and it inherits nothing from the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

COMMAND = [sys.executable, "-W", "error", "-m", "tests.cli.launcher"]
ROOT = Path(__file__).parents[2]


class Launcher:
    """The side of the tests: ``run`` is ``subprocess.run``."""

    def __init__(self) -> None:
        """Start the process."""
        # -m puts the folder it is started in on the path
        self._process = subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Launcher:
        """Return itself."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """End the process."""
        self._process.communicate()

    def run(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command in a folder, and return what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with _file(folder) as said, _file(folder) as complained:
            told = {"arguments": arguments, "folder": str(folder), "environment": environment}
            json.dump(told | {"said": str(said), "complained": str(complained)}, self._process.stdin)
            print(file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(arguments, code, said.read_text(), complained.read_text())


@contextmanager
def _file(folder: Path) -> Iterator[Path]:
    """Yield the path of a new file beside the folder, which the command is to find as it was."""
    path = folder.parent / f"{folder.name}-{os.urandom(8).hex()}"
    path.touch()
    yield path
    path.unlink()


def main() -> None:
    """Carry out one order a line, until there are no more."""
    import app.cli.commands  # noqa: PLC0415 - the tests import this module without it
    import app.main  # noqa: PLC0415
    import app.tables  # noqa: PLC0415
    import app.voting  # noqa: F401, PLC0415

    for line in sys.stdin:
        child = os.fork()
        if not child:
            _be(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _be(order: dict[str, object]) -> None:
    """Become the command; never returns."""
    for path, stream in ((os.devnull, 0), (order["said"], 1), (order["complained"], 2)):
        os.dup2(os.open(str(path), os.O_RDWR), stream)
    code = 1
    try:
        code = _run(order)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run(order: dict[str, object]) -> int:
    from app.cli import main as vestry  # noqa: PLC0415

    environment, arguments = order["environment"], order["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["vestry", *arguments]
    try:
        vestry()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    main()
