"""After the faults: what the running product itself says about the events of an oracle.

in   a shop of the product, an oracle whose senders have all been answered
out  returns when figures and sessions agree with what was sent; an AssertionError where they do not within the time
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.faults.oracle import Oracle, payload
from tests.faults.sizes import size
from tests.product import Shop, until

SETTLE_S = size(180, 1200)  # a long backlog on a small machine
FRESH_S = 60.0  # ten are promised, on a machine that does nothing else


def fresh_event_is_seen(shop: Shop, oracle: Oracle) -> None:
    """Liveness: what is sent now is a session soon."""
    batch = oracle.claim()
    oracle.deliver(batch, shop.door)
    assert batch.fate == "acknowledged"
    until(lambda: shop.sessions(batch.visitor), FRESH_S, "the session of a fresh event")


def settled(shop: Shop, oracle: Oracle) -> None:
    """Every event of the site is stored and counts once in the sessions, those too that came twice because a sender heard nothing."""
    assert oracle.of("refused", "unknown") == set(), oracle.tally()
    issued = oracle.of("acknowledged")
    wanted = page_views(oracle)
    until(lambda: is_through(figures(shop), len(issued)), SETTLE_S, lambda: f"{oracle.tally()}: {figures(shop)}")
    sent_again = sum(len(batch.ids) * (batch.sent - 1) for batch in oracle.batches)
    told = figures(shop)
    assert (told["events"], told["stored"], told["dead"]) == (len(issued), len(issued) + told["duplicates"], 0)
    assert told["duplicates"] <= sent_again
    until(lambda: seen(shop) == wanted, SETTLE_S, "one session for each visitor, with each of its page views once")


def is_through(told: dict[str, int], events: int) -> bool:
    return told["events"] >= events and told["in_spool"] == 0


def figures(shop: Shop) -> dict[str, int]:
    """Whenever it is asked, the account is balanced."""
    quality = shop.api.get("/v1/quality").json()
    told = quality["accounting"]
    dead = total(told["dead"])
    assert told["received"] == told["accepted"] + total(told["refused"]) + total(told["dropped"]), told
    assert told["accepted"] == told["stored"] + dead + told["in_spool"], told
    (tag,) = [source for source in quality["events"] if source["source"] == "tag"] or [{"events": 0, "duplicates": 0}]
    return {"events": tag["events"], "duplicates": tag["duplicates"], "stored": told["stored"], "in_spool": told["in_spool"], "dead": dead}


def total(reasons: list[dict[str, Any]]) -> int:
    return sum(reason["count"] for reason in reasons)


def page_views(oracle: Oracle) -> Counter[str]:
    return Counter({batch.visitor: sum(payload(event_id)["type"] == "page_view" for event_id in batch.ids) for batch in oracle.batches})


def seen(shop: Shop) -> Counter[str]:
    """Page views of each visitor, over all its sessions."""
    found: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page: dict[str, Any] = shop.api.get("/v1/sessions", params={"limit": "500"} | ({"cursor": cursor} if cursor else {})).json()
        for session in page["data"]:
            found[session["visitor"]["visitor_id"]] += session["page_views"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
