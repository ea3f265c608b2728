"""Facts about the customers of one component: attributes, consent, the CRM's word on the life cycle.

in   the component's events, each once, in order of time
out  per customer or visitor what the latest statement says; `at` decides, equal times by event id
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sessionizer.model import Event

CONSENT_TYPES = frozenset({"consent", "customer_update"})
UNNAMED_PURPOSE = "tracking"  # a consent that names no purpose is about being observed


@dataclass(frozen=True, slots=True)
class Consent:
    granted: bool
    at_ms: int
    how: str  # tag: said in the browser; crm: sent by the company


@dataclass(frozen=True, slots=True)
class Lifecycle:
    stage: str = ""
    at_ms: int = 0


def attributes(events: Iterable[Event], customer_id: str) -> dict[str, Any]:
    """Traits of identify and the CRM's attributes in one object; of each key the latest value."""
    found: dict[str, Any] = {}
    for event in events:
        if event.customer_id == customer_id and event.type in ("identify", "customer_update"):
            said = event.properties().get("traits" if event.type == "identify" else "attributes")
            if isinstance(said, dict):
                found.update(said)
    return dict(sorted(found.items()))


def consents(events: Iterable[Event], visitors: frozenset[str], customer_id: str) -> dict[str, Consent]:
    """purpose -> the latest word of these visitors, or of the CRM about this customer."""
    found: dict[str, Consent] = {}
    for event in events:
        if event.type == "consent" and event.visitor_id in visitors:
            found.update(said_in_browser(event))
        elif event.type == "customer_update" and customer_id and event.customer_id == customer_id:
            said = event.properties().get("consent")
            if isinstance(said, dict):
                found.update({str(purpose): Consent(granted, event.at_ms, "crm") for purpose, granted in said.items() if isinstance(granted, bool)})
    return dict(sorted(found.items()))


def marketing(found: Mapping[str, Consent]) -> Consent | None:
    """May the owner be written to? Who refused to be observed, in words that name no purpose, refused this as well."""
    said, refused = found.get("marketing"), found.get(UNNAMED_PURPOSE)
    if refused is None or refused.granted or (said is not None and said.at_ms > refused.at_ms):
        return said
    return refused


def said_in_browser(event: Event) -> dict[str, Consent]:
    said = event.properties()
    purposes = said.get("purposes") or [UNNAMED_PURPOSE]
    if not isinstance(purposes, list) or said.get("state") not in ("granted", "denied"):
        return {}
    return {str(purpose): Consent(said["state"] == "granted", event.at_ms, "tag") for purpose in purposes}


def lifecycle(events: Iterable[Event], customer_id: str) -> Lifecycle:
    """What the CRM says of the stage; an empty word takes it back, null says nothing."""
    found = Lifecycle()
    for event in events:
        if event.type == "customer_update" and event.customer_id == customer_id:
            stage = event.properties().get("lifecycle")
            if isinstance(stage, str):
                found = Lifecycle(stage, event.at_ms if stage else 0)
    return found
