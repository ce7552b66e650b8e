"""The service: people, pages, API, reports and the command `vestry`; the only package that knows both others."""
