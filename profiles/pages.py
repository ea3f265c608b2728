"""The web pages of the admin port: who may see what at which address.

in   request.app.state.deps (profiles/deps.py) with `login`, a Logins
out  routes for the app; every page goes through guard.page, which sets log-in, headers and errors for all of them
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from profiles.views import (
    campaign,
    campaigns,
    cart,
    cart_cutoff,
    carts,
    correct,
    customer,
    customers,
    door,
    inspect,
    install,
    live,
    quality,
    rule_met,
    session,
    sessions,
    webhook,
    webhooks,
)
from profiles.views import lists as list_pages
from profiles.views import rules as rule_pages
from profiles.views.guard import HEADERS, page
from profiles.views.render import STATIC


class Files(StaticFiles):
    """style.css, htmx, the icon: asked for with a fingerprint, so they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({name: value for name, value in HEADERS.items() if name != "Cache-Control"})
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if scope["query_string"] else "no-cache"
        return response


class Nowhere(Route):
    """Where nothing is, for a person; what a program asks for is left to the API, which answers it in JSON."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        of_a_program = scope["type"] != "http" or scope["path"].startswith(("/v1/", "/internal/"))
        return (Match.NONE, {}) if of_a_program or "text/html" not in Headers(scope=scope).get("accept", "") else super().matches(scope)


def routes() -> list[BaseRoute]:
    return [
        Route("/", page(live.live), methods=["GET"]),
        Route("/live", page(live.live_part), methods=["GET"]),
        Route("/sessions", page(sessions.sessions), methods=["GET"]),
        Route("/sessions/{session_id}", page(session.session), methods=["GET"]),
        Route("/sessions/{session_id}/release", page(session.release), methods=["POST"]),
        Route("/sessions/{session_id}/purpose", page(correct.correct), methods=["POST"]),
        Route("/carts", page(carts.carts), methods=["GET"]),
        Route("/carts.csv", page(carts.carts_csv), methods=["GET"]),
        Route("/carts/cutoff", page(cart_cutoff.cart_cutoff), methods=["GET"]),
        Route("/carts/{cart_id}", page(cart.cart), methods=["GET"]),
        Route("/lists", page(list_pages.lists), methods=["GET"]),
        Route("/lists/count", page(list_pages.count_part), methods=["POST"]),
        Route("/lists/{list_id}/members", page(list_pages.list_members), methods=["GET"]),
        Route("/lists/{list_id}/members.csv", page(list_pages.list_csv), methods=["GET"]),
        Route("/lists/{list_id}", page(list_pages.one), methods=["GET", "POST"]),
        Route("/customers", page(customers.customers), methods=["GET"]),
        Route("/customers/{customer_id:path}", page(customer.customer), methods=["GET"]),
        Route("/visitors/{visitor_id:path}", page(customer.visitor), methods=["GET"]),
        Route("/campaigns", page(campaigns.campaigns), methods=["GET"]),
        Route("/campaigns", page(campaigns.make), methods=["POST"]),
        Route("/campaigns/{campaign_id}", page(campaign.campaign), methods=["GET"]),
        Route("/campaigns/{campaign_id}/state", page(campaign.set_state), methods=["POST"]),
        Route("/campaigns/{campaign_id}/programs", page(campaign.add_program), methods=["POST"]),
        Route("/campaigns/{campaign_id}/pulls", page(campaign.pull), methods=["POST"]),
        Route("/campaigns/{campaign_id}/pulls/{program_id}/{pull_id}.csv", page(campaign.pull_csv), methods=["GET"]),
        Route("/rules", page(rule_pages.rules), methods=["GET"]),
        Route("/rules/{rule_id}", page(rule_pages.rule), methods=["GET", "POST"]),
        Route("/rules/{rule_id}/met", page(rule_met.met), methods=["GET"]),
        Route("/rules/{rule_id}/switch", page(rule_pages.switch), methods=["POST"]),
        Route("/quality", page(quality.quality), methods=["GET"]),
        Route("/webhooks", page(webhooks.webhooks), methods=["GET"]),
        Route("/webhooks", page(webhooks.make), methods=["POST"]),
        Route("/webhooks/{webhook_id}", page(webhook.webhook), methods=["GET"]),
        Route("/webhooks/{webhook_id}", page(webhook.change), methods=["POST"]),
        Route("/webhooks/{webhook_id}/switch", page(webhook.switch), methods=["POST"]),
        Route("/webhooks/{webhook_id}/rotate", page(webhook.rotate), methods=["POST"]),
        Route("/webhooks/{webhook_id}/ping", page(webhook.ping), methods=["POST"]),
        Route("/webhooks/{webhook_id}/remove", page(webhook.remove), methods=["POST"]),
        Route("/webhooks/{webhook_id}/deliveries/{delivery}/redeliver", page(webhook.redeliver), methods=["POST"]),
        Route("/install", page(install.install), methods=["GET"]),
        Route("/install/heard", page(install.install_part), methods=["GET"]),
        Route("/install/inspect", page(inspect.inspect), methods=["GET"]),
        Route("/install/inspect", page(inspect.link), methods=["POST"]),
        Route("/login", page(door.login, public=True), methods=["GET"]),
        Route("/login", page(door.by_key, public=True), methods=["POST"]),
        Route("/logout", page(door.logout, public=True), methods=["POST"]),
        Route("/switch", page(door.switch, public=True), methods=["POST"]),
        Mount("/static", Files(directory=STATIC)),
        Nowhere("/{path:path}", page(door.nowhere, public=True), methods=["GET"]),
    ]
