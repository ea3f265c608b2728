"""The webhooks in the API, as a table (profiles/api.py takes it in).

All need the scope `customers`: a webhook hands customers' profiles out for as long as it stands, as an export does once.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from profiles.operations import Call, Operation
from profiles.params import Choice, Cursor, Limit, cursor_of
from profiles.problems import Problem
from profiles.webhooks import answers, changing, deliveries, keeping, standing
from tracker.clock import iso

STATUSES = ("waiting", "sending", "delivered", "dead")


def list_webhooks(call: Call) -> answers.WebhookList:
    stood = standing.of_site(call.deps.store, call.site.name)
    found = keeping.of_site(call.deps.store, call.site.name)
    return answers.WebhookList([answers.Webhook(**fields(each, stood.get(each.webhook_id))) for each in found], None)


def create_webhook(call: Call) -> answers.WebhookMade:
    return told_once(call, changing.make(call.deps, call.site, given(call)))


def get_webhook(call: Call) -> answers.Webhook:
    return told(call, named(call))


def put_webhook(call: Call) -> answers.Webhook:
    return told(call, changing.change(call.deps, named(call), given(call)))


def delete_webhook(call: Call) -> answers.Removed:
    found = named(call)
    changing.remove(call.deps, found)
    return answers.Removed(found.webhook_id)


def rotate_webhook(call: Call) -> answers.WebhookMade:
    return told_once(call, changing.rotate(call.deps, named(call)))


def ping_webhook(call: Call) -> answers.Delivery:
    return sent(changing.ping(call.deps, named(call)))


def list_deliveries(call: Call) -> answers.DeliveryList:
    limit = call.query["limit"]
    cursor_ms, cursor_id = call.query["cursor"]
    found = deliveries.asked(
        call.deps.store, "page", site=call.site.name, webhook_id=named(call).webhook_id, status=call.query["status"], cursor_ms=cursor_ms,
        cursor_id=cursor_id, limit=limit + 1,
    )  # fmt: skip
    last = found[limit - 1] if len(found) > limit else None
    return answers.DeliveryList([sent(each) for each in found[:limit]], cursor_of(last.created_ms, last.delivery_id) if last else None)


def redeliver_delivery(call: Call) -> answers.Delivery:
    return sent(changing.redeliver(call.deps, named(call), call.path["delivery"]))


def named(call: Call) -> keeping.Webhook:
    return changing.webhook(call.deps, call.site, call.path["webhook_id"])


def given(call: Call) -> answers.WebhookIn:
    try:
        return msgspec.json.decode(call.body, type=answers.WebhookIn)
    except msgspec.ValidationError as error:
        raise Problem(400, "field_invalid", f'{error}. Send {{"url":"https://crm.example/hooks","types":["cart.abandoned"]}}') from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "not_json", "The body is not JSON in UTF-8") from None


def told(call: Call, found: keeping.Webhook) -> answers.Webhook:
    return answers.Webhook(**fields(found, standing.of_site(call.deps.store, found.site).get(found.webhook_id)))


def told_once(call: Call, found: keeping.Webhook) -> answers.WebhookMade:
    return answers.WebhookMade(**fields(found, standing.of_site(call.deps.store, found.site).get(found.webhook_id)), secret=found.secrets[0].secret)


def fields(found: keeping.Webhook, stood: standing.Standing | None) -> dict[str, Any]:
    old = [each.until_ms for each in found.secrets if each.until_ms]
    return {
        "webhook_id": found.webhook_id, "url": found.url, "types": list(found.types), "description": found.description, "enabled": found.enabled,
        "why": found.why or None, "created_at": iso(found.created_ms), "old_secret_until": iso(old[0]) if old else None,
        "standing": how_it_stands(stood or standing.NOTHING_YET),
    }  # fmt: skip


def how_it_stands(stood: standing.Standing) -> answers.WebhookStanding:
    return answers.WebhookStanding(
        stood.delivered, stood.waiting, stood.dead, None if stood.failing_ms is None else iso(stood.failing_ms),
        None if stood.tried_ms is None else iso(stood.tried_ms), stood.last_answer or None, stood.last_why or None,
    )  # fmt: skip


def sent(found: deliveries.Delivery) -> answers.Delivery:
    return answers.Delivery(
        found.delivery_id, found.message_id, found.type, found.subject, cast(answers.Status, found.status), found.attempts, iso(found.created_ms),
        None if found.tried_ms is None else iso(found.tried_ms), iso(found.next_ms) if found.status == "waiting" else None,
        found.answer or None, found.why or None, found.took_ms,
    )  # fmt: skip


ONE = "/v1/webhooks/{webhook_id}"
OPERATIONS = (
    Operation("GET", "/v1/webhooks", "customers", "The webhooks of the site, oldest first", list_webhooks, answers.WebhookList),
    Operation(
        "POST", "/v1/webhooks", "customers", "A new webhook; the only answer that tells its secret, but for a rotation", create_webhook,
        answers.WebhookMade, body=(answers.WebhookIn,), problems=(400, 409, 413, 415, 503), status=201,
    ),
    Operation("GET", ONE, "customers", "One webhook", get_webhook, answers.Webhook, problems=(404,)),
    Operation(
        "PUT", ONE, "customers", "Another address, other types, enabled or not", put_webhook, answers.Webhook, body=(answers.WebhookIn,),
        problems=(400, 404, 413, 415, 503),
    ),
    Operation("DELETE", ONE, "customers", "Remove a webhook; what waits for it is not sent", delete_webhook, answers.Removed, problems=(404, 503)),
    Operation(
        "POST", f"{ONE}/rotate", "customers", "A new secret; the old one signs too for 24 hours", rotate_webhook, answers.WebhookMade,
        problems=(404, 503),
    ),
    Operation(
        "POST", f"{ONE}/ping", "customers", "Send a webhook.ping, to see whether messages arrive", ping_webhook, answers.Delivery,
        problems=(404, 409, 503),
    ),
    Operation(
        "GET", f"{ONE}/deliveries", "customers", "What was sent, the newest first, and what came of it", list_deliveries, answers.DeliveryList,
        (Choice("status", "Without it, all; dead = given up after the last try", STATUSES), Limit(), Cursor()), problems=(404,),
    ),
    Operation(
        "POST", f"{ONE}/deliveries/{{delivery}}/redeliver", "customers", "Send a message again, the same bytes under the same id", redeliver_delivery,
        answers.Delivery, problems=(404, 409, 503),
    ),
)  # fmt: skip
