"""Puts what is to be told of folded carts into the outbox, before the carts are written.

in   a circle as it was stored and as it is folded now
out  rows of `messages` (announce.py says which)

Only carts that differ from what is stored are looked at, and of these only such as have an abandonment or had one: a fold without any asks nothing.
The others are told rightly already, but for those of a step that broke off after its messages: these are asked for at the start and after a failure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import msgspec

from sessionizer.announce import NEWS_MS, CartNow, Told, announce
from sessionizer.components import Circle, chunks
from sessionizer.documents import Row
from sessionizer.fold import Rows
from sessionizer.model import seconds
from tracker import outbox
from tracker.clock import ms_of_iso
from tracker.sites import Site
from tracker.store import Store, load

SPELL = '"abandonments":[{'  # in a cart's document; as text of a customer its quotes would be escaped
DANGLING_MS = 8 * 86_400_000  # nothing older is announced, so nothing older dangles


class Placed(msgspec.Struct):
    order_id: str
    at: str


@dataclass
class Teller:
    dangling: dict[str, set[str]] = field(default_factory=dict)  # by site: carts of which was told what their rows do not say yet

    @contextmanager
    def telling(self, store: Store, site: Site, circle: Circle, rows: Rows, changed: Collection[str], now_ms: int) -> Iterator[None]:
        """Inside, the carts are written."""
        dangling = self.dangling.pop(site.name, None)  # gone if this fails
        if dangling is None:
            dangling = dangling_carts(store, site, now_ms)
        about = questionable(circle, rows, changed) | (dangling & (named(circle) | rows.carts.keys()))
        if about:
            told = told_of(store, site, about)
            to_tell = sorted(cart_id for cart_id in about if told[cart_id] or is_news(rows.carts.get(cart_id), now_ms))
            now = {cart_id: cart_now(cart_id, circle, rows, is_changed=cart_id in changed) for cart_id in to_tell}
            outbox.put(store, [message for cart_id in to_tell for message in announce(site.name, now[cart_id], told[cart_id], now_ms)], now_ms)
        yield
        self.dangling[site.name] = dangling - about


def questionable(circle: Circle, rows: Rows, changed: Collection[str]) -> set[str]:
    """Carts of which there may be something to tell or to take back."""
    stored = circle.stored.carts
    now = {cart_id for cart_id in changed if SPELL in rows.carts[cart_id]["doc"]}
    before = {cart_id for cart_id, row in stored.items() if row["had_spell"] and (cart_id in changed or cart_id not in rows.carts)}
    return now | before


def is_news(cart: Row | None, now_ms: int) -> bool:
    """Nothing is told of a cart that was abandoned, or recovered, longer ago (announce.py)."""
    since = seconds(max(0, now_ms - NEWS_MS))
    return cart is not None and ((cart["abandoned_at"] or "") >= since or (cart["closed_at"] or "") >= since)


def named(circle: Circle) -> set[str]:
    """Every cart that a stored row of these people names, there or not."""
    people = (*circle.stored.visitors.values(), *circle.stored.customers.values())
    return {cart_id for row in people for cart_id in row["cart_ids"]} | circle.stored.carts.keys()


def dangling_carts(store: Store, site: Site, now_ms: int) -> set[str]:
    rows = store.rows(load("sessionizer", "dangling_carts"), site=site.name, since=seconds(max(0, now_ms - DANGLING_MS)))
    return {row["cart_id"] for row in rows}


def told_of(store: Store, site: Site, cart_ids: set[str]) -> defaultdict[str, list[Told]]:
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for some in chunks("cart:" + cart_id for cart_id in cart_ids):
        for row in store.rows(load("sessionizer", "told"), site=site.name, subjects=some):
            told[row["subject"][5:]].append(Told(row["message_id"], row["type"], row["sequence"], row["payload"].encode()))
    return told


def cart_now(cart_id: str, circle: Circle, rows: Rows, *, is_changed: bool) -> CartNow:
    row, before = rows.carts.get(cart_id), circle.stored.carts.get(cart_id)
    if row is None:
        return CartNow(cart_id, elsewhere=partial(elsewhere, cart_id, circle, rows))
    version = (before["version"] if before else 0) + is_changed
    return CartNow(cart_id, row["doc"], version, order=partial(closing_order, row, rows))


def elsewhere(cart_id: str, circle: Circle, rows: Rows) -> str | None:
    """The cart that is nearest to the one that is gone: of the same visitors, last touched."""
    before = circle.stored.carts.get(cart_id)
    visitors = set(before["visitor_ids"]) if before else {v for v, row in circle.stored.visitors.items() if cart_id in row["cart_ids"]}
    near = [row for row in rows.carts.values() if visitors.intersection(row["visitor_ids"])]
    return max(near, key=lambda row: (row["touched_at"], row["cart_id"]))["cart_id"] if near else None


def closing_order(cart: Row, rows: Rows) -> str | None:
    """The order whose time is the cart's end."""
    closed_at = msgspec.json.decode(cart["doc"], type=dict[str, object])["closed_at"]
    at = seconds(ms_of_iso(str(closed_at)))
    people = [rows.visitors[visitor] for visitor in cart["visitor_ids"] if visitor in rows.visitors]
    people += [rows.customers[cart["customer_id"]]] if cart["customer_id"] in rows.customers else []
    orders = [msgspec.json.decode(msgspec.json.encode(order), type=Placed) for row in people for order in row["orders"]]
    return next((order.order_id for order in orders if order.at == at), None)
