"""What the query tells and what conditions.holds says of a cart are one: any conditions, any carts."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.conditions import check, fields_of, holds
from profiles.conditions.facts import Facts, amounts, consent
from profiles.lists import Definition, counted
from tests.house.tree import ROOT
from tests.profiles.lists.world import cart, found
from tests.profiles.samples import NOW_MS, Fields, item, put
from tracker.sites import Site
from tracker.store import Store

IDS, CATEGORIES, CURRENCIES = ["X1", "X2", "X3"], ["kitchen", "kitchen/coffee", "garden"], ["EUR", "USD"]
STATES = ["open", "abandoned", "bought", "recovered", "emptied", "lost"]
AGES_MS = st.sampled_from([0, 1, 59_999, 60_000, 60_001, 3_600_000, 3_600_001, 86_400_000, 200_000_000])
CARTS = st.lists(st.fixed_dictionaries({
    "items": st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from([0, 9.99, 50, 50.5])), min_size=1, max_size=3, unique_by=lambda each: each[0]),
    "categories": st.lists(st.sampled_from(CATEGORIES), unique=True), "state": st.sampled_from(STATES), "age_ms": AGES_MS,
    "stage": st.sampled_from(["cart", "checkout", "payment"]), "currency": st.sampled_from([*CURRENCIES, ""]),
    "marketing": st.sampled_from([True, False, None]), "customer_id": st.sampled_from(["", "c-1"]),
}), min_size=1, max_size=12)  # fmt: skip
TOLD = [field for field in fields_of("cart") if field.name not in ("lifecycle", "channel", "campaign", "abandonments")]
WORDS = {"currency": CURRENCIES, "items": IDS, "categories": CATEGORIES}
NUMBERS: dict[str, list[Any]] = {"money": [0, 9.99, 50, 50.5, 60], "number": [0, 1, 2, 3], "age_s": [0, 59, 60, 3600, 86_400]}


@st.composite
def condition(draw: st.DrawFn) -> dict[str, Any]:
    field = draw(st.sampled_from(TOLD))
    operator = draw(st.sampled_from(field.operators))
    value: Any
    if operator == "known" or field.kind == "flag":
        value = draw(st.booleans())
    elif field.kind in NUMBERS:
        numbers = sorted(draw(st.lists(st.sampled_from(NUMBERS[field.kind]), min_size=2, max_size=2)))
        if field.kind == "money":
            currency = draw(st.sampled_from(CURRENCIES))
            value = [{"amount": number, "currency": currency} for number in numbers]
        else:
            value = numbers
        value = value if operator == "between" else value[0]
    else:
        words = draw(st.lists(st.sampled_from(WORDS.get(field.name) or list(field.choices)), min_size=1, max_size=2, unique=True))
        value = words if operator in ("any_of", "none_of", "all_of") else words[0]
    return {"field": field.name, "operator": operator, "value": value}


PARTS = st.lists(condition() | st.builds(lambda some: {"any": some}, st.lists(condition(), min_size=1, max_size=3)), max_size=4)


def facts_of(row: Fields) -> Facts:
    """From what was put in, not from what was read."""
    touched_ms = round(row["touched_at"] * 1000)
    return Facts(NOW_MS, {
        "state": row["state"], "stage": row["stage"], "currency": row["currency"] or None,
        "value": amounts((row["currency"], Decimal(str(round(row["value"], 4))))),
        "age_s": touched_ms, "abandoned_age_s": touched_ms + 3_600_000 if row["abandoned_at"] is not None else None,
        "items_count": Decimal(str(row["items_count"])), "items": frozenset(row["item_ids"]), "categories": frozenset(row["categories"]),
        "consent_marketing": consent(row["marketing"]), "customer_known": bool(row["customer_id"]),
    })  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(carts=CARTS, parts=PARTS)
def test_a_list_finds_exactly_those_for_whom_the_conditions_hold(store: Store, site: Site, carts: list[dict[str, Any]], parts: list[Any]) -> None:
    own = msgspec.structs.replace(site, name=f"shop-{uuid.uuid4().hex[:12]}")
    rows = [
        cart(own, f"k-{number}", NOW_MS - each["age_ms"], *(item(*line) for line in each["items"]),
             **{name: value for name, value in each.items() if name not in ("age_ms", "items")})
        for number, each in enumerate(carts)
    ]  # fmt: skip
    put(store, "carts", rows)
    conditions = check(parts, "cart")
    wanted = {row["cart_id"] for row in rows if holds(conditions, facts_of(row))}
    asked = Definition("A list", conditions)
    told = found(store, own, asked, batch=5)
    assert set(told) == wanted
    count = counted(store, own, asked, NOW_MS)
    assert (count.found, count.suppressed) == (len(wanted), sum(bool(member.suppressed) for member in told.values()))


def test_a_count_asks_for_the_same_as_a_page_word_by_word() -> None:
    for subject in ("carts", "sessions", "customers"):
        page, count = (conditions_of(f"{subject}{ending}") for ending in ("", "_count"))
        assert len(page) > 5
        assert page == count, subject


ASKED = re.compile(r"AND \(|AND toDecimal64|AND toUnix|BETWEEN|OR |\+ (2|4|16) \*|toUInt8\(")


def conditions_of(name: str) -> list[str]:
    """The conditions of the query, and what each reason is, without what says which page."""
    text = (ROOT / "profiles" / "lists" / "sql" / f"{name}.sql").read_text()
    lines = [" ".join(line.split()) for line in text.splitlines() if not line.startswith("--")]
    told = [line.removesuffix(" AS reasons") for line in lines if ASKED.match(line)]
    return sorted(line.removesuffix(",") for line in told if "after" not in line)
