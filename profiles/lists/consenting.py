"""May a customer be written to, by what they said and what the CRM says of them: the rule of the sessionizer for carts.

in   table `customers`, its column consent
out  CartConsent
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from profiles.answers import CartConsent
from profiles.lists.subject import Asking
from tracker.store import load

UNNAMED_PURPOSE = "tracking"  # who refused to be observed, in words that name no purpose, refused this as well


def consents(asking: Asking, customer_ids: Iterable[str]) -> dict[str, CartConsent]:
    wanted = sorted(set(customer_ids) - {""})
    if not wanted:
        return {}
    rows = asking.store.rows(load("profiles.lists", "consents"), site=asking.site.name, customer_ids=wanted)
    return {row["customer_id"]: marketing(row["consent"]) for row in rows}


def marketing(stored: str) -> CartConsent:
    found: dict[str, Any] = msgspec.json.decode(stored or "{}")
    said, refused = found.get("marketing"), found.get(UNNAMED_PURPOSE)
    if refused is not None and not refused["granted"] and not (said is not None and said["at"] > refused["at"]):
        said = refused
    return unknown() if said is None else CartConsent(said["granted"], said["at"], said["how"])


def unknown() -> CartConsent:
    return CartConsent(None, None, None)
