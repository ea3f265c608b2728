"""GET /v1/carts/{cart_id}/history: every change with who, when, why and by which event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from profiles.story_history import Facts, line, read, story
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


X1, X2 = ["X1", "Espresso X1", 10, 1], ["X2", "Grinder", 5.5, 2]
OUT = ["X1", "Espresso X1", 10, -1]
SAID: list[tuple[str, str, dict[str, Any], str]] = [
    ("opened", "visitor", {}, "Opened a cart"),
    ("opened", "server", {"order_id": "o-1", "cart_id": "k", "items": [X2]}, "The order o-1 left Grinder ×2: a cart of its own"),
    ("added", "visitor", {"items": [X2]}, "Put Grinder ×2 in the cart"),
    ("removed", "visitor", {"items": [OUT]}, "Took Espresso X1 out of the cart"),
    ("set", "visitor", {"items": [OUT, X2]}, "Put Grinder ×2 in, took Espresso X1 out"),
    ("set", "visitor", {"items": []}, "Left the cart as it was"),
    ("stage", "visitor", {"step": 1, "step_name": "", "stage": "checkout"}, "Opened the checkout"),
    ("checkout", "visitor", {"step": 2, "step_name": "address", "stage": "checkout"}, "Went on in the checkout, reached address"),
    ("returned", "visitor", {}, "Came back to it"),
    ("logged_in", "customer", {"customer_id": "c-1"}, "Logged in: the cart is now that of c-1"),
    ("merged", "customer", {"customer_id": "c-1", "cart_id": "k"}, "Logged in as c-1: united with the cart they had already"),
    ("response", "visitor", {"response_code": "A"}, "Came back by a message, with the code A"),
    ("link", "visitor", {}, "Came back by the link in a message"),
    ("ordered", "visitor", {"order_id": "o-1"}, "Ordered other things, with the order o-1"),
    ("partly_bought", "server", {"order_id": "o-1", "items": [X1]}, "Bought Espresso X1 with the order o-1, left the rest"),
    ("bought", "visitor", {"order_id": "o-1", "items": [X1]}, "Bought everything, with the order o-1"),
    ("emptied", "visitor", {}, "Nothing was left in it"),
    ("order_updated", "server", {"order_id": "o-1", "value": 12}, "The order o-1 was changed to 12.00\u00a0€"),
    ("order_updated", "server", {"order_id": "o-1"}, "The order o-1 was changed"),
    ("order_cancelled", "server", {"order_id": "o-1"}, "The order o-1 was cancelled"),
    ("order_refunded", "server", {"order_id": "o-1", "value": 2}, "The order o-1 was refunded: 2.00\u00a0€"),
    ("lost", "clock", {}, "Counted as lost"),
    ("left_out", "clock", {"count": 1200}, "1,200 more changes, which are not kept one by one"),
]


@pytest.mark.parametrize(("what", "who", "details", "said"), SAID, ids=lambda value: value if isinstance(value, str) else "")
def test_every_kind_of_change_has_words_of_its_own(what: str, who: str, details: dict[str, Any], said: str) -> None:
    (entry,) = read(json.dumps([[ago(5), what, who, "", "e", details]]))
    assert line(entry, Facts("EUR", 3600, 30 * 86_400)).text == said


def test_what_two_carts_were_told_before_they_became_one_is_said_once() -> None:
    entry = [ago(5), "ordered", "visitor", "v-1", "e1", {"order_id": "o-1"}]
    assert len(story(read(json.dumps([entry, entry])), Facts("EUR", 3600, 30 * 86_400))) == 1
