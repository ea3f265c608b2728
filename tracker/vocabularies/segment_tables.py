"""Segment's names as data: calls, e-commerce events (v2, and the v1 names that are still sent), fields.

Source: segmentio/segment-docs, src/connections/spec/ecommerce/v2.md. A name that is not here becomes a `custom` event.
"""

from __future__ import annotations

# event name, in small letters -> (our type, constants of the event)
EVENTS: dict[str, tuple[str, dict[str, object]]] = {
    "products searched": ("search", {}),
    "product list viewed": ("content", {"kind": "category", "seen_ms": 1000}),  # "viewed" is all it says: the least that counts as seen
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

WITH_ITEMS = frozenset({"product_view", "cart_add", "cart_remove", "checkout", "order", "refund", "order_cancelled"})
NUMBERS = frozenset({"results", "step", "value", "tax", "shipping", "discount", "position", "price", "quantity"})
PAYMENT_PROPERTIES = ("payment_method", "payment_type")  # a checkout step that names one is the payment step
TIMES = ("timestamp", "originalTimestamp", "original_timestamp", "sentAt", "sent_at", "receivedAt", "received_at")
