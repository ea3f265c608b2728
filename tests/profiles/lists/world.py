"""Carts, sessions and customers as the sessionizer leaves them, with the columns that lists ask for; and lists over them."""

from __future__ import annotations

from typing import Any

from profiles.conditions import check
from profiles.lists import Definition, Member, Suppression, members
from tests.profiles import samples
from tests.profiles.samples import NOW_MS, Fields, item
from tracker.sites import Site
from tracker.store import Store


def cart(site: Site, cart_id: str, touched_ms: int, *items: Fields, bought_ms: int | None = None, **changes: Any) -> Fields:
    lines = list(items) or [item("X1")]
    columns = {"categories": [], "marketing": None} | {name: changes.pop(name) for name in ("categories", "marketing") if name in changes}
    row = samples.cart(site, cart_id, touched_ms, *lines, **changes)
    return row | columns | {"item_ids": [line["id"] for line in lines], "item_bought_at": None if bought_ms is None else samples.seconds(bought_ms)}


def wanted(subject: str, *conditions: Any, reasons: Any = (), days: int = 14, least: Any = (), list_id: str = "") -> Definition:
    """Conditions as ("state", "is", "abandoned"), or {"any": [...]} as it is."""
    raw = [dict(zip(("field", "operator", "value"), each, strict=True)) if isinstance(each, tuple) else each for each in conditions]
    return Definition("A list", check(raw, subject), Suppression(frozenset((*reasons, "quarantined")), days, tuple(least)), list_id=list_id)


def found(store: Store, site: Site, definition: Definition, **more: Any) -> dict[str, Member]:
    return {member.id: member for batch in members(store, site, definition, NOW_MS, **more) for member in batch}
