"""The webhooks of a site: where messages go, how it stands with each, and a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles.problems import Problem
from profiles.views.changing import may_change
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.words import ago, clean, count, listed, long_duration
from profiles.webhooks import changing, keeping, standing
from profiles.webhooks.answers import WebhookIn
from profiles.webhooks.keeping import Webhook
from profiles.webhooks.standing import NOTHING_YET, Standing
from tracker.outbox import TYPES

TOLD = {
    "cart.abandoned": "a cart was left behind", "cart.recovered": "a cart that was left came back as an order",
    "cart.retracted": "what was said of a cart does not hold any more", "session.closed": "a session ended",
    "customer.lifecycle_changed": "a customer came to another stage", "rule.matched": "a rule of yours met somebody",
    "list.pulled": "the list of a campaign was pulled for it",
}  # fmt: skip
HOSTS_MAX = 60


@dataclass(frozen=True, slots=True)
class WebhookLine:
    """A row of the list. `kind` is the look of its state."""

    webhook_id: str
    host: str
    description: str
    tells: str
    state: str
    kind: str
    delivered: int
    waiting: int
    dead: int
    last: str


@dataclass(frozen=True, slots=True)
class WebhooksContext:
    answer: str = field(metadata=shown("how it stands with all of them, as a sentence"))
    webhooks: list[WebhookLine] = field(metadata=shown("all webhooks, the oldest first"))
    types: list[tuple[str, str]] = field(metadata=shown("the types of messages, each with what it tells"))
    url: str = field(metadata=shown("the address that was just written, where it was refused"))
    problem: str = field(metadata=shown("why it was refused; '' = nothing was"))


def webhooks(call: Call) -> Response:
    checked(call)
    return listed_page(call)


def make(call: Call) -> Response:
    """Its page is the answer itself, as the secret is told this once and belongs into no address."""
    from profiles.views import webhook  # the pages know each other

    checked(call)
    try:
        made = changing.make(call.deps, call.shop, given(call))
    except Problem as problem:
        return listed_page(call, problem=problem.message, status=problem.status)
    return webhook.told(call, made, secret=made.secrets[0].secret)


def given(call: Call) -> WebhookIn:
    """Of the form; where every type is ticked, later ones are meant too."""
    ticked = [kind for kind in TYPES if call.form.get(f"type.{kind}")]
    url, description = call.form.get("url", "").strip(), call.form.get("description", "").strip()
    return WebhookIn(url, [] if len(ticked) == len(TYPES) else ticked, description)


def listed_page(call: Call, problem: str = "", status: int = 200) -> Response:
    found = keeping.of_site(call.deps.store, call.shop.name)
    stood = standing.of_site(call.deps.store, call.shop.name)
    context = WebhooksContext(
        answer=answer(found, stood), webhooks=[line(each, stood.get(each.webhook_id, NOTHING_YET), call.now_ms) for each in found],
        types=[(kind, TOLD[kind]) for kind in TOLD], url=call.form.get("url", "") if problem else "", problem=problem,
    )  # fmt: skip
    return render(call, "webhooks.html", context, status=status)


def answer(found: list[Webhook], stood: Mapping[str, Standing]) -> str:
    if not found:
        return "No other system is told yet"
    known = [stood[each.webhook_id] for each in found if each.webhook_id in stood]
    failing = sum(each.enabled and stood.get(each.webhook_id, NOTHING_YET).failing_ms is not None for each in found)
    dead = sum(each.dead for each in known)
    on = sum(each.enabled for each in found)
    systems = count(len(found), "system") if on == len(found) else f"{on or 'None'} of {count(len(found), 'system')}"
    who = "it" if len(found) == 1 else f"{failing} of them"
    fails = f"; {who} {'takes' if failing == 1 else 'take'} nothing now" if failing else ""
    return f"{systems} {'is' if on in (0, 1) else 'are'} told{fails}" + (f"; {count(dead, 'message')} could not be delivered" if dead else "")


def line(webhook: Webhook, stood: Standing, now_ms: int) -> WebhookLine:
    state, kind = state_of(webhook, stood)
    last = f"{ago(stood.tried_ms, now_ms)}: {stood.last_why or 'taken'}" if stood.tried_ms else ""
    if webhook.enabled and stood.failing_ms is not None:
        last = f"for {long_duration(now_ms - stood.failing_ms)}; last try {last}"
    return WebhookLine(
        webhook.webhook_id, host_of(webhook), webhook.description, tells(webhook), state, kind, stood.delivered, stood.waiting, stood.dead, last
    )


def state_of(webhook: Webhook, stood: Standing) -> tuple[str, str]:
    if not webhook.enabled:
        return "disabled", "hold"
    if stood.failing_ms is not None:
        return "failing", "hold"
    return ("works", "on") if stood.tried_ms else ("nothing sent yet", "")


def host_of(webhook: Webhook) -> str:
    """Its address without what is the same for all."""
    parts = urlsplit(webhook.url)
    return clean((parts.netloc + parts.path).rstrip("/"), HOSTS_MAX)


def tells(webhook: Webhook) -> str:
    return listed(list(webhook.types)) if webhook.types else "everything"


# --- who may ---------------------------------------------------------------------------------------------------------


def checked(call: Call) -> None:
    if not may_change(call, "customers"):
        raise HTTPException(403, "Webhooks hand customers’ data out, so they need a key with the scope `customers`.")
