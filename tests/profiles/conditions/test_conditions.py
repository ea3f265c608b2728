"""What may be asked, how it is refused, and whether it holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.conditions import Facts, Invalid, check, holds, next_change_ms, raw, sentence, with_parents
from profiles.conditions.checking import written
from tests.profiles.conditions.worlds import NOW_MS, asked, money, numbers

HOUR_MS = 3_600_000


def one(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def is_so(subject: str, condition: dict[str, Any], **facts: Any) -> bool:
    return holds(check([condition], subject), Facts(NOW_MS, facts))


@settings(max_examples=60)
@given(asked())
def test_what_is_written_down_is_read_back_as_the_same_conditions(wanted: tuple[str, dict[str, Any]]) -> None:
    checked = check(wanted[1], wanted[0])
    assert check(raw(checked), wanted[0]) == checked


@settings(max_examples=60)
@given(asked())
def test_every_condition_can_be_said_and_names_its_subject_once_at_the_start(wanted: tuple[str, dict[str, Any]]) -> None:
    said = sentence(check(wanted[1], wanted[0]))
    assert said.removeprefix("either ").startswith((f"the {wanted[0]} ", f"the {wanted[0]}'s ", "every "))


@settings(max_examples=60)
@given(asked())
def test_of_an_unknown_profile_only_what_denies_holds(wanted: tuple[str, dict[str, Any]]) -> None:
    for condition in check(wanted[1], wanted[0]).each():
        if not condition.field.name.startswith("consent."):
            denies = condition.operator in ("is_not", "none_of") or (condition.operator == "known" and condition.value is False)
            assert holds(check([written(condition)], wanted[0]), Facts(NOW_MS, {})) is denies


@settings(max_examples=60)
@given(asked(), st.text(max_size=3))
def test_what_is_no_condition_is_refused_and_never_fails(wanted: tuple[str, dict[str, Any]], junk: str) -> None:
    broken_ones: list[Any] = [{"all": junk}, [*wanted[1]["all"], junk], [one(junk, "is", junk)], {"any": []}, [{"any": [{"any": []}]}], None, 1]
    for broken in broken_ones:
        with pytest.raises(Invalid):
            check(broken, wanted[0])


@given(money, money)
def test_money_is_compared_in_its_own_currency_only(limit: dict[str, Any], owned: dict[str, Any]) -> None:
    facts = {"value": {owned["currency"]: Decimal(str(owned["amount"]))}}
    at_least, at_most = (is_so("cart", one("value", operator, limit), **facts) for operator in ("at_least", "at_most"))
    if owned["currency"] != limit["currency"]:
        assert (at_least, at_most) == (False, False)
    else:
        assert (at_least, at_most) == (owned["amount"] >= limit["amount"], owned["amount"] <= limit["amount"])


@given(st.integers(0, 10**7), st.sampled_from(["at_least", "at_most"]), st.integers(0, 10**8))
def test_an_age_changes_its_answer_at_the_moment_that_was_foretold_and_not_before(limit_s: int, operator: str, idle_s: int) -> None:
    asked_of = check([one("age_s", operator, limit_s)], "cart")
    touched_ms = NOW_MS - idle_s * 1000
    at_ms = next_change_ms(asked_of, Facts(NOW_MS, {"age_s": touched_ms}))
    now = holds(asked_of, Facts(NOW_MS, {"age_s": touched_ms}))
    if at_ms is None:
        assert holds(asked_of, Facts(NOW_MS + 10**12, {"age_s": touched_ms})) is now
    else:
        assert holds(asked_of, Facts(at_ms - 1, {"age_s": touched_ms})) is now
        assert holds(asked_of, Facts(at_ms, {"age_s": touched_ms})) is not now


@given(numbers, numbers, numbers)
def test_between_holds_both_ends(low: float, high: float, found: float) -> None:
    low, high = sorted((low, high))
    assert is_so("session", one("page_views", "between", [low, high]), page_views=Decimal(str(found))) is (low <= found <= high)


@pytest.mark.parametrize(
    ("subject", "given", "said"),
    [
        ("cart", [one("state", "is", "abandoned"), one("value", "at_least", {"amount": 50, "currency": "EUR"}),
                  one("categories", "any_of", ["kitchen"])],
         "the cart is abandoned, its value is at least 50 EUR and it has an item of kitchen"),
        ("cart", [one("age_s", "at_least", 7200), one("customer_known", "is", False)],
         "the cart was touched at least 2 hours ago and its owner is not known"),
        ("cart", [one("value", "between", [{"amount": "49.90", "currency": "eur"}, {"amount": 1000, "currency": "EUR"}])],
         "the cart's value is between 49.9 EUR and 1,000 EUR"),
        ("session", [{"any": [one("purpose", "is", "purchase"), one("engaged_s", "at_least", 90)]}, one("campaign", "known", False)],
         "either the session's purpose is purchase or its time engaged is at least 90 seconds and its campaign is not known"),
        ("customer", [one("has_abandoned_cart", "is", True), one("lifecycle", "none_of", ["at_risk", "lapsed"]),
                      one("attributes.tier", "is", "gold")],
         "the customer has an abandoned cart, their life-cycle stage is not at risk or lapsed and their tier is gold"),
        ("customer", [one("last_seen_age_s", "at_most", 86_400), one("consent.marketing", "is", "never_asked")],
         "the customer was last seen at most 1 day ago and their consent to marketing is never asked"),
        ("cart", [], "every cart"),
    ],
)  # fmt: skip
def test_conditions_are_readable_as_a_sentence(subject: str, given: Any, said: str) -> None:
    assert sentence(check(given, subject)) == said


@pytest.mark.parametrize(
    ("subject", "given", "told"),
    [
        ("basket", [], "the subject is 'basket'; it should be one of: cart, session, customer"),
        ("cart", {"all": [one("state", "is", "gone")]}, "all[0]: the value of `state` is 'gone'; it should be one of: open, abandoned,"),
        ("cart", [one("value", "at_least", 50)], "the value of `value` is 50; give it with its currency"),
        ("cart", [one("value", "at_least", {"amount": 50, "currency": "euro"})], "a currency has three letters"),
        ("cart", [one("valeu", "at_least", 1)], "a cart has no field 'valeu'; it has: state, stage, value"),
        ("cart", [one("state", "at_least", "open")], "`state` has no operator 'at_least'; it has: is, is_not"),
        ("cart", [one("age_s", "at_least", -1)], "give whole seconds of 0 or more"),
        ("cart", [one("age_s", "between", [60, 30])], "give the lower one first"),
        ("cart", [one("items", "any_of", [])], "give a list of 1 to 200 values"),
        ("session", [one("page_views", "is", True)], "the value of `page_views` is True; give a number"),
        ("session", [{"any": [one("device", "is", "mobile"), one("device", "is", "")]}], "all[0].any[1]: the value of `device` is ''; give a text"),
        ("cart", [one("consent.marketing", "is", "granted")], "a cart has no field 'consent.marketing'"),
        ("cart", [one("state", "is", "open")] * 31, "there are 31 conditions; give at most 30"),
        ("cart", [{"field": "state", "operator": "is", "value": "open", "code": "1"}], "give it as {"),
    ],
)  # fmt: skip
def test_a_bad_condition_is_told_with_its_place_its_value_and_the_cure(subject: str, given: Any, told: str) -> None:
    with pytest.raises(Invalid) as raised:
        check(given, subject)
    assert (raised.value.status, told in raised.value.message) == (400, True), raised.value.message


def test_an_item_below_a_category_is_of_that_category() -> None:
    facts = {"categories": with_parents(["kitchen/coffee", None, ""])}
    assert is_so("cart", one("categories", "any_of", ["kitchen"]), **facts)
    assert not is_so("cart", one("categories", "any_of", ["kit"]), **facts)


def test_a_yes_is_not_the_number_one_and_a_text_is_not_more_than_a_number() -> None:
    assert not is_so("customer", one("attributes.vip", "is", 1), **{"attributes.vip": True})
    assert not is_so("customer", one("attributes.points", "at_least", 1), **{"attributes.points": "2"})
    assert is_so("customer", one("attributes.points", "at_least", 1), **{"attributes.points": Decimal(2)})


def test_a_customer_who_was_never_asked_has_never_been_asked() -> None:
    assert is_so("customer", one("consent.marketing", "is", "never_asked"))
    assert is_so("customer", one("consent.marketing", "none_of", ["granted", "denied"]))
