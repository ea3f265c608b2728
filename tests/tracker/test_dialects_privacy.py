"""What is personal in Segment's and GA4's words never reaches the spool's bytes: the same steps as for the tag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.tracker import pii_corpus as corpus
from tests.tracker.speaking import HOME, ORDER, PRODUCT, Spoken, batch

PERSONAL = (corpus.EMAILS[0], corpus.CARDS[0], corpus.PHONES[0], corpus.JWTS[0])
ADDRESS = "192.0.2.77"


@pytest.fixture
def spoken(tmp_path: Path) -> Iterator[Spoken]:
    spoken = Spoken(tmp_path)
    yield spoken
    spoken.stop()


def spooled(spoken: Spoken) -> str:
    """Every byte of the spool, with what is percent-encoded opened twice."""
    folder = spoken.data / "spool"
    return unquote(unquote(b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode(errors="replace")))


def segment_calls(personal: str) -> list[dict[str, Any]]:
    page = {"url": f"{HOME}/a?mail={personal}&token=secret-word#{personal}", "title": f"Hello {personal}", "referrer": f"{HOME}/?q={personal}"}
    campaign = {"source": personal, "name": f"for {personal}"}
    common = {"anonymousId": "a", "context": {"ip": ADDRESS, "page": page, "campaign": campaign, "traits": {"mail": personal}}}
    words = {"name": f"One {personal}", "category": personal, "brand": personal, "variant": personal}
    return [
        {**common, "type": "page", "name": personal}, {**common, "type": "identify", "userId": "u-1", "traits": {"mail": personal, personal: 1}},
        {**common, "type": "track", "event": "Products Searched", "properties": {"query": personal}},
        {**common, "type": "track", "event": f"Wrote {personal}", "properties": {"text": personal, personal: "x", "password": "secret-word"}},
        {**common, "type": "track", "event": "Product Added", "properties": {**PRODUCT, **words}},
        {**common, "type": "track", "event": "Promotion Viewed", "properties": {"promotion_id": "p", "name": personal}},
        {**common, "type": "track", "event": "Checkout Step Viewed", "properties": {"step_name": personal}}, {**common, **ORDER, "type": "track"},
    ]  # fmt: skip


def ga4_events(personal: str) -> list[dict[str, Any]]:
    page = {"page_location": f"{HOME}/a?mail={personal}&token=secret-word", "page_title": personal, "page_referrer": f"{HOME}/?q={personal}"}
    item = {"item_id": "X1", "item_name": personal, "item_category": personal, "item_brand": personal}
    told: dict[str, dict[str, Any]] = {
        "page_view": {}, "search": {"search_term": personal}, "view_item": {"items": [item]}, "wrote": {"text": personal, personal: 1},
        "view_promotion": {"promotion_id": "p", "promotion_name": personal},
    }  # fmt: skip
    return [{"name": name, "params": {**page, **params}} for name, params in told.items()]


@pytest.mark.parametrize("personal", PERSONAL)
def test_nothing_personal_reaches_the_disk(spoken: Spoken, personal: str) -> None:
    calls, events = segment_calls(personal), ga4_events(personal)
    assert spoken.call("b", batch(*calls), key=spoken.secret).json()["accepted"] == len(calls)
    body = {"client_id": "1.2", "user_id": "u-1", "ip_override": ADDRESS, "user_properties": {"mail": {"value": personal}}, "events": events}
    assert spoken.collect(body, api_secret=spoken.secret).json()["accepted"] == len(events)
    found = spooled(spoken)
    assert len(spoken.rows()) > len(calls) + len(events), "and the customers they name"
    assert [word for word in (personal, personal.replace("+", " "), "secret-word", ADDRESS) if word in found] == []
