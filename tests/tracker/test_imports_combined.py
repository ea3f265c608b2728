"""Access logs: pages delivered to somebody are page views, the rest is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tracker.importing import taken

UA = "Mozilla/5.0 (X11; Linux x86_64)"
LINE = f'192.0.2.77 - - [10/Oct/2023:13:55:36 +0200] "GET /p/42?q=1 HTTP/1.1" 200 2326 "https://search.example/" "{UA}"\n'


def test_a_page_delivered_is_a_page_view(tmp_path: Path) -> None:
    _, (row,) = taken(tmp_path, LINE, "combined")
    assert (row["type"], row["url"], row["referrer"]) == ("page_view", "https://shop.example/p/42?q=1", "https://search.example/")
    assert (row["at"], row["ip"], row["ua"], row["cookieless"]) == (1_696_938_936.0, "192.0.2.0", UA, True)


def test_neighbours_with_one_browser_are_one_visitor_and_nobody_is_named(tmp_path: Path) -> None:
    text = LINE + LINE.replace("192.0.2.77", "192.0.2.78") + LINE.replace("192.0.2.77", "198.51.100.1") + LINE.replace("X11", "Mac")
    _, rows = taken(tmp_path, text, "combined")
    visitors = [row["visitor_id"] for row in rows]
    assert visitors[0] == visitors[1]
    assert len(set(visitors)) == 3
    assert "192.0.2.7" not in str(rows)


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(" /p/42?q=1", " /"),
        LINE.replace(" /p/42?q=1", " /shop/index.PHP?a=b.png"),
        LINE.replace(" 2326", " -"),
        LINE.partition(' "https')[0] + "\n",
        LINE.replace("- - [", "- ann lee [").replace("HTTP/1.1", "HTTP/2.0"),
        LINE.replace("192.0.2.77", "2001:db8::1"),
        LINE.replace("192.0.2.77", "host.example"),
        LINE.replace("X11", r"X\"11\x22"),
        LINE.replace('"https://search.example/"', '"-"'),
        LINE.rstrip() + ' "extra" 0.004\n',
    ],
)
def test_lines_of_many_servers_are_understood(tmp_path: Path, line: str) -> None:
    done, rows = taken(tmp_path, line, "combined")
    assert (len(rows), done.examples) == (1, ())


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace("GET", "POST"), LINE.replace("GET", "HEAD"), LINE.replace(" 200 ", " 404 "), LINE.replace(" 200 ", " 301 "),
        LINE.replace("/p/42", "/logo.png"), LINE.replace("/p/42", "/app.min.js"), LINE.replace("/p/42", "/robots.txt"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_passed_over(tmp_path: Path, line: str) -> None:
    done, rows = taken(tmp_path, line, "combined")
    assert (rows, done.skipped, done.examples) == ([], 1, ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello\n", "line_unreadable"),
        (LINE.replace('"GET /p/42?q=1 HTTP/1.1"', '"\\x16\\x03\\x01"'), "line_unreadable"),
        (LINE.replace('"GET /p/42?q=1 HTTP/1.1"', '"-"'), "line_unreadable"),
        (LINE[:60], "line_unreadable"),
        (LINE.replace("10/Oct/2023", "32/Oct/2023"), "time_invalid"),
        (LINE.replace(" +0200", ""), "time_invalid"),
    ],
)
def test_a_broken_line_is_refused_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    done, rows = taken(tmp_path, LINE + line.rstrip() + "\n" + LINE, "combined")
    assert (len(rows), [(one.line, one.reason) for one in done.examples]) == (2, [(2, reason)])


def test_addresses_lose_what_nobody_should_keep(tmp_path: Path) -> None:
    _, (row,) = taken(tmp_path, LINE.replace("?q=1", "?token=s3cret&mail=ann@mail.example"), "combined")
    assert row["url"] == "https://shop.example/p/42?token=[removed]&mail=[email]"
