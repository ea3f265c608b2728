"""How figures become words on a page: pure, and safe for text that strangers wrote.

in   numbers, times in ms, currencies, tracked strings
out  short English; escaping is the template's business
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Amount = tuple[Decimal, str]

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "PLN": "zł", "CZK": "Kč", "SEK": "kr", "NOK": "kr", "DKK": "kr", "INR": "₹", "BRL": "R$"}
WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NBSP = "\u00a0"  # keeps a figure and its unit on one line
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


def clean(text: object, longest: int = 200) -> str:
    """Tracked text, fit to be shown: no control or direction-changing characters, one line, not endless."""
    shown = "".join(" " if c in "\t\r\n" else c for c in str(text))
    shown = "".join(c for c in shown if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    shown = re.sub(r"\s+", " ", shown).strip()
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


def web_link(url: str) -> str:
    """The address if a link may be made of it (http, https), else ''."""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zs") for c in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def money(value: Decimal | float | int, currency: str) -> str:
    """348.90 €, 1,846.00 €; an unknown currency keeps its code, a missing one says nothing."""
    figure = f"{Decimal(value):,.{0 if currency in WITHOUT_CENTS else 2}f}"
    return f"{figure}{NBSP}{SYMBOLS.get(currency, clean(currency, 8))}".strip()


def sums(amounts: Iterable[Amount], none: str = "") -> str:
    """Money of several currencies side by side, never added up: 1,846.00 € and 310.00 $."""
    return listed([money(value, currency) for value, currency in amounts if value]) or none


def listed(words: Sequence[str], most: int = 0) -> str:
    """a, b and c; with `most`, the rest becomes a number."""
    if most and len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    if len(words) < 2:
        return words[0] if words else ""
    return f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def count(number: int, one: str, many: str = "") -> str:
    """1 cart, 12 carts, 1,846 carts."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def in_words(number: int) -> str:
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else f"{number:,}"


def duration(ms: float) -> str:
    """3 s, 2 min 40 s, 1 h 10 min, 3 days: two units at most."""
    seconds = round(ms / 1000)
    if seconds < MINUTE_S:
        return f"{seconds}{NBSP}s"
    if seconds < HOUR_S:
        return _two(seconds // MINUTE_S, "min", seconds % MINUTE_S, "s")
    if seconds < 2 * DAY_S:
        return _two(seconds // HOUR_S, "h", seconds % HOUR_S // MINUTE_S, "min")
    return f"{seconds // DAY_S} days"


def _two(large: int, unit: str, small: int, lesser: str) -> str:
    return f"{large}{NBSP}{unit} {small}{NBSP}{lesser}" if small else f"{large}{NBSP}{unit}"


def long_duration(ms: float) -> str:
    """For a headline: half a minute, one minute, eleven minutes, two hours."""
    seconds = round(ms / 1000)
    if seconds < MINUTE_S:
        return "less than a minute"
    minutes = round(seconds / MINUTE_S)
    if minutes < 90:
        return f"{in_words(minutes)} minute{'' if minutes == 1 else 's'}"
    hours = round(seconds / HOUR_S)
    return f"{in_words(hours)} hours"


def ago(at_ms: int, now_ms: int) -> str:
    seconds = max(0, now_ms - at_ms) // 1000
    if seconds < MINUTE_S:
        return "just now"
    if seconds < HOUR_S:
        return f"{seconds // MINUTE_S}{NBSP}min ago"
    if seconds < DAY_S:
        minutes = seconds % HOUR_S // MINUTE_S
        return f"{seconds // HOUR_S}{NBSP}h {minutes}{NBSP}min ago" if minutes and seconds < 3 * HOUR_S else f"{seconds // HOUR_S}{NBSP}h ago"
    days = seconds // DAY_S
    return "yesterday" if days == 1 else f"{days} days ago"


def quantity(number: Decimal | float | int) -> str:
    """1, 3, 0.5: no zeros that say nothing."""
    return f"{Decimal(str(number)):f}".rstrip("0").rstrip(".") if "." in f"{Decimal(str(number)):f}" else f"{number}"


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The site's time zone; a name this machine does not know is UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(at_ms: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone(timezone))


def clock_time(at_ms: int, timezone: str) -> str:
    return f"{local(at_ms, timezone):%H:%M}"


def clock_time_s(at_ms: int, timezone: str) -> str:
    return f"{local(at_ms, timezone):%H:%M:%S}"


def day_name(at_ms: int, now_ms: int, timezone: str) -> str:
    """today, yesterday, Sunday, 3 March, 3 March 2025."""
    day, today = local(at_ms, timezone).date(), local(now_ms, timezone).date()
    gone = (today - day).days
    if gone in (0, 1):
        return ("today", "yesterday")[gone]
    if 0 < gone < 7:
        return f"{day:%A}"
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B %Y}"


def moment(at_ms: int, now_ms: int, timezone: str) -> str:
    return f"{day_name(at_ms, now_ms, timezone)} {clock_time(at_ms, timezone)}"


def day_start_ms(day: date, timezone: str) -> int:
    """The first millisecond of a day in the site's time zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).timestamp() * 1000)


def today_ms(now_ms: int, timezone: str) -> int:
    return day_start_ms(local(now_ms, timezone).date(), timezone)


def next_day_ms(day: date, timezone: str) -> int:
    return day_start_ms(day + timedelta(days=1), timezone)
