"""What the API says of webhooks, as types."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from profiles.answers import Time

Kind = Annotated[str, Meta(description="A type of message, as in cart.abandoned (docs/webhooks.md)")]
Status = Literal["waiting", "sending", "delivered", "dead"]


class WebhookIn(msgspec.Struct, forbid_unknown_fields=True):
    """`types` empty = all of them."""

    url: str
    types: list[Kind] = []
    description: str = ""
    enabled: bool = True


class WebhookStanding(msgspec.Struct):
    """How it stands: messages `delivered`, `waiting` (or being sent) and `dead` (given up). `failing_since`: since when it takes nothing; null = it
    takes what is sent, or was never sent anything. Of the last try: `last_answer`, the HTTP status, null = none came, and `last_why` it failed."""

    delivered: int
    waiting: int
    dead: int
    failing_since: Time | None
    last_try_at: Time | None
    last_answer: int | None
    last_why: str | None


class Webhook(msgspec.Struct):
    """`why` tells why it was disabled, where nobody did it by hand; `old_secret_until` how long the secret before signs too."""

    webhook_id: str
    url: str
    types: list[Kind]
    description: str
    enabled: bool
    why: str | None
    created_at: Time
    old_secret_until: Time | None
    standing: WebhookStanding


class WebhookMade(Webhook):
    """The only time that the secret is told."""

    secret: str = ""


class WebhookList(msgspec.Struct):
    data: list[Webhook]
    next_cursor: str | None


class Delivery(msgspec.Struct):
    """`answer` is the HTTP status of the last try, null = none came; `next_at` is null where no other try follows."""

    delivery_id: str
    message_id: str
    type: str
    subject: str
    status: Status
    attempts: int
    created_at: Time
    tried_at: Time | None
    next_at: Time | None
    answer: int | None
    why: str | None
    took_ms: int


class DeliveryList(msgspec.Struct):
    data: list[Delivery]
    next_cursor: str | None


class Removed(msgspec.Struct):
    webhook_id: str
    removed: bool = True
