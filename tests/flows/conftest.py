"""Stories that go through more than one door: the service, the people who use it, and the command line."""

from tests.api.conftest import office, practice, service
from tests.cli.conftest import vestry

__all__ = ["office", "practice", "service", "vestry"]
