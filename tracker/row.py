"""One event as a row of `events`, and what is known of the request that brought it."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker import wire
from tracker.sites import Site

# Longer is cut, and the cut is counted. Published in docs/api.md.
LENGTHS = {
    "id": 64, "visitor": 64, "page_id": 64, "url": 2048, "title": 512, "referrer": 2048, "customer_id": 128, "content_id": 128, "name": 256,
    "category": 256, "brand": 128, "variant": 128, "currency": 3, "query": 256, "step_name": 64, "order_id": 128, "coupon": 64,
    "response_code": 64, "cart_id": 128, "key": 64, "text": 1024,
}  # fmt: skip


class EventRow(msgspec.Struct, omit_defaults=True):
    """One line of the spool, one row of `events` (tracker/schema/0001_events.sql). Times are seconds, as ClickHouse reads them."""

    site: str
    visitor_id: str
    event_id: str
    type: str
    at: float
    received_at: float
    source: str
    tag_version: int = 1
    cookieless: bool = False
    webdriver: bool = False
    ip: str = ""
    ua: str = ""
    page_id: str = ""
    url: str = ""
    title: str = ""
    referrer: str = ""
    customer_id: str = ""
    kind: str = ""
    content_id: str = ""
    name: str = ""
    category: str = ""
    position: int = 0
    seen_ms: int = 0
    seen_ratio: float = 0.0
    touched_ms: int = 0
    touches: int = 0
    clicks: int = 0
    engaged_ms: int = 0
    scroll_pct: int = 0
    query: str = ""
    results: int | None = None
    items: tuple[dict[str, Any], ...] = ()
    step: int = 0
    step_name: str = ""
    order_id: str = ""
    value: float | None = None
    currency: str = ""
    props: str = "{}"


class Unfit(Exception):
    """One event is refused: reason code and message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class Receipt(msgspec.Struct):
    """What the server knows of a request; `cuts` counts the strings that were shortened."""

    site: Site
    received_ms: int
    visitor_id: str = ""
    cookieless: bool = False
    source: str = "tag"
    ip: str = ""  # already cut
    ua: str = ""
    sent_ms: float | None = None
    tag_version: int = 1
    webdriver: bool = False
    page: wire.Page | None = None
    own_time: bool = False  # an import: `at` is taken as it is
    vouched: bool = False  # a secret key stands for it: a server that knows no browsers may name its customers as visitors
    is_denied: bool = False  # consent was refused earlier in this batch
    cuts: int = 0
