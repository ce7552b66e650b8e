"""The service and a company at its beginning, as the tests of the API have them."""

from tests.api.conftest import company, office, service

__all__ = ["company", "office", "service"]
