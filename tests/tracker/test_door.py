"""The collector through a real socket: docs/guarantees.md, answer for answer."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from tests.product import PATIENCE_S, until
from tracker import ledger, segment
from tracker.clock import SystemClock
from tracker.collector import Collector
from tracker.door import Door
from tracker.erasure import digest
from tracker.errors import BadSetting
from tracker.event import Refused
from tracker.limits import Buckets
from tracker.settings import Settings
from tracker.sites import Site, SiteBook, write_site_file

SHOP = Site(name="shop", site_key="pk_shop", origins=("https://shop.example",))
OTHER = Site(name="other", site_key="pk_other", origins=("https://other.example",))
HOME = "https://shop.example"


class Running:
    """A collector on a free port, in a thread."""

    def __init__(self, data: Path) -> None:
        write_site_file(data / "sites.json", (SHOP, OTHER))
        self.data = data
        self.collector = Collector(Settings(data=data, segment_max_ms=20), SystemClock())
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.server = uvicorn.Server(uvicorn.Config(self.collector, http="httptools", log_level="warning", access_log=False, proxy_headers=False))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self.thread.start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.listener.getsockname()[1]}", trust_env=False, timeout=PATIENCE_S)

    def post(self, batch: Any, **headers: str) -> httpx.Response:
        content = batch if isinstance(batch, bytes) else json.dumps(batch).encode()
        return self.client.post("/v1/events", content=content, headers={"Content-Type": "text/plain", "Origin": HOME, **headers})

    def lines(self) -> list[bytes]:
        """What is in the spool, sealed or growing. A segment sealed while we look is there under two names or none: then we look again."""
        folder = self.data / "spool" / "collect"
        while True:
            there = sorted(folder.glob("*.*"))
            try:
                read = [path.read_bytes() for path in there]
            except FileNotFoundError:
                continue
            if there == sorted(folder.glob("*.*")):
                return [line for data in read for group in segment.groups(data) for line in group.body.splitlines()]

    def rows(self) -> list[dict[str, Any]]:
        """The events in the spool."""
        return [json.loads(line) for line in self.lines() if not ledger.is_line(line)]

    def tally(self) -> ledger.Tally:
        """What became of them."""
        total = ledger.Tally()
        for line in filter(ledger.is_line, self.lines()):
            total.update(ledger.tally_of(line))
        return total

    def stop(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join()
        self.listener.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.stop()


def batch(*events: Any, **more: Any) -> dict[str, Any]:
    return {"v": 1, "site": "pk_shop", "visitor": "v1", "sent_at": 1000, "events": list(events), **more}


def view(name: str = "e1") -> dict[str, Any]:
    return {"id": name, "type": "page_view", "at": 900, "url": HOME + "/"}


def test_a_202_means_that_the_event_is_in_the_spool(running: Running) -> None:
    reply = running.post(batch(view()))
    assert (reply.status_code, reply.json()) == (202, {"accepted": 1, "refused": []})
    (row,) = running.rows()
    assert (row["site"], row["visitor_id"], row["event_id"], row["ip"]) == ("shop", "v1", "e1", "127.0.0.0")
    assert round(row["received_at"] - row["at"], 3) == 0.1


def test_good_events_of_a_batch_are_kept_and_bad_ones_say_why(running: Running) -> None:
    reply = running.post(batch(view("a"), {"type": "nonsense", "id": "b", "at": 1}, view("c")))
    assert reply.status_code == 202
    assert reply.json()["accepted"] == 2
    (refusal,) = reply.json()["refused"]
    assert (refusal["index"], refusal["reason"]) == (1, "type_unknown")
    assert refusal["message"]
    assert [row["event_id"] for row in running.rows()] == ["a", "c"]


def test_a_batch_of_only_bad_events_is_answered_too(running: Running) -> None:
    reply = running.post(batch(5, None))
    assert reply.status_code == 202
    assert reply.json()["accepted"] == 0
    assert not running.rows()


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"hello", {}, 400, "not_json"),
        (b'{"site":"pk_nobody","events":[]}', {}, 403, "site_unknown"),
        (b'{"site":"pk_shop","events":[]}', {"Origin": "https://evil.example"}, 403, "origin_refused"),
        (b'{"site":"pk_shop","events":[]}', {"Origin": "null"}, 403, "origin_refused"),
        (b'{"site":"pk_shop","events":[]}', {"Origin": "https://shop.example.evil.example"}, 403, "origin_refused"),
        (b'{"site":"pk_shop","events":[]}', {"Origin": "http://shop.example"}, 403, "origin_refused"),
        (b'{"site":"pk_shop","events":[%s]}' % b",".join([b"{}"] * 501), {}, 413, "too_many_events"),
        (b" " * (256 * 1024 + 1), {}, 413, "too_large"),
        (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "content_type"),
        (b"{}", {"Content-Encoding": "br"}, 415, "content_encoding"),
        (b"not gzip", {"Content-Encoding": "gzip"}, 400, "not_gzip"),
        (gzip.compress(b" " * (2 * 1024 * 1024 + 1), mtime=0), {"Content-Encoding": "gzip"}, 413, "too_large"),
        (gzip.compress(b"{}", mtime=0)[:-4], {"Content-Encoding": "gzip"}, 400, "not_gzip"),
        (b'{"site":"pk_shop","visitor":"%s","events":[]}' % (b"x" * 65), {}, 400, "visitor_invalid"),
        (b'{"site":"pk_shop","visitor":"undefined","events":[]}', {}, 400, "visitor_invalid"),
        (b'{"site":"pk_shop","visitor":"00000000-0000-0000-0000-000000000000","events":[]}', {}, 400, "visitor_invalid"),
    ],
)
def test_a_refused_batch_gets_its_status_and_code(running: Running, content: bytes, headers: dict[str, str], status: int, code: str) -> None:
    reply = running.post(content, **headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert reply.json()["error"]["message"]
    assert not running.rows()


def test_the_exact_limits_are_accepted(running: Running) -> None:
    filled = json.dumps(batch(view())).encode()
    assert running.post(filled + b" " * (256 * 1024 - len(filled))).status_code == 202
    packed = gzip.compress(filled + b" " * (2 * 1024 * 1024 - len(filled)))
    assert running.post(packed, **{"Content-Encoding": "gzip"}).status_code == 202


def test_a_body_without_a_length_is_cut_off_at_the_limit(running: Running) -> None:
    reply = running.client.post("/v1/events", content=iter([b" " * 65_536] * 5), headers={"Origin": HOME})
    assert reply.status_code == 413


@pytest.mark.parametrize(
    "damaged",
    [
        {"id": "x", "type": "page_view", "at": 253_402_300_799_000},
        {"id": "x", "type": "page_view", "at": 10**40},
        {"id": "x", "type": "page_view", "at": 1, "title": "x" * 100_000},
        {"id": "x", "type": ["page_view"], "at": 1},
        {"id": "x", "type": "custom", "name": "n", "at": 1, "props": {"a": {"b": {"c": []}}}},
        {"id": {"id": 1}, "type": "page_view", "at": 1},
        {"id": "x", "type": "search", "at": 1, "query": "\ud83d"},
    ],
)
def test_damaged_events_never_hurt_their_neighbours(running: Running, damaged: Any) -> None:
    reply = running.post(batch(view("good"), damaged))
    assert reply.status_code == 202
    assert "good" in [row["event_id"] for row in running.rows()]


def test_cors_names_the_exact_origin_and_only_an_allowed_one(running: Running) -> None:
    good = running.post(batch(view()))
    assert good.headers["access-control-allow-origin"] == HOME
    assert good.headers["vary"] == "Origin"
    foreign = running.post(batch(view()), Origin="https://evil.example")
    assert "access-control-allow-origin" not in foreign.headers
    assert foreign.headers["vary"] == "Origin"


def test_a_preflight_for_json_is_answered(running: Running) -> None:
    reply = running.client.options("/v1/events", headers={"Origin": HOME, "Access-Control-Request-Method": "POST"})
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] == HOME
    assert running.post(batch(view()), **{"Content-Type": "application/json; charset=utf-8"}).status_code == 202


def test_a_preflight_names_no_origin_that_no_site_allows(running: Running) -> None:
    reply = running.client.options("/v1/events", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert reply.status_code == 204
    assert "access-control-allow-origin" not in reply.headers


def test_a_page_can_read_why_its_whole_batch_was_refused(running: Running) -> None:
    broken = running.post(b"not json")
    assert (broken.status_code, broken.headers["access-control-allow-origin"]) == (400, HOME)
    other_sites_page = running.post(batch(view()), Origin="https://other.example")
    assert other_sites_page.status_code == 403
    assert "access-control-allow-origin" not in other_sites_page.headers


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("GET", "/nothing", 404, "not_found"), ("GET", "/v1/sessions", 404, "not_found"), ("POST", "/t.js", 405, "method_not_allowed"),
    ("DELETE", "/healthz", 405, "method_not_allowed"), ("GET", "/v1/events", 405, "method_not_allowed"),
])  # fmt: skip
def test_errors_of_the_public_port_have_one_form(running: Running, method: str, path: str, status: int, code: str) -> None:
    reply = running.client.request(method, path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert reply.json()["error"]["message"]
    assert ("allow" in reply.headers) == (status == 405)


def test_an_event_without_visitor_is_cookieless(running: Running) -> None:
    first, again = ({**batch(view(name)), "visitor": None} for name in ("a", "b"))
    running.post(first)
    running.post(again)
    running.post({**again, "site": "pk_other"}, Origin="https://other.example")
    ids = [row["visitor_id"] for row in running.rows()]
    assert all(row["cookieless"] for row in running.rows())
    assert ids[0] == ids[1] != ids[2]
    assert b"127.0.0.1" not in b"".join(path.read_bytes() for path in running.data.rglob("*") if path.is_file() and path.name != "lock")


def test_global_privacy_control_means_no(running: Running) -> None:
    identify = {"id": "i", "type": "identify", "at": 1, "customer_id": "c-1"}
    reply = running.post(batch(view(), identify), **{"Sec-GPC": "1"})
    assert [refusal["reason"] for refusal in reply.json()["refused"]] == ["consent_missing"]
    assert [row["visitor_id"] == "v1" for row in running.rows()] == [False]


def test_every_event_is_in_the_ledger_with_what_became_of_it(running: Running) -> None:
    running.post(batch(view("a"), view("b"), {"id": "c", "type": "unheard_of", "at": 1}, {**view("d"), "title": "x" * 1000}))
    running.post(batch(view()), Origin="https://shop.example.evil.io")
    running.post(b"no json")
    running.post({**batch(view()), "site": "pk_nobody"})
    expected = {
        ("shop", "received", ""): 5, ("shop", "accepted", ""): 3, ("shop", "refused", "type_unknown"): 1, ("shop", "refused", "origin_refused"): 1,
        ("shop", "cut", ""): 1, ("", "received", ""): 2, ("", "refused", "not_json"): 1, ("", "refused", "site_unknown"): 1,
    }  # fmt: skip
    until(lambda: running.tally() == expected, what="the ledger")
    tally = running.tally()
    assert sum(n for (_, outcome, _), n in tally.items() if outcome == "received") == sum(
        n for (_, outcome, _), n in tally.items() if outcome in ("accepted", "refused", "dropped")
    )


def test_nobody_takes_over_the_id_of_a_visitor_without_consent(running: Running) -> None:
    running.post({**batch(view()), "visitor": None})
    (theirs,) = [row["visitor_id"] for row in running.rows()]
    running.post({**batch(view("x")), "visitor": theirs}, **{"User-Agent": "another"})
    taken = next(row for row in running.rows() if row["event_id"] == "x")
    assert taken["cookieless"]
    assert taken["visitor_id"] != theirs


def test_what_comes_late_of_an_erased_visitor_is_left_out_and_counted(running: Running) -> None:
    now_ms = time.time_ns() // 1_000_000
    stone = ["shop", "visitor", digest("shop", "visitor", "v1"), 0, now_ms]
    (running.data / "erased.json").write_text(json.dumps([stone]))
    running.collector.door.erased.refresh()
    late = {**batch(view("late"), {**view("bad"), "id": ""}), "sent_at": now_ms}
    late["events"][0]["at"] = now_ms - 60_000
    reply = running.post(late)
    assert (reply.status_code, reply.json()["accepted"], len(reply.json()["refused"])) == (202, 0, 1)
    running.post({**late, "visitor": "v2"})
    running.post({**late, "events": [{**view("new"), "at": now_ms + 60_000}], "sent_at": now_ms + 60_000})
    assert [(row["visitor_id"], row["event_id"]) for row in running.rows()] == [("v2", "late"), ("v1", "new")]
    until(lambda: running.tally()["shop", "dropped", "erased"] == 1, what="the ledger")


def test_a_new_site_is_known_at_once(running: Running) -> None:
    fresh = Site(name="fresh", site_key="pk_fresh", origins=(HOME,))
    assert running.post({**batch(view()), "site": "pk_fresh"}).status_code == 403
    write_site_file(running.data / "sites.json", (SHOP, OTHER, fresh))
    assert running.post({**batch(view()), "site": "pk_fresh"}).status_code == 202


def test_where_the_file_of_sites_is_damaged_or_gone_known_sites_go_on(running: Running) -> None:
    path = running.data / "sites.json"
    for damage in (b'{"sites":[{"name"', b"\xff", b"[]"):
        path.write_bytes(damage)
        assert running.post({**batch(view()), "site": "pk_fresh"}).status_code == 403
        assert running.post(batch(view())).status_code == 202
    path.unlink()
    assert running.post({**batch(view()), "site": "pk_fresh"}).status_code == 403
    assert running.post(batch(view())).status_code == 202
    write_site_file(path, (SHOP, OTHER, Site(name="fresh", site_key="pk_fresh", origins=(HOME,))))
    assert running.post({**batch(view()), "site": "pk_fresh"}).status_code == 202


def test_a_door_that_never_could_read_its_sites_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "sites.json").write_bytes(b"{")
    with pytest.raises(BadSetting, match="Delete it"):
        SiteBook(tmp_path / "sites.json")


def test_a_full_spool_says_come_again(running: Running) -> None:
    running.collector.spool.room.spool_max_bytes = -1
    reply = running.post(batch(view()))
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "spool_full")
    assert int(reply.headers["retry-after"]) > 0
    assert running.client.get("/readyz").status_code == 503
    assert running.client.get("/healthz").status_code == 200


def test_a_flood_from_one_address_is_turned_away_and_nobody_else(running: Running) -> None:
    settings = Settings(data=running.data, address_requests_per_s=1)
    door = Door(settings, running.collector.sites, running.collector.spool, running.collector.door.cookieless, SystemClock())
    for _ in range(5):
        door.admit_address({"client": ("192.0.2.1", 1)})
    with pytest.raises(Refused) as refused:
        door.admit_address({"client": ("192.0.2.1", 2)})
    assert (refused.value.status, refused.value.retry_after_s) == (429, 1)
    door.admit_address({"client": ("192.0.2.2", 1)})
    for _ in range(20):
        door.admit_address({"client": ("127.0.0.1", 1)})


def test_a_site_above_its_rate_waits_and_other_sites_do_not(running: Running) -> None:
    running.collector.door.by_site = Buckets(1, 5, time.monotonic)
    assert running.post(batch(*[view(str(n)) for n in range(5)])).status_code == 202
    reply = running.post(batch(view("six")))
    assert (reply.status_code, reply.json()["error"]["code"], reply.headers["retry-after"]) == (429, "too_many_events", "1")
    assert reply.headers["access-control-allow-origin"] == HOME
    assert running.post({**batch(view()), "site": "pk_other"}, Origin="https://other.example").status_code == 202


def test_a_secret_key_in_a_page_is_refused_and_said_so(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    reply = running.post({**batch(view()), "site": "sk_0123456789abcdefghij"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "secret_key")
    assert "sk_01234567…" in caplog.text
    assert "abcdefghij" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_other_methods_are_refused(running: Running, method: str) -> None:
    assert running.client.request(method, "/v1/events").status_code == 405
