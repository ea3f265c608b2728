"""Figures in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from profiles.views import words
from profiles.views.words import DAY_S, HOUR_S, NBSP


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (160, "2 min 40 s"), (HOUR_S, "1 h"), (HOUR_S + 600, "1 h 10 min"), (3 * DAY_S, "3 days")],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    assert words.duration(seconds * 1000).replace(NBSP, " ") == said


def test_money_is_never_added_up_over_currencies() -> None:
    assert words.sums([(Decimal("1846"), "EUR"), (Decimal("310"), "USD"), (Decimal(0), "GBP")]).replace(NBSP, " ") == "1,846.00 € and 310.00 $"


@pytest.mark.parametrize(
    ("value", "currency", "said"), [("9.5", "EUR", "9.50 €"), ("1500", "JPY", "1,500 ¥"), ("1", "XTS", "1.00 XTS"), ("2", "", "2.00")]
)
def test_money_keeps_its_currency(value: str, currency: str, said: str) -> None:
    assert words.money(Decimal(value), currency).replace(NBSP, " ") == said


def test_a_day_is_a_day_of_the_site() -> None:
    berlin, auckland = (words.day_start_ms(date(2026, 11, 22), zone) for zone in ("Europe/Berlin", "Pacific/Auckland"))
    assert berlin - auckland == 12 * HOUR_S * 1000


def test_a_day_of_the_change_to_winter_time_has_25_hours() -> None:
    assert words.next_day_ms(date(2026, 10, 25), "Europe/Berlin") - words.day_start_ms(date(2026, 10, 25), "Europe/Berlin") == 25 * HOUR_S * 1000


def test_an_unknown_time_zone_is_utc() -> None:
    assert words.zone("Nowhere/Atlantis").key == "UTC"


@pytest.mark.parametrize(("number", "said"), [("1.000", "1"), ("0.500", "0.5"), ("12", "12"), ("100", "100")])
def test_a_quantity_has_no_zeros_that_say_nothing(number: str, said: str) -> None:
    assert words.quantity(Decimal(number)) == said


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert words.clean("x" * 300, 10) == "x" * 9 + "…"
