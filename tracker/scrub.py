"""The scrub: what must not reach the disk is taken out of addresses and texts before anything is written.

in   URL, referrer, title, search, names, custom fields; IP addresses
out  the same without e-mail addresses, phone numbers, card numbers, tokens and the values of secret parameters; IPs cut to /24 or /48
What is left alone stays as it came, letter for letter. Ids (of events, items, contents, orders, customers) are not looked at: docs/privacy.md.
The hot path of the door goes through here: what was seen lately is remembered, and most values leave after one look for digits.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, unquote

from tracker import pii

ROUNDS_MAX = 6  # how often something can be percent-encoded, or nested in another address, before it is taken for hidden
GLANCE = re.compile(r"[0-9@%=＠]").search  # without one of these, or a JWT's beginning, there is nothing to find
SUSPICIOUS = r"[@%=＠]|eyJ|[0-9](?:[^A-Za-z0-9]{0,3}[0-9]){7}"
LOOK = re.compile(SUSPICIOUS).search
LOOK_AT_PATH = re.compile(SUSPICIOUS + r"|/(?:[A-Za-z0-9_.~]{16}|[0-9]{6}|[0-9a-fA-F]{8}-)").search
USER_INFO = re.compile(r"^((?:[a-z][a-z0-9+.-]*:)?//)[^/?#]*@", re.IGNORECASE)
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^?/#;&]*", re.IGNORECASE)
DELIMITERS = re.compile(r"([?&#;])")
NESTED = re.compile(r"[?&#;]|//")
ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
DIGITS_PLUS = re.compile(r"(?<=[\d)])\+(?=[\d(])")  # a space, as a form writes it


@lru_cache(maxsize=16384)
def text(value: str) -> str:
    """A title or a free text without what names or opens anything of a person."""
    if (GLANCE(value) or "eyJ" in value) and LOOK(value):
        return _text(value, 0)
    return value


def _text(value: str, depth: int) -> str:
    clean = pii.assignments(pii.numbers(pii.tokens(pii.emails(value)), bare=True))
    if ESCAPE.search(clean):
        opened = unquote(clean)
        if depth >= ROUNDS_MAX:
            return "[removed]"
        shut = _text(opened, depth + 1)
        clean = clean if shut == opened else shut
    return pii.edge(clean) if len(value) in pii.CUT_AT else clean


@lru_cache(maxsize=16384)
def url(value: str) -> str:
    """An address without user info, e-mail addresses, numbers, tokens and session ids. Parameters keep their names: `?token=[removed]`."""
    if not GLANCE(value) and "eyJ" not in value:
        return value
    clean = _url(value, 0)
    return pii.edge(clean) if len(value) in pii.CUT_AT else clean


def _url(value: str, depth: int) -> str:
    if depth >= ROUNDS_MAX:
        return "[removed]"
    if "@" in value:
        value = USER_INFO.sub(r"\1", value, count=1)
    if ";" in value:
        value = SESSION_IN_PATH.sub("", value)
    pieces = DELIMITERS.split(value)
    pieces[0] = _path(pieces[0], depth)
    for at in range(2, len(pieces), 2):
        name, equals, given = pieces[at].partition("=")
        if not equals:
            pieces[at] = _path(name, depth)
        elif given:
            pieces[at] = name + "=" + _parameter(name, given, depth)
    return "".join(pieces)


def _path(path: str, depth: int) -> str:
    if not LOOK_AT_PATH(path):
        return path
    segments = path.split("/")
    before = ""
    for at, segment in enumerate(segments):
        if pii.is_random(segment) and pii.SECRET_SEGMENT.fullmatch(before):
            segments[at] = "[removed]"
        elif LOOK(segment):
            segments[at] = _piece(segment, depth, bare=False)
        before = segment
    return "/".join(segments)


@lru_cache(maxsize=16384)
def _parameter(name: str, given: str, depth: int) -> str:
    name = unquoted(name)
    if pii.is_secret(name):
        return "[removed]"
    if pii.is_phone(name) and pii.has_phone_digits(unquoted(given)):
        return "[phone]"
    return _piece(given, depth, bare=not pii.is_id(name)) if LOOK(given) else given


def _piece(raw: str, depth: int, *, bare: bool) -> str:
    """One part of an address, however often it is encoded; given back as it came where nothing is in it."""
    opened = unquoted(raw)
    if ESCAPE.search(opened):
        return "[removed]"
    clean = pii.tokens(pii.emails(opened))
    if NESTED.search(clean):
        clean = _url(clean, depth + 1)
    clean = pii.assignments(clean)
    spaced = DIGITS_PLUS.sub(" ", clean)
    found = pii.numbers(spaced, bare=bare)
    clean = clean if found == spaced else found
    if clean == opened:
        return raw
    return clean if depth else quote(clean, safe="/:[],.~+=?")


def unquoted(raw: str) -> str:
    """Decoded until nothing is left to decode, or for so long that it can only be hiding."""
    for _ in range(ROUNDS_MAX):
        if "%" not in raw:
            break
        opened = unquote(raw)
        if opened == raw:
            break
        raw = opened
    return raw


def field(name: str, value: object) -> object:
    """One value of a custom field or a trait: by its name where that says what it is, else by what it looks like."""
    if isinstance(value, bool) or value is None:
        return value
    if pii.is_secret(name, pii.HARMLESS_FIELDS):
        return "[removed]"
    told = str(value)
    if pii.is_phone(name) and pii.has_phone_digits(told):
        return "[phone]"
    clean = text(told)
    return value if clean == told else clean


@lru_cache(maxsize=16384)
def ip(value: str) -> str:
    """192.0.2.77 -> 192.0.2.0, 2001:db8:1:2::3 -> 2001:db8:1::, anything else -> ''."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False).network_address)
