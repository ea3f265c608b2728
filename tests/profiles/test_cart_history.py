"""GET /v1/carts/{cart_id}/history: every change with who, when, why and by which event."""

from __future__ import annotations

from typing import Any

from tests.profiles.conftest import Api
from tests.profiles.samples import ago, cart, put
from tracker.clock import iso
from tracker.store import Store

HISTORY = [
    [ago(300), "opened", "visitor", "v-1", "e1", {}],
    [ago(300), "added", "visitor", "v-1", "e1", {"items": [["X1", "Espresso X1", 199.9, 2]]}],
    [ago(290), "stage", "visitor", "v-1", "e2", {"step": 2, "step_name": "payment", "stage": "payment"}],
    [ago(230), "abandoned", "clock", "", "", {}],
    [ago(100), "response", "server", "", "e3", {"response_code": "SPRING-A"}],
    [ago(90), "recovered", "customer", "v-1", "e4", {"order_id": "o-1", "items": [["X1", "Espresso X1", 199.9, 2]], "how": "response",
                                                      "response_code": "SPRING-A", "value": 399.8}],
]  # fmt: skip


def history(api: Api, cart_id: str) -> list[dict[str, Any]]:
    return list(api.get(f"/v1/carts/{cart_id}/history")["data"])


def test_a_history_says_who_when_why_and_by_which_event(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, "k-1", ago(90), state="recovered", history=HISTORY)])
    told = history(api, "k-1")
    assert [(line["at"], line["type"], line["who"], line["event_id"]) for line in told[3:5]] == [
        (iso(ago(230)), "abandoned", "clock", None),
        (iso(ago(100)), "response", "server", "e3"),
    ]
    assert told[1]["items"] == [{"id": "X1", "name": "Espresso X1", "price": 199.9, "quantity": 2}]
    assert told[2]["stage"] == "payment"
    assert [told[5][name] for name in ("order_id", "how", "response_code", "value")] == ["o-1", "response", "SPRING-A", 399.8]
    assert [line["why"] for line in told[3:]] == [
        "Counted as abandoned: untouched for 1 h",
        "The company says they answered, with the code SPRING-A",
        "Recovered: bought Espresso X1 ×2 with the order o-1: with the code of a message SPRING-A, 399.80 €",
    ]


def test_a_cart_from_before_histories_were_kept_has_an_empty_one_and_an_unknown_cart_none(api: Api, store: Store) -> None:
    put(store, "carts", [cart(api.site, "k-1", ago(90))])
    assert history(api, "k-1") == []
    assert api.call("GET", "/v1/carts/k-2/history").status_code == 404
