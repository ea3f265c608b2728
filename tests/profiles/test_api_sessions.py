"""GET /v1/sessions and what hangs on one session."""

from __future__ import annotations

from tests.profiles.conftest import Api
from tests.profiles.samples import ago, customer, event, item, order, purchase, put, session
from tracker.store import Store


def test_a_session_profile_answers_the_six_questions(api: Api, store: Store) -> None:
    put(store, "sessions", [session(
        api.site, "v-1", "s-1", ago(10), customer_id="c-1", cart_id="cart-1", cart_items=[item("X2", 5, 2)], cart_value=10, cart_currency="EUR",
        cart_added=3, cart_removed=1, purchases=[purchase("o-1", ago(5), 199.9, item("X1"))],
    )])  # fmt: skip
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(5), 199.9, item("X1")))])

    told = api.get("/v1/sessions/s-1")

    assert told["visitor"]["customer_id"] == "c-1"
    assert told["visitor"]["lifecycle"]["stage"] == "new"
    assert told["purpose"]["label"] == "browsing"
    assert told["purpose"]["confidence"] == 0.81
    assert told["products_viewed"][0]["id"] == "X1"
    assert told["cart"] == {
        "cart_id": "cart-1", "items": [{"id": "X2", "name": "Item X2", "price": 5, "quantity": 2}], "items_count": 2, "value": 10, "currency": "EUR",
        "added": 3, "removed": 1,
    }  # fmt: skip
    assert told["purchases"][0]["value"] == 199.9
    assert (told["started_at"], told["duration_s"], told["status"]) == ("2026-11-22T11:50:00.000Z", 600, "open")
    assert list(told) == [
        "session_id", "site", "version", "status", "built_at", "visitor", "purpose", "products_viewed", "content", "cart", "purchases", "started_at",
        "ended_at", "duration_s", "engaged_s", "page_views", "searches", "entry_url", "exit_url", "source", "device", "quarantine",
    ]  # fmt: skip


def test_sessions_come_newest_first_and_in_pages(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, f"v-{number}", f"s-{number:02}", ago(days=number * 7)) for number in range(25)])

    seen, cursor = [], None
    while True:
        page = api.get("/v1/sessions", limit=10, **({"cursor": cursor} if cursor else {}))
        seen += [told["session_id"] for told in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == [f"s-{number:02}" for number in range(25)]


def test_the_filters_of_sessions(api: Api, store: Store) -> None:
    put(store, "sessions", [
        session(api.site, "v-1", "now", ago(15)),
        session(api.site, "v-1", "earlier", ago(200), customer_id="c-1", purpose="purchase"),
        session(api.site, "v-2", "other", ago(days=3)),
    ])  # fmt: skip

    def ids(**filters: str) -> list[str]:
        return [told["session_id"] for told in api.get("/v1/sessions", **filters)["data"]]

    assert ids() == ["now", "earlier", "other"]
    assert ids(visitor_id="v-1") == ["now", "earlier"]
    assert ids(customer_id="c-1") == ["earlier"]
    assert ids(status="open") == ["now"]
    assert ids(status="closed", visitor_id="v-1") == ["earlier"]
    assert ids(purpose="purchase") == ["earlier"]
    assert ids(**{"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T10:00:00Z"}) == ["earlier"]
    assert ids(visitor_id="v-1", purpose="browsing") == ["now"]


def test_only_the_latest_version_of_a_session_answers(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(300), customer_id="c-1")])
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(300), version=2, purpose="purchase")])
    put(store, "sessions", [session(api.site, "v-1", "gone", ago(310))])
    put(store, "sessions", [session(api.site, "v-1", "gone", ago(310), version=2, tombstone=True, superseded_by="s-1")])

    assert api.get("/v1/sessions", customer_id="c-1")["data"] == []
    assert [told["version"] for told in api.get("/v1/sessions")["data"]] == [2]
    gone = api.call("GET", "/v1/sessions/gone")
    assert (gone.status_code, gone.json()["error"]["superseded_by"]) == (410, "s-1")
    assert api.call("GET", "/v1/sessions/gone/events").status_code == 410


def test_an_anonymous_session_has_no_life_cycle_and_no_cart(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(300), quarantine_reason="bot", bot_class="crawler")])
    told = api.get("/v1/sessions/s-1")
    assert told["visitor"] == {"visitor_id": "v-1", "status": "anonymous", "customer_id": None, "lifecycle": None}
    assert (told["cart"], told["status"]) == (None, "closed")
    assert told["quarantine"] == {"reason": "bot", "bot_class": "crawler"}


def test_the_life_cycle_of_a_session_is_that_of_its_time(api: Api, store: Store) -> None:
    for name, started_ms in (("before", ago(days=50)), ("after", ago(60))):
        put(store, "sessions", [session(api.site, "v-1", name, started_ms, customer_id="c-1")])
    put(store, "customers", [customer(api.site, "c-1", order("o-1", ago(days=40), 10))])
    stages = {told["session_id"]: told["visitor"]["lifecycle"]["stage"] for told in api.get("/v1/sessions", visitor_id="v-1")["data"]}
    assert stages == {"before": "prospect", "after": "active"}


def test_the_events_of_a_session_are_its_own_each_once_and_oldest_first(api: Api, store: Store) -> None:
    start = ago(300)
    put(store, "sessions", [session(api.site, "v-1", "s-1", start, customer_id="c-1"), session(api.site, "v-1", "s-2", start + 7_200_000)])
    put(store, "events", [
        event(api.site, "v-1", "e-1", "page_view", start, page_id="p-1", url="https://shop.example/"),
        event(api.site, "v-1", "e-1", "page_view", start, page_id="p-1", received_at=(start + 5000) / 1000, title="later copy"),
        event(api.site, "v-1", "e-2", "content", start + 9_000_000, page_id="p-1", kind="product", content_id="X1", seen_ms=1200, value=9.5),
        event(api.site, "v-1", "e-3", "cart_add", start + 60_000, items=[{"id": "X1", "price": 9.5}], props='{"cart_id":"k"}'),
        event(api.site, "", "e-4", "order", start + 61_000, source="server", customer_id="c-1", order_id="o-1", value=9.5, props='{"tax":1.5}'),
        event(api.site, "v-1", "e-5", "page_view", start + 7_200_000, page_id="p-2"),
        event(api.site, "v-1", "e-6", "content", start + 50_000, page_id="p-2", kind="product", content_id="X2"),
        event(api.site, "v-2", "e-7", "page_view", start, page_id="p-3"),
    ])  # fmt: skip

    told = api.get("/v1/sessions/s-1/events")["data"]

    assert [each["id"] for each in told] == ["e-1", "e-3", "e-4", "e-2"]
    assert "title" not in told[0]
    assert told[1]["items"] == [{"id": "X1", "price": 9.5}]
    assert (told[1]["cart_id"], told[2]["tax"], told[3]["price"]) == ("k", 1.5, 9.5)
    assert [each["id"] for each in api.get("/v1/sessions/s-2/events")["data"]] == ["e-6", "e-5"]


def test_the_events_of_a_session_come_in_pages_where_a_limit_is_given(api: Api, store: Store) -> None:
    start = ago(300)
    put(store, "sessions", [session(api.site, "v-1", "s-1", start)])
    put(store, "events", [event(api.site, "v-1", f"e-{number}", "page_view", start + number // 2 * 1000) for number in range(5)])
    path = "/v1/sessions/s-1/events"
    first = api.get(path, limit="2")
    second = api.get(path, limit="2", cursor=first["next_cursor"])
    last = api.get(path, limit="2", cursor=second["next_cursor"])
    assert [[each["id"] for each in page["data"]] for page in (first, second, last)] == [["e-0", "e-1"], ["e-2", "e-3"], ["e-4"]]
    assert last["next_cursor"] is None
    assert [len(api.get(path)["data"]), api.get(path)["next_cursor"]] == [5, None]
    assert api.call("GET", f"{path}?limit=501").status_code == 400


def test_a_ratio_is_told_as_it_was_sent(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(300))])
    put(store, "events", [event(api.site, "v-1", "e-1", "content", ago(300), kind="product", content_id="X1", seen_ratio=0.8)])
    assert api.get("/v1/sessions/s-1/events")["data"][0]["seen_ratio"] == 0.8


def test_a_list_of_old_sessions_reaches_back_as_far_as_there_are_any(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "ancient", ago(days=900)), session(api.site, "v-2", "old", ago(days=400))])
    assert [told["session_id"] for told in api.get("/v1/sessions")["data"]] == ["old", "ancient"]


def test_a_visitor_with_very_many_sessions_is_listed_to_the_last_one(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", f"s-{number:04}", ago(days=number / 10)) for number in range(2100)])
    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        page = api.get("/v1/sessions", visitor_id="v-1", limit=500, **({"cursor": cursor} if cursor else {}))
        seen += [told["session_id"] for told in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [f"s-{number:04}" for number in range(2100)]


def test_a_visit_without_consent_is_marked(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "day-0123456789abcdef0123456789abcdef", "s-1", ago(60)), session(api.site, "v-1", "s-2", ago(60))])
    assert [api.get(f"/v1/sessions/{name}")["visitor"].get("cookieless") for name in ("s-1", "s-2")] == [True, None]
