"""Segment's names as data: calls, e-commerce events (v2, and the v1 names that are still sent), fields.

Source: segmentio/segment-docs, src/connections/spec/ecommerce/v2.md. A name that is not here becomes a `custom` event.
docs/vocabularies.md shows these tables; a test holds the two together.
"""

from __future__ import annotations

from tracker.vocabularies.mapping import Tables

# event name, in small letters -> (our type, constants of the event)
EVENTS: dict[str, tuple[str, dict[str, object]]] = {
    "products searched": ("search", {}),
    "product list viewed": ("content", {"kind": "category", "seen_ms": 1000}),  # "viewed" is all it says: the least that counts as seen
    "product list filtered": ("content", {"kind": "category", "seen_ms": 1000}),
    "product clicked": ("content", {"kind": "product", "seen_ms": 1000, "clicks": 1}),
    "promotion viewed": ("content", {"kind": "promotion", "seen_ms": 1000}),
    "promotion clicked": ("content", {"kind": "promotion", "seen_ms": 1000, "clicks": 1}),
    "product viewed": ("product_view", {}),
    "product added": ("cart_add", {}),
    "product removed": ("cart_remove", {}),
    "wishlist product added to cart": ("cart_add", {}),
    "checkout started": ("checkout", {"step": 1, "step_name": "checkout"}),
    "checkout step viewed": ("checkout", {}),
    "checkout step completed": ("checkout", {}),
    "payment info entered": ("checkout", {"step_name": "payment"}),
    "order completed": ("order", {}),
    "order refunded": ("refund", {}),
    "order cancelled": ("order_cancelled", {}),
}

ALIASES = {
    "searched products": "products searched",
    "viewed product category": "product list viewed",
    "viewed product list": "product list viewed",
    "filtered product list": "product list filtered",
    "clicked product": "product clicked",
    "viewed promotion": "promotion viewed",
    "clicked promotion": "promotion clicked",
    "viewed product": "product viewed",
    "added product": "product added",
    "removed product": "product removed",
    "started order": "checkout started",
    "started checkout": "checkout started",
    "viewed checkout step": "checkout step viewed",
    "completed checkout step": "checkout step completed",
    "entered payment info": "payment info entered",
    "completed order": "order completed",
    "refunded order": "order refunded",
    "cancelled order": "order cancelled",
    "order canceled": "order cancelled",
}

# our field -> the properties that may hold it, the first that is given counts
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "search": {"query": ("query", "search_term"), "results": ("results", "results_count")},
    "cart_add": {"cart_id": ("cart_id",)},
    "cart_remove": {"cart_id": ("cart_id",)},
    "checkout": {"step": ("step",), "step_name": ("step_name",), "value": ("value", "revenue", "total"), "currency": ("currency",)},
    # `revenue` is the goods, `total` adds tax and shipping; the goods are what a cart is worth
    "order": {
        "order_id": ("order_id", "orderId"), "value": ("revenue", "value", "total"), "currency": ("currency",),
        "tax": ("tax",), "shipping": ("shipping",), "discount": ("discount",), "coupon": ("coupon",),
    },
    "refund": {"order_id": ("order_id", "orderId"), "value": ("total", "revenue", "value"), "currency": ("currency",)},
    "order_cancelled": {"order_id": ("order_id", "orderId"), "value": ("total", "revenue", "value"), "currency": ("currency",)},
    "content": {"position": ("position",), "price": ("price",), "currency": ("currency",)},
}  # fmt: skip

# kind of content -> its id, name and category
CONTENT: dict[str, dict[str, tuple[str, ...]]] = {
    "category": {"content_id": ("list_id", "category"), "name": ("category", "list_id")},
    "product": {"content_id": ("sku", "product_id", "id"), "name": ("name",), "category": ("category",)},
    "promotion": {"content_id": ("promotion_id", "id", "name", "creative"), "name": ("name", "creative")},
}

ITEM: dict[str, tuple[str, ...]] = {
    "id": ("sku", "product_id", "id"), "name": ("name",), "category": ("category",), "brand": ("brand",), "variant": ("variant",),
    "price": ("price",), "quantity": ("quantity",), "currency": ("currency",),
}  # fmt: skip

TABLES = Tables(EVENTS, FIELDS, CONTENT, ITEM, items="products", aliases=ALIASES, payment=("payment_method", "payment_type"))

TIMES = ("timestamp", "originalTimestamp", "original_timestamp", "sentAt", "sent_at", "receivedAt", "received_at")

# context.campaign -> the parameter of the page's address that says the same
CAMPAIGN = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "term": "utm_term", "content": "utm_content"}

# Part of a call's envelope: nothing is lost where it is not kept, and no warning names it.
PASSED_OVER = frozenset(
    {
        "type", "messageId", "message_id", "anonymousId", "anonymous_id", "userId", "user_id", "previousId", "previous_id", "writeKey",
        "integrations", "_metadata", "version", "channel", *TIMES, "context.library", "context.page.path", "context.page.search",
    }
)  # fmt: skip

# Calls that say nothing about a visit, and why.
NOT_KEPT = {"group": "group calls are not kept: customers belong to no groups here"}
