"""The page of the tag's benchmark, with one tag or none in it, and a sink that counts what each tag sends.

in   the names of RIVALS; the peers' npm packages, pinned in peers/, built once into build/
out  ShopWeb: its pages, and `sent`: the bodies that arrived, by name
"""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

import snippet
from tests.browser.pages import SITE_KEY, Web
from tests.house.tree import ROOT

NONE, OURS, FLOOR, SNOWPLOW, POSTHOG = RIVALS = ("none", "ours", "floor", "snowplow", "posthog")
PEERS = (SNOWPLOW, POSTHOG)
SOURCES = Path(__file__).parent / "peers"
BUILT = ROOT / "build" / "peers"
COLUMNS = 10
STYLE = f"ul {{display: grid; grid-template-columns: repeat({COLUMNS}, 1fr); gap: 2px; margin: 0; padding: 0}} li {{height: 60px; overflow: hidden}}"
# The least that anything pays that wants to know what is in view: the same observer on the same elements; what it is told is dropped.
OBSERVER = b"""
const observe = () => {
  const sight = new IntersectionObserver(() => {}, { root: document, delay: 99, threshold: [0.3, 0.5, 0.75, 1] });
  document.querySelectorAll('[data-track]').forEach((element) => sight.observe(element));
};
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', observe); else observe();
"""
# What every door answers: PostHog reads which of its parts are switched on, the others only the status.
ANSWER = {
    "status": 1, "accepted": 1, "refused": [],
    "autocapture_opt_out": False, "supportedCompression": ["gzip", "gzip-js"], "hasFeatureFlags": False,
}  # fmt: skip


@dataclass
class ShopWeb(Web):
    """/page/<rival> is the same page but for its tag, at /tag/<rival>/t.js; whatever is posted below /tag/<rival>/ is kept."""

    things: int = 1000
    sent: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def app(self) -> Starlette:
        async def shown(request: Request) -> Response:
            return HTMLResponse(html(request.path_params["rival"], self.things))

        async def sink(request: Request) -> Response:
            rival, path = request.path_params["rival"], request.path_params["path"]
            if path == "t.js":
                return Response(script(rival), media_type="text/javascript")
            if request.method == "POST":
                self.sent[rival].append(await request.body())
            return Response(status_code=404) if path.endswith(".js") else JSONResponse(ANSWER)

        return Starlette(routes=[Route("/page/{rival}", shown), Route("/tag/{rival}/{path:path}", sink, methods=["GET", "POST"])])


def html(rival: str, things: int) -> str:
    tag = "" if rival == NONE else f'<script async src="/tag/{rival}/t.js" data-site="{SITE_KEY}"></script>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Things</title><style>{STYLE}</style>{tag}</head>'
        f"<body><ul>{''.join(map(thing, range(things)))}</ul></body></html>"
    )


def thing(number: int) -> str:
    return (
        f'<li data-track="product" data-track-id="T{number}" data-track-name="Thing {number}" data-track-category="kitchen/things"'
        f' data-track-price="19.90" data-track-currency="EUR"><a href="#t{number}">Thing {number}</a> 19.90 €'
        f' <button data-track-action="cart_add">Add</button></li>'
    )


def script(rival: str) -> bytes:
    if rival == FLOOR:
        return OBSERVER
    return snippet.tag().body if rival == OURS else (BUILT / "built" / f"{rival}.js").read_bytes()


def build_peers() -> None:
    """The peers' scripts from the pinned packages; nothing is fetched while what was built is of the same sources."""
    names = [path.name for path in SOURCES.iterdir() if path.is_file()]
    if (BUILT / "built").is_dir() and filecmp.cmpfiles(SOURCES, BUILT, names, shallow=False)[0] == names:
        return
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.mkdir(parents=True)
    for name in names:
        shutil.copy(SOURCES / name, BUILT)
    for command in (["npm", "ci", "--silent", "--no-audit", "--no-fund"], ["node", "build.js"]):
        done = subprocess.run(command, cwd=BUILT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"The peers could not be built ({' '.join(command)}); npm needs the network once:\n{done.stdout}{done.stderr}")
