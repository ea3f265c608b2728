"""What a user agent string means: device, browser, operating system, and whether a crawler list knows it.

in   strings as browsers send them
out  rows of user_agents, each string parsed once in its life
The list is the package crawler-user-agents, put right by agents.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

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
    bot = robot(ua)
    agent = parse(ua)
    device = "bot" if bot else "mobile" if agent.is_mobile else "tablet" if agent.is_tablet else "desktop" if agent.is_pc else "unknown"
    return {
        "ua": ua,
        "device_type": device,
        "browser": agent.browser.family,
        "os": agent.os.family,
        "bot_class": bot.bot_class if bot else "",
        "bot_name": bot.pattern if bot else "",
    }


class Robot(NamedTuple):
    """A regular expression, and what it is that matches."""

    pattern: str
    bot_class: str


def robot(ua: str) -> Robot | None:
    """The first of the list that matches."""
    if not any_robot().search(ua):
        return None
    return next((each for each, pattern in zip(robots(), one_robot(), strict=True) if pattern.search(ua)), None)


@cache
def any_robot() -> re.Pattern[str]:
    """All of them at once; most strings are people's, and this is all that is asked of them."""
    return re.compile("|".join(f"(?:{scoped(each.pattern)})" for each in robots()))


@cache
def one_robot() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each.pattern) for each in robots())


def scoped(pattern: str) -> str:
    """A flag in front holds for this pattern only."""
    return f"(?i:{pattern[4:]})" if pattern.startswith("(?i)") else pattern


@cache
def robots() -> tuple[Robot, ...]:
    """The list of the package, less what of it matches people, and ours."""
    ours = tomllib.loads(files("sessionizer").joinpath("agents.toml").read_text())
    instead = {each["pattern"]: each["instead"] for each in ours["people"]}
    listed = [Robot(instead.get(each["pattern"], each["pattern"]), (each.get("tags") or ["crawler"])[0]) for each in CRAWLER_USER_AGENTS_DATA]
    more = [Robot(pattern, each["class"]) for each in ours["more"] for pattern in each["patterns"]]
    return tuple(each for each in [*listed, *more] if each.pattern)
