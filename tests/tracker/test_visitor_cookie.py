"""The cookie with the visitor's id: where a site asks for it, once, and never for somebody who must not be known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.tracker.test_door import HOME, SHOP, Running, batch, view
from tracker.sites import write_site_file
from tracker.visitor_cookie import set_cookie

ANN, BEN = "01933a52-7b1c-7def-8abc-0123456789ab", "01933a52-7b1c-7def-8abc-ba9876543210"
KEPT = f"tracker.visitor={ANN}; Domain=shop.example; Path=/; Max-Age=34128000; SameSite=Lax; Secure"
GONE = "tracker.visitor=; Domain=shop.example; Path=/; Max-Age=0; SameSite=Lax; Secure"


def answered(visitor_id: str, cookies: str, origin: str = "https://shop.example") -> list[str]:
    headers = {b"cookie": cookies.encode(), b"origin": origin.encode()}
    return [value.decode() for name, value in set_cookie("shop.example", visitor_id, headers) if name == b"set-cookie"]


@pytest.mark.parametrize(("visitor_id", "cookies", "expected"), [
    (ANN, "", [KEPT]), (ANN, "cart=1; lang=de", [KEPT]), (ANN, "my.tracker.visitor=1; tracker.visitors=2", [KEPT]),
    (ANN, f"tracker.visitor={ANN}", []), (ANN, f"cart=1;tracker.visitor={BEN}", []),  # never renewed, never replaced
    ("", "", []), ("", "cart=1", []), ("", f"cart=1; tracker.visitor={ANN}", [GONE]),
    ("v1", "", []), (f"{ANN}\r\nX: y", "", []), (f"{ANN[:-1]};", "", []), (ANN.upper(), "", []),
])  # fmt: skip
def test_the_cookie_is_set_once_and_taken_away_from_whoever_must_not_be_known(visitor_id: str, cookies: str, expected: list[str]) -> None:
    assert answered(visitor_id, cookies) == expected


def test_a_page_without_tls_gets_a_cookie_it_can_read() -> None:
    assert answered(ANN, "", "http://shop.example") == [KEPT.removesuffix("; Secure")]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.stop()


def test_without_the_rule_no_answer_carries_a_cookie(door: Running) -> None:
    reply = door.post(batch(view(), visitor=ANN))
    assert (reply.status_code, reply.headers.get("set-cookie")) == (202, None)


def test_an_answer_carries_it_with_a_visitor_and_not_without(door: Running) -> None:
    write_site_file(door.data / "sites.json", (msgspec.structs.replace(SHOP, cookie_domain="shop.example"),))
    door.collector.sites.refresh()
    assert door.post(batch(view("a"), visitor=ANN)).headers["set-cookie"] == KEPT
    assert "set-cookie" not in door.post(batch(view("b"), visitor=ANN), Cookie=f"tracker.visitor={ANN}").headers
    for without in ({"visitor": None}, {"visitor": ANN, "gpc": True}):
        asked = batch(view("c"), **without)
        assert "set-cookie" not in door.post(asked).headers
        assert door.post(asked, Cookie=f"tracker.visitor={ANN}").headers["set-cookie"] == GONE
    assert door.post(batch(view("d"), visitor=ANN), **{"Cookie": f"tracker.visitor={ANN}", "Sec-GPC": "1"}).headers["set-cookie"] == GONE
    refused = door.post(batch(view("e"), visitor=ANN), Origin=f"{HOME}.evil.example")
    assert (refused.status_code, refused.headers.get("set-cookie")) == (403, None)
