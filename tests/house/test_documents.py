"""What is written is so: settings, commands, decisions and links are compared with the product."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.house.documents import OPERATIONS, SETTINGS, settings_table
from tests.house.tree import ROOT, files
from tracker import __version__
from tracker.__main__ import main
from tracker.settings import table
from tracker.site_rules import SETTABLE
from tracker.sites import Site

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PAGES = files(".md")
PAPER = re.compile(r"(?<![\w/.-])(?:docs/[\w/.-]+|[A-Z]{4,})\.md\b")
SECTIONS = ("## Context", "## Choice", "## What we gave up")


def commands(command: click.Command, name: str = "tracker") -> Iterator[tuple[str, click.Command]]:
    """Every command a person can type, spelled out: `tracker site add`. Hidden ones are for the supervisor."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        inner = command.get_command(context, word)
        assert inner, f"{name} {word} is listed and cannot be found"
        if not inner.hidden:
            yield from commands(inner, f"{name} {word}")


def test_the_settings_table_is_the_one_of_the_code() -> None:
    found = SETTINGS.search(OPERATIONS.read_text())
    assert found, "docs/operations.md has lost its markers"
    assert found[0] == settings_table(), "run make docs"


def test_every_rule_of_a_site_is_told_with_its_default() -> None:
    site = Site(name="shop", site_key="pk_shop")
    shown = {"": "(empty)", False: "`false`"}
    rules = {name: getattr(site, name) for name in SETTABLE if name != "origins"}
    rows = [f"| `--{name.replace('_', '-')}` | {shown.get(value, f'`{value}`')} |" for name, value in rules.items()]
    assert [row for row in rows if row not in OPERATIONS.read_text()] == []


def test_tracker_settings_prints_every_setting() -> None:
    done = subprocess.run([sys.executable, "-m", "tracker", "settings"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [variable for variable, *_ in table() if variable not in done.stdout] == []


def test_every_command_is_documented() -> None:
    written = (ROOT / "README.md").read_text() + OPERATIONS.read_text()
    assert [name for name, _ in commands(main) if name not in written] == []


def test_every_command_says_what_it_does() -> None:
    assert [name for name, command in commands(main) if not (command.help or "").strip()] == []


def test_every_make_target_is_in_the_readme() -> None:
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M)
    assert [name for name in targets if f"make {name}" not in (ROOT / "README.md").read_text()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_tells_its_context_its_choice_and_what_was_given_up(page: Path) -> None:
    text = page.read_text()
    assert [section for section in SECTIONS if section not in text] == []
    assert text.startswith(f"# {page.stem[:4]} ")
    assert f"({page.name})" in (page.parent / "README.md").read_text(), "add it to docs/decisions/README.md"


def test_no_two_decisions_share_a_number() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#\s]*)#([^)\s]+)\)", page.read_text())
    assert [f"{file}#{anchor}" for file, anchor in links if anchor not in anchors(page.parent / file if file else page)] == []


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them: small letters, no punctuation, hyphens for blanks."""
    outside_code = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", outside_code, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_paper_that_code_or_a_page_names_is_there() -> None:
    """Schema files are left out: one that has run is never changed."""
    named = {
        (path, name) for path in files(".py", ".js", ".sql", ".toml", ".md") if "schema" not in path.parts for name in PAPER.findall(path.read_text())
    }
    assert len(named) > 100
    assert sorted(f"{path.relative_to(ROOT)}: {name}" for path, name in named if not (ROOT / name).exists()) == []


def test_a_file_of_the_rooms_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`((?:snippet|tracker|sessionizer|profiles|tests)/[^`\s]*)`", (ROOT / "README.md").read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_leads_to_every_document() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if f"(docs/{page.name})" not in readme] == []


def test_what_lands_is_checked_and_then_tested() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["set -eu", 'cd "$(dirname "$0")/.."', "make check", "make test"]


def test_the_changelog_starts_with_the_version_of_the_package() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert version
    assert newest
    assert newest[1] == version[1] == __version__
