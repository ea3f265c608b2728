"""What the company says of a customer beside what was observed."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.profiles.conftest import Api
from tests.profiles.samples import ago, customer, event, order, put
from tracker.store import Store


def said(api: Api, store: Store, *events: tuple[str, str, float, dict[str, Any]]) -> None:
    """(type, visitor or '', days ago, props)"""
    put(store, "events", [
        event(api.site, visitor_id, f"e-{n}", kind, ago(days=days), props=msgspec.json.encode(props).decode(),
              customer_id="" if kind == "consent" else "c-1", source="tag" if visitor_id else "server")
        for n, (kind, visitor_id, days, props) in enumerate(events)
    ])  # fmt: skip


def facts(api: Api) -> dict[str, tuple[Any, Any, bool | None]]:
    told = api.get("/v1/customers/c-1/compared")["data"]
    return {each["name"]: (each["company"], each["observed"], each["agrees"]) for each in told}


def test_each_fact_stands_with_both_words_and_whether_they_agree(api: Api, store: Store) -> None:
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(days=5), 10), lifecycle="loyal", lifecycle_at=ago(days=1) / 1000)])
    said(
        api, store,
        ("identify", "v-1", 9, {"how": "login", "traits": {"city": "Bonn", "newsletter": True, "plan": "a"}}),
        ("identify", "v-1", 8, {"how": "login", "traits": {"city": "Berlin"}}),
        ("customer_update", "", 7, {"attributes": {"city": "Berlin", "segment": "gold", "plan": "b"}, "consent": {"marketing": True}}),
        ("consent", "v-1", 6, {"state": "denied", "purposes": ["marketing"]}), ("consent", "v-1", 6, {"state": "granted", "purposes": []}),
        ("consent", "v-2", 5, {"state": "granted", "purposes": ["marketing"]}),
    )  # fmt: skip
    assert facts(api) == {
        "lifecycle": ("loyal", "new", False), "attributes.city": ("Berlin", "Berlin", True), "attributes.newsletter": (None, True, None),
        "attributes.plan": ("b", "a", False), "attributes.segment": ("gold", None, None), "consent.marketing": (True, False, False),
        "consent.tracking": (None, True, None),
    }  # fmt: skip


def test_of_a_customer_nobody_spoke_of_the_orders_alone_say_something(api: Api, store: Store) -> None:
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(days=5), 10))])
    [fact] = api.get("/v1/customers/c-1/compared")["data"]
    assert fact == {
        "name": "lifecycle",
        "company": None,
        "company_at": None,
        "observed": "new",
        "observed_at": "2026-11-17T12:00:00.000Z",
        "agrees": None,
    }
    assert api.call("GET", "/v1/customers/nobody/compared").status_code == 404
