"""GA4's names as data: events, parameters, items, as the Measurement Protocol sends them.

Source: developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events. A name that is not here becomes a `custom` event.
docs/vocabularies.md shows these tables; a test holds the two together.
"""

from __future__ import annotations

from tracker.vocabularies.mapping import Tables

# event name -> (our type, constants of the event)
EVENTS: dict[str, tuple[str, dict[str, object]]] = {
    "page_view": ("page_view", {}),
    "screen_view": ("page_view", {}),
    "user_engagement": ("engagement", {}),
    "scroll": ("engagement", {}),
    "search": ("search", {}),
    "view_search_results": ("search", {}),
    "view_item_list": ("content", {"kind": "category", "seen_ms": 1000}),  # "view" is all it says: the least that counts as seen
    "select_item": ("content", {"kind": "product", "seen_ms": 1000, "clicks": 1}),
    "view_promotion": ("content", {"kind": "promotion", "seen_ms": 1000}),
    "select_promotion": ("content", {"kind": "promotion", "seen_ms": 1000, "clicks": 1}),
    "view_item": ("product_view", {}),
    "add_to_cart": ("cart_add", {}),
    "remove_from_cart": ("cart_remove", {}),
    "begin_checkout": ("checkout", {"step": 1, "step_name": "checkout"}),
    "add_shipping_info": ("checkout", {"step": 2, "step_name": "shipping"}),
    "add_payment_info": ("checkout", {"step": 3, "step_name": "payment"}),
    "purchase": ("order", {}),
    "refund": ("refund", {}),
    "login": ("identify", {"how": "login"}),
    "sign_up": ("identify", {"how": "signup"}),
}

MONEY: dict[str, tuple[str, ...]] = {"value": ("value",), "currency": ("currency",)}
# our field -> the parameters that may hold it, the first that is given counts
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "page_view": {"title": ("page_title", "screen_name", "firebase_screen")},
    "engagement": {"engaged_ms": ("engagement_time_msec",), "scroll_pct": ("percent_scrolled",)},
    "search": {"query": ("search_term",)},
    "checkout": MONEY,
    "order": {**MONEY, "order_id": ("transaction_id",), "tax": ("tax",), "shipping": ("shipping",), "coupon": ("coupon",)},
    "refund": {**MONEY, "order_id": ("transaction_id",)},
    "content": {"position": ("index",), "price": ("price",), "currency": ("currency",)},
}

# kind of content -> its id, name and category
CONTENT: dict[str, dict[str, tuple[str, ...]]] = {
    "category": {"content_id": ("item_list_id", "item_list_name"), "name": ("item_list_name", "item_list_id")},
    "product": {"content_id": ("item_id", "item_name"), "name": ("item_name",), "category": ("item_category",)},
    "promotion": {"content_id": ("promotion_id", "promotion_name", "creative_name"), "name": ("promotion_name", "creative_name")},
}  # fmt: skip

ITEM: dict[str, tuple[str, ...]] = {
    "id": ("item_id", "item_name"), "name": ("item_name",), "brand": ("item_brand",), "variant": ("item_variant",), "price": ("price",),
    "quantity": ("quantity",), "currency": ("currency",),
}  # fmt: skip

JOINED = {"category": ("item_category", "item_category2", "item_category3", "item_category4", "item_category5")}  # kitchen/coffee/grinders

TABLES = Tables(EVENTS, FIELDS, CONTENT, ITEM, items="items", joined=JOINED)

PAGE = {"url": ("page_location",), "title": ("page_title",), "referrer": ("page_referrer",)}

# Part of the envelope: nothing is lost where it is not kept, and no warning names it.
PASSED_OVER = frozenset(
    {
        "client_id", "app_instance_id", "user_id", "timestamp_micros", "events", "user_properties", "ip_override", "validation_behavior",
        "params.session_id", "params.ga_session_id", "params.ga_session_number", "params.debug_mode", "params.timestamp_micros",
    }
)  # fmt: skip

# Events that say nothing that is not known better here, and why.
NOT_KEPT = {
    "session_start": "session_start is not kept: sessions are made here, from what the visitor does",
    "first_visit": "first_visit is not kept: whether a visitor is new is known here",
    "first_open": "first_open is not kept: whether a visitor is new is known here",
}
