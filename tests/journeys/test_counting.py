"""What counts, and how often: orders, events, carts."""

from __future__ import annotations

from tests.journeys.street import Street, contents, item


def test_an_order_counts_once_however_often_its_page_is_loaded(street: Street) -> None:
    """No. 10: woocommerce-google-analytics-integration #120, ganalytics #39: about half were sent twice; dbt-ga4 #193: reloads months later."""
    ann = street.visitor().view("/").log_in("c-1").add("X1", 40).wait(minutes=5).view("/thanks").order("o-1", item("X1", 40), value=40)
    for _ in range(3):
        ann.wait(seconds=20).view("/thanks").order("o-1", item("X1", 40), value=40)
    ann.wait(days=90).view("/thanks").order("o-1", item("X1", 40), value=40)
    street.server({"order_id": "o-1", "at": street.iso(minutes=5), "customer_id": "c-1", "value": 40, "currency": "EUR"})
    street.tick()
    assert [[purchase["order_id"] for purchase in session["purchases"]] for session in ann.sessions()] == [["o-1"], []]
    customer = street.customer("c-1")
    assert (customer["orders_count"], customer["revenue"]) == (1, [{"currency": "EUR", "value": 40}])


def test_an_order_id_is_left_as_it_is_so_that_it_counts_once(street: Street) -> None:
    """No. 9: matomo #15266, #14130: order ids were made anonymous, and with them went the way to know an order again."""
    for order_id in ("4155550132", "ann@shop.example", "4111111111111111", "DE89370400440532013000"):
        street.visitor().view("/").log_in("c-1").order(order_id, value=10).wait(minutes=1).view("/thanks").order(order_id, value=10)
    street.tick()
    assert [purchase["order_id"] for session in street.sessions() for purchase in session["purchases"]] == [
        "4155550132", "ann@shop.example", "4111111111111111", "DE89370400440532013000",
    ]  # fmt: skip
    assert street.customer("c-1")["orders_count"] == 4


def test_orders_and_events_without_an_id_of_their_own_are_refused_and_do_not_become_one(street: Street) -> None:
    """No. 9 again: where everything has the same id, everything but the first is lost in silence."""
    ann = street.visitor().view("/").order("undefined").order("null").order("o-1")
    ann.say("custom", name="x", id="undefined").say("custom", name="y", id="null")
    street.tick()
    assert ann.refused == ["order_id_invalid", "order_id_invalid", "id_invalid", "id_invalid"]
    assert [purchase["order_id"] for purchase in ann.session()["purchases"]] == ["o-1"]


def test_an_order_whose_buyer_never_came_back_from_paying_is_counted_and_a_failed_one_is_not(street: Street) -> None:
    """No. 11: woocommerce-google-analytics-integration #158: failed attempts were recorded, real orders missed where the gateway did not return."""
    ann = street.visitor().view("/").log_in("c-1").add("X1", 40).wait(minutes=5).view("/checkout").checkout()
    placed = {"at": street.iso(minutes=6), "customer_id": "c-1", "visitor_id": ann.id, "value": 40, "currency": "EUR", "items": [item("X1", 40)]}
    street.server(
        placed | {"order_id": "o-1"},
        placed | {"order_id": "o-2", "at": street.iso(minutes=5)},
        {"order_id": "o-2", "status": "cancelled", "at": street.iso(minutes=6), "customer_id": "c-1"},
    )
    ann.wait(minutes=10).view("/account")
    street.tick()
    customer = street.customer("c-1")
    assert (customer["revenue"], customer["abandoned_cart"]) == ([{"currency": "EUR", "value": 40}], None)
    assert "o-1" in [purchase["order_id"] for purchase in ann.session()["purchases"]]
    assert street.cart()["state"] == "bought"


def test_an_event_sent_again_counts_once_at_once(street: Street) -> None:
    """No. 14: PostHog #17211: no idempotency key for servers, duplicates go at some later merge, and only where their times agree."""
    ann = street.visitor().view("/").add("X1").again()
    street.tick()
    ann.wait(minutes=7).again().view("/b")
    order = {"order_id": "o-1", "at": street.iso(minutes=1), "visitor_id": ann.id, "value": 9, "currency": "EUR"}
    street.server(order, order)
    street.server(order)
    street.tick()
    session = ann.session()
    assert (session["page_views"], session["cart"]["added"], len(session["purchases"])) == (2, 1, 1)
    events = street.api.get(f"/v1/sessions/{session['session_id']}/events")["data"]
    assert [told["type"] for told in events].count("cart_add") == 1


def test_a_cart_bought_days_later_is_abandoned_no_more(street: Street) -> None:
    """No. 1: matomo #6974, open since 2015: carts bought days later stay abandoned, and count once per visit."""
    ann = street.visitor().view("/").add("X1", 40).wait(days=1).view("/cart").wait(days=2).view("/cart")
    street.tick()
    assert [cart["state"] for cart in street.carts()] == ["abandoned"]
    ann.wait(minutes=2).view("/thanks").order("o-1", item("X1", 40), value=40)
    street.tick(days=3)
    cart = street.cart()
    assert (cart["state"], cart["recovered"]["order_id"], len(cart["abandonments"])) == ("recovered", "o-1", 1)
    assert street.carts(state="abandoned") == []


def test_seven_visits_with_one_cart_are_one_cart_and_not_abandoned_while_its_owner_shops(street: Street) -> None:
    """No. 2: matomo #11562: seven abandoned carts for one person, and the flag while the visitor is still on the page. No. 12: Tyche #666."""
    ann = street.visitor().view("/").add("X0")
    for day in range(1, 7):
        ann.wait(days=1).view("/").add(f"X{day}")
    street.tick(minutes=40)
    assert [cart["state"] for cart in street.carts()] == ["open"]
    street.tick(hours=1)
    cart = street.cart(state="abandoned")
    assert (cart["items_count"], len(cart["abandonments"]), len(cart["session_ids"])) == (7, 7, 7)


def test_a_cart_that_was_emptied_is_not_abandoned(street: Street) -> None:
    """No. 3: matomo #20315: an emptied cart counts as abandoned; matomo-sdk-android #401: every change must send the whole cart again."""
    street.visitor("ann").view("/").add("X1").add("X2").wait(minutes=1).remove("X1").remove("X2")
    street.visitor("bob").view("/").add("X1").say("cart_set", items=[])
    street.visitor("cid").view("/").add("X1").add("X2").remove("X1")
    street.tick(hours=3)
    found = {cart["owner"]["visitor_ids"][0]: (cart["state"], contents(cart)) for cart in street.carts()}
    assert found == {"ann": ("emptied", {}), "bob": ("emptied", {}), "cid": ("abandoned", {"X2": 1})}


def test_the_campaign_of_an_abandoned_cart_is_told_with_it(street: Street) -> None:
    """No. 5: matomo #17284: abandoned carts by campaign."""
    street.visitor().view("/?utm_medium=email&utm_campaign=spring").add("X1").wait(minutes=2).view("/checkout").checkout()
    street.tick(hours=3)
    cart = street.cart(state="abandoned", stage="checkout")
    assert (cart["source"]["channel"], cart["source"]["campaign"]) == ("email", "spring")


def test_a_recovered_cart_is_recovered_once_and_does_not_come_back(street: Street) -> None:
    """No. 12: Tyche #87, #264, #402, #441: several recovered rows; #592, #174: the cart is made again right after."""
    ann = street.visitor().view("/").add("X1", 40)
    street.tick(hours=2)
    ann.view("/thanks").order("o-1", item("X1", 40), value=40).again().wait(seconds=5).say("cart_set", items=[]).say("cart_set", items=[])
    ann.wait(minutes=1).view("/thanks").order("o-1", item("X1", 40), value=40)
    street.tick(days=1)
    assert [(cart["state"], cart["recovered"]["order_id"]) for cart in street.carts()] == [("recovered", "o-1")]
    ann.say("cart_set", items=[item("X1", 40)])  # a page that had not heard of the order
    street.tick(hours=2)
    assert [(cart["state"], "bought_same_item_30d" in cart["suppressed"]) for cart in street.carts()] == [("recovered", True), ("abandoned", True)]


def test_a_plain_order_is_not_announced_as_recovered(street: Street) -> None:
    """No. 12: Tyche #5: a normal order was announced as recovered."""
    ann = street.visitor().view("/").add("X1", 40).wait(minutes=55).view("/thanks").order("o-1", item("X1", 40), value=40)
    street.tick(days=1)
    assert [(cart["state"], cart["recovered"], cart["abandonments"]) for cart in street.carts()] == [("bought", None, [])]
    assert ann.sessions()[-1]["purchases"][0]["order_id"] == "o-1"
