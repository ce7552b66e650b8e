"""The HTTP API: one router a noun, each a translation from request to deed and from result to response."""
