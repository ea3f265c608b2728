"""The receiver alone: signatures, repetition, order."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from profiles import openapi
from profiles.webhooks.messages import examples
from tests.crm.receiver import app_of
from tests.crm.table import Table

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Message = tuple[str, dict[str, Any]]


def cart(kind: str, cart_id: str, version: int, retracts: str = "") -> dict[str, Any]:
    data: dict[str, Any] = {"cart_id": cart_id, "version": version, "owner": {"customer_id": "c-1", "visitor_ids": []}}
    return {
        "type": f"cart.{kind}",
        "timestamp": "2026-11-22T12:00:00.000Z",
        "data": data | ({"retracts": {"message_id": retracts}} if retracts else {}),
    }


def stage(customer_id: str, version: int, name: str) -> dict[str, Any]:
    data = {"customer_id": customer_id, "version": version, "lifecycle": {"stage": name}, "previous": None}
    return {"type": "customer.lifecycle_changed", "timestamp": "2026-11-22T12:00:00.000Z", "data": data}


def visit(session_id: str, version: int) -> dict[str, Any]:
    return {"type": "session.closed", "timestamp": "2026-11-22T12:00:00.000Z", "data": {"session_id": session_id, "version": version}}


MESSAGES: list[Message] = [
    ("m-1", cart("abandoned", "k-1", 2)), ("m-2", cart("recovered", "k-1", 3)),
    ("m-3", cart("abandoned", "k-2", 2)), ("m-4", cart("retracted", "k-2", 4, "m-3")),
    ("m-5", cart("abandoned", "k-3", 1)), ("m-6", cart("retracted", "k-3", 2, "m-5")), ("m-7", cart("abandoned", "k-3", 3)),
    ("m-8", cart("abandoned", "k-4", 7)),
    ("m-9", stage("c-1", 1, "prospect")), ("m-10", stage("c-1", 2, "new")), ("m-11", visit("s-1", 1)), ("m-12", visit("s-1", 3)),
    ("m-13", {"type": "webhook.ping", "timestamp": "2026-11-22T12:00:00.000Z", "data": {}}),
]  # fmt: skip


@settings(max_examples=40)
@given(order=st.permutations(MESSAGES), again=st.lists(st.sampled_from(MESSAGES)))
def test_any_order_and_any_repetition_of_the_messages_give_the_same_table(order: list[Message], again: list[Message]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        table = Table(Path(directory) / "crm.db")
        for message_id, payload in [*order, *again]:
            table.take(message_id, payload)
        assert sorted(table.call_back()) == ["k-3", "k-4"]
        assert (table.recovered(), table.retracted()) == ({"k-1"}, {"k-2", "k-3"})
        assert (table.stages(), table.visits()) == ({"c-1": "new"}, {"s-1": 3})


@dataclass
class Receiver:
    transport: httpx.ASGITransport

    def post(self, body: str, headers: dict[str, str]) -> int:
        async def posted() -> int:
            async with httpx.AsyncClient(transport=self.transport, base_url="http://crm") as client:
                return (await client.post("/hooks", content=body, headers=headers)).status_code

        return asyncio.run(posted())


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    (tmp_path / "crm.secret").write_text(SECRET)
    (tmp_path / "crm.schema").write_text(json.dumps(openapi.schema("message")))
    return Receiver(httpx.ASGITransport(app_of(tmp_path / "crm.db", 0)))


def headers(body: str, message_id: str = "m-8") -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign(message_id, now, body)
    return {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def test_only_a_message_that_was_signed_with_the_secret_is_taken(receiver: Receiver, tmp_path: Path) -> None:
    told = examples()["cart.abandoned"]
    body = json.dumps(told | {"data": told["data"] | {"cart_id": "k-4"}})
    good = headers(body)
    assert receiver.post(body.replace("k-4", "k-5"), good) == 400
    assert receiver.post(body, good | {"webhook-id": "m-9"}) == 400
    assert receiver.post(body, good | {"webhook-timestamp": "1700000000"}) == 400
    assert receiver.post(body, {}) == 400
    assert Table(tmp_path / "crm.db").call_back() == {}
    assert receiver.post(body, good) == 204
    assert list(Table(tmp_path / "crm.db").call_back()) == ["k-4"]


def test_a_message_that_is_not_what_the_schema_says_is_told_so(receiver: Receiver, tmp_path: Path) -> None:
    body = json.dumps(cart("abandoned", "k-4", 7))
    assert receiver.post(body, headers(body)) == 422
    assert "$.data: 'items' is a required property" in (tmp_path / "crm.unfit").read_text()
    assert Table(tmp_path / "crm.db").call_back() == {}
