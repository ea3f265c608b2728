"""Every tracked string is hostile: it comes out as text, wherever it is shown."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from profiles.story_history import TELLERS
from profiles.views.words import clean
from tests.profiles_ui.conftest import Ask, Browser
from tests.profiles_ui.markup import assert_harmless
from tests.profiles_ui.world import MINUTE_MS, NOW_MS, World

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</title><script>alert(1)</script>",
    "</textarea><iframe src=javascript:alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{background:url(//evil.example)}</style>",
    "<base href=//evil.example>",
    '" hx-get="/logout" hx-trigger="load',
    "\u202e<b>txt.exe</b>\u2066",
    "<meta http-equiv=refresh content=0>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
LISTS = ("/", "/live", "/sessions", "/carts?state=any", "/carts/cutoff", "/quality", "/install")
ONES = ("/sessions/{session}", "/carts/{cart}", "/customers/{customer}", "/visitors/{visitor}")


FIELDS = ("who", "purpose", "status", "from", "to", "pages", "state", "stage", "worth", "when", "contact", "cursor")


def details(payload: str) -> dict[str, Any]:
    """Of a change of a cart, every text it may carry."""
    texts = dict.fromkeys(("customer_id", "cart_id", "order_id", "response_code", "how", "step_name", "stage"), payload)
    return texts | {"step": 2, "value": 5, "count": 7, "items": [[payload, payload, 5, 1], [payload, payload, 5, -1]]}


def infest(world: World, payload: str) -> dict[str, str]:
    """The payload in every field a stranger can fill; ids of what to look at."""
    item = {"id": payload, "name": payload, "price": 5, "quantity": 1}
    place = {"visitor_id": payload, "customer_id": payload}
    product = {"id": payload, "name": payload, "category": payload, "views": 1, "seen_ms": 1, "touched_ms": 0, "touches": 0, "clicks": 0}
    owners: dict[str, Any] = {"customer_id": payload, "visitor_ids": [payload, payload + "2"]}
    history = [[NOW_MS - 9 * MINUTE_MS, what, "visitor", payload, payload, details(payload)] for what in (*TELLERS, payload)]
    cart = world.cart(items=[item], removed=[item], **owners, currency="<b>", marketing=True, stage="payment", history=history)
    session = world.session(
        **place, ago=10 * MINUTE_MS, lasted=8 * MINUTE_MS, searches=[payload], entry_url=payload, exit_url=payload, channel=payload, campaign=payload,
        utm_source=payload, medium=payload, referrer=f"javascript:{payload}", browser=payload, os=payload, device_type=payload, bot_class=payload,
        products=[product], product_views=1, cart_id=cart, cart_items=[item], cart_value=5, cart_currency="<b>", cart_added=1,
        purchases=[{"order_id": payload, "at": 1795312000, "value": 5, "currency": "<i>", "status": payload, "items": [item]}],
    )  # fmt: skip
    told = {"visitor_id": payload, "page_id": payload, "url": f"javascript:{payload}", "title": payload, "referrer": payload, "name": payload}
    kinds = ("page_view", "product_view", "search", "cart_add", "checkout", "order", "refund", "identify", "consent", "custom", "content", payload)
    for kind in kinds:
        world.event(kind, ago=9 * MINUTE_MS, **told, customer_id=payload, kind=payload, content_id=payload, query=payload, step_name=payload,
                    order_id=payload, items=[item | {"currency": "<b>"}], value=1, currency="<b>", props='{"how":"<b>"}', seen_ms=2000)  # fmt: skip
    claim = {"from_at": 1795000000, "until_at": 1796000000, "customer_id": payload, "identified_at": 1795000000, "how": payload, "event_id": payload}
    world.insert("visitors", {"site": world.site, "visitor_id": payload, "version": 1, "claims": [claim]})
    order = {"order_id": payload, "at": 1795000000, "value": 5, "status": payload, "items": [item]}
    world.customer(payload, orders=[order], lifecycle=payload, attributes='{"<b>name":"<script>1</script>"}', visitor_ids=[payload])
    world.insert("purpose_corrections", {"site": world.site, "visitor_id": payload, "session_id": session, "label": "purchase", "by": payload})
    return {"session": session, "cart": cart, "customer": quote(payload, safe=""), "visitor": quote(payload, safe="")}


def test_every_payload_is_shown_as_text_on_every_page(page: Ask, world: World) -> None:
    with world.at_once():
        infested = {payload: infest(world, payload) for payload in PAYLOADS}
    for path in LISTS:
        assert_harmless(page(path))
    for payload, ids in infested.items():
        for path in ONES:
            assert clean(payload) in assert_harmless(page(path.format(**ids))).words, (path, payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_the_address_is_shown_as_text(admin: Browser, payload: str) -> None:
    for path in ("/sessions", "/carts", "/login", "/nowhere"):
        response = admin.get(path, params=dict.fromkeys(FIELDS, payload))
        assert response.status_code in (200, 303, 404), path
        if response.status_code == 200:
            assert_harmless(response.text)


def test_a_script_address_is_text_and_no_link(page: Ask, world: World) -> None:
    session = world.session(referrer="javascript:alert(document.cookie)")
    shown = assert_harmless(page(f"/sessions/{session}"))
    assert "javascript:alert(document.cookie)" in shown.words
    assert not [link for link in shown.hrefs() if "javascript" in link["href"]]


def test_a_web_address_leads_there_and_tells_nothing_of_us(page: Ask, world: World) -> None:
    session = world.session(referrer="https://blog.example/coffee")
    (link,) = [link for link in assert_harmless(page(f"/sessions/{session}")).hrefs() if link["href"].startswith("https:")]
    assert link["rel"] == "noopener noreferrer nofollow"


def test_direction_characters_do_not_turn_the_page_around(page: Ask, world: World) -> None:
    world.session(ago=MINUTE_MS, campaign="\u202eevil\u2066", channel="campaign")
    assert not {"\u202e", "\u2066"} & set(page("/"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1"])
def test_no_cell_of_the_csv_is_a_formula(admin: Browser, world: World, text: str) -> None:
    world.cart(items=[{"id": text, "name": text, "price": 5, "quantity": 2}], customer_id=text, currency=text.strip()[:3])
    (cells,) = csv.DictReader(io.StringIO(admin.get("/carts.csv").text, newline=""))
    assert cells["value"] == "10.0000"
    assert not [cell for cell in cells.values() if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))]


@pytest.mark.parametrize("value", ["\\", "a\tb", "a'b", 'a"b', "a%b", "a;--", "{x:String}", "\\N", "a\nb", "日本", "' OR 1=1 --"])
def test_a_filter_matches_exactly_whatever_it_is_made_of(page: Ask, world: World, value: str) -> None:
    session, other = world.session(visitor_id=value), world.session(visitor_id="somebody")
    shown = page(f"/sessions?who={quote(value)}")
    assert f"/sessions/{session}" in shown
    assert f"/sessions/{other}" not in shown
