"""Webhooks: events told to other programs as they happen, signed, and tried again for days (Standard Webhooks 1.0)."""
