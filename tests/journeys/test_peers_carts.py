"""Abandoned carts where each of the others miscounts them (docs/complaints.md, second table), and why a buyer still gets the mail."""

from __future__ import annotations

from tests.journeys.street import Street, contents, item


def test_matomo_flags_at_once_and_a_later_visit_never_takes_it_back(street: Street) -> None:
    """A cart update makes the visit an abandoned one while its owner still shops; an order of the next visit does not clear it."""
    ann = street.visitor().view("/").add("X1", 40)
    street.tick(minutes=45)
    assert street.cart()["state"] == "open"
    ann.view("/thanks").order("o-1", item("X1", 40), value=40)
    street.tick(hours=3)
    assert len(ann.sessions()) == 2
    assert [(cart["state"], cart["abandonments"]) for cart in street.carts()] == [("bought", [])]


def test_snowplow_counts_by_session_and_an_emptied_cart_as_left(street: Street) -> None:
    """session_cart_abandoned = fewer carts bought than made, in this session; a cart is made only where the price of the add is the whole worth."""
    street.visitor("ann").view("/").add("X1", 10, 2).wait(minutes=35).view("/").add("X2", 5)
    street.visitor("bob").view("/").add("X1").remove("X1")
    street.tick(hours=2)
    found = {cart["owner"]["visitor_ids"][0]: (cart["state"], cart["value"], len(cart["session_ids"])) for cart in street.carts()}
    assert found == {"ann": ("abandoned", 25, 2), "bob": ("emptied", 0, 1)}


def test_cartflows_knows_only_who_typed_an_address_and_suppresses_by_it(street: Street) -> None:
    """Captured at the checkout, matched by billing e-mail: another device, or another address, and the buyer is reminded."""
    street.visitor("laptop").view("/").log_in("c-1").order("o-1", item("X1", 40), value=40)
    street.visitor("phone").wait(days=3).view("/").log_in("c-1").add("X1", 40)
    street.visitor("guest").view("/").add("X2", 30)
    street.tick(hours=2)
    found = {cart["owner"]["visitor_ids"][0]: (cart["state"], cart["suppressed"]) for cart in street.carts()}
    assert found == {"phone": ("abandoned", ["bought_same_item_30d"]), "guest": ("abandoned", [])}


def test_tyche_ignores_a_cart_for_any_order_and_recovers_only_by_its_link(street: Street) -> None:
    """Any later order by that e-mail makes the cart `ignored`; an order of the same goods without the link is no recovery."""
    ann = street.visitor("ann").view("/").add("X1", 40)
    bob = street.visitor("bob").view("/").add("X1", 40)
    street.tick(hours=2)
    ann.view("/").order("o-1", item("Z9", 5), value=5)
    bob.view("/").order("o-2", item("X1", 40), value=40)
    street.tick(minutes=30)
    found = {cart["owner"]["visitor_ids"][0]: (cart["state"], cart["recovered"] and cart["recovered"]["how"]) for cart in street.carts()}
    assert found == {"ann": ("open", None), "bob": ("recovered", "organic")}
    street.tick(hours=1)
    assert street.cart(visitor_id="ann")["state"] == "abandoned"


def test_others_count_from_the_first_touch_and_throw_away_after_ninety_days(street: Street) -> None:
    """WooWup, inperks, Smaily: 10 to 60 minutes, and after 90 days nobody knows that there was a cart."""
    street.visitor().view("/").add("X1").wait(minutes=50).add("X2").wait(minutes=50).add("X3")
    street.tick(minutes=59)
    assert street.cart()["state"] == "open"
    street.tick(days=120)
    cart = street.cart()
    assert (cart["state"], len(cart["abandonments"]), len(cart["items"])) == ("lost", 1, 3)


def test_shopify_needs_an_address_and_tells_no_moment(street: Street) -> None:
    """Abandoned = contact given, not completed; when, and how far somebody got who gave none, nobody says."""
    street.visitor().view("/").add("X1").wait(minutes=2).view("/checkout").checkout(1)
    street.tick(hours=2)
    cart = street.cart(state="abandoned", stage="checkout")
    assert cart["abandoned_at"] == street.iso(minutes=62)
    told = street.history(cart)
    assert [(line["at"], line["who"]) for line in told if line["type"] == "abandoned"] == [(street.iso(minutes=62), "clock")]


def test_wix_youcan_tiendanube_forget_what_is_older_than_a_day_or_count_by_the_hour(street: Street) -> None:
    """Recovered = more than an hour after the add, abandoned or not; only carts made in the last 24 hours; readable for 30 days."""
    street.visitor("ann").view("/").add("X1", 40).wait(minutes=40).checkout().wait(minutes=40).order("o-1", item("X1", 40), value=40)
    bob = street.visitor("bob").view("/").add("X1", 40).wait(days=20).view("/").add("X2", 10).wait(days=20)
    street.tick()
    bob.view("/").order("o-2", item("X1", 40), item("X2", 10), value=50)
    street.tick()
    found = {cart["owner"]["visitor_ids"][0]: (cart["state"], len(cart["abandonments"])) for cart in street.carts()}
    assert found == {"ann": ("bought", 0), "bob": ("recovered", 2)}


def test_klaviyo_credits_whoever_wrote_last_and_we_only_what_came_back(street: Street) -> None:
    """Revenue goes to the mail of the last five days, answered or not; here only a code, or the link of a message, says that it was one."""
    ann, bob, cid = (street.visitor(name).view("/").add("X1", 40) for name in ("ann", "bob", "cid"))
    street.tick(hours=4)
    ann.view("/?rc=spring-a").view("/cart").order("o-1", item("X1", 40), value=40)
    bob.view("/?utm_medium=email&utm_campaign=spring").view("/cart").order("o-2", item("X1", 40), value=40)
    cid.view("/cart").order("o-3", item("X1", 40), value=40)
    street.tick()
    ends = {cart["owner"]["visitor_ids"][0]: street.history(cart)[-1] for cart in street.carts(state="recovered")}
    assert {name: (end["how"], end["response_code"]) for name, end in ends.items()} == {
        "ann": ("response", "SPRING-A"), "bob": ("link", None), "cid": ("organic", None),
    }  # fmt: skip


# Why a buyer still gets the mail (Klaviyo's own forum, no. 393)


def test_the_orders_come_later_than_the_mail_would_go(street: Street) -> None:
    """Where the shop feeds its orders, the flag waits until the feed has come that far."""
    ann = street.visitor().view("/").add("X1", 40)
    street.server({"watermark": street.iso()})
    street.tick(hours=3)
    assert street.carts(state="abandoned") == []
    order = {"order_id": "o-1", "at": street.iso(minutes=20), "visitor_id": ann.id, "value": 40, "currency": "EUR", "items": [item("X1", 40)]}
    street.server(order, {"watermark": street.iso(hours=2)})
    street.tick()
    assert [cart["state"] for cart in street.carts()] == ["bought"]


def test_several_checkouts_and_one_order(street: Street) -> None:
    """Each Started Checkout is an event of its own there, and only one of them is followed by an order."""
    phone = street.visitor("phone").view("/").log_in("c-1").add("X1", 40).checkout()
    laptop = street.visitor("laptop").wait(minutes=5).view("/").log_in("c-1").checkout().wait(minutes=1).checkout(2)
    phone.wait(minutes=5).checkout()
    laptop.order("o-1", item("X1", 40), value=40)
    street.tick(hours=5)
    assert [(cart["state"], cart["abandonments"]) for cart in street.carts()] == [("bought", [])]
    assert street.customer("c-1")["abandoned_cart"] is None


def test_the_events_come_out_of_order(street: Street) -> None:
    """The order is heard of first, what was put in the cart hours later; and the other way round, when the flag stands already."""
    ann = street.visitor("ann").view("/").add("X1", 40)
    late, street.lines = street.lines, []
    ann.wait(minutes=10).order("o-1", item("X1", 40), value=40)
    bob = street.visitor("bob").view("/").add("X1", 40)
    street.tick(hours=4)
    assert [cart["state"] for cart in street.carts()] == ["abandoned"]
    at = street.iso(minutes=30)
    street.server({"order_id": "o-2", "at": at, "visitor_id": bob.id, "value": 40, "currency": "EUR", "items": [item("X1", 40)]})
    street.lines += late
    street.tick(minutes=1)
    assert [(cart["state"], cart["abandoned_at"]) for cart in street.carts()] == [("bought", None)] * 2
    assert all(line["type"] != "abandoned" for cart in street.carts() for line in street.history(cart))


def test_the_order_is_not_in_the_profile_that_has_the_cart(street: Street) -> None:
    """The cart is a browser's, the order a customer's who gave a name on the thank-you page, or only to the till."""
    street.visitor("ann").view("/").add("X1", 40).wait(minutes=5).view("/thanks").order("o-1", item("X1", 40), value=40).log_in("c-1")
    street.visitor("bob").view("/").log_in("c-2").add("X1", 40)
    order = {"order_id": "o-2", "at": street.iso(minutes=40), "customer_id": "c-2", "value": 40, "currency": "EUR", "items": [item("X1", 40)]}
    street.wait(hours=1).server(order)
    street.tick(hours=3)
    assert [cart["state"] for cart in street.carts()] == ["bought", "bought"]


def test_conditions_of_a_list_all_have_to_hold(street: Street) -> None:
    """An OR where an AND was meant."""
    street.visitor("cheap at payment").view("/").add("X1", 5).say("checkout", step=3)
    street.visitor("dear in the cart").view("/").add("X1", 90)
    street.visitor("dear at payment").view("/").add("X1", 90).say("checkout", step=3)
    street.tick(hours=3)
    found = street.carts(state="abandoned", stage="payment", min_value="50")
    assert [cart["owner"]["visitor_ids"] for cart in found] == [["dear at payment"]]


# Orders: reported, changed, cancelled, given back


def test_what_becomes_of_an_order_is_told_once_and_leaves_the_cart_bought(street: Street) -> None:
    street.visitor("ann").view("/").log_in("c-1").add("X1", 40)
    order = {"order_id": "o-1", "customer_id": "c-1", "currency": "EUR"}
    placed = order | {"at": street.iso(minutes=10), "value": 40, "items": [item("X1", 40)]}
    later = [
        order | {"status": status, "at": street.iso(minutes=minutes), "value": value}
        for status, minutes, value in (("updated", 20, 35), ("refunded", 30, 5), ("cancelled", 40, 35))
    ]
    street.wait(hours=1).server(placed, *later)
    street.server(placed, *later)
    street.tick(hours=3)
    cart = street.cart()
    assert (cart["state"], cart["abandonments"], contents(cart)) == ("bought", [], {"X1": 1})
    told = [(line["type"], line["value"]) for line in street.history(cart)]
    assert told[-3:] == [("order_updated", 35), ("order_refunded", 5), ("order_cancelled", 35)]
    assert cart["suppressed"] == []  # what was cancelled was not bought
    assert street.customer("c-1")["orders_count"] == 0


def test_the_interface_and_the_column_that_lists_go_by_hold_back_the_same_carts(street: Street) -> None:
    """Bought before: too long ago, cancelled, as a guest, by another customer, on another device, anonymously and then known."""
    bought = item("X1", 40)
    street.visitor("long ago").view("/").order("o-1", bought).log_in("c-1")
    street.wait(days=31)
    street.visitor("cancelled").view("/").log_in("c-2").order("o-2", bought)
    street.server({"order_id": "o-2", "status": "cancelled", "at": street.iso(days=31), "customer_id": "c-2"})
    street.visitor("guest").view("/").order("o-3", bought).wait(minutes=1).add("X1", 40)
    street.visitor("other").view("/").log_in("c-4").order("o-4", bought)
    street.visitor("first device").view("/").order("o-5", bought).wait(minutes=1).log_in("c-5")
    for name, customer in (("long ago", ""), ("cancelled", ""), ("second device", "c-5"), ("other guest", "")):
        passer = street.visitor(name).wait(minutes=1).view("/")
        (passer.log_in(customer) if customer else passer).add("X1", 40)
    street.tick(hours=2)
    rows = street.sessionizer.store.rows(
        "SELECT visitor_ids[1] AS who, item_bought_at >= toDateTime64({now:String}, 3, 'UTC') - INTERVAL 30 DAY AS is_held FROM carts FINAL"
        " WHERE site = {site:String} AND NOT tombstone", site=street.api.site.name, now=street.iso(days=31, hours=2)[:-1],
    )  # fmt: skip
    by_column = {row["who"] for row in rows if row["is_held"]}
    assert by_column == {cart["owner"]["visitor_ids"][0] for cart in street.carts() if "bought_same_item_30d" in cart["suppressed"]}
    assert by_column == {"guest", "second device"}
