"""The webhooks of a site: where messages go, how it stands with each, and a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import Response

from profiles.problems import Problem
from profiles.views.guard import Call
from profiles.views.render import render, shown
from profiles.views.words import ago, clean, count, listed
from profiles.webhooks import changing, keeping
from profiles.webhooks.answers import WebhookIn
from profiles.webhooks.keeping import Webhook
from tracker.outbox import TYPES
from tracker.store import Row, load

SCOPES = frozenset({"customers", "admin"})
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
    rows = call.deps.store.rows(load("profiles.webhooks", "standing"), site=call.shop.name)
    standing = {row["webhook_id"]: row for row in rows}
    context = WebhooksContext(
        answer=answer(found, standing), webhooks=[line(each, standing.get(each.webhook_id), call.now_ms) for each in found],
        types=[(kind, TOLD[kind]) for kind in TOLD], url=call.form.get("url", "") if problem else "", problem=problem,
    )  # fmt: skip
    return render(call, "webhooks.html", context, status=status)


def answer(found: list[Webhook], standing: dict[str, Row]) -> str:
    if not found:
        return "No other system is told yet"
    dead = sum(standing[each.webhook_id]["dead"] for each in found if each.webhook_id in standing)
    on = sum(each.enabled for each in found)
    systems = count(len(found), "system") if on == len(found) else f"{on or 'None'} of {count(len(found), 'system')}"
    return f"{systems} {'is' if on in (0, 1) else 'are'} told" + (f"; {count(dead, 'message')} could not be delivered" if dead else "")


def line(webhook: Webhook, row: Row | None, now_ms: int) -> WebhookLine:
    state, kind = state_of(webhook, row)
    last = f"{ago(row['tried_ms'], now_ms)}: {row['last_why'] or 'taken'}" if row and row["tried_ms"] else ""
    return WebhookLine(
        webhook.webhook_id, host_of(webhook), webhook.description, tells(webhook), state, kind, row["delivered"] if row else 0,
        row["waiting"] if row else 0, row["dead"] if row else 0, last,
    )  # fmt: skip


def state_of(webhook: Webhook, row: Row | None) -> tuple[str, str]:
    if not webhook.enabled:
        return "disabled", "hold"
    if row is None or not row["tried_ms"]:
        return "nothing sent yet", ""
    return ("failing", "hold") if row["last_why"] else ("works", "on")


def host_of(webhook: Webhook) -> str:
    """Its address without what is the same for all."""
    parts = urlsplit(webhook.url)
    return clean((parts.netloc + parts.path).rstrip("/"), HOSTS_MAX)


def tells(webhook: Webhook) -> str:
    return listed(list(webhook.types)) if webhook.types else "everything"


# --- who may ---------------------------------------------------------------------------------------------------------


def may_change(call: Call) -> bool:
    """Whoever has the machine, or a key that may do so in the API too."""
    if call.login is None or call.login.is_local:
        return call.login is not None
    return any(key.key_id == call.login.key_id and SCOPES & set(key.scopes) for key in call.deps.registry.keys(call.login.site))


def checked(call: Call) -> None:
    if not may_change(call):
        raise HTTPException(403, "Webhooks hand customers’ data out, so they need a key with the scope `customers`.")
