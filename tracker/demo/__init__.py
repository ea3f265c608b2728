"""Clara's Coffee: a demo shop, tagged as docs/tag.md tells. Mount its routes at /demo; nothing else in the product knows of it."""

from __future__ import annotations

from starlette.routing import BaseRoute

from tracker.demo.shop import Shop


def demo_routes(site_key: str, tag_src: str = "/t.js") -> list[BaseRoute]:
    return Shop(site_key, tag_src).routes()
