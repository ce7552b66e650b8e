"""Tests: they mirror the source; ``flows/`` tells whole stories, ``bench/`` measures."""

import os

# tests and benches ask as fast as they can; those of the limits set their own
os.environ.setdefault("VESTRY_REQUESTS_PER_TOKEN", "0")
os.environ.setdefault("VESTRY_REQUESTS_PER_ADDRESS", "0")
