"""Why somebody came back to a cart: a code that came back, or a link in a message (docs/decisions/0017-cart.md).

in   addresses of pages, responses that the company reports
out  the code; whether an address is that of a link in a message
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from sessionizer.model import Event

CODE_LONGEST = 100
MESSAGE = re.compile(r"[?&]utm_medium=(e-?mail|newsletter|sms|mms|push|messenger|whatsapp)", re.IGNORECASE)  # as in schema/0008_cart_history.sql


def is_telling(url: str) -> bool:
    """Whether it is worth looking: most addresses say nothing of this."""
    return "rc=" in url or "utm_medium=" in url


def code_in(url: str) -> str:
    """What stands behind rc= in the address."""
    if "rc=" not in url:
        return ""
    return one_form(parse_qs(urlsplit(url).query).get("rc", [""])[-1])


def code_of(event: Event) -> str:
    """Of a response the code that it names, of anything else the one in its address."""
    if event.type == "response":
        return one_form(str(event.properties().get("response_code") or ""))
    return code_in(event.url)


def one_form(code: str) -> str:
    """People type codes as they like."""
    return code.strip().upper()[:CODE_LONGEST]


def is_by_message(url: str) -> bool:
    return "utm_medium=" in url and MESSAGE.search(url) is not None
