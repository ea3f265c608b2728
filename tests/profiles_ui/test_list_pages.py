"""Lists as pages: made with a count while they are changed; whom they find, and who is left out and why."""

from __future__ import annotations

from tests.profiles_ui.conftest import SAME, House
from tests.profiles_ui.markup import words
from tests.profiles_ui.world import World

X1 = {"id": "X1", "name": "Espresso X1", "price": 199.9}
ROWS = {"asked": "cart", "subject": "cart", "field-0": "state", "operator-0": "is", "value-0": "abandoned", "days": "14"}
WORTH = {"field-1": "value", "operator-1": "at_least", "value-1": "100", "currency-1": "EUR"}


def test_a_list_is_counted_while_it_is_made_saved_and_read(house: House, world: World) -> None:
    admin = house.by_link()
    world.cart(items=[X1])
    world.cart(items=[X1], state="open")
    counted = words(admin.post("/lists/count", data=ROWS | WORTH, headers=SAME).text)
    assert "1 cart found, worth 199.90 €" in counted.replace("\u00a0", " ")
    assert "Fill in the rows" in words(admin.post("/lists/count", data=ROWS | WORTH | {"value-1": ""}, headers=SAME).text)

    saved = admin.post("/lists/new", data=ROWS | WORTH | {"do": "save", "name": "Dear carts"}, headers=SAME)
    assert saved.status_code == 303
    shown = words(admin.get(saved.headers["location"]).text)
    assert "Dear carts" in shown
    assert "Espresso X1" in shown
    assert "Its value is at least 100 EUR" in shown or "its value is at least 100 EUR" in shown
    assert "Dear carts" in words(admin.get("/lists").text)


def test_a_list_without_a_name_or_with_a_wrong_row_says_so(house: House, world: World) -> None:
    admin = house.by_link()
    nameless = admin.post("/lists/new", data=ROWS | {"do": "save", "name": " "}, headers=SAME)
    assert (nameless.status_code, "Give the list a name" in words(nameless.text)) == (400, True)
    wrong = admin.post("/lists/new", data=ROWS | WORTH | {"do": "save", "name": "A", "value-1": "much"}, headers=SAME)
    assert (wrong.status_code, 'class="wrong"' in wrong.text) == (400, True)
    unseen = admin.post("/lists/new", data=ROWS | {"do": "save", "name": "A", "subject": "session"}, headers=SAME)
    assert (unseen.status_code, "All lists" in words(unseen.text)) == (200, True)
    least = admin.post("/lists/new", data=ROWS | {"do": "save", "name": "A", "least": "fifty"}, headers=SAME)
    assert (least.status_code, "50 EUR" in words(least.text)) == (400, True)


def test_who_is_left_out_is_shown_with_the_reason_and_a_list_can_be_removed(house: House, world: World) -> None:
    admin = house.by_link()
    world.cart(items=[X1])
    asked = ROWS | {"do": "save", "name": "Asked", "reason-consent_unknown": "on"}
    here = admin.post("/lists/new", data=asked, headers=SAME).headers["location"]
    assert "Nobody is on it now" in words(admin.get(here).text)
    assert "Never asked for consent" in words(admin.get(f"{here}?only=suppressed").text)
    assert "consent_unknown" in admin.get(f"{here}.csv").text
    assert admin.post(here.removesuffix("/members"), data=ROWS | {"do": "remove"}, headers=SAME).headers["location"] == "/lists"
    assert admin.get(here).status_code == 404


def test_a_new_list_begins_with_what_is_asked_most_and_is_a_sentence_at_once(house: House) -> None:
    begun = words(house.by_link().get("/lists/new").text)
    assert "The cart is abandoned, it was abandoned at most 3 days ago and its value is at least 50 EUR" in begun


def test_the_page_carts_hands_its_filter_on_to_a_new_list(house: House, world: World) -> None:
    admin = house.by_link()
    world.cart(items=[X1])
    page = admin.get("/carts?when=7d&worth=80&stage=payment").text
    href = page.split("Make a list of these")[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    begun = words(admin.get(href).text)
    for asked in ("The cart is abandoned", "it was abandoned at most 7 days ago", "its furthest stage is payment", "its value is at least 80 EUR"):
        assert asked in begun
    assert "cannot be read as a sentence" not in words(admin.get("/lists/new?state=any").text)


def test_whoever_may_only_look_is_told_what_is_missing(house: House) -> None:
    for path in ("/lists", "/rules", "/campaigns"):
        assert "This log-in can only look" in words(house.by_key(("read",)).get(path).text), path
        assert "This log-in can only look" not in words(house.by_key(("read", "lists")).get(path).text), path
