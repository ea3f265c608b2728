"""Every claim of docs/guarantees.md names a test that is there, or says why there is none."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.house.tree import ROOT

PROMISED = {*range(1, 39), *range(39, 51), *range(57, 66), 67}
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.M)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")

GUARANTEES = (ROOT / "docs" / "guarantees.md").read_text()
ROWS = {int(number): shown for number, _, _, shown in ROW.findall(GUARANTEES)}


@cache
def functions_of(file: str) -> frozenset[str]:
    """Names of the tests in a file, those that are called once per case too."""
    path = ROOT / file
    tree = ast.parse(path.read_text()) if path.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_scenario_has_a_row() -> None:
    assert sorted(ROWS) == sorted(PROMISED)
    assert len(ROW.findall(GUARANTEES)) == len(ROWS), "a number has two rows"


@pytest.mark.parametrize("number", sorted(ROWS))
def test_a_scenario_is_shown_by_tests_that_are_there_or_says_why_not(number: int) -> None:
    shown = ROWS[number]
    named = TEST.findall(shown)
    assert named or shown.startswith("not shown: "), f"row {number} names no test and no reason"
    assert [f"{file}::{name}" for file, name in named if name not in functions_of(file)] == []


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md"])
def test_the_guarantees_are_found_from(page: str) -> None:
    assert "guarantees.md)" in (ROOT / page).read_text()
