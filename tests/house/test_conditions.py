"""docs/rules.md tells every field that a condition may ask for."""

from __future__ import annotations

from tests.house.conditions import FIELDS_PART, RULES, tables


def test_the_fields_of_conditions_are_told_as_they_are() -> None:
    found = FIELDS_PART.search(RULES.read_text())
    assert found, "docs/rules.md has lost its markers"
    assert found[0] == tables(), "run `make docs`"
