"""One webhook: how it stands, what was sent and what came of it, and what a person may do about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from profiles.params import FAR_MS
from profiles.problems import Problem
from profiles.views.guard import Call
from profiles.views.render import render, segment, shown
from profiles.views.webhooks import TOLD, checked, given, host_of
from profiles.views.words import ago, clean, count, long_duration, moment
from profiles.webhooks import changing, deliveries, keeping, standing
from profiles.webhooks.deliveries import Delivery
from profiles.webhooks.keeping import Webhook

SHOWN = 50
STATUSES = (("", "all"), ("waiting", "waiting"), ("dead", "given up"), ("delivered", "delivered"))
KINDS = {"delivered": "on", "dead": "hold", "waiting": "", "sending": ""}
PAGES = {"cart": "carts", "session": "sessions", "customer": "customers"}
WORDS = {"delivered": "delivered", "dead": "given up", "waiting": "waiting", "sending": "being sent"}


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    delivery_id: str
    created_ms: int
    type: str
    about: str
    href: str
    status: str
    kind: str
    why: str
    attempts: int
    may_send: bool


@dataclass(frozen=True, slots=True)
class WebhookContext:
    webhook_id: str = field(metadata=shown("its id"))
    host: str = field(metadata=shown("whom it tells: the host of its address"))
    url: str = field(metadata=shown("its address"))
    description: str = field(metadata=shown("what a person wrote about it"))
    types: list[tuple[str, str, bool]] = field(metadata=shown("each type of message, what it tells, whether it is sent"))
    enabled: bool = field(metadata=shown("whether it is told anything"))
    why: str = field(metadata=shown("why it was disabled, where nobody did it by hand"))
    trouble: str = field(metadata=shown("since when it takes nothing, why, and what waits for it; '' = it is well"))
    secret: str = field(metadata=shown("its secret, told this once; '' = not now"))
    old_until: str = field(metadata=shown("until when the secret before signs too; '' = there is none"))
    statuses: list[tuple[str, str]] = field(metadata=shown("the filter's choices"))
    status: str = field(metadata=shown("the filter's choice"))
    deliveries: list[DeliveryLine] = field(metadata=shown("what was sent, the newest first"))
    is_cut: bool = field(metadata=shown("whether there are more than these"))
    pinged: bool = field(metadata=shown("whether a test message was just put on its way"))
    problem: str = field(metadata=shown("why a change was refused; '' = nothing was"))


def webhook(call: Call) -> Response:
    checked(call)
    return told(call, found(call))


def found(call: Call) -> Webhook:
    try:
        return changing.webhook(call.deps, call.shop, call.request.path_params["webhook_id"])
    except Problem:
        raise HTTPException(404, "This webhook does not exist; it may have been removed.") from None


def told(call: Call, shown_one: Webhook, secret: str = "", problem: str = "", status: int = 200) -> Response:
    wanted = call.query.get("status", "")
    wanted = wanted if wanted in dict(STATUSES) else ""
    rows = deliveries.asked(
        call.deps.store, "page", site=call.shop.name, webhook_id=shown_one.webhook_id, status=wanted, cursor_ms=FAR_MS, cursor_id="", limit=SHOWN + 1
    )
    old = next((each.until_ms for each in shown_one.secrets if each.until_ms > call.now_ms), 0)
    context = WebhookContext(
        webhook_id=shown_one.webhook_id, host=host_of(shown_one), url=shown_one.url, description=shown_one.description,
        types=[(kind, TOLD[kind], not shown_one.types or kind in shown_one.types) for kind in TOLD], enabled=shown_one.enabled, why=shown_one.why,
        trouble=trouble(call, shown_one), secret=secret, old_until=moment(old, call.now_ms, call.shop.timezone) if old else "",
        statuses=list(STATUSES), status=wanted,
        deliveries=[line(call, each, enabled=shown_one.enabled) for each in rows[:SHOWN]], is_cut=len(rows) > SHOWN,
        pinged="pinged" in call.query, problem=problem,
    )  # fmt: skip
    return render(call, "webhook.html", context, status=status)


def trouble(call: Call, one: Webhook) -> str:
    stood = standing.of_site(call.deps.store, one.site).get(one.webhook_id, standing.NOTHING_YET)
    if stood.failing_ms is None or not one.enabled:
        return ""
    since = f"{moment(stood.failing_ms, call.now_ms, call.shop.timezone)}, that is for {long_duration(call.now_ms - stood.failing_ms)}"
    waits = f" {count(stood.waiting, 'message waits', 'messages wait')} for it; each is tried for a day, and then given up." if stood.waiting else ""
    return f"It has taken nothing since {since}. The last try failed {ago(stood.tried_ms or 0, call.now_ms)}: it {clean(stood.last_why, 200)}.{waits}"


def line(call: Call, delivery: Delivery, *, enabled: bool) -> DeliveryLine:
    return DeliveryLine(
        delivery.delivery_id, delivery.created_ms, delivery.type, *about(delivery.subject), WORDS[delivery.status], KINDS[delivery.status],
        why_of(call, delivery), delivery.attempts, enabled and delivery.status in ("delivered", "dead"),
    )  # fmt: skip


def about(subject: str) -> tuple[str, str]:
    """What the message is about, and its page."""
    kind, _, name = subject.partition(":")
    return (clean(name, 60), f"/{PAGES[kind]}/{segment(name)}") if kind in PAGES else ("", "")


def why_of(call: Call, delivery: Delivery) -> str:
    if delivery.status == "delivered":
        return f"in {delivery.took_ms:,} ms"
    if delivery.status == "waiting" and not delivery.attempts:
        return "its turn comes after the message before it"
    following = f"; next try {moment(delivery.next_ms, call.now_ms, call.shop.timezone)}" if delivery.status == "waiting" else ""
    return clean(delivery.why, 200) + following


# --- what a person does ------------------------------------------------------------------------------------------------


def change(call: Call) -> Response:
    checked(call)
    before = found(call)
    wanted = given(call)
    wanted.enabled = before.enabled
    try:
        changing.change(call.deps, before, wanted)
    except Problem as problem:
        return told(call, before, problem=problem.message, status=problem.status)
    return back(before)


def switch(call: Call) -> Response:
    """On or off."""
    checked(call)
    before = found(call)
    keeping.save(call.deps.store, replace(before, enabled=not before.enabled, why=""))
    return back(before)


def rotate(call: Call) -> Response:
    checked(call)
    rotated = changing.rotate(call.deps, found(call))
    return told(call, rotated, secret=rotated.secrets[0].secret)


def ping(call: Call) -> Response:
    checked(call)
    one = found(call)
    try:
        changing.ping(call.deps, one)
    except Problem as problem:
        return told(call, one, problem=problem.message, status=problem.status)
    return RedirectResponse(f"/webhooks/{segment(one.webhook_id)}?pinged=1#deliveries", status_code=303)


def redeliver(call: Call) -> Response:
    checked(call)
    one = found(call)
    try:
        changing.redeliver(call.deps, one, call.request.path_params["delivery"])
    except Problem as problem:
        return told(call, one, problem=problem.message, status=problem.status)
    return RedirectResponse(f"/webhooks/{segment(one.webhook_id)}#deliveries", status_code=303)


def remove(call: Call) -> Response:
    checked(call)
    changing.remove(call.deps, found(call))
    return RedirectResponse("/webhooks", status_code=303)


def back(one: Webhook) -> Response:
    return RedirectResponse(f"/webhooks/{segment(one.webhook_id)}", status_code=303)
