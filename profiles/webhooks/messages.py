"""All messages that a webhook may be told, as types: their schemas and the OpenAPI document are made from what is sent.

in   the types of those who have something to tell
out  MESSAGES, by the word in `type`; an example of each, as the product sent it (examples.json; `python -m tests.crm.examples` writes it)
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Union

import msgspec

from profiles.announcing import LifecycleChanged, SessionClosed
from profiles.campaigns.pulling import ListPulled
from profiles.message import Message
from profiles.rules.acting import RuleMatched
from profiles.webhooks.carts_told import CartAbandoned, CartRecovered, CartRetracted
from profiles.webhooks.changing import WebhookPing

KINDS: tuple[type[Message], ...] = (
    CartAbandoned, CartRecovered, CartRetracted, SessionClosed, LifecycleChanged, RuleMatched, ListPulled, WebhookPing,
)  # fmt: skip
MESSAGES: dict[str, type[Message]] = {str(kind.__struct_config__.tag): kind for kind in KINDS}
ANY: Any = Union[KINDS]  # noqa: UP007 - made of a tuple


@cache
def examples() -> dict[str, Any]:
    """By type: a body that was sent."""
    found: dict[str, Any] = msgspec.json.decode((Path(__file__).parent / "examples.json").read_bytes())
    return found
