"""Consent on carts: who refused is not written to (docs/guarantees.md, no. 61)."""

from __future__ import annotations

from tests.sessionizer.world import World


def test_who_refuses_to_be_observed_is_not_to_be_written_to_either(world: World) -> None:
    ann = world.visitor().view("/p").act("consent", props={"state": "granted", "purposes": ["marketing"]}).add("X1@10")
    world.tick(minutes=5)
    assert world.cart()["consent"]["marketing"] is True
    ann.act("consent", props={"state": "denied"})
    world.tick(minutes=90)
    assert world.cart()["state"] == "abandoned"
    assert (world.cart()["consent"]["marketing"], world.cart()["consent"]["how"]) == (False, "tag")


def test_a_later_yes_to_marketing_counts(world: World) -> None:
    world.visitor().view("/p").add("X1@10").act("consent", props={"state": "denied"}).wait(minutes=1).act(
        "consent", props={"state": "granted", "purposes": ["marketing"]}
    )
    world.tick(minutes=5)
    assert world.cart()["consent"]["marketing"] is True


def test_an_unnamed_yes_says_nothing_about_marketing(world: World) -> None:
    world.visitor().view("/p").add("X1@10").act("consent", props={"state": "granted"})
    world.tick(minutes=5)
    assert world.cart()["consent"]["marketing"] is None
