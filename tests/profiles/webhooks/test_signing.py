"""What the reference library, which receivers use, thinks of our signatures (docs/guarantees.md, no. 60)."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from profiles.webhooks.signing import SECRET_BYTES, headers, new_secret

BODY = '{"type":"cart.abandoned","timestamp":"2026-11-22T12:00:00.000Z","data":{"name":"Käse","value":19.9}}'.encode()
SECRET = new_secret()


def signed(secrets: list[str] | None = None, ago_s: int = 0) -> dict[str, str]:
    return headers("msg_1", BODY, secrets or [SECRET], (int(time.time()) - ago_s) * 1000)


def test_a_message_as_it_was_sent_is_taken() -> None:
    assert Webhook(SECRET).verify(BODY, signed())["type"] == "cart.abandoned"
    assert Webhook(SECRET).verify(BODY, signed(ago_s=290))["type"] == "cart.abandoned"


def test_a_secret_is_new_each_time_and_long_enough() -> None:
    found = {new_secret() for _ in range(100)}
    assert len(found) == 100
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in found} == {SECRET_BYTES}
    assert SECRET_BYTES >= 24


@given(st.integers(0, len(BODY) - 1), st.integers(1, 127))
def test_any_changed_byte_is_refused(place: int, by: int) -> None:
    changed = bytearray(BODY)
    changed[place] = (changed[place] + by) % 128
    text = bytes(changed).decode("utf-8", "replace").encode()
    if text != BODY:
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(text, signed())


@pytest.mark.parametrize("ago_s", [310, 3600, -310])
def test_an_old_message_is_refused_and_one_from_the_future(ago_s: int) -> None:
    with pytest.raises(WebhookVerificationError, match="too"):
        Webhook(SECRET).verify(BODY, signed(ago_s=ago_s))


@pytest.mark.parametrize(("name", "value"), [("webhook-id", "msg_2"), ("webhook-timestamp", str(int(time.time()) - 5))], ids=["id", "time"])
def test_an_id_and_a_time_cannot_be_exchanged(name: str, value: str) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY, signed() | {name: value})


def test_while_a_secret_is_exchanged_both_of_them_verify_and_no_other() -> None:
    old, new = new_secret(), new_secret()
    both = signed([new, old])
    assert Webhook(old).verify(BODY, both) == Webhook(new).verify(BODY, both)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, both)
