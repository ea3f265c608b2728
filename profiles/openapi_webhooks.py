"""The part `webhooks` of the OpenAPI document: what we post to the addresses of a site, and what an answer means.

in   MESSAGES (profiles/webhooks/messages.py), the references to their schemas
out  a part of the document
"""

from __future__ import annotations

from typing import Any

from profiles.webhooks.messages import MESSAGES, examples

HEADERS = {
    "webhook-id": "The message's id, the same on every try: make it a unique key",
    "webhook-timestamp": "When this try was made, in seconds since 1970",
    "webhook-signature": "Signatures by Standard Webhooks, apart by spaces; one that fits is enough",
}
ANSWERS = {
    "2XX": "Taken. Only the status is looked at",
    "410": "The webhook is disabled",
    "429": "Tried again after Retry-After at the earliest",
    "503": "Tried again after Retry-After at the earliest",
    "default": "Tried again: eight times in a day, then it is given up",
}


def webhooks(by_type: dict[Any, Any]) -> dict[str, Any]:
    return {name: {"post": described(name, by_type[kind], str(kind.__doc__))} for name, kind in MESSAGES.items()}


def described(name: str, schema: Any, summary: str) -> dict[str, Any]:
    return {
        "operationId": name.replace(".", "_"),
        "summary": summary,
        "description": "Signed by Standard Webhooks (https://www.standardwebhooks.com/); sent at least once.",
        "security": [],
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": text, "schema": {"type": "string"}} for header, text in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": examples()[name]}}},
        "responses": {status: {"description": text} for status, text in ANSWERS.items()},
    }
