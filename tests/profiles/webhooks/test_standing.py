"""A receiver that takes nothing stays enabled: the API and /metrics say since when, how much waits, and what it answered last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from profiles.webhooks import deliverer, keeping
from tests.profiles.conftest import Api
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Answer, Receiver
from tests.sessionizer.world import HOUR, MINUTE
from tracker.clock import iso


@pytest.fixture
def post(api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setattr(deliverer, "STANDING_S", 0.0)
    monkeypatch.setattr(deliverer, "STANDING_SHARE", 0.0)
    made = Post(api.deps.store, api.site, receiver)
    made.clock.at_ms = api.clock.now_ms()
    return made


def standing(api: Api) -> dict[str, Any]:
    (webhook,) = api.get("/v1/webhooks")["data"]
    assert api.get(f"/v1/webhooks/{webhook['webhook_id']}") == webhook
    found: dict[str, Any] = webhook["standing"]
    return found


def figures(post: Post) -> tuple[int, int, int, int]:
    """As /metrics tells them, after a look."""
    post.deliverer.look()
    told = post.deliverer.figures()
    return told["failing"], told["failing_seconds"], told["waiting"], told["disabled"]


def test_a_receiver_that_fails_is_told_with_its_beginning_until_it_takes_something(api: Api, post: Post, receiver: Receiver) -> None:
    post.webhook()
    nothing = {"delivered": 0, "waiting": 0, "dead": 0, "failing_since": None, "last_try_at": None, "last_answer": None, "last_why": None}
    assert standing(api) == nothing
    post.say("session:1")
    post.go()
    well = standing(api)
    assert (well["delivered"], well["failing_since"], well["last_answer"], figures(post)) == (1, None, 200, (0, 0, 0, 0))

    receiver.answers["/"] = Answer(500)
    post.clock.at_ms += HOUR
    broken_ms = post.clock.at_ms
    post.say("session:2")
    post.say("session:3")
    post.go()
    post.clock.at_ms += HOUR
    post.go()
    told = standing(api)
    assert told == {
        "delivered": 1, "waiting": 2, "dead": 0, "failing_since": iso(broken_ms), "last_try_at": iso(post.clock.at_ms), "last_answer": 500,
        "last_why": "answered 500",
    }  # fmt: skip
    assert figures(post) == (1, 3600, 2, 0)

    receiver.answers["/"] = Answer(200)
    post.clock.at_ms += 3 * HOUR
    post.go()
    assert (standing(api)["failing_since"], standing(api)["waiting"], figures(post)) == (None, 0, (0, 0, 0, 0))


def test_it_fails_since_it_took_something_last_and_not_since_a_message_of_before(api: Api, post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = lambda got: Answer(500 if b'"n":1' in got.body else 200)
    post.webhook()
    post.say("session:1", 1)
    post.go()
    assert standing(api)["failing_since"] == iso(post.clock.at_ms)
    post.clock.at_ms += MINUTE
    post.say("session:2", 2)
    post.go()
    taken_ms = post.clock.at_ms
    post.clock.at_ms += HOUR
    post.go()
    told = standing(api)
    assert (told["failing_since"], told["waiting"], told["delivered"]) == (iso(taken_ms), 1, 1)


def test_one_that_was_disabled_fails_no_more_and_is_counted_where_nobody_did_it_by_hand(api: Api, post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = Answer(410)
    webhook = post.webhook()
    post.say()
    post.go()
    assert figures(post) == (0, 0, 0, 1)
    assert (standing(api)["last_answer"], standing(api)["waiting"]) == (410, 1)
    keeping.save(post.store, replace(post.now(webhook), enabled=False, why=""))
    assert figures(post) == (0, 0, 0, 0)
