"""Customers and visitors: profiles, what a CRM says of them, export and erasure."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
import pytest

from tests.profiles.conftest import Api
from tests.profiles.samples import ago, cart, customer, event, item, order, put, session, visitor
from tracker.store import Store

IMPORTANT = ("events", "owner_events", "links", "visitor_days", "arrivals", "sessions", "carts", "visitors", "customers")


def test_a_customer_profile_adds_up_devices_orders_and_interests(api: Api, store: Store) -> None:
    put(store, "sessions", [
        session(api.site, "v-1", "s-1", ago(days=3), customer_id="c-1"), session(api.site, "v-2", "s-2", ago(60), customer_id="c-1"),
        session(api.site, "v-2", "s-0", ago(days=90)),
    ])  # fmt: skip
    put(store, "customers", [customer(
        api.site, "c-1", order("o-1", ago(days=20), 100, item("X1")), order("o-2", ago(days=2), 50.5, refunded=10.5),
        order("o-3", ago(days=1), 999, status="cancelled"), visitor_ids=["v-1", "v-2"], cart_ids=["k-1", "k-2"],
    )])  # fmt: skip
    put(store, "carts", [cart(api.site, "k-1", ago(300), customer_id="c-1"), cart(api.site, "k-2", ago(5), customer_id="c-1", state="open")])

    told = api.get("/v1/customers/c-1")

    assert list(told) == [
        "customer_id", "site", "lifecycle", "first_seen", "last_seen", "visitors", "sessions_count", "orders_count", "revenue", "average_order",
        "last_order_at", "interests", "readiness", "open_cart", "abandoned_cart", "attributes", "consent", "recent_sessions", "version",
    ]  # fmt: skip
    assert (told["sessions_count"], told["orders_count"]) == (2, 2)
    assert told["revenue"] == [{"currency": "EUR", "value": 140}]
    assert told["average_order"] == {"currency": "EUR", "value": 70}
    assert told["lifecycle"]["stage"] == "new"
    assert [each["visitor_id"] for each in told["visitors"]] == ["v-1", "v-2"]
    assert told["interests"]["categories"] == [{"category": "kitchen/coffee", "views": 4, "seen_ms": 10400}]
    assert (told["abandoned_cart"]["cart_id"], told["open_cart"]["cart_id"]) == ("k-1", "k-2")
    assert told["attributes"] == {"segment": "gold"}
    assert [each["session_id"] for each in told["recent_sessions"]] == ["s-2", "s-1"]
    assert told["readiness"]["score"] > 0


def test_money_of_two_currencies_is_never_added(api: Api, store: Store) -> None:
    orders = [order("o-1", ago(days=3), 10, currency="CHF"), order("o-2", ago(days=2), 20), order("o-3", ago(days=1), 40)]
    put(store, "customers", [customer(api.site, "c-1", *orders)])
    told = api.get("/v1/customers/c-1")
    assert told["revenue"] == [{"currency": "CHF", "value": 10}, {"currency": "EUR", "value": 60}]
    assert told["average_order"] == {"currency": "EUR", "value": 30}


def test_the_crm_has_the_last_word_on_the_stage(api: Api, store: Store) -> None:
    put(store, "customers", [customer(api.site, "c-1", lifecycle="lapsed", lifecycle_at=ago(days=2) / 1000)])
    told = api.get("/v1/customers/c-1")["lifecycle"]
    assert (told["stage"], told["source"], told["since"]) == ("lapsed", "crm", "2026-11-20T12:00:00.000Z")


def test_a_visitor_tells_who_it_was_and_when(api: Api, store: Store) -> None:
    claim = {"from_at": ago(days=2) / 1000, "until_at": 4_102_444_800, "customer_id": "c-1", "identified_at": ago(60) / 1000, "how": "login"}
    put(store, "visitors", [visitor(api.site, "v-1", claims=[claim | {"event_id": "e"}], cart_ids=["k-1"])])
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(60), customer_id="c-1")])
    put(store, "carts", [cart(api.site, "k-1", ago(300))])
    told = api.get("/v1/visitors/v-1")
    assert (told["status"], told["customer_id"], told["sessions_count"]) == ("registered", "c-1", 1)
    because = "identified at 2026-11-22T11:00:00.000Z by login"
    known = {"customer_id": "c-1", "identified_at": "2026-11-22T11:00:00.000Z", "how": "login", "because": because}
    assert told["claims"] == [known | {"from": "2026-11-20T12:00:00.000Z", "until": None}]
    assert told["abandoned_cart"]["cart_id"] == "k-1"


def test_a_customer_tells_because_of_what_each_browser_is_theirs(api: Api, store: Store) -> None:
    def claim(customer_id: str, from_ms: int, until_s: float) -> dict[str, object]:
        ends = {"from_at": from_ms / 1000, "until_at": until_s, "identified_at": from_ms / 1000}
        return ends | {"customer_id": customer_id, "how": "signup" if customer_id == "c-1" else "login", "event_id": "e"}

    claims = [claim("c-1", ago(days=9), ago(days=4) / 1000), claim("c-2", ago(days=3), ago(days=2) / 1000), claim("c-1", ago(days=1), 4_102_444_800)]
    put(store, "visitors", [visitor(api.site, "v-1", claims=claims)])
    put(store, "customers", [customer(api.site, "c-1", visitor_ids=["v-1", "v-guest"])])
    shared, guest = api.get("/v1/customers/c-1")["visitors"]
    assert [each["because"] for each in shared["claims"]] == [
        "identified at 2026-11-13T12:00:00.000Z by signup", "identified at 2026-11-21T12:00:00.000Z by signup",
    ]  # fmt: skip
    assert [each["until"] for each in shared["claims"]] == ["2026-11-18T12:00:00.000Z", None]
    assert guest["claims"] == []


@pytest.mark.parametrize("path", ["/v1/visitors/nobody", "/v1/customers/nobody", "/v1/carts/none", "/v1/sessions/none", "/v1/sessions/none/events"])
def test_what_is_not_there_is_a_404_that_names_it(api: Api, path: str) -> None:
    answer = api.call("GET", path)
    assert answer.status_code == 404
    assert path.split("/")[3] in answer.json()["error"]["message"]


def test_what_a_crm_says_of_a_customer_becomes_an_event(api: Api) -> None:
    answer = api.call("PUT", "/v1/customers/c-1", json={"attributes": {"segment": "gold"}, "consent": {"marketing": True}, "lifecycle": "loyal"})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "refused": []})
    row = api.spool.rows[0]
    assert (row["type"], row["customer_id"], row["source"], row["visitor_id"]) == ("customer_update", "c-1", "server", "")
    assert msgspec.json.decode(row["props"]) == {"attributes": {"segment": "gold"}, "consent": {"marketing": True}, "lifecycle": "loyal"}


@pytest.mark.parametrize(("body", "stored"), [(b"{}", None), (b'{"lifecycle":null}', ""), (b'{"lifecycle":"new"}', "new")])
def test_a_stage_that_is_null_takes_the_crms_word_back_and_none_says_nothing(api: Api, body: bytes, stored: str | None) -> None:
    api.call("PUT", "/v1/customers/c-1", content=body)
    assert msgspec.json.decode(api.spool.rows[0]["props"])["lifecycle"] == stored


@pytest.mark.parametrize(("customer_id", "body", "status"), [
    ("c-1", b"{", 400), ("c-1", b"[]", 400), ("c-1", b'{"lifecycle":"best"}', 400), ("c-1", b'{"atributes":{}}', 400), ("undefined", b"{}", 400),
    ("c-1", b'{"attributes":{"x":"' + b"x" * 300_000 + b'"}}', 413), ("c-1", b"\xff", 400),
])  # fmt: skip
def test_a_bad_word_of_the_crm_is_refused(api: Api, customer_id: str, body: bytes, status: int) -> None:
    answer = api.call("PUT", f"/v1/customers/{customer_id}", content=body)
    assert answer.status_code == status
    assert api.spool.lines == []


@pytest.mark.parametrize("customer_id", ["DE/1 ü%", "../c-1", "a/export"])
def test_a_customer_whose_id_has_a_slash_is_read_handed_out_and_erased_like_any_other(api: Api, store: Store, customer_id: str) -> None:
    fill(api, store, customer_id, f"v-{len(customer_id)}")
    path = "/v1/customers/" + quote(customer_id, safe="")
    assert api.get(path)["customer_id"] == api.get(f"{path}/export")["profile"]["customer_id"] == customer_id
    api.call("PUT", path, content=b"{}")
    assert api.spool.rows[0]["customer_id"] == customer_id
    assert api.call("DELETE", path).json()["customer_id"] == customer_id
    assert api.call("GET", path).status_code == 404


def fill(api: Api, store: Store, customer_id: str, visitor_id: str) -> None:
    put(store, "events", [
        event(api.site, visitor_id, f"{visitor_id}-1", "page_view", ago(60), page_id="p"),
        event(api.site, visitor_id, f"{visitor_id}-2", "identify", ago(59), customer_id=customer_id),
        event(api.site, "", f"{visitor_id}-3", "order", ago(58), source="server", customer_id=customer_id, order_id=f"o-{customer_id}", value=5),
    ])  # fmt: skip
    put(store, "sessions", [session(api.site, visitor_id, f"s-{visitor_id}", ago(60), customer_id=customer_id)])
    put(store, "carts", [cart(api.site, f"k-{visitor_id}", ago(60), customer_id=customer_id, visitor_ids=[visitor_id])])
    put(store, "visitors", [visitor(api.site, visitor_id)])
    put(store, "customers", [customer(api.site, customer_id, visitor_ids=[visitor_id])])


def test_an_export_holds_everything_stored_about_a_person(api: Api, store: Store) -> None:
    fill(api, store, "c-1", "v-1")
    fill(api, store, "c-2", "v-2")
    told = api.get("/v1/customers/c-1/export")
    assert [each["id"] for each in told["events"]] == ["v-1-1", "v-1-2", "v-1-3"]
    assert [each["session_id"] for each in told["sessions"]] == ["s-v-1"]
    assert [each["cart_id"] for each in told["carts"]] == ["k-v-1"]
    assert told["profile"]["customer_id"] == "c-1"


def test_an_erased_customer_leaves_no_row_and_takes_nobody_else_along(api: Api, store: Store) -> None:
    fill(api, store, "c-1", "v-1")
    fill(api, store, "c-2", "v-2")

    answer = api.call("DELETE", "/v1/customers/c-1")

    assert answer.status_code == 200
    assert answer.json()["deleted"]["events"] == 3
    for table in IMPORTANT:
        left = store.rows(f"SELECT * FROM {table} WHERE site = {{site:String}}", site=api.site.name)
        assert left, table
        assert not [row for row in left if {"c-1", "v-1", "c:c-1", "v:v-1"} & {str(value) for value in row.values()}], table
    assert api.call("GET", "/v1/customers/c-1").status_code == 404
    assert api.call("DELETE", "/v1/customers/c-1").status_code == 404
