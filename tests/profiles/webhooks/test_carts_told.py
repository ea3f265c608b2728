"""A cart on its way out: what a receiver is told is what the API tells, and robots raise no message."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import pytest

from profiles import carts, openapi
from profiles.answers import encode
from profiles.webhooks.fanout import SWEEP_MS
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Answer, Receiver
from tests.sessionizer.world import MINUTE, Row, World
from tracker.sites import Site
from tracker.store import Store

ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def world(store: Store, site: Site) -> Iterator[World]:
    world = World(store, site).begin()
    yield world
    store.command("DELETE FROM carts WHERE site = {site:String}", site=site.name)


def bodies(receiver: Receiver, path: str = "/") -> list[Row]:
    return [json.loads(got.body) for got in receiver.at(path)]


def test_a_receiver_is_told_the_cart_as_the_api_tells_it(world: World, post: Post, receiver: Receiver) -> None:
    post.webhook("/", "cart.abandoned", "cart.recovered", "cart.retracted")
    world.clock = world.sessionizer.clock = post.clock
    anna = world.visitor("anna").view("/?utm_campaign=spring&utm_medium=email").log_in("c-1").add("X1*2@19.9")
    world.tick()
    world.tick(minutes=61)
    post.go()
    (told,) = bodies(receiver)
    (cart,) = carts.carts(world.store, world.site, carts.by_ids(world.store, world.site, [world.cart()["cart_id"]]), world.clock.at_ms)
    assert told == {"type": "cart.abandoned", "timestamp": world.cart()["abandoned_at"], "data": json.loads(encode(cart))}
    assert told["data"]["session_ids"] == [world.session(anna)["session_id"]]
    assert told["data"]["source"]["campaign"] == "spring"
    jsonschema.Draft202012Validator(openapi.schema("cart")).validate(told["data"])


def test_a_retraction_says_what_it_takes_back_and_stands_behind_it(world: World, post: Post, receiver: Receiver) -> None:
    """The receiver fails at first: nothing of the cart overtakes what was said of it before."""
    receiver.answers["/"] = Answer(500)
    post.webhook("/", "cart.abandoned", "cart.recovered", "cart.retracted")
    world.clock = world.sessionizer.clock = post.clock
    anna = world.visitor().view().add("X1@10")
    bought_ms = world.clock.at_ms + MINUTE
    world.tick()
    world.tick(minutes=61)
    post.go()
    world.order_from_server("o-1", at_ms=bought_ms, visitor_id=anna.id)
    world.tick(seconds=1)
    post.go()
    assert [body["type"] for body in bodies(receiver)] == ["cart.abandoned"]
    receiver.answers["/"] = Answer(200)
    world.tick(seconds=10)
    post.go()
    first, again, retracted = bodies(receiver)
    assert first == again
    assert retracted["type"] == "cart.retracted"
    assert retracted["data"]["retracts"]["message_id"] == receiver.got[0].message_id
    assert (retracted["data"]["retracts"]["why"], retracted["data"]["retracts"]["order_id"]) == ("bought", "o-1")
    assert retracted["data"]["state"] == "bought"


def test_the_cart_of_a_robot_is_held_back_until_it_is_released(world: World, post: Post, receiver: Receiver) -> None:
    webhook = post.webhook("/", "cart.abandoned")
    world.clock = world.sessionizer.clock = post.clock
    robot = world.visitor()
    robot.ua = ROBOT
    robot.view().add("X1@10")
    world.visitor().view().add("X2@10")
    world.tick()
    world.tick(minutes=61)
    post.go()
    assert [body["data"]["items"][0]["id"] for body in bodies(receiver)] == ["X2"]
    world.server("release", visitor_id=robot.id)
    world.tick(seconds=1)
    world.pass_time(ms=SWEEP_MS)
    post.go()
    assert [body["data"]["items"][0]["id"] for body in bodies(receiver)] == ["X2", "X1"]
    assert {each.status for each in post.deliveries(webhook)} == {"delivered"}
