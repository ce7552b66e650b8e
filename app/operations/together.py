"""Where several workers count together: a folder that each of them writes its figures into."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names it; the Prometheus client reads it when it is imported."""


@contextmanager
def counting_together(workers: int) -> Iterator[None]:
    """Let processes that are started meanwhile count into one folder, which is gone afterwards.

    One alone needs none, and whoever has named one already keeps it.
    """
    if workers < 2 or FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="vestry-figures-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
