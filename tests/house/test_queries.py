"""Every query file: a header that says what goes in and out, the database understands it, and nothing is pasted into it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.explain import explain, without_comments
from tests.house.tree import ROOMS, ROOT, files, modules
from tracker.store import Store

QUERIES = [path for path in files(".sql", under=ROOMS) if path.parent.name == "sql"]
NAMES = [str(path.relative_to(ROOT)) for path in QUERIES]
SQL_WORDS = re.compile(r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|DELETE\s+FROM|ALTER\s+TABLE)\b", re.S)


@pytest.mark.parametrize("path", QUERIES, ids=NAMES)
def test_a_query_opens_with_what_goes_in_and_what_comes_out(path: Path) -> None:
    header = "".join(line for line in path.read_text().splitlines(keepends=True) if line.startswith("--"))
    assert header.startswith(f"-- {path.name}:")
    assert re.search(r"^-- in\b", header, re.M)
    assert re.search(r"^-- out\b", header, re.M)


@pytest.mark.parametrize("path", QUERIES, ids=NAMES)
def test_the_database_understands_the_query(path: Path, store: Store) -> None:
    assert explain(store, path.read_text())


@pytest.mark.parametrize("path", QUERIES, ids=NAMES)
def test_a_query_takes_server_side_parameters_only(path: Path) -> None:
    assert re.findall(r"%\(\w+\)s|\{\{|\{%|\{\w+\}", without_comments(path.read_text())) == []


@pytest.mark.parametrize("module", sorted(modules()))
def test_no_sql_is_built_from_pieces_of_text(module: str) -> None:
    tree = ast.parse(modules()[module].read_text())
    built = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) and SQL_WORDS.search(literal(node))]
    assert [node.lineno for node in built] == []


def literal(node: ast.JoinedStr) -> str:
    return " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
