"""How the three engines are started for a test: where each program is, what it is told, and how it ends without leaving anything behind.

in   an empty folder for the profile
out  Driven; where a program is missing, the sentence that says which package brings it
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import IO, Any

from playwright.sync_api import Page, sync_playwright

from tests.bench.servers import free_port
from tests.browser.webdriver import PATIENCE_S, Driven, OverHttp, OverMarionette, WebDriver
from tests.product import until

# The last one: navigator.webdriver is false, so that the collector takes the visitor for a person and not for a program.
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-blink-features=AutomationControlled",
]  # fmt: skip
# Headless Chromium says so in its user agent, and would rightly be quarantined.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
FIREFOX_SETTINGS = {"marionette.port": 0, "app.update.enabled": False, "datareporting.policy.dataSubmissionEnabled": False}


def program(package: str, *names: str) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, f"The browser tests need the program {names[0]}: install the distribution's package `{package}`"
    return path


def chromium() -> str:
    return program("chromium", "chromium", "chromium-browser", "google-chrome")


class Chromium:
    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, address: str) -> None:
        self._page.goto(address)

    def run(self, script: str) -> Any:
        return self._page.evaluate(f"() => {{{script}}}")

    def point(self, selector: str) -> None:
        self._page.hover(selector)

    def click(self, selector: str) -> None:
        self._page.click(selector)


@contextmanager
def chromium_driven(folder: Path) -> Iterator[Driven]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        yield Chromium(browser.new_page(user_agent=PERSON, viewport={"width": 1000, "height": 700}))
        browser.close()


@contextmanager
def firefox_driven(folder: Path) -> Iterator[Driven]:
    settings = [f"user_pref({name!r}, {str(value).lower()});\n" for name, value in FIREFOX_SETTINGS.items()]
    (folder / "user.js").write_text("".join(settings))
    command = [program("firefox-esr", "firefox-esr", "firefox"), "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with running(command, folder):
        port = until(lambda: said(folder / "MarionetteActivePort"), PATIENCE_S, "Firefox's Marionette port")
        with closing(OverMarionette(int(port))) as ask:
            yield WebDriver(ask)


@contextmanager
def webkit_driven(folder: Path) -> Iterator[Driven]:
    driver = program("webkit2gtk-driver", "WebKitWebDriver")
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
    assert browser, "The browser tests need WebKit's MiniBrowser: install the distribution's package `webkit2gtk-driver`"
    options = {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}}
    display = [program("xvfb", "Xvfb"), "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with running(display, folder, subprocess.PIPE) as screen:
        assert screen.stdout is not None
        number = screen.stdout.readline().decode().strip()
        port = free_port()
        with running([driver, f"--port={port}", "--host=127.0.0.1"], folder, DISPLAY=f":{number}"):
            until(lambda: listens(port), PATIENCE_S, "WebKitWebDriver")
            with closing(OverHttp(f"http://127.0.0.1:{port}", options)) as ask:
                yield WebDriver(ask)


ENGINES: dict[str, Callable[[Path], AbstractContextManager[Driven]]] = {
    "chromium": chromium_driven, "firefox": firefox_driven, "webkit": webkit_driven,
}  # fmt: skip


@contextmanager
def running(command: Sequence[str], home: Path, out: int | IO[bytes] = subprocess.DEVNULL, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """In a group of its own, with `home` as its home; afterwards all of the group is ended."""
    at_home = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_CONFIG_HOME": str(home / "config")}
    process = subprocess.Popen(
        command, env=os.environ | at_home | environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def said(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
