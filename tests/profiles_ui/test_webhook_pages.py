"""The pages of webhooks: connect one, see what was sent and why it failed, send it again."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from profiles.views.webhooks import TOLD
from profiles.webhooks import deliveries, keeping
from profiles.webhooks.deliveries import Delivery
from profiles.webhooks.ladder import Next, Outcome
from tests.profiles_ui.conftest import SAME, Browser, House
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import MINUTE_MS, NOW_MS
from tracker.outbox import TYPES

FORM = {"url": "https://crm.example/hooks", "type.cart.abandoned": "1", "description": "<b>call-backs</b>"}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7" if host == "inside.example" else "93.184.215.14", port))]

    monkeypatch.setattr("profiles.webhooks.addresses.socket.getaddrinfo", getaddrinfo)


@pytest.fixture
def owner(house: House) -> Iterator[Browser]:
    yield house.by_link()
    for table in ("webhooks", "deliveries"):
        house.deps.store.command(f"DELETE FROM {table} WHERE site = {{site:String}}", site=house.site.name)


def connected(house: House, owner: Browser) -> str:
    owner.post("/webhooks", data=FORM, headers=SAME)
    (webhook,) = keeping.of_site(house.deps.store, house.site.name)
    return webhook.webhook_id


def delivery(house: House, webhook_id: str, number: int, *outcomes: tuple[str, Outcome]) -> Delivery:
    message = {"site": house.site.name, "message_id": f"msg_{number}", "subject": f"cart:{number}", "sequence": 1, "type": "cart.abandoned"}
    made = deliveries.new(message, webhook_id, NOW_MS - number * MINUTE_MS)
    for status, outcome in outcomes:
        made = made.tried(outcome, Next(status, NOW_MS + 5 * MINUTE_MS), NOW_MS)  # type: ignore[arg-type]
    deliveries.save(house.deps.store, [made])
    return made


def test_every_type_of_message_is_on_the_form_in_words() -> None:
    assert sorted(TOLD) == sorted(TYPES)


def test_without_any_the_page_says_what_a_webhook_is_for(owner: Browser) -> None:
    said = words(owner.get("/webhooks").text)
    assert "No other system is told yet" in said
    assert "a cart was left behind cart.abandoned" in said


def test_a_new_one_shows_its_secret_once(house: House, owner: Browser) -> None:
    page = owner.post("/webhooks", data=FORM, headers=SAME)
    (webhook,) = keeping.of_site(house.deps.store, house.site.name)
    assert (webhook.url, webhook.types) == (FORM["url"], ("cart.abandoned",))
    assert webhook.secrets[0].secret in page.text
    assert "<b>call-backs" not in page.text
    again = owner.get(f"/webhooks/{webhook.webhook_id}").text
    assert webhook.secrets[0].secret not in again
    assert "crm.example" in words(owner.get("/webhooks").text)


def test_an_address_inside_is_refused_with_its_reason_and_what_was_written_is_kept(house: House, owner: Browser) -> None:
    page = owner.post("/webhooks", data=FORM | {"url": "https://inside.example/"}, headers=SAME)
    assert page.status_code == 400
    assert "10.0.0.7 is no public address" in words(page.text)
    assert 'value="https://inside.example/"' in page.text
    assert keeping.of_site(house.deps.store, house.site.name) == []


def test_deliveries_stand_with_their_reason_and_can_be_sent_again(house: House, owner: Browser) -> None:
    webhook_id = connected(house, owner)
    delivery(house, webhook_id, 1, ("delivered", Outcome(200, "", 37)))
    delivery(house, webhook_id, 2, ("waiting", Outcome(500, "answered 500", 12)))
    dead = delivery(house, webhook_id, 3, ("dead", Outcome(0, "could not be reached: <script>", 0)))
    page = owner.get(f"/webhooks/{webhook_id}").text
    assert "delivered in 37 ms" in words(page)
    assert "waiting answered 500; next try" in words(page)
    assert "given up could not be reached: <script>" in words(page)
    assert "<script>" not in re.sub(r"<script src=[^>]*>", "", page)
    assert "/carts/2" in page
    assert "/carts/2" not in owner.get(f"/webhooks/{webhook_id}?status=dead").text
    assert "1 message could not be delivered" in words(owner.get("/webhooks").text)
    assert owner.post(f"/webhooks/{webhook_id}/deliveries/{dead.delivery_id}/redeliver", headers=SAME).status_code == 303
    (now,) = deliveries.again(house.deps.store, [dead])
    assert (now.status, now.attempts) == ("waiting", 0)


def test_a_receiver_that_takes_nothing_is_told_with_since_when_what_waits_and_why(house: House, owner: Browser) -> None:
    webhook_id = connected(house, owner)
    for number in (30, 20):
        delivery(house, webhook_id, number, ("waiting", Outcome(500, "answered 500", 12)))
    listed = words(owner.get("/webhooks").text)
    assert "1 system is told; it takes nothing now" in listed
    assert "failing for 30 minutes; last try just now: answered 500" in listed
    said = words(owner.get(f"/webhooks/{webhook_id}").text)
    assert "that is for 30 minutes. The last try failed just now: it answered 500. 2 messages wait for it; each is tried for a day" in said
    delivery(house, webhook_id, 40, ("delivered", Outcome(200, "", 12)))
    owner.post(f"/webhooks/{webhook_id}/switch", headers=SAME)
    assert "takes nothing" not in words(owner.get("/webhooks").text)
    assert "It has taken nothing" not in words(owner.get(f"/webhooks/{webhook_id}").text)


def test_it_is_pinged_switched_rotated_changed_and_removed(house: House, owner: Browser) -> None:
    path = f"/webhooks/{connected(house, owner)}"
    assert owner.post(f"{path}/ping", headers=SAME).headers["location"] == f"{path}?pinged=1#deliveries"
    messages = house.deps.store.rows("SELECT type FROM messages WHERE site = {site:String}", site=house.site.name)
    assert messages == [{"type": "webhook.ping"}]
    assert "whsec_" in owner.post(f"{path}/rotate", headers=SAME).text
    assert "The secret before signs too until" in words(owner.get(path).text)
    owner.post(path, data={"url": "https://crm.example/2", "type.cart.retracted": "1"}, headers=SAME)
    owner.post(f"{path}/switch", headers=SAME)
    (webhook,) = keeping.of_site(house.deps.store, house.site.name)
    assert (webhook.url, webhook.types, webhook.enabled) == ("https://crm.example/2", ("cart.retracted",), False)
    assert "is disabled; enable it first" in words(owner.post(f"{path}/ping", headers=SAME).text)
    owner.post(f"{path}/remove", headers=SAME)
    assert keeping.of_site(house.deps.store, house.site.name) == []
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize("way", ["", "/switch", "/rotate", "/ping", "/remove", "/deliveries/dl_1/redeliver"])
def test_a_key_that_may_not_hand_out_customers_sees_and_does_nothing(house: House, owner: Browser, way: str) -> None:
    path = f"/webhooks/{connected(house, owner)}"
    reader = house.by_key(("read", "lists"))
    assert reader.get("/webhooks").status_code == 403
    assert reader.get(path).status_code == 403
    assert reader.post(path + way, data=FORM, headers=SAME).status_code == 403
    (webhook,) = keeping.of_site(house.deps.store, house.site.name)
    assert webhook.enabled
