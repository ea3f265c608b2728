"""What a session or a cart is, in a marketer's words: pure, from the figures of a row.

in   rows of page_sessions.sql and page_carts.sql
out  short English phrases
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlsplit

from profiles.views.words import Amount, clean, count, duration, listed, long_duration, money, quantity, sums

Row = Mapping[str, Any]

DEVICES = {"mobile": "phone", "tablet": "tablet", "desktop": "computer", "bot": "robot"}
MEANT = {"purchase": "meant to buy", "browsing": "to look around", "information": "to find something out"}
STAGES = {"cart": "in the cart", "checkout": "in the checkout", "payment": "at payment"}
SUPPRESSED = {"bought_same_item_30d": "held: bought the same lately", "quarantined": "held: may be a robot"}
QUARANTINE = {
    "user_agent": "the browser names itself as a robot",
    "webdriver": "a program drives the browser",
    "rate": "it went faster than a person can",
}


def headline(row: Row) -> str:
    """A visit of eleven minutes, meant to buy."""
    lasted = long_duration(row["ended_ms"] - row["started_ms"])
    opening = f"Here for {lasted}" if row["is_open"] else f"A visit of {lasted}"
    if row["purchases"]:
        return f"{opening}, and bought"
    if row["page_views"] == 0:
        return opening
    return f"{opening}, {MEANT.get(row['purpose'], 'for a reason we do not know')}"


def source(row: Row) -> str:
    """from the newsletter “Autumn”, from a search engine (google.com), directly."""
    campaign = clean(row["campaign"], 60)
    named = f" “{campaign}”" if campaign else ""
    site = clean(row["utm_source"], 40) or host(row["referrer"])
    by = f" ({site})" if site else ""
    said = {
        "": "came directly",
        "direct": "came directly",
        "email": f"from the newsletter{named}" if named else f"from an e-mail{by}",
        "search": f"from a search engine{by}",
        "social": f"from a social network{by}",
        "paid": f"from the advertisement{named}{by}" if named else f"from an advertisement{by}",
        "ai": f"from an AI assistant{by}",
        "campaign": f"from the campaign{named}{by}",
    }
    return said.get(row["channel"]) or (f"from {site}" if site else "from another website")


def host(url: str) -> str:
    try:
        return clean(urlsplit(url).hostname or "", 60).removeprefix("www.")
    except ValueError:
        return ""


def device(row: Row) -> str:
    """phone, Safari on iOS."""
    kind = DEVICES.get(row["device_type"], "")
    browser = " on ".join(clean(part, 40) for part in (row["browser"], row["os"]) if part and part not in ("Other", "unknown"))
    return ", ".join(part for part in (kind, browser) if part) or "unknown device"


def short_why(row: Row) -> str:
    """Why a session counts as what it counts as, in half a line: the strongest signs only."""
    signs = []
    if row["purchases"]:
        signs.append(f"ordered for {sums([(order['value'], order['currency']) for order in row['purchases']]) or 'an unknown sum'}")
    elif row["checkout_stage"]:
        signs.append("reached payment" if row["checkout_stage"] == "payment" else "opened the checkout")
    if row["cart_added"] and not row["purchases"]:
        signs.append(f"{quantity(row['cart_added'])} put in the cart")
    if row["product_views"]:
        signs.append(f"{count(row['product_views'], 'product')} looked at")
    if row["editorial_views"]:
        signs.append(f"{count(row['editorial_views'], 'article')} read {duration(row['editorial_ms'])}")
    if row["searches"]:
        signs.append(f"searched for “{clean(row['searches'][-1], 30)}”")
    if row["promotion_clicks"]:
        signs.append("followed a promotion")
    return ", ".join(signs[:2]) or (f"{count(row['page_views'], 'page')}, nothing touched")


def score(row: Row) -> float:
    return float(row.get(f"score_{row['purpose']}", 0.0)) if row["purpose"] in MEANT else 0.0


def looked_at(row: Row) -> str:
    names = [clean(item["name"], 60) or clean(item["id"], 40) for item in row["products"]]
    return listed(names, 3)


def quarantine(reason: str) -> str:
    return QUARANTINE.get(reason, clean(reason.replace("_", " "), 60))


# --- carts ---------------------------------------------------------------------------------------------------------


def items(found: Sequence[Row], most: int = 4) -> str:
    return listed([item_label(item) for item in found], most)


def item_label(item: Row) -> str:
    name = clean(item.get("name") or "", 80) or clean(item.get("id") or "", 60) or "something without a name"
    number = item.get("quantity")
    return f"{name} ×{quantity(number)}" if number is not None and Decimal(str(number)) != 1 else name


def price(item: Row, currency: str) -> str:
    return money(item["price"], currency) if item.get("price") is not None else ""


def cart_worth(row: Row) -> str:
    """'' where nothing is in it, or nobody told a price."""
    return money(row["value"], row["currency"]) if row["value"] else ""


def amounts(rows: Sequence[Row], name: str) -> list[Amount]:
    return [(row[name], row["currency"]) for row in rows]


Standing = tuple[Literal["on", "hold", ""], str]


def standing(customer_id: str, consent: Any, suppressed: Sequence[str]) -> Standing:
    """May this person be written to? (how to draw it, what to say)"""
    if not customer_id:
        return "", "nobody to write to"
    said = consent.get("marketing") if isinstance(consent, dict) else None
    if said is False:
        return "hold", "said no to contact"
    if suppressed:
        return "hold", SUPPRESSED.get(suppressed[0], f"held: {clean(suppressed[0].replace('_', ' '), 60)}")
    return ("on", "may be contacted") if said is True else ("", "not asked about contact")


def cart_why(row: Row, cutoff_s: int, lost_s: int) -> str:
    """Why the cart is in the state it is in."""
    said = {
        "open": "touched last",
        "abandoned": f"cart untouched for {duration(cutoff_s * 1000)}",
        "bought": "an order took everything",
        "recovered": "an order came after it was abandoned",
        "emptied": "the visitor took everything out",
        "lost": f"untouched for {duration(lost_s * 1000)}",
    }
    return said.get(row["state"], "")
