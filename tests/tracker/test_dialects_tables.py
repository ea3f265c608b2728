"""Every row of the vocabularies' tables: each name of theirs arrives in the field of ours that the table says."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tracker import wire
from tracker.row import EventRow, Receipt
from tracker.sites import Site
from tracker.vocabularies import ga4_tables, segment_tables
from tracker.vocabularies.draft import CLASSES, Draft, row
from tracker.vocabularies.ga4 import Envelope, drafts_of
from tracker.vocabularies.mapping import NUMBERS, WITH_ITEMS, Tables
from tracker.vocabularies.segment import CALLS, draft_of

SHOP = Site(name="shop", site_key="pk_shop")
# What an event of ours cannot do without, in the words of each.
NEEDED = {
    "segment": {"query": "hat", "order_id": "o-1", "sku": "X1", "promotion_id": "P1", "list_id": "L1"},
    "ga4": {"search_term": "hat", "transaction_id": "o-1", "item_id": "X1", "promotion_id": "P1", "item_list_id": "L1"},
}
TABLES: dict[str, Tables] = {"segment": segment_tables.TABLES, "ga4": ga4_tables.TABLES}


def draft(vocabulary: str, name: str, properties: dict[str, Any]) -> Draft:
    if vocabulary == "segment":
        call = {"type": "track", "event": name, "messageId": "m-1", "anonymousId": "a", "timestamp": "2026-11-22T08:00:00Z"}
        return draft_of({**call, "properties": properties})
    event = {"name": name, "timestamp_micros": 1_795_000_000_000_000, "params": properties}
    return drafts_of(Envelope({"client_id": "1.2", "user_id": "c-1"}), event, 0)[0]


def taken(found: Draft) -> EventRow:
    return row(found.event, Receipt(site=SHOP, received_ms=1_795_400_000_000, own_time=True))


def value_of(field: str) -> Any:
    return "7.5" if field in NUMBERS else "EUR" if field == "currency" else f"a-{field}"


def needed(vocabulary: str, field: str) -> dict[str, Any]:
    """Without the names that may hold this field: one of them would be taken instead."""
    tables = TABLES[vocabulary]
    rivals = {name for table in (*tables.fields.values(), *tables.content.values(), tables.item) for name in table.get(field, ())}
    return {name: value for name, value in NEEDED[vocabulary].items() if name not in rivals}


EVENTS = [(vocabulary, name) for vocabulary, tables in TABLES.items() for name in (*tables.events, *tables.aliases)]
FIELDS = [
    (vocabulary, event, field, name)
    for vocabulary, tables in TABLES.items()
    for event, (kind, constants) in tables.events.items()
    for field, names in ({**tables.fields.get(kind, {}), **tables.content.get(str(constants.get("kind")), {})}).items()
    if field not in constants
    for name in names
]
ITEM_FIELDS = [
    (vocabulary, event, field, name)
    for vocabulary, tables in TABLES.items()
    for event, (kind, _) in tables.events.items() if kind in WITH_ITEMS
    for field, names in {**tables.item, **tables.joined}.items()
    for name in names
]  # fmt: skip


@pytest.mark.parametrize(("vocabulary", "name"), EVENTS)
def test_an_event_becomes_the_type_the_table_says_in_any_case_of_letters(vocabulary: str, name: str) -> None:
    tables = TABLES[vocabulary]
    kind, constants = tables.events[tables.aliases.get(name, name)]
    for written in (name, name.title(), f" {name.upper()} ") if vocabulary == "segment" else (name,):
        found = draft(vocabulary, written, dict(NEEDED[vocabulary]))
        assert taken(found).type == kind
        assert {field: found.event[field] for field in constants} == constants


@pytest.mark.parametrize(("vocabulary", "event", "field", "name"), FIELDS)
def test_a_property_arrives_in_its_field(vocabulary: str, event: str, field: str, name: str) -> None:
    found = draft(vocabulary, event, {**needed(vocabulary, field), name: value_of(field)})
    assert found.event[field] == (7.5 if field in NUMBERS else value_of(field))
    assert taken(found)
    assert not [path for path in found.ignored if path.endswith(f".{name}")], "what is taken is not called ignored"


@pytest.mark.parametrize(("vocabulary", "event", "field", "name"), ITEM_FIELDS)
def test_a_field_of_a_product_arrives_in_the_item(vocabulary: str, event: str, field: str, name: str) -> None:
    tables = TABLES[vocabulary]
    product = {tables.item["id"][0]: "X1"} if field != "id" else {}
    found = draft(vocabulary, event, {**needed(vocabulary, "id"), tables.items: [{**product, name: value_of(field)}]})
    assert found.event["items"][0][field] == (7.5 if field in NUMBERS else value_of(field))
    assert taken(found).items[0]["id"]
    assert not [path for path in found.ignored if path.endswith(f"[].{name}")]


def test_every_type_and_field_of_the_tables_is_one_of_the_wire() -> None:
    for tables in TABLES.values():
        for kind, constants in tables.events.values():
            known = {field.name for field in msgspec.structs.fields(CLASSES[kind])}
            assert set(constants) | set(tables.fields.get(kind, {})) <= known
        assert {name for table in tables.content.values() for name in table} <= {field.name for field in msgspec.structs.fields(wire.Content)}
        assert set(tables.item) | set(tables.joined) <= {field.name for field in msgspec.structs.fields(wire.Item)}


def test_every_old_name_leads_to_a_name_that_is_known() -> None:
    assert [name for name in segment_tables.ALIASES.values() if name not in segment_tables.EVENTS] == []
    assert [name for name in segment_tables.ALIASES if name in segment_tables.EVENTS] == []


def test_what_is_not_kept_is_in_no_table() -> None:
    assert set(ga4_tables.NOT_KEPT) & set(ga4_tables.EVENTS) == set()
    assert set(segment_tables.NOT_KEPT) & set(CALLS) == set()
