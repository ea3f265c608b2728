"""The API over a real socket, and a reader of its stream that may be cut at any moment."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from profiles.app import create_app
from profiles.deps import Deps
from profiles.login import Logins
from tests.product import until
from tracker.clock import SystemClock
from tracker.registry import SCOPES, Registry
from tracker.roof.child import Server
from tracker.roof.supervisor import listen
from tracker.settings import Settings
from tracker.sites import Site
from tracker.store import Store


@dataclass
class Served:
    """A web server of its own; `end` is what SIGTERM does."""

    deps: Deps
    port: int
    server: Server
    thread: threading.Thread

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        self.server.should_exit = True
        self.thread.join(60)


async def nowhere(rows: list[bytes], tally: Any) -> None:
    raise AssertionError("nothing is appended here")


@contextmanager
def served(store: Store, data: Path) -> Iterator[Served]:
    clock = SystemClock()
    settings = Settings(data=data)
    deps = Deps(
        store=store, registry=Registry(store, data, clock), settings=settings, clock=clock, append=nowhere, note=lambda tally: None,
        login=Logins(data / "logins.json", clock),
    )  # fmt: skip
    listener = listen("127.0.0.1", 0, "")
    started = asyncio.Event()
    server = Server(create_app(deps), settings, started, ending=deps.channels.end, body_max_bytes=1024)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    until(started.is_set)
    running = Served(deps, listener.getsockname()[1], server, thread)
    try:
        yield running
    finally:
        running.end()
        listener.close()


@dataclass
class Event:
    id: str = ""
    event: str = ""
    data: Any = None


@dataclass
class Reader:
    """Keeps what it is told in a table, by id; reads on from its last id whenever it is cut."""

    url: str
    key: str
    table: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_id: str = ""
    heard: list[Event] = field(default_factory=list)

    @contextmanager
    def opened(self, **parameters: str) -> Iterator[Iterator[Event]]:
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Last-Event-ID": self.last_id} if self.last_id else {})
        with (
            httpx.Client(trust_env=False, timeout=60) as client,
            client.stream("GET", f"{self.url}/v1/stream", headers=headers, params=parameters) as answer,
        ):
            assert answer.status_code == 200, answer.read()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield self.events(answer.iter_lines())

    def events(self, lines: Iterator[str]) -> Iterator[Event]:
        """By the standard: an event without data is none, but its id counts."""
        told = Event()
        for line in lines:
            name, _, value = line.partition(": ")
            if name == "id":
                told.id = value
            elif name == "event":
                told.event = value
            elif name == "data":
                told.data = json.loads(value)
            elif not line:
                self.last_id = told.id or self.last_id
                if told.data is not None:
                    self.heard.append(told)
                    self.keep(told)
                    yield told
                else:
                    yield Event(id=told.id)
                told = Event()

    def keep(self, told: Event) -> None:
        name = told.data.get("session_id") or told.data["cart_id"]
        if told.event == "gone":
            self.table.pop(name, None)
        else:
            self.table[name] = told.data

    def reads_until(self, condition: Any, **parameters: str) -> None:
        with self.opened(**parameters) as events:
            for _ in events:
                if condition():
                    return
        assert condition(), (self.last_id, self.table)


def key_of(served: Served, site: Site) -> str:
    served.deps.registry.add_site(site.name, site.origins)
    return served.deps.registry.create_key(site.name, SCOPES)
