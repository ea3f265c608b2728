"""docs/tag.md tells every attribute, every call and every event of the tag, and none that it does not have."""

from __future__ import annotations

import re

import snippet
from tracker.vocabularies import ga4_tables

SOURCE = snippet.source()
DOCS = (snippet.FOLDER.parent / "docs" / "tag.md").read_text(encoding="utf-8")
CALLS = {"page", "product_view", "search", "cart_add", "cart_remove", "cart_set", "checkout", "order", "refund", "order_cancelled",
         "identify", "logout", "consent", "custom"}  # fmt: skip


def attributes_read() -> set[str]:
    """attribute(element, 'step-name') reads data-track-step-name; lists of item fields are read the same way."""
    names = set(re.findall(r"attribute\([\w.]+(?:\([^)]*\))?, '([\w-]+)'\)", SOURCE))
    lists = re.findall(r"const ITEM = \[((?:'\w+'(?:, )?)+)\]", SOURCE)
    names |= {name for each in lists for name in re.findall(r"'(\w+)'", each)}
    return {f"data-track-{name}" for name in names} | set(re.findall(r"'(data-track-\w+)'", SOURCE)) - {"data-track-"}


def test_every_attribute_is_told_and_every_attribute_told_is_read() -> None:
    told = set(re.findall(r"data-track-[a-z-]+[a-z]", DOCS))
    assert told == attributes_read() | {"data-track-results", "data-track-content"}  # the last is Matomo's


def test_every_call_is_told() -> None:
    assert set(re.findall(r"tracker\('(\w+)'", DOCS)) == CALLS


def test_every_setting_of_the_script_element_is_told() -> None:
    read = {f"data-{kebab(name)}" for name in re.findall(r"\bown\.(\w+)", SOURCE) + re.findall(r"'(\w+)' in own", SOURCE)}
    assert set(re.findall(r"\| `(data-[a-z-]+)[=`]", DOCS.split("## Content")[0])) == read


def kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), name)


def test_every_event_of_the_data_layer_is_told_and_none_else() -> None:
    tables = re.findall(r"const (?:TYPES|UNIVERSAL) = \{(.*?)\};", (snippet.FOLDER / "src" / "datalayer.js").read_text(encoding="utf-8"), re.DOTALL)
    read = {name for table in tables for name in re.findall(r"(\w+): ['\[]", table)} | {
        "view_item_list", "select_item", "view_item", "view_cart", "view_promotion", "select_promotion",
    }  # fmt: skip
    rows = DOCS.split("| GA4 |")[1].split("\n\n")[0].splitlines()[2:]
    assert {name for row in rows for cell in row.split("|")[1:3] for name in re.findall(r"`(\w+)`", cell)} == read


def test_tag_and_collector_mean_the_same_by_googles_names() -> None:
    entries = re.findall(r"(\w+): \['(\w+)'(?:, (\d), '(\w+)')?\]", (snippet.FOLDER / "src" / "datalayer.js").read_text(encoding="utf-8"))
    ours = {name: (type_, {"step": int(step), "step_name": word} if step else {}) for name, type_, step, word in entries}
    assert len(ours) == 7
    assert ours == {name: ga4_tables.EVENTS[name] for name in ours}


def test_the_recipes_for_a_proxy_hand_on_what_the_tag_asks_for_and_nothing_else() -> None:
    chapter = DOCS.split("## A path of your own")[1].split("\n## ")[0]
    location = re.search(r"location ~ (\S+) \{", chapter)
    assert location
    handed_on = {path: re.match(location[1], path) for path in ("/see/t.js", "/see/t/0.1.0-0123456789ab.js", "/see/v1/events")}
    assert [found and found[1] for found in handed_on.values()] == ["/t.js", "/t/0.1.0-0123456789ab.js", "/v1/events"]
    others = ("/see/healthz", "/see/v1/batch", "/see/t/a/b.js", "/see/t/a\nb.js", "/seet.js", "/see/v1/events/x")
    assert not any(re.match(location[1], path) for path in others)
    assert "@see path /see/t.js /see/t/* /see/v1/events\n" in chapter
    assert chapter.count("Cookie") == 2
