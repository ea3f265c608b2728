"""W3C WebDriver, as much as the core journey needs, over the two ways engines speak it: HTTP (WebKit) and Marionette (Firefox).

in   a selector, a script, an address
out  Driven: what a person does in a browser
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import httpx

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, section 12.1
PATIENCE_S = 60
Ask = Callable[[str, dict[str, Any]], Any]


class Driven(Protocol):
    """A browser with one page, whichever engine it is."""

    def open(self, address: str) -> None: ...

    def run(self, script: str) -> Any:
        """The body of a function; gives what it returns."""

    def point(self, selector: str) -> None:
        """Moves the mouse onto the first such element, and leaves it there."""

    def click(self, selector: str) -> None: ...


class WebDriver:
    """`ask` carries a command, named as in the addresses of WebDriver, and gives the value of its answer."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    def open(self, address: str) -> None:
        self.ask("url", {"url": address})

    def run(self, script: str) -> Any:
        return self.ask("execute/sync", {"script": script, "args": []})

    def point(self, selector: str) -> None:
        self._mouse(selector)

    def click(self, selector: str) -> None:
        self._mouse(selector, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def _mouse(self, selector: str, *then: dict[str, Any]) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        element = self.ask("element", {"using": "css selector", "value": selector})
        move = {"type": "pointerMove", "duration": 100, "x": 0, "y": 0, "origin": {ELEMENT: element[ELEMENT]}}
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move, *then]}
        self.ask("actions", {"actions": [mouse]})


class OverHttp:
    def __init__(self, url: str, capabilities: dict[str, Any]) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE_S)
        self._path = ""
        self._path = f"/{self('', {'capabilities': {'alwaysMatch': capabilities}})['sessionId']}"

    def __call__(self, command: str, what: dict[str, Any]) -> Any:
        answer = self._client.post(f"/session{self._path}{command and '/' + command}", json=what)
        value = answer.json()["value"]
        if answer.is_error:
            raise AssertionError(f"{command}: {value}")
        return value

    def close(self) -> None:
        self._client.delete(f"/session{self._path}")
        self._client.close()


class OverMarionette:
    """Firefox's own door: <length>:[0, number, command, what], answered by [1, number, error, value]."""

    NAMES: ClassVar = {
        "": "WebDriver:NewSession", "url": "WebDriver:Navigate", "execute/sync": "WebDriver:ExecuteScript",
        "element": "WebDriver:FindElement", "actions": "WebDriver:PerformActions",
    }  # fmt: skip

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._file = self._socket.makefile("rb")
        self._read()  # its greeting
        self("", {})

    def __call__(self, command: str, what: dict[str, Any]) -> Any:
        words = json.dumps([0, 1, self.NAMES[command], what]).encode()
        self._socket.sendall(b"%d:%b" % (len(words), words))
        _, _, error, value = self._read()
        if error:
            raise AssertionError(f"{command}: {error}")
        return value.get("value", value) if isinstance(value, dict) else value

    def _read(self) -> Any:
        digits = b""
        while not digits.endswith(b":"):
            digit = self._file.read(1)
            assert digit, "Firefox has ended"
            digits += digit
        return json.loads(self._file.read(int(digits[:-1])))

    def close(self) -> None:
        self._file.close()
        self._socket.close()
