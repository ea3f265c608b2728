"""The history of a cart, told: GET /v1/carts/{cart_id}/history.

in   column `history` of carts; '[]' where the row is older than that column and was never rebuilt
out  CartHistory
"""

from __future__ import annotations

from profiles import carts
from profiles.answers import Item, number
from profiles.answers_cart import CartEvent, CartHistory
from profiles.operations import Call, Operation
from profiles.problems import not_found
from profiles.story_history import Entry, Facts, line, read
from tracker.clock import iso
from tracker.sites import Site
from tracker.store import Store, load


def get_cart_history(call: Call) -> CartHistory:
    cart_id = call.path["cart_id"]
    row = carts.one(call.deps.store, call.site, cart_id)
    if row is None:
        raise not_found("cart", cart_id)
    return CartHistory(of(call.deps.store, call.site, [cart_id])[cart_id], None)


def of(store: Store, site: Site, cart_ids: list[str]) -> dict[str, list[CartEvent]]:
    rows = entries(store, site, cart_ids)
    return {cart_id: [told(entry, facts) for entry in found] for cart_id, (found, facts) in rows.items()}


def entries(store: Store, site: Site, cart_ids: list[str]) -> dict[str, tuple[list[Entry], Facts]]:
    """What is stored, and what is needed to say it."""
    if not cart_ids:
        return {}
    rows = store.rows(load("profiles", "cart_history"), site=site.name, cart_ids=cart_ids)
    return {row["cart_id"]: (read(row["history"]), Facts(row["currency"], site.cart_cutoff_s, site.cart_lost_s)) for row in rows}


def told(entry: Entry, facts: Facts) -> CartEvent:
    said, details = line(entry, facts), entry.details
    value = details.get("value")
    return CartEvent(
        at=iso(entry.at_ms), type=entry.what, who=entry.who, visitor_id=entry.visitor_id or None, event_id=entry.event_id or None,
        why=": ".join(filter(None, (said.text, said.why))).replace("\u00a0", " "),
        items=[Item(id=item_id, name=name or None, price=None if price is None else number(price), quantity=number(units))
               for item_id, name, price, units in entry.moves],
        stage=details.get("stage"), customer_id=details.get("customer_id"), cart_id=details.get("cart_id"), order_id=details.get("order_id"),
        value=None if value is None else number(value), how=details.get("how"), response_code=details.get("response_code") or None,
    )  # fmt: skip


OPERATIONS = (
    Operation(
        "GET", "/v1/carts/{cart_id}/history", "read", "What happened to a cart: who, when, why, by which event; oldest first", get_cart_history,
        CartHistory, problems=(404,),
    ),
)  # fmt: skip
