"""The lock files: every version pinned with its hashes, no address, and true to pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

import pytest

from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.M)


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package, version in PIN.findall((ROOT / name).read_text()):
        found.setdefault(package, set()).add(version)
    return found


def asked(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9-]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_pins_each_package_with_hashes_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text)[1:]
    assert [entry.split(" ")[0] for entry in entries if not entry.startswith("#") and "--hash=sha256:" not in entry] == []
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links| @ ", text) == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = PROJECT["project"]
    wanted = asked([*project["dependencies"], *project["optional-dependencies"]["embedded"], *PROJECT["dependency-groups"]["build"]])
    assert wanted - pins("requirements.lock").keys() == set(), "run make lock"


def test_the_tests_lock_adds_to_the_lock_and_changes_nothing_in_it() -> None:
    locked, tested = pins("requirements.lock"), pins("requirements-test.lock")
    assert {name: tested.get(name) for name in locked} == locked, "run make lock"
    assert asked(PROJECT["project"]["optional-dependencies"]["test"]) - tested.keys() == set(), "run make lock"


def test_each_dependency_has_its_line_of_reason() -> None:
    project = PROJECT["project"]
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text().lower()
    wanted = asked([*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)])
    assert {name for name in wanted if f"`{name}`" not in reasons} == set()
