"""Floods, strangers and liars: one site's or address's flood is its own affair, and nobody is who he says (docs/guarantees.md, no. 47 to 50)."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.door import Door, batch, code, dialled, door, event, header, post, statuses, talk
from tests.faults.sizes import size
from tests.product import tracker
from tracker.keys import random_text

HOME = b"Origin: https://shop.example"
CLOSE = b"Connection: close"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("door")) as standing:
        yield standing


async def sends(port: int, body: bytes, per_s: float, for_s: float, source: str = "127.0.0.1") -> Counter[int]:
    """One post after the other at this rate, on one connection; the statuses that came back."""
    answers: Counter[int] = Counter()
    async with dialled(port, 1, (source,)) as (line,):
        began = time.monotonic()
        while (passed_s := time.monotonic() - began) < for_s:
            answers[await line.ask(post(body))] += 1
            await asyncio.sleep(max(0.0, sum(answers.values()) / per_s - passed_s))
    return answers


def success(answers: Counter[int]) -> float:
    return answers[202] / sum(answers.values())


async def test_a_flood_to_one_site_is_turned_away_and_other_sites_do_not_notice(tmp_path: Path) -> None:
    """Ten times as many events as it may send."""
    flood = batch(*(event(f"f{number}") for number in range(50)))
    calm = batch(event("calm", url="https://other.example/"), site="pk_other")
    for_s = size(3, 30)
    with door(tmp_path, site_events_per_s=200) as standing:
        flooding, other = await asyncio.gather(sends(standing.port, flood, 40, for_s), sends(standing.port, calm, 30, for_s))
        while statuses(said := await talk(standing.port, post(flood, HOME, CLOSE))) == [202]:
            pass
    print(f"flooded site: {success(flooding):.1%} taken; other site: {success(other):.1%}")  # noqa: T201 - a figure of the report
    assert set(flooding) == {202, 429}
    assert flooding[202] * 50 <= 200 * (for_s + 1) + 5 * 200, "the rate, and once the burst"
    assert set(other) == {202}
    assert (statuses(said), code(said), header(said, b"vary")) == ([429], "too_many_events", b"Origin")
    assert re.fullmatch(rb"[1-5]", header(said, b"retry-after") or b"")
    assert header(said, b"access-control-expose-headers") == b"Retry-After"


async def test_a_flood_from_one_address_is_turned_away_until_its_retry_after_and_others_do_not_notice(tmp_path: Path) -> None:
    for_s = size(3, 30)
    with door(tmp_path, address_requests_per_s=10) as standing:
        flooding, other = await asyncio.gather(
            sends(standing.port, batch(), 100, for_s, "127.0.0.2"), sends(standing.port, batch(), 9, for_s, "127.0.0.3")
        )
        assert set(flooding) == {202, 429}
        assert flooding[202] <= 10 * (for_s + 1) + 5 * 10
        assert set(other) == {202}
        async with dialled(standing.port, 1, ("127.0.0.2",)) as (line,):
            while await line.ask(post(batch())) == 202:
                pass
            await asyncio.sleep(1)  # what Retry-After says at ten a second
            assert await line.ask(post(batch())) == 202


async def test_large_batches_cost_an_address_more_than_small_ones(tmp_path: Path) -> None:
    large = batch() + b" " * 250_000
    with door(tmp_path, address_requests_per_s=6) as standing:
        async with dialled(standing.port, 2, ("127.0.0.2", "127.0.0.3")) as (heavy, light):
            taken = [await heavy.ask(post(large)) for _ in range(30)]
            assert taken.count(202) < 15, "each costs five"
            assert [await light.ask(post(batch())) for _ in range(30)] == [202] * 30


# --- strangers ---------------------------------------------------------------------------------------------------------------


async def test_unknown_site_keys_cost_little_and_are_counted(tmp_path: Path) -> None:
    many, at_once = size(5000, 200_000), 50
    with door(tmp_path) as standing:
        async with dialled(standing.port, at_once) as lines:

            async def guess(number: int) -> Counter[int]:
                return Counter([await lines[number].ask(post(batch(site=f"pk_{random_text(22)}"))) for _ in range(many // at_once)])

            await asyncio.gather(*(line.ask(post(batch())) for line in lines))
            before, began = standing.rss_mb, standing.cpu_s
            good = asyncio.create_task(sends(standing.port, batch(), 100, 1))
            guesses = sum(await asyncio.gather(*(guess(number) for number in range(at_once))), Counter())
            spent_us = 1e6 * (standing.cpu_s - began) / many
            grown_mb = standing.rss_mb - before
            assert set(await good) == {202}
        print(f"an unknown key costs {spent_us:.0f} µs of CPU, {many} of them {grown_mb:.1f} MB")  # noqa: T201 - a figure of the report
        assert guesses == Counter({403: many})
        assert grown_mb < 10
        async with asyncio.timeout(60):
            while standing.counted()["", "refused", "site_unknown"] != many:
                await asyncio.sleep(0.1)


STRANGERS = [
    b"null", b"https://shop.example.evil.io", b"https://evil.io/shop.example", b"https://evilshop.example", b"https://sub.shop.example",
    b"http://shop.example", b"https://shop.example:8443", b"https://shop.example:443", b"HTTPS://SHOP.EXAMPLE", b"https://shop.example/",
    b"https://shop.example.", b"https://user@shop.example", b"https://shop.example, https://evil.io", b"https://evil.io https://shop.example",
    b"https://sh\xc3\xb6p.example", b"https://shop.example%00.evil.io", b"shop.example", b"*", b"file://", b"https://other.example", b"x" * 4000,
]  # fmt: skip


@pytest.mark.parametrize("origin", STRANGERS)
async def test_a_page_of_another_origin_may_neither_send_nor_read(standing: Door, origin: bytes) -> None:
    said = await talk(standing.port, post(batch(event("foreign")), b"Origin: " + origin, CLOSE))
    assert (statuses(said), code(said)) == ([403], "origin_refused")
    assert header(said, b"access-control-allow-origin") is None
    assert header(said, b"vary") == b"Origin"
    asked = await talk(
        standing.port,
        b"OPTIONS /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccess-Control-Request-Method: POST\r\nOrigin: " + origin + b"\r\n\r\n",
    )
    assert header(asked, b"access-control-allow-origin") in ((b"https://other.example",) if origin == b"https://other.example" else (None,))
    assert header(asked, b"vary") == b"Origin"
    assert "foreign" not in {row["event_id"] for row in standing.rows()}


async def test_of_two_origins_neither_is_believed(standing: Door) -> None:
    evil = b"Origin: https://evil.io"
    for pair in ((HOME, evil), (evil, HOME)):
        said = await talk(standing.port, post(batch(event("twofold")), *pair))
        assert statuses(said) == [400], pair
        assert header(said, b"access-control-allow-origin") is None


ANSWERS = {
    202: post(batch(), HOME, CLOSE),
    400: post(b"no json", HOME, CLOSE),
    403: post(batch(site="pk_nobody"), HOME, CLOSE),
    405: b"GET /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + HOME + b"\r\n\r\n",
    413: post(b" " * 300_000, HOME, CLOSE),
    415: post(batch(), HOME, CLOSE, b"Content-Encoding: br"),
    204: b"OPTIONS /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + HOME + b"\r\n\r\n",
}


@pytest.mark.parametrize("status", ANSWERS)
async def test_every_answer_says_that_it_depends_on_the_origin_and_lets_the_page_read_it(standing: Door, status: int) -> None:
    said = await talk(standing.port, ANSWERS[status])
    assert statuses(said) == [status]
    assert (header(said, b"vary"), header(said, b"access-control-allow-origin")) == (b"Origin", b"https://shop.example")
    assert header(said, b"access-control-allow-credentials") is None


# --- liars -------------------------------------------------------------------------------------------------------------------


async def stored_address(standing: Door, name: str, *forwarded: bytes) -> str:
    headers = [b"X-Forwarded-For: " + each for each in forwarded]
    assert statuses(await talk(standing.port, post(batch(event(name)), *headers, CLOSE))) == [202]
    return next(str(row.get("ip", "")) for row in standing.rows() if row["event_id"] == name)


async def test_a_forwarded_address_from_nobody_we_know_is_not_believed(standing: Door) -> None:
    assert await stored_address(standing, "spoofed", b"203.0.113.9") == "127.0.0.0"
    assert await stored_address(standing, "spoofed-twice", b"203.0.113.9", b"127.0.0.1, 198.51.100.7") == "127.0.0.0"


FORWARDED: dict[str, tuple[tuple[bytes, ...], str]] = {
    "one hop": ((b"203.0.113.9",), "203.0.113.0"),
    "what the sender claims, and what the proxy saw": ((b"192.0.2.1, 203.0.113.9",), "203.0.113.0"),
    "two proxies of ours": ((b"192.0.2.1, 203.0.113.9, 10.1.2.3",), "203.0.113.0"),
    "two headers": ((b"192.0.2.1, 203.0.113.9", b"10.1.2.3"), "203.0.113.0"),
    "an address of ours claimed in front": ((b"10.9.9.9, 203.0.113.9",), "203.0.113.0"),
    "a port": ((b"203.0.113.9:4711",), "203.0.113.0"),
    "IPv6": ((b"192.0.2.1, 2001:db8:1:2::3",), "2001:db8:1::"),
    "IPv6 with a port": ((b"[2001:db8:1:2::3]:443",), "2001:db8:1::"),
    "no address": ((b"192.0.2.1, unknown",), ""),
    "markup": ((b"<script>alert(1)</script>",), ""),
    "something endless": ((b"1" * 20_000,), ""),
    "no header": ((), "127.0.0.0"),
}


async def test_behind_proxies_the_first_stranger_from_the_right_is_the_visitor(tmp_path: Path) -> None:
    with door(tmp_path, trusted_proxies="127.0.0.1, 10.0.0.0/8", address_requests_per_s=100) as standing:
        stored = {name: await stored_address(standing, name, *forwarded) for name, (forwarded, _) in FORWARDED.items()}
        assert stored == {name: expected for name, (_, expected) in FORWARDED.items()}


async def test_limits_count_the_visitor_behind_the_proxy(tmp_path: Path) -> None:
    with door(tmp_path, trusted_proxies="127.0.0.1", address_requests_per_s=2) as standing:
        async with dialled(standing.port, 1) as (line,):
            flooding = [await line.ask(post(batch(), b"X-Forwarded-For: 203.0.113.9")) for _ in range(20)]
            assert await line.ask(post(batch(), b"X-Forwarded-For: 203.0.113.10")) == 202
            hopping = [await line.ask(post(batch(), b"X-Forwarded-For: 2001:db8:1:2::%d" % number)) for number in range(20)]
    for answers in (flooding, hopping):
        assert answers[:10] == [202] * 10
        assert 429 in answers[10:]


@pytest.mark.parametrize("proxies", ["*", "127.0.0.1,*", "0.0.0.0/0", "::/0", "proxy.internal", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_start_that_would_believe_everybody_or_nobody_is_refused(tmp_path: Path, proxies: str) -> None:
    refused = tracker(tmp_path, "collect", "--port", "0", "--trusted-proxies", proxies)
    assert refused.returncode == 2
    assert "TRACKER_TRUSTED_PROXIES" in refused.stderr
    assert "Traceback" not in refused.stderr
