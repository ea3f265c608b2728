"""docs/api.md publishes how long a text may be, and every reason for which something is refused or left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, modules
from tracker.row import LENGTHS

TEXT = (ROOT / "docs" / "api.md").read_text()
CHAPTER = TEXT[TEXT.index("## What is cut, what is refused") :]
DOORS = sorted(name for name in modules() if name.startswith(("tracker.", "profiles.orders")) and not name.startswith("tracker.roof"))
GIVES_A_REASON = {"reason_of"}  # functions whose answer is a reason


def reasons(path: Path) -> set[str]:
    """The first text given to each Refused(…) or Unfit(…), what reason_of returns, and what a tally calls dropped or dead."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and name_of(node.func) in ("Refused", "Unfit"):
            found |= {text for text in map(text_of, node.args[:2]) if re.fullmatch("[a-z0-9_]+", text)}
        elif isinstance(node, ast.FunctionDef) and node.name in GIVES_A_REASON:
            found |= {text_of(inner.value) for inner in ast.walk(node) if isinstance(inner, ast.Return)}
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and text_of(node.elts[1]) in ("dropped", "dead"):
            found.add(text_of(node.elts[2]))
    return found - {""}


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def text_of(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("module", DOORS)
def test_every_reason_for_which_something_is_not_taken_is_published(module: str) -> None:
    assert {reason for reason in reasons(modules()[module]) if f"`{reason}`" not in TEXT} == set()


def test_the_reasons_are_found_where_they_are_given() -> None:
    assert {"not_json", "id_invalid", "time_invalid", "type_unknown", "field_missing"} <= reasons(modules()["tracker.event"])
    assert "erased" in reasons(modules()["tracker.contents"])


def test_no_reason_is_published_that_nobody_gives() -> None:
    given = set().union(*(reasons(path) for path in modules().values()))
    tables = re.findall(r"^\| (?:\d{3} \| )?((?:`\w+`(?:, )?)+) \| ", CHAPTER[CHAPTER.index("| reason | means") : CHAPTER.index("## Without")], re.M)
    assert len(tables) > 10
    assert {name for names in tables for name in re.findall(r"`(\w+)`", names)} - given == set()


def test_the_lengths_of_texts_are_those_of_the_code() -> None:
    table = CHAPTER[CHAPTER.index("<!-- lengths") :].split("\n\n")[0]
    written = {name: int(length) for name, length in re.findall(r"(?<=\| )`(\w+)`[^|]*\| (\d+)", table)}
    assert written == LENGTHS
