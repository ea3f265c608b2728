"""How messages reach a receiver: signed, in order, at least once, whatever the receiver does (docs/guarantees.md, no. 59)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest
from standardwebhooks import Webhook as Reference

from profiles.webhooks import deliveries, keeping
from profiles.webhooks.deliverer import AT_ONCE
from profiles.webhooks.ladder import JITTER, WAITS_S
from tests.product import until
from tests.profiles.webhooks.conftest import Post
from tests.profiles.webhooks.receiver import Answer, Got, Receiver
from tests.sessionizer.world import HOUR, MINUTE


def verified(got: Got, secret: str) -> object:
    return Reference(secret).verify(got.body, got.headers)


def test_a_message_arrives_signed_and_the_reference_library_agrees(post: Post, receiver: Receiver) -> None:
    post.clock.at_ms = time.time_ns() // 1_000_000  # the library compares with the real time
    webhook = post.webhook()
    message = post.say()
    post.go()
    (got,) = receiver.got
    assert verified(got, webhook.secrets[0].secret) == json.loads(message.payload)
    assert got.body == message.payload
    assert got.headers["content-type"] == "application/json"
    assert got.message_id == message.message_id
    delivery = post.delivery(webhook)
    assert (delivery.status, delivery.attempts, delivery.answer, delivery.why) == ("delivered", 1, 200, "")


def test_only_the_types_asked_for_are_sent_and_a_target_gets_its_own_whatever_the_type(post: Post, receiver: Receiver) -> None:
    carts, everything = post.webhook("/carts", "cart.abandoned"), post.webhook("/all")
    post.say("session:1", 1, "session.closed")
    post.say("list:1", 1, "list.pushed", target=carts.webhook_id)
    post.go()
    assert [json.loads(got.body)["type"] for got in receiver.at("/carts")] == ["list.pushed"]
    assert [json.loads(got.body)["type"] for got in receiver.at("/all")] == ["session.closed"]
    assert len(post.deliveries(everything)) == 1


def test_a_receiver_that_fails_is_tried_again_on_the_ladder_for_a_day_with_the_same_id_and_bytes(post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = Answer(500)
    webhook = post.webhook()
    message = post.say()
    waits_s = []
    while True:
        post.go()
        delivery = post.delivery(webhook)
        assert delivery.why == "answered 500"
        if delivery.status != "waiting":
            break
        waits_s.append((delivery.next_ms - post.clock.at_ms) / 1000)
        tries = len(receiver.got)
        post.clock.at_ms = delivery.next_ms - 1
        post.go()
        assert len(receiver.got) == tries
        post.clock.at_ms = delivery.next_ms
    assert delivery.status == "dead"
    assert [wait_s == pytest.approx(ideal_s, rel=JITTER) for wait_s, ideal_s in zip(waits_s, WAITS_S, strict=True)] == [True] * len(WAITS_S)
    assert sum(WAITS_S) == 23 * 3600 + 35 * 60 + 5
    counted = {"delivered": 0, "failed": len(WAITS_S), "given_up": 1, "under_way": 0}
    assert counted.items() <= post.deliverer.figures().items()
    assert {got.message_id for got in receiver.got} == {message.message_id}
    assert {got.body for got in receiver.got} == {message.payload}
    assert len({got.headers["webhook-timestamp"] for got in receiver.got}) == len(WAITS_S) + 1
    assert post.now(webhook).enabled


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(301, {"Location": "http://127.0.0.1:1/"}), "answered 301: it redirects, and redirects are not followed"),
        (Answer(204, body=b""), ""),
        (Answer(404), "answered 404"),
        (Answer(200, body=b"a slow receiver", drip_s=1), ""),
        (Answer(500, body=b"a slow failure", drip_s=1), "answered 500"),
        (Answer(200, endless=True), ""),
    ],
)
def test_what_a_receiver_answers_is_judged_by_its_status_alone(post: Post, receiver: Receiver, answer: Answer, why: str) -> None:
    receiver.answers["/"] = answer
    webhook = post.webhook()
    post.say()
    post.go()
    delivery = post.delivery(webhook)
    assert delivery.why == why
    assert delivery.status == ("waiting" if why else "delivered")
    assert len(receiver.got) == 1


def test_a_receiver_that_says_nothing_is_waited_for_so_long_and_tried_again(post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = Answer(first_s=60)
    webhook = post.webhook()
    post.say()
    post.try_s = 1
    post.go(post.another())
    delivery = post.delivery(webhook)
    assert (delivery.status, delivery.answer, delivery.why) == ("waiting", 0, "gave no answer within 1 seconds")


def test_a_receiver_that_is_not_there_is_tried_again(post: Post, receiver: Receiver) -> None:
    webhook = post.webhook()
    receiver.close()
    post.say()
    post.go()
    delivery = post.delivery(webhook)
    assert delivery.status == "waiting"
    assert delivery.why.startswith("could not be reached")
    assert delivery.answer == 0


def test_retry_after_is_honoured_and_nothing_else_goes_there_meanwhile(post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = Answer(429, {"Retry-After": "90"})
    webhook = post.webhook()
    post.say("session:1")
    post.go()
    assert post.delivery(webhook).next_ms == post.clock.at_ms + 90_000
    receiver.answers["/"] = Answer(200)
    post.say("session:2")
    post.clock.at_ms += 89_000
    post.go()
    assert len(receiver.got) == 1
    post.clock.at_ms += 1_000
    post.go()
    assert [each.status for each in post.deliveries(webhook)] == ["delivered", "delivered"]


def test_410_disables_and_what_waits_goes_out_when_it_is_enabled_again(post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = Answer(410)
    webhook = post.webhook()
    post.say("session:1")
    post.go()
    disabled = post.now(webhook)
    assert (disabled.enabled, disabled.why) == (False, "answered 410: it wants no more messages")
    receiver.answers["/"] = Answer(200)
    post.say("session:2")
    post.clock.at_ms += 10 * MINUTE
    post.go()
    assert len(receiver.got) == 1
    keeping.save(post.store, replace(disabled, enabled=True, why=""))
    post.go()
    assert [each.status for each in post.deliveries(webhook)] == ["delivered"]


def test_of_one_subject_nothing_overtakes_and_other_subjects_do_not_wait(post: Post, receiver: Receiver) -> None:
    failing = {"cart:1"}
    receiver.answers["/"] = lambda got: Answer(500 if json.loads(got.body)["data"]["n"] == 1 and failing else 200)
    webhook = post.webhook()
    post.say("cart-of:1", 1)
    post.say("cart-of:1", 2)
    post.say("cart-of:2", 3)
    post.go()
    assert [json.loads(got.body)["data"]["n"] for got in sorted(receiver.got, key=lambda got: got.body)] == [1, 3]
    failing.clear()
    post.clock.at_ms += 6_000
    post.go()
    assert [json.loads(got.body)["data"]["n"] for got in receiver.got[-2:]] == [1, 2]
    assert {each.status for each in post.deliveries(webhook)} == {"delivered"}


def test_after_the_last_try_the_next_of_the_subject_goes_out(post: Post, receiver: Receiver) -> None:
    receiver.answers["/"] = lambda got: Answer(500 if json.loads(got.body)["data"]["n"] == 1 else 200)
    webhook = post.webhook()
    post.say("cart-of:1", 1)
    post.say("cart-of:1", 2)
    for _ in range(len(WAITS_S) + 1):
        post.go()
        post.clock.at_ms += 9 * HOUR
    assert [each.status for each in post.deliveries(webhook)] == ["dead", "delivered"]


def test_a_slow_receiver_delays_nobody_else(post: Post, receiver: Receiver) -> None:
    """The slow one has more to do than places, and still has them all when the quick one is through."""
    post.try_s = 60
    deliverer, stop = post.another(), threading.Event()
    receiver.answers["/slow"] = Answer(first_s=50)
    slow, quick = post.webhook("/slow"), post.webhook("/quick")
    for number in range(12):
        post.say(f"session:{number}")
    thread = threading.Thread(target=deliverer.run, args=(stop,))
    thread.start()
    try:
        until(lambda: [each.status for each in post.deliveries(quick)] == ["delivered"] * 12)
        assert Counter(each.status for each in post.deliveries(slow)) == {"sending": 12}
        assert len(receiver.at("/slow")) == AT_ONCE
    finally:
        receiver.ending.set()
        stop.set()
        thread.join()
    assert {each.status for each in post.deliveries(slow)} <= {"delivered", "waiting"}  # and nothing stays claimed by one that has ended


def test_what_is_claimed_behind_a_410_or_a_429_is_given_back(post: Post, receiver: Receiver) -> None:
    receiver.answers["/gone"], receiver.answers["/busy"] = Answer(410), Answer(429, {"Retry-After": "60"})
    gone, busy = post.webhook("/gone"), post.webhook("/busy")
    for number in range(20):
        post.say(f"session:{number}")
    post.go(rounds=30)
    assert 1 <= len(receiver.at("/gone")) <= 2 * AT_ONCE
    assert 1 <= len(receiver.at("/busy")) <= 2 * AT_ONCE
    tried = [sum(each.attempts for each in post.deliveries(webhook)) for webhook in (gone, busy)]
    assert tried == [len(receiver.at("/gone")), len(receiver.at("/busy"))]
    assert {each.status for webhook in (gone, busy) for each in post.deliveries(webhook)} == {"waiting"}


def test_two_deliverers_send_nothing_twice(post: Post, receiver: Receiver) -> None:
    webhook = post.webhook()
    for number in range(20):
        post.say(f"session:{number}")
    both = [post.another(alone=False, settle_s=1.0) for _ in range(2)]
    threads = [threading.Thread(target=post.go, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    post.go(both[0])
    assert len(receiver.got) == 20
    assert {each.status for each in post.deliveries(webhook)} == {"delivered"}


def test_a_message_may_be_sent_again_by_hand_with_the_same_bytes(post: Post, receiver: Receiver) -> None:
    webhook = post.webhook()
    post.say()
    post.go()
    deliveries.save(post.store, [post.delivery(webhook).again(post.clock.at_ms)])
    post.go()
    first, second = receiver.got
    assert (first.message_id, first.body) == (second.message_id, second.body)
    assert post.delivery(webhook).attempts == 1


def test_a_repeated_message_is_delivered_once(post: Post, receiver: Receiver) -> None:
    post.webhook()
    post.say()
    post.go()
    post.say()
    post.go()
    assert len(receiver.got) == 1


def test_a_clock_that_is_put_back_delays_no_message(post: Post, receiver: Receiver) -> None:
    post.webhook()
    post.say("session:1")
    post.go()
    post.clock.at_ms -= HOUR
    post.say("session:2")
    post.go()
    assert len(receiver.got) == 2


def test_of_a_cart_other_things_may_be_told_as_well(post: Post, receiver: Receiver) -> None:
    """A rule's message is about a cart, and its data is none."""
    post.webhook()
    message = post.say("cart:1", 1, "rule.matched")
    post.go()
    assert [got.body for got in receiver.got] == [message.payload]


def test_two_messages_at_the_same_place_are_both_sent(post: Post, receiver: Receiver) -> None:
    post.webhook()
    post.say("customer:1", 7, "customer.lifecycle_changed")
    post.say("customer:1", 7, "rule.matched")
    post.go()
    assert sorted(json.loads(got.body)["type"] for got in receiver.got) == ["customer.lifecycle_changed", "rule.matched"]


def test_more_than_a_page_of_messages_is_handed_out(post: Post, receiver: Receiver) -> None:
    webhook = post.webhook()
    for number in range(7):
        post.say(f"session:{number}")
    post.deliverer.fan_out.page = 3
    post.go()
    assert len(post.deliveries(webhook)) == len(receiver.got) == 7
