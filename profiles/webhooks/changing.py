"""What a person does with webhooks, by the API or on the page: make, change, rotate, ping, send again.

in   values as they were written; Problem says what is wrong with them
out  rows of `webhooks`, `messages`, `deliveries`
"""

from __future__ import annotations

import uuid
from dataclasses import replace

import msgspec

from profiles.deps import Deps
from profiles.message import Message
from profiles.problems import Problem, not_found
from profiles.webhooks import deliveries, keeping
from profiles.webhooks.addresses import Refused, Resolve, checked, system_resolve, target_of
from profiles.webhooks.answers import WebhookIn
from profiles.webhooks.deliveries import Delivery
from profiles.webhooks.keeping import Webhook
from tracker import outbox
from tracker.clock import iso
from tracker.outbox import TYPES, message_id, put
from tracker.sites import Site
from tracker.store import load

PING = "webhook.ping"
DESCRIPTION_MAX = 200
WEBHOOKS_MAX = 100


class Pinged(msgspec.Struct):
    webhook_id: str
    site: str


class WebhookPing(Message, tag=PING):
    """Somebody wanted to see whether messages arrive."""

    data: Pinged


def webhook(deps: Deps, site: Site, webhook_id: str) -> Webhook:
    found = keeping.one(deps.store, site.name, webhook_id)
    if found is None:
        raise not_found("webhook", webhook_id)
    return found


def make(deps: Deps, site: Site, given: WebhookIn, resolve: Resolve = system_resolve) -> Webhook:
    check(deps, given, resolve)
    if len(keeping.of_site(deps.store, site.name)) >= WEBHOOKS_MAX:
        raise Problem(409, "too_many", f"A site has at most {WEBHOOKS_MAX} webhooks; remove one first")
    made = replace(keeping.new(site.name, given.url, given.types, given.description, deps.clock.now_ms()), enabled=given.enabled)
    keeping.save(deps.store, made)
    return made


def change(deps: Deps, found: Webhook, given: WebhookIn, resolve: Resolve = system_resolve) -> Webhook:
    check(deps, given, resolve)
    why = found.why if not given.enabled else ""
    changed = replace(found, url=given.url, types=tuple(given.types), description=given.description, enabled=given.enabled, why=why)
    keeping.save(deps.store, changed)
    return changed


def check(deps: Deps, given: WebhookIn, resolve: Resolve) -> None:
    """Raises Problem. The address is looked up now, and again at every send."""
    local = deps.settings.webhooks_local
    try:
        checked(target_of(given.url, local=local), resolve, local=local)
    except Refused as refused:
        raise Problem(400, "url_refused", f"`url`: {refused}") from None
    unknown = [kind for kind in given.types if kind not in TYPES]
    if unknown:
        raise Problem(400, "field_invalid", f"`types` names {unknown[0][:100]!r}; there are: {', '.join(TYPES)}")
    if len(given.description) > DESCRIPTION_MAX:
        raise Problem(400, "field_invalid", f"`description` has {len(given.description)} characters; it may have {DESCRIPTION_MAX}")


def rotate(deps: Deps, found: Webhook) -> Webhook:
    rotated = found.rotated(deps.clock.now_ms())
    keeping.save(deps.store, rotated)
    return rotated


def remove(deps: Deps, found: Webhook) -> None:
    keeping.save(deps.store, found, removed=True)
    deps.store.command(load("profiles.webhooks", "give_up"), site=found.site, webhook_id=found.webhook_id)


def ping(deps: Deps, found: Webhook) -> Delivery:
    """A message for this webhook alone; it goes the way of all others."""
    if not found.enabled:
        raise Problem(409, "webhook_disabled", "This webhook is disabled; enable it first")
    now_ms = deps.clock.now_ms()
    payload = msgspec.json.encode(WebhookPing(iso(now_ms), Pinged(found.webhook_id, found.site)))
    name = message_id(found.site, PING, uuid.uuid4().hex)
    message = outbox.Message(found.site, name, PING, f"ping:{name}", 1, now_ms, payload, found.webhook_id, visitor_ids=(), customer_ids=())
    put(deps.store, [message], now_ms)
    row = {"site": found.site, "message_id": name, "subject": message.subject, "sequence": 1, "type": PING}
    return deliveries.new(row, found.webhook_id, now_ms)


def delivery(deps: Deps, found: Webhook, delivery_id: str) -> Delivery:
    rows = deliveries.asked(deps.store, "delivery", site=found.site, webhook_id=found.webhook_id, delivery_id=delivery_id)
    if not rows:
        raise not_found("delivery", delivery_id)
    return rows[0]


def redeliver(deps: Deps, found: Webhook, delivery_id: str) -> Delivery:
    stored = delivery(deps, found, delivery_id)
    if stored.status == "sending":
        raise Problem(409, "under_way", "This delivery is being sent right now")
    if not found.enabled:
        raise Problem(409, "webhook_disabled", "This webhook is disabled; enable it first")
    again = stored.again(deps.clock.now_ms())
    deliveries.save(deps.store, [again])
    return again
