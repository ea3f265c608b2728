"""Who is a robot: recall over the list's own examples, and people taken for robots in strings from elsewhere (docs/guarantees.md, no. 65)."""

from __future__ import annotations

import json
import os
import zipfile
from importlib.resources import files

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionizer.agents import any_robot, described, robot

UA_MAX = 512  # what the door keeps of a string
LONG = os.environ.get("FAULTS") == "long"


def examples() -> list[tuple[str, str]]:
    """(pattern, example) of the list, without examples that are the pattern itself."""
    return [
        (entry["pattern"], example)
        for entry in CRAWLER_USER_AGENTS_DATA
        for example in entry["instances"]
        if example != entry["pattern"].replace("\\", "")
    ]


def people() -> set[str]:
    """Real browsers, as two other packages gathered them: current ones, and the browsers inside applications of 2018."""
    current = files("fake_useragent").joinpath("data/browsers.jsonl").read_text().splitlines()
    with zipfile.ZipFile(str(files("random_user_agent").joinpath("data/user_agents.zip"))) as packed:
        inside = [line for line in packed.read("user_agents.jl").splitlines() if b"in-app-browser" in line][:: 1 if LONG else 4]
    return {json.loads(line)["useragent"] for line in current} | {json.loads(line)["user_agent"] for line in inside}


def test_nearly_all_robots_that_the_list_shows_are_found() -> None:
    shown = examples()
    missed = [(pattern, example) for pattern, example in shown if robot(example[:UA_MAX]) is None]
    print(f"robots: {len(shown)} examples, {1 - len(missed) / len(shown):.2%} found; missed: {[pattern for pattern, _ in missed]}")  # noqa: T201 - a figure
    assert len(shown) > 1500
    assert len(missed) <= len(shown) // 100


def test_hardly_anybody_is_taken_for_a_robot() -> None:
    browsers = people()
    taken = [ua for ua in browsers if any_robot().search(ua[:UA_MAX])]
    print(f"people: {len(browsers)} browsers, {len(taken) / len(browsers):.3%} taken for robots: {taken[:10]}")  # noqa: T201 - a figure
    assert len(browsers) > 1000
    assert len(taken) <= len(browsers) // 1000


PHONE = (
    "Mozilla/5.0 (Linux; Android 15; SM-S928B Build/AP3A.240905.015.A2; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "ua",
    [
        f"{IPHONE} [FBAN/FBIOS;FBAV/494.0.0.46.108;FBDV/iPhone15,3;FBLC/de_DE]", f"{PHONE} [FB_IAB/FB4A;FBAV/494.0.0.51.78;IABMV/1;]",
        f"{PHONE} MetaIAB Facebook", f"{IPHONE} Instagram 361.0.0.35.82 (iPhone15,3; iOS 18_3_2; de_DE)", f"{IPHONE} [Pinterest/iOS]",
        f"{PHONE} [Pinterest/Android]", f"{IPHONE} Snapchat/13.20.0.44 (like Safari/8620.2.4.10.8, panda)",
        f"{PHONE} trill_370105 BytedanceWebview/d8a21c6",
        f"{IPHONE} Safari Line/14.20.0", f"{PHONE} KAKAOTALK/25.1.0 (INAPP)", f"{PHONE} NAVER(inapp; search; 2000; 12.9.3)",
        f"{IPHONE} GSA/350.0 Safari/604.1",
        f"{PHONE} DuckDuckGo/5", f"{IPHONE} [LinkedInApp]/9.30.2466", f"{IPHONE} Twitter for iPhone/10.70", f"{PHONE} Telegram-Android/11.5.3",
        f"{IPHONE} MicroMessenger/8.0.56(0x1800382d) NetType/WIFI", f"{PHONE} Viber/23",
        f"{DESKTOP} WhatsApp/2.2325.3 Chrome/108.0.5359.215 Electron/22.3.9",
        PHONE.replace("SM-S928B Build/AP3A.240905.015.A2", "CPH2557 Build/AP3A.240617.008"), PHONE.replace("SM-S928B", "CUBOT X70"),
        "Opera/9.80 (MAUI Runtime; Opera Mini/4.4.39008/60.271; U; fa) Presto/2.12.423 Version/12.16",
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/130.4.1 like Chrome/130.0.6723.102 Safari/537.36",
        f"{DESKTOP} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.112", "",
    ],
)  # fmt: skip
def test_browsers_inside_applications_and_odd_devices_are_people(ua: str) -> None:
    assert robot(ua) is None


ROBOTS = {
    "ai-crawler": [
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
        "Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)", "CCBot/2.0 (https://commoncrawl.org/faq/)", "meta-externalagent/1.1",
        f"{DESKTOP} Chrome/131.0.0.0 Safari/537.36 NovaAct/1.0",
    ],
    "browser-automation": [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1", "Lightpanda/1.0",
        "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/25.0.1",
    ],
    "http-library": ["curl/8.5.0", "Java/17.0.9", "node", "GuzzleHttp/7", "PostmanRuntime/7.43.0"],
    "search-engine": ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"],
    "crawler": ["Mozilla/5.0 (compatible; NobodyKnowsThisBot/1.0)", "Mozilla/5.0 (compatible; Something; +https://something.example/about)"],
}  # fmt: skip


@pytest.mark.parametrize(("bot_class", "ua"), [(bot_class, ua) for bot_class, uas in ROBOTS.items() for ua in uas])
def test_a_robot_is_named_by_its_class(bot_class: str, ua: str) -> None:
    row = described(ua)
    assert (row["bot_class"], row["device_type"]) == (bot_class, "bot")
    assert row["bot_name"]


TOKENS = st.sampled_from([*"a.-/; ()+", "Spider", "bot", "http", "Mozilla/5.0 ", "spider.com", "008/", "http://", "Chrome/1"])


@settings(max_examples=2000 if LONG else 100, deadline=20_000)
@given(st.one_of(st.text(max_size=UA_MAX), st.lists(TOKENS, max_size=90).map("".join)))
def test_no_string_stops_the_parser(ua: str) -> None:
    assert described(ua[:UA_MAX])["device_type"] in ("bot", "mobile", "tablet", "desktop", "unknown")
