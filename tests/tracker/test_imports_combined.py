"""Access logs: pages delivered to somebody are page views, the rest is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(("start", "ip"), [
    ("shop.example:443 192.0.2.77 - -", "192.0.2.0"), ("198.51.100.7, 192.0.2.1, 10.0.0.1 - -", "198.51.100.0"),
    ("198.51.100.7,192.0.2.1 - ann", "198.51.100.0"), ("2001:db8:1:2::3 - -", "2001:db8:1::"), ("shop.example:443 2001:db8::1 - -", "2001:db8::"),
    ("unknown, 192.0.2.1 - -", ""), ("host.example - -", ""),
])  # fmt: skip
def test_the_visitors_address_is_found_beside_those_of_sites_and_proxies(tmp_path: Path, start: str, ip: str) -> None:
    _, (row,) = taken(tmp_path, LINE.replace("192.0.2.77 - -", start), "combined")
    assert row.get("ip", "") == ip


def test_what_is_written_byte_by_byte_is_read_as_text(tmp_path: Path) -> None:
    _, (row,) = taken(tmp_path, LINE.replace("X11", r"\xD0\x9F\xFF \"quoted\" \\").replace("search.example", r"\xE2\x82\xAC.example"), "combined")
    assert (row["ua"], row["referrer"]) == ('Mozilla/5.0 (П\ufffd "quoted" \\; Linux x86_64)', "https://€.example/")


REAL_WORLD = {  # what logs hold beside lines: each with the reason it is refused for
    "": None, "   ": None,
    "==> /var/log/nginx/access.log <==": "line_unreadable",
    "tail: /var/log/nginx/access.log: file truncated": "line_unreadable",
    LINE[: LINE.index("HTTP/1.1")].rstrip(): "line_unreadable",
    LINE[LINE.index("GET") :].rstrip(): "line_unreadable",
    LINE.replace("GET /p/42?q=1 HTTP/1.1", "").rstrip(): "line_unreadable",
    LINE.replace("GET /p/42?q=1 HTTP/1.1", r"\x03\x00\x00\x13\x0e\xe0").rstrip(): "line_unreadable",
    LINE.replace("GET /p/42?q=1 HTTP/1.1", "GET /a page with blanks HTTP/1.1").rstrip(): "line_unreadable",
    LINE.replace("10/Oct/2023", "10/Okt/2023").rstrip(): "time_invalid",
    LINE.replace("10/Oct/2023", "30/Feb/2023").rstrip(): "time_invalid",
    LINE.replace("13:55:36", "25:61:61").rstrip(): "time_invalid",
    LINE.replace("10/Oct/2023", "10/Oct/1969").rstrip(): "time_invalid",
    LINE.replace("10/Oct/2023", "10/Oct/9999").rstrip(): "time_invalid",
    LINE.replace("+0200", "+9999").rstrip(): "time_invalid",
    LINE.replace(" 200 ", " two ").rstrip(): "line_unreadable",
    LINE.replace(" 200 ", " - ").rstrip(): "line_unreadable",
    '{"time":"2023-10-10T13:55:36+02:00","request":"GET / HTTP/1.1"}': "line_unreadable",
    '2023/10/10 13:55:36 [error] 31#31: *1 open() "/x" failed (2: No such file or directory)': "line_unreadable",
    "#Fields: date time s-ip cs-method cs-uri-stem": "line_unreadable",
    LINE.rstrip().replace("Mozilla", "Mozilla\0"): "",
    LINE.rstrip() + LINE.rstrip(): "",
}


@pytest.mark.parametrize(("line", "reason"), REAL_WORLD.items())
def test_what_real_logs_hold_costs_its_own_line_only(tmp_path: Path, line: str, reason: str | None) -> None:
    """None = an empty line, passed over; '' = odd, and a page view all the same."""
    done, rows = taken(tmp_path, LINE + line + "\n" + LINE, "combined")
    assert [(one.line, one.reason) for one in done.examples] == ([(2, reason)] if reason else [])
    assert len(rows) == (3 if reason == "" else 2)
    assert all(one.message for one in done.examples)


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    lines = [LINE.encode(), LINE.replace("X11", "\xff").encode("latin-1"), b"\x00" * 4096 + b"\n", b"\xfe\xff" * 50 + b"\n", LINE.encode()[:-1]]
    done, rows = taken(tmp_path, b"".join(lines), "combined")
    assert (len(rows), [(one.line, one.reason) for one in done.examples]) == (2, [(2, "not_utf8"), (3, "line_unreadable"), (4, "not_utf8")])


CUTS = st.lists(st.tuples(st.integers(0, len(LINE)), st.integers(0, 30), st.text(max_size=6)), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(damages=st.lists(CUTS, min_size=10, max_size=30))
def test_however_lines_are_damaged_each_is_a_row_a_refusal_or_passed_over(
    tmp_path_factory: pytest.TempPathFactory, damages: list[list[tuple[int, int, str]]]
) -> None:
    lines = [LINE] * len(damages)
    for number, cuts in enumerate(damages):
        for at, length, instead in cuts:
            lines[number] = lines[number][:at] + instead + lines[number][at + length :]
    done, rows = taken(tmp_path_factory.mktemp("log"), "\n".join([*lines, LINE]).encode(errors="replace"), "combined")
    assert done.lines == len(rows) + done.skipped + sum(done.refused.values())
    assert rows[-1]["url"] == "https://shop.example/p/42?q=1"


@pytest.mark.parametrize("line", ["a," * 100_000, "[" * 200_000, '192.0.2.1 - - [x] "' * 20_000, "\\x" * 200_000, "1 - - " + "[x] " * 100_000 + '"'])
def test_a_line_made_to_be_slow_is_not(tmp_path: Path, line: str) -> None:
    done, rows = taken(tmp_path, line + "\n" + LINE, "combined")
    assert (len(rows), done.lines) == (1, 2)
