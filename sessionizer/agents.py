"""What a user agent string means: device, browser, operating system, and whether a crawler list knows it.

in   strings as browsers send them
out  rows of user_agents, each string parsed once in its life
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from user_agents import parse

from sessionizer.components import chunks
from tracker.store import Row, Store, load

KNOWN_MAX = 200_000  # strings remembered as parsed; beyond, they are asked for again


class Agents:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.known: set[str] = set()

    def learn(self) -> None:
        """Parse the strings of the events at hand that nobody parsed before."""
        new = {row["ua"] for row in self.store.rows(load("sessionizer", "heard_agents"))} - self.known
        if not new:
            return
        if len(self.known) > KNOWN_MAX:
            self.known.clear()
        parsed: set[str] = set()
        for some in chunks(new):
            parsed |= {row["ua"] for row in self.store.rows(load("sessionizer", "parsed_agents"), agents=some)}
        self.store.insert("user_agents", b"\n".join(msgspec.json.encode(described(ua)) for ua in sorted(new - parsed)))
        self.known |= new


def described(ua: str) -> Row:
    bot = crawler(ua)
    agent = parse(ua)
    device = "bot" if bot else "mobile" if agent.is_mobile else "tablet" if agent.is_tablet else "desktop" if agent.is_pc else "unknown"
    return {
        "ua": ua,
        "device_type": device,
        "browser": agent.browser.family,
        "os": agent.os.family,
        "bot_class": bot_class(bot) if bot else "",
        "bot_name": bot["pattern"] if bot else "",
    }


def crawler(ua: str) -> dict[str, Any] | None:
    """The entry of the list that matches, the first one."""
    if not any_crawler().search(ua):
        return None
    return next((entry for entry in CRAWLER_USER_AGENTS_DATA if re.search(entry["pattern"], ua)), None)


@cache
def any_crawler() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{entry['pattern']})" for entry in CRAWLER_USER_AGENTS_DATA))


def bot_class(entry: dict[str, Any]) -> str:
    tags = entry.get("tags") or ["crawler"]
    return str(tags[0])
