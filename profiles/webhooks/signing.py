"""Signatures by the Standard Webhooks specification: whoever has the secret can tell that a message is ours, whole and fresh."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, body: bytes, valid_secrets: Sequence[str], now_ms: int) -> dict[str, str]:
    """Of one try; with two secrets, while one replaces the other, there are two signatures."""
    at = datetime.fromtimestamp(now_ms // 1000, UTC)
    text = body.decode()
    signatures = [Webhook(secret).sign(message_id, at, text) for secret in valid_secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(now_ms // 1000), "webhook-signature": " ".join(signatures)}
