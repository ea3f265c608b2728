"""Who it was: log-ins, devices, shared computers, ids that are none."""

from __future__ import annotations

from tests.journeys.street import PHONE, Street, contents


def test_logging_in_neither_splits_the_visit_nor_makes_another_visitor(street: Street) -> None:
    """No. 6: matomo #19927, #16949, #15485, #11112: a log-in made a new visit and a new visitor."""
    ann = street.visitor("ann").view("/").wait(minutes=3).view("/p/1").wait(minutes=1).log_in("c-1").wait(minutes=4).view("/account")
    street.tick()
    session = ann.session()
    assert (session["page_views"], session["duration_s"]) == (3, 480.0)
    assert (session["entry_url"], session["exit_url"]) == ("https://shop.example/", "https://shop.example/account")
    assert (session["visitor"]["visitor_id"], session["visitor"]["status"], session["visitor"]["customer_id"]) == ("ann", "registered", "c-1")


def test_what_somebody_did_before_the_log_in_is_theirs_too(street: Street) -> None:
    """No. 6: matomo #14709: earlier actions were not claimed."""
    ann = street.visitor().view("/").wait(days=2).view("/p/1")
    street.tick()
    assert [session["visitor"]["status"] for session in ann.sessions()] == ["anonymous", "anonymous"]
    ann.wait(days=1).view("/").log_in("c-1")
    street.tick()
    assert [(session["visitor"]["customer_id"], session["version"]) for session in ann.sessions()] == [("c-1", 2), ("c-1", 2), ("c-1", 1)]
    (claim,) = street.api.get(f"/v1/visitors/{ann.id}")["claims"]
    assert (claim["customer_id"], claim["because"]) == ("c-1", f"identified at {street.iso(days=3)} by login")


def test_a_customer_s_profile_joins_the_devices(street: Street) -> None:
    """No. 6: matomo #11112: the profile did not join the devices of a person."""
    laptop = street.visitor("laptop").view("/").log_in("c-1").add("X1")
    phone = street.visitor("phone", ua=PHONE).wait(hours=1).view("/").add("X2").log_in("c-1")
    street.tick()
    customer = street.customer("c-1")
    assert ({visitor["visitor_id"] for visitor in customer["visitors"]}, customer["sessions_count"]) == ({"laptop", "phone"}, 2)
    assert [who.session()["device"]["type"] for who in (laptop, phone)] == ["desktop", "mobile"]
    assert contents(street.cart()) == {"X1": 1, "X2": 1}


def test_two_devices_at_the_same_time_are_two_visits_of_one_customer(street: Street) -> None:
    """No. 8: matomo #9834: with a user id two devices collapsed into one visit and the second was lost."""
    laptop = street.visitor("laptop").view("/a").log_in("c-1")
    phone = street.visitor("phone", ua=PHONE).wait(minutes=1).view("/b").log_in("c-1")
    laptop.wait(minutes=1).view("/c")
    street.tick()
    assert [(s["visitor"]["visitor_id"], s["device"]["type"], s["page_views"]) for s in street.sessions(customer_id="c-1")] == [
        ("laptop", "desktop", 2),
        ("phone", "mobile", 1),
    ]
    assert phone.session()["entry_url"] == "https://shop.example/b"


def test_logging_in_at_the_checkout_is_one_sale_and_no_abandoned_cart(street: Street) -> None:
    """No. 7: fnogatz/magento2-matomo #67: a log-in in the checkout was one abandoned cart and one sale."""
    ann = street.visitor().view("/").add("X1").wait(minutes=2).view("/checkout").checkout().wait(minutes=1).log_in("c-1")
    ann.wait(minutes=2).view("/thanks").order("o-1")
    street.tick(days=1)
    assert [(cart["state"], cart["abandoned_at"]) for cart in street.carts()] == [("bought", None)]
    assert [purchase["order_id"] for purchase in ann.session()["purchases"]] == ["o-1"]
    assert street.customer("c-1")["orders_count"] == 1


def test_on_a_shared_computer_the_next_person_is_not_the_last_one(street: Street) -> None:
    """No. 15: PostHog #381, #5527: two people at one computer became one."""
    desk = street.visitor("desk").view("/").log_in("ann").add("X1").wait(minutes=5).log_out()
    desk.wait(minutes=40).view("/").add("X2").wait(minutes=5).log_in("bob").wait(minutes=1).log_out()
    desk.wait(minutes=40).view("/")
    street.tick()
    assert [session["visitor"]["customer_id"] for session in desk.sessions()] == ["ann", "bob", None]
    assert {cart["owner"]["customer_id"]: contents(cart) for cart in street.carts()} == {"ann": {"X1": 1}, "bob": {"X2": 1}}


NO_IDS = ["", " ", "null", "undefined", "None", "NaN", "0", 0, "[object Object]", "anonymous", "Guest", "true", "00000000-0000-0000"]


def test_an_id_that_is_none_identifies_nobody_and_says_so(street: Street) -> None:
    """No. 15: PostHog #12008: identify(null) and an undefined id merged thousands of people."""
    people = [street.visitor().view("/").log_in(customer_id) for customer_id in NO_IDS]
    street.tick()
    assert [who.refused for who in people] == [["customer_id_invalid"]] * len(NO_IDS)
    assert {session["visitor"]["status"] for session in street.sessions(limit=100)} == {"anonymous"}


def test_identifying_somebody_by_the_visitor_s_own_id_does_not_block_who_it_really_is(street: Street) -> None:
    """No. 15: posthog-android #748: identify with the anonymous id silently blocked all later merges, four weeks were lost."""
    ann = street.visitor("0192a7c4-ann").view("/").log_in("0192a7c4-ann").wait(days=1).view("/p").log_in("c-1")
    street.tick()
    assert ann.refused == ["customer_id_invalid"]
    assert [session["visitor"]["customer_id"] for session in ann.sessions()] == ["c-1", "c-1"]


def test_a_person_stays_one_visitor_whatever_network_and_browser_version_they_come_with(street: Street) -> None:
    """No. 18: rybbit #1082: one person became seven users in seven minutes, as ids were made of address and browser."""
    ann = street.visitor()
    for minute in range(7):
        ann.ip, ann.ua = f"198.51.{minute}.0", PHONE.replace("19.0", f"19.{minute}")
        ann.view(f"/{minute}").wait(minutes=1)
    street.tick()
    assert ann.session()["page_views"] == 7
    assert len(street.sessions()) == 1


def test_an_id_that_swallows_many_people_is_reported(street: Street) -> None:
    """No. 15: PostHog #12008: nobody noticed for weeks that thousands of people had become one."""
    for number in range(51):
        street.visitor().view("/").log_in("till")
        if number < 50:
            street.visitor().view("/").log_in("family")
    street.tick(days=1)
    asked = {"from": street.iso(), "to": street.iso(days=1)}
    assert street.api.get("/v1/quality", **asked)["suspicious"] == [{"customer_id": "till", "visitors": 51}]
    assert street.api.get("/v1/quality", **{"from": street.iso(days=31), "to": street.iso(days=32)})["suspicious"] == []


def test_a_claim_says_because_of_what(street: Street) -> None:
    """No. 6 the other way: a merge that cannot be explained is as bad as none."""
    street.visitor("laptop").view("/").wait(minutes=1).log_in("c-1", "checkout")
    street.visitor("phone").view("/").wait(minutes=1).log_in("c-1", "link")
    street.tick()
    told = {visitor["visitor_id"]: [claim["because"] for claim in visitor["claims"]] for visitor in street.customer("c-1")["visitors"]}
    assert told == {
        "laptop": [f"identified at {street.iso(minutes=1)} by checkout"],
        "phone": [f"identified at {street.iso(minutes=2)} by link"],
    }
