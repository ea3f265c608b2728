"""One visit with everything in it, and what its profile says of it, field by field (docs/api.md)."""

from __future__ import annotations

from profiles.answers_event import Event
from tests.journeys.street import PHONE, Passer, Street, item

KINDS = ("category", "advertisement", "promotion", "editorial", "subscription")
SHOES = {"id": "X1", "name": "Shoe", "category": "shoes", "price": 80, "currency": "EUR"}


def a_whole_visit(street: Street) -> Passer:
    ann = street.visitor("ann", ua=PHONE).view("/?utm_medium=email&utm_campaign=May", "https://mail.google.com/")
    for number, kind in enumerate(KINDS):
        ann.see(kind, f"{kind}-1", name=kind.title(), seen_ms=1000 * (number + 1), touched_ms=400, touches=1, clicks=number)
    ann.wait(minutes=1).read(50).say("search", query="red shoes", results=3)
    ann.wait(minutes=1).view("/p/X1").say("product_view", items=[SHOES])
    ann.see("product", "X1", name="Shoe", category="shoes", price=80, seen_ms=9000, touched_ms=1200, touches=2, clicks=1).wait(minutes=2).read(110)
    ann.add("X1", 80).add("X2", 20, 2).remove("X2").log_in("c-1").wait(minutes=1).view("/checkout").checkout(3).read(30)
    return ann.wait(minutes=1).view("/thanks").order("o-1", item("X1", 80), value=80)


def test_a_session_s_profile_says_everything_that_happened(street: Street) -> None:
    ann = a_whole_visit(street)
    street.tick(hours=1)
    session = ann.session()
    assert session["visitor"] == {
        "visitor_id": "ann", "status": "registered", "customer_id": "c-1", "because": f"identified at {street.iso(minutes=4)} by login",
        "lifecycle": session["visitor"]["lifecycle"],
    }  # fmt: skip
    assert session["visitor"]["lifecycle"]["stage"] == "new"
    assert (session["site"], session["version"], session["status"], session["quarantine"]) == (street.api.site.name, 1, "closed", None)
    assert (session["started_at"], session["ended_at"]) == (street.iso(), street.iso(minutes=6))
    assert (session["duration_s"], session["engaged_s"], session["page_views"]) == (360.0, 190.0, 4)
    assert (session["entry_url"], session["exit_url"]) == (
        "https://shop.example/?utm_medium=email&utm_campaign=May",
        "https://shop.example/thanks",
    )
    assert session["source"] == {"channel": "email", "campaign": "May", "medium": "email", "referrer": "https://mail.google.com/"}
    assert session["device"] == {"type": "mobile", "browser": "Mobile Safari", "os": "iOS"}
    assert session["searches"] == ["red shoes"]
    assert (session["purpose"]["label"], session["purpose"]["evidence"] != []) == ("purchase", True)


def test_every_tagged_thing_has_its_ladder_and_the_cart_and_the_order_their_lines(street: Street) -> None:
    ann = a_whole_visit(street)
    street.tick()
    session = ann.session()
    assert sorted(session["content"], key=lambda told: KINDS.index(told["kind"])) == [
        {"kind": kind, "id": f"{kind}-1", "name": kind.title(), "seen_ms": 1000 * (number + 1), "touched_ms": 400, "touches": 1, "clicks": number}
        for number, kind in enumerate(KINDS)
    ]
    assert session["products_viewed"] == [
        {"id": "X1", "name": "Shoe", "category": "shoes", "views": 1, "seen_ms": 9000, "touched_ms": 1200, "touches": 2, "clicks": 1}
    ]
    bought = {"id": "X1", "name": "Item X1", "price": 80, "quantity": 1}
    assert session["purchases"] == [{"order_id": "o-1", "value": 80, "currency": "EUR", "items": [bought], "at": street.iso(minutes=6)}]
    assert (session["cart"]["added"], session["cart"]["removed"]) == (3, 2)


def test_a_visit_claimed_afterwards_says_because_of_what(street: Street) -> None:
    ann = street.visitor().view("/").wait(days=3).view("/").log_in("c-1", "signup").wait(minutes=1).log_out().wait(days=1).view("/")
    street.tick()
    assert [session["visitor"].get("because") for session in ann.sessions()] == [f"identified at {street.iso(days=3)} by signup"] * 2 + [None]


ELSEWHERE = {"event_id": "id", "ua": "user_agent"}
OURS = {"site", "inserted_at", "day", "tag_version", "cookieless"}  # nothing of the person; a cookieless visitor's id says so itself


def test_an_export_tells_of_an_event_whatever_is_stored_of_it(street: Street) -> None:
    street.visitor("ann", ua=PHONE, ip="198.51.100.0").view("/").log_in("c-1")
    street.tick()
    columns = {row["name"] for row in street.sessionizer.store.rows("DESCRIBE TABLE events")} - OURS
    assert {ELSEWHERE.get(name, name) for name in columns} <= set(Event.__struct_fields__)
    (first, _) = street.api.get("/v1/customers/c-1/export")["events"]
    assert (first["type"], first["user_agent"], first["ip"]) == ("page_view", PHONE, "198.51.100.0")
