"""docs/tag.md tells every attribute, every call and every event of the tag, and none that it does not have."""

from __future__ import annotations

import re

import snippet

SOURCE = snippet.source()
DOCS = (snippet.FOLDER.parent / "docs" / "tag.md").read_text(encoding="utf-8")
CALLS = {"page", "product_view", "search", "cart_add", "cart_remove", "cart_set", "checkout", "order", "refund", "order_cancelled",
         "identify", "logout", "consent", "custom"}  # fmt: skip


def attributes_read() -> set[str]:
    """attribute(element, 'step-name') reads data-track-step-name; lists of item fields are read the same way."""
    names = set(re.findall(r"attribute\([\w.]+(?:\([^)]*\))?, '([\w-]+)'\)", SOURCE))
    lists = re.findall(r"(?:CONTENT = |concat\()\[?((?:'\w+'(?:, )?)+)", SOURCE)
    names |= {name for each in lists for name in re.findall(r"'(\w+)'", each)}
    return {f"data-track-{name}" for name in names} | set(re.findall(r"'(data-track-\w+)'", SOURCE)) - {"data-track-"}


def test_every_attribute_is_told_and_every_attribute_told_is_read() -> None:
    told = set(re.findall(r"data-track-[a-z-]+[a-z]", DOCS))
    assert told == attributes_read() | {"data-track-results"}


def test_every_call_is_told() -> None:
    assert set(re.findall(r"tracker\('(\w+)'", DOCS)) == CALLS


def test_every_setting_of_the_script_element_is_told() -> None:
    read = {f"data-{name}" for name in re.findall(r"\bown\.(\w+)", SOURCE)} | {"data-debug"}
    assert set(re.findall(r"\| `(data-(?:site|consent|search|debug|\w+))[=`]", DOCS.split("## Content")[0])) == read
