"""GA4's Measurement Protocol: POST /mp/collect?measurement_id=…&api_secret=…, and its validation. The mapping is tracker/vocabularies/ga4.py.

`api_secret` is a secret key of scope `events`; without one `measurement_id` is the site key, and the sender is as public as a page.
"""

from __future__ import annotations

from typing import Any

from tracker.body import TYPES
from tracker.dialects.letter import Letter, NotKept, Outcome, decoded, encode, parameters
from tracker.event import Refused
from tracker.row import Unfit
from tracker.vocabularies.draft import Draft
from tracker.vocabularies.ga4 import Envelope, drafts_of
from tracker.vocabularies.ga4_tables import NOT_KEPT
from tracker.vocabularies.mapping import Given

BODY_MAX_BYTES = 256 * 1024
EVENTS_MAX = 500
# our reason -> their validation code; any other is VALUE_INVALID
CODES = {
    "field_missing": "VALUE_REQUIRED", "visitor_missing": "VALUE_REQUIRED", "items_missing": "VALUE_REQUIRED",
    "too_many_items": "EXCEEDED_MAX_ENTITIES",
}  # fmt: skip


class Ga4:
    types: tuple[bytes, ...] = (*TYPES, b"application/x-www-form-urlencoded")  # what curl says where nobody tells it; Google takes any
    body_max_bytes = BODY_MAX_BYTES

    def __init__(self, is_debug: bool = False) -> None:
        self.is_debug = is_debug

    def read(self, headers: dict[bytes, bytes], query: bytes, body: bytes) -> Letter:
        asked, given = parameters(query), decoded(body)
        secret, measurement_id = asked.get("api_secret", ""), asked.get("measurement_id") or asked.get("firebase_app_id", "")
        events = given.get("events")
        if not isinstance(events, list):
            raise Refused(400, "batch_invalid", "`events` should be a list of {name, params}")
        if len(events) > EVENTS_MAX:
            raise Refused(413, "too_many_events", f"{len(events)} events in one body; send at most {EVENTS_MAX}")
        envelope = Envelope(given)

        def drafts(event: Any, index: int) -> list[Draft]:
            if not isinstance(event, dict):
                raise Unfit("not_an_object", "This event is no object {…}")
            if (why := NOT_KEPT.get(str(event.get("name")))) is not None:
                raise NotKept(why)
            return drafts_of(envelope, event, index)

        if secret.startswith("sk_"):
            return Letter(secret, events, drafts, site_key=measurement_id if measurement_id.startswith("pk_") else "")
        return Letter(measurement_id, events, drafts)

    def answer(self, outcome: Outcome) -> tuple[int, bytes]:
        if self.is_debug:
            return 200, encode({"validationMessages": [*map(message_of, outcome.parsed.refusals), *map(warning_of, outcome.warnings())]})
        return 202, encode({"accepted": outcome.accepted, "refused": outcome.parsed.refusals, "warnings": outcome.warnings()})

    def error(self, refused: Refused) -> tuple[int, bytes]:
        if self.is_debug and refused.status < 429:
            return 200, encode({"validationMessages": [validation("", refused.message, "VALUE_INVALID")]})
        return refused.status, encode({"error": {"code": refused.code, "message": refused.message}})


def message_of(refusal: Any) -> Given:
    return validation(f"events[{refusal.index}]", refusal.message, CODES.get(refusal.reason, "VALUE_INVALID"))


def warning_of(warning: Given) -> Given:
    return validation(f"events[{warning['index']}].{warning['field']}".rstrip("."), warning["message"], "VALUE_INVALID")


def validation(path: str, description: str, code: str) -> Given:
    return {"fieldPath": path, "description": description, "validationCode": code}
