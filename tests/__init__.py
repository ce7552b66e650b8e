"""Tests: they mirror the source; ``flows/`` tells whole stories, ``bench/`` measures."""
