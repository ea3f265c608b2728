"""Where a visit begins and ends, how long it was, and who does not count as a visitor."""

from __future__ import annotations

from tests.journeys.street import PHONE, Street

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def test_a_visit_goes_on_over_the_hour_the_night_and_the_month(street: Street) -> None:
    """No. 17: umami #2228: a page in a new hour was a bounce; #4108: every month everybody was new. Matomo splits at midnight."""
    ann = street.visitor().wait(hours=11, minutes=50).view("/")  # 23:50 UTC
    ann.wait(minutes=8).view("/b").wait(minutes=8).view("/c")
    bob = street.visitor().wait(days=10, hours=23, minutes=44).view("/").wait(minutes=20).view("/b")  # 31 March, 23:50, to 1 April
    bob.wait(days=29).view("/")
    street.tick()
    assert [(session["page_views"], session["duration_s"]) for session in ann.sessions()] == [(3, 960.0)]
    assert [(session["page_views"], session["started_at"][:10]) for session in bob.sessions()] == [(2, "2026-03-31"), (1, "2026-04-30")]
    visitor = street.api.get(f"/v1/visitors/{bob.id}")
    assert (visitor["sessions_count"], visitor["first_seen"][:10]) == (2, "2026-03-31")


def test_six_minutes_of_reading_one_page_are_six_minutes(street: Street) -> None:
    """No. 17: umami #3001: six minutes of reading were a visit of 0 s. No. 19: umami #3795: visits of 0 s by the thousand."""
    ann = street.visitor().view("/story").wait(minutes=3).read(180).wait(minutes=3).read(350)
    street.tick()
    session = ann.session()
    assert (session["page_views"], session["duration_s"], session["engaged_s"]) == (1, 360.0, 350.0)


def test_what_is_merely_observed_is_no_engagement_and_no_visit(street: Street) -> None:
    """No. 28: plausible/community-edition #268: an event nobody made turned a bounce rate of 70 % into 10 %."""
    ann = street.visitor().view("/").wait(seconds=8).see("promotion", "summer", seen_ms=7000).see("product", "X1", seen_ms=5000)
    ann.wait(minutes=10).say("consent", state="granted")
    ann.wait(hours=2).see("promotion", "summer", seen_ms=7000).say("consent", state="granted", purposes=["marketing"])
    street.server({"order_id": "o-1", "at": street.iso(hours=1), "visitor_id": ann.id, "value": 5, "currency": "EUR"})
    street.tick()
    session = ann.session()
    assert (session["page_views"], session["engaged_s"], session["duration_s"]) == (1, 0.0, 8.0)
    assert (session["content"][0]["id"], session["content"][0]["seen_ms"]) == ("summer", 7000)
    assert session["products_viewed"][0]["views"] == 0


def test_two_tabs_are_one_visit(street: Street) -> None:
    """Elsewhere tabs that raced began several sessions (snowplow #1381), and ids made by the browser disagreed (#451)."""
    one = street.visitor("ann").view("/a")
    two = street.visitor("ann").view("/b")
    for path in ("/c", "/d", "/e"):
        one.wait(minutes=20).view(path)
        two.read(10)
    two.wait(minutes=20).view("/f")
    street.tick()
    assert (one.session()["page_views"], one.session()["duration_s"], one.session()["engaged_s"]) == (6, 4800.0, 10.0)


def test_a_visit_over_the_change_of_the_clocks_is_as_long_as_it_was(street: Street) -> None:
    """No. 16: PostHog #4860, umami #3810, matomo #22720: local times in the data; five hours off, and the hour of the change lost."""
    ann = street.visitor(skew_ms=5 * 3_600_000).wait(days=8, hours=12, minutes=55).view("/").wait(minutes=10).view("/b")  # 29 March, 00:55 UTC
    street.tick()
    session = ann.session()
    assert (session["started_at"], session["ended_at"]) == ("2026-03-29T00:55:00.000Z", "2026-03-29T01:05:00.000Z")
    assert session["duration_s"] == 600.0
    events = street.api.get(f"/v1/sessions/{session['session_id']}/events")["data"]
    assert [told["at"] for told in events] == ["2026-03-29T00:55:00.000Z", "2026-03-29T01:05:00.000Z"]


def test_a_payment_provider_never_takes_the_sale_from_the_mail_that_brought_the_visitor(street: Street) -> None:
    """Elsewhere returning from the provider splits the visit, and the sale is put down to it."""
    ann = street.visitor().view("/?utm_source=brevo&utm_medium=email&utm_campaign=Spring").add("X1").wait(minutes=5).view("/checkout").checkout()
    ann.wait(minutes=50).view("/thanks?fbclid=1", "https://pay.klarna.com/eu/").order("o-1").wait(minutes=1)
    ann.view("/account", "https://accounts.google.com/")
    street.tick()
    session = ann.session()
    assert [purchase["order_id"] for purchase in session["purchases"]] == ["o-1"]
    assert (session["source"]["channel"], session["source"]["campaign"], session["source"]["medium"]) == ("email", "Spring", "email")


def test_machines_are_set_apart_with_a_reason_and_people_are_not(street: Street) -> None:
    """No. 19: rybbit PR #1109: 87.98 % of the requests were bots; #989: the user agent was not shown."""
    bot = street.visitor(ua=GOOGLEBOT).view("/").add("X1")
    person = street.visitor(ua=PHONE).view("/").add("X1")
    street.tick(hours=2)
    assert (bot.session()["quarantine"], person.session()["quarantine"]) == ({"reason": "user_agent", "bot_class": "search-engine"}, None)
    quality = street.api.get("/v1/quality", **{"from": street.iso(), "to": street.iso(days=1)})
    assert (quality["sessions"], quality["quarantined"]) == (2, [{"reason": "user_agent", "count": 1}])
    (first, *_) = street.api.get(f"/v1/sessions/{bot.session()['session_id']}/events")["data"]
    assert (first["type"], first["user_agent"]) == ("page_view", GOOGLEBOT)
    assert {cart["owner"]["visitor_ids"][0]: "quarantined" in cart["suppressed"] for cart in street.carts()} == {bot.id: True, person.id: False}


def test_a_hundred_contents_of_a_page_are_one_page_view_and_no_search(street: Street) -> None:
    """No. 20: matomo #7670, #8420: every content impression was recorded as a search of the site."""
    ann = street.visitor().view("/list").say("search", query="espresso", results=100)
    for number in range(100):
        ann.see("product", f"X{number}", seen_ms=1000)
    street.tick()
    session = ann.session()
    assert (session["page_views"], session["searches"], len(session["products_viewed"])) == (1, ["espresso"], 100)


def test_going_back_in_a_single_page_shop_leaves_the_ladder_a_ladder(street: Street) -> None:
    """No. 21: matomo #13988: after "back" there were more clicks than sightings; tag-manager #306: all and visible impressions added up to double."""
    ann = street.visitor().view("/list").wait(seconds=3)
    ann.see("product", "X1", seen_ms=1500).see("product", "X1", seen_ms=3000, touched_ms=400, touches=1, clicks=1)
    ann.again().view("/p/1").wait(seconds=5).view("/list").wait(seconds=2).see("product", "X1", seen_ms=2000, touches=1, touched_ms=300)
    street.tick()
    (product,) = ann.session()["products_viewed"]
    assert (product["seen_ms"], product["touched_ms"], product["touches"], product["clicks"]) == (5000, 700, 2, 1)
    assert ann.session()["page_views"] == 3
