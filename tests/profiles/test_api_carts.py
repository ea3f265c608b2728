"""GET /v1/carts: as JSON, as CSV, one cart."""

from __future__ import annotations

import csv
import io

import pytest

from tests.profiles.conftest import Api
from tests.profiles.samples import ago, cart, customer, item, order, purchase, put, session, visitor
from tracker.store import Store

CSV = {"Accept": "text/csv"}


def test_carts_of_all_states_come_last_touched_first(api: Api, store: Store) -> None:
    states = {"k-1": (300, "abandoned"), "k-2": (10, "open"), "k-3": (400, "lost")}
    put(store, "carts", [cart(api.site, cart_id, ago(minutes), state=state) for cart_id, (minutes, state) in states.items()])
    assert [told["cart_id"] for told in api.get("/v1/carts")["data"]] == ["k-2", "k-1", "k-3"]


def test_the_filters_of_carts(api: Api, store: Store) -> None:
    put(store, "carts", [
        cart(api.site, "cheap", ago(300), item("X1", 9.5)),
        cart(api.site, "dear", ago(400), item("X1", 9.5), item("X2", 200), stage="payment", customer_id="c-1", visitor_ids=["v-7"]),
        cart(api.site, "open", ago(10), state="open"),
    ])  # fmt: skip

    def ids(**filters: str) -> list[str]:
        return [told["cart_id"] for told in api.get("/v1/carts", **filters)["data"]]

    assert ids(state="abandoned") == ["cheap", "dear"]
    assert ids(stage="payment") == ["dear"]
    assert ids(min_value="9.51", state="abandoned") == ["dear"]
    assert ids(customer_id="c-1") == ["dear"]
    assert ids(visitor_id="v-7") == ["dear"]
    assert ids(**{"from": "2026-11-22T06:00:00Z", "to": "2026-11-22T11:00:00Z"}) == ["cheap"]


def test_pages_of_carts_neither_repeat_nor_leave_out(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, f"k-{number}", ago(300 + number // 3)) for number in range(20)])
    first = api.get("/v1/carts", limit=7)
    second = api.get("/v1/carts", limit=7, cursor=first["next_cursor"])
    third = api.get("/v1/carts", limit=7, cursor=second["next_cursor"])
    seen = [told["cart_id"] for page in (first, second, third) for told in page["data"]]
    assert len(seen) == len(set(seen)) == 20
    assert third["next_cursor"] is None


def test_a_cart_tells_its_sessions_and_where_it_came_from(api: Api, store: Store) -> None:
    put(store, "sessions", [
        session(api.site, "v-1", "before", ago(900), channel="search"), session(api.site, "v-1", "opened", ago(310), channel="email"),
        session(api.site, "v-2", "later", ago(100), channel="direct"), session(api.site, "v-3", "stranger", ago(100)),
    ])  # fmt: skip
    put(store, "carts", [cart(api.site, "k-1", ago(95), visitor_ids=["v-1", "v-2"], opened_at=ago(305) / 1000)])

    told = api.get("/v1/carts/k-1")

    assert told["session_ids"] == ["opened", "later"]
    assert told["source"]["channel"] == "email"
    assert (told["value"], told["items_count"], told["items"][0]["price"], told["suppressed"], told["version"]) == (199.9, 1, 199.9, [], 1)
    assert list(told) == [
        "cart_id", "site", "owner", "state", "stage", "items", "removed_items", "items_count", "value", "currency", "opened_at", "touched_at",
        "abandoned_at", "abandonments", "closed_at", "recovered", "consent", "suppressed", "session_ids", "source", "version",
    ]  # fmt: skip


@pytest.mark.parametrize(("bought_days_ago", "status", "reasons"), [
    (29, "placed", ["bought_same_item_30d"]), (31, "placed", []), (3, "cancelled", []),
])  # fmt: skip
def test_who_bought_the_item_lately_is_not_written_to(api: Api, store: Store, bought_days_ago: int, status: str, reasons: list[str]) -> None:
    bought = ago(days=bought_days_ago)
    put(store, "customers", [customer(api.site, "c-1", order("o-1", bought, 5, item("X1"), status=status))])
    put(store, "visitors", [visitor(api.site, "v-9", orders=[purchase("o-2", bought, 5, item("X1"), status=status)])])
    put(store, "carts", [cart(api.site, "k-1", ago(300), customer_id="c-1"), cart(api.site, "k-2", ago(300), visitor_ids=["v-9"])])
    assert api.get("/v1/carts/k-1")["suppressed"] == reasons
    assert api.get("/v1/carts/k-2")["suppressed"] == reasons


def test_a_cart_of_a_bot_says_so(api: Api, store: Store) -> None:
    put(store, "sessions", [session(api.site, "v-1", "s-1", ago(305), quarantine_reason="webdriver")])
    put(store, "carts", [cart(api.site, "k-1", ago(300))])
    assert api.get("/v1/carts/k-1")["suppressed"] == ["quarantined"]


def test_a_cart_without_consent_says_so_and_a_known_customers_does_not(api: Api, store: Store) -> None:
    day = "day-0123456789abcdef0123456789abcdef"
    put(store, "carts", [
        cart(api.site, "k-1", ago(300), visitor_ids=[day]), cart(api.site, "k-2", ago(300), visitor_ids=[day, "v-1"]),
        cart(api.site, "k-3", ago(300), visitor_ids=[day], customer_id="c-1"),
    ])  # fmt: skip
    assert [api.get(f"/v1/carts/{name}")["suppressed"] for name in ("k-1", "k-2", "k-3")] == [["no_consent"], [], []]


def test_only_the_latest_version_of_a_cart_answers(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, "k-1", ago(300)), cart(api.site, "k-2", ago(300))])
    put(store, "carts", [cart(api.site, "k-1", ago(200), version=2, state="bought"), cart(api.site, "k-2", ago(300), version=2, tombstone=True)])
    assert [told["state"] for told in api.get("/v1/carts")["data"]] == ["bought"]
    assert api.get("/v1/carts", state="abandoned")["data"] == []
    assert api.call("GET", "/v1/carts/k-2").status_code == 404


def test_the_csv_has_every_cart_of_the_filter_in_one_file(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, f"k-{number:04}", ago(300)) for number in range(1203)])
    put(store, "carts", [cart(api.site, "other", ago(300), state="open")])
    answer = api.call("GET", "/v1/carts", params={"state": "abandoned"}, headers=CSV)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert sorted(row["cart_id"] for row in rows) == [f"k-{number:04}" for number in range(1203)]
    assert (rows[0]["value"], rows[0]["items"]) == ("199.9", "1 x X1 Item X1")


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "  =1"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(api: Api, store: Store, text: str) -> None:
    put(store, "carts", [cart(api.site, "k-1", ago(300), item("X1", -5, name="Refund"), customer_id=text)])
    row = next(csv.DictReader(io.StringIO(api.call("GET", "/v1/carts", headers=CSV).content.decode(), newline="")))
    assert row["customer_id"] == f"'{text}"
    assert row["value"] == "-5"


@pytest.mark.parametrize("accept", ["application/json, text/csv", "text/csv;q=0.5, application/json", "text/csv;q=0"])
def test_a_client_that_takes_json_first_gets_json(api: Api, accept: str) -> None:
    answer = api.call("GET", "/v1/carts", headers={"Accept": accept})
    assert answer.json() == {"data": [], "next_cursor": None}


@pytest.mark.parametrize("accept", ["text/csv; charset=utf-8", "TEXT/CSV", "application/json;q=0.5, text/csv", "text/csv, */*;q=0.1"])
def test_a_client_that_takes_csv_first_gets_csv(api: Api, accept: str) -> None:
    assert api.call("GET", "/v1/carts", headers={"Accept": accept}).headers["content-type"] == "text/csv; charset=utf-8"
