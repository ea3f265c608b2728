"""Where a visit came from, for the few addresses the generated worlds use.

in   page views
out  channel, campaign, medium; whether a page view is the return from a payment or log-in provider (docs/sessions.md)
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.sessionizer.oracle.events import Event

OWN = "shop.example"
SEARCH, PAYMENT, LOG_IN, OTHER = (
    "https://www.google.com/",
    "https://www.paypal.com/checkout",
    "https://accounts.google.com/signin",
    "https://magazine.test/post",
)
CLASSES = {SEARCH: "search", OTHER: "referral"}
PROVIDERS = (PAYMENT, LOG_IN)


def is_provider(e: Event) -> bool:
    return e.type == "page_view" and e.row.get("referrer", "") in PROVIDERS


def campaign_of(e: Event) -> str:
    if e.type != "page_view" or is_provider(e):
        return ""
    return "".join(parse_qs(urlsplit(e.url).query).get("utm_campaign", []))


def source(views: list[Event]) -> tuple[str, str, str]:
    """Channel, campaign and medium of the first source; a provider and the shop's own pages are none."""
    for view in views:
        if is_provider(view):
            continue
        named = parse_qs(urlsplit(view.url).query)
        if "utm_campaign" in named:
            return "email" if named["utm_medium"] == ["email"] else "campaign", named["utm_campaign"][0], named["utm_medium"][0]
        referrer = view.row.get("referrer", "")
        if referrer in CLASSES:
            return CLASSES[referrer], "", ""
    return "direct", "", ""
