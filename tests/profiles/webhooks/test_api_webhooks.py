"""Webhooks by the API: made, changed, rotated, pinged, sent again (docs/api.md)."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook as Reference

from profiles.webhooks import keeping
from tests.profiles.conftest import Api
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Receiver
from tests.sessionizer.world import DAY

PUBLIC = "93.184.215.14"
URL = "https://crm.example/hooks"


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to, so that no test asks the network."""
    known = {"crm.example": [PUBLIC], "inside.example": [PUBLIC, "10.0.0.7"], "127.0.0.1": ["127.0.0.1"]}

    def getaddrinfo(host: str, port: int, **more: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr("profiles.webhooks.addresses.socket.getaddrinfo", getaddrinfo)
    return known


@pytest.fixture
def post(api: Api, receiver: Receiver) -> Post:
    made = Post(api.deps.store, api.site, receiver)
    made.clock.at_ms = api.clock.now_ms()
    return made


def made(api: Api, **more: Any) -> dict[str, Any]:
    answer = api.call("POST", "/v1/webhooks", json={"url": URL} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(api: Api, **given: Any) -> tuple[int, str, str]:
    answer = api.call("POST", "/v1/webhooks", json=given)
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def test_the_secret_is_told_once(api: Api, post: Post) -> None:
    webhook = made(api, types=["cart.abandoned"], description="call-backs")
    assert webhook["secret"].startswith("whsec_")
    told = api.get(f"/v1/webhooks/{webhook['webhook_id']}")
    assert told == {name: value for name, value in webhook.items() if name != "secret"}
    assert api.get("/v1/webhooks") == {"data": [told], "next_cursor": None}
    assert (told["url"], told["types"], told["description"], told["enabled"], told["why"]) == (URL, ["cart.abandoned"], "call-backs", True, None)


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"url": "http://crm.example/"}, "url_refused", "https://"),
        ({"url": "https://inside.example/"}, "url_refused", "10.0.0.7 is no public address"),
        ({"url": "https://169.254.169.254/latest"}, "url_refused", "no public address"),
        ({"url": "https://nowhere.example/"}, "url_refused", "cannot be found"),
        ({"url": URL, "types": ["cart.sold"]}, "field_invalid", "there are: session.closed"),
        ({"url": URL, "description": "x" * 201}, "field_invalid", "it may have 200"),
        ({"url": URL, "secret": "mine"}, "field_invalid", "unknown field"),
        ({}, "field_invalid", "missing required field `url`"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(api: Api, given: dict[str, Any], code: str, said: str) -> None:
    status, found, message = refused(api, **given)
    assert (status, found) == (400, code)
    assert said in message
    assert api.get("/v1/webhooks")["data"] == []


def test_a_changed_address_is_checked_as_a_new_one_is(api: Api, post: Post) -> None:
    path = f"/v1/webhooks/{made(api)['webhook_id']}"
    assert api.call("PUT", path, json={"url": "https://inside.example/"}).status_code == 400
    assert api.get(path)["url"] == URL
    changed = api.call("PUT", path, json={"url": f"{URL}/2", "enabled": False})
    assert (changed.json()["url"], changed.json()["enabled"]) == (f"{URL}/2", False)
    assert api.call("POST", f"{path}/ping").json()["error"]["code"] == "webhook_disabled"


def test_a_removed_webhook_is_gone_with_its_secrets(api: Api, post: Post) -> None:
    webhook = made(api)
    path = f"/v1/webhooks/{webhook['webhook_id']}"
    post.say()
    post.clock.at_ms += 1
    post.deliverer.look()
    assert api.call("DELETE", path).json() == {"webhook_id": webhook["webhook_id"], "removed": True}
    assert api.call("GET", path).status_code == 404
    assert api.get("/v1/webhooks")["data"] == []
    post.go()
    stored = api.deps.store.rows("SELECT status, why FROM deliveries FINAL WHERE site = {site:String}", site=api.site.name)
    assert [(row["status"], row["why"]) for row in stored] == [("dead", "the webhook was removed")]
    kept = api.deps.store.rows("SELECT secrets FROM webhooks FINAL WHERE site = {site:String}", site=api.site.name)
    assert [row["secrets"] for row in kept] == [[]]


def test_while_a_secret_is_rotated_both_are_valid_for_a_day(api: Api, post: Post, receiver: Receiver) -> None:
    """docs/guarantees.md, no. 60. The reference library looks at the real time, so the signatures are compared as it makes them."""
    webhook = post.webhook()
    path = f"/v1/webhooks/{webhook.webhook_id}"
    old, new = webhook.secrets[0].secret, api.call("POST", f"{path}/rotate").json()["secret"]
    assert api.get(path)["old_secret_until"] is not None
    post.say("session:1")
    post.go()
    post.clock.at_ms += DAY + 1000
    post.say("session:2")
    post.go()
    during, later = receiver.got
    assert [signs(secret, during) for secret in (new, old)] == [True, True]
    assert [signs(secret, later) for secret in (new, old)] == [True, False]


def signs(secret: str, got: Any) -> bool:
    at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    return Reference(secret).sign(got.message_id, at, got.body.decode()) in got.headers["webhook-signature"].split(" ")


def test_a_ping_shows_that_messages_arrive(api: Api, post: Post, receiver: Receiver) -> None:
    webhook, other = post.webhook("/mine", "cart.abandoned"), post.webhook("/other")
    path = f"/v1/webhooks/{webhook.webhook_id}"
    asked = api.call("POST", f"{path}/ping").json()
    post.go()
    (delivery,) = api.get(f"{path}/deliveries")["data"]
    assert (delivery["delivery_id"], delivery["status"], delivery["answer"]) == (asked["delivery_id"], "delivered", 200)
    assert delivery["type"] == "webhook.ping"
    assert len(receiver.at("/mine")) == 1
    assert post.deliveries(other) == []


def test_deliveries_are_listed_newest_first_by_status_and_in_pages(api: Api, post: Post) -> None:
    webhook = post.webhook()
    for number in range(5):
        post.say(f"session:{number}")
        post.clock.at_ms += 1000
        post.go()
    path = f"/v1/webhooks/{webhook.webhook_id}/deliveries"
    first = api.get(path, limit=3)
    rest = api.get(path, limit=3, cursor=first["next_cursor"])
    assert [each["subject"] for each in first["data"] + rest["data"]] == [f"session:{number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None
    assert api.get(path, status="dead")["data"] == []
    assert len(api.get(path, status="delivered")["data"]) == 5


def test_a_delivery_is_sent_again(api: Api, post: Post, receiver: Receiver) -> None:
    webhook = post.webhook()
    post.say()
    post.go()
    path = f"/v1/webhooks/{webhook.webhook_id}/deliveries"
    (delivery,) = api.get(path)["data"]
    again = api.call("POST", f"{path}/{delivery['delivery_id']}/redeliver").json()
    assert (again["status"], again["attempts"]) == ("waiting", 0)
    post.go()
    assert len(receiver.got) == 2
    assert len({got.message_id for got in receiver.got}) == 1
    assert api.call("POST", f"{path}/dl_unknown/redeliver").status_code == 404


def test_a_key_without_the_scope_and_another_site_see_nothing(api: Api, post: Post) -> None:
    webhook = made(api)
    reader = api.deps.registry.create_key(api.site.name, ("read", "lists", "orders"))
    assert api.call("GET", "/v1/webhooks", key=reader).status_code == 403
    assert api.call("POST", "/v1/webhooks", key=reader, json={"url": URL}).status_code == 403
    assert keeping.one(api.deps.store, "another", webhook["webhook_id"]) is None
