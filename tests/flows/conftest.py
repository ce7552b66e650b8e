"""Stories that go through more than one door: the service, the people who use it, and the command line."""

from tests.api.conftest import office, practice, service
from tests.cli.conftest import launcher, vestry

__all__ = ["launcher", "office", "practice", "service", "vestry"]
