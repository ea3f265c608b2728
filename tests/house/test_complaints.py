"""Each of the 28 complaints in docs/complaints.md has journeys that are there, or says why there is none; and each journey stands in its row."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.test_guarantees import ROW, TEST, functions_of
from tests.house.tree import ROOT

COMPLAINTS = (ROOT / "docs" / "complaints.md").read_text()
ROWS = {int(number): shown for number, _, _, shown in ROW.findall(COMPLAINTS)}


def journeys() -> list[tuple[str, str]]:
    """(file::test, docstring) of every journey that names the complaint it answers."""
    found = []
    for path in sorted((ROOT / "tests" / "journeys").glob("test_*.py")):
        functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        told = [(f"tests/journeys/{path.name}::{node.name}", ast.get_docstring(node) or "") for node in functions]
        found += [(name, text) for name, text in told if "No. " in text]
    return found


def test_every_complaint_has_one_row() -> None:
    assert sorted(ROWS) == list(range(1, 29))
    assert len(ROW.findall(COMPLAINTS)) == len(ROWS)


@pytest.mark.parametrize("number", sorted(ROWS))
def test_a_complaint_is_answered_by_tests_that_are_there_or_says_not_yet(number: int) -> None:
    named = TEST.findall(ROWS[number])
    assert named or ROWS[number].startswith("not yet: "), f"row {number} names no test and no reason"
    assert [f"{file}::{name}" for file, name in named if name not in functions_of(file)] == []


def test_tests_named_beside_the_table_are_there_too() -> None:
    assert [f"{file}::{name}" for file, name in TEST.findall(COMPLAINTS) if name not in functions_of(file)] == []


@pytest.mark.parametrize(("name", "text"), journeys())
def test_a_journey_stands_in_the_row_of_each_complaint_it_names(name: str, text: str) -> None:
    numbers = {int(number) for number in re.findall(r"No\. (\d+)", text)}
    assert {number for number in numbers if f"`{name}`" not in ROWS[number]} == set()


def test_the_complaints_are_found_from_the_readme() -> None:
    assert "complaints.md)" in (ROOT / "README.md").read_text()
