"""What each page tells: its answer first, then rows that say why they are there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import fields, is_dataclass, replace

import pytest
from jinja2 import meta
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from profiles import pages
from profiles.app import create_app
from profiles.views import (
    campaign,
    campaigns,
    cart,
    carts,
    customer,
    customers,
    door,
    inspect,
    install,
    live,
    quality,
    rule_met,
    session,
    sessions,
    webhook,
    webhooks,
)
from profiles.views import lists as list_pages
from profiles.views import rules as rule_pages
from profiles.views.guard import CSP, Call
from profiles.views.guard import page as page_of
from profiles.views.render import HERE, STATIC, Frame, Notice, templates
from tests.profiles_ui.conftest import BASE, SAME, Ask, Browser, House
from tests.profiles_ui.markup import Markup, words
from tests.profiles_ui.world import DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, World
from tracker.tag_files import tag_routes

X1 = {"id": "X1", "name": "Espresso X1", "price": 199.9}
GRINDER = {"id": "G2", "name": "Grinder 2", "price": 149}


# --- every page ----------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_same_strict_headers(house: House, world: World) -> None:
    admin, stranger = house.by_link(), house.browser()
    session_id, cart_id = world.session(), world.cart(items=[X1])
    world.customer("c-1")
    paths = ["/", "/live", "/sessions", f"/sessions/{session_id}", "/sessions/none", "/carts", f"/carts/{cart_id}", "/carts.csv", "/campaigns",
             "/customers", "/customers/c-1", "/visitors/v-1",
             "/quality", "/install", "/install/heard", "/login", "/static/style.css", "/static/vendor/htmx-2.0.11.min.js"]  # fmt: skip
    for browser in (admin, stranger):
        for path in paths:
            headers = browser.get(path).headers
            assert headers["content-security-policy"] == CSP, path
            assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin"), path


def test_the_policy_is_the_one_of_the_checklist() -> None:
    assert CSP == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


CONTEXTS = {
    "live.html": live.LiveContext, "_live.html": live.LiveContext, "sessions.html": sessions.SessionsContext, "session.html": session.SessionContext,
    "carts.html": carts.CartsContext, "cart.html": cart.CartContext, "customer.html": customer.CustomerContext,
    "customers.html": customers.CustomersContext,
    "visitor.html": customer.VisitorContext, "install.html": install.InstallContext, "_heard.html": install.HeardContext,
    "_coverage.html": install.InstallContext, "inspect.html": inspect.InspectContext, "_inspect.html": inspect.InspectContext,
    "login.html": door.LoginContext, "quality.html": quality.QualityContext, "notice.html": Notice,
    "campaigns.html": campaigns.CampaignsContext, "campaign.html": campaign.CampaignContext,
    "webhooks.html": webhooks.WebhooksContext, "webhook.html": webhook.WebhookContext,
    "lists.html": list_pages.ListsContext, "list.html": list_pages.ListContext, "_list_count.html": list_pages.CountContext,
    "list_members.html": list_pages.MembersContext,
    "rules.html": rule_pages.RulesContext, "rule.html": rule_pages.RuleContext, "_conditions.html": rule_pages.RuleContext,
    "rule_met.html": rule_met.RuleMetContext,
}  # fmt: skip
SHARED = {"m", "frame", "nav", "caption", "of_one", "with_state", "fields", "cells_table"}


@pytest.mark.parametrize("name", CONTEXTS)
def test_a_template_uses_what_its_context_gives_and_nothing_else(name: str) -> None:
    used = meta.find_undeclared_variables(templates().env.parse((HERE / "templates" / name).read_text()))
    assert used - SHARED <= {field.name for field in fields(CONTEXTS[name])}


@pytest.mark.parametrize("context", [*dict.fromkeys(CONTEXTS.values()), Frame])
def test_every_field_of_a_context_says_what_it_is_for(context: type) -> None:
    assert is_dataclass(context)
    assert [field.name for field in fields(context) if not field.metadata.get("help")] == []


def test_no_template_switches_escaping_off() -> None:
    for file in (HERE / "templates").iterdir():
        assert not re.search(r"\|\s*safe|autoescape", file.read_text()), file.name


def test_the_vendored_script_comes_with_its_licence() -> None:
    assert "Zero-Clause BSD" in (STATIC / "vendor" / "htmx-LICENSE.txt").read_text()


def test_every_field_of_a_form_has_a_label(page: Ask, world: World) -> None:
    for path in ("/", "/sessions", "/carts", f"/sessions/{world.session()}"):
        shown = Markup(page(path))
        labelled = {attributes["for"] for tag, attributes in shown.tags if tag == "label" and "for" in attributes}
        wrapped = [tag for tag, attributes in shown.tags if tag == "label" and "for" not in attributes]
        boxes = [attributes for tag, attributes in shown.tags if tag in ("select", "input") and attributes.get("type") != "hidden"]
        assert len([box for box in boxes if box.get("id") not in labelled]) == len(wrapped), path


# --- live ----------------------------------------------------------------------------------------------------------


def test_the_live_page_begins_with_who_is_here(page: Ask, world: World) -> None:
    world.session(ago=5 * MINUTE_MS, lasted=4 * MINUTE_MS, checkout_stage="checkout")
    world.session(ago=8 * MINUTE_MS, lasted=4 * MINUTE_MS, visitor_id="v-2")
    world.session(ago=3 * HOUR_MS, visitor_id="v-3")
    assert "Two people are in the shop, one in the checkout" in words(page("/"))


def test_robots_are_not_counted_among_the_people(page: Ask, world: World) -> None:
    world.session(ago=MINUTE_MS, lasted=0, quarantine_reason="user_agent")
    assert "Nobody is in the shop right now" in words(page("/"))


def test_the_tiles_count_the_carts_of_today_in_the_time_zone_of_the_site(page: Ask, world: World) -> None:
    world.cart(ago=2 * HOUR_MS, items=[X1])  # abandoned at 01:00 UTC, 02:00 in Berlin: today
    world.cart(ago=5 * HOUR_MS, items=[GRINDER])  # abandoned at 22:00 UTC, 23:00 in Berlin: yesterday
    world.cart(state="open", ago=10 * MINUTE_MS, items=[GRINDER], stage="checkout")
    recovered = {"at": "2026-11-22T02:00:00.000Z", "order_id": "1", "how": "organic", "value": 80}
    world.cart(state="recovered", ago=2 * HOUR_MS, doc={"recovered": recovered})
    shown = words(page("/"))
    assert "Open carts 1 149.00 € · 1 in checkout" in shown
    assert "Abandoned today 1 199.90 €" in shown
    assert "Recovered today 1 80.00 €" in shown
    assert "1 cart was abandoned today, worth 199.90 €; 1 came back." in shown


def test_the_live_part_is_sent_only_when_it_changed(admin: Browser, world: World) -> None:
    stamp = re.search(r"stamp=(\w+)", admin.get("/").text)
    assert stamp
    assert admin.get(f"/live?stamp={stamp[1]}").status_code == 204
    world.session(ago=MINUTE_MS)
    assert "One person is in the shop" in admin.get(f"/live?stamp={stamp[1]}").text


# --- sessions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "abc"), ("purpose=purchase", "b"), ("status=open", "a"), ("status=closed", "bc"), ("status=quarantined", "d"), ("pages=5", "c"),
        ("who=C-1", "b"), ("who=v-c", "c"), ("bought=1", "b"), ("from=2026-11-21&to=2026-11-21", "c"), ("from=2026-11-01", "abce"),
        ("purpose=nonsense&status=nonsense&pages=x&from=x&to=9999-99-99&cursor=nonsense", "abc"),
    ],
)  # fmt: skip
def test_the_filter_of_sessions(page: Ask, world: World, query: str, names: str) -> None:
    order = {"order_id": "1", "at": NOW_MS / 1000, "value": 5, "currency": "EUR", "status": "placed", "items": []}
    world.session(session_id="s-a", visitor_id="v-a", ago=10 * MINUTE_MS)
    world.session(session_id="s-b", visitor_id="v-b", ago=2 * HOUR_MS, purpose="purchase", customer_id="C-1", purchases=[order])
    world.session(session_id="s-c", visitor_id="v-c", ago=5 * HOUR_MS, page_views=9)  # 22:00 in Berlin, the day before
    world.session(session_id="s-d", visitor_id="v-d", quarantine_reason="rate")
    world.session(session_id="s-e", visitor_id="v-e", ago=10 * DAY_MS)
    assert "".join(sorted(set(re.findall(r'href="/sessions/s-(\w)"', page(f"/sessions?{query}"))))) == names


def test_sessions_are_paged_without_a_gap_or_a_repetition(page: Ask, world: World) -> None:
    with world.at_once():
        made = {world.session(ago=HOUR_MS + (number // 3) * 1000) for number in range(120)}
    found: list[str] = []
    path = "/sessions"
    while path:
        source = page(path)
        found += re.findall(r'id="s-(s-\w+)"', source)
        following = [link["href"] for link in Markup(source).hrefs() if link.get("rel") == "next"]
        path = following[0] if following else ""
    assert len(found) == 120
    assert set(found) == made


def test_every_session_says_why_it_counts_as_what_it_does(page: Ask, world: World) -> None:
    world.session(purpose="purchase", score_purchase=0.87, checkout_stage="payment", cart_added=2)
    assert "purchase 0.87 · reached payment, 2 put in the cart" in words(page("/sessions"))


# --- one session ---------------------------------------------------------------------------------------------------


def test_a_session_reads_as_a_story(page: Ask, world: World) -> None:
    session_id = world.session(ago=HOUR_MS, lasted=11 * MINUTE_MS, purpose="purchase", score_purchase=0.8, score_browsing=0.15,
                               channel="email", campaign="Autumn", device_type="mobile", browser="Safari", os="iOS")  # fmt: skip
    world.event("page_view", ago=HOUR_MS, page_id="p", title="Autumn offers", url="https://shop.example/autumn")
    world.event("content", ago=HOUR_MS - 9000, page_id="p", kind="promotion", content_id="a", name="Autumn −15 %", seen_ms=3000, touches=1, clicks=1)
    world.event("cart_add", ago=HOUR_MS - 60_000, items=[{"id": "X1", "name": "Espresso X1", "price": 199.9}])
    shown = words(page(f"/sessions/{session_id}"))
    assert "A visit of eleven minutes, meant to buy" in shown
    assert "from the newsletter “Autumn” · phone, Safari on iOS" in shown
    told = ["Came in on the page Autumn offers", "Saw the promotion Autumn −15 % for 3 s, touched it, clicked", "Put Espresso X1 in the cart"]
    assert [shown.index(line) for line in told] == sorted(shown.index(line) for line in told)


def test_an_event_that_arrived_twice_is_told_once(page: Ask, world: World) -> None:
    session_id = world.session()
    for _ in range(3):
        world.event("search", event_id="e-same", query="grinder")
    assert words(page(f"/sessions/{session_id}")).count("Searched for “grinder”") == 1


def test_the_end_of_a_session_says_what_became_of_the_cart(page: Ask, world: World) -> None:
    cart_id = world.cart(ago=HOUR_MS + 30 * MINUTE_MS, items=[X1])
    session_id = world.session(ago=2 * HOUR_MS, lasted=30 * MINUTE_MS, cart_id=cart_id, cart_items=[X1 | {"quantity": 1}])
    assert "Left. At 02:30 the cart counted as abandoned" in words(page(f"/sessions/{session_id}"))


def test_an_order_told_by_the_server_is_in_the_story(page: Ask, world: World) -> None:
    order = {"order_id": "1001", "at": (NOW_MS - HOUR_MS) / 1000, "value": 50, "currency": "EUR", "status": "placed", "items": [X1 | {"quantity": 1}]}
    session_id = world.session(purchases=[order])
    assert "Ordered Espresso X1 for 50.00 €" in words(page(f"/sessions/{session_id}"))


def test_the_sessions_before_and_after_are_one_click_away(page: Ask, world: World) -> None:
    before, here, after = (world.session(ago=hours * HOUR_MS) for hours in (9, 6, 3))
    links = {link["rel"]: link["href"] for link in Markup(page(f"/sessions/{here}")).hrefs() if link.get("rel") in ("prev", "next")}
    assert links == {"prev": f"/sessions/{before}", "next": f"/sessions/{after}"}


def test_one_click_takes_a_visitor_out_of_quarantine(admin: Browser, world: World) -> None:
    session_id = world.session(visitor_id="v-robot", quarantine_reason="user_agent")
    assert "This visitor is in quarantine: the browser names itself as a robot" in words(admin.get(f"/sessions/{session_id}").text)
    response = admin.post(f"/sessions/{session_id}/release", headers=SAME)
    assert response.headers["location"] == f"/sessions/{session_id}?released=1"
    (event,) = world.store.rows("SELECT type, visitor_id, source FROM events WHERE site = {site:String}", site=world.site)
    assert event == {"type": "release", "visitor_id": "v-robot", "source": "server"}


# --- people --------------------------------------------------------------------------------------------------------


def test_a_customer_shows_the_abandoned_cart_on_top(page: Ask, world: World) -> None:
    orders = [{"order_id": str(days), "at": (NOW_MS - days * DAY_MS) / 1000, "value": 50, "items": [X1]} for days in (120, 80, 40)]
    world.customer("C-20418", orders=orders, attributes='{"name":"Ann"}')
    world.session(customer_id="C-20418")
    world.cart(items=[GRINDER], customer_id="C-20418", marketing=True)
    shown = words(page("/customers/C-20418"))
    assert "C-20418: loyal since" in shown
    assert "Left in the cart: Grinder 2 , 149.00 €, abandoned 1 h ago" in shown
    assert "Spent 150.00 €" in shown


def test_a_customer_id_may_hold_anything(page: Ask, world: World) -> None:
    world.customer("a/b?c#d e")
    world.session(customer_id="a/b?c#d e")
    (link,) = {link["href"] for link in Markup(page("/sessions")).hrefs() if link["href"].startswith("/customers/")}
    assert "a/b?c#d e" in words(page(link))


def test_money_of_two_currencies_is_not_added_up(page: Ask, world: World) -> None:
    orders = [{"order_id": currency, "at": NOW_MS / 1000 - 60, "value": 50, "currency": currency} for currency in ("EUR", "USD")]
    world.customer("C-1", orders=orders)
    assert "Spent 50.00 € and 50.00 $" in words(page("/customers/C-1"))


def test_a_visitor_shows_all_sessions_of_one_browser(page: Ask, world: World) -> None:
    made = [world.session(visitor_id="v-x", ago=hours * HOUR_MS, quarantine_reason=reason) for hours, reason in ((2, ""), (9, "rate"))]
    shown = page("/visitors/v-x")
    assert "An anonymous visitor, 2 sessions" in words(shown)
    assert all(f"/sessions/{session_id}" in shown for session_id in made)


@pytest.mark.parametrize("path", ["/sessions/none", "/carts/none", "/customers/none", "/visitors/none"])
def test_what_does_not_exist_is_said_in_words(admin: Browser, path: str) -> None:
    response = admin.get(path)
    assert response.status_code == 404
    assert "Nothing is here" in words(response.text)


# --- install and emptiness -----------------------------------------------------------------------------------------


def test_install_shows_the_line_to_paste_with_the_real_key(page: Ask, house: House) -> None:
    shown = words(page("/install"))
    assert f'<script async src="http://127.0.0.1:8000/t.js" data-site="{house.site.site_key}"></script>' in shown
    assert 'integrity="sha384-' in shown
    assert "https://shop.example" in shown


def test_the_fingerprint_on_the_install_page_is_that_of_the_file_that_is_served(page: Ask) -> None:
    line = re.search(r'src="http://127.0.0.1:8000(/t/\S+)" integrity="(sha384-\S+)" crossorigin="anonymous" data-site="pk_', words(page("/install")))
    assert line
    file = Browser(Starlette(routes=tag_routes()), "http://127.0.0.1:8000").get(line[1])
    assert line[2] == "sha384-" + base64.b64encode(hashlib.sha384(file.content).digest()).decode()
    assert (file.status_code, file.headers["access-control-allow-origin"]) == (200, "*")
    assert "immutable" in file.headers["cache-control"]


def test_install_says_when_the_first_event_came(page: Ask, world: World) -> None:
    assert "We have not heard anything from your pages yet" in words(page("/install/heard"))
    world.event("page_view", ago=5 * MINUTE_MS, url="https://shop.example/")
    assert "It works. The latest event came 5 min ago" in words(page("/install/heard"))


@pytest.mark.parametrize(
    ("path", "taught"),
    [
        ("/", "Paste the tag into your pages"), ("/sessions", "A session begins when somebody opens a page that carries your tag"),
        ("/carts", 'data-track-action="cart_add"'), ("/sessions?purpose=purchase", "Choose more days or fewer conditions"),
    ],
)  # fmt: skip
def test_an_empty_page_teaches(page: Ask, path: str, taught: str) -> None:
    assert taught in words(page(path))


# --- where nothing is, and what cannot be made -----------------------------------------------------------------------


def test_an_address_where_nothing_is_gets_a_page_for_a_person_and_an_error_for_a_program(house: House) -> None:
    deps = replace(house.deps, health=dict)
    browser = Browser(create_app(deps, pages.routes()), BASE)
    person, program = {"Accept": "text/html,*/*;q=0.8"}, {"Accept": "*/*"}
    shown = browser.get("/cart", headers=person)
    assert (shown.status_code, "Nothing is here" in words(shown.text)) == (404, True)
    assert shown.headers["content-security-policy"] == CSP
    assert browser.get("/cart", headers=program).json()["error"]["code"] == "not_found"
    assert browser.get("/v1/cart", headers=person).json()["error"]["code"] == "not_found"
    assert browser.get("/v1/orders", headers=person).status_code == 405


def test_a_page_that_fails_says_so_to_the_person_and_tells_the_log_why(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def broken(call: Call) -> Response:
        raise ValueError("a column is missing")

    app = Starlette(routes=[Route("/broken", page_of(broken, public=True))])
    app.state.deps = house.deps
    shown = Browser(app, BASE).get("/broken")
    assert (shown.status_code, "This page could not be made" in words(shown.text)) == (500, True)
    assert "a column is missing" not in shown.text
    assert "a column is missing" in caplog.text
