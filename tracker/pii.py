"""What a person's data looks like in a text: e-mail addresses, phone numbers, card numbers, tokens, secret names. Data and small tests.

in   decoded text
out  the text with each of them replaced by a word in brackets
Judged narrowly where shops use digits too: article numbers, EANs, sizes, prices, dates and times pass (tests/tracker/test_scrub.py holds the corpus).
"""

from __future__ import annotations

import re
from functools import lru_cache

from tracker.row import LENGTHS

CUT_AT = frozenset(length for length in LENGTHS.values() if length >= 256)  # a text of exactly this length may have lost its end

# --- e-mail addresses, tokens --------------------------------------------------------------------------------------------------

IN_LOCAL = r"[^\s@＠/\\?&=#:;,<>()\[\]\"|]"
LOCAL = rf"(?<!{IN_LOCAL}){IN_LOCAL}++"  # from its first letter on and never back: linear in the text
EMAIL = re.compile(rf"{LOCAL}[@＠](?!\dx\.)(?:[^\W_](?:[\w-]{{0,62}})\.){{1,8}}[^\W\d_]{{2,24}}")  # logo@2x.png and react@18.2.0 are none
JWT = re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}={0,2}(?:\.[A-Za-z0-9_=-]*){0,4}")
EDGE = re.compile(rf"(?:{LOCAL}(?:[@＠]|%(?:25)*40)[^\s]*|\+?\d[\d\s().+-]{{6,}})$")

EDGE_MAX = 160


def emails(text: str) -> str:
    return EMAIL.sub("[email]", text) if "@" in text or "＠" in text else text


def tokens(text: str) -> str:
    return JWT.sub("[token]", text) if "eyJ" in text else text


def edge(text: str) -> str:
    """Without the beginning of an address or a number whose end was cut off."""
    return text[:-EDGE_MAX] + EDGE.sub("[removed]", text[-EDGE_MAX:])


# --- names of parameters and fields --------------------------------------------------------------------------------------------

SECRET = re.compile(
    r"token|key|pass|auth|code|session|sess_?id|reset|pwd|secret|signature|credential|bearer|jwt|csrf|xsrf|tracker-inspect"
    r"|(?<![a-z])(?:sid|sig|otp|pin|iban|ssn|cvv|cvc)(?![a-z])"
)
HARMLESS = re.compile(r"key-?_?words?|(?<![a-z])authors?(?![a-z])|passengers?|compass|monkey|turkey|keyboards?|key-?_?visual|preset")
HARMLESS_FIELDS = re.compile(  # what a shop sends on purpose in a custom field; in an address `code` may be anything
    HARMLESS.pattern + r"|(?:promo|promotion|coupon|voucher|discount|campaign|response|zip|post|postal|country|currency|language|lang|region|state"
    r"|city|store|color|colour|size|bar|product|item|article|sku|error|status|http|exit|shipping|payment|tax|airport|qr)[_-]?codes?"
)  # fmt: skip
CAMPAIGN = re.compile(r"utm_|mtm_|pk_(?:campaign|source|medium|keyword|content)")
PHONE_NAME = re.compile(r"(?<![a-z])(?:tele)?(?:phone|fon|fax)|telefon|(?<![a-z])(?:tel|mobile|handy|cell|whatsapp|msisdn)(?![a-z])")
ID_NAME = re.compile(
    r"id|sku|ean|gtin|upc|isbn|asin|product|produkt|article|artikel|item|order|number|nummer|(?<![a-z])(?:nr|no|[a-pr-z]|\w{2}|time)(?![a-z])"
)
ASSIGNED = re.compile(r"(?<![\w.-])([\"']?([\w.-]{1,64})[\"']?\s?(?:=|(?<=[\"'])\s?:)\s?[\"']?)(?!\[)([^\s&;,\"'#<>]+)")

# /reset-password/SECRET, /verify/SECRET: what follows such a segment, and looks drawn by lot
SECRET_SEGMENT = re.compile(
    r"(?:[a-z]+[-_])*(?:reset|token|password|passwort|auth|oauth|session|secret|verify|verification|activate|activation|confirm|confirmation|invite"
    r"|magic|unsubscribe|login)(?:[-_][a-z]+)*",
    re.IGNORECASE,
)
RANDOM = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_.~=%]{16,}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{20,}|\d{6,}")


@lru_cache(maxsize=4096)
def is_secret(name: str, harmless: re.Pattern[str] = HARMLESS) -> bool:
    name = name.lower()
    return bool(SECRET.search(name)) and not CAMPAIGN.match(name) and bool(SECRET.search(harmless.sub("", name)))


@lru_cache(maxsize=4096)
def is_phone(name: str) -> bool:
    return PHONE_NAME.search(name.lower()) is not None


@lru_cache(maxsize=4096)
def is_id(name: str) -> bool:
    return ID_NAME.search(name.lower()) is not None or CAMPAIGN.match(name.lower()) is not None


def is_random(segment: str) -> bool:
    return RANDOM.fullmatch(segment) is not None


def has_phone_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= 6


def assignments(text: str) -> str:
    """`password=…` and `"token": "…"` inside a text."""
    if "=" not in text and ":" not in text:
        return text
    return ASSIGNED.sub(lambda found: found[1] + "[removed]" if is_secret(found[2]) else found[0], text)


# --- numbers -------------------------------------------------------------------------------------------------------------------

GAP = r"[\s\u2010-\u2015._-]"
RUN = re.compile(rf"(?<![A-Za-z0-9])\d(?:{GAP}?\d){{12,}}(?![A-Za-z0-9])")
CARDS = re.compile(  # the beginnings and lengths that are issued
    r"4(?:\d{12}|\d{15}|\d{18})|5[0-9]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|36\d{14}|6\d{12,18}"
)
PHONE = re.compile(
    r"(?<![\w+.,-])(?:"
    r"\+[1-9](?:[\s()/\u2010-\u2015-]{0,3}\d){7,14}"                      # +49 (0)170 123-4567
    r"|\+[1-9]\d{0,2}(?:\.\d{2,}){2,4}"                                   # +49.170.1234567
    r"|00[1-9]\d{0,2}[\s/-]+\(?\d{1,5}\)?(?:[\s/-]?\d){4,10}"             # 0049 170 1234567
    r"|\(0\d{1,5}\)[\s/-]{0,3}\d(?:[\s-]?\d){4,9}"                        # (030) 123456
    r"|0[1-9]\d{1,4}\s?[/\s]\s?\d{3,8}(?:[\s-]\d{2,5}){0,3}"              # 0170 1234567, 030/123 45 67
    r"|0[1-9]\d{1,4}-\d{5,8}"                                             # 0170-1234567
    r"|0[1-9](?:[\s.-]\d\d){4}"                                           # 06 12 34 56 78
    r"|(?:1[\s.-])?\([2-9]\d\d\)\s?\d{3}[\s.-]\d{4}"                      # (555) 123-4567
    r"|(?:1[\s.-])?[2-9]\d\d([.-])\d{3}\1\d{4}"                           # 555-123-4567
    r")(?![\w])"
)  # fmt: skip
BARE_PHONE = re.compile(r"(?<![\w+.,-])(?:01[5-7]\d{8,9}|0[67]\d{8}|07\d{9}|00(?:1|3[0-9]|4[0-9])\d{9,11})(?![\w-])")
DATE = re.compile(r"(?<!\d)(?:[0-3]?\d([./-])[01]?\d\1(?:19|20)?\d\d|(?:19|20)\d\d([./-])[01]?\d\2[0-3]?\d)(?!\d)")
PHONE_DIGITS = range(9, 16)


def numbers(text: str, *, bare: bool) -> str:
    """Without card and phone numbers; `bare`: also those that are digits only and could be an article's number in another place."""
    text = RUN.sub(lambda found: without_cards(found[0], any_issuer=bare), text)
    text = PHONE.sub(phone, text)
    return BARE_PHONE.sub(lambda found: found[0] if is_article_number(found[0]) else "[phone]", text) if bare else text


def phone(found: re.Match[str]) -> str:
    """The longest beginning that has as many digits as a phone number, up to a date."""
    date = DATE.search(found[0])
    until = date.start() if date else len(found[0])
    for end in (each.end() for each in reversed(list(re.finditer(r"\d+", found[0][:until])))):
        if sum(map(str.isdigit, found[0][:end])) in PHONE_DIGITS:
            return "[phone]" + found[0][end:]
    return found[0]


def without_cards(run: str, *, any_issuer: bool) -> str:
    """A run of digits and gaps: every stretch of whole groups that is a card number goes."""
    groups = [(found.start(), found.end()) for found in re.finditer(r"\d+", run)]
    clean, kept_from, first = "", 0, 0
    while first < len(groups):
        last = card_at(run, groups[first : first + 19], any_issuer=any_issuer)
        if last is not None:
            clean, kept_from = clean + run[kept_from : groups[first][0]] + "[card]", groups[first + last][1]
        first += 1 if last is None else last + 1
    return clean + run[kept_from:]


def card_at(run: str, groups: list[tuple[int, int]], *, any_issuer: bool) -> int | None:
    """The last of these groups that makes a card number with those before it."""
    digits, ends = "", []
    if groups[0][1] - groups[0][0] < 3:
        return None
    for start, end in groups:
        digits += run[start:end]
        if len(digits) > 19:
            break
        ends.append(digits)
    lengths = [end - start for start, end in groups]
    widest = next((last for last, length in enumerate(lengths) if length < 3), len(lengths))  # sizes in a row: 36 38 40 42 44 46 48
    cards = (last for last, number in enumerate(ends[: widest + 1]) if is_card(number, alone=last == 0, any_issuer=any_issuer))
    return max(cards, default=None)


def is_card(digits: str, *, alone: bool, any_issuer: bool) -> bool:
    """`alone`: no gaps within."""
    if not 13 <= len(digits) <= 19 or not luhn(digits) or is_article_number(digits):
        return False
    return CARDS.fullmatch(digits) is not None or (any_issuer and alone and len(digits) in (15, 16))


def luhn(digits: str) -> bool:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + at % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def is_article_number(digits: str) -> bool:
    """EAN, UPC, GTIN and ISBN carry a check digit of their own, other than a card's."""
    if len(digits) in (12, 13, 14):
        return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits))) % 10 == 0
    return len(digits) == 10 and sum(int(digit) * (10 - at) for at, digit in enumerate(digits)) % 11 == 0
