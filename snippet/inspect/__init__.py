"""The inspector: what the shop's owner sees on top of a page of the shop (docs/tag.md). Built from src/ by ../minify/inspect.js."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def script() -> bytes:
    return (FOLDER / "inspect.js").read_bytes()
