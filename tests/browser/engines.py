"""How a browser is started for a test: where its program is, and what it is told."""

from __future__ import annotations

import shutil

# The last one: navigator.webdriver is false, so that the collector takes the visitor for a person and not for a program.
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-blink-features=AutomationControlled",
]  # fmt: skip
# Headless Chromium says so in its user agent, and would rightly be quarantined.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "The browser tests drive Chromium: install the distribution's package `chromium`"
    return path
