"""Every type of message goes over a socket to a receiver, signed; each fits the schema that is served, and so do the examples in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from standardwebhooks import Webhook as Reference

from profiles import openapi
from profiles.webhooks.changing import PING
from profiles.webhooks.messages import MESSAGES, examples
from tests.crm.examples import by_type
from tests.crm.fitting import closed, misfits, shape
from tests.crm.story import Story
from tests.house.tree import ROOT
from tests.profiles.conftest import DOCUMENT, Api, apis
from tests.profiles.conftest import registry as registry  # noqa: PLC0414 - the fixture
from tests.profiles.webhooks.receiver import Receiver
from tracker.outbox import TYPES
from tracker.registry import Registry
from tracker.sites import Site
from tracker.store import Store

SCHEMA = openapi.schema("message") or {}


def faults(body: dict[str, Any]) -> list[str]:
    return misfits(body, closed(SCHEMA))


@pytest.fixture
def story(store: Store, registry: Registry, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    receiver = Receiver()
    with apis(store, registry, tmp_path_factory.mktemp("api")) as api_of:
        yield Story(api_of(site), receiver)
    receiver.close()
    for table in ("webhooks", "deliveries", "carts", "rules"):
        store.command(f"DELETE FROM {table} WHERE site = {{site:String}}", site=site.name)


def test_every_type_is_delivered_signed_as_its_schema_and_its_example_say(story: Story) -> None:
    story.tell()
    got = story.receiver.got
    reference = Reference(story.webhook.secrets[0].secret)
    assert [reference.verify(each.body, each.headers) for each in got] == [json.loads(each.body) for each in got]
    bodies = [json.loads(each.body) for each in got]
    assert [fault for body in bodies for fault in faults(body)] == []
    assert {body["type"] for body in bodies} == set(MESSAGES)
    assert {each["subject"] for each in (body["data"] for body in bodies if body["type"] == "rule.matched")} == {"cart", "session", "customer"}
    delivered = by_type(got)
    assert {name: shape(body) for name, body in examples().items()} == {name: shape(body) for name, body in delivered.items()}, (
        "the product sends other fields than the examples have: python -m tests.crm.examples"
    )
    assert delivered["list.pulled"]["data"]["rows"] == rows_by_the_api(story.api, delivered["list.pulled"]["data"]["pull"])


def rows_by_the_api(api: Api, pull: dict[str, str]) -> object:
    return api.get(f"/v1/programs/{pull['program_id']}/pulls/{pull['pull_id']}")["data"]


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_fits_its_schema_and_a_field_more_or_less_does_not(name: str) -> None:
    example = examples()[name]
    assert faults(example) == []
    assert faults(example | {"more": 1}) != []
    assert faults(example | {"data": example["data"] | {"more": 1}}) != []
    assert faults(example | {"timestamp": "yesterday"}) != []
    assert faults(example | {"data": dict(list(example["data"].items())[1:])}) != []


def test_the_openapi_document_tells_every_message_with_its_example() -> None:
    told = DOCUMENT["webhooks"]
    assert set(told) == {*TYPES, PING} == set(MESSAGES)
    components = {"components": DOCUMENT["components"]}
    for name, item in told.items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        jsonschema.Draft202012Validator(content["schema"] | components).validate(content["example"])
        assert content["example"]["type"] == name
        assert {parameter["name"] for parameter in item["post"]["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    mapping = DOCUMENT["components"]["schemas"]["Message"]["discriminator"]["mapping"]
    assert mapping == {name: item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] for name, item in told.items()}
    assert [name for name in DOCUMENT["components"]["schemas"] if not name.isidentifier()] == []


def test_a_schema_alone_has_every_message_too() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert [name for name, example in examples().items() if not validator.is_valid(example)] == []
    assert not validator.is_valid(examples()["session.closed"] | {"type": "cart.abandoned"})


def test_the_page_for_people_names_every_type() -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text()
    assert [name for name in MESSAGES if f"| `{name}` |" not in text] == []
