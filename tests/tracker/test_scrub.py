"""What is personal never gets behind the door, and what a shop needs is left as it came (docs/guarantees.md, no. 63)."""

from __future__ import annotations

import json
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker import pii_corpus as corpus
from tracker import event, pii, scrub
from tracker.row import EventRow, Receipt
from tracker.sites import Site

SITE = Site(name="shop", site_key="pk_shop")
PERSONAL = [*corpus.EMAILS, *corpus.CARDS, *corpus.PHONES, *corpus.JWTS]
IN_TEXTS = ["{}", "Hello {} there", "{} wrote", "It is {}", '{{"a":"{}"}}', "({})", "x: {}, y", "<{}>"]
IN_ADDRESSES = [
    "https://shop.example/a/{}/b", "https://shop.example/{}", "https://shop.example/?a=1&q={}&z=2", "https://shop.example/#{}", "https://shop.example/#/x?y={}",
    "/search?q={}", "https://shop.example/?x;y={};z",
]  # fmt: skip


def once(text: str) -> str:
    return quote(text, safe="")


def wholly(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


ENCODINGS = [lambda text: text.replace(" ", "+"), once, lambda text: once(once(text)), lambda text: once(once(once(text))), wholly]


def opened(address: str) -> str:
    return scrub.unquoted(address).replace("+", " ")


@pytest.mark.parametrize("personal", PERSONAL)
def test_nothing_personal_stays_in_a_text(personal: str) -> None:
    texts = [form.format(personal) for form in IN_TEXTS] + [form.format(once(personal)) for form in IN_TEXTS]
    assert [text for text in texts if personal in scrub.unquoted(scrub.text(text))] == []


@pytest.mark.parametrize("personal", PERSONAL)
def test_nothing_personal_stays_in_an_address_however_it_is_encoded(personal: str) -> None:
    addresses = [form.format(encode(personal)) for form in IN_ADDRESSES for encode in ENCODINGS]
    nested = [f"https://shop.example/?next={once(address)}&x=1" for address in addresses]
    nested += [f"https://shop.example/?next={once(address)}" for address in nested]
    left = [address for address in addresses + nested if personal.replace("+", " ") in opened(scrub.url(address))]
    assert left == []


@pytest.mark.parametrize("phone", corpus.LOOSE_PHONES)
def test_a_number_that_may_be_an_article_is_a_phone_in_texts_and_parameters(phone: str) -> None:
    assert phone not in scrub.text(f"Call {phone} now")
    assert phone not in opened(scrub.url(f"https://shop.example/?q={once(phone)}"))
    assert phone not in opened(scrub.url(f"https://shop.example/?phone={phone}&x=1"))


@pytest.mark.parametrize("name", corpus.SECRET_NAMES)
def test_a_secret_parameter_keeps_its_name_and_loses_its_value(name: str) -> None:
    forms = ["https://shop.example/?{}={}&x=1", "https://shop.example/#{}={}", "https://shop.example/#/a?b=1&{}={}", "/a;b=1;{}={}"]
    forms += [f"https://shop.example/?next={once('/x?a=1&')}{{}}%3D{{}}", "see https://shop.example/?{}={} there", "{}={}"]
    for form in forms:
        told = form.format(name, corpus.SECRET)
        clean = scrub.url(told) if "there" not in form else scrub.text(told)
        assert corpus.SECRET not in clean
        assert "removed" in clean or form.startswith("/a;")


def test_the_segment_after_a_reset_link_goes() -> None:
    assert scrub.url("https://shop.example/de/reset-password/4f8a9c0b1d2e3f4a5b6c") == "https://shop.example/de/reset-password/[removed]"
    assert scrub.url("/account/verify/72d76fde-8bb3-4e00-8c23-a032dfed738c?x=1") == "/account/verify/[removed]?x=1"


@pytest.mark.parametrize("address", corpus.PLAIN_URLS)
def test_an_ordinary_address_stays_letter_for_letter(address: str) -> None:
    assert scrub.url(address) == address


@pytest.mark.parametrize("text", corpus.PLAIN_TEXTS)
def test_an_ordinary_title_stays_letter_for_letter(text: str) -> None:
    assert scrub.text(text) == text


@pytest.mark.parametrize("length", [256, 512, 1024, 2048])
def test_an_address_whose_end_was_cut_off_goes_too(length: int) -> None:
    told = "word " * length
    assert "ann.muster" not in scrub.text(told[: length - 14] + "ann.muster@exa")
    assert "ann.muster" not in scrub.url(("https://shop.example/?q=" + "a" * length)[: length - 15] + "&ann.muster@exa")


AROUND = st.one_of(st.text(max_size=80), st.text(alphabet="0123456789 .-/+()", max_size=20))


@settings(deadline=None)
@given(AROUND, st.sampled_from(PERSONAL), AROUND)
def test_whatever_stands_around_it_an_address_or_token_is_found_and_nothing_breaks(before: str, personal: str, after: str) -> None:
    assert personal not in scrub.text(f"{before} {personal} {after}")
    scrub.url(before + personal + after)


@settings(deadline=None)
@given(st.text(alphabet="abc/?&#;=%@.-_ 0123456789eyJ+:", max_size=200))
def test_scrubbing_twice_changes_nothing_more(address: str) -> None:
    clean = scrub.url(address)
    assert scrub.url(clean) == clean


@settings(deadline=None)
@given(st.integers(min_value=10**12, max_value=10**14 - 1))
def test_an_article_number_with_its_check_digit_is_no_card(number: int) -> None:
    digits = str(number)[:-1]
    checked = next(digits + str(last) for last in range(10) if pii.is_article_number(digits + str(last)))
    assert scrub.url(f"/p/{checked}") == f"/p/{checked}"
    assert scrub.text(f"EAN {checked}") == f"EAN {checked}"


def row_of(**sent: object) -> EventRow:
    parsed = event.parse([msgspec.Raw(json.dumps({"id": "e", "at": 1, **sent}).encode())], Receipt(SITE, received_ms=1000))
    assert not parsed.refusals
    return parsed.rows[0]


ITEM = {"id": "4111111111111111", "name": "{}", "category": "{}", "brand": "{}", "variant": "{}"}
POSITIONS = [
    {"type": "page_view", "url": "https://shop.example/?q={}", "title": "{}", "referrer": "https://a.example/?q={}"},
    {"type": "page_view", "page": {"url": "https://shop.example/?q={}", "title": "{}", "referrer": "https://a.example/?q={}"}},
    {"type": "search", "query": "{}"},
    {"type": "content", "kind": "product", "content_id": "X1", "name": "{}", "category": "{}"},
    {"type": "product_view", "items": [ITEM]},
    {"type": "cart_add", "items": [ITEM]},
    {"type": "checkout", "step": 1, "step_name": "{}", "items": [ITEM]},
    {"type": "order", "order_id": "o-1", "items": [ITEM]},
    {"type": "identify", "customer_id": "c-1", "traits": {"contact": "{}", "{}": 1, "password": "secret-word"}},
    {"type": "consent", "state": "granted", "purposes": ["{}"]},
    {"type": "custom", "name": "{}", "props": {"note": "{}", "{}": "x", "session_token": "secret-word"}},
]  # fmt: skip


@pytest.mark.parametrize("personal", PERSONAL)
def test_nothing_personal_reaches_any_column_of_a_row(personal: str) -> None:
    for position in POSITIONS:
        told = json.loads(json.dumps(position).replace("{}", json.dumps(personal)[1:-1]))
        row = row_of(**told)
        kept = json.dumps([msgspec.structs.asdict(row), json.loads(row.props)], ensure_ascii=False).replace(ITEM["id"], "")
        assert personal not in scrub.unquoted(kept)
        assert "secret-word" not in kept


def test_numbers_in_custom_fields_are_looked_at_too() -> None:
    plain = {"price": 1299.5, "ean": 4006381333931, "ok": True, "none": None}
    row = row_of(type="custom", name="n", props={"card": 4111111111111111, "phone": 491701234567, **plain})
    assert json.loads(row.props) == {"card": "[card]", "phone": "[phone]", **plain}


def test_what_a_shop_sends_on_purpose_survives() -> None:
    props = {"promo_code": "SUMMER", "zipcode": "10115", "keyword": "kaffee", "author": "Kafka", "color_code": "#fff"}
    assert json.loads(row_of(type="custom", name="coupon", props=props).props) == props
    items = [{"id": "4012888888881881", "name": "X1"}]
    order = row_of(type="order", order_id="4111111111111111", coupon="SUMMER-CODE", response_code="RC-1", items=items)
    assert (order.order_id, order.items[0]["id"]) == ("4111111111111111", "4012888888881881")
    assert json.loads(order.props) == {"coupon": "SUMMER-CODE", "response_code": "RC-1"}
