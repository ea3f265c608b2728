"""What every message to a webhook has in common; each kind is a type of its own, where it is made (profiles/webhooks/messages.py has them all)."""

from __future__ import annotations

import msgspec

from profiles.answers import Time


class Message(msgspec.Struct, tag_field="type"):
    """`timestamp` is when it happened."""

    timestamp: Time
