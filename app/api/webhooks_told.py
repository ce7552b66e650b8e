"""The section ``webhooks`` of the API's description: what we send to others, with examples."""

from __future__ import annotations

from typing import Any

from app.events.types import TEST

_EVENTS: dict[str, dict[str, Any]] = {
    "grant": {
        "summary": "A grant was issued",
        "value": {
            "type": "grant.issued",
            "timestamp": "2026-03-02T15:30:00Z",
            "data": {"id": "sec_01KJQ3YT5RWX6M1YFV0B1WJ6Q8", "entry": 4811, "reverses": None},
        },
    },
    "undone": {
        "summary": "An entry counts no more",
        "value": {
            "type": "entry.reversed",
            "timestamp": "2026-03-02T15:42:10Z",
            "data": {"id": None, "entry": 4812, "reverses": 4811},
        },
    },
    "test": {
        "summary": "The webhook is only tried",
        "value": {
            "type": TEST,
            "timestamp": "2026-03-02T15:31:00Z",
            "data": {"id": "msg_01KJQ3YTC8B2S1XQ9M3W0N5J7D", "entry": None, "reverses": None},
        },
    },
}

_HEADERS = {
    "webhook-id": (
        "Of this delivery, the same at every try: whoever has seen it has it already.",
        "msg_01KJQ3YTC8",
    ),
    "webhook-timestamp": ("When this try was made, in seconds since 1970; refuse it after five minutes.", "1772465400"),
    "webhook-signature": (
        "`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, joined by full stops; several, separated by "
        "spaces, in the day after the secret was rotated: one that fits is enough.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}

WEBHOOKS: dict[str, Any] = {
    "event": {
        "post": {
            "operationId": "receive_event",
            "tags": ["webhooks"],
            "summary": "Something happened",
            "description": "Sent to each webhook, as Standard Webhooks 1.0 has it. Answer with a status from 200 to "
            "299 within 15 seconds; 410 turns the webhook off, `Retry-After` is heeded, redirects are not followed. "
            "Events come at least once and may come out of order: `data.entry` counts without a gap, and "
            "`GET /v1/events` tells whatever did not come.",
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": text,
                    "schema": {"type": "string"},
                    "example": example,
                }
                for name, (text, example) in _HEADERS.items()
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/FeedEventOut"}, "examples": _EVENTS}
                },
            },
            "responses": {
                "2XX": {"description": "Taken."},
                "410": {"description": "Not wanted any more: the webhook is turned off."},
                "default": {"description": "Not taken; it is tried again for three days."},
            },
        }
    }
}
