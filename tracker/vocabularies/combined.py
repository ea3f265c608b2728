"""Access logs of Apache and nginx, common or combined: a page that was delivered to somebody is a page view.

in   192.0.2.7 - - [10/Oct/2023:13:55:36 +0200] "GET /p/42 HTTP/1.1" 200 2326 "https://…" "Mozilla/5.0 …"
     also with the host before (Apache's vhost_combined), or the addresses of proxies behind a comma
out  page_view, its visitor a hash of the cut IP address and the user agent: an access log knows no more, and no more is kept
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit

from tracker import scrub
from tracker.event import Unfit
from tracker.vocabularies.draft import Draft, Record, utf8

QUOTED = r'"((?:[^"\\]|\\.)*)"'
LINE = re.compile(rf"([^\s,]+(?:, ?[^\s,]+)*) (\S+) .*?\[([^\]]{{1,40}})\] {QUOTED} (\d{{3}}) (?:\d+|-)(?: {QUOTED}(?: {QUOTED})?)?")
REQUEST = re.compile(r"([A-Z]+) (\S+)(?: HTTP/\d(?:\.\d)?)?")
ESCAPED = re.compile(r'((?:\\x[0-9A-Fa-f]{2})+)|\\(["\\])')
PAGES = frozenset({"", "htm", "html", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "jspx", "cfm", "do", "action"})
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
UA_MAX = 512


class Combined:
    def __init__(self, origin: str = "") -> None:
        self.origin = origin.rstrip("/")

    def records(self, lines: Iterator[Record]) -> Iterator[Record]:
        return lines

    def draft(self, record: Record) -> Draft | None:
        found = LINE.match(utf8(record.raw))
        if not found:
            raise Unfit("line_unreadable", "This is no line of an access log in the common or combined format")
        first, second, time, request, status, referrer, ua = found.groups(default="")
        asked = REQUEST.fullmatch(request)
        if not asked:
            raise Unfit("line_unreadable", f"{request[:40]!r} is no request of HTTP")
        if asked[1] != "GET" or status[0] != "2" or not is_page(asked[2]):
            return None
        host = asker(first, second)
        address, ua = scrub.ip(host), given(ua)[:UA_MAX]
        event = {
            "type": "page_view", "at": at_ms(time), "visitor": visitor(address or host, ua),
            "url": self.url(asked[2]), "referrer": given(referrer),
        }  # fmt: skip
        return Draft(event, ip=address, ua=ua, cookieless=True)

    def url(self, target: str) -> str:
        return self.origin + target if target.startswith("/") else target


def asker(first: str, second: str) -> str:
    """Whose address it is: of several the first; the second word where the first is the name of the site."""
    address = first.partition(",")[0]
    return second if not scrub.ip(address) and scrub.ip(second) else address


def is_page(target: str) -> bool:
    """/p/42, / and /index.php are pages; /logo.png, /app.js and /feed.xml are not."""
    try:
        last = urlsplit(target).path.rpartition("/")[2]
    except ValueError:
        return False
    return (last.rpartition(".")[2].lower() if "." in last else "") in PAGES


def given(text: str) -> str:
    """What is not ASCII is logged byte by byte: \\xD0\\x9F."""
    if text == "-":
        return ""
    return ESCAPED.sub(lambda found: found[2] or bytes.fromhex(found[1].replace("\\x", "")).decode(errors="replace"), text) if "\\" in text else text


@lru_cache(maxsize=4096)
def at_ms(text: str) -> int:
    try:
        at = datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        raise Unfit("time_invalid", f"{text[:40]!r} is no time of an access log; it should be 10/Oct/2023:13:55:36 +0200") from None
    return int((at - EPOCH).total_seconds()) * 1000


@lru_cache(maxsize=16384)
def visitor(address: str, ua: str) -> str:
    return "log-" + blake2b(f"{address}\0{ua}".encode(errors="replace"), digest_size=16).hexdigest()
